"""Batch: what may be done to a store inside one transaction; `ArticleStore.batch` gives it and makes it durable at its end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from index.article import Article
from index.store.merging import Merger
from index.store.readings import Readings
from index.store.rows import Sealed, seal
from index.store.values import Merged, Record


class Batch:
    """One transaction. It sees what it has done itself; it must not be used when it has ended."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._merger = Merger(connection)
        self._readings = Readings(connection)

    def merge(self, article: Article | Sealed, *, captured: datetime | None = None) -> Merged:
        """Keeps the article: as a new one, as news of the one with its id, or joined to the one that it is a copy of.

        captured: when its page was saved; of two versions under one URL the later stays. ArticleError, with nothing
        written, if it cannot be stored.
        """
        return self._merger.merge(article if isinstance(article, Sealed) else seal(article), captured)

    def restore(self, record: Record) -> bool:
        """Keeps what another store knows of an article; False, with nothing written, if all of it is known here."""
        return self._merger.restore(record)

    def read_unread(self) -> int:
        """Makes some of the articles that came with ids findable by their words; how many, 0 when all of them are."""
        return self._merger.read_unread()

    def delete(self, article_ids: Iterable[str]) -> int:
        """Deletes the articles of these ids; how many of them there were."""
        return sum(self._merger.delete(article_id) for article_id in dict.fromkeys(article_ids))

    def page_seen(self, path: str, digest: str, *, line: int | None = None, captured: datetime | None = None) -> int | None:
        """How many articles this input gave when it was remembered; None if it was not, or one of them is gone.

        captured: if given, None also for an input remembered with another time of capture.
        """
        return self._readings.seen(path, digest, line, captured)

    def remember_path(self, path: str) -> None:
        """Remembers that there was input of this path, whatever it held."""
        self._readings.remember_path(path)

    def remember_page(
        self, path: str, digest: str, article_ids: Iterable[str], *, line: int | None = None, captured: datetime | None = None
    ) -> None:
        """Remembers an input and the articles it gave: a page with every version it had, a line with its latest."""
        self._readings.remember(path, digest, article_ids, line, captured)

    def withdraw(self, path: str, digest: str) -> dict[str, Article]:
        """Forgets what a page gave under other rules of cleaning: the readings of this path whose digest begins with this one.

        Articles that only this page gave are deleted and handed back by id; those seen elsewhere too stay as they are.
        """
        ids = self._readings.forget_page(path, digest)
        withdrawn = ((article_id, self._merger.withdraw(article_id)) for article_id in ids)
        return {article_id: article for article_id, article in withdrawn if article is not None}
