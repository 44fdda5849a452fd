"""FileLock: locks between processes on a file, exclusive or shared, that end with the process that holds them.

    lock = FileLock.try_acquire(path, shared=False)      # None if another holder excludes us
    lock.release()

flock on Unix, a locked byte on Windows. The system drops the lock when the holder dies, however it dies, so a lock is never
stale. Two locks exclude each other within one process as well. A forked child closes its copies at once: else a worker that
outlives its killed parent would hold on to the parent's lock.
"""

from __future__ import annotations

import contextlib
import os
import sys
import weakref
from pathlib import Path
from types import TracebackType

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_held: weakref.WeakSet[FileLock] = weakref.WeakSet()


class FileLock:
    """A lock that is held until `release`; also a context manager."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        _held.add(self)

    @classmethod
    def try_acquire(cls, path: Path, *, shared: bool = False) -> FileLock | None:
        """The lock, or None if another holder excludes it. OSError if the file cannot be opened.

        Exclusive: the file is made if missing. Shared: it must be there, and reading it must be allowed.
        """
        descriptor = os.open(path, os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(descriptor, shared=shared)
        except OSError as error:
            os.close(descriptor)
            if isinstance(error, (BlockingIOError, PermissionError)):
                return None
            raise
        return cls(descriptor)

    @property
    def is_unlinked(self) -> bool:
        """Whether the file that is locked has lost its name meanwhile: then the lock keeps nobody out."""
        return self._descriptor is not None and os.fstat(self._descriptor).st_nlink == 0

    def release(self) -> None:
        """Lets others in; a second call does nothing."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        # Unlocked first: a close that fails (EIO on a network drive) may leave the descriptor open.
        with contextlib.suppress(OSError):
            _unlock(descriptor)
        with contextlib.suppress(OSError):
            os.close(descriptor)

    def forget(self) -> None:
        """Closes this process's copy without unlocking: the parent that a forked child has it from still holds it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()

    def __del__(self) -> None:
        self.release()


if sys.platform == "win32":
    # A byte far behind the end may be locked, so that readers of the content are not kept out.
    _BYTE = 2**31 - 2

    def _lock(descriptor: int, *, shared: bool) -> None:
        # A file that is open cannot be removed on Windows, which is all that shared locks are for here.
        if not shared:
            os.lseek(descriptor, _BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def _lock(descriptor: int, *, shared: bool) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _forget_all() -> None:
        for lock in list(_held):
            lock.forget()

    os.register_at_fork(after_in_child=_forget_all)
