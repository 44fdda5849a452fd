"""ClusterWriteSide: everything that changes an archive on a cluster.

Store and index are one there, and any number of machines may write at once, so nothing is locked. What was written is durable
when it is acknowledged, and found after the next refresh: at the end of each change, else within some seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime

from index.cluster.generations import ClusterIndex
from index.cluster.store import ClusterStore
from index.ingest import IngestReport, Progress, ingest
from index.pages.page import Quarantined, Reading
from index.store import Record
from searcher.backend import IndexProgress
from searcher.copying import copy_records
from searcher.reports import CheckReport, CopyReport, IndexReport


class ClusterWriteSide:
    """What an archive does to its articles on a cluster. The index is made by the first change."""

    def __init__(self, store: ClusterStore, index: ClusterIndex) -> None:
        self._store = store
        self._index = index

    def ingest(
        self,
        readings: Iterable[Reading | Quarantined],
        *,
        captured: datetime | None = None,
        index: bool = True,
        progress: Progress | None = None,
        index_progress: IndexProgress | None = None,  # noqa: ARG002 - the cluster has indexed what it has taken
    ) -> IngestReport:
        """Keeps what was read. Without index it is found some seconds later, or after an update."""
        self._make_ready()
        report = ingest(self._store, readings, captured=captured, progress=progress)
        if index:
            self._index.refresh()
        return report

    def take_in(
        self,
        records: Iterable[Record],
        count: int,
        progress: IndexProgress | None = None,
        index_progress: IndexProgress | None = None,  # noqa: ARG002 - see above
    ) -> CopyReport:
        """Keeps the records of another archive."""
        self._make_ready()
        report = copy_records(self._store, records, count, progress)
        self._index.refresh()
        return report

    def delete(self, article_ids: Iterable[str]) -> int:
        """Deletes articles; the number that there were. IndexMissing if there is no index."""
        self._index.current()
        self._index.require_same_spec()
        deleted = self._store.delete(article_ids)
        if deleted:
            self._index.refresh()
        return deleted

    def update(self, progress: IndexProgress | None = None) -> IndexReport:  # noqa: ARG002 - the cluster does it at once
        """Makes all that was written so far, by whomever, found by searches; clears away what a killed rebuild left."""
        started = time.perf_counter()
        self._index.recover()
        self._make_ready()
        self._index.refresh()
        return self._report(started)

    def rebuild(self, progress: IndexProgress | None = None) -> IndexReport:
        """Copies the articles into a new index with the present settings, on the cluster; the old one is kept."""
        started = time.perf_counter()
        self._index.ensure()
        self._index.rebuild(progress)
        return self._report(started)

    def drop_old(self) -> tuple[str, ...]:
        """Deletes the indexes before the current one."""
        return self._index.drop_old()

    def check(self, *, deep: bool = False) -> CheckReport:
        """Looks for what is wrong on the cluster; deep: reads every article."""
        return CheckReport(tuple(self._index.problems(deep=deep)))

    def _make_ready(self) -> None:
        """The index is made if there is none. IndexOutdated if only a rebuild can make it take changes."""
        self._index.ensure()
        self._index.require_same_spec()

    def _report(self, started: float) -> IndexReport:
        stats = self._index.stats()
        seconds = round(time.perf_counter() - started, 3)
        return IndexReport(stats.articles, stats.generation, seconds, stats.bytes, self._index.old())
