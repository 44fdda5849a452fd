"""Every kind of query against the brute-force oracle: the same articles, the same scores, the same order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from index.analysis import Analyzer
from index.embedded import EmbeddedIndex
from index.schema import ZoneWeights
from searcher.config import Config
from searcher.embedded import EmbeddedEngine
from searcher.engine import EngineResult, SearchRequest
from searcher.query import All, And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Undated, Wildcard, Word
from tests import invented
from tests.oracle import Oracle

WEIGHTS = ZoneWeights()
START = datetime(2025, 1, 1, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    ranking = Config().ranking
    weights = ZoneWeights(ranking.title, ranking.lead, ranking.body, ranking.lead_words)
    return Oracle(invented.articles(100), weights, ranking.k1, ranking.b, ranking.surface)


@pytest.fixture(scope="module", params=["one segment", "several segments with deletions"])
def engine(request: pytest.FixtureRequest, oracle: Oracle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    index = EmbeddedIndex(tmp_path_factory.mktemp("data") / "index", Analyzer(), oracle.weights)
    engine = EmbeddedEngine(index, Config())
    if request.param == "one segment":
        with engine.writer() as writer:
            for article in oracle.articles:
                writer.add(article)
    else:
        _write_in_pieces(engine, oracle)
    yield engine
    engine.close()


def _write_in_pieces(engine: EmbeddedEngine, oracle: Oracle) -> None:
    """Several commits, with strangers that come and go: what is left is what the oracle holds."""
    strangers = invented.articles(30, seed=2)
    for start in range(0, len(oracle.articles), 60):
        with engine.writer() as writer:
            for article in oracle.articles[start : start + 60]:
                writer.add(article)
    with engine.writer() as writer:
        for stranger in strangers:
            writer.add(stranger)
    with engine.writer() as writer:
        for article in oracle.articles[: len(strangers)]:
            writer.add(article)


def random_query(rng: random.Random, depth: int = 2) -> Query:
    """A query tree over the vocabulary of the invented articles."""
    if depth and rng.random() < 0.6:
        children = tuple(random_query(rng, depth - 1) for _ in range(rng.randint(1, 3)))
        kind = rng.randrange(4)
        return And(children) if kind < 2 else Or(children) if kind == 2 else Not(children[0])
    return random_leaf(rng)


def random_leaf(rng: random.Random) -> Query:
    word = rng.choice(invented.WORDS)
    field = rng.choice((None, None, None, "title"))
    boost = rng.choice((1.0, 1.0, 2.5))
    at = START + timedelta(days=rng.randrange(365))
    leaves: tuple[Query, ...] = (
        Word(word, field, boost),
        Word(word, field, boost),
        Phrase(" ".join(rng.choices(invented.WORDS, k=rng.randint(1, 3))), field, 0, boost),
        Phrase(f"{word} {rng.choice(invented.WORDS)}", field, rng.randint(1, 4), boost),
        Prefix(word[: rng.randint(1, 3)].strip("#'-"), field, boost),
        Wildcard(f"{word[0]}*{word[-1]}", field, boost),
        Fuzzy("".join(filter(str.isalnum, word)), rng.randint(1, 2), field, boost),
        Word(rng.choice([source for source in invented.SOURCES if source]).upper(), "source"),
        Word(rng.choice(invented.TAGS), "tag"),
        Word(rng.choice(("en", "fr")), "lang"),
        Word(rng.choice(("brien", "O'Brien", "wei")), "author"),
        Phrase("news example com", "url"),
        Prefix("harb", "source"),
        DateRange(at, at + timedelta(days=rng.randrange(1, 90))),
        DateRange(None, at),
        DateRange(at, None),
        Undated(),
        All(),
    )
    return rng.choice(leaves)


def answer(engine: EmbeddedEngine, query: Query) -> EngineResult:
    return engine.search(SearchRequest(query, limit=1000, snippets=False, facets=False))


@pytest.mark.parametrize("seed", range(8))
def test_random_queries_answer_as_the_oracle(engine: EmbeddedEngine, oracle: Oracle, seed: int) -> None:
    """Random trees of all leaves and operators give the oracle's articles and its totals, deletions or not."""
    rng = random.Random(seed)
    for _ in range(40):
        query = random_query(rng)
        expected = {found.article.id: found.score for found in oracle.search(query)}
        result = answer(engine, query)

        assert {hit.id for hit in result.hits} == set(expected), query
        assert result.total == len(expected), query


def test_scores_and_order_are_the_documented_ones(oracle: Oracle, tmp_path: Path) -> None:
    """In a fresh index scores equal the oracle's within 1e-6 and hits come in its order, ties by newest, then id."""
    engine = EmbeddedEngine(EmbeddedIndex(tmp_path / "index", Analyzer(), oracle.weights), Config())
    with engine.writer() as writer:
        for article in oracle.articles:
            writer.add(article)
    rng = random.Random(7)
    for _ in range(300):
        query = random_query(rng)
        expected = oracle.search(query)
        result = answer(engine, query)

        for found, hit in zip(expected, result.hits, strict=True):
            assert hit.score == pytest.approx(found.score, abs=1e-6), query
        assert [hit.id for hit in result.hits] == [found.article.id for found in expected], query
    engine.close()
