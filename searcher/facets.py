"""Facets: how many matches each source and each month has."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone

from index.schema import UNDATED
from searcher.engine import Facets, FacetValue
from searcher.matches import Filters, Match
from searcher.snapshot import Snapshot

# Sources named in a result; archives of scraped pages have hundreds with an article or two each.
_MOST_SOURCES = 100


def count_facets(snapshot: Snapshot, matches: list[Match], filters: Filters) -> Facets:
    """Counts each facet under all filters but its own."""
    sources = Counter(snapshot.source_name(match.docnum) for match in matches if filters.accept_time(snapshot, match))
    days = Counter(snapshot.published(match.docnum) // 86400 for match in matches if filters.accept_source(snapshot, match))
    return Facets(source_values(sources), month_values(days))


def source_values(sources: Counter[str | None]) -> tuple[FacetValue, ...]:
    """Most frequent first, then by name; those without a source last."""
    named = [FacetValue(name, count) for name, count in sources.items() if name is not None]
    named.sort(key=lambda value: (-value.count, str(value.value)))
    return (*named[:_MOST_SOURCES], *([FacetValue(None, sources[None])] if sources[None] else []))


def month_values(days: Counter[int]) -> tuple[FacetValue, ...]:
    """From counts by day since 1970 (UTC): counts by month, oldest first, undated last."""
    months: Counter[str] = Counter()
    undated = 0
    for day, count in days.items():
        if day == UNDATED // 86400:
            undated += count
        else:
            months[datetime.fromtimestamp(day * 86400, timezone.utc).date().isoformat()[:7]] += count
    values = [FacetValue(month, count) for month, count in sorted(months.items())]
    return (*values, *([FacetValue(None, undated)] if undated else []))
