"""IndexDocument: an article as postings, ready for any writer.

Give `index_document` an article; it gives back, field by field, every term with its weight and positions, and the values of
the columns. The brute-force oracle of the tests counts the same things from the text by other means.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from index.analysis import Analyzer, Token, fold
from index.article import Article, parse_time
from index.schema import LENGTH_UNIT, TITLE_GAP, UNDATED, ZoneWeights


class Posting(NamedTuple):
    """One term in one article: summed zone weights of its occurrences, and their positions (ascending)."""

    weight: float
    positions: tuple[int, ...]


Postings = Mapping[str, Posting]


@dataclasses.dataclass(frozen=True, slots=True)
class IndexDocument:
    """Postings by field name, and the columns `published` (seconds), `length` (LENGTH_UNITs), `source_name`, `article`."""

    postings: Mapping[str, Postings]
    published: int
    length: int
    source_name: str | None
    article: str


def keyword(value: str) -> str:
    """The key under which a source, tag or language is found: folded, runs of other than letters and digits one space."""
    folded = fold(value)
    key = " ".join("".join(char if char.isalnum() else " " for char in folded).split())
    return key or folded.strip()


def index_document(article: Article, analyzer: Analyzer, weights: ZoneWeights) -> IndexDocument:
    """Analyzes the article once and distributes its tokens over the fields."""
    title = analyzer.analyze(article.title)
    body = analyzer.analyze(article.body)
    title_end = title[-1].position + 1 if title else 0
    body_start = title_end + TITLE_GAP
    surface: dict[str, tuple[float, list[int]]] = {}
    stem: dict[str, tuple[float, list[int]]] = {}
    for token in title:
        _count(surface, token.term, token.position, weights.title)
        _count(stem, token.stem, token.position, weights.title)
    for token in body:
        weight = weights.lead if token.position < weights.lead_words else weights.body
        _count(surface, token.term, token.position + body_start, weight)
        _count(stem, token.stem, token.position + body_start, weight)
    body_end = body[-1].position + 1 if body else 0
    lead_end = min(body_end, weights.lead_words)
    length = weights.title * title_end + weights.lead * lead_end + weights.body * (body_end - lead_end)
    postings: dict[str, Postings] = {
        "surface": _postings(surface),
        "stem": _postings(stem),
        "title": _plain_postings((token.term, token.position) for token in title),
        "title_stem": _plain_postings((token.stem, token.position) for token in title),
        "author": _words(analyzer.analyze(article.author or "")),
        "url": _words(analyzer.analyze(article.url or "")),
        "id": _keys([article.id or ""]),
        "source": _keys([keyword(article.source)] if article.source else []),
        "tag": _keys([keyword(tag) for tag in article.tags]),
        "lang": _keys([keyword(article.lang)] if article.lang else []),
    }
    published = int(parse_time(article.published).timestamp()) if article.published else UNDATED
    return IndexDocument(
        postings=postings,
        published=published,
        length=round(length * LENGTH_UNIT),
        source_name=article.source,
        article=json.dumps(article.to_mapping(), ensure_ascii=False, separators=(",", ":")),
    )


def _count(counts: dict[str, tuple[float, list[int]]], term: str, position: int, weight: float) -> None:
    found = counts.get(term)
    if found is None:
        counts[term] = (weight, [position])
    else:
        found[1].append(position)
        counts[term] = (found[0] + weight, found[1])


def _postings(counts: dict[str, tuple[float, list[int]]]) -> Postings:
    return {term: Posting(weight, tuple(positions)) for term, (weight, positions) in counts.items()}


def _plain_postings(terms: Iterable[tuple[str, int]]) -> Postings:
    counts: dict[str, tuple[float, list[int]]] = {}
    for term, position in terms:
        _count(counts, term, position, 1.0)
    return _postings(counts)


def _words(tokens: list[Token]) -> Postings:
    return _plain_postings((token.term, token.position) for token in tokens)


def _keys(keys: list[str]) -> Postings:
    return {key: Posting(1.0, (0,)) for key in keys if key}
