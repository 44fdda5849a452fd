"""Many threads on one store, and several stores on one file."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from index.article import Article
from index.store import ArticleStore

BATCH = 25


def article(number: int) -> Article:
    return Article(f"Article number {number} of many", f"text of number {number}", id=f"{number:05}")


def test_readers_see_whole_batches_only(tmp_path: Path) -> None:
    """While batches are written, every count, listing and summary is a multiple of the batch, and reads never fail."""
    done = threading.Event()
    with ArticleStore.open(tmp_path / "articles.sqlite3") as store:

        def read() -> list[int]:
            seen = []
            while not done.is_set():
                seen += [store.count(), sum(1 for _ in store.iter_articles()), store.summary().articles, store.last_change()]
            return seen

        with ThreadPoolExecutor(4) as pool:
            readers = [pool.submit(read) for _ in range(4)]
            try:
                for start in range(0, 40 * BATCH, BATCH):
                    with store.batch():
                        for number in range(start, start + BATCH):
                            store.merge(article(number))
            finally:
                done.set()
            seen = {count for reader in readers for count in reader.result()}
        assert store.count() == 40 * BATCH
    assert len(seen) > 3 and all(count % BATCH == 0 for count in seen)


def test_writers_take_turns(tmp_path: Path) -> None:
    """Threads of one store and of a second one on the same file all store everything, each article once."""
    path = tmp_path / "articles.sqlite3"
    with ArticleStore.open(path) as one, ArticleStore.open(path) as two:

        def write(store: ArticleStore) -> int:
            return sum(store.merge(article(number)).outcome == "new" for number in range(60))

        with ThreadPoolExecutor(4) as pool:
            new = sum(pool.map(write, [one, two, one, two]))
        assert (new, one.count(), two.last_change(), one.check(deep=True)) == (60, 60, 60, [])


def test_many_processes_may_open_a_new_store(tmp_path: Path) -> None:
    """Stores first read and written at once on a file that is not there yet make its tables once."""
    stores = [ArticleStore.open(tmp_path / "articles.sqlite3") for _ in range(8)]

    def use(numbered: tuple[int, ArticleStore]) -> str:
        number, store = numbered
        store.count()
        return store.merge(article(number)).outcome

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(use, enumerate(stores))) == {"new"}
    for store in stores:
        assert store.count() == 8
        store.close()


def test_an_unfinished_listing_holds_nobody_up(tmp_path: Path) -> None:
    """A listing that was begun shows the store as it was, while articles are stored and deleted."""
    with ArticleStore.open(tmp_path / "articles.sqlite3") as store:
        for number in range(3):
            store.merge(article(number))
        listing = store.iter_articles()
        first = next(listing)
        store.delete(["00001"])
        store.merge(article(7))
        assert [first.id, *(each.id for each in listing)] == ["00000", "00001", "00002"]
        assert list(store.ids()) == ["00000", "00002", "00007"]
