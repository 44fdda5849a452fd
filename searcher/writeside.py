"""WriteSide: everything an archive does that changes it, or holds store and index against each other.

The Archive imports this module at the first change: with it come the reading of articles, near-duplicate search, the file lock
and the writer of the index, none of which a search needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from index.article import Article
from index.embedded import EmbeddedIndex
from index.errors import ArticleError
from index.ingest import IngestReport, Progress, ingest
from index.pages.page import Quarantined, Reading
from index.store import ArticleStore
from searcher.engine import Engine
from searcher.maintenance import IndexProgress, Maintenance
from searcher.reports import CheckReport, IndexReport


class WriteSide:
    """Store and index of one archive, changed together, by one process at a time.

    wait: seconds to wait for another writer; on_wait: told once that there is one.
    """

    def __init__(
        self,
        data: Path,
        store: ArticleStore,
        index: EmbeddedIndex,
        engine: Engine,
        *,
        wait: float,
        on_wait: Callable[[str], None] | None,
    ) -> None:
        self._store = store
        self._maintenance = Maintenance(data, store, index, engine, wait=wait, on_wait=on_wait)

    def add(self, articles: Iterable[Article | Mapping[str, Any]]) -> IngestReport:
        """Keeps and indexes articles. If some are none, ArticleError names the first of them, and the others are kept."""
        report = self.ingest(_as_readings(articles))
        if report.quarantined:
            first, count = report.quarantined[0], len(report.quarantined)
            raise ArticleError(f"article {first.line}: {first.reason} ({count:,} such; the other {report.articles:,} are kept)")
        return report

    def ingest(
        self,
        readings: Iterable[Reading | Quarantined],
        *,
        captured: datetime | None = None,
        index: bool = True,
        progress: Progress | None = None,
        index_progress: IndexProgress | None = None,
    ) -> IngestReport:
        """Keeps what was read, and brings the index up to date unless told not to."""
        with self._maintenance.writing():
            if index:
                self._maintenance.require_same_settings()
            report = ingest(self._store, readings, captured=captured, progress=progress)
            if index:
                self._maintenance.update(index_progress)
            return report

    def delete(self, article_ids: Iterable[str]) -> int:
        """Deletes articles from store and index; the number that there were."""
        with self._maintenance.writing():
            self._maintenance.require_same_settings()
            deleted = self._store.delete(article_ids)
            if deleted:
                self._maintenance.update()
            return deleted

    def update(self, progress: IndexProgress | None = None) -> IndexReport:
        """Indexes what changed in the store since the index was made."""
        with self._maintenance.writing():
            return self._maintenance.update(progress)

    def rebuild(self, progress: IndexProgress | None = None) -> IndexReport:
        """Makes the index anew from the store."""
        with self._maintenance.writing():
            return self._maintenance.rebuild(progress)

    def check(self, *, deep: bool) -> CheckReport:
        """Looks for damage."""
        return self._maintenance.check(deep=deep)


def _as_readings(articles: Iterable[Article | Mapping[str, Any]]) -> Iterator[Reading | Quarantined]:
    for number, item in enumerate(articles, 1):
        try:
            article = item if isinstance(item, Article) else Article.from_mapping(item)
        except ArticleError as error:
            yield Quarantined("", number, str(error))
        else:
            yield Reading("", number, (article,))
