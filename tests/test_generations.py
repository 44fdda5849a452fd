"""Commits of the index: whole or not at all, kept while they are read, removed when nobody needs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index import files, publishing
from index.embedded import EmbeddedIndex
from index.errors import IndexDamaged, IndexMissing, IndexNotWritten, IndexOutdated
from index.schema import ZoneWeights
from tests.generations import ARTICLES, commit, index_at, named, present


@pytest.fixture
def index(tmp_path: Path) -> EmbeddedIndex:
    """An index of two commits."""
    index = index_at(tmp_path)
    commit(index, 0)
    commit(index, 1)
    return index


def test_there_is_no_index_at_first(tmp_path: Path) -> None:
    """IndexMissing says what makes one, and asking makes no folder."""
    index = index_at(tmp_path)
    with pytest.raises(IndexMissing, match="searcher rebuild"):
        index.current()
    assert index.signature() is None
    assert not index.path.exists()


def test_an_update_adds_a_commit_to_the_directory(index: EmbeddedIndex) -> None:
    """Generation and change grow, the directory stays, and the files of the commit before do too, until the next one."""
    before, former = index.current(), named(index)
    commit(index, 2)
    after = index.current()

    assert (after.directory, after.manifest.generation, after.manifest.change) == (before.directory, 3, 3)
    assert after.manifest.articles == 3
    assert former <= present(index)
    commit(index, 3)
    assert before.manifest.name not in present(index)
    assert named(index) <= present(index)


def test_a_rebuild_makes_a_directory_beside(index: EmbeddedIndex) -> None:
    """The old directory stays until the commit after the rebuild, and then nothing of it is left."""
    before = index.current()
    commit(index, 2, rebuild=True)
    assert index.current().directory != before.directory
    assert before.manifest.name in present(index)
    commit(index, 3)

    assert before.directory not in present(index)
    assert index.current().manifest.articles == 4


def test_generations_grow_also_where_current_is_lost(index: EmbeddedIndex) -> None:
    """A rebuild of a damaged index goes on counting after every commit that there was."""
    last = index.current().manifest.generation
    (index.path / "CURRENT").write_text("")
    commit(index, 3, rebuild=True)
    assert index.current().manifest.generation == last + 1


def test_the_signature_changes_with_every_commit(index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where clock and inode numbers stand still."""
    seen = {index.signature()}
    for number in range(2, 8):
        commit(index, number)
        seen.add(index.signature())
        status = (index.path / "CURRENT").stat()
        os.utime(index.path / "CURRENT", ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))
        seen.add(index.signature())
    times = [signature[1] for signature in seen if signature]
    assert len(set(times)) == len(times) == 13


def test_orphans_are_collected(index: EmbeddedIndex) -> None:
    """What dead writers left is gone after the next commit, files and directories; what is none of ours stays."""
    directory = index.path / index.current().directory
    (directory / "MAIN_orphan.columns").write_bytes(b"x")
    (directory / "manifest-000009.json").write_bytes(b"half a manif")
    (directory / "MAIN.tmp").mkdir()
    (index.path / "gen-000077").mkdir()
    (index.path / "gen-000077" / "MAIN_orphan.columns").write_bytes(b"x")
    (index.path / "CURRENT.tmp").write_bytes(b"x")
    (index.path / "gen-000001.saved").mkdir()
    former = named(index)
    commit(index, 2)

    assert present(index) == former | named(index) | {"CURRENT", index.current().directory, "gen-000001.saved"}


PIN = """
import sys
from pathlib import Path
from index.analysis import Analyzer
from index.embedded import EmbeddedIndex
from index.schema import ZoneWeights
index = EmbeddedIndex(Path(sys.argv[1]), Analyzer(), ZoneWeights())
current, pin = index.pinned()
print(current.manifest.name, flush=True)
sys.stdin.read()
"""


def test_a_pinned_commit_stays_as_long_as_its_reader_lives(index: EmbeddedIndex) -> None:
    """Updates and rebuilds of another process take nothing from a reader; when it was killed, the next commit cleans up."""
    pinned = named(index)
    reader = subprocess.Popen(
        [sys.executable, "-c", PIN, str(index.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    assert reader.stdout.readline().strip() in pinned
    try:
        commit(index, 2)
        commit(index, 3)
        commit(index, 4, rebuild=True)
        commit(index, 5)
        assert pinned <= present(index)
    finally:
        reader.kill()
        reader.communicate()
    commit(index, 6)
    assert not [name for name in present(index) & pinned if name.startswith("manifest")]


def test_a_commit_that_is_gone_cannot_be_pinned(index: EmbeddedIndex) -> None:
    """Who comes too late is told, and `pinned` gives the newer commit."""
    late = index.current()
    commit(index, 2)
    commit(index, 3)
    assert index.pin(late) is None
    current, pin = index.pinned()
    with pin:
        assert current == index.current()


def test_a_reader_between_current_and_manifest_gets_the_newer_commit(
    index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If two commits take the manifest away just after CURRENT was read, the reader looks again and finds theirs."""
    generations = index._generations
    stale = generations._pointer()
    commit(index, 2)
    commit(index, 3)
    answers = iter([stale])
    fresh = type(generations)._pointer
    monkeypatch.setattr(type(generations), "_pointer", lambda self: next(answers, None) or fresh(self))
    assert index.current().manifest.generation == 4


def test_an_exception_leaves_the_old_index(index: EmbeddedIndex) -> None:
    """Whatever is raised while changes are collected, nothing of them is visible, and nothing is left on disk."""
    for rebuild in (False, True):
        before = present(index)
        with pytest.raises(ZeroDivisionError), index.writer(rebuild=rebuild) as writer:
            writer.add(ARTICLES[5])
            raise ZeroDivisionError
        assert present(index) == before
        assert index.current().manifest.articles == 2
    commit(index, 2)
    assert index.current().manifest.articles == 3


STEPS = ["publishing.write_file", "publishing.fsync_directory", "publishing.replace_file", "commits.write_toc"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("rebuild", [False, True])
def test_a_step_that_fails_leaves_the_old_index(
    index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch, step: str, rebuild: bool
) -> None:
    """The error is ours and says what to do, the old commit answers, no file is left, the next commit works."""
    before = present(index)

    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(f"index.{step}", fail)
        with pytest.raises(IndexNotWritten, match="No space left on device.*searcher update"):
            commit(index, 2, rebuild=rebuild)
    assert present(index) == before
    assert index.current().manifest.change == 2
    commit(index, 2, rebuild=rebuild)
    assert index.current().manifest.change == 3


def test_a_sync_that_fails_after_the_rename_loses_nothing(index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """CURRENT leads to the new commit then, and cleaning up must leave it alone."""

    def rename_only(path: Path, content: bytes) -> None:
        files.replace_file(path, content)
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "replace_file", rename_only)
        with pytest.raises(IndexNotWritten):
            commit(index, 2, rebuild=True)
    assert index.current().manifest.articles == 3
    assert named(index) <= present(index)
    commit(index, 3)
    assert index.current().manifest.articles == 4


def test_nothing_is_removed_while_current_cannot_be_read(index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed writer that cannot tell what is needed cleans nothing up."""
    before = present(index)

    def refuse(_path: Path) -> bytes:
        raise OSError(24, "Too many open files")

    with pytest.raises(ZeroDivisionError), index.writer() as writer:
        writer.add(ARTICLES[2])
        monkeypatch.setattr(Path, "read_bytes", refuse)
        raise ZeroDivisionError
    monkeypatch.undo()
    assert before <= present(index)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", IndexDamaged),
        (b"null", IndexDamaged),
        (b"[1, 2]", IndexDamaged),
        (b'{"format": 2}', IndexDamaged),
        (b'{"format": 2, "directory": "../..", "manifest": "manifest-000001.json", "sha256": ""}', IndexDamaged),
        (b'{"format": 2, "directory": 7, "manifest": "manifest-000001.json", "sha256": ""}', IndexDamaged),
        (b"\xff\xfe", IndexDamaged),
        (b'{"format": 1, "directory": "gen-000001", "generation": 7}', IndexOutdated),
        (b'{"format": 3, "something": "of the future"}', IndexOutdated),
    ],
)
def test_what_current_may_hold(index: EmbeddedIndex, content: bytes, error: type[Exception]) -> None:
    """Damage is told from another format; both ask for a rebuild, an update refuses, and the rebuild cures."""
    (index.path / "CURRENT").write_bytes(content)
    with pytest.raises(error, match="searcher rebuild"):
        index.current()
    with pytest.raises(error, match="searcher rebuild"):
        commit(index, 2)
    assert (index.path / "CURRENT").read_bytes() == content
    commit(index, 2, rebuild=True)
    assert index.current().manifest.articles == 3


def test_other_settings_ask_for_a_rebuild(index: EmbeddedIndex, tmp_path: Path) -> None:
    """An index made with other weights is still read; a writer that would mix the two is refused."""
    other = index_at(tmp_path, ZoneWeights(title=2.0))
    assert other.current().manifest.settings == index.settings
    with pytest.raises(IndexOutdated, match="searcher rebuild"):
        commit(other, 2)
    commit(other, 2, rebuild=True)
    assert other.current().manifest.settings == other.settings


def test_every_file_is_on_disk_before_current(index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each new file and both directories were synced when CURRENT is replaced: a power cut finds the old state or the new."""
    synced: set[int] = set()
    fsync = os.fsync

    def record(descriptor: int) -> None:
        fsync(descriptor)
        synced.add(os.fstat(descriptor).st_ino)

    unsynced: list[set[str]] = []
    replace = files.replace_file

    def look(path: Path, content: bytes) -> None:
        entries = [path.parent, *(entry for entry in path.parent.rglob("*") if entry.name not in old)]
        unsynced.append({entry.name for entry in entries if entry.stat().st_ino not in synced})
        replace(path, content)

    monkeypatch.setattr(os, "fsync", record)
    monkeypatch.setattr(publishing, "replace_file", look)
    old = present(index) - {index.current().directory}
    commit(index, 2)
    old = present(index)
    commit(index, 3, rebuild=True)
    assert unsynced == [set(), set()]
