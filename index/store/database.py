"""Database: the connections to one SQLite file, one for writing and as many for reading as threads read at once.

Nothing is opened before it is needed. Every error of SQLite leaves here as StoreError or ArchiveBusy, naming the file and
what to do.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import ArchiveBusy, StoreError
from index.store.readers import Reader, may_write, open_reader
from index.store.schema import migrate

# Every checkpoint writes again what the log holds: every third batch of 1,000 long articles is enough.
_CHECKPOINT_PAGES = 8192
_CACHE_KIB = 65536

_RETRY_S = 0.01

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_NOT_WRITABLE = "it may not be written; give this user the right to write the file and its folder"
_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full; nothing of this batch was stored. Make room and run the command again",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written; nothing of this batch was stored. Check the disk and its space",
    sqlite3.SQLITE_READONLY: _NOT_WRITABLE,
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that its folder exists and that this user may write there",
    sqlite3.SQLITE_PERM: "it may not be opened; give this user the right to read and write it",
}


class Database:
    """Opens the file when asked to, making and migrating it. Readers see the last committed state, never half a batch."""

    def __init__(self, path: Path, busy_timeout_s: float, *, read_only: bool) -> None:
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        self._read_only = read_only
        self._write_lock = threading.RLock()
        self._pool_lock = threading.Lock()
        self._idle: list[Reader] = []
        self._opened_writer: sqlite3.Connection | None = None
        self._depth = 0
        self._closed = False
        if not read_only:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"the folder {path.parent} of the article store cannot be made: {error.strerror}") from error

    def close(self) -> None:
        """Closes all connections not in use; a second call does nothing."""
        with self._write_lock, self._pool_lock:
            self._closed = True
            for reader in self._idle:
                reader.connection.close()
            self._idle.clear()
            # Last, since the last connection that may write takes the log and its index away.
            if self._opened_writer is not None:
                self._opened_writer.close()
                self._opened_writer = None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The writing connection inside a transaction, which commits at the end or rolls back on an exception.

        Inside another `writing` of the same thread it is the same transaction; other threads wait.
        """
        with self._write_lock, self._errors_translated():
            self._refuse_closed()
            writer = self._writer()
            if self._depth:
                yield writer
                return
            writer.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield writer
                writer.execute("COMMIT")
            except BaseException:
                if writer.in_transaction:
                    writer.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading that nobody else has meanwhile; every statement sees one committed state."""
        with self._errors_translated():
            reader = self._take()
            try:
                yield reader.connection
                reader.refuse_changed(self.path)
            finally:
                self._give_back(reader)

    @contextmanager
    def _errors_translated(self) -> Iterator[None]:
        """Turns SQLite's errors into ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _translated(self, error: sqlite3.Error) -> StoreError | ArchiveBusy:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _BUSY:
            return ArchiveBusy(
                f"another process is writing to {self.path} (waited {self._busy_timeout_s:g} s); try again when it is done"
            )
        if code in _DAMAGED:
            return StoreError(
                f"the article store {self.path} is damaged or no SQLite database ({error}); move it away and restore it from "
                f"a backup, or ingest the pages again"
            )
        return StoreError(f"the article store {self.path}: {_ADVICE.get(code, error)} ({error})")

    def _writer(self) -> sqlite3.Connection:
        """The writing connection, opened by the first who writes; he has the write lock."""
        if self._opened_writer is None:
            if self._read_only:
                raise StoreError(
                    f"the article store {self.path} was opened for reading only, and cannot be changed; open it anew"
                )
            if not may_write(self.path):
                raise StoreError(f"the article store {self.path}: {_NOT_WRITABLE}")
            connection = sqlite3.connect(self.path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False)
            try:
                migrate(connection, self.path)
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._opened_writer = connection
        return self._opened_writer

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """WAL lets readers go on while one writes; FULL syncs every commit, so that what was acknowledged survives."""
        self._enter_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")

    def _enter_wal(self, connection: sqlite3.Connection) -> None:
        """Into write-ahead logging. SQLite does not wait for others here, as it does elsewhere, so the waiting is ours."""
        deadline = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY_S)
            else:
                return

    def _take(self) -> Reader:
        with self._pool_lock:
            self._refuse_closed()
            while self._idle:
                idle = self._idle.pop()
                if idle.is_current(self.path):
                    return idle
                idle.connection.close()
        writable = not self._read_only and may_write(self.path)
        reader = open_reader(self.path, self._busy_timeout_s, writable=writable)
        if reader is None:
            with self._write_lock:
                self._writer()  # which migrates the file
            reader = open_reader(self.path, self._busy_timeout_s, writable=writable)
        if reader is None:
            raise StoreError(f"the article store {self.path} was replaced by an older one just now; try again")
        return reader

    def _give_back(self, reader: Reader) -> None:
        with self._pool_lock:
            if not self._closed:
                self._idle.append(reader)
                return
        reader.connection.close()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StoreError(f"the article store {self.path} has been closed; open it again")
