"""What the cluster alone spends on queries: recorded requests sent by the official client, with the processor time of the nodes.

Each query is asked once to warm up and then round by round until the class has had its seconds; its time is its best.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence

from searcher import Archive
from tests.bench.cluster.figures import Layout, Served
from tests.bench.cluster.ground import Ground
from tests.bench.cluster.overhead import MODES, request, searches_of
from tests.bench.cluster.replay import Sent
from tests.bench.measure import timing
from tests.bench.queries import Query

# A class is asked for at least so long: the nodes count processor time in steps of 10 ms.
AT_LEAST_S = 2.0


def recorded(archive: Archive, queries: Mapping[str, Sequence[Query]]) -> dict[str, list[list[Sent]]]:
    """By class, what each query sends when a page without snippets and facets is asked for."""
    return {name: [searches_of(archive, request(query, **MODES["plain"])) for query in asked] for name, asked in queries.items()}


def serve(ground: Ground, index: str, sent: Mapping[str, Sequence[Sequence[Sent]]]) -> dict[str, Served]:
    """All classes put to an index."""
    return {name: _serve(ground, index, requests) for name, requests in sent.items()}


def _serve(ground: Ground, index: str, requests: Sequence[Sequence[Sent]]) -> Served:
    matches = [ours[0].send(ground.client, index) for ours in requests]
    best = [float("inf")] * len(requests)
    asked = 0
    began = time.perf_counter()
    with ground.processor() as spent:
        while asked == 0 or time.perf_counter() - began < AT_LEAST_S:
            for number, searches in enumerate(requests):
                started = time.perf_counter()
                for one in searches:
                    one.send(ground.client, index)
                best[number] = min(best[number], time.perf_counter() - started)
            asked += len(requests)
    told = timing(best, 0, best)
    return Served(told.p50_ms, told.p95_ms, spent[0] / asked, statistics.mean(map(_total, matches)))


def _total(answer: dict[str, object]) -> int:
    first = answer["responses"][0] if "responses" in answer else answer  # type: ignore[index]
    total: int = first["hits"]["total"]["value"]  # type: ignore[index]
    return total


def layout(ground: Ground, index: str, sent: Mapping[str, Sequence[Sequence[Sent]]]) -> Layout:
    """How an index is laid out, what it weighs, and what its queries take."""
    ground.settle(index)
    made = ground.client.indices.get_settings(index=index)
    settings = next(iter(made.values()))["settings"]["index"]
    articles = ground.client.count(index=index)["count"]
    return Layout(
        articles=articles,
        shards=int(settings["number_of_shards"]),
        replicas=int(settings["number_of_replicas"]),
        bytes=ground.bytes(index) / articles,
        classes=serve(ground, index, sent),
    )
