"""From readings to the store: what is counted, what is skipped, what an interrupt or a bad article leaves behind.

Every test holds for the store in a file and for the one on a cluster, but those that are about SQLite.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.errors import StoreError
from index.ingest import IngestReport, ingest
from index.pages.page import Quarantined, Reading
from index.store import ArticleStore
from tests.stores import STORES, AnyStore, opened_store, problems_of, state_of

CAPTURED = datetime(2025, 5, 27, 12, tzinfo=timezone.utc)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyStore]:
    with opened_store(request, tmp_path) as opened:
        yield opened


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[ArticleStore]:
    with ArticleStore.open(tmp_path / "data" / "articles.sqlite3") as opened:
        yield opened


def article(number: int, **fields: Any) -> Article:
    story = Article(f"Story number {number} about the harbor", f"word{number} ferry{number} council{number} " * 30)
    return dataclasses.replace(story, **fields)


def page(path: Path | str, *articles: Article, digest: str = "d1", captured: datetime = CAPTURED) -> Reading:
    on_page = tuple(dataclasses.replace(each, seen_on=(str(path),)) for each in articles)
    return Reading(str(path), None, on_page, digest, captured)


def lines(*articles: Article, path: str = "news.jsonl") -> list[Reading]:
    return [Reading(path, number, (each,)) for number, each in enumerate(articles, start=1)]


def counts(report: IngestReport) -> tuple[int, int, int, int]:
    assert report.articles == report.new + report.updated + report.unchanged + report.duplicates
    return report.new, report.updated, report.unchanged, report.duplicates


def test_the_same_input_again_changes_nothing(store: AnyStore, tmp_path: Path) -> None:
    """Pages and lines ingested again are all unchanged, and nothing is written, though the mtime of a page moved."""

    def readings(captured: datetime) -> list[Reading]:
        return [
            page(tmp_path / "a.html", article(1), article(2), captured=captured),
            page(tmp_path / "b.html", article(1), article(3), digest="d2", captured=captured),
            *lines(article(4), article(5, id="5"), article(5, id="6"), article(4)),
        ]

    first = ingest(store, readings(CAPTURED))
    assert (first.pages, first.articles, counts(first)) == (3, 8, (6, 0, 0, 2))
    before = state_of(store)
    again = ingest(store, readings(CAPTURED + timedelta(days=3)))
    assert (again.pages, again.articles, counts(again)) == (3, 8, (0, 0, 8, 0))
    assert state_of(store) == before


def test_relative_dates_do_not_move_with_the_file(store: AnyStore, tmp_path: Path) -> None:
    """A page whose file was merely touched keeps its dates; only a stated time of capture makes it be looked at again."""
    dated = {"published_precision": "hour", "published_origin": "relative"}
    early = article(1, published="2025-05-26T12:00:00Z", **dated)
    ingest(store, [page(tmp_path / "a.html", article(1, published="2025-05-27T12:00:00Z", **dated))])
    earlier = CAPTURED - timedelta(days=1)
    assert counts(ingest(store, [page(tmp_path / "a.html", early, captured=earlier)])) == (0, 0, 1, 0)
    assert next(store.iter_articles()).published == "2025-05-27T12:00:00Z"
    assert counts(ingest(store, [page(tmp_path / "a.html", early, captured=earlier)], captured=earlier)) == (0, 1, 0, 0)
    assert next(store.iter_articles()).published == "2025-05-26T12:00:00Z"


def test_a_path_is_one_however_it_is_written(store: AnyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page named by a relative path is the one ingested by its absolute path before."""
    seen_on = (str(tmp_path / "a.html"),)
    ingest(store, [Reading(str(tmp_path / "a.html"), None, (article(1, seen_on=seen_on),), "d", CAPTURED)])
    monkeypatch.chdir(tmp_path)
    assert counts(ingest(store, [Reading("./a.html", None, (article(1, seen_on=seen_on),), "d", CAPTURED)])) == (0, 0, 1, 0)


def test_a_changed_page(store: AnyStore, tmp_path: Path) -> None:
    """Of a page that changed, what stayed is unchanged, what came is new, and what went stays in the archive."""
    ingest(store, [page(tmp_path / "a.html", article(1), article(2))])
    assert counts(ingest(store, [page(tmp_path / "a.html", article(2), article(3), digest="d2")])) == (1, 0, 1, 0)
    assert store.count() == 3


def test_a_copy_on_another_page_is_a_duplicate(store: AnyStore, tmp_path: Path) -> None:
    """One article met on three pages is kept once, with all three, in one ingest and over several."""
    first = ingest(store, [page(tmp_path / "a.html", article(1)), page(tmp_path / "b.html", article(1), digest="d2")])
    second = ingest(store, [page(tmp_path / "c.html", article(1), digest="d3")])
    assert (counts(first), counts(second)) == ((1, 0, 0, 1), (0, 0, 0, 1))
    pages = tuple(str(tmp_path / name) for name in ("a.html", "b.html", "c.html"))
    assert [each.seen_on for each in store.iter_articles()] == [pages]


def test_lines_that_moved_are_unchanged(store: AnyStore) -> None:
    """A file that got a line at its top brings one new article; the others are known, with ids or without."""
    old = [article(1), article(2, id="2"), article(3)]
    ingest(store, lines(*old))
    assert counts(ingest(store, lines(article(9), *old))) == (1, 0, 3, 0)


def test_a_deleted_article_comes_back_when_asked_for(store: AnyStore, tmp_path: Path) -> None:
    """Ingesting a page again brings back an article that was deleted, and leaves the other alone."""
    ingest(store, [page(tmp_path / "a.html", article(1), article(2))])
    store.delete([next(store.ids())])
    assert counts(ingest(store, [page(tmp_path / "a.html", article(1), article(2))])) == (1, 0, 1, 0)


def test_articles_with_and_without_ids_in_any_mixture(store: AnyStore) -> None:
    """A copy without an id joins the article that came with one, in the same batch as in a later one."""
    owned = [article(number, id=f"own-{number}") for number in range(25)]
    ingest(store, lines(*owned[:13], article(3), article(12), *owned[13:]), batch_size=10)
    report = ingest(store, lines(*map(article, range(26)), path="others.jsonl"), batch_size=10)
    assert (counts(report), store.count()) == ((1, 0, 0, 25), 26)
    assert {each.id for each in store.iter_articles()} > {each.id for each in owned}
    assert problems_of(store) == []


def test_a_later_line_for_an_id_wins_once(store: AnyStore) -> None:
    """A file with two versions of an id keeps the later, and does not swing back and forth when ingested again."""
    versions = lines(article(1, id="1"), article(2, id="1"))
    assert counts(ingest(store, versions)) == (1, 1, 0, 0)
    assert counts(ingest(store, versions)) == (0, 0, 2, 0)
    assert store.get("1") == article(2, id="1")


@pytest.mark.parametrize("path", ["", "-"])
def test_lines_of_no_file_are_never_skipped(store: AnyStore, path: str) -> None:
    """What comes from a program or standard input replaces its article again, though the same came first once before."""
    first, second = article(1, id="1"), article(2, id="1")
    ingest(store, lines(first, article(3), article(3), path=path))
    ingest(store, lines(second))
    assert counts(ingest(store, lines(first, article(3), article(3), path=path))) == (0, 1, 2, 0)
    assert store.get("1") == first


def test_what_cannot_be_read_or_stored_is_quarantined(store: AnyStore, tmp_path: Path) -> None:
    """Bad inputs are reported with path, line and reason, the rest is stored, and a refused article is refused again."""
    unread = Quarantined("b.html", None, "is empty")
    readings: list[Reading | Quarantined] = [page(tmp_path / "a.html", article(1), article(2, body="half \ud800")), unread]
    readings += lines(article(3))
    for expected in ((2, 0, 0), (0, 0, 2)):
        report = ingest(store, readings)
        assert (report.new, report.updated, report.unchanged) == expected
        assert (report.pages, report.articles) == (2, 3)
        mapping = report.to_mapping()
        assert list(mapping) == ["pages", "articles", "new", "updated", "unchanged", "duplicates", "quarantined"]
        assert {"path": "b.html", "line": None, "reason": "is empty"} in mapping["quarantined"]
        assert ["surrogate" in each["reason"] for each in mapping["quarantined"]].count(True) == 1


@pytest.mark.parametrize("stop_after", [0, 1, 7, 10, 23])
def test_an_interrupt_keeps_what_was_read(store: AnyStore, stop_after: int) -> None:
    """Ctrl-C at any moment passes on, what had been read is stored, and ingesting again does the rest."""

    def interrupted() -> Iterator[Reading]:
        yield from lines(*map(article, range(stop_after)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(store, interrupted(), batch_size=10)
    assert (store.count(), problems_of(store)) == (stop_after, [])
    assert counts(ingest(store, lines(*map(article, range(25))))) == (25 - stop_after, 0, stop_after, 0)


def test_batches_are_committed_on_the_way(store: AnyStore) -> None:
    """While an ingest goes on, what the finished batches held can be read, and no more than one batch is missing."""
    visible = []

    def readings() -> Iterator[Reading]:
        for reading in lines(*map(article, range(30))):
            visible.append(store.count())
            yield reading

    seen: list[tuple[int, int]] = []
    ingest(store, readings(), batch_size=10, progress=lambda pages, articles: seen.append((pages, articles)))
    assert visible == [0] * 10 + [10] * 10 + [20] * 10
    assert seen == [(1, number) for number in range(1, 31)]


def test_slow_reading_locks_nothing(file_store: ArticleStore, tmp_path: Path) -> None:
    """While a page is being read another writer can store: only the storing of a batch is a transaction."""
    with ArticleStore.open(file_store.path, busy_timeout_s=0.05) as other:

        def readings() -> Iterator[Reading]:
            yield page(tmp_path / "a.html", article(1))
            other.merge(article(2))
            yield page(tmp_path / "b.html", article(3))

        assert ingest(file_store, readings()).new == 2
    assert file_store.count() == 3


def test_an_error_of_the_store_passes(file_store: ArticleStore) -> None:
    """When storing fails the error tells, and the batches before it are stored."""

    def readings() -> Iterator[Reading]:
        yield from lines(*map(article, range(10)))
        with file_store._database.writing() as connection:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
        long = (article(number, body=" ".join(map(str, range(number * 999, number * 1999)))) for number in range(10, 40))
        yield from lines(*long, path="more.jsonl")

    with pytest.raises(StoreError, match="disk is full"):
        ingest(file_store, readings(), batch_size=10)
    assert file_store.count() >= 10 and file_store.count() % 10 == 0
    assert problems_of(file_store) == []


def test_a_page_under_new_rules_is_cleaned_anew(store: AnyStore, tmp_path: Path) -> None:
    """With another site profile the same page gives its articles again: shorter ones replace, false ones go, ids stay."""

    def cleaned(cleaning: str, *articles: Article) -> Reading:
        return dataclasses.replace(page(tmp_path / "a.html", *articles), cleaning=cleaning)

    messy = article(1, body=article(1).body + "Download the app. " * 20)
    ingest(store, [cleaned("1", messy, article(2)), page(tmp_path / "b.html", article(3), digest="d2")])
    before = set(store.ids())

    assert counts(ingest(store, [cleaned("1", messy, article(2))])) == (0, 0, 2, 0)
    assert counts(ingest(store, [cleaned("2", article(1), article(4))])) == (1, 1, 0, 0)
    bodies = {each.title: each.body for each in store.iter_articles()}
    assert sorted(bodies) == [article(number).title for number in (1, 3, 4)]
    assert "Download" not in bodies[article(1).title]
    assert len(before & set(store.ids())) == 2
    assert counts(ingest(store, [cleaned("2", article(1), article(4))])) == (0, 0, 2, 0)


def test_cleaning_anew_keeps_what_other_pages_gave(store: AnyStore, tmp_path: Path) -> None:
    """An article that another page gave too stays, though this page's new rules no longer find it."""
    ingest(store, [dataclasses.replace(page(tmp_path / "a.html", article(1), article(2)), cleaning="1")])
    ingest(store, [page(tmp_path / "b.html", article(2), digest="d2")])
    ingest(store, [dataclasses.replace(page(tmp_path / "a.html", article(1)), cleaning="2")])

    assert sorted(each.title for each in store.iter_articles()) == [article(1).title, article(2).title]
