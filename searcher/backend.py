"""Backend: what an Archive stands on. Types only: an engine that answers, a store that gives articles, a write side that changes.

There are two: `searcher.embedded_backend` (SQLite and files of this machine) and `searcher.cluster.backend` (OpenSearch). Making
one reads nothing and reaches nobody, but that the embedded one makes its data directory; whatever is wrong is told by what is
first asked of it. All of a backend may be shared by threads.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from index.article import Article
    from index.ingest import IngestReport, Progress
    from index.pages.page import Quarantined, Reading
    from index.store import Record, StoreSummary
    from searcher.engine import Engine
    from searcher.reports import CheckReport, ClusterState, CopyReport, IndexReport, Ranking

IndexProgress = Callable[[int, int], None]  # articles done, articles in all


class StoreReader(Protocol):
    """The reading half of an article store."""

    def get(self, article_id: str) -> Article | None:
        """The article of this id, None if there is none."""
        ...

    def get_many(self, article_ids: Iterable[str]) -> Iterator[Article]:
        """The articles of these ids, in their order, without those that there are not."""
        ...

    def iter_articles(self) -> Iterator[Article]:
        """All articles by the order of their ids, as they were when the first was asked for."""
        ...

    def select(self, *, source: str | None = None, before: datetime | None = None) -> list[str]:
        """The ids of the articles of a source and published before a moment, in order."""
        ...

    def count(self) -> int:
        """How many articles there are."""
        ...

    def summary(self) -> StoreSummary:
        """Counts and the span of publication dates."""
        ...

    def records(self) -> Iterator[Record]:
        """All that is known of each article, by the order of their ids, for a copy."""
        ...


class WriteSide(Protocol):
    """What changes store and index, or holds them against each other."""

    def ingest(
        self,
        readings: Iterable[Reading | Quarantined],
        *,
        captured: datetime | None = None,
        index: bool = True,
        progress: Progress | None = None,
        index_progress: IndexProgress | None = None,
    ) -> IngestReport:
        """Keeps what was read; what was kept is found by the next search, unless told not to index."""
        ...

    def delete(self, article_ids: Iterable[str]) -> int:
        """Deletes articles from store and index; the number that there were."""
        ...

    def update(self, progress: IndexProgress | None = None) -> IndexReport:
        """Makes every change of the store so far found by searches."""
        ...

    def rebuild(self, progress: IndexProgress | None = None) -> IndexReport:
        """Makes the index anew beside the old one, and switches at the end."""
        ...

    def drop_old(self) -> tuple[str, ...]:
        """Deletes indexes that a rebuild has replaced and kept; their names."""
        ...

    def check(self, *, deep: bool = False) -> CheckReport:
        """Looks for damage; deep: in anything at all."""
        ...

    def take_in(
        self,
        records: Iterable[Record],
        count: int,
        progress: IndexProgress | None = None,
        index_progress: IndexProgress | None = None,
    ) -> CopyReport:
        """Keeps the records of another archive, count of them, and makes them found; those kept already are left alone."""
        ...


class Backend(Protocol):
    """Engine, store and write side of one archive."""

    @property
    def engine(self) -> Engine:
        """What answers searches."""
        ...

    @property
    def store(self) -> StoreReader:
        """The articles. StoreError if the backend is closed."""
        ...

    @property
    def writeside(self) -> WriteSide:
        """What changes them."""
        ...

    @property
    def may_cache(self) -> bool:
        """Whether an answer may be given again while the engine's version stays the same."""
        ...

    @property
    def place(self) -> str:
        """Where the articles are, in words for people."""
        ...

    def identity(self) -> Hashable:
        """Equal for two backends of one and the same archive, whatever names they know it by."""
        ...

    def ranking(self) -> Ranking | None:
        """What searches are ranked by now, None if there is no index."""
        ...

    def cluster(self) -> ClusterState | None:
        """The cluster behind it, None if there is none."""
        ...

    def close(self) -> None:
        """Releases files and connections; the backend cannot be used afterwards."""
        ...
