"""One engine, many threads, commits on the way: every answer is that of one commit, whole."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from index.analysis import Analyzer
from index.article import Article
from index.embedded import EmbeddedIndex
from index.schema import ZoneWeights
from searcher.config import Config
from searcher.embedded import EmbeddedEngine
from searcher.engine import SearchRequest
from searcher.query import Query
from tests import invented
from tests.oracle import Oracle
from tests.test_search_oracle import random_query

STEPS = 6
EACH = 20


def test_threads_share_an_engine_while_commits_happen(tmp_path: Path) -> None:
    """Eight threads ask the same engine; each answer has the ids, order and scores of the commit that it says it is from."""
    articles = invented.articles(STEPS * EACH)
    ranking = Config().ranking
    oracles = [
        Oracle(articles[: EACH * (step + 1)], ZoneWeights(), ranking.k1, ranking.b, ranking.surface) for step in range(STEPS)
    ]
    rng = random.Random(5)
    queries = [random_query(rng) for _ in range(25)]
    expected = [
        [_rounded((one.article.id, one.score) for one in oracle.search(query)) for query in queries] for oracle in oracles
    ]
    index = EmbeddedIndex(tmp_path / "index", Analyzer(), ZoneWeights())
    engine = EmbeddedEngine(index, Config())
    _commit(index, articles[:EACH])
    first = engine.stats().generation
    done = threading.Event()

    def ask(seed: int) -> set[int]:
        order = random.Random(seed)
        seen: set[int] = set()
        while not done.is_set() or first + STEPS - 1 not in seen:
            number = order.randrange(len(queries))
            generation, found = _answer(engine, queries[number])
            assert found == expected[generation - first][number], queries[number]
            seen.add(generation)
        return seen

    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask, seed) for seed in range(8)]
        try:
            for step in range(1, STEPS):
                _commit(index, articles[step * EACH : (step + 1) * EACH])
        finally:
            done.set()
        seen = set.union(*(one.result() for one in asking))
    engine.close()

    assert first + STEPS - 1 in seen
    assert len(seen) > 1


def _commit(index: EmbeddedIndex, articles: list[Article]) -> None:
    with index.writer() as writer:
        for article in articles:
            writer.add(article)


def _answer(engine: EmbeddedEngine, query: Query) -> tuple[int, list[tuple[str, float]]]:
    result = engine.search(SearchRequest(query, limit=1000, snippets=False))
    return result.generation, _rounded((hit.id, hit.score) for hit in result.hits)


def _rounded(pairs: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    return [(article_id, round(score, 5)) for article_id, score in pairs]
