"""The set algebra of evaluation, the choice of a page, expansions and phrases, against plain Python definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import Analyzer
from index.article import Article
from index.embedded import EmbeddedIndex
from index.schema import ZoneWeights
from searcher import vocabulary
from searcher.config import Config
from searcher.embedded import EmbeddedEngine
from searcher.engine import SearchRequest
from searcher.lru import ByteLru
from searcher.matches import (
    Dense,
    Known,
    Matches,
    Sparse,
    Where,
    collected,
    complement,
    dense,
    intersection,
    known,
    scaled,
    union,
)
from searcher.ordering import at_least
from searcher.query import And, Fuzzy, Or, Phrase, Prefix, Query, Wildcard, Word
from searcher.ranking import RankingProfile
from tests.oracle import Oracle

SIZE = 60

Held = dict[int, float]


def as_sparse(held: Held) -> Sparse:
    documents = sorted(held)
    return Sparse(np.array(documents, np.int64), np.array([held[document] for document in documents], float))


def as_dense(held: Held) -> Dense:
    mask, scores = np.zeros(SIZE, np.bool_), np.zeros(SIZE)
    for document, score in held.items():
        mask[document], scores[document] = True, score
    return dense(mask, scores)


def content(matches: Matches) -> Held:
    held = known(matches, SIZE)
    documents = held.documents.tolist()
    scores = held.scores
    if isinstance(scores, float):
        return dict.fromkeys(documents, scores)
    return dict(zip(documents, (scores if isinstance(held, Sparse) else scores[documents]).tolist(), strict=True))


SCORES = st.integers(-8, 8).map(lambda value: value / 4)  # sums of them are exact


@st.composite
def sets(draw: Any) -> tuple[Matches, Held]:
    """A set in any form, and what is in it."""
    held: Held = draw(st.dictionaries(st.integers(0, SIZE - 1), SCORES, max_size=SIZE))
    form = draw(st.sampled_from(("sparse", "dense", "sparse of one score", "dense of one score", "where")))
    if form == "sparse":
        return as_sparse(held), held
    if form == "dense":
        return as_dense(held), held
    if form == "where":
        mask = as_dense(held).mask
        return Where(lambda documents: mask[documents], SIZE), dict.fromkeys(held, 0.0)
    score = draw(SCORES)
    one: Known = Sparse(as_sparse(held).documents, score) if form.startswith("sparse") else dense(as_dense(held).mask, score)
    return one, dict.fromkeys(held, score)


@settings(max_examples=200, deadline=None)
@given(st.lists(sets(), max_size=4))
def test_union_holds_what_any_part_holds_and_adds_scores(parts: list[tuple[Matches, Held]]) -> None:
    """A union of sets in any forms is that of dictionaries."""
    expected: Held = {}
    for _, held in parts:
        for document, score in held.items():
            expected[document] = expected.get(document, 0.0) + score

    assert content(union([part for part, _ in parts], SIZE)) == expected


@settings(max_examples=200, deadline=None)
@given(st.lists(sets(), min_size=1, max_size=4), st.lists(sets(), max_size=2))
def test_intersection_holds_what_all_parts_hold(parts: list[tuple[Matches, Held]], excluded: list[tuple[Matches, Held]]) -> None:
    """An intersection of sets in any forms, less others, is that of dictionaries."""
    documents = set.intersection(*(set(held) for _, held in parts)) - {one for _, held in excluded for one in held}
    expected = {document: sum(held[document] for _, held in parts) for document in documents}

    assert content(intersection([part for part, _ in parts], [part for part, _ in excluded], SIZE)) == expected


@given(sets(), st.sets(st.integers(0, SIZE - 1)))
def test_complement_holds_the_live_documents_that_do_not_match(one: tuple[Matches, Held], deleted: set[int]) -> None:
    """What is deleted is in no complement, and scores there are 0."""
    matches, held = one
    live = np.ones(SIZE, np.bool_)
    live[list(deleted)] = False

    assert content(complement(matches, live)) == dict.fromkeys(set(range(SIZE)) - deleted - set(held), 0.0)


@given(sets(), st.sampled_from((0.0, 1.0, 2.5, -1.0)))
def test_scaled_multiplies_scores(one: tuple[Matches, Held], factor: float) -> None:
    """The same documents, whatever the factor."""
    matches, held = one

    assert content(scaled(matches, factor)) == {document: score * factor for document, score in held.items()}


@pytest.mark.parametrize("count", [0, 2, 3, 40])
def test_collected_takes_documents_in_any_order_and_often(count: int) -> None:
    """Both forms that it can give hold each document once."""
    documents = [(7 * i) % 41 for i in range(count)] * 2

    assert content(collected(np.array(documents, np.int64), 1.0, SIZE)) == dict.fromkeys(documents, 1.0)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from((1, 10, 200, 4096, 4097, 50_000)), st.sampled_from((1, 3, 10, 60)))
def test_block_maxima_miss_none_of_the_greatest(seed: int, count: int, wanted: int) -> None:
    """The indices hold every value that is not less than the wanted-th greatest, each once, ties and all."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, rng.integers(2, 1000), count).astype(float)
    least = np.sort(values)[max(count - wanted, 0)]
    found = at_least(values, wanted, 0.0)

    assert len(np.unique(found)) == len(found)
    assert set(np.flatnonzero(values >= least)) <= set(found)


def test_the_least_recently_used_is_dropped_first() -> None:
    """Reading keeps a value; what is too large for the whole is not kept at all."""
    lru: ByteLru[str] = ByteLru(100)
    for key in "abcd":
        lru.put(key, key, 25)
    lru.get("a")
    lru.put("e", "e", 25)
    lru.put("f", "f", 26)

    assert [lru.get(key) for key in "abcdef"] == ["a", None, "c", "d", "e", None]


WORDS = ("aa", "ab", "ba", "abab", "élan", "u.s.", "a-b", "中国")
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
BOOSTS = st.sampled_from((1.0, 1.0, 2.0, 0.0, -1.0))
FIELDS = st.sampled_from((None, None, "title"))
LEAVES = st.one_of(
    st.builds(Word, st.sampled_from(WORDS), FIELDS, BOOSTS),
    st.builds(Phrase, TEXTS, FIELDS, st.integers(0, 3), BOOSTS),
    st.builds(Prefix, st.sampled_from(("a", "ab", "é", "中")), FIELDS, BOOSTS),
    st.builds(Wildcard, st.sampled_from(("a*b", "*a", "?b*", "*b?", "ab", "é*", "*la?", "a?")), FIELDS, BOOSTS),
    st.builds(Fuzzy, st.sampled_from(("ab", "abba", "elan")), st.integers(1, 2), FIELDS, BOOSTS),
)
TREES: st.SearchStrategy[Query] = st.one_of(
    LEAVES,
    st.lists(LEAVES, min_size=1, max_size=3).map(lambda leaves: Or(tuple(leaves))),
    st.lists(LEAVES, min_size=1, max_size=3).map(lambda leaves: And(tuple(leaves))),
)
CORPORA = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def fresh_engine(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[Article]], EmbeddedEngine]:
    """An engine over articles, each time in a folder of its own."""

    def made(articles: list[Article]) -> EmbeddedEngine:
        index = EmbeddedIndex(tmp_path_factory.mktemp("tiny") / "index", Analyzer(), ZoneWeights())
        with index.writer() as writer:
            for article in articles:
                writer.add(article)
        return EmbeddedEngine(index, Config())

    return made


@settings(max_examples=60, deadline=None)
@given(corpus=CORPORA, queries=st.lists(TREES, min_size=5, max_size=15))
def test_tiny_corpora_answer_as_the_oracle(
    fresh_engine: Callable[[list[Article]], EmbeddedEngine], corpus: list[tuple[str, str]], queries: list[Query]
) -> None:
    """Few words in few articles: every coincidence of positions, ties, absent words and negative boosts comes up."""
    articles = [Article(id=f"t{number}", title=title, body=body) for number, (title, body) in enumerate(corpus)]
    ranking = Config().ranking
    oracle = Oracle(articles, ZoneWeights(), ranking.k1, ranking.b, ranking.surface)
    engine = fresh_engine(articles)
    for query in queries:
        expected = oracle.search(query)
        result = engine.search(SearchRequest(query, limit=100, snippets=False, facets=False))

        assert [hit.id for hit in result.hits] == [found.article.id for found in expected], query
        assert [hit.score for hit in result.hits] == pytest.approx([found.score for found in expected], abs=1e-6), query
    engine.close()


def test_a_prefix_of_very_many_words_finds_all_of_them(fresh_engine: Callable[[list[Article]], EmbeddedEngine]) -> None:
    """Whatever the number of words, a prefix finds all, and its negation none of them."""
    articles = [Article(id=f"p{number:04d}", title="many", body=f"pre{number} word") for number in range(2000)]
    engine = fresh_engine(articles)
    for query in (Prefix("pre"), Wildcard("pr*"), Wildcard("*re*"), Wildcard("p?e*")):
        result = engine.search(SearchRequest(query, snippets=False, facets=False))

        assert result.total == 2000, query
        assert [hit.id for hit in result.hits] == [f"p{number:04d}" for number in range(10)], query
    engine.close()


def test_words_are_expanded_piece_by_piece(
    fresh_engine: Callable[[list[Article]], EmbeddedEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few postings and terms are read at once, the same articles are found."""
    articles = [Article(id=f"p{number:02d}", title="many", body=f"pre{number} word{number % 7} all") for number in range(50)]
    engine, small = fresh_engine(articles), fresh_engine(articles)
    for query in (
        Prefix("pre"),
        Wildcard("*r*"),
        Wildcard("w?rd?"),
        Fuzzy("wors1"),
        Fuzzy("al"),
        Prefix("nothing"),
        Wildcard("*xx"),
    ):
        request = SearchRequest(query, limit=100)
        expected = engine.search(request)
        with monkeypatch.context() as patch:
            patch.setattr(vocabulary, "_POSTINGS_AT_ONCE", 3)
            patch.setattr(vocabulary, "_TERMS_AT_ONCE", 2)
            assert small.search(request).hits == expected.hits, query
    engine.close()
    small.close()


def test_what_has_neither_weight_nor_length_scores_nothing() -> None:
    """Where zones weigh nothing and repetition adds nothing, the score is 0, not the quotient of two zeros."""
    scores = RankingProfile(k1=0.0).bm25(2.0, np.array([0.0, 1.0]), np.zeros(2))
    assert scores.tolist() == [0.0, 2.0]


def test_no_phrase_reaches_from_title_into_body(fresh_engine: Callable[[list[Article]], EmbeddedEngine]) -> None:
    """However many words may stand between, words near one another are all in the title or all in the body."""
    apart = Article(id="apart", title="some walrus", body="tusk of some kind")
    near = Article(id="near", title="none", body=f"walrus {'and ' * 99}tusk")
    engine = fresh_engine([apart, near])
    for slop, expected in ((98, []), (99, ["near"]), (100, ["near"]), (101, ["near"]), (5000, ["near"])):
        result = engine.search(SearchRequest(Phrase("walrus tusk", slop=slop)))

        assert [hit.id for hit in result.hits] == expected, slop
    engine.close()
