"""Every kind of query against two oracles, one that reads every article and stock Whoosh: same articles, scores, order."""

from __future__ import annotations

import contextlib
import math
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from index.analysis import Analyzer
from index.article import Article, parse_time
from index.document import keyword
from index.embedded import EmbeddedIndex
from index.schema import LENGTH_UNIT, ZoneWeights
from searcher.config import Config
from searcher.embedded import EmbeddedEngine
from searcher.engine import EngineResult, SearchRequest, Sort
from searcher.query import All, And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Undated, Wildcard, Word
from searcher.ranking import RankingProfile
from tests import invented
from tests.oracle import Oracle
from tests.whoosh_oracle import WhooshOracle

WEIGHTS = ZoneWeights()
START = datetime(2025, 1, 1, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    ranking = Config().ranking
    return Oracle(invented.articles(100), ranking.weights, ranking.k1, ranking.b, ranking.surface)


@pytest.fixture(scope="module", params=["one segment", "several segments with deletions"])
def engine(request: pytest.FixtureRequest, oracle: Oracle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    index = EmbeddedIndex(tmp_path_factory.mktemp("data") / "index", Analyzer(), oracle.weights)
    engine = EmbeddedEngine(index, Config())
    if request.param == "one segment":
        with index.writer() as writer:
            for article in oracle.articles:
                writer.add(article)
    else:
        _write_in_pieces(index, oracle)
    yield engine
    engine.close()


def _write_in_pieces(index: EmbeddedIndex, oracle: Oracle) -> None:
    """Several commits, with strangers that come and go: what is left is what the oracle holds."""
    strangers = invented.articles(30, seed=2)
    for start in range(0, len(oracle.articles), 60):
        with index.writer() as writer:
            for article in oracle.articles[start : start + 60]:
                writer.add(article)
    with index.writer() as writer:
        for stranger in strangers:
            writer.add(stranger)
    with index.writer() as writer:
        for article in oracle.articles[: len(strangers)]:
            writer.add(article)


def random_query(rng: random.Random, depth: int = 2) -> Query:
    """A query tree over the vocabulary of the invented articles."""
    if depth and rng.random() < 0.6:
        children = tuple(random_query(rng, depth - 1) for _ in range(rng.randint(1, 3)))
        if rng.random() < 0.2:
            children = (*children, children[0])
        kind = rng.randrange(4)
        return And(children) if kind < 2 else Or(children) if kind == 2 else Not(children[0])
    return random_leaf(rng)


def random_leaf(rng: random.Random) -> Query:
    word = rng.choice(invented.WORDS)
    letters = "".join(filter(str.isalnum, word))
    field = rng.choice((None, None, None, "title"))
    boost = rng.choice((1.0, 1.0, 2.5, 0.0))
    at = START + timedelta(days=rng.randrange(365))
    leaves: tuple[Query, ...] = (
        Word(word, field, boost),
        Word(word, field, boost),
        Phrase(" ".join(rng.choices(invented.WORDS, k=rng.randint(1, 3))), field, 0, boost),
        Phrase(f"{word} {rng.choice(invented.WORDS)}", field, rng.randint(1, 4), boost),
        Prefix(word[: rng.randint(1, 3)].strip("#'-"), field, boost),
        Wildcard(f"{word[0]}*{word[-1]}", field, boost),
        Wildcard(f"*{letters[-2:]}{rng.choice('*?')}*", field, boost),
        Fuzzy(letters, rng.randint(1, 2), field, boost),
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


@pytest.mark.parametrize("seed", range(10))
def test_random_queries_answer_as_the_oracle(engine: EmbeddedEngine, oracle: Oracle, seed: int) -> None:
    """Random trees of all leaves and operators give the oracle's articles, total, order and scores, deletions or not."""
    rng = random.Random(seed)
    for _ in range(100):
        query = random_query(rng)
        expected = oracle.search(query)
        result = answer(engine, query)

        assert result.total == len(expected), query
        assert [hit.id for hit in result.hits] == [found.article.id for found in expected], query
        assert [hit.score for hit in result.hits] == pytest.approx([found.score for found in expected], abs=1e-6), query


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
def test_pages_filters_and_facets_are_those_of_all_matches(engine: EmbeddedEngine, oracle: Oracle, sort: Sort) -> None:
    """Any page of any order is a cut of the whole, filters leave what they say, each facet ignores its own filter."""
    rng = random.Random(sort)
    for _ in range(60):
        query = random_query(rng)
        after = START + timedelta(days=rng.randrange(200))
        request = SearchRequest(
            query,
            limit=rng.choice((1, 3, 10, 1000)),
            offset=rng.choice((0, 0, 1, 7, 30, 500)),
            sort=sort,
            sources=rng.choice(((), ("harbor times",), ("Gulf 24/7", "The Q&A Post"))),
            after=rng.choice((None, after)),
            before=rng.choice((None, after + timedelta(days=rng.randrange(1, 150)))),
            snippets=False,
        )
        found = [one.article for one in oracle.search(query)]
        in_sources = [article for article in found if _is_from(article, request)]
        in_time = [article for article in found if _is_within(article, request)]
        both = [article for article in in_sources if article in in_time]
        if sort != "relevance":
            both.sort(key=lambda article: (_moment(article, sort), article.id))
        result = engine.search(request)

        assert result.total == len(both), request
        assert [hit.id for hit in result.hits] == [article.id for article in both[request.offset :][: request.limit]], request
        assert {value.value: value.count for value in result.facets.source} == Counter(a.source for a in in_time), request
        months = Counter(article.published[:7] if article.published else None for article in in_sources)
        assert {value.value: value.count for value in result.facets.month} == months, request


def _is_from(article: Article, request: SearchRequest) -> bool:
    return not request.sources or keyword(article.source or "") in map(keyword, request.sources)


def _is_within(article: Article, request: SearchRequest) -> bool:
    if request.after is None and request.before is None:
        return True
    moment = parse_time(article.published) if article.published else None
    return moment is not None and (request.after or moment) <= moment and (request.before is None or moment < request.before)


def _moment(article: Article, sort: Sort) -> float:
    if article.published is None:
        return math.inf
    return parse_time(article.published).timestamp() * (-1 if sort == "newest" else 1)


def test_stock_whoosh_gives_the_same_matches_and_scores(oracle: Oracle, tmp_path: Path) -> None:
    """Stock Whoosh, reading the same files, finds the same articles; with nothing deleted its scores are the same as well."""
    index = EmbeddedIndex(tmp_path / "index", Analyzer(), oracle.weights)
    engine = EmbeddedEngine(index, Config())
    with index.writer() as writer:
        for article in oracle.articles:
            writer.add(article)
    _agree(index, engine, oracle, random.Random(11), scores=True)
    with index.writer() as writer:
        for stranger in invented.articles(30, seed=2):
            writer.add(stranger)
        writer.delete(str(oracle.articles[50].id))
    _agree(index, engine, oracle, random.Random(12), scores=False)
    engine.close()


def _agree(index: EmbeddedIndex, engine: EmbeddedEngine, oracle: Oracle, rng: random.Random, *, scores: bool) -> None:
    current = index.current()
    profile = RankingProfile(oracle.k1, oracle.b, oracle.surface)
    average = current.manifest.length / LENGTH_UNIT / current.manifest.articles
    with contextlib.closing(WhooshOracle(index.path / current.directory, profile, average)) as whoosh:
        for _ in range(150):
            query = random_query(rng)
            expected = whoosh.search(query)
            ours = {hit.id: hit.score for hit in answer(engine, query).hits}
            assert ours.keys() == expected.keys(), query
            if scores:
                assert ours == pytest.approx(expected, abs=1e-6), query
