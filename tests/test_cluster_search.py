"""Searching on a real cluster against the oracle that reads every article: same articles, totals, pages, facets, marks; scores
as near as Lucene's statistics come.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from index.analysis import Analyzer
from index.article import Article
from index.cluster.connection import Connection, path_of
from index.cluster.generations import ClusterIndex
from index.cluster.mapping import IndexSpec, index_body
from index.cluster.settings import ClusterSettings
from index.embedded import EmbeddedIndex
from index.errors import ClusterRefused, IndexDamaged, IndexMissing, UnsupportedQuery
from searcher.cluster import facets
from searcher.cluster.compilation import MOST_CLAUSES
from searcher.cluster.engine import ClusterEngine
from searcher.config import Config
from searcher.embedded import EmbeddedEngine
from searcher.engine import FacetValue, Hit, SearchRequest, Sort
from searcher.parser import parse
from searcher.query import All, And, Fuzzy, Not, Or, Phrase, Prefix, Query, Wildcard, Word
from tests import invented
from tests.cluster.nodes import Cluster
from tests.cluster_engines import SPEC, WEIGHTS, Made, answer, engines, kendall_tau, load
from tests.oracle import Oracle
from tests.test_search_oracle import START, _is_from, _is_within, _moment, random_query

# The invented articles are full of compounds, whose joined forms count in Lucene's average length and not in ours.
SCORE_TOLERANCE = 0.25
RANK_FLOOR = 0.95


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    ranking = Config().ranking
    return Oracle(invented.articles(100), WEIGHTS, ranking.k1, ranking.b, ranking.surface)


@pytest.fixture(scope="module")
def make(cluster: Cluster) -> Iterator[Callable[..., Made]]:
    with engines(cluster) as made:
        yield made


@pytest.fixture(scope="module", params=["one shard", "three shards with deletions"])
def engine(request: pytest.FixtureRequest, make: Callable[..., Made], oracle: Oracle) -> Iterator[ClusterEngine]:
    if request.param == "one shard":
        engine, _ = make(oracle.articles, shards=1)
    else:
        engine, index = make(invented.articles(30, seed=2), shards=3)
        strangers = [{"delete": {"_id": f"stranger{number}"}} for number in range(9)]
        load(index, [article_like(one, f"stranger{i}") for i, one in enumerate(oracle.articles[:9])])
        lines = "".join(json.dumps(line) + "\n" for line in strangers)
        index.connection.request("POST", path_of(index.name, "_bulk"), body=lines)
        load(index, oracle.articles)
    yield engine
    engine.close()


def article_like(article: Article, article_id: str) -> Article:
    return Article.from_mapping({**article.to_mapping(), "id": article_id})


@pytest.mark.parametrize("seed", range(4))
def test_random_queries_find_the_oracles_articles(engine: ClusterEngine, oracle: Oracle, seed: int) -> None:
    """Random trees of all leaves and operators give the oracle's articles and total, deletions or not."""
    rng = random.Random(seed)
    for _ in range(75):
        query = random_query(rng)
        expected = oracle.search(query)
        result = answer(engine, query)

        assert {hit.id for hit in result.hits} == {found.article.id for found in expected}, query
        assert result.total == len(expected), query
        assert list(engine.articles(query)) == sorted(str(found.article.id) for found in expected), query


def test_scores_are_near_the_oracles_and_rank_alike(make: Callable[..., Made], oracle: Oracle) -> None:
    """Every score is the formula's within a quarter, over three shards; the orders correlate (Kendall) above 0.95 in the mean."""
    engine, _ = make(oracle.articles, shards=3)
    rng = random.Random(21)
    correlations = []
    for number in range(150):
        words = tuple(Word(word) for word in rng.sample(invented.WORDS, rng.randint(1, 4)))
        query = (Or, And)[number % 4 == 3](words) if number % 3 else random_query(rng)
        expected = {str(found.article.id): found.score for found in oracle.search(query)}
        ours = {hit.id: hit.score for hit in answer(engine, query).hits}
        assert ours == pytest.approx(expected, rel=SCORE_TOLERANCE, abs=1e-5), query
        if len({round(score, 4) for score in expected.values()}) >= 5:
            correlations.append(kendall_tau(list(expected.values()), [ours[one] for one in expected]))
    mean = sum(correlations) / len(correlations)
    print(f"Kendall's tau over {len(correlations)} queries: mean {mean:.4f}, least {min(correlations):.4f}")
    assert mean >= RANK_FLOOR


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
def test_pages_filters_and_facets_are_those_of_all_matches(engine: ClusterEngine, oracle: Oracle, sort: Sort) -> None:
    """Any page of any order is a cut of the whole, filters leave what they say, each facet ignores its own filter."""
    rng = random.Random(sort)
    for _ in range(40):
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
            facets=rng.random() < 0.7,
        )
        found = [one.article for one in oracle.search(query)]
        in_sources = [article for article in found if _is_from(article, request)]
        in_time = [article for article in found if _is_within(article, request)]
        both = [str(article.id) for article in in_sources if article in in_time]
        if sort == "relevance":
            whole = [hit.id for hit in engine.search(request._replace(limit=1000, offset=0)).hits]
            assert sorted(whole) == sorted(both), request
            both = whole
        else:
            both.sort(key=lambda one: (_moment(by_id(oracle)[one], sort), one))
        result = engine.search(request)

        assert result.total == len(both), request
        assert [hit.id for hit in result.hits] == both[request.offset :][: request.limit], request
        if request.facets:
            named = Counter(article.source for article in in_time)
            assert result.facets.source == tuple(values(named)), request
            months = Counter(article.published[:7] if article.published else None for article in in_sources)
            by_month = sorted(months.items(), key=lambda item: item[0] or "z")
            assert result.facets.month == tuple(FacetValue(*item) for item in by_month), request
        else:
            assert result.facets == ((), ())


def by_id(oracle: Oracle) -> dict[str, Article]:
    return {str(article.id): article for article in oracle.articles}


def values(named: Counter[str | None]) -> Iterator[FacetValue]:
    """Most frequent first, then by name, those without a source last."""
    for name, count in sorted(named.items(), key=lambda item: (item[0] is None, -item[1], item[0] or "")):
        yield FacetValue(name, count)


def test_the_cluster_stems_what_is_asked_as_it_stemmed_the_text(make: Callable[..., Made]) -> None:
    """Words whose stem differs between releases of the stemmer are found as written and in their other forms."""
    words = ("organizations", "emergency", "intervals", "universities", "evenings", "biologists", "added", "2024")
    engine, _ = make([Article(word, "nothing else", id=word) for word in words])
    for word in (*words, "organization", "emergencies", "interval", "university", "evening", "biologist", "adding"):
        ids = {hit.id for hit in answer(engine, Word(word)).hits}
        assert any(one[:3] == word[:3] for one in ids), word
        assert all(one[:3] == word[:3] for one in ids), word


def test_equal_scores_go_newest_first_then_by_id(make: Callable[..., Made]) -> None:
    """Articles of one text differ in date and id alone, on every shard; undated ones come last in every order."""
    dates = ("2025-03-01", "2024-01-01", None)
    articles = [Article("War", "the same text", id=f"t{number:02d}", published=dates[number % 3]) for number in range(30)]
    engine, _ = make(articles, shards=3)
    by_date = {date: [str(one.id) for one in articles if one.published == date] for date in dates}
    expected = {
        "relevance": by_date["2025-03-01"] + by_date["2024-01-01"] + by_date[None],
        "newest": by_date["2025-03-01"] + by_date["2024-01-01"] + by_date[None],
        "oldest": by_date["2024-01-01"] + by_date["2025-03-01"] + by_date[None],
    }
    for sort, ids in expected.items():
        assert [hit.id for hit in answer(engine, Word("war"), sort=sort).hits] == ids


def test_hits_are_those_of_the_embedded_engine(engine: ClusterEngine, oracle: Oracle, tmp_path: Path) -> None:
    """Titles, sources, dates, marks and snippets of a hit are the embedded engine's, and so are the marks of an article."""
    index = EmbeddedIndex(tmp_path / "index", Analyzer(), WEIGHTS)
    embedded = EmbeddedEngine(index, Config())
    with index.writer() as writer:
        for article in oracle.articles:
            writer.add(article)
    rng = random.Random(8)
    shown = 0
    for _ in range(60):
        query = random_query(rng)
        ours = {hit.id: unscored(hit) for hit in answer(engine, query, snippets=True).hits}
        theirs = embedded.search(SearchRequest(query, limit=1000))
        assert ours == {hit.id: unscored(hit) for hit in theirs.hits}, query
        shown += len(ours)
        article = rng.choice(oracle.articles)
        assert engine.spans(article, query) == embedded.spans(article, query)
    assert shown > 1000
    embedded.close()


def unscored(hit: Hit) -> Hit:
    return hit._replace(score=0.0)


def test_an_ordinary_page_is_one_request(make: Callable[..., Made], oracle: Oracle, monkeypatch: pytest.MonkeyPatch) -> None:
    """Total, hits, texts and facets under filters come in one answer; only bodies that snippets are made of are sent."""
    engine, index = make(oracle.articles)
    answer(engine, Word("war"))
    sent: list[tuple[str, str, Any]] = []
    request = index.connection.request

    def counted(method: str, path: str, **options: Any) -> Any:
        sent.append((method, path, options))
        return request(method, path, **options)

    monkeypatch.setattr(index.connection, "request", counted)
    full = SearchRequest(Word("war"), sources=("Harbor Times",), after=START)
    assert engine.search(full).hits
    assert len(sent) == 1
    assert "body" in sent[0][2]["body"]["_source"]
    engine.search(full._replace(snippets=False))
    assert "body" not in sent[1][2]["body"]["_source"]
    assert len({engine.version() for _ in range(5)}) == 5


def test_long_lists_of_sources_are_counted_exactly(make: Callable[..., Made], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where shards name only their most frequent sources, all are asked for, page by page, under the filter of time."""
    rng = random.Random(3)
    names = [f"source {number:03d}" for number in range(60)]
    articles = [
        Article("War", "text", id=f"s{i}", source=rng.choice(names[: rng.randint(1, 60)]), published=f"202{i % 6}-01-01")
        for i in range(400)
    ]
    engine, _ = make(articles, shards=3)
    monkeypatch.setattr(facets, "_MOST_SOURCES", 5)
    monkeypatch.setattr(facets, "_SOURCES_A_SHARD", 5)
    monkeypatch.setattr(facets, "_SOURCES_A_PAGE", 7)
    for after in (None, START - timedelta(days=1500)):
        counted = Counter(one.source for one in articles if after is None or str(one.published) >= after.isoformat()[:10])
        expected = sorted(counted.items(), key=lambda item: (-item[1], str(item[0])))[:5]
        found = engine.search(SearchRequest(Word("war"), after=after, sources=("source 003",), snippets=False)).facets.source
        assert [(value.value, value.count) for value in found] == expected


@pytest.mark.parametrize(
    "query",
    [
        Wildcard("*a???????????????????????"),
        Wildcard("*ab?" * 900),
        Wildcard("*" + "?" * 1000 + "a", "source"),
    ],
)
def test_patterns_with_too_many_states_are_refused(engine: ClusterEngine, query: Query) -> None:
    """What Lucene cannot compile is UnsupportedQuery that names the engine, nothing else."""
    with pytest.raises(UnsupportedQuery, match="opensearch engine cannot answer"):
        answer(engine, query)
    with pytest.raises(UnsupportedQuery):
        list(engine.articles(query))


def test_what_we_count_as_too_many_clauses_is_what_the_cluster_does(engine: ClusterEngine) -> None:
    """Queries of every kind of leaf with as many clauses as we send are taken; with one more they are refused, by us."""
    kinds: tuple[Callable[[int], tuple[Query, int]], ...] = (
        lambda i: (Word(f"word{i}"), 3),  # letters and a number: two words and their places
        lambda i: (Prefix(f"pre{i}"), 1),
        lambda i: (Phrase(f"near word {i}", slop=3), 6),
        lambda i: (Not(Word(f"{i}")), 1),
        lambda i: (Fuzzy(f"fuzz{i}"), 1),
        lambda i: (Word(f"tag {i}", "tag"), 2),
    )
    leaves: list[Query] = []
    count = 0
    while count + 6 <= MOST_CLAUSES:
        query, more = kinds[len(leaves) % len(kinds)](len(leaves))
        leaves.append(query)
        count += more
    leaves += [Prefix(f"fill{i}") for i in range(MOST_CLAUSES - count)]
    assert answer(engine, And(tuple(leaves))).total == 0
    with pytest.raises(UnsupportedQuery, match="1,025 words and parts of words"):
        answer(engine, And((*leaves, Prefix("last"))))


def test_deep_nesting_is_answered(engine: ClusterEngine, oracle: Oracle) -> None:
    """Brackets nested sixty deep find what they find without them."""
    query: Query = Word("war")
    for level in range(60):
        query = And((query, All())) if level % 2 else Or((query, Word("nowhere")))
    assert answer(engine, query).total == len(oracle.search(Word("war")))


def test_what_people_type_is_answered_or_refused_by_name(engine: ClusterEngine, oracle: Oracle) -> None:
    """Text made of words, signs and operators at random gives the oracle's articles; no error but ours comes out."""
    rng = random.Random(31)
    signs = r'AND OR NOT - ( ) " * ? ~2 ^3 title: source: \ / [ # é 中 { lang:en date:2025 % = =war 😀'
    pieces = [*invented.WORDS, *signs.split(), "\u202e", "\x07"]
    for _ in range(120):
        text = rng.choice(("", " ")).join(rng.choices(pieces, k=rng.randint(1, 12)))
        query = parse(text).query
        try:
            result = answer(engine, query)
        except UnsupportedQuery:
            continue
        assert {hit.id for hit in result.hits} == {found.article.id for found in oracle.search(query)}, text


def test_aliases_of_sources_hold_in_queries_and_filters(make: Callable[..., Made], oracle: Oracle) -> None:
    """A configured other name of a source finds its articles."""
    engine, _ = make(oracle.articles, config=Config(sources=(("HT", "Harbor Times"),)))
    count = sum(article.source == "Harbor Times" for article in oracle.articles)
    assert answer(engine, Word("ht", "source")).total == count
    assert answer(engine, All(), sources=("HT",)).total == count


def test_a_switched_alias_is_asked_anew(make: Callable[..., Made], oracle: Oracle) -> None:
    """After a rebuild with another analysis the next search is compiled by it, hits or none, and says its generation."""
    engine, index = make(oracle.articles)
    assert answer(engine, Word("visit")).generation == 1
    forms = answer(engine, Word("visit")).total
    spec = IndexSpec.of(Analyzer("italian"), WEIGHTS, SPEC.k1, SPEC.b)
    second = f"{index.name}-000002"
    index.connection.request("PUT", path_of(second), body=index_body(spec, shards=1, replicas=0))
    index.connection.request(
        "POST",
        "/_reindex",
        body={"source": {"index": f"{index.name}-000001"}, "dest": {"index": second}},
        params={"refresh": True},
    )
    actions = [
        {"remove": {"index": f"{index.name}-000001", "alias": index.name}},
        {"add": {"index": second, "alias": index.name, "is_write_index": True}},
    ]
    index.connection.request("POST", "/_aliases", body={"actions": actions})
    unstemmed = answer(engine, Word("visit"))
    assert unstemmed.generation == 2
    assert unstemmed.total < forms
    assert unstemmed.total == len(list(engine.articles(Word("visit"))))


def test_no_index_is_said_so(cluster: Cluster, cluster_settings: ClusterSettings) -> None:
    """Searching before anything was ingested, and after the index was deleted, is IndexMissing."""
    connection = Connection(cluster_settings)
    index = ClusterIndex(connection, cluster_settings, SPEC)
    engine = ClusterEngine(index, connection, Config())
    with pytest.raises(IndexMissing, match="no index"):
        engine.search(SearchRequest(Word("war")))
    index.ensure()
    assert engine.search(SearchRequest(Word("war"))).total == 0
    connection.request("DELETE", path_of(f"{index.name}-000001"))
    with pytest.raises(IndexMissing, match="no index"):
        engine.search(SearchRequest(Word("war")))
    connection.close()


def test_a_document_that_is_not_ours_is_named(make: Callable[..., Made]) -> None:
    """A document someone else wrote into the index is IndexDamaged with its id when a page would show it."""
    engine, index = make([Article("War", "text", id="ours")])
    index.connection.request("PUT", path_of(index.name, "_doc", "theirs"), body={"title": "War"}, params={"refresh": True})
    with pytest.raises(IndexDamaged, match="'theirs'"):
        engine.search(SearchRequest(Word("war")))


def test_forbidden_expensive_queries_are_refused_by_name(
    mortal_cluster: Cluster, make: Callable[..., Made], oracle: Oracle
) -> None:
    """On a cluster whose owner forbids queries that look through its terms, a prefix is UnsupportedQuery and a word is found."""
    engine, index = make(oracle.articles)
    setting = "search.allow_expensive_queries"
    index.connection.request("PUT", "/_cluster/settings", body={"persistent": {setting: False}})
    try:
        for query in (Prefix("wa"), Wildcard("w*r"), Fuzzy("war")):
            with pytest.raises(UnsupportedQuery, match=setting):
                answer(engine, query)
        assert answer(engine, Word("war")).total
    finally:
        index.connection.request("PUT", "/_cluster/settings", body={"persistent": {setting: None}})


def test_other_refusals_stay_what_they_are(make: Callable[..., Made], monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal that is not about the query is not turned into UnsupportedQuery."""
    engine, index = make([])

    def refusing(*_: Any, **__: Any) -> Any:
        raise ClusterRefused("the index is closed")

    answer(engine, Word("war"))
    monkeypatch.setattr(index.connection, "request", refusing)
    with pytest.raises(ClusterRefused, match="index is closed"):
        answer(engine, Word("war"))
