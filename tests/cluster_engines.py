"""Engines on indexes of their own on the cluster of the tests."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

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


def kendall_tau(one: Sequence[float], other: Sequence[float], tied: float = 1e-4) -> float:
    """Agreeing less disagreeing pairs, over all pairs whose scores are apart on both sides by more than the share `tied` of them;
    1 if there are none.
    """
    signs = [np.where(np.abs(apart) > tied * near, np.sign(apart), 0) for apart, near in (_apart(one), _apart(other))]
    product = np.triu(signs[0] * signs[1], 1)
    counted = np.count_nonzero(product)
    return float(product.sum() / counted) if counted else 1.0


def _apart(scores: Sequence[float]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    one, other = np.array(scores)[:, None], np.array(scores)[None, :]
    return one - other, np.maximum(np.abs(one), np.abs(other))
