"""What the article store keeps, finds again, joins, logs, forgets and refuses."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.errors import ArticleError, StoreError
from index.store import ArticleStore, Change, Merged
from tests.stores import BODY, FERRY, MARKET


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "articles.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[ArticleStore]:
    with ArticleStore.open(path) as opened:
        yield opened


def kept(store: ArticleStore, merged: Merged) -> Article:
    article = store.get(merged.article_id)
    assert article is not None
    return article


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2025, 5, day, hour, tzinfo=timezone.utc)


def test_an_article_comes_back_as_it_was(store: ArticleStore) -> None:
    """Every field, odd characters included, comes back unchanged, with the id that the store gave it."""
    article = Article(
        "Zürich – “quoted” 港口 🚢", "Line one\n\nline\ttwo ' \" ; DROP TABLE article", None, "https://a.example/1",
        "Emirates 24/7", "A. Author", "2025-05-27T08:00:00Z", "hour", "relative", ("b", "a, c"), "de", "related", ("/1", "/2"),
    )  # fmt: skip
    merged = store.merge(article)
    assert merged.outcome == "new"
    assert kept(store, merged) == dataclasses.replace(article, id=merged.article_id)
    assert merged.article_id.isalnum() and merged.article_id.isascii()


def test_ids_are_the_same_in_every_store(store: ArticleStore, tmp_path: Path) -> None:
    """An article without an id gets the same one in a fresh store, whatever was stored before it, even when cut off."""
    store.merge(MARKET)
    first = store.merge(FERRY).article_id
    with ArticleStore.open(tmp_path / "other.sqlite3") as other:
        assert other.merge(dataclasses.replace(FERRY, body=BODY[:200])).article_id == first


def test_different_stories_that_begin_alike_get_different_ids(store: ArticleStore) -> None:
    """Reports of one template with other numbers are two articles with two ids."""
    text = "Stocks on the exchange of the city closed mixed after a calm day of trading among all the brokers there. Index {}."
    ids = {store.merge(Article("Stocks close mixed on the exchange", text.format(number))).article_id for number in range(5)}
    assert len(ids) == store.count() == 5


def test_given_ids_are_kept_apart(store: ArticleStore) -> None:
    """Articles that came with two ids stay two, though their text is the same."""
    assert store.merge(dataclasses.replace(FERRY, id="a/1")).outcome == "new"
    assert store.merge(dataclasses.replace(FERRY, id="a 2")).outcome == "new"
    assert list(store.ids()) == ["a 2", "a/1"]


def test_a_given_id_is_replaced_by_news_of_it(store: ArticleStore) -> None:
    """The same id again is unchanged when equal, updated when not, also back to what it was; pages seen on stay known."""
    first, shorter = dataclasses.replace(FERRY, id="1", seen_on=("p",)), dataclasses.replace(FERRY, id="1", body="Gone.")
    outcomes = [store.merge(article).outcome for article in (first, first, shorter, shorter, first)]
    assert outcomes == ["new", "unchanged", "updated", "unchanged", "updated"]
    store.merge(shorter)
    assert store.get("1") == dataclasses.replace(shorter, seen_on=("p",))


def test_a_copy_joins_the_article_with_an_id(store: ArticleStore) -> None:
    """A copy without an id joins one that has it, and the owner's file, ingested again, is no news."""
    owned = dataclasses.replace(FERRY, id="own-1", body=BODY[:250])
    store.merge(owned)
    assert store.merge(FERRY) == Merged("own-1", "updated")
    before = store.last_change()
    assert store.merge(owned) == Merged("own-1", "unchanged")
    assert (store.get("own-1"), store.last_change()) == (dataclasses.replace(FERRY, id="own-1"), before)


def test_an_exported_article_can_be_ingested_again(store: ArticleStore) -> None:
    """What the store gave out, with its id, is unchanged when it comes back, and an edit of it is an update."""
    exported = kept(store, store.merge(FERRY))
    assert store.merge(exported).outcome == "unchanged"
    assert store.merge(dataclasses.replace(exported, title="Corrected")).outcome == "updated"
    assert store.count() == 1


def test_copies_become_one_article(store: ArticleStore) -> None:
    """Exact, cut off and edited copies are one article with the longest text and every page, whichever came first."""
    edited = BODY.replace("washed away part", "carried off parts")
    copies = [
        dataclasses.replace(FERRY, body=BODY[:180], seen_on=("a",)),
        dataclasses.replace(FERRY, body=edited, seen_on=("b",)),
        dataclasses.replace(FERRY, body=BODY.upper(), title=FERRY.title.upper(), seen_on=("c",)),
        dataclasses.replace(FERRY, body=BODY, seen_on=("d",)),
    ]
    outcomes = [store.merge(copy).outcome for copy in copies]
    assert (outcomes[0], outcomes[1], store.count()) == ("new", "updated", 1)
    article = next(store.iter_articles())
    longest = max((copy.body for copy in copies), key=lambda body: (len(body), body))
    assert (article.body, article.seen_on) == (longest, tuple("abcd"))


def test_a_copy_elsewhere_is_a_duplicate(store: ArticleStore) -> None:
    """A copy that brings only another page is a duplicate; the very same again changes nothing."""
    store.merge(dataclasses.replace(FERRY, seen_on=("a",)))
    elsewhere = dataclasses.replace(FERRY, seen_on=("b",))
    assert [store.merge(elsewhere).outcome for _ in range(2)] == ["duplicate", "unchanged"]


def test_a_copy_once_known_stays_known(store: ArticleStore) -> None:
    """A short copy is recognized even when the text it was joined to has since been replaced by a longer version."""
    teaser = Article("Ferry late", "The ferry is late.", url="https://a.example/ferry")
    first = store.merge(teaser)
    later = dataclasses.replace(teaser, body=BODY)
    assert store.merge(later) == Merged(first.article_id, "updated")
    assert store.merge(dataclasses.replace(teaser, url=None)) == Merged(first.article_id, "unchanged")


def test_the_later_version_under_a_url_stays(store: ArticleStore) -> None:
    """A rewritten main article at its URL is an update, even if shorter; an older capture does not bring the old text back."""
    old = Article("Council delays the harbor ferry again", BODY, url="https://www.a.example/ferry?utm_source=x")
    new = Article("Council delays the harbor ferry again", "It sails at last: the ramp is ready.", url="http://a.example/ferry/")
    store.merge(old, captured=at(1))
    merged = store.merge(new, captured=at(2))
    assert (merged.outcome, kept(store, merged).body) == ("updated", new.body)
    again = store.merge(dataclasses.replace(old, body=BODY + " More."), captured=at(1))
    assert (again.article_id, kept(store, merged).body) == (merged.article_id, new.body)


@pytest.mark.parametrize("url", ["https://a.example/", "https://a.example/feed.xml"])
def test_articles_that_share_an_address_stay_apart(store: ArticleStore, url: str) -> None:
    """Articles all given a site's front page, or one feed's address, as URL are not versions of one another."""
    assert [store.merge(dataclasses.replace(article, url=url)).outcome for article in (FERRY, MARKET)] == ["new", "new"]
    assert [store.merge(dataclasses.replace(article, url=url)).outcome for article in (FERRY, MARKET)] == ["unchanged"] * 2


@pytest.mark.parametrize("field", ["title", "body", "source", "seen_on"])
def test_text_that_cannot_be_kept_is_refused(store: ArticleStore, field: str) -> None:
    """Half surrogate pairs and NUL are refused with nothing written, and the batch goes on."""
    bad: Any = ("half \ud800 pair",) if field == "seen_on" else "half \ud800 pair, or nul \x00 character"
    with store.batch():
        with pytest.raises(ArticleError, match="from_mapping"):
            store.merge(dataclasses.replace(FERRY, **{field: bad}))
        store.merge(MARKET)
    assert (store.count(), store.check(deep=True)) == (1, [])


def test_an_article_without_title_is_refused(store: ArticleStore) -> None:
    """An article needs a title; it may lack a body."""
    with pytest.raises(ArticleError, match="title"):
        store.merge(Article(" ", BODY))
    assert store.merge(Article("Only a title", "")).outcome == "new"


def test_changes_tell_the_latest_of_each_article(store: ArticleStore) -> None:
    """The log has one entry for an article, its latest, in order, with numbers that only grow, also over a deletion."""
    ferry, market = store.merge(FERRY).article_id, store.merge(MARKET).article_id
    assert list(store.changes()) == [Change(1, ferry, False), Change(2, market, False)]
    store.merge(dataclasses.replace(FERRY, source="Harbor Post"))
    assert list(store.changes(2)) == [Change(3, ferry, False)]
    store.delete([ferry, market])
    assert list(store.changes()) == [Change(4, ferry, True), Change(5, market, True)]
    store.merge(FERRY)
    assert (list(store.changes(5)), store.last_change()) == ([Change(6, ferry, False)], 6)


def test_deleting(store: ArticleStore) -> None:
    """Deleting counts what was there, and a deleted article can come again and find its copies."""
    article_id = store.merge(FERRY).article_id
    store.merge(dataclasses.replace(FERRY, body=BODY + " More of it."))
    assert store.delete([article_id, "none", article_id]) == 1
    assert (store.get(article_id), store.count(), store.delete([article_id])) == (None, 0, 0)
    assert store.merge(FERRY) == Merged(article_id, "new")
    assert store.merge(dataclasses.replace(FERRY, body=BODY[:200])).article_id == article_id
    assert store.check(deep=True) == []


def test_selecting(store: ArticleStore) -> None:
    """Sources are compared without case, dates by the start of the day or month; undated articles are before no date."""
    dated = {
        "undated": (None, "unknown"), "month": ("2025-05-01", "month"), "day": ("2025-05-27", "day"),
        "minute": ("2025-05-27T08:00:00Z", "minute"),
    }  # fmt: skip
    for name, (published, precision) in dated.items():
        article = Article.from_mapping({"id": name, "title": name, "body": name, "source": "Harbor Post ", "published": published,
                                        "published_precision": precision if published else None})  # fmt: skip
        store.merge(article)
    assert store.select(source="harbor  POST") == sorted(dated)
    assert store.select(source="Harbor") == []
    assert store.select(before=at(27)) == ["month"]
    assert store.select(before=at(27, 8)) == ["day", "month"]
    assert store.select(before=at(28), source="HARBOR POST") == ["day", "minute", "month"]
    assert store.select(before=at(1)) == []


def test_summary(store: ArticleStore) -> None:
    """Articles, sources without regard to case, and the span of dates; nothing dated gives None."""
    assert dataclasses.astuple(store.summary()) == (0, 0, None, None)
    stored = [("A", "2025-05-27"), ("a", "2025-05-27T08:00:00Z"), ("b", None), (None, "2025-05-01")]
    for number, (source, published) in enumerate(stored):
        store.merge(Article(f"Title {number}", "Text", id=str(number), source=source, published=published))
    assert dataclasses.astuple(store.summary()) == (4, 2, at(1), at(27, 8))


def test_pages_are_remembered(store: ArticleStore) -> None:
    """An input is seen when path, line and digest agree, until one of its articles is deleted."""
    article_id = store.merge(FERRY).article_id
    store.remember_page("p.html", "d1", [article_id], captured=at(1))
    store.remember_page("p.html", "d2", [], captured=at(1))
    store.remember_page("f.jsonl", "e1", [article_id], line=7)
    store.remember_page("f.jsonl", "e2", [article_id], line=7)
    assert (store.page_seen("p.html", "d1"), store.page_seen("p.html", "d2"), store.page_seen("q.html", "d1")) == (1, 0, None)
    assert (store.page_seen("p.html", "d1", captured=at(1)), store.page_seen("p.html", "d1", captured=at(2))) == (1, None)
    assert (store.page_seen("f.jsonl", "e1", line=7), store.page_seen("f.jsonl", "e2", line=7)) == (None, 1)
    assert (store.path_seen("f.jsonl"), store.path_seen("g.jsonl")) == (True, False)
    store.delete([article_id])
    assert (store.page_seen("p.html", "d1"), store.page_seen("p.html", "d2")) == (None, 0)


def test_a_failed_batch_leaves_nothing(store: ArticleStore) -> None:
    """An exception inside a batch takes back everything in it, inner batches included."""
    store.merge(MARKET)

    def fail() -> None:
        with store.batch():
            with store.batch():
                store.merge(FERRY)
                store.delete(list(store.ids()))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert ([article.title for article in store.iter_articles()], store.last_change()) == ([MARKET.title], 1)


def test_what_was_stored_is_there_when_opened_again(path: Path) -> None:
    """Closing and opening loses nothing, and a closed store says that it is closed."""
    with ArticleStore.open(path) as store:
        merged = store.merge(FERRY)
    store.close()
    with ArticleStore.open(path) as store:
        assert kept(store, merged).body == BODY
    with pytest.raises(StoreError, match="closed"):
        store.count()


def test_settings_that_make_it_durable(store: ArticleStore) -> None:
    """The file is in WAL mode, and the writing connection syncs every commit and checks references."""
    with store._database.writing() as connection:
        values = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert values == ["wal", 2, 1]


def test_articles_in_bulk_are_those_read_one_by_one(store: ArticleStore) -> None:
    """`articles_changed` gives every change with its article, deletions without; `get_many` those asked for, in order."""
    ids = [
        store.merge(Article(f"Article {number}", f"text of number {number}", id=str(number))).article_id for number in range(9)
    ]
    store.delete(["3", "8"])
    store.merge(Article("Article 0", "news of it", id="0"))
    for after in (0, 5, store.last_change()):
        assert list(store.articles_changed(after)) == [(each, store.get(each.article_id)) for each in store.changes(after)]
    assert [change.deleted for change, _ in store.articles_changed(9)] == [True, True, False]
    assert [each.id for each in store.get_many([*reversed(ids), "none", "1", "0"])] == list("765421010")


def test_articles_with_ids_are_found_by_copies_that_come_later(store: ArticleStore) -> None:
    """Articles stored with ids, changed ones too, are met by a copy of any text they had, however many came before it."""
    for number in range(3):
        store.merge(Article(f"Another story, number {number}", f"word{number} " * 60, id=str(number)))
    store.merge(dataclasses.replace(FERRY, id="own"))
    store.merge(Article("Ferry sails again", "All is well with the ferry, which sails at nine.", id="own"))
    assert store.merge(FERRY).article_id == "own"
    assert store.merge(Article("Ferry sails again", "all is well with the ferry which sails at nine")).article_id == "own"
    store.merge(dataclasses.replace(MARKET, id="new-own"))
    assert store.merge(MARKET) == Merged("new-own", "unchanged")
    assert store.count() == 5
