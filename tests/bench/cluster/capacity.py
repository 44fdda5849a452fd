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

from tests.bench.cluster.figures import Figures, Size
from tests.bench.cluster.matching import KINDS

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


def fit(figures: Figures) -> Model:
    """Base and per_shard by least squares over the layouts of the same articles, mean of all classes; none is negative.

    per_million: of so many articles those that match, by the shares of the classes, times what a match costs.
    """
    shards = np.array([float(one.shards) for one in figures.layouts])
    taken = np.array([statistics.mean(served.processor_ms for served in one.classes.values()) for one in figures.layouts])
    per_shard, base = (float(value) for value in np.polyfit(shards, taken, 1)) if len(set(shards)) > 1 else (0.0, taken.mean())
    if base < 0:  # then all of it goes with the shards
        base, per_shard = 0.0, float(shards @ taken / (shards @ shards))
    first = figures.layouts[0]
    shares = {name: served.matches / first.articles for name, served in first.classes.items()}
    one, four = (figures.matching[kind] for kind in KINDS)
    per_million = statistics.mean(share * (four if name == "or4" else one) for name, share in shares.items())
    return Model(base, max(0.0, per_shard), max(0.0, per_million))


def needs(figures: Figures, size: Size, assumed: Assumed, counts: Sequence[int] = COUNTS) -> list[Need]:
    """For each count of articles like those of a corpus."""
    model = fit(figures)
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
