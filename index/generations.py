"""Generations: the commits of an index on disk. Ask for the current one, and keep it while it is read.

    <data>/index/CURRENT                           JSON: which manifest is current, in which directory, and its SHA-256
    <data>/index/gen-000003/manifest-000007.json   the commit: all its files with size and SHA-256
    <data>/index/gen-000003/...                    the files; none is ever changed

A rebuild makes a new directory, an update adds a commit to the current one. Either becomes visible when CURRENT is replaced
in one rename, after everything that it leads to is on disk. A reader holds a shared lock on the manifest it reads from (a
pin). `index.publishing` writes all this, and removes what neither CURRENT leads to, nor the commit before, nor any pin.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from index.errors import IndexDamaged, IndexMissing, IndexOutdated
from index.locks import FileLock
from index.manifest import Manifest

FORMAT = 2

DIRECTORY_NAME = re.compile("gen-([0-9]{6,})")
MANIFEST_NAME = re.compile("manifest-([0-9]{6,})[.]json")


@dataclasses.dataclass(frozen=True, slots=True)
class Current:
    """A commit and the name of the directory that holds it."""

    directory: str
    manifest: Manifest


@dataclasses.dataclass(frozen=True, slots=True)
class Pointer:
    """The content of CURRENT."""

    directory: str
    manifest: str
    sha256: str

    def to_json(self) -> bytes:
        """As written to disk."""
        return json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, indent=1).encode("utf-8")


class Generations:
    """The folder of an index, for reading, by any number of processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pointer_file = path / "CURRENT"

    def current(self) -> Current:
        """The commit to read, its files all there and of the right size.

        IndexMissing if there is none, IndexOutdated if it is of another format, IndexDamaged if something is wrong with it.
        """
        while True:
            pointer = self._pointer()
            try:
                return self._read(pointer)
            except IndexDamaged:
                # Two commits may have come since we read CURRENT, and taken the files away: then there is a newer one.
                if self._pointer() == pointer:
                    raise

    def signature(self) -> tuple[int, int, int] | None:
        """A value that changes with every commit, for the price of one system call; None if there is no index."""
        try:
            status = self.pointer_file.stat()
        except OSError:  # most likely there is no such file; whatever it is, reading it tells
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def pin(self, current: Current) -> FileLock | None:
        """Keeps the files of a commit from being removed by any process until released; None if they are being removed."""
        file = self.path / current.directory / current.manifest.name
        try:
            lock = FileLock.try_acquire(file, shared=True)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise IndexDamaged(f"{file} cannot be locked ({error})") from error
        if lock is not None and lock.is_unlinked:
            lock.release()
            return None
        return lock

    def pinned(self) -> tuple[Current, FileLock]:
        """The current commit, and the lock that keeps it until released."""
        while True:
            current = self.current()
            lock = self.pin(current)
            if lock is not None:
                return current, lock

    def _pointer(self) -> Pointer:
        try:
            content = self.pointer_file.read_bytes()
        except FileNotFoundError:
            raise IndexMissing(f"there is no index in {self.path.parent}; run `searcher ingest` or `searcher rebuild`") from None
        except OSError as error:
            raise IndexDamaged(f"{self.pointer_file} cannot be read ({error}); run `searcher rebuild`") from error
        try:
            return _decode(content)
        except IndexOutdated:
            raise
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise IndexDamaged(f"{self.pointer_file} is damaged ({error!r}); run `searcher rebuild`") from error

    def _read(self, pointer: Pointer) -> Current:
        directory = self.path / pointer.directory
        file = directory / pointer.manifest
        try:
            content = file.read_bytes()
        except OSError as error:
            raise IndexDamaged(f"{self.pointer_file} leads to {file} ({error}); run `searcher rebuild`") from error
        if hashlib.sha256(content).hexdigest() != pointer.sha256:
            raise IndexDamaged(f"{file} is not as it was written: its SHA-256 is not that in CURRENT; run `searcher rebuild`")
        try:
            manifest = Manifest.from_json(content)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise IndexDamaged(f"{file} cannot be understood ({error!r}); run `searcher rebuild`") from error
        for name, entry in manifest.files.items():
            _check_size(directory / name, entry.size)
        return Current(pointer.directory, manifest)


def _decode(content: bytes) -> Pointer:
    """ValueError, KeyError or TypeError if it is not, byte for byte, what we write: CURRENT has no checksum of its own."""
    mapping: dict[str, Any] = json.loads(content)
    if mapping["format"] != FORMAT:
        raise IndexOutdated(
            f"the index is of format {mapping['format']!r}, this version of searcher reads format {FORMAT}; "
            "the articles are kept apart from it: run `searcher rebuild`"
        )
    pointer = Pointer(mapping["directory"], mapping["manifest"], mapping["sha256"])
    if (
        not DIRECTORY_NAME.fullmatch(pointer.directory)
        or not MANIFEST_NAME.fullmatch(pointer.manifest)
        or pointer.to_json() != content
    ):
        raise ValueError("it is not as it was written")
    return pointer


def _check_size(file: Path, size: int) -> None:
    try:
        found = file.stat().st_size
    except OSError as error:
        raise IndexDamaged(f"{file} cannot be read ({error}); run `searcher rebuild`") from error
    if found != size:
        raise IndexDamaged(f"{file} has {found:,} bytes, expected {size:,}; run `searcher rebuild`")
