"""Readings: remembers the inputs that were read and the articles each gave, so that no input is taken in twice.

An input is known by its path, its line if it is one of a file of lines, and a digest of what it held.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from index.article import format_time

_SEEN = """
    SELECT captured, json_array_length(articles),
           (SELECT count(*) FROM article WHERE id IN (SELECT value FROM json_each(reading.articles)))
    FROM reading WHERE page = (SELECT number FROM page WHERE path = ?) AND line = ? AND digest = ?
"""
_OF_CONTENT = "page = (SELECT number FROM page WHERE path = ?) AND line = 0 AND digest LIKE ? || ' %'"


class Readings:
    """Works on one connection; the calls that change anything must be inside a transaction of it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def path_seen(self, path: str) -> bool:
        """Whether any input of this path was remembered, whatever it held."""
        return self._connection.execute("SELECT 1 FROM page WHERE path = ?", (path,)).fetchone() is not None

    def seen(self, path: str, digest: str, line: int | None, captured: datetime | None) -> int | None:
        """How many articles this input gave when it was remembered; None if it was not, or one of them is gone."""
        row = self._connection.execute(_SEEN, (path, line or 0, digest)).fetchone()
        if row is None or row[1] != row[2] or (captured is not None and row[0] != format_time(captured)):
            return None
        return int(row[1])

    def remember_path(self, path: str) -> int:
        """Remembers that there was input of this path; the number of the path."""
        row = self._connection.execute("SELECT number FROM page WHERE path = ?", (path,)).fetchone()
        if row is None:
            return self._connection.execute("INSERT INTO page (path) VALUES (?)", (path,)).lastrowid or 0
        return int(row[0])

    def remember(self, path: str, digest: str, ids: Iterable[str], line: int | None, captured: datetime | None) -> None:
        """Remembers an input and the articles it gave: a page with every version it had, a line with its latest."""
        page = self.remember_path(path)
        if line is not None:
            self._connection.execute("DELETE FROM reading WHERE page = ? AND line = ?", (page, line))
        self._connection.execute(
            "INSERT OR REPLACE INTO reading (page, line, digest, captured, articles) VALUES (?, ?, ?, ?, ?)",
            (page, line or 0, digest, format_time(captured) if captured else None, json.dumps(sorted(set(ids)))),
        )

    def forget_page(self, path: str, digest: str) -> list[str]:
        """Forgets what a page of this content gave under any rules of cleaning, and gives back the ids of that."""
        where = (path, digest)
        rows = self._connection.execute(f"SELECT articles FROM reading WHERE {_OF_CONTENT}", where).fetchall()  # noqa: S608 - ours
        self._connection.execute(f"DELETE FROM reading WHERE {_OF_CONTENT}", where)  # noqa: S608 - ours
        return list(dict.fromkeys(article_id for (articles,) in rows for article_id in json.loads(articles)))
