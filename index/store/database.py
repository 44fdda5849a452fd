"""Database: the connections to one SQLite file, one for writing and as many for reading as threads read at once.

Every error of SQLite leaves here as StoreError or ArchiveBusy, naming the file and what to do.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import ArchiveBusy, StoreError
from index.store.schema import migrate

# A batch of 1,000 articles writes some 2,300 pages of 4 KiB, most of them of the sketch, and every checkpoint writes
# them again: every third batch is enough.
_CHECKPOINT_PAGES = 8192
_CACHE_KIB = 65536

_RETRY_S = 0.01

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full; nothing of this batch was stored. Make room and run the command again",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written; nothing of this batch was stored. Check the disk and its space",
    sqlite3.SQLITE_READONLY: "it may not be written; give this user the right to write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that its folder exists and that this user may write there",
    sqlite3.SQLITE_PERM: "it may not be opened; give this user the right to read and write it",
}


class Database:
    """Opens the file, making it if missing, and migrates it. Readers see the last committed state, never half a batch."""

    def __init__(self, path: Path, busy_timeout_s: float) -> None:
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        self._write_lock = threading.RLock()
        self._pool_lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._depth = 0
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"the folder {path.parent} of the article store cannot be made: {error.strerror}") from error
        with self.errors_translated():
            self._writer = self._connect()
            try:
                migrate(self._writer, path)
                self._prepare_writer()
            except BaseException:
                self._writer.close()
                raise

    def close(self) -> None:
        """Closes all connections not in use; a second call does nothing."""
        with self._write_lock, self._pool_lock:
            if not self._closed:
                self._closed = True
                for connection in (*self._idle, self._writer):
                    connection.close()
                self._idle.clear()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The writing connection inside a transaction, which commits at the end or rolls back on an exception.

        Inside another `writing` of the same thread it is the same transaction; other threads wait.
        """
        with self._write_lock, self.errors_translated():
            self._refuse_closed()
            if self._depth:
                yield self._writer
                return
            self._writer.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading that nobody else has meanwhile; every statement sees one committed state."""
        with self.errors_translated():
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)

    @contextmanager
    def errors_translated(self) -> Iterator[None]:
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

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False)

    def _prepare_writer(self) -> None:
        """WAL lets readers go on while one writes; FULL syncs every commit, so that what was acknowledged survives."""
        self._enter_wal()
        self._writer.execute("PRAGMA synchronous = FULL")
        self._writer.execute("PRAGMA foreign_keys = ON")
        self._writer.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._writer.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")

    def _enter_wal(self) -> None:
        """Into write-ahead logging. SQLite does not wait for others here, as it does elsewhere, so the waiting is ours."""
        deadline = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                self._writer.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY_S)
            else:
                return

    def _take(self) -> sqlite3.Connection:
        with self._pool_lock:
            self._refuse_closed()
            if self._idle:
                return self._idle.pop()
        connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._pool_lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StoreError(f"the article store {self.path} has been closed; open it again")
