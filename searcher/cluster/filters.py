"""Filters: the sources and times that a request is narrowed to, in the query language of the cluster."""

from __future__ import annotations

from typing import NamedTuple

from searcher.cluster.compilation import Compiler, Json, published
from searcher.engine import SearchRequest


class Filters(NamedTuple):
    """What a request is narrowed to; None if to nothing."""

    sources: Json | None
    time: Json | None

    @classmethod
    def of(cls, request: SearchRequest, compiler: Compiler) -> Filters:
        """The filters of a request."""
        in_time = request.after is not None or request.before is not None
        return cls(
            compiler.sources(request.sources) if request.sources else None,
            published(request.after, request.before) if in_time else None,
        )

    @property
    def listed(self) -> list[Json]:
        """Those that there are."""
        return [one for one in self if one is not None]
