"""ArticleStore: give it articles, and it keeps each one once, by id, until it is deleted.

Use it for everything that must outlive an index: the articles themselves, the inputs they came from, and the log of
what changed since an index was made. Not for searching. What was stored is acknowledged when its batch has ended:
from then on it survives a kill and a power cut.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from index.article import Article, format_time, parse_time
from index.store.batch import Batch
from index.store.checking import check_database
from index.store.database import Database
from index.store.readings import Readings
from index.store.rows import FIELDS, from_row, source_key
from index.store.values import Change, Merged, Offered, Problem, Record, StoreSummary

T = TypeVar("T")

_AT_ONCE = 500
_CHANGED = f"""
    SELECT change AS seq, 0, {FIELDS} FROM article WHERE change > ?1
    UNION ALL SELECT seq, 1, article_id{", NULL" * FIELDS.count(",")} FROM deletion WHERE seq > ?1 ORDER BY seq
"""  # noqa: S608 - our columns


class ArticleStore:
    """The articles of one archive, in one SQLite file. Any number of threads may use one store.

    Writers wait for one another, readers for nobody: every read sees the last committed batch, also in the thread
    that is inside a batch.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path, *, busy_timeout_s: float = 10.0, read_only: bool = False) -> ArticleStore:
        """The store in this file. Makes the folder if missing; the file is opened by the first read, and made by the first write.

        A store that is not there yet reads as an empty one. What is wrong with the file is told by what is first asked of
        it: StoreError if it is none of ours, of a newer version, damaged or not accessible; ArchiveBusy if another process
        keeps it locked.

        read_only: changes nothing, and leaves no new file beside a store that was closed; a write is a StoreError. A store
        whose file or folder this process may not write (another user's, a read-only drive) can be read likewise. There,
        the last commit is seen if the writer is another process on this machine; and should the file be changed under a
        read that cannot see it, that read ends in a StoreError, and the next one sees the change.
        """
        return cls(Database(Path(path), busy_timeout_s, read_only=read_only))

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
    def batch(self) -> Iterator[Batch]:
        """Everything stored inside becomes durable and visible together at the end, or (on an exception) not at all.

        A batch inside another one of the same thread is part of it. ArchiveBusy if another process is writing.
        """
        with self._database.writing() as connection:
            yield Batch(connection)

    def merge(self, article: Article, *, captured: datetime | None = None) -> Merged:
        """`Batch.merge`, as a batch of its own if it is not inside one."""
        with self.batch() as batch:
            return batch.merge(article, captured=captured)

    def transact(self, work: Callable[[Batch], T], offered: Sequence[Offered] = ()) -> T:  # noqa: ARG002 - a cluster asks ahead
        """What the work gives, done in one batch."""
        with self.batch() as batch:
            return work(batch)

    def make_findable(self) -> None:
        """Lets copies of the articles that came with ids be found by their words, in batches.

        Not needed for that: `merge` does it before it looks for copies. But it would all be in one transaction.
        """
        read = -1
        while read:
            with self.batch() as batch:
                read = batch.read_unread()

    def delete(self, article_ids: Iterable[str]) -> int:
        """Deletes the articles of these ids; how many of them there were."""
        with self.batch() as batch:
            return batch.delete(article_ids)

    def page_seen(self, path: str, digest: str, *, line: int | None = None, captured: datetime | None = None) -> int | None:
        """`Batch.page_seen`, as of the last commit."""
        with self._database.reading() as connection:
            return Readings(connection).seen(path, digest, line, captured)

    def path_seen(self, path: str) -> bool:
        """Whether any input of this path was remembered, whatever it held."""
        with self._database.reading() as connection:
            return Readings(connection).path_seen(path)

    def paths_seen(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths of which any input was remembered."""
        with self._database.reading() as connection:
            readings = Readings(connection)
            return {path for path in paths if readings.path_seen(path)}

    def remember_page(
        self, path: str, digest: str, article_ids: Iterable[str], *, line: int | None = None, captured: datetime | None = None
    ) -> None:
        """`Batch.remember_page`, as a batch of its own if it is not inside one."""
        with self.batch() as batch:
            batch.remember_page(path, digest, article_ids, line=line, captured=captured)

    def get(self, article_id: str) -> Article | None:
        """The article of this id, None if there is none."""
        with self._database.reading() as connection:
            row = connection.execute(f"SELECT {FIELDS} FROM article WHERE id = ?", (article_id,)).fetchone()  # noqa: S608 - our columns
        return from_row(row) if row else None

    def get_many(self, article_ids: Iterable[str]) -> Iterator[Article]:
        """The articles of these ids, in their order, without those that there are not; three times as fast as one by one."""
        ids = iter(article_ids)
        query = f"""
            SELECT {FIELDS} FROM (SELECT key AS place, value AS wanted FROM json_each(?)) JOIN article ON id = wanted
            ORDER BY place
        """  # noqa: S608 - our columns
        while some := list(islice(ids, _AT_ONCE)):
            with self._database.reading() as connection:
                rows = connection.execute(query, (json.dumps(some),)).fetchall()
            yield from map(from_row, rows)

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

    def records(self) -> Iterator[Record]:
        """All that is known of each article, by the order of their ids, as it was when the first was asked for."""
        query = f"""
            SELECT (SELECT group_concat(hex(content)) FROM variant WHERE article = number), given, captured, {FIELDS}
            FROM article ORDER BY id
        """  # noqa: S608 - our columns
        with self._database.reading() as connection:
            for variants, given, captured, *row in connection.execute(query):
                found = tuple(sorted(variants.lower().split(","))) if variants else ()
                yield Record(from_row(row), given.hex() if given is not None else None, captured, found)

    def put_records(self, records: Iterable[Record]) -> int:
        """Keeps records of another store under the ids they have there; how many were not kept here already, just so.

        Batches are committed on the way: the same call again goes on after a failure.
        """
        waiting, written = iter(records), 0
        while some := list(islice(waiting, _AT_ONCE)):
            with self.batch() as batch:
                written += sum(map(batch.restore, some))
        return written

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
        query = """
            SELECT change AS seq, id, 0 FROM article WHERE change > ?1
            UNION ALL SELECT seq, article_id, 1 FROM deletion WHERE seq > ?1 ORDER BY seq
        """
        with self._database.reading() as connection:
            for seq, article_id, deleted in connection.execute(query, (after,)):
                yield Change(seq, article_id, bool(deleted))

    def articles_changed(self, after: int = 0) -> Iterator[tuple[Change, Article | None]]:
        """`changes` with the article of each as it was when the first was asked for, None for one that was deleted.

        The way to read articles for an index, some of them or all: one statement, in the order in which they were stored.
        """
        with self._database.reading() as connection:
            for seq, deleted, *row in connection.execute(_CHANGED, (after,)):
                yield Change(seq, row[0], bool(deleted)), None if deleted else from_row(row)

    def last_change(self) -> int:
        """The number of the latest change; 0 for a store in which nothing was ever stored."""
        query = "SELECT max((SELECT coalesce(max(change), 0) FROM article), (SELECT coalesce(max(seq), 0) FROM deletion))"
        with self._database.reading() as connection:
            (seq,) = connection.execute(query).fetchone()
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
