"""Scratch: a store in memory for one batch of a store that is elsewhere. Give it the articles that the batch could touch, merge
into it, and it tells what has to be written there.

So the rules of joining copies are the Merger's, wherever articles are kept. The entries are numbered in the order in which they
are loaded: let it be that in which they were stored, since of several copies the oldest is joined.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from index.dedupe import fingerprint
from index.store.merging import Merger, keys_of
from index.store.rows import FIELDS, Sealed, from_row
from index.store.schema import migrate
from index.store.values import Entry

_CHANGED = f"""
    SELECT number, given, captured, content, url_key, {FIELDS} FROM article JOIN fingerprint ON article = number
    WHERE change > ? OR number IN (SELECT article FROM variant GROUP BY article HAVING count(*) > (
        SELECT count(*) FROM loaded_variant AS loaded WHERE loaded.article = variant.article))
    ORDER BY number
"""  # noqa: S608 - our columns


class Scratch:
    """Load it, use its `merger`, ask what changed; for one batch."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        migrate(self._connection, Path(":memory:"))
        self._connection.execute("CREATE TABLE loaded_variant (article INTEGER NOT NULL)")
        self._connection.execute("CREATE INDEX loaded_variant_article ON loaded_variant (article)")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("BEGIN")
        self._loaded: dict[str, Entry] = {}
        self._change = 0
        self.merger = Merger(self._connection)

    def close(self) -> None:
        """Gives the memory back."""
        self._connection.close()

    def load(self, entries: Iterable[Entry]) -> None:
        """Takes in articles as they are elsewhere; all of them before anything is merged."""
        for entry in entries:
            self.merger.adopt(entry)
            self._loaded[entry.article.id or ""] = entry
        self._connection.execute("INSERT INTO loaded_variant SELECT article FROM variant")
        (self._change,) = self._connection.execute("SELECT coalesce(max(change), 0) FROM article").fetchone()

    def written(self) -> Iterator[Entry]:
        """The articles that are new or differ from what was loaded, oldest first."""
        while self.merger.read_unread():
            pass
        rows = self._connection.execute(_CHANGED, (self._change,)).fetchall()
        if not rows:
            return
        variants = self._by_article("SELECT article, content FROM variant ORDER BY content")
        keys = self._by_article("SELECT article, key FROM sketch ORDER BY article, key")
        for number, given, captured, content, url_key, *row in rows:
            loaded = self._loaded.get(row[0])
            # One row of the table of variants has room for one article; elsewhere two may know the same text.
            known = {*variants.get(number, ()), *(loaded.contents if loaded else ())} - {content}
            contents = (content, *sorted(known))
            entry = Entry(from_row(row), given, captured, contents, url_key, tuple(keys.get(number, ())))
            if entry != loaded:
                yield entry

    def deleted(self) -> list[str]:
        """The ids of the articles that were loaded and are gone."""
        gone = {article_id for (article_id,) in self._connection.execute("SELECT article_id FROM deletion")}
        return [article_id for article_id in self._loaded if article_id in gone]

    def holds(self, article_id: str) -> bool:
        """Whether there is an article of this id now."""
        return self._connection.execute("SELECT 1 FROM article WHERE id = ?", (article_id,)).fetchone() is not None

    def _by_article(self, query: str) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = {}
        for number, value in self._connection.execute(query):
            found.setdefault(number, []).append(value)
        return found


def entry_of_new(offered: Sealed, captured: str | None) -> Entry:
    """The entry of an article that came with an id which nobody has: what merging it into a scratch would give."""
    mark = fingerprint(offered.article)
    return Entry(
        offered.article, offered.checksum, captured, (mark.content,), mark.url_key, tuple(sorted(keys_of(mark, owned=True)))
    )
