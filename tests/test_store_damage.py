"""The article store when its file is no database, locked, full, tampered with or torn: named, never read as other text."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.article import Article
from index.errors import ArchiveBusy, StoreError
from index.store import ArticleStore
from index.store.rows import packed, unpacked
from tests.stores import BODY, FERRY, MARKET


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "articles.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[ArticleStore]:
    with ArticleStore.open(path) as opened:
        yield opened


@pytest.mark.parametrize(
    "content", [b"this is a text, not a database\n" * 50, b"\x00" * 5000, b"SQLite format 3\x00" + b"\xff" * 4000]
)
def test_a_file_that_is_no_database_is_named(path: Path, content: bytes) -> None:
    """Any other file in the store's place is refused by name, with what to do, by reads and writes, and left as it is."""
    path.parent.mkdir()
    path.write_bytes(content)
    with ArticleStore.open(path) as store:
        for use in (store.count, lambda: store.merge(FERRY)):
            with pytest.raises(StoreError, match="restore") as caught:
                use()
            assert (str(path) in str(caught.value), path.read_bytes()) == (True, content)


def test_a_newer_version_asks_for_an_upgrade(path: Path, store: ArticleStore) -> None:
    """A store of a later version of the program is not touched."""
    with store._database.writing() as connection:
        connection.execute("PRAGMA user_version = 99")
    with ArticleStore.open(path) as other:
        for use in (other.count, lambda: other.merge(FERRY)):
            with pytest.raises(StoreError, match=r"version 99.*upgrade"):
                use()


def test_another_programs_database_is_refused(path: Path) -> None:
    """A SQLite file of another program is not taken for an empty store, and gets no tables of ours."""
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.close()
    before = path.read_bytes()
    with ArticleStore.open(path) as store:
        for use in (store.count, lambda: store.merge(FERRY)):
            with pytest.raises(StoreError, match="another program"):
                use()
    assert path.read_bytes() == before


def test_a_locked_store_is_busy(path: Path, store: ArticleStore) -> None:
    """While another process writes, writing is refused as busy after the time-out, reading goes on."""
    store.merge(FERRY)
    with ArticleStore.open(path, busy_timeout_s=0.05) as other, store.batch():
        store.merge(MARKET)
        with pytest.raises(ArchiveBusy, match="another process"):
            other.merge(MARKET)
        assert other.count() == 1
    assert store.count() == 2


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """Where a file stands in place of the data directory, the error names the folder; a folder is no store either."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        ArticleStore.open(tmp_path / "file" / "articles.sqlite3")
    with ArticleStore.open(tmp_path) as store, pytest.raises(StoreError, match="cannot be opened"):
        store.count()


def test_a_full_disk_takes_nothing_half(store: ArticleStore) -> None:
    """When space runs out in a batch the error says so, the store is as before, and works again when there is space."""
    store.merge(FERRY)
    with store._database.writing() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 5}")

    def fill() -> None:
        with store.batch():
            for number in range(100):
                words = " ".join(str(number * 1000 + word) for word in range(500))
                store.merge(Article(f"Article number {number} of many", words, id=str(number)))

    with pytest.raises(StoreError, match="disk is full"):
        fill()
    assert (store.count(), store.last_change(), store.check(deep=True)) == (1, 1, [])
    with store._database.writing() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    fill()
    assert store.count() == 101


def tamper(path: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(path) as other:
        other.execute(statement, values)
    other.close()


def test_check_finds_changed_text(path: Path, store: ArticleStore) -> None:
    """A body or title changed behind the store's back is found by the deep check, which names the file and the article."""
    article_id = store.merge(FERRY).article_id
    assert (store.check(), store.check(deep=True)) == ([], [])
    changes = {
        "UPDATE article SET body = ?": packed(BODY.replace("islands", "Islands")),
        "UPDATE article SET title = ?": "Another title",
    }
    for statement, value in changes.items():
        tamper(path, statement, value)
        assert store.check() == []
        (problem,) = store.check(deep=True)
        assert problem.file == path.name and article_id in problem.what and "checksum" in problem.what


def test_a_flipped_bit_of_a_body_is_never_read_as_other_text() -> None:
    """Whichever bit of a stored body is flipped, it reads as it was (a few bits say nothing), or is refused."""
    stored, refused = packed(BODY), 0
    for bit in range(8 * len(stored)):
        flipped = bytearray(stored)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            assert unpacked(bytes(flipped), "1") == BODY
        except StoreError:
            refused += 1
    assert refused > 8 * len(stored) - 20


def test_a_damaged_body_is_named(path: Path, store: ArticleStore) -> None:
    """Reading an article whose stored body is damaged is a StoreError that names it, and check reports it."""
    article_id = store.merge(FERRY).article_id
    tamper(path, "UPDATE article SET body = ?", packed(BODY)[:-9])
    for read in (lambda: store.get(article_id), lambda: list(store.articles_changed())):
        with pytest.raises(StoreError, match=f"{article_id}.*damaged"):
            read()
    assert [article_id in problem.what for problem in store.check(deep=True)] == [True]


def test_check_finds_a_log_that_disagrees(path: Path, store: ArticleStore) -> None:
    """An article logged as deleted, or a change with two meanings, would be missed by an update: the quick check finds both."""
    article_id = store.merge(FERRY).article_id
    tamper(path, "INSERT INTO deletion VALUES (7, ?)", article_id)
    tamper(path, "INSERT INTO deletion VALUES (1, 'other')")
    assert [article_id in problem.what for problem in store.check()] == [True, True]


def test_check_survives_a_torn_file(path: Path) -> None:
    """Pages overwritten in the middle of the file are a problem in the report, or a StoreError, never another exception."""
    with ArticleStore.open(path) as store, store.batch():
        for number in range(200):
            store.merge(Article(f"Article number {number} of many", f"text {number} " * 300, id=str(number)))
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : 2 * len(content) // 3] = b"\xa5" * (2 * len(content) // 3 - len(content) // 3)
    path.write_bytes(content)
    with ArticleStore.open(path) as store:
        assert store.check(deep=True) != []
        with pytest.raises(StoreError, match="restore"):
            list(store.iter_articles())
