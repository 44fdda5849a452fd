"""Engines on indexes of their own on the cluster of the tests."""

from __future__ import annotations

import itertools
import json
import math
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from index.analysis import Analyzer
from index.article import Article
from index.cluster.connection import Connection, path_of
from index.cluster.documents import Facts, document_id, to_document
from index.cluster.generations import ClusterIndex
from index.cluster.mapping import IndexSpec
from index.cluster.settings import ClusterSettings
from index.schema import ZoneWeights
from searcher.cluster.engine import ClusterEngine
from searcher.config import Config
from searcher.engine import EngineResult, SearchRequest
from searcher.query import Query
from tests.cluster.nodes import Cluster

WEIGHTS = ZoneWeights()
SPEC = IndexSpec.of(Analyzer(), WEIGHTS, Config().ranking.k1, Config().ranking.b)

Made = tuple[ClusterEngine, ClusterIndex]


@contextmanager
def engines(cluster: Cluster) -> Iterator[Callable[..., Made]]:
    """Gives a function that makes engines, `make(articles, shards=3)`; their indexes go at the end."""
    names: list[str] = []
    connections: list[Connection] = []

    def made(articles: Iterable[Article], shards: int = 3, config: Config | None = None) -> Made:
        name = f"test-{uuid.uuid4().hex[:12]}"
        settings = ClusterSettings(hosts=cluster.urls, name=name, shards=shards, replicas=0, timeout_s=120)
        names.append(name)
        connections.append(Connection(settings))
        index = ClusterIndex(connections[-1], settings, SPEC)
        index.ensure()
        load(index, articles)
        return ClusterEngine(index, index.connection, config or Config()), index

    try:
        yield made
    finally:
        for connection in connections:
            connection.close()
        for name in names:
            cluster.delete_indices(name)


def load(index: ClusterIndex, articles: Iterable[Article]) -> None:
    documents = ((document_id(str(article.id)), to_document(article, WEIGHTS, Facts())) for article in articles)
    lines = (f"{json.dumps({'index': {'_id': one}})}\n{json.dumps(document)}\n" for one, document in documents)
    while chunk := "".join(itertools.islice(lines, 1_000)):
        answer = index.connection.request("POST", path_of(index.name, "_bulk"), body=chunk)
        assert not answer["errors"], answer["items"][:3]
    index.refresh()


def answer(engine: ClusterEngine, query: Query, **options: Any) -> EngineResult:
    return engine.search(SearchRequest(query, limit=1000, **{"snippets": False, "facets": False, **options}))


def kendall(one: list[float], other: list[float]) -> float:
    """Kendall's tau-b of two rankings by their scores; 1 if one of them has no order."""
    concordant = ties_one = ties_other = pairs = 0
    for i in range(len(one)):
        for j in range(i):
            a, b = sign(one[i] - one[j]), sign(other[i] - other[j])
            concordant += a * b
            pairs += 1
            ties_one += a == 0
            ties_other += b == 0
    whole = math.sqrt((pairs - ties_one) * (pairs - ties_other))
    return concordant / whole if whole else 1.0


def sign(difference: float) -> int:
    return 0 if abs(difference) < 1e-4 else 1 if difference > 0 else -1
