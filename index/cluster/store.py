"""ClusterStore: the articles of an archive on a cluster, kept there and nowhere else; what ArticleStore is on one machine.

    store = ClusterStore(ClusterIndex(connection, settings, spec))
    report = ingest(store, readings)

Any number of processes on any machines may write at once. What a batch may touch is read, the batch is worked out here by the
rules of the one Merger, and each document is written on condition that it is as it was read. What another writer changed
meanwhile is read again and worked out again; so no join is overwritten, and an article that two machines bring at once, which
has the same id on both, is kept once. What cannot be seen so is a near duplicate, not the same words, that another machine
brings in the same moment: both may be kept.

A batch is acknowledged when `transact` returns. If it raises instead, part of it may have been written, and the same again
does the rest.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from index.article import Article
from index.cluster.batch import ClusterBatch
from index.cluster.bulk import BulkWriter, Operation
from index.cluster.candidates import Candidates
from index.cluster.connection import growing_s
from index.cluster.copying import RecordWriter, record_of
from index.cluster.documents import document_id, from_document
from index.cluster.generations import ClusterIndex, Generation
from index.cluster.held import Lookup
from index.cluster.journal import Journal
from index.cluster.listing import Listing
from index.cluster.loading import Loader
from index.cluster.memory import PageIndex
from index.errors import ArchiveBusy, ClusterRefused
from index.store.rows import seal
from index.store.values import Merged, Offered, Record, StoreSummary

T = TypeVar("T")

_DELETIONS_AT_ONCE = 1000

# Of several writers that want to change the same document one gets its way each time, so this is for dozens of them.
_TRIES = 30
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.02, 2.0


class Clock:
    """Microseconds since 1970, each time a larger number; may be shared by threads."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        """The next number."""
        with self._lock:
            self._last = max(self._last + 1, time.time_ns() // 1000)
            return self._last


class ClusterStore:
    """The articles behind the alias of a ClusterIndex. May be shared by threads.

    The first change makes the index; to read, or to delete, where there is none is IndexMissing.
    """

    def __init__(self, index: ClusterIndex) -> None:
        self._index = index
        connection, name = index.connection, index.name
        self._connection = connection
        self._lookup = Lookup(connection, name)
        self._listing = Listing(connection, name)
        self._pages = PageIndex(connection, index.settings)
        self._loader = Loader(self._lookup, self._pages, Candidates(connection, name))
        self._writer = index.bulk_writer()
        self._page_writer = BulkWriter(connection, self._pages.name, alias=False)
        self._clock = Clock()

    def transact(self, work: Callable[[ClusterBatch], T], offered: Sequence[Offered]) -> T:
        """What the work gives, all of it written durably when this returns; see `index.store.Store.transact`.

        ArchiveBusy if others keep changing the same articles. Articles without ids meet all that was acknowledged before.
        """
        journal = Journal()
        for attempt in range(1, _TRIES + 1):
            current = self._index.ensure()
            if any(each.article.id is None for one in offered for each in one.articles if not journal.is_done(each)):
                self._index.refresh()
            loaded = self._loader.load(offered, journal)
            with contextlib.closing(loaded.scratch) if loaded.scratch else contextlib.nullcontext():
                batch = ClusterBatch(loaded, journal)
                result = work(batch)
                if self._is_written(batch, journal, current):
                    return result
            time.sleep(growing_s(attempt, _FIRST_WAIT_S, _LONGEST_WAIT_S))
        raise ArchiveBusy(
            f"other machines kept changing the same articles of {self._index.name} ({len(journal.conflicts):,} of them, tried "
            f"{_TRIES} times); run the same command again, it does the rest"
        )

    def merge(self, article: Article, *, captured: datetime | None = None) -> Merged:
        """Keeps one article, as `ArticleStore.merge`; many are kept faster by `ingest`."""
        sealed = seal(article)
        return self.transact(
            lambda batch: batch.merge(sealed, captured=captured), [Offered("", "", None, None, False, None, (sealed,))]
        )

    def paths_seen(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths of which any input was remembered, by any machine."""
        return self._pages.seen(paths)

    def make_findable(self) -> None:
        """Nothing to do: what copies are found by is written with each article. To do it later would be to write it again."""

    def get(self, article_id: str) -> Article | None:
        """The article of this id, None if there is none; as last written, refreshed or not."""
        return next(self.get_many((article_id,)), None)

    def get_many(self, article_ids: Iterable[str]) -> Iterator[Article]:
        """The articles of these ids, in their order, without those that there are not; as last written."""
        return (from_document(document["_source"]) for document in self._lookup.documents(article_ids))

    def count(self) -> int:
        """How many articles there are."""
        return self._listing.count()

    def ids(self) -> Iterator[str]:
        """The ids of all articles, in their order, as they were when the first was asked for."""
        return self._listing.ids()

    def iter_articles(self) -> Iterator[Article]:
        """All articles by the order of their ids, as they were when the first was asked for, whatever is stored meanwhile."""
        return (from_document(hit["_source"]) for hit in self._listing.hits())

    def select(self, *, source: str | None = None, before: datetime | None = None) -> list[str]:
        """The ids of the articles of a source (however its case) and published before a moment, in order."""
        return list(self._listing.ids(source=source, before=before))

    def summary(self) -> StoreSummary:
        """Counts and the span of publication dates, all of one moment."""
        return self._listing.summary()

    def records(self) -> Iterator[Record]:
        """All that is known of each article, by the order of their ids, as it was when the first was asked for."""
        return (record_of(hit["_source"]) for hit in self._listing.hits())

    def put_records(self, records: Iterable[Record]) -> int:
        """Keeps records of another store under the ids they have there; how many were not kept here already, just so."""
        self._index.ensure()
        return RecordWriter(self._lookup, self._writer, self._index.ensure, self._clock).put(records)

    def delete(self, article_ids: Iterable[str]) -> int:
        """Deletes the articles of these ids; how many of them there were."""
        ids, deleted = iter(dict.fromkeys(article_ids)), 0
        while some := list(islice(ids, _DELETIONS_AT_ONCE)):
            there = self._lookup.existing(some)
            deletions = (Operation("delete", document_id(article_id)) for article_id in there)
            for written in self._writer.write(deletions):
                if not written.done:
                    raise ClusterRefused(f"the article {written.operation.id!r} could not be deleted ({written.reason})")
                deleted += 1
        if deleted:
            self._index.refresh()
        return deleted

    def _is_written(self, batch: ClusterBatch, journal: Journal, current: Generation) -> bool:
        """Writes a try: articles, then deletions, then what is remembered; not the next before all of one is written."""
        conflicts, refused = self._sent(self._writer, batch.writes(current, self._clock))
        journal.note(batch.merged, conflicts, refused)
        if conflicts or refused:
            return False
        conflicts, _ = self._sent(self._writer, batch.deletions())
        if conflicts:
            return False
        operations = list(batch.memory.operations())
        if not operations:
            return True
        self._pages.ensure()
        return all(written.done for written in self._page_writer.write(operations))

    def _sent(self, writer: BulkWriter, operations: Iterator[tuple[str, Operation]]) -> tuple[set[str], dict[str, str]]:
        """The ids of those that another writer thwarted, and of those that the cluster does not take, with the reason."""
        article_ids: dict[str, str] = {}
        conflicts: set[str] = set()
        refused: dict[str, str] = {}
        for written in writer.write(_noting(operations, article_ids)):
            article_id = article_ids.pop(written.operation.id)
            if written.outcome == "conflict":
                conflicts.add(article_id)
            elif written.outcome == "refused":
                refused[article_id] = written.reason
        return conflicts, refused


def _noting(operations: Iterator[tuple[str, Operation]], article_ids: dict[str, str]) -> Iterator[Operation]:
    for article_id, operation in operations:
        article_ids[operation.id] = article_id
        yield operation
