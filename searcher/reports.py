"""What an Archive reports about itself and its work, with the JSON shapes that programs rely on."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import TYPE_CHECKING, Any

from index.article import format_time

if TYPE_CHECKING:
    from index.store import Problem
    from index.writer import IndexStats


@dataclasses.dataclass(frozen=True, slots=True)
class IndexReport:
    """What `update` or `rebuild` left behind: articles in the index, its generation, seconds taken, bytes on disk."""

    articles: int
    generation: int
    seconds: float
    bytes: int

    def to_mapping(self) -> dict[str, Any]:
        """The JSON shape."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True, slots=True)
class ArchiveStats:
    """Articles kept, distinct sources, first and last publication; index is None where none was made yet."""

    articles: int
    sources: int
    earliest: datetime | None
    latest: datetime | None
    index: IndexStats | None

    def to_mapping(self) -> dict[str, Any]:
        """The JSON shape."""
        return {
            "articles": self.articles,
            "sources": self.sources,
            "earliest": format_time(self.earliest) if self.earliest else None,
            "latest": format_time(self.latest) if self.latest else None,
            "index": dataclasses.asdict(self.index) if self.index else None,
        }


@dataclasses.dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything found wrong with the files of an archive."""

    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """True if nothing is wrong."""
        return not self.problems

    def to_mapping(self) -> dict[str, Any]:
        """The JSON shape."""
        return {"ok": self.ok, "problems": [dataclasses.asdict(problem) for problem in self.problems]}
