"""The file of a store: when it is made, how an older version is taken over, what can be done where it may not be written."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.article import Article
from index.errors import StoreError
from index.store import ArticleStore, Change, schema

VERSION_1 = Path(__file__).parent / "golden" / "store" / "version_1.sql"
FERRY_ID = "43syahcbvn2qktgs"
NOBODY = 65534

ARTICLE = Article("The ferry is late", "It comes at nine.", id="1")
OTHER = Article("The ferry is early", "It came at eight.", id="2")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "articles.sqlite3"


@pytest.fixture
def public_path() -> Iterator[Path]:
    """A file in a folder that other users can reach, as the test's own folder may not be."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "articles.sqlite3"


def old_store(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1.read_text(encoding="utf-8"))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def fill(path: Path, *articles: Article) -> None:
    with ArticleStore.open(path) as store, store.batch() as batch:
        for article in articles:
            batch.merge(article)


def files(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir()}


def without_rights(path: Path, check: Callable[[], None]) -> None:
    """Runs check in a child process that may read the file and its folder, and write neither."""
    path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    path.parent.chmod(0o555)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            check()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    path.parent.chmod(0o755)
    path.chmod(0o644)
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_store_is_made_by_the_first_write(path: Path) -> None:
    """Opening makes the folder; a store that is not there yet reads as empty, and only a write makes the file."""
    with ArticleStore.open(path) as store:
        assert (store.count(), store.last_change(), list(store.articles_changed()), store.get("1")) == (0, 0, [], None)
        assert list(path.parent.iterdir()) == []
        with ArticleStore.open(path) as other:
            other.merge(ARTICLE)
        assert list(store.ids()) == ["1"]
        store.merge(OTHER)
        assert (store.count(), store.check(deep=True)) == (2, [])


def test_reading_leaves_the_folder_as_it_was(path: Path) -> None:
    """A store that was only read has no new files beside it and not a byte changed."""
    fill(path, ARTICLE)
    before = files(path)
    with ArticleStore.open(path) as store:
        assert store.get("1") == ARTICLE
    assert files(path) == before
    with ArticleStore.open(path, read_only=True) as store:
        assert store.get("1") == ARTICLE
        assert files(path) == before


def test_a_store_opened_for_reading_only(path: Path) -> None:
    """It makes no folder, refuses every write saying so, and sees what another store commits, in the log or in the file."""
    with ArticleStore.open(path, read_only=True) as store:
        assert (store.count(), path.parent.exists()) == (0, False)
        with ArticleStore.open(path) as writer:
            writer.merge(ARTICLE)
            assert store.count() == 1
            writer.merge(OTHER)
            assert store.count() == 2
        assert store.get("2") == OTHER
        for write in (lambda: store.merge(OTHER), lambda: store.delete(["1"]), lambda: store.remember_page("p", "d", [])):
            with pytest.raises(StoreError, match="reading only"):
                write()
        fill(path, dataclasses.replace(OTHER, id="3"))
        assert (store.count(), store.check(deep=True)) == (3, [])


def test_a_change_under_an_unguarded_read_is_told(path: Path) -> None:
    """A file read as one that nobody changes, and changed meanwhile, ends the read in an error; the next one is right."""
    fill(path, ARTICLE)
    with ArticleStore.open(path, read_only=True) as store:
        listing = store.iter_articles()
        assert next(listing) == ARTICLE
        fill(path, OTHER)
        with pytest.raises(StoreError, match=r"while it was read.*again"):
            list(listing)
        assert list(store.ids()) == ["1", "2"]


def test_a_store_that_may_only_be_read(public_path: Path) -> None:
    """Without the right to write file and folder everything can be read, and a write says that the right is missing."""
    fill(public_path, ARTICLE)
    before = files(public_path)

    def check() -> None:
        with ArticleStore.open(public_path) as store:
            assert (store.get("1"), store.count(), store.check(deep=True)) == (ARTICLE, 1, [])
            with pytest.raises(StoreError, match="may not be written; give this user the right"):
                store.merge(OTHER)
            assert store.count() == 1

    without_rights(public_path, check)
    assert files(public_path) == before


def test_who_may_only_read_sees_a_running_writer(public_path: Path) -> None:
    """Commits of another process that are still in its log are seen by a reader without the right to write."""
    with ArticleStore.open(public_path) as writer:
        writer.merge(ARTICLE)

        def check() -> None:
            with ArticleStore.open(public_path) as store:
                assert list(store.iter_articles()) == [ARTICLE]

        without_rights(public_path, check)


def test_a_log_that_cannot_be_read_is_told(public_path: Path) -> None:
    """After a crash, what is in the log alone is not passed over in silence where the log cannot be read."""
    with ArticleStore.open(public_path) as writer:
        writer.merge(ARTICLE)
        log = public_path.with_name("articles.sqlite3-wal").read_bytes()
        content = public_path.read_bytes()
    public_path.write_bytes(content)
    public_path.with_name("articles.sqlite3-wal").write_bytes(log)

    def check() -> None:
        with ArticleStore.open(public_path) as store, pytest.raises(StoreError, match=r"articles\.sqlite3-wal.*open it once"):
            store.count()

    without_rights(public_path, check)
    with ArticleStore.open(public_path) as store:
        assert list(store.iter_articles()) == [ARTICLE]


def test_a_store_of_version_1_is_taken_over(path: Path) -> None:
    """The first read of a store of the first version finds its articles, its change log and the inputs it was made of."""
    old_store(path)
    with ArticleStore.open(path) as store:
        ferry, market = store.iter_articles()
        assert (market.title, market.body[-11:]) == ("A new market opens on the square – “Saturdays”", "Cheese too.")
        assert (ferry.seen_on, ferry.tags) == (("/pages/cut.html", "/pages/ferry.html"), ("ferry", "islands"))
        assert list(store.changes()) == [Change(4, FERRY_ID, False), Change(5, "own-1", False), Change(6, "own-2", True)]
        assert store.page_seen("/pages/ferry.html", "d" * 64) == 1
        with store._database.reading() as connection:
            assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert store.check(deep=True) == []


@pytest.mark.parametrize("kind", ["same address", "same words", "cut off", "another title"])
def test_copies_of_articles_of_version_1_are_found(path: Path, kind: str) -> None:
    """In a store taken over a copy of an old article is found by its address, its words, its beginning and by parts of it."""
    old_store(path)
    with ArticleStore.open(path) as store:
        ferry = next(store.iter_articles())
        unnamed = dataclasses.replace(ferry, id=None, url=None)
        copies = {
            "same address": dataclasses.replace(ferry, id=None, body="It sails at last."),
            "same words": dataclasses.replace(unnamed, body=ferry.body.upper()),
            "cut off": dataclasses.replace(unnamed, body=ferry.body[:200]),
            "another title": dataclasses.replace(unnamed, title="Ferry held up", body="First this: " + ferry.body),
        }
        assert store.merge(copies[kind]).article_id == FERRY_ID
        assert store.check(deep=True) == []


def test_a_store_of_version_1_goes_on(path: Path) -> None:
    """In a store taken over former texts and given ids are known still, and changes go on counting."""
    old_store(path)
    with ArticleStore.open(path) as store:
        market = store.get("own-1")
        assert market is not None
        assert store.merge(market).outcome == "unchanged"
        former = dataclasses.replace(market, id=None, body=market.body.removesuffix("Cheese too."))
        assert store.merge(former).article_id == "own-1"
        assert (store.merge(ARTICLE).outcome, store.last_change()) == ("new", 7)
        assert (store.delete([FERRY_ID, "own-1"]), store.last_change(), store.check(deep=True)) == (2, 9, [])


def test_a_store_of_version_1_that_may_only_be_read(path: Path) -> None:
    """Where it cannot be taken over it is refused, with what to do, and left as it is."""
    old_store(path)
    before = files(path)
    with ArticleStore.open(path, read_only=True) as store, pytest.raises(StoreError, match=r"older version.*open it once"):
        store.count()
    assert files(path) == before


def test_a_store_of_version_1_on_a_full_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no room to take it over the error says that the disk is full, and the store is as it was."""
    old_store(path)
    add_functions = schema._add_functions

    def fill_up(connection: sqlite3.Connection) -> None:
        add_functions(connection)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    monkeypatch.setattr(schema, "_add_functions", fill_up)
    with ArticleStore.open(path) as store, pytest.raises(StoreError, match="disk is full"):
        store.count()
    monkeypatch.undo()
    with ArticleStore.open(path) as store:
        assert store.count() == 2
