"""Locks between processes: they exclude, they end with their holder, and a writer waits for another one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import searcher
from index.errors import ArchiveBusy
from index.locks import FileLock
from tests import invented

HOLD = """
import sys, time
from pathlib import Path
from index.locks import FileLock
lock = FileLock.try_acquire(Path(sys.argv[1]), shared=sys.argv[2] == "shared")
print("held" if lock else "refused", flush=True)
time.sleep(60)
"""


def holder(file: Path, kind: str) -> subprocess.Popen[str]:
    """Another process that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(file), kind], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_an_exclusive_lock_keeps_all_others_out(tmp_path: Path) -> None:
    """Neither an exclusive nor a shared lock is given beside it, also in the same process; after its end both are."""
    file = tmp_path / "lock"
    lock = FileLock.try_acquire(file)
    assert lock is not None
    assert FileLock.try_acquire(file) is None
    assert FileLock.try_acquire(file, shared=True) is None
    lock.release()
    lock.release()
    again = FileLock.try_acquire(file)
    assert again is not None
    again.release()


def test_shared_locks_go_together(tmp_path: Path) -> None:
    """Any number of shared locks are held at once, and keep an exclusive one out until the last has ended."""
    file = tmp_path / "lock"
    file.touch()
    one, two = FileLock.try_acquire(file, shared=True), FileLock.try_acquire(file, shared=True)
    assert one is not None
    assert two is not None
    one.release()
    assert FileLock.try_acquire(file) is None
    two.release()
    with FileLock.try_acquire(file) or pytest.fail("the lock was not released"):
        pass


@pytest.mark.parametrize("kind", ["exclusive", "shared"])
def test_the_lock_of_a_killed_process_is_free(tmp_path: Path, kind: str) -> None:
    """A lock ends with its holder, even by kill -9: no lock is ever stale."""
    file = tmp_path / "lock"
    file.touch()
    process = holder(file, kind)
    assert FileLock.try_acquire(file) is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with FileLock.try_acquire(file) or pytest.fail("the lock outlived its holder"):
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_forked_child_does_not_hold_on_to_a_lock(tmp_path: Path) -> None:
    """A worker that outlives its parent keeps nobody waiting, nor does it end its parent's lock."""
    file = tmp_path / "lock"
    lock = FileLock.try_acquire(file)
    assert lock is not None
    gate, opener = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(opener)
        os.read(gate, 1)
        os._exit(0)
    try:
        assert FileLock.try_acquire(file) is None
        lock.release()
        with FileLock.try_acquire(file) or pytest.fail("the child holds the lock"):
            pass
    finally:
        os.close(opener)
        os.close(gate)
        os.waitpid(child, 0)


def test_a_lock_knows_when_its_file_is_gone(tmp_path: Path) -> None:
    """Whoever locks a file that another process removes at that moment can tell."""
    file = tmp_path / "lock"
    file.touch()
    with FileLock.try_acquire(file, shared=True) or pytest.fail("not locked") as lock:
        assert not lock.is_unlinked
        file.unlink()
        assert lock.is_unlinked


def test_a_writer_that_waits_says_so_and_gives_up(tmp_path: Path) -> None:
    """While another process writes, a writer tells its user once, waits as long as asked, and then is refused."""
    with searcher.open(tmp_path) as archive:
        archive.add(invented.articles(2))
        process = holder(tmp_path / "write.lock", "exclusive")
        heard: list[str] = []
        writeside = archive._backend.writeside
        writeside._wait, writeside._on_wait = 0.2, heard.append
        try:
            with pytest.raises(ArchiveBusy, match="over 0.2 s"):
                archive.update()
            assert len(heard) == 1
            assert "waiting up to 0.2 s" in heard[0]
        finally:
            process.kill()
            process.communicate()
        archive.update()
        assert len(heard) == 1
