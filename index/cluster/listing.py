"""Listing: all articles of a cluster, or some, in the order of their ids and as they were at one moment; and their numbers.

What was acknowledged before is seen: the index is refreshed first. IndexMissing if there is no index.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from index.article import format_time
from index.cluster.connection import Connection, path_of
from index.cluster.documents import cut_key
from index.cluster.points import PointInTime
from index.document import keyword
from index.errors import ClusterDenied, IndexDamaged
from index.store.rows import source_key
from index.store.values import StoreSummary

_ARTICLES_AT_ONCE = 200
_IDS_AT_ONCE = 5000
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

Hit = Mapping[str, Any]
Filter = Mapping[str, Any]

# Ids that are too long to be indexed cannot be sorted by on the cluster.
_HAS_ID: Filter = {"exists": {"field": "id"}}
# Of a hit that is told by what it is sorted by.
_UNREAD = {"_source": False, "stored_fields": "_none_"}
_ANYHOW = [{"index.digest": {"order": "asc", "missing": "_last"}}, {"index.arrived": {"order": "asc", "missing": "_last"}}]


class Listing:
    """Reads through an alias."""

    def __init__(self, connection: Connection, target: str) -> None:
        self._connection = connection
        self._target = target

    def hits(self) -> Iterator[Hit]:
        """All documents, by the ids of their articles."""
        self._refresh()
        yield from self._ordered((), {}, _ARTICLES_AT_ONCE)

    def ids(self, *, source: str | None = None, before: datetime | None = None) -> Iterator[str]:
        """The ids of the articles of a source and published before a moment, as `ArticleStore.select`."""
        wanted: list[Filter] = [] if before is None else [{"range": {"published": {"lt": format_time(before)}}}]
        self._refresh()
        if source is None:
            yield from self.ids_of(*wanted)
            return
        # The index folds more than the store does to compare sources, so what it finds is compared once more.
        wanted.append({"term": {"index.source_key": cut_key(keyword(source))}})
        for hit in self._ordered(wanted, {"_source": ["id", "source"]}, _IDS_AT_ONCE):
            if source_key(hit["_source"].get("source")) == source_key(source):
                yield _id(hit)

    def ids_of(self, *wanted: Filter) -> Iterator[str]:
        """The ids of the articles that filters of the cluster let through, of what searches see."""
        with PointInTime(self._connection, self._target) as point:
            sorted_by = (hit["sort"][0] for hit in point.matches({**_sortable(wanted), **_UNREAD}, _IDS_AT_ONCE))
            yield from heapq.merge(map(_id, _overlong(point, wanted, {"_source": ["id"]})), sorted_by)

    def count(self) -> int:
        """How many articles there are."""
        self._refresh()
        return int(self._connection.request("POST", path_of(self._target, "_count"))["count"])

    def summary(self) -> StoreSummary:
        """Counts and the span of publication dates, all of one moment."""
        self._refresh()
        with PointInTime(self._connection, self._target) as point:
            answer = point.search_on({"size": 0, "track_total_hits": True, "aggs": _SPAN})
            first, last = (answer["aggregations"][name]["value"] for name in ("earliest", "latest"))
            sources = {source_key(name) for name in _source_names(point)}
        return StoreSummary(answer["hits"]["total"]["value"], len(sources), _moment_of(first), _moment_of(last))

    def _ordered(self, wanted: Sequence[Filter], read: Mapping[str, Any], at_once: int) -> Iterator[Hit]:
        """Hits by id. read: what is asked of each."""
        with PointInTime(self._connection, self._target) as point:
            yield from heapq.merge(_overlong(point, wanted, read), point.matches({**_sortable(wanted), **read}, at_once), key=_id)

    def _refresh(self) -> None:
        """Who may only read sees what the cluster shows by itself, some seconds late."""
        with contextlib.suppress(ClusterDenied):
            self._connection.request("POST", path_of(self._target, "_refresh"))


def _sortable(wanted: Sequence[Filter]) -> dict[str, Any]:
    return {"query": {"bool": {"filter": [*wanted, _HAS_ID]}}, "sort": [{"id": "asc"}]}


def _overlong(point: PointInTime, wanted: Sequence[Filter], read: Mapping[str, Any]) -> list[Hit]:
    """Articles whose ids the cluster cannot sort by, in their order; there should be none."""
    others = {"query": {"bool": {"filter": wanted, "must_not": [_HAS_ID]}}, "sort": _ANYHOW}
    return sorted(point.matches({**others, **read}, _ARTICLES_AT_ONCE), key=_id)


def _source_names(point: PointInTime) -> Iterator[str]:
    after: Mapping[str, Any] = {}
    while True:
        by_name = {"sources": [{"name": {"terms": {"field": "source"}}}], "size": 1000, **after}
        found = point.search_on({"size": 0, "aggs": {"names": {"composite": by_name}}})["aggregations"]["names"]
        yield from (bucket["key"]["name"] for bucket in found["buckets"])
        if "after_key" not in found:
            return
        after = {"after": found["after_key"]}


_SPAN = {"earliest": {"min": {"field": "published"}}, "latest": {"max": {"field": "published"}}}


def _id(hit: Hit) -> str:
    article_id = hit["_source"].get("id")
    if not isinstance(article_id, str):
        raise IndexDamaged(f"the document {hit['_id']!r} is not as searcher wrote it: it has no id of an article; delete it")
    return article_id


def _moment_of(milliseconds: float | None) -> datetime | None:
    return None if milliseconds is None else _EPOCH + timedelta(milliseconds=milliseconds)
