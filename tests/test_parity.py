"""Both engines hold the same articles and are asked the same: what must be equal is, and what may differ is measured.

Equal: totals, the articles found, facets, interpretation and notes, and for each hit marks and snippets. The order by relevance
may differ where scores do: Lucene rounds the lengths of long articles and sums in 32 bits. How far is reported (`pytest -s`).
"""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import searcher
from index.article import Article
from index.pages.profiles import Profiles
from index.pages.read import read_inputs
from searcher.config import ClusterConfig, Config
from tests import invented
from tests.cluster.nodes import Cluster
from tests.cluster_engines import kendall_tau
from tests.parity_queries import QueryMaker

SAMPLES = Path(__file__).resolve().parent.parent / "index/samples/pages"
QUERIES = 306  # eighteen of each of seventeen kinds
WHOLE = 1000  # more than there are articles

# Scores closer than this are the same for the order: Lucene's byte for the length of an article is up to 6 % off, the score less.
TIED = 1e-3
LEAST_TAU = 0.85
LEAST_MEAN_TAU = 0.97


class Pair(NamedTuple):
    """The same articles in both engines."""

    embedded: searcher.Archive
    cluster: searcher.Archive
    articles: list[Article]


def corpus() -> list[Article]:
    """The articles of the sample pages, others of their sentences shuffled, and invented ones of words that go wrong."""
    captured = datetime(2025, 11, 20, 12, tzinfo=UTC)
    read = read_inputs([str(SAMPLES)], captured=captured, profiles=Profiles.load(None))
    samples = [article for reading in read for article in getattr(reading, "articles", ())]
    first = [dataclasses.replace(article, id=f"s{number:03d}") for number, article in enumerate(samples)]
    return [*first, *_recombined(first, 250), *invented.articles(150)]


def _recombined(samples: list[Article], count: int) -> list[Article]:
    rng = random.Random(7)
    sentences = [part for article in samples for part in re.split(r"(?<=[.!?])\s+", article.body) if part]
    made = []
    for number in range(count):
        like = rng.choice(samples)
        body = "\n\n".join(" ".join(rng.choices(sentences, k=rng.randint(1, 6))) for _ in range(rng.randint(1, 9)))
        made.append(dataclasses.replace(like, id=f"r{number:03d}", title=rng.choice(samples).title, body=body, url=None))
    return made


@pytest.fixture(scope="module")
def pair(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder, name = tmp_path_factory.mktemp("parity"), f"test-parity-{random.SystemRandom().randrange(10**9)}"
    section = ClusterConfig(hosts=",".join(cluster.urls), index=name, shards=3, replicas=0)
    articles = corpus()
    try:
        with (
            searcher.open(folder / "var") as embedded,
            searcher.open(Config(data=folder / "none", engine="opensearch", cluster=section)) as clustered,
        ):
            embedded.add(articles)
            clustered.add(articles)
            yield Pair(embedded, clustered, articles)
    finally:
        cluster.delete_indices(name)


def test_the_same_queries_find_the_same(pair: Pair) -> None:
    """Totals, articles, facets, interpretation and notes of 306 queries are equal; the orders by relevance correlate."""
    taus: dict[str, float] = {}
    ratios: list[float] = []
    for query in QueryMaker(pair.articles, 11).queries(QUERIES):
        ours = pair.embedded.search(query, limit=WHOLE, snippets=False)
        theirs = pair.cluster.search(query, limit=WHOLE, snippets=False)
        assert told(theirs) == told(ours), query
        scores, others = scores_of(ours), scores_of(theirs)
        assert others.keys() == scores.keys(), query
        if len(scores) > 1:
            taus[query] = kendall_tau(list(scores.values()), [others[one] for one in scores], TIED)
        ratios += [others[one] / score for one, score in scores.items() if score]
    worst = min(taus, key=lambda query: taus[query])
    spread = np.percentile(ratios, [0, 1, 50, 99, 100]).round(4).tolist()
    print(
        f"\n{len(taus)} queries: Kendall's tau {np.mean(list(taus.values())):.4f} on average, {taus[worst]:.4f} for {worst!r};"
        f" score / our score at 0, 1, 50, 99, 100 %: {spread}"
    )

    assert len(taus) > QUERIES / 2
    assert taus[worst] >= LEAST_TAU, worst
    assert np.mean(list(taus.values())) >= LEAST_MEAN_TAU


def told(result: searcher.SearchResult) -> dict[str, Any]:
    """All of a result but its hits, time and generation, which counts rebuilds on the one side and commits on the other."""
    left_out = ("hits", "took_ms", "generation")
    return {name: value for name, value in result.to_mapping().items() if name not in left_out}


def scores_of(result: searcher.SearchResult) -> dict[str, float]:
    return {hit.id: hit.score for hit in result.hits}


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_hits_by_date_are_the_same(pair: Pair, sort: str) -> None:
    """Sorted by date, two pages of hits are equal in order, titles, dates, marks and snippets."""
    marked = 0
    for query in QueryMaker(pair.articles, 12).queries(QUERIES // 3):
        for page in (1, 2):
            ours, theirs = (one.search(query, sort=sort, page=page, facets=False) for one in (pair.embedded, pair.cluster))
            assert [unscored(hit) for hit in theirs.hits] == [unscored(hit) for hit in ours.hits], query
            marked += sum(len(snippet.marks) for hit in ours.hits for snippet in hit.snippets)
    assert marked > 500


def unscored(hit: searcher.Hit) -> searcher.Hit:
    return hit._replace(score=0.0)


def test_filters_and_facets_are_the_same(pair: Pair) -> None:
    """With filters by source and date the facets, each under all filters but its own, are equal."""
    rng = random.Random(13)
    sources = sorted({article.source for article in pair.articles if article.source})
    for query in QueryMaker(pair.articles, 14).queries(60):
        options: dict[str, Any] = {"limit": WHOLE, "snippets": False}
        options["sources"] = rng.sample(sources, rng.randint(0, 2))
        options["after"] = rng.choice((None, "2025-03", "2025-06-15"))
        options["before"] = rng.choice((None, "2025-09", "2025-11-19"))
        ours, theirs = pair.embedded.search(query, **options), pair.cluster.search(query, **options)
        assert told(theirs) == told(ours), (query, options)
        assert scores_of(theirs).keys() == scores_of(ours).keys(), (query, options)


def test_marks_of_an_article_are_the_same(pair: Pair) -> None:
    """The article page marks the same, and export gives the same articles."""
    for query in QueryMaker(pair.articles, 15).queries(60):
        hits = pair.embedded.search(query, limit=2, snippets=False, facets=False).hits
        for hit in hits:
            article = pair.embedded.article(hit.id)
            assert pair.cluster.article(hit.id) == article
            assert pair.cluster.marks(article, query) == pair.embedded.marks(article, query), query
    assert list(pair.cluster.export()) == list(pair.embedded.export())
    assert list(pair.cluster.export("strike")) == list(pair.embedded.export("strike"))


def test_stats_are_the_same(pair: Pair) -> None:
    """Articles, sources and the span of dates, and the selection for a delete."""
    ours, theirs = pair.embedded.stats().to_mapping(), pair.cluster.stats().to_mapping()
    for name in ("articles", "sources", "earliest", "latest", "ranking"):
        assert theirs[name] == ours[name]
    assert theirs["index"]["articles"] == ours["index"]["articles"]
    moment = datetime(2025, 7, 1, tzinfo=UTC)
    for source in (None, "harbor times", "Gulf 24/7"):
        for before in (None, moment):
            assert pair.cluster.select(source=source, before=before) == pair.embedded.select(source=source, before=before)
