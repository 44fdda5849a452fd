"""Facets: how many matches each source and each month has, by aggregations of the cluster.

Give `aggregations` the filters of a request; they go into the search request. `read_facets` gives back the Facets of its
answer. If a shard named only its most frequent sources, so that counts may be short, every source is asked for, page by page
(`sources_page`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from searcher.cluster.compilation import Json
from searcher.cluster.filters import Filters
from searcher.engine import Facets, FacetValue

# Sources named in a result, as with the embedded engine.
_MOST_SOURCES = 100
# Each shard tells its most frequent sources; if none has more of them than this, the sums are exact.
_SOURCES_A_SHARD = 1_000
# Sources told at once when all are asked for; a cluster gives at most 65,535 buckets.
_SOURCES_A_PAGE = 10_000
_SOURCE, _PUBLISHED = "source", "published"

_FREQUENT_FIRST = [{"_count": "desc"}, {"_key": "asc"}]
_MONTHS: Json = {"date_histogram": {"field": _PUBLISHED, "calendar_interval": "month", "format": "yyyy-MM", "min_doc_count": 1}}


def aggregations(filters: Filters) -> Json:
    """Counts for both facets, each under all filters but its own."""
    frequent: Json = {"field": _SOURCE, "size": _MOST_SOURCES, "shard_size": _SOURCES_A_SHARD, "order": _FREQUENT_FIRST}
    return {
        "sources": _under(filters.time, {"named": {"terms": frequent}, "unnamed": {"missing": {"field": _SOURCE}}}),
        "months": _under(filters.sources, {"named": _MONTHS, "unnamed": {"missing": {"field": _PUBLISHED}}}),
    }


def _under(query: Json | None, counted: Json) -> Json:
    return {"filter": query or {"match_all": {}}, "aggs": counted}


def read_facets(answer: Mapping[str, Any], all_sources: Callable[[], Iterable[Mapping[str, Any]]]) -> Facets:
    """The facets of an answer. all_sources: gives the buckets of every source, asked for only if the answer's may be short."""
    counted = answer["aggregations"]
    sources, months = counted["sources"], counted["months"]
    named = [FacetValue(bucket["key"], bucket["doc_count"]) for bucket in sources["named"]["buckets"]]
    if sources["named"]["doc_count_error_upper_bound"]:
        named = [FacetValue(bucket["key"][_SOURCE], bucket["doc_count"]) for bucket in all_sources()]
        named = sorted(named, key=lambda value: (-value.count, str(value.value)))[:_MOST_SOURCES]
    dated = (FacetValue(bucket["key_as_string"], bucket["doc_count"]) for bucket in months["named"]["buckets"])
    return Facets((*named, *_unnamed(sources)), (*dated, *_unnamed(months)))


def _unnamed(counted: Mapping[str, Any]) -> tuple[FacetValue, ...]:
    count = counted["unnamed"]["doc_count"]
    return (FacetValue(None, count),) if count else ()


def sources_page(after: Mapping[str, Any] | None) -> Json:
    """The aggregation that counts the sources that follow one, all of them exactly."""
    composite: Json = {"size": _SOURCES_A_PAGE, "sources": [{_SOURCE: {"terms": {"field": _SOURCE}}}]}
    if after is not None:
        composite["after"] = after
    return {"composite": composite}
