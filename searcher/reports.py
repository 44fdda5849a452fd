"""What an Archive reports about itself and its work, with the JSON shapes that programs rely on."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import TYPE_CHECKING, Any

from index.article import format_time

if TYPE_CHECKING:
    from index.schema import ZoneWeights
    from index.store import Problem
    from index.writer import IndexStats


@dataclasses.dataclass(frozen=True, slots=True)
class IndexReport:
    """What `update` or `rebuild` left behind: articles in the index, its generation, seconds taken, bytes on disk.

    old_indexes: those on a cluster that rebuilds replaced, kept until they are dropped.
    """

    articles: int
    generation: int
    seconds: float
    bytes: int
    old_indexes: tuple[str, ...] = ()

    def to_mapping(self) -> dict[str, Any]:
        """The JSON shape; old_indexes only where there are any."""
        shape = dataclasses.asdict(self)
        if not self.old_indexes:
            del shape["old_indexes"]
        return shape


@dataclasses.dataclass(frozen=True, slots=True)
class CopyReport:
    """What a copy did: articles of the source, those written to the target, and those that were there and the same."""

    articles: int
    copied: int
    unchanged: int

    def to_mapping(self) -> dict[str, Any]:
        """The JSON shape."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True, slots=True)
class ClusterState:
    """The cluster behind an archive: health is "green", "yellow" (copies of shards are away) or "red" (articles are).

    index: the concrete index that answers now; old_indexes: those that rebuilds replaced and kept.
    """

    name: str
    version: str
    health: str
    nodes: int
    index: str | None
    shards: int
    replicas: int
    old_indexes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Ranking:
    """The numbers that searches are ranked by now (BM25F): zone weights as the index was made with, and those of the formula."""

    title: float
    lead: float
    body: float
    lead_words: int
    k1: float
    b: float
    surface: float

    @classmethod
    def of(cls, weights: ZoneWeights, k1: float, b: float, surface: float) -> Ranking:
        """The same, from the parts that know them."""
        return cls(weights.title, weights.lead, weights.body, weights.lead_words, k1, b, surface)


@dataclasses.dataclass(frozen=True, slots=True)
class ArchiveStats:
    """Articles kept, distinct sources, first and last publication; index is None where none was made yet.

    ranking: None without an index; cluster: None for an archive in a data directory.
    """

    articles: int
    sources: int
    earliest: datetime | None
    latest: datetime | None
    index: IndexStats | None
    ranking: Ranking | None = None
    cluster: ClusterState | None = None

    def to_mapping(self) -> dict[str, Any]:
        """The JSON shape."""
        shape = {
            "articles": self.articles,
            "sources": self.sources,
            "earliest": format_time(self.earliest) if self.earliest else None,
            "latest": format_time(self.latest) if self.latest else None,
            "index": dataclasses.asdict(self.index) if self.index else None,
        }
        more = {"ranking": self.ranking, "cluster": self.cluster}
        return shape | {name: dataclasses.asdict(value) for name, value in more.items() if value is not None}


@dataclasses.dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything found wrong with an archive: its files, or its indexes on a cluster."""

    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """True if nothing is wrong."""
        return not self.problems

    def to_mapping(self) -> dict[str, Any]:
        """The JSON shape."""
        return {"ok": self.ok, "problems": [dataclasses.asdict(problem) for problem in self.problems]}
