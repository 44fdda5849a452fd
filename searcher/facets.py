"""Facets: how many matches each source and each month has, counted on columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from searcher.engine import Facets, FacetValue
from searcher.snapshot import Snapshot

Array = np.ndarray[Any, np.dtype[Any]]

# Sources named in a result; archives of scraped pages have hundreds with an article or two each.
_MOST_SOURCES = 100


def count_facets(snapshot: Snapshot, for_sources: Array, for_months: Array) -> Facets:
    """Counts the sources of some documents and the months of others: each facet is under all filters but its own."""
    names, numbers = snapshot.sources
    sources = np.bincount(numbers[for_sources], minlength=len(names) + 1).tolist()
    first, days = snapshot.days
    by_day = np.bincount(days[for_months], minlength=1)
    return Facets(_source_values(names, sources), _month_values(first, by_day))


def _source_values(names: list[str], counts: list[int]) -> tuple[FacetValue, ...]:
    """Most frequent first, then by name; those without a source last."""
    values = [FacetValue(name, count) for name, count in zip(names, counts[1:], strict=True) if count]
    values.sort(key=lambda value: (-value.count, str(value.value)))
    return (*values[:_MOST_SOURCES], *([FacetValue(None, counts[0])] if counts[0] else []))


def _month_values(first: int, by_day: Array) -> tuple[FacetValue, ...]:
    """From counts by day (0: undated, then days from the first on): counts by month, oldest first, undated last."""
    days = np.flatnonzero(by_day[1:])
    months = (days + first).astype("datetime64[D]").astype("datetime64[M]")
    named, which = np.unique(months, return_inverse=True)
    counts = np.bincount(which, weights=by_day[1:][days], minlength=len(named))
    undated = int(by_day[0])
    values = [FacetValue(str(month), int(count)) for month, count in zip(named, counts, strict=True)]
    return (*values, *([FacetValue(None, undated)] if undated else []))
