"""IndexWriter: what every engine's write side can do, and the numbers it reports. Types only."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from index.article import Article


class IndexWriter(Protocol):
    """Collects changes; they become visible together when the writer's context ends without an exception."""

    def add(self, article: Article) -> None:
        """Indexes the article (its id is set), replacing what the index holds under that id."""
        ...

    def delete(self, article_id: str) -> None:
        """Removes the article from the index; nothing happens if it is not there."""
        ...

    def set_change(self, change: int) -> None:
        """Records up to which change of the article store this index is true."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class IndexStats:
    """State of an index. generation grows with every commit; change is the store change it is true to; bytes on disk.

    health: of the shards of an index on a cluster; None for an embedded one.
    """

    generation: int
    articles: int
    bytes: int
    segments: int
    engine: str
    change: int
    health: str | None = None
