"""Finds the files to read: give paths, get every file under them in order, and a reason for what cannot be read.

Folders are walked whole, names sorted, hidden ones left out. A link inside a folder is followed as long as it stays
inside; what is reached twice, by a link or a loop of links, is read once.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO

from index.errors import PageError
from index.pages.page import Quarantined

MAX_PAGE_BYTES = 20_000_000
_MAX_RATIO = 200
_RATIO_FROM_BYTES = 1_000_000
_ASSETS = frozenset((".css", ".js", ".mjs", ".map"))
_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def iter_files(path: Path) -> Iterator[Path | Quarantined]:
    """The file itself, or all files in the folder."""
    try:
        status = path.stat()
    except FileNotFoundError:
        reason = "it is a link to what is not there" if path.is_symlink() else "there is no such file or folder"
        yield Quarantined(shown(path), None, reason)
    except (OSError, ValueError) as error:
        yield Quarantined(shown(path), None, explain(error))
    else:
        if stat.S_ISDIR(status.st_mode):
            yield from _walk(path)
        else:
            yield path


def open_regular(path: Path) -> tuple[BinaryIO, datetime]:
    """The file opened, and when it was last changed; PageError for anything that is no regular file or cannot be opened.

    Opened without blocking and looked at afterwards: a pipe put in the place of a file would else stop the run.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        special = _special(path)
        raise PageError(special or explain(error)) from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise PageError(_special_kind(status.st_mode) or "it is no file")
    try:
        changed = datetime.fromtimestamp(status.st_mtime, timezone.utc)
    except (OverflowError, ValueError, OSError):
        os.close(descriptor)
        raise PageError("its time of change is none that a calendar has; state the time of capture (--captured)") from None
    return os.fdopen(descriptor, "rb"), changed


def read_bounded(stream: BinaryIO) -> bytes:
    """All of a page, unpacked if it is gzip; PageError when it is larger than a page can be, or a broken or bloated gzip."""
    raw = _at_most(stream, MAX_PAGE_BYTES)
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as unpacked:
            page = _at_most(unpacked, MAX_PAGE_BYTES)
    except (EOFError, zlib.error, OSError) as error:
        raise PageError(f"its gzip is broken ({error}); get the file again") from None
    if len(page) > _RATIO_FROM_BYTES and len(page) > _MAX_RATIO * len(raw):
        raise PageError(
            f"it unpacks to more than {_MAX_RATIO} times its size ({len(raw):,} to {len(page):,} bytes), which no page does"
        )
    return page


def shown(path: str | Path) -> str:
    """The path as text that can be stored and printed, whatever bytes its name has."""
    return os.fsencode(path).decode("utf-8", "replace")


def explain(error: Exception) -> str:
    """A reason for people from what the system said."""
    if isinstance(error, PermissionError):
        return "it may not be read (permission denied); give this user the right to read it"
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be read ({error.strerror})"
    return f"it cannot be read ({error})"


def _walk(root: Path) -> Iterator[Path | Quarantined]:
    inside = root.resolve()
    seen: set[tuple[int, int]] = set()
    found = False
    for item in _entries(root, inside, seen):
        found = True
        yield item
    if not found:
        yield Quarantined(shown(root), None, "the folder holds no file to read")


def _entries(folder: Path, inside: Path, seen: set[tuple[int, int]]) -> Iterator[Path | Quarantined]:
    """Iterative, so that a deep tree of folders is no deep stack."""
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            status = path.stat()
            if path.is_symlink() and path != folder and not path.resolve().is_relative_to(inside):
                yield Quarantined(
                    shown(path), None, "it is a link that leads out of the folder, and is not followed; name its target instead"
                )
                continue
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            if stat.S_ISDIR(status.st_mode):
                names = sorted((entry.name for entry in os.scandir(path) if not entry.name.startswith(".")), reverse=True)
                waiting += [path / name for name in names]
                continue
        except (OSError, RuntimeError) as error:
            yield Quarantined(shown(path), None, _broken_link(path) or explain(error))
            continue
        yield _judged(path, status.st_mode)


def _judged(path: Path, mode: int) -> Path | Quarantined:
    kind = _special_kind(mode)
    if kind:
        return Quarantined(shown(path), None, kind)
    if path.suffix.lower() in _ASSETS:
        return Quarantined(shown(path), None, "it is a style sheet or script, not a page")
    return path


def _broken_link(path: Path) -> str | None:
    return "it is a link to what is not there, or to itself" if path.is_symlink() else None


def _special(path: Path) -> str | None:
    try:
        return _special_kind(path.stat().st_mode)
    except (OSError, ValueError):
        return None


def _special_kind(mode: int) -> str | None:
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), None)
    return f"it is {kind}, not a file; pipe its content in and give - as the path" if kind else None


def _at_most(stream: BinaryIO | gzip.GzipFile, limit: int) -> bytes:
    """Everything in the stream; PageError beyond the limit, having read no more than that."""
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(min(1 << 20, limit + 1 - size)):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise PageError(f"it is larger than {limit // 1_000_000} MB, which no page is; split it, or store it as JSON Lines")
    return b"".join(pieces)
