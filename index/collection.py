"""Collection of garbage in the folder of an index: give it the manifests to keep, and it removes all else that no reader pins.

A pin is a shared lock on a manifest. Who can lock a manifest alone may remove it, and does so before the files that it
names: a reader that comes too late finds no manifest (or locks one without a name, which it notices) and takes the newer
commit. What cannot be removed now, an open file on Windows or a file on a drive that fails, is left to the next commit.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from index.generations import DIRECTORY_NAME
from index.locks import FileLock
from index.manifest import Manifest


def collect(folder: Path, kept: Iterable[Path]) -> None:
    """Removes everything in our directories that neither a manifest of `kept` names nor one that is pinned, and CURRENT.tmp."""
    manifests = set(kept)
    for directory in directories_in(folder):
        with contextlib.suppress(OSError):
            _collect_directory(directory, manifests)
    _remove(folder / "CURRENT.tmp")


def directories_in(folder: Path) -> list[Path]:
    """The directories of commits; what else lies there is none of ours."""
    return [path for path in folder.glob("gen-*") if DIRECTORY_NAME.fullmatch(path.name)]


def manifests_in(directory: Path) -> list[Path]:
    """The manifests in a directory."""
    return list(directory.glob("manifest-*.json"))


def _collect_directory(directory: Path, kept: set[Path]) -> None:
    needed = {file for file in manifests_in(directory) if file in kept or not _take_away(file)}
    if not needed:
        shutil.rmtree(directory, ignore_errors=True)
        return
    named: set[str] = set()
    for file in needed:
        try:
            named |= {file.name, *Manifest.from_json(file.read_bytes()).files}
        except (OSError, ValueError, KeyError, TypeError):
            return  # a manifest that cannot be read may name any of them
    for entry in directory.iterdir():
        if entry.name not in named:
            _remove(entry)


def _take_away(manifest: Path) -> bool:
    """Removes a manifest unless a reader has pinned it."""
    lock = FileLock.try_acquire(manifest)
    if lock is None:
        return False
    with lock, contextlib.suppress(OSError):
        manifest.unlink()
    return not manifest.exists()


def _remove(entry: Path) -> None:
    if entry.is_dir():
        shutil.rmtree(entry, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        entry.unlink()
