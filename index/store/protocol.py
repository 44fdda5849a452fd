"""Store and StoreBatch: what an ingest needs of a store of articles, wherever it keeps them. Types only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Protocol, TypeVar

from index.article import Article
from index.store.rows import Sealed
from index.store.values import Merged, Offered

T = TypeVar("T")


class StoreBatch(Protocol):
    """What may be done inside a batch. It sees what it has done itself; it must not be used when it has ended."""

    def merge(self, article: Sealed, *, captured: datetime | None = None) -> Merged:
        """Keeps the article: as a new one, as news of the one with its id, or joined to the one that it is a copy of."""
        ...

    def page_seen(self, path: str, digest: str, *, line: int | None = None, captured: datetime | None = None) -> int | None:
        """How many articles this input gave when it was remembered; None if it was not, or one of them is gone."""
        ...

    def remember_path(self, path: str) -> None:
        """Remembers that there was input of this path, whatever it held."""
        ...

    def remember_page(
        self, path: str, digest: str, article_ids: Iterable[str], *, line: int | None = None, captured: datetime | None = None
    ) -> None:
        """Remembers an input and the articles it gave."""
        ...

    def withdraw(self, path: str, digest: str) -> dict[str, Article]:
        """Forgets what a page gave under other rules of cleaning, and gives back the articles that only it gave."""
        ...


class Store(Protocol):
    """A store that inputs may be ingested into."""

    def paths_seen(self, paths: Iterable[str]) -> AbstractSet[str]:
        """Those of the paths of which any input was remembered, whatever it held."""
        ...

    def make_findable(self) -> None:
        """Lets copies of all articles kept so far be found by their words."""
        ...

    def transact(self, work: Callable[[StoreBatch], T], offered: Sequence[Offered]) -> T:
        """What the work gives, all of it done durably when this returns.

        offered: every input the work may store. The work may be done more than once, each time in a new batch, and only the last
        one counts: so it must change nothing but the batch.
        """
        ...
