"""Paging: orders as the cluster sorts, and walks beyond what it gives by number.

A cluster gives only the first 10,000 matches by number (`index.max_result_window`). What lies deeper is walked to: a point in
time holds the matches still, and each stride asks for those after the last sort values of the one before, without their texts.
`DeepPages` remembers where strides and pages ended, so that the next page of the same search begins where the last one
ended, and totals and pages join without gap or double whatever is written in the meantime.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from typing import Any

from index.cluster.connection import Connection
from index.cluster.points import PointInTime
from searcher.cluster.compilation import Json
from searcher.engine import Sort

# Scores by the statistics of the whole index, not of each shard.
SEARCH_PARAMS = {"search_type": "dfs_query_then_fetch"}
# What a cluster gives by number, and at once.
WINDOW = 10_000
# Texts sent at once.
_TEXTS = 1_000
# Searches whose places are remembered, and for how long: a point in time keeps deleted articles and old segments.
_KEPT_WALKS = 8
_KEPT_S = 300.0
# Beyond this many places of one search the first are forgotten.
_KEPT_PLACES = 10_000

_BY_ID: Json = {"id": {"order": "asc", "missing": "_last"}}
_NEWEST: Json = {"published": {"order": "desc", "missing": "_last"}}
_OLDEST: Json = {"published": {"order": "asc", "missing": "_last"}}
_ORDERS: Mapping[Sort, list[Json]] = {
    "relevance": [{"_score": {"order": "desc"}}, _NEWEST, _BY_ID],
    "newest": [_NEWEST, _BY_ID],
    "oldest": [_OLDEST, _BY_ID],
}
# What is asked of matches that are only walked past: no `_id`, no texts.
_UNREAD: Json = {"_source": False, "stored_fields": "_none_", "track_total_hits": False, "track_scores": False}


def order(sort: Sort) -> list[Json]:
    """The `sort` of a search request; ties by newest, then id, undated articles last."""
    return _ORDERS[sort]


class _Walk:
    """One search held still, and the sort values at the places reached so far."""

    def __init__(self, point: PointInTime) -> None:
        self.point = point
        self.made = time.monotonic()
        self.walking = threading.Lock()
        self._places = [0]
        self._values: list[list[Any] | None] = [None]

    def nearest(self, place: int) -> tuple[int, list[Any] | None]:
        """The last place not after this one whose sort values are known."""
        at = bisect_right(self._places, place) - 1
        return self._places[at], self._values[at]

    def remember(self, place: int, values: list[Any]) -> None:
        at = bisect_right(self._places, place)
        if self._places[at - 1] != place:
            self._places.insert(at, place)
            self._values.insert(at, values)
            if len(self._places) > _KEPT_PLACES:
                del self._places[1], self._values[1]

    @property
    def is_old(self) -> bool:
        return time.monotonic() - self.made > _KEPT_S


class DeepPages:
    """Pages beyond the window, of one index. Shared by threads; those that page through the same search take turns."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._walks: OrderedDict[Hashable, _Walk] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, key: Hashable, body: Json, offset: int, limit: int) -> Any:
        """The answer to a search request whose hits are those from offset on. key: equal for requests with the same matches in
        the same order; body: the request without `from` and `size`.
        """
        while True:
            walk = self._walk(key)
            with walk.walking:
                answer = _walked(walk, body, offset, limit)
            if answer is not None:
                return answer
            self._forget(key, walk)  # nobody asked for too long; what is made anew has just been made, or raises

    def close(self) -> None:
        """Closes the points in time."""
        with self._lock:
            walks, self._walks = list(self._walks.values()), OrderedDict()
        for walk in walks:
            walk.point.close()

    def _walk(self, key: Hashable) -> _Walk:
        with self._lock:
            walk = self._walks.get(key)
            if walk is not None and not walk.is_old:
                self._walks.move_to_end(key)
                return walk
        made = _Walk(PointInTime(self._connection, self._name))
        with self._lock:
            dropped = [old for other, old in self._walks.items() if other == key or old.is_old]
            self._walks = OrderedDict((other, old) for other, old in self._walks.items() if old not in dropped)
            self._walks[key] = made
            while len(self._walks) > _KEPT_WALKS:
                dropped.append(self._walks.popitem(last=False)[1])
        for old in dropped:
            with old.walking:
                old.point.close()
        return made

    def _forget(self, key: Hashable, walk: _Walk) -> None:
        with self._lock:
            if self._walks.get(key) is walk:
                del self._walks[key]


def _walked(walk: _Walk, body: Json, offset: int, limit: int) -> Any:
    """Strides to the offset, then the page; None if the point in time is gone."""
    place, values = walk.nearest(offset)
    stride = {name: part for name, part in body.items() if name != "aggs"} | _UNREAD
    while place < offset:
        answer = walk.point.search(_after({**stride, "size": min(WINDOW, offset - place)}, values), SEARCH_PARAMS)
        if answer is None:
            return None
        hits = answer["hits"]["hits"]
        if not hits:
            break  # there are not as many; the page is empty, and says the total
        place, values = place + len(hits), hits[-1]["sort"]
        walk.remember(place, values)
    whole: Any = None
    hits = []
    while whole is None or len(hits) < limit:
        size = min(_TEXTS, limit - len(hits))
        asked = body if whole is None else {**body, "aggs": {}, "track_total_hits": False}
        answer = walk.point.search(_after({**asked, "size": size}, values), SEARCH_PARAMS)
        if answer is None:
            return None
        whole = whole or answer
        found = answer["hits"]["hits"]
        hits += found
        if found:
            values = found[-1]["sort"]
            walk.remember(place + len(hits), found[-1]["sort"])
        if len(found) < size:
            break
    whole["hits"]["hits"] = hits
    return whole


def _after(body: Json, values: list[Any] | None) -> Json:
    return body if values is None else {**body, "search_after": values}
