"""ArticleStore: give it articles, and it keeps each one once, by id, until it is deleted.

Use it for everything that must outlive an index: the articles themselves, the inputs they came from, and the log of
what changed since an index was made. Not for searching. What was stored is acknowledged when its batch has ended:
from then on it survives a kill and a power cut.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType

from index.article import Article, format_time, parse_time
from index.store.checking import check_database
from index.store.database import Database
from index.store.merging import Merger
from index.store.rows import FIELDS, from_row, source_key
from index.store.values import Change, Merged, Problem, StoreSummary


class ArticleStore:
    """The articles of one archive, in one SQLite file. Any number of threads may use one store.

    Writers wait for one another, readers for nobody: every read sees the last committed batch, also in the thread
    that is inside a batch.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path, *, busy_timeout_s: float = 10.0) -> ArticleStore:
        """Opens the store, making file and folder if missing.

        StoreError if the file is none of ours, of a newer version, damaged or not accessible; ArchiveBusy if another
        process keeps it locked.
        """
        return cls(Database(Path(path), busy_timeout_s))

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self._database.path

    def close(self) -> None:
        """Closes the file; a second call does nothing."""
        self._database.close()

    def __enter__(self) -> ArticleStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Everything stored inside becomes durable and visible together at the end, or (on an exception) not at all.

        A batch inside another one of the same thread is part of it. ArchiveBusy if another process is writing.
        """
        with self._database.writing():
            yield

    def merge(self, article: Article, *, captured: datetime | None = None) -> Merged:
        """Keeps the article: as a new one, as news of the one with its id, or joined to the one that it is a copy of.

        captured: when its page was saved; of two versions under one URL the later stays. ArticleError, with nothing
        written, if it cannot be stored. Outside a batch it is a batch of its own.
        """
        with self._database.writing() as connection:
            return Merger(connection).merge(article, captured)

    def delete(self, article_ids: Iterable[str]) -> int:
        """Deletes the articles of these ids; how many of them there were."""
        with self._database.writing() as connection:
            merger = Merger(connection)
            return sum(merger.delete(article_id) for article_id in dict.fromkeys(article_ids))

    def page_seen(self, path: str, digest: str, *, line: int | None = None, captured: datetime | None = None) -> int | None:
        """How many articles this input gave when it was remembered; None if it was not, or one of them is gone.

        captured: if given, None also for an input remembered with another time of capture.
        """
        query = """
            SELECT captured, json_array_length(articles),
                   (SELECT count(*) FROM article WHERE id IN (SELECT value FROM json_each(reading.articles)))
            FROM reading WHERE page = (SELECT number FROM page WHERE path = ?) AND line = ? AND digest = ?
        """
        with self._database.reading() as connection:
            row = connection.execute(query, (path, line or 0, digest)).fetchone()
        if row is None or row[1] != row[2] or (captured is not None and row[0] != format_time(captured)):
            return None
        return int(row[1])

    def withdraw(self, path: str, digest: str) -> dict[str, Article]:
        """Forgets what a page gave under other rules of cleaning: the readings of this path whose digest begins with this one.

        Articles that only this page gave are deleted and handed back by id; those seen elsewhere too stay as they are.
        """
        former = "page = (SELECT number FROM page WHERE path = ?) AND line = 0 AND digest LIKE ? || ' %'"
        with self._database.writing() as connection:
            rows = connection.execute(f"SELECT articles FROM reading WHERE {former}", (path, digest)).fetchall()  # noqa: S608 - ours
            connection.execute(f"DELETE FROM reading WHERE {former}", (path, digest))  # noqa: S608 - ours
            merger = Merger(connection)
            ids = dict.fromkeys(article_id for (articles,) in rows for article_id in json.loads(articles))
            withdrawn = ((article_id, merger.withdraw(article_id)) for article_id in ids)
            return {article_id: article for article_id, article in withdrawn if article is not None}

    def path_seen(self, path: str) -> bool:
        """Whether any input of this path was remembered, whatever it held."""
        with self._database.reading() as connection:
            return connection.execute("SELECT 1 FROM page WHERE path = ?", (path,)).fetchone() is not None

    def remember_page(
        self,
        path: str,
        digest: str,
        article_ids: Iterable[str],
        *,
        line: int | None = None,
        captured: datetime | None = None,
    ) -> None:
        """Remembers an input and the articles it gave: a page with every version it had, a line with its latest."""
        articles = json.dumps(sorted(set(article_ids)))
        when = format_time(captured) if captured else None
        with self._database.writing() as connection:
            row = connection.execute("SELECT number FROM page WHERE path = ?", (path,)).fetchone()
            page = row[0] if row else connection.execute("INSERT INTO page (path) VALUES (?)", (path,)).lastrowid
            if line is not None:
                connection.execute("DELETE FROM reading WHERE page = ? AND line = ?", (page, line))
            connection.execute(
                "INSERT OR REPLACE INTO reading (page, line, digest, captured, articles) VALUES (?, ?, ?, ?, ?)",
                (page, line or 0, digest, when, articles),
            )

    def get(self, article_id: str) -> Article | None:
        """The article of this id, None if there is none."""
        with self._database.reading() as connection:
            row = connection.execute(f"SELECT {FIELDS} FROM article WHERE id = ?", (article_id,)).fetchone()  # noqa: S608 - our columns
        return from_row(row) if row else None

    def count(self) -> int:
        """How many articles there are."""
        with self._database.reading() as connection:
            (count,) = connection.execute("SELECT count(*) FROM article").fetchone()
        return int(count)

    def ids(self) -> Iterator[str]:
        """The ids of all articles, in their order, as they were when the first was asked for."""
        with self._database.reading() as connection:
            for (article_id,) in connection.execute("SELECT id FROM article ORDER BY id"):
                yield article_id

    def iter_articles(self) -> Iterator[Article]:
        """All articles by the order of their ids, as they were when the first was asked for, whatever is stored meanwhile.

        An index made of them is true to what `last_change()` gave before.
        """
        with self._database.reading() as connection:
            for row in connection.execute(f"SELECT {FIELDS} FROM article ORDER BY id"):  # noqa: S608 - our columns
                yield from_row(row)

    def select(self, *, source: str | None = None, before: datetime | None = None) -> list[str]:
        """The ids of the articles of a source (however its case) and published before a moment, in order.

        An article dated by day or month is published at the start of that; an undated one before no moment.
        """
        with self._database.reading() as connection:
            rows = connection.execute(
                """
                SELECT id FROM article
                WHERE (?1 IS NULL OR source_key = ?1) AND (?2 IS NULL OR published < ?2) ORDER BY id
                """,
                (source_key(source), _comparable(before)),
            ).fetchall()
        return [article_id for (article_id,) in rows]

    def changes(self, after: int = 0) -> Iterator[Change]:
        """The latest change of every article that changed after this one, oldest first."""
        with self._database.reading() as connection:
            for seq, article_id, deleted in connection.execute("SELECT * FROM change WHERE seq > ? ORDER BY seq", (after,)):
                yield Change(seq, article_id, bool(deleted))

    def last_change(self) -> int:
        """The number of the latest change; 0 for a store in which nothing was ever stored."""
        with self._database.reading() as connection:
            (seq,) = connection.execute("SELECT coalesce(max(seq), 0) FROM change").fetchone()
        return int(seq)

    def summary(self) -> StoreSummary:
        """Counts and the span of publication dates, all of one moment."""
        query = "SELECT count(*), count(DISTINCT source_key), min(published), max(published) FROM article"
        with self._database.reading() as connection:
            articles, sources, earliest, latest = connection.execute(query).fetchone()
        return StoreSummary(articles, sources, parse_time(earliest) if earliest else None, parse_time(latest) if latest else None)

    def check(self, *, deep: bool = False) -> list[Problem]:
        """What is wrong with the file: its structure; with deep also every article against its checksum."""
        with self._database.reading() as connection:
            return check_database(connection, self.path.name, deep=deep)


def _comparable(moment: datetime | None) -> str | None:
    """A moment as text that sorts among dates and times as written: midnight as its date, which comes before its times."""
    return format_time(moment).removesuffix("T00:00:00Z") if moment else None
