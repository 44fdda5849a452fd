"""Growth and layout: the same queries on ever more articles, and on as many in more shards, with and without copies.

The articles grow as those of the other benchmark do (`tests.bench.corpus.enlarge`). Beside each size, some articles without ids
are ingested, whose copies have to be looked for among all.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from tests.bench import corpus
from tests.bench.cluster.figures import Copies, Layout
from tests.bench.cluster.ground import Ground
from tests.bench.cluster.ingest import CHUNK, Spent, mapping, spend
from tests.bench.cluster.replay import Sent
from tests.bench.cluster.serving import layout, recorded
from tests.bench.corpus import Document
from tests.bench.queries import Query

NAMELESS = 500


def grow(
    ground: Ground, articles: Sequence[Document], counts: Sequence[int], queries: Mapping[str, Sequence[Query]]
) -> Iterator[tuple[Layout, Copies]]:
    """One index that grows from count to count; after each, its queries and an ingest of articles without ids."""
    name, held = "bench-growth", 0
    ground.drop(name)
    source = corpus.enlarge(articles, max(counts) + NAMELESS * len(counts))
    with ground.archive(name) as archive:
        for count in sorted(counts):
            for chunk in _chunks(itertools.islice(source, count - held)):
                archive.add(mapping(article) for article in chunk)
            held = count
            sent = recorded(archive, queries)
            laid = layout(ground, ground.index(name), sent)
            spent = Spent()
            nameless = [mapping(article, ids=False) for article in itertools.islice(source, NAMELESS)]
            spend(ground, spent, NAMELESS, partial(archive.add, nameless))
            held += NAMELESS
            yield laid, Copies(laid.articles, spent.rate())


def lay_out(
    ground: Ground, articles: Sequence[Document], layouts: Sequence[tuple[int, int]], queries: Mapping[str, Sequence[Query]]
) -> Iterator[Layout]:
    """The same articles in so many shards, each copied so many times."""
    name = "bench-layout"
    ground.drop(name)
    sent: dict[str, list[list[Sent]]] = {}
    for shards in dict.fromkeys(shards for shards, _ in layouts):
        with ground.archive(f"{name}-{shards}", shards=shards, replicas=0) as archive:
            for chunk in _chunks(articles):
                archive.add(mapping(article) for article in chunk)
            sent = sent or recorded(archive, queries)
        index = ground.index(f"{name}-{shards}")
        for replicas in (replicas for of, replicas in layouts if of == shards and replicas < ground.nodes):
            ground.client.indices.put_settings(index=index, body={"index": {"number_of_replicas": replicas}})
            yield layout(ground, index, sent)
        ground.drop(f"{name}-{shards}")


def _chunks(articles: Iterator[Document] | Sequence[Document]) -> Iterator[list[Document]]:
    source = iter(articles)
    while chunk := list(itertools.islice(source, CHUNK)):
        yield chunk
