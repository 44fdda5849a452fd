"""An archive in a data directory: what it does when files are missing, damaged, old, or being written by another."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import searcher
from index.article import Article
from tests import invented


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[searcher.Archive]:
    """An archive of files, for what is about files."""
    with searcher.open(tmp_path / "var") as archive:
        archive.add(invented.articles(120))
        yield archive


def ids(result: searcher.SearchResult) -> list[str]:
    return [hit.id for hit in result.hits]


def test_an_index_of_another_format_takes_in_nothing_until_a_rebuild(tmp_path: Path) -> None:
    """The refusal says that nothing was changed, nothing was, and a rebuild with all former articles cures it."""
    with searcher.open(tmp_path) as archive:
        archive.add(invented.articles(10))
    (tmp_path / "index" / "CURRENT").write_text('{"format": 1, "directory": "gen-000001", "generation": 1, "change": 10}')
    with searcher.open(tmp_path) as archive:
        with pytest.raises(searcher.IndexOutdated, match="`searcher rebuild`; nothing was changed"):
            archive.add([{"id": "x1", "title": "t", "body": "walrus"}])
        assert archive.rebuild().articles == 10


def test_a_store_that_cannot_be_opened_is_a_finding_of_check(tmp_path: Path) -> None:
    """Check reports a store that is no database as a problem of that file; it does not fail itself."""
    with searcher.open(tmp_path) as archive:
        archive.add(invented.articles(3))
    (tmp_path / "articles.sqlite3").write_text("x" * 5000)
    with searcher.open(tmp_path) as archive:
        report = archive.check()

        assert not report.ok
        assert [problem.file for problem in report.problems] == ["articles.sqlite3"]


def test_a_file_in_place_of_the_index_is_damage(tmp_path: Path) -> None:
    """A search says that the index is damaged, whatever stands in its place."""
    with searcher.open(tmp_path) as archive:
        archive.add(invented.articles(3))
    shutil.rmtree(tmp_path / "index")
    (tmp_path / "index").touch()
    with searcher.open(tmp_path) as archive, pytest.raises(searcher.IndexDamaged, match="cannot be read"):
        archive.search("us")


def test_check_finds_what_is_wrong(embedded: searcher.Archive, tmp_path: Path) -> None:
    """A whole archive passes; an index behind its store, and one with a file cut short, are named."""
    assert embedded.check(deep=True).ok
    embedded.ingest([], index=False)
    embedded._backend.store.merge(Article("t", "not indexed", id="x1"))
    assert "searcher update" in embedded.check().problems[0].what
    embedded.update()
    current = embedded._backend._index.current()
    segment = tmp_path / "var/index" / current.directory / current.manifest.segments[0].file
    segment.write_bytes(segment.read_bytes()[:1000])

    with searcher.open(tmp_path / "var") as damaged:
        report = damaged.check(deep=True)
        assert not report.ok
        assert "rebuild" in report.problems[0].what
        with pytest.raises(searcher.IndexDamaged, match="rebuild"):
            damaged.search("us")
        damaged.rebuild()
        assert damaged.check(deep=True).ok


def test_a_lost_store_is_not_made_up_for_by_a_rebuild(embedded: searcher.Archive, tmp_path: Path) -> None:
    """With the store gone the index is the last copy: check says so, and update and rebuild refuse to empty it."""
    embedded.close()
    for file in (tmp_path / "var").glob("articles.sqlite3*"):
        file.unlink()
    with searcher.open(tmp_path / "var") as bereft:
        assert "restore it from a backup" in bereft.check().problems[0].what
        for change in (bereft.rebuild, bereft.update):
            with pytest.raises(searcher.StoreError, match="restore it from a backup"):
                change()
        assert bereft.search("us").total > 0


def test_a_writer_waits_for_another_and_says_so(tmp_path: Path) -> None:
    """A second writer is told once that it waits, and goes on when the first has ended, or gives up after its wait."""
    told: list[str] = []
    begun, end = threading.Event(), threading.Event()

    def slow() -> Iterator[Article]:
        begun.set()
        end.wait(20)
        yield Article("t", "walrus", id="x1")

    with (
        searcher.open(tmp_path) as first,
        searcher.open(tmp_path, wait=0.0, on_wait=told.append) as hasty,
        searcher.open(tmp_path, wait=20.0, on_wait=lambda message: (told.append(message), end.set())) as patient,
    ):
        adding = threading.Thread(target=first.add, args=(slow(),))
        adding.start()
        try:
            begun.wait(20)
            with pytest.raises(searcher.ArchiveBusy, match="another process"):
                hasty.delete(["x1"])
            assert patient.delete(["x1"]) == 1
        finally:
            end.set()
            adding.join()

    assert len(told) == 1
    assert str(tmp_path) in told[0]


def test_a_search_opens_no_store(embedded: searcher.Archive, tmp_path: Path) -> None:
    """Searching needs the index alone: it goes on while the store is damaged, which is told when an article is asked for."""
    embedded.close()
    file = tmp_path / "var" / "articles.sqlite3"
    for log in (tmp_path / "var").glob("articles.sqlite3-*"):
        log.unlink()
    file.write_bytes(b"no database" * 1000)

    with searcher.open(tmp_path / "var") as damaged:
        found = damaged.search("us").hits[0].id
        with pytest.raises(searcher.StoreError):
            damaged.article(found)


def test_an_index_begun_anew_answers_for_itself(tmp_path: Path) -> None:
    """Generations of an index that was deleted and made again have the old numbers; its answers are its own all the same."""
    with searcher.open(tmp_path) as writing, searcher.open(tmp_path) as reading:
        writing.add([{"id": "a", "title": "First", "body": "walrus"}])
        before = reading.search("walrus")
        writing.delete(["a"])
        writing.add([{"id": "b", "title": "Second", "body": "walrus"}])
        shutil.rmtree(tmp_path / "index")
        writing.rebuild()
        after = reading.search("walrus")

    assert after.generation == before.generation
    assert (ids(before), ids(after)) == (["a"], ["b"])
