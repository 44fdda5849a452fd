"""Filters: the sources and times that a request is narrowed to, tested on the columns of a snapshot."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from index.document import keyword
from index.schema import UNDATED
from searcher.engine import SearchRequest
from searcher.snapshot import Snapshot

Array = np.ndarray[Any, np.dtype[Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class Filters:
    """Source keys (empty: any) and times in seconds, after <= published < before."""

    sources: frozenset[str]
    after: int | None
    before: int | None

    @classmethod
    def of(cls, request: SearchRequest, aliases: Mapping[str, str]) -> Filters:
        """Resolves source names and aliases to keys."""
        if not request.sources and request.after is None and request.before is None:
            return NO_FILTERS
        keys = (keyword(source) for source in request.sources)
        return cls(
            frozenset(aliases.get(key, key) for key in keys),
            int(request.after.timestamp()) if request.after else None,
            int(request.before.timestamp()) if request.before else None,
        )

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.sources) or self.after is not None or self.before is not None

    def of_sources(self, snapshot: Snapshot, documents: Array) -> Array | None:
        """A mask of the documents from the sources asked for; None if any will do."""
        if not self.sources:
            return None
        _, numbers = snapshot.sources
        asked = np.array(["" in self.sources, *(key in self.sources for key in snapshot.source_keys)])
        return asked[numbers[documents]]

    def of_time(self, snapshot: Snapshot, documents: Array) -> Array | None:
        """A mask of the documents published in the time asked for, undated ones never among them; None if any will do."""
        if self.after is None and self.before is None:
            return None
        published = snapshot.published[documents]
        held = published >= (UNDATED + 1 if self.after is None else self.after)
        return held if self.before is None else held & (published < self.before)


NO_FILTERS = Filters(frozenset(), None, None)
