"""Listing: all articles of a cluster, or some, in the order of their ids and as they were at one moment; and their numbers.

What was acknowledged before is seen: the index is refreshed first. An index that is not there yet reads as an empty one.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from index.article import format_time
from index.cluster.connection import Connection, path_of
from index.cluster.documents import cut_key
from index.document import keyword
from index.errors import ClusterDenied, IndexDamaged, IndexMissing
from index.store.rows import source_key
from index.store.values import StoreSummary

_KEEP = "5m"  # between two requests; a slow reader of a page may need some
_ARTICLES_AT_ONCE = 200
_IDS_AT_ONCE = 5000
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_HAS_ID: Mapping[str, Any] = {"exists": {"field": "id"}}

Hit = Mapping[str, Any]


class Listing:
    """Reads through an alias."""

    def __init__(self, connection: Connection, target: str) -> None:
        self._connection = connection
        self._target = target

    def hits(self) -> Iterator[Hit]:
        """All documents, by the ids of their articles."""
        return self._ordered({"size": _ARTICLES_AT_ONCE}, [])

    def ids(self, *, source: str | None = None, before: datetime | None = None) -> Iterator[str]:
        """The ids of the articles of a source and published before a moment, as `ArticleStore.select`."""
        wanted: list[Mapping[str, Any]] = []
        if source is not None:
            # The index folds more than the store does to compare sources, so what it finds is compared once more.
            wanted.append({"term": {"index.source_key": cut_key(keyword(source))}})
        if before is not None:
            wanted.append({"range": {"published": {"lt": format_time(before)}}})
        read = ["id", "source"] if source is not None else ["id"]
        for hit in self._ordered({"size": _IDS_AT_ONCE, "_source": read}, wanted):
            if source is None or source_key(hit["_source"].get("source")) == source_key(source):
                yield _id(hit)

    def count(self) -> int:
        """How many articles there are."""
        try:
            self._refresh()
            return int(self._connection.request("POST", path_of(self._target, "_count"))["count"])
        except IndexMissing:
            return 0

    def summary(self) -> StoreSummary:
        """Counts and the span of publication dates, all of one moment."""
        sources: set[str | None] = set()
        try:
            with self._moment() as moment:
                answer = self._search(moment, {"size": 0, "track_total_hits": True, "aggs": _SPAN})
                first, last = (answer["aggregations"][name]["value"] for name in ("earliest", "latest"))
                for name in self._source_names(moment):
                    sources.add(source_key(name))
        except IndexMissing:
            return StoreSummary(0, 0, None, None)
        return StoreSummary(answer["hits"]["total"]["value"], len(sources), _moment_of(first), _moment_of(last))

    def _source_names(self, moment: dict[str, Any]) -> Iterator[str]:
        after: Mapping[str, Any] = {}
        while True:
            by_name = {"sources": [{"name": {"terms": {"field": "source"}}}], "size": 1000, **after}
            found = self._search(moment, {"size": 0, "aggs": {"names": {"composite": by_name}}})["aggregations"]["names"]
            yield from (bucket["key"]["name"] for bucket in found["buckets"])
            if "after_key" not in found:
                return
            after = {"after": found["after_key"]}

    def _ordered(self, what: Mapping[str, Any], wanted: list[Mapping[str, Any]]) -> Iterator[Hit]:
        """Hits by id. Those whose ids are too long to be sorted by on the cluster (there should be none) are put in here."""
        try:
            with self._moment() as moment:
                overlong = self._search(moment, {**what, "size": 1000, "query": _query(wanted, without_id=True)})["hits"]["hits"]
                yield from heapq.merge(
                    self._sorted(moment, {**what, "query": _query(wanted)}),
                    sorted(overlong, key=_id),
                    key=_id,
                )
        except IndexMissing:
            return

    def _sorted(self, moment: dict[str, Any], what: Mapping[str, Any]) -> Iterator[Hit]:
        after: Mapping[str, Any] = {}
        while True:
            body = {**what, "sort": [{"id": "asc"}], "track_total_hits": False, **after}
            hits = self._search(moment, body)["hits"]["hits"]
            yield from hits
            if len(hits) < what["size"]:
                return
            after = {"search_after": hits[-1]["sort"]}

    @contextlib.contextmanager
    def _moment(self) -> Iterator[dict[str, Any]]:
        """A point in time, as it stands in a search; its id may change with each."""
        self._refresh()
        path = path_of(self._target, "_search", "point_in_time")
        moment = {"id": self._connection.request("POST", path, params={"keep_alive": _KEEP})["pit_id"], "keep_alive": _KEEP}
        try:
            yield moment
        finally:
            body = {"pit_id": [moment["id"]]}
            self._connection.request("DELETE", "/_search/point_in_time", body=body, missing_ok=True)

    def _search(self, moment: dict[str, Any], body: Mapping[str, Any]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._connection.request("POST", "/_search", body={**body, "pit": dict(moment)})
        moment["id"] = answer.get("pit_id", moment["id"])
        return answer

    def _refresh(self) -> None:
        """Who may only read sees what the cluster shows by itself, some seconds late."""
        with contextlib.suppress(ClusterDenied):
            self._connection.request("POST", path_of(self._target, "_refresh"))


_SPAN = {"earliest": {"min": {"field": "published"}}, "latest": {"max": {"field": "published"}}}


def _query(wanted: list[Mapping[str, Any]], *, without_id: bool = False) -> dict[str, Any]:
    if without_id:
        return {"bool": {"filter": wanted, "must_not": [_HAS_ID]}}
    return {"bool": {"filter": [*wanted, _HAS_ID]}}


def _id(hit: Hit) -> str:
    article_id = hit["_source"].get("id")
    if not isinstance(article_id, str):
        raise IndexDamaged(f"the document {hit['_id']!r} is not as searcher wrote it: it has no id of an article; delete it")
    return article_id


def _moment_of(milliseconds: float | None) -> datetime | None:
    return None if milliseconds is None else _EPOCH + timedelta(milliseconds=milliseconds)
