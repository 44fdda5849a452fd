"""Changes of an index on the cluster: what was written to it since, and where two indexes differ.

Every change has a number in its shard. Give `checkpoints` an index and remember what it gives; `changed_since` then gives all
that was written afterwards, or, after nothing at all, every document. Deleted documents have none; `differences` finds
those, by sums of digests over ranges of digests, so that only the ranges that differ are read.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from index.cluster.connection import Connection, path_of, wait_s
from index.cluster.documents import DIGEST_BYTES
from index.errors import ClusterUnavailable

Checkpoints = Mapping[int, int]  # by shard: up to which number all changes are in all copies
Numbered = tuple[str, int]  # an index, and how many shards it has

_AT_ONCE = 200
_RANGES = 4096
_RANGE_WIDTH = 256**DIGEST_BYTES // _RANGES
_RANGES_AT_ONCE = 64
_IDS_AT_ONCE = 5000


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """How many documents, and by range of digests: how many, and the sum of their digests."""

    count: int
    ranges: Mapping[int, tuple[int, float]]


def checkpoints(connection: Connection, index: str, shards: int) -> dict[int, int]:
    """The checkpoint of every shard. One that moves to another node is away for a moment, so it is waited for;
    ClusterUnavailable if a primary shard stays away.
    """
    deadline = time.monotonic() + connection.settings.timeout_s
    attempt = 0
    while len(known := _checkpoints(connection, index)) != shards:
        attempt += 1
        pause = wait_s(attempt)
        if time.monotonic() + pause > deadline:
            raise ClusterUnavailable(
                f"{shards - len(known)} of {shards} shards of {index} are away; see `searcher check`, and try "
                "again when they are back"
            )
        time.sleep(pause)
    return known


def _checkpoints(connection: Connection, index: str) -> dict[int, int]:
    """Those of the shards whose primary copies are there."""
    found = connection.request("GET", path_of(index, "_stats", "docs"), params={"level": "shards"})
    copies = found["indices"].get(index, {}).get("shards", {})
    return {
        int(shard): copy["seq_no"]["global_checkpoint"]
        for shard, held in copies.items()
        for copy in held
        if copy["routing"]["primary"] and "seq_no" in copy
    }


def changed_since(connection: Connection, index: str, since: Checkpoints) -> Iterator[Mapping[str, Any]]:
    """The documents (as hits, with `_source`) that were written after these checkpoints and are refreshed."""
    return _scanned(connection, index, since, [], {"size": _AT_ONCE})


def _scanned(
    connection: Connection, index: str, since: Checkpoints, filters: Sequence[Any], wanted: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Hits in the order of their changes, shard by shard. What is changed meanwhile moves to the end, and is met there."""
    for shard, after in since.items():
        last = after
        while True:
            query = {"bool": {"filter": [{"range": {"_seq_no": {"gt": last}}}, *filters]}}
            hits = connection.request(
                "POST",
                path_of(index, "_search"),
                params={"preference": f"_shards:{shard}"},
                body={**wanted, "query": query, "sort": [{"_seq_no": "asc"}], "track_total_hits": False},
            )["hits"]["hits"]
            yield from hits
            if len(hits) < wanted["size"]:
                break
            last = hits[-1]["sort"][0]


def summary(connection: Connection, index: str) -> Summary:
    """Counts and sums of digests of what is refreshed."""
    ranges = {
        "histogram": {"field": "index.digest", "interval": _RANGE_WIDTH, "min_doc_count": 1},
        "aggs": {"sum": {"sum": {"field": "index.digest"}}},
    }
    body = {"size": 0, "track_total_hits": True, "aggs": {"ranges": ranges}}
    answer = connection.request("POST", path_of(index, "_search"), body=body, params={"request_cache": False})
    buckets = answer["aggregations"]["ranges"]["buckets"]
    found = {round(bucket["key"] / _RANGE_WIDTH): (bucket["doc_count"], bucket["sum"]["value"]) for bucket in buckets}
    return Summary(answer["hits"]["total"]["value"], found)


def differences(connection: Connection, one: Numbered, other: Numbered) -> Iterator[tuple[set[str], set[str]]]:
    """Ids of documents that only one holds, or that the other holds otherwise, and the other way round; by portions."""
    mine, theirs = summary(connection, one[0]).ranges, summary(connection, other[0]).ranges
    ranges = sorted(number for number in mine.keys() | theirs.keys() if mine.get(number) != theirs.get(number))
    for start in range(0, len(ranges), _RANGES_AT_ONCE):
        some = ranges[start : start + _RANGES_AT_ONCE]
        here, there = (_digests(connection, index, some) for index in (one, other))
        yield {name for name, _ in here - there}, {name for name, _ in there - here}


def _digests(connection: Connection, index: Numbered, ranges: Sequence[int]) -> set[tuple[str, int]]:
    """Id and digest of the documents in some ranges."""
    chosen = [{"range": {"index.digest": {"gte": n * _RANGE_WIDTH, "lt": (n + 1) * _RANGE_WIDTH}}} for n in ranges]
    wanted = {"size": _IDS_AT_ONCE, "_source": False, "docvalue_fields": ["index.digest"]}
    hits = _scanned(connection, index[0], everything(index[1]), [{"bool": {"should": chosen}}], wanted)
    return {(hit["_id"], hit["fields"]["index.digest"][0]) for hit in hits}


def everything(shards: int) -> Checkpoints:
    """The checkpoints of before the first change."""
    return dict.fromkeys(range(shards), -1)
