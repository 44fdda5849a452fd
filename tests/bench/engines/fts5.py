"""SQLite FTS5, from the standard library: porter stemming, weights of columns in bm25(), one table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from tests.bench.corpus import Document
from tests.bench.engines import LIMIT, folder_size
from tests.bench.queries import Query, month_bounds

COLUMNS = "id unindexed, title, body, source unindexed, moment unindexed"
TABLE = f"create virtual table a using fts5({COLUMNS}, tokenize='porter unicode61')"
RANK = "order by bm25(a, 0, 2.0, 1.0) limit ?"


class Fts5:
    """It counts no matches, and has no fuzzy words."""

    cannot = frozenset({"fuzzy"})

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection: sqlite3.Connection | None = None

    def build(self, articles: Iterable[Document]) -> int:
        """Fills the table and merges its segments, as its documentation advises for an index that is read."""
        self.open()
        connection = self._opened()
        connection.execute(TABLE)
        connection.executemany(
            "insert into a values (?, ?, ?, ?, ?)", ((a.id, a.title, a.body, a.source, a.moment) for a in articles)
        )
        connection.commit()
        connection.execute("insert into a(a) values ('optimize')")
        connection.commit()
        (count,) = connection.execute("select count(*) from a").fetchone()
        self.close()
        return int(count)

    def open(self) -> None:
        """Connects."""
        self._connection = sqlite3.connect(self._folder / "articles.db")

    def close(self) -> None:
        """Disconnects."""
        self._opened().close()
        self._connection = None

    def search(self, query: Query, *, snippets: bool) -> list[str]:
        """Ids by bm25; other columns are looked at in the rows that match."""
        columns = "id, snippet(a, 2, '<b>', '</b>', '...', 30)" if snippets else "id"
        conditions = ["a match ?"]
        values: list[str | int] = [matched(query)]
        if query.source:
            conditions.append("source = ?")
            values.append(query.source)
        if query.month:
            conditions.append("moment >= ? and moment < ?")
            values += month_bounds(query.month)
        statement = f"select {columns} from a where {' and '.join(conditions)} {RANK}"  # noqa: S608 - made of constants
        return [row[0] for row in self._opened().execute(statement, [*values, LIMIT])]

    def sizes(self) -> dict[str, int]:
        """The database."""
        return {"index": folder_size(self._folder)}

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("the database is not open: call open() first")
        return self._connection


def matched(query: Query) -> str:
    """The words of the query in the language of MATCH; quoted, so that none is an operator."""
    parts = [f'"{word}"' for word in query.every]
    parts += ["(" + " OR ".join(f'"{word}"' for word in query.some) + ")"] if query.some else []
    parts += [f'"{" ".join(query.phrase)}"'] if query.phrase else []
    parts += [f'"{query.prefix}"*'] if query.prefix else []
    return " AND ".join(parts) + "".join(f' NOT "{word}"' for word in query.none)
