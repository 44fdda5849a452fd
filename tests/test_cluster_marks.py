"""Marks made from the texts of a page alone: the same as those found in the analyzed articles."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import Analyzer
from index.article import Article
from searcher.cluster import marks
from searcher.cluster.marks import MarkedText, TextMarker
from searcher.engine import Span
from searcher.query import And, FieldName, Fuzzy, Not, Or, Phrase, Prefix, Query, Wildcard, Word
from searcher.spans import AnalyzedArticle, find_spans
from tests import invented
from tests.test_search_oracle import random_query

ANALYZER = Analyzer()
Marks = tuple[tuple[Span, ...], tuple[Span, ...]]


def expected(query: Query, articles: list[Article]) -> list[Marks]:
    return [find_spans(query, AnalyzedArticle.of(article, ANALYZER)) for article in articles]


def marked(marker: TextMarker, query: Query, articles: list[Article]) -> list[Marks]:
    return marker.mark(query, [MarkedText(article.title, article.body, article.published) for article in articles])


def test_random_queries_are_marked_as_in_the_analyzed_articles() -> None:
    """Random trees of all leaves and operators have the same marks in pages of ten invented articles."""
    rng = random.Random(5)
    articles = invented.articles(60)
    marker = TextMarker(ANALYZER)
    for _ in range(400):
        query = random_query(rng)
        page = rng.sample(articles, 10)
        assert marked(marker, query, page) == expected(query, page), query


_WORDS = st.sampled_from([*invented.WORDS, "us", "U.S.A.", "e", "C#", "#", "x²", "İ", "co", "Ⅷ", "ﬁn", "19", "a.b", "😀"])
_TEXTS = st.lists(_WORDS | st.text(max_size=4), min_size=1, max_size=25).map(" ".join)


@st.composite
def leaves(draw: st.DrawFn) -> Query:
    text = draw(_WORDS | _TEXTS)
    field: FieldName | None = draw(st.sampled_from([None, "title"]))
    kinds: tuple[Query, ...] = (
        Word(text, field),
        Phrase(text, field, draw(st.integers(0, 5))),
        Prefix(text[:3], field),
        Wildcard(f"{text[:2]}*", field),
        Fuzzy(text[:9], draw(st.integers(1, 2)), field),
    )
    return draw(st.sampled_from(kinds))


@settings(deadline=None, max_examples=300)
@given(texts=st.lists(st.tuples(_TEXTS, _TEXTS), min_size=1, max_size=4), asked=st.lists(leaves(), min_size=1, max_size=4))
def test_any_text_is_marked_as_the_analyzed_article(texts: list[tuple[str, str]], asked: list[Query]) -> None:
    """Whatever stands in titles, bodies and leaves: signs, other scripts, lone marks, characters that grow when folded."""
    articles = [Article(title, body) for title, body in texts]
    children = tuple(asked)
    for query in (Or(children), And(children), And((children[0], Not(children[-1])))):
        assert marked(TextMarker(ANALYZER), query, articles) == expected(query, articles)


def test_forms_are_shared_by_threads_and_do_not_grow_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many threads mark at once with one marker that forgets its words again and again, and all marks are right."""
    monkeypatch.setattr(marks, "_KEPT_TOKENS", 50)
    articles = invented.articles(30)
    marker = TextMarker(ANALYZER)
    failures: list[Query] = []

    def ask(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(40):
            query = random_query(rng)
            page = rng.sample(articles, 5)
            if marked(marker, query, page) != expected(query, page):
                failures.append(query)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert marker._forms.size <= 50 + sum(len(ANALYZER.analyze(word)) for word in invented.WORDS) * 2
