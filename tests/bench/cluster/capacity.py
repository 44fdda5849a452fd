"""What more articles would take: the measured figures, carried on by plain formulas. Extrapolation, not measurement.

bytes of a copy     articles x bytes an article
shards              bytes of a copy / the size a shard should have
data nodes          bytes of all copies, twice (a rebuild stands beside the old index) / what a node's disk may hold; 3 at least
processor a query   base + per_shard x shards + per_million x articles / 1,000,000, fitted to all layouts that were measured
queries a second    processor of all nodes, as far as it may be used / processor a query
a lone query        processor a query / as many cores as it has shards, at most all
ingest of all       articles x processor an article / processor of all nodes, as far as it may be used
"""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Sequence

import numpy as np

from tests.bench.cluster.figures import Figures, Layout, Size

COUNTS = (10**6, 10**7, 10**8, 10**9, 10**10)
_GB = 1e9


@dataclasses.dataclass(frozen=True, slots=True)
class Assumed:
    """What is assumed and not measured. A core is taken to be one of those measured on; month: dollars a data node."""

    shard_gb: float = 30
    replicas: int = 1
    cores: int = 8
    memory_gb: int = 64
    heap_gb: int = 31
    disk_gb: int = 2000
    disk_used: float = 0.7
    processor_used: float = 0.5
    month: float = 500
    least_nodes: int = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Model:
    """Processor milliseconds of a query, of all nodes together."""

    base: float
    per_shard: float
    per_million: float

    def query_ms(self, articles: float, shards: float) -> float:
        """For an index of so many articles in so many shards."""
        return self.base + self.per_shard * shards + self.per_million * articles / 1e6


@dataclasses.dataclass(frozen=True, slots=True)
class Need:
    """What so many articles take. query_ms: processor time, all nodes together; lone_ms: the least that a query takes alone."""

    articles: int
    copy_gb: float
    shards: int
    nodes: int
    ingest_hours: float
    query_ms: float
    lone_ms: float
    queries: float
    month: float


def fit(layouts: Sequence[Layout], classes: Sequence[str] = ()) -> Model:
    """The least squares of all layouts; the mean of the classes is what a query takes. No part is negative.

    A part that would be is left out and the others fitted anew: on few articles the cost of matches hides in the noise.
    """
    points = [(1.0, one.shards, one.articles / 1e6) for one in layouts]
    taken = [_mean_ms(one, classes) for one in layouts]
    kept = [0, 1, 2]
    while True:
        solved, *_ = np.linalg.lstsq(np.array([[point[part] for part in kept] for point in points]), np.array(taken), rcond=None)
        if all(value >= 0 for value in solved) or len(kept) == 1:
            break
        kept.pop(int(np.argmin(solved)))
    parts = dict(zip(kept, (max(0.0, float(value)) for value in solved), strict=True))
    return Model(*(parts.get(part, 0.0) for part in range(3)))


def _mean_ms(layout: Layout, classes: Sequence[str]) -> float:
    return statistics.mean(layout.classes[name].processor_ms for name in classes or layout.classes)


def needs(figures: Figures, size: Size, assumed: Assumed, counts: Sequence[int] = COUNTS) -> list[Need]:
    """For each count of articles like those of a corpus."""
    model = fit((*figures.growth, *figures.layouts))
    return [_need(count, size, model, article_ms(figures, size), assumed) for count in counts]


def article_ms(figures: Figures, size: Size) -> float:
    """Processor ms of the cluster for an article with one replica: as measured with none, times what one makes of it."""
    alone = next((one.rate.cluster_ms for one in figures.sizes if one.fields), size.rate.cluster_ms)
    twice = figures.ingest["ours"].cluster_ms if "ours" in figures.ingest else alone
    return size.rate.cluster_ms * max(1.0, twice / alone)


def _need(articles: int, size: Size, model: Model, ingest_ms: float, assumed: Assumed) -> Need:
    copy_gb = articles * size.merged / _GB
    shards = max(1, math.ceil(copy_gb / assumed.shard_gb))
    held_gb = copy_gb * (1 + assumed.replicas) * 2
    nodes = max(assumed.least_nodes, math.ceil(held_gb / (assumed.disk_gb * assumed.disk_used)))
    cores = nodes * assumed.cores
    query_ms = model.query_ms(articles, shards)
    return Need(
        articles=articles,
        copy_gb=copy_gb,
        shards=shards,
        nodes=nodes,
        ingest_hours=articles * ingest_ms / 3.6e6 / (cores * assumed.processor_used),
        query_ms=query_ms,
        lone_ms=query_ms / min(shards, cores),
        queries=cores * assumed.processor_used * 1000 / query_ms,
        month=nodes * assumed.month,
    )
