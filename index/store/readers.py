"""Connections for reading a store: give `open_reader` the file, get one that reads it in the way its rights allow.

A file that may be written is read through its log, beside whoever writes. One that may not (a read-only drive, no right to
the folder) is read through its log where there is one, which shows every commit; else as a file that nobody changes, since
SQLite would have to make a log, and that may be wrong: so who reads looks at the file before and after. A file that is not
there yet reads as an empty store, and is not made by reading.
"""

from __future__ import annotations

import dataclasses
import os
import sqlite3
from pathlib import Path

from index.errors import StoreError
from index.store.schema import CURRENT_VERSION, migrate, version_of

# Device, inode, size and time of change of the file, and the size of its log.
_State = tuple[int, ...]
_ABSENT: _State = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Reader:
    """A connection, and the state of the file that it was opened on if SQLite itself does not see the file change."""

    connection: sqlite3.Connection
    state: _State | None = None

    def is_current(self, path: Path) -> bool:
        """Whether it may be used for another read."""
        return self.state is None or self.state == _state(path)

    def refuse_changed(self, path: Path) -> None:
        """StoreError if the file was changed while it was read as one that nobody changes."""
        if self.state and self.state[:-1] != _state(path)[:-1]:
            raise StoreError(f"the article store {path} was changed by another user while it was read; try again")


def may_write(path: Path) -> bool:
    """Whether this process may write the file (or make it) and its log beside it."""
    effective = os.access in os.supports_effective_ids
    return all(os.access(each, os.W_OK, effective_ids=effective) for each in (path, path.parent) if each.exists())


def open_reader(path: Path, busy_timeout_s: float, *, writable: bool) -> Reader | None:
    """A reader of the file as it is now; None for one of an older version that must first be migrated."""
    state = _state(path)
    if state == _ABSENT:
        return Reader(_empty(path), state)
    if writable:
        return _opened(path, str(path), busy_timeout_s, None)
    has_log = state[-1] > 0
    options = "mode=ro" if has_log else "mode=ro&immutable=1"
    try:
        reader = _opened(path, f"{path.absolute().as_uri()}?{options}", busy_timeout_s, None if has_log else state)
    except sqlite3.OperationalError as error:
        if not has_log:
            raise
        raise StoreError(
            f"the article store {path} was left with changes in {path.name}-wal that cannot be read here ({error}); open it "
            "once where this user may write the file and its folder"
        ) from error
    if reader is None:
        raise StoreError(
            f"the article store {path} is of an older version of this program and may only be read here; open it once where "
            "this user may write the file and its folder"
        )
    return reader


def _opened(path: Path, name: str, busy_timeout_s: float, state: _State | None) -> Reader | None:
    connection = sqlite3.connect(
        name, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False, uri=name.startswith("file:")
    )
    try:
        connection.execute("PRAGMA query_only = ON")
        if version_of(connection, path) == CURRENT_VERSION:
            return Reader(connection, state)
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None


def _empty(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrate(connection, path)
    return connection


def _state(path: Path) -> _State:
    file, log = _status(path), _status(path.with_name(path.name + "-wal"))
    if file is None:
        return _ABSENT
    return file.st_dev, file.st_ino, file.st_size, file.st_mtime_ns, log.st_size if log else 0


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreError(f"the article store {path} cannot be reached: {error.strerror}") from error
