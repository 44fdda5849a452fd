"""Marks from the positions and offsets of the index are those that analyzing the article anew gives."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from index.analysis import Analyzer
from index.article import Article
from index.bulk.indexer import Indexer
from index.codec.records import Card, read_card
from index.codec.segment import SegmentReader
from index.manifest import IndexSettings
from index.schema import ZoneWeights
from searcher import marking
from searcher.lru import ByteLru
from searcher.marking import MarkReader, mark_articles
from searcher.phrases import PhraseReader
from searcher.query import And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Undated, Wildcard, Word
from searcher.spans import AnalyzedArticle, find_spans
from tests import invented

ANALYZER = Analyzer()
ODD = (
    Article(id="o1", title="U.S. GDP: 1,000.50 up", body="The COVID-19 e-mail of Xi's #Harbor2025 team. Don't re-elect."),
    Article(
        id="o2", title="Zürich co-operation", body="中国人民 and co-operation in ZURICH; co-\noperation. AT&T's 50,000 C++ x-rays"
    ),
    Article(
        id="o3", title="US and us", body="Us, US, USA and U.S.A. in the state-of-the-art F-16's cockpit" + " far" * 900 + " us"
    ),
    Article(id="o4", title="Nothing", body="?!"),
)
WORDS = (
    "us",
    "usa",
    "covid19",
    "covid",
    "cooperation",
    "operation",
    "zurich",
    "1000.50",
    "50000",
    "#harbor2025",
    "harbor",
    "art",
)


def segment_of(folder: Path, articles: list[Article]) -> SegmentReader:
    """One segment that holds the articles, by document number."""
    settings = IndexSettings(ANALYZER.fingerprint, ANALYZER.language, ZoneWeights())
    indexer = Indexer(folder, None, settings, ANALYZER, 256)
    for article in articles:
        indexer.add(article)
    (entry,) = indexer.finish(1)
    indexer.close()
    return SegmentReader(folder / entry.file)


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return [*invented.articles(60), *ODD]


@pytest.fixture(scope="module")
def segment(articles: list[Article], tmp_path_factory: pytest.TempPathFactory) -> SegmentReader:
    return segment_of(tmp_path_factory.mktemp("index"), articles)


def reader_of(segment: SegmentReader) -> MarkReader:
    return MarkReader(segment, PhraseReader(segment, "surface", ByteLru(1 << 20), 0), ANALYZER)


def random_query(rng: random.Random, depth: int = 2) -> Query:
    if depth and rng.random() < 0.5:
        children = tuple(random_query(rng, depth - 1) for _ in range(rng.randint(1, 3)))
        return rng.choice((And(children), Or(children), Not(children[0])))
    word, other = rng.choice((*invented.WORDS, *WORDS)), rng.choice((*invented.WORDS, *WORDS))
    field = rng.choice((None, None, "title"))
    leaves: tuple[Query, ...] = (
        Word(word, field),
        Word(word.upper(), field),
        Phrase(word, field),
        Phrase(f"{word} {other}", field),
        Phrase(f"{word} {other}", field, slop=rng.randint(1, 9)),
        Prefix(word[: rng.randint(1, 3)], field),
        Wildcard(f"{word[0]}*{word[-1]}", field),
        Wildcard(f"*{word[-2:]}", field),
        Fuzzy(word, rng.randint(1, 2), field),
        Undated(),
        DateRange(None, None),
        Word("harbor", "source"),
    )
    return rng.choice(leaves)


@pytest.mark.parametrize("seed", range(6))
def test_marks_are_those_of_the_analyzed_article(segment: SegmentReader, articles: list[Article], seed: int) -> None:
    """Random trees mark every article exactly as analyzing it does, several articles of a page at once, in any order."""
    rng = random.Random(seed)
    numbers = {card.id: document for document, card in cards_of(segment, range(segment.articles)).items()}
    for _ in range(60):
        query = random_query(rng)
        page = rng.sample(articles, 7)
        marked = mark_articles(reader_of(segment), cards_of(segment, [numbers[str(article.id)] for article in page]), query)
        for article, found in zip(page, marked, strict=True):
            assert found.card.id == article.id
            assert found.text.body == article.body
            expected = find_spans(query, AnalyzedArticle.of(article, ANALYZER))
            assert (found.title_marks, found.body_marks) == expected, (query, article)


def cards_of(segment: SegmentReader, documents: Iterable[int]) -> dict[int, Card]:
    return {document: read_card(segment.records("card").raw(document)) for document in documents}


def test_costly_words_are_marked_all_the_same(
    segment: SegmentReader, articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prefix that stands for too many postings is looked for in the text; the marks are the same."""
    query = Prefix("c")
    cards = cards_of(segment, range(segment.articles))
    before = mark_articles(reader_of(segment), cards, query)
    monkeypatch.setattr(marking, "_MOST_POSTINGS", 0)
    after = mark_articles(reader_of(segment), cards, query)

    assert [(one.title_marks, one.body_marks) for one in before] == [(one.title_marks, one.body_marks) for one in after]
    assert any(one.body_marks for one in after)
