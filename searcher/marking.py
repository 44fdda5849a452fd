"""Marking: where the articles of a page satisfy the query, from the positions of the index and the token offsets it keeps.

Give `mark_articles` the cards of documents of one segment; it gives back for each its text and the spans in title and body, the
same that `searcher.spans.find_spans` finds by analyzing the article anew, but reading only the blocks of positions that hold
these documents. One lookup of a word serves all articles of the page.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from index.analysis import Analyzer
from index.article import Article
from index.codec.records import Card, Text, TokenSpans, read_texts
from index.codec.segment import SegmentReader
from index.schema import TITLE_GAP
from searcher.engine import Span
from searcher.expansion import Expansion
from searcher.lowering import AnyForm, Either, Lookup, TextLeaf, lower
from searcher.lowering import Sequence as Terms
from searcher.phrases import PhraseReader
from searcher.query import Query
from searcher.spans import AnalyzedArticle, Places, find_spans
from searcher.windows import phrase_starts, windows

Array = np.ndarray[Any, np.dtype[Any]]

# A word that stands for terms with more postings than this is looked for by analyzing the articles of the page: reading
# 200,000 postings takes 6 ms, analyzing ten articles of 190 words 4.
_MOST_POSTINGS = 200_000
# So many terms are looked for in the page one by one.
_FEW_TERMS = 32
# How far round a token its written word is looked for.
_WORD_CHARS = 64


# A satisfied leaf: the position of its first term and that term, the position of its last and that term.
Place = tuple[int, str, int, str]
# For each document of the page, by its place in it, where a leaf is satisfied.
Found = dict[int, list[Place]]


@dataclasses.dataclass(frozen=True, slots=True)
class MarkedArticle:
    """An article of a page with its marks: spans of the title and of the body."""

    card: Card
    text: Text
    title_marks: tuple[Span, ...]
    body_marks: tuple[Span, ...]


class MarkReader(NamedTuple):
    """What marks are read from: a segment, its field `surface`, and the analyzer it was made with."""

    segment: SegmentReader
    surface: PhraseReader
    analyzer: Analyzer


def mark_articles(reader: MarkReader, cards: Mapping[int, Card], query: Query) -> list[MarkedArticle]:
    """cards: those of the documents, by number; the articles come back in their order, which may be any."""
    segment = reader.segment
    page = _Page(reader, sorted(cards))
    records = segment.records("text")
    texts = read_texts(
        [records.raw(document) for document in page.documents], [cards[document].title for document in page.documents]
    )
    marked = {}
    for place, (document, text) in enumerate(zip(page.documents, texts, strict=True)):
        card = cards[document]
        marked[document] = MarkedArticle(card, text, *find_spans(query, _IndexedArticle(page, place, card, text)))
    return [marked[document] for document in cards]


class _Page:
    """The documents of one segment that are shown, ascending; finds leaves in all of them at once and remembers them."""

    def __init__(self, reader: MarkReader, documents: list[int]) -> None:
        self.segment = reader.segment
        self.documents = documents
        self.analyzer = reader.analyzer
        self._reader = reader.surface
        self._surface = reader.segment.field("surface")
        bases = self._surface.bases
        self._lows = bases[documents]
        self._highs = bases[np.add(documents, 1)]
        self._low_numbers = self._lows.tolist()
        # By the identity of leaves, which the query keeps alive: hashing one takes as long as finding it here.
        self._found: dict[int, Found | None] = {}

    def find(self, leaf: TextLeaf) -> Found | None:
        """Where a leaf on title and body is satisfied; None if that costs more than analyzing the articles of the page."""
        if id(leaf) not in self._found:
            lookup = lower(leaf, self.analyzer)
            costly = isinstance(lookup, Expansion) and self._is_costly(lookup)
            self._found[id(leaf)] = None if costly else {} if lookup is None else self._find(lookup)
        return self._found[id(leaf)]

    def _find(self, lookup: Lookup) -> Found:
        match lookup:
            case AnyForm(stem=stem):
                return self._any_of(self._forms(stem))
            case Terms(terms=terms, slop=slop):
                return self._sequences(terms, slop)
            case Either(lookups=lookups):
                found: Found = defaultdict(list)
                for one in lookups:
                    for place, places in self._find(one).items():
                        found[place] += places
                return found
            case Expansion():
                return self._any_of(self._expanded(lookup))

    def _forms(self, stem: str) -> list[int]:
        """The numbers of the surface terms with a stem."""
        number = self.segment.field("stem").terms.find(stem.encode("utf-8"))
        return [] if number is None else self.segment.forms(number)

    def _any_of(self, terms: list[int]) -> Found:
        found: Found = defaultdict(list)
        for number in terms:
            text = self._surface.terms[number].decode("utf-8")
            for place, positions in self._positions(number).items():
                found[place] += [(position, text, position, text) for position in positions]
        return found

    def _sequences(self, terms: tuple[str, ...], slop: int) -> Found:
        distinct = list(dict.fromkeys(terms))
        numbers = [number for term in distinct if (number := self._surface.terms.find(term.encode("utf-8"))) is not None]
        if len(numbers) < len(distinct):
            return {}
        by_term = {term: self._positions(number) for term, number in zip(distinct, numbers, strict=True)}
        found: Found = {}
        for place in set.intersection(*(set(positions) for positions in by_term.values())):
            positions = [by_term[term][place] for term in terms]
            found[place] = _phrases(terms, positions) if slop == 0 else _near(terms, positions, slop)
        return {place: places for place, places in found.items() if places}

    def _expanded(self, expansion: Expansion) -> list[int]:
        """The numbers of the terms it stands for; if they are many, only of those in documents of the page."""
        terms = self._reader.standing_for(expansion)
        if len(terms) > _FEW_TERMS:
            documents, counts = self._surface.documents_at(terms)
            terms = np.unique(np.repeat(terms, counts)[np.isin(documents, self.documents)])
        found: list[int] = terms.tolist()
        return found

    def _is_costly(self, expansion: Expansion) -> bool:
        """Whether reading the postings of all terms it stands for costs more than analyzing the page."""
        terms = self._reader.standing_for(expansion)
        return len(terms) > _FEW_TERMS and int(self._surface.counts_at(terms).sum()) > _MOST_POSTINGS

    def _positions(self, term: int) -> dict[int, list[int]]:
        """The positions of a term in each document of the page that holds it, counted from the document's first."""
        places = self._reader.places(term, self._lows, self._highs)
        begins, ends = places.searchsorted(self._lows).tolist(), places.searchsorted(self._highs).tolist()
        lows = self._low_numbers
        return {
            place: [position - lows[place] for position in places[begin:end].tolist()]
            for place, (begin, end) in enumerate(zip(begins, ends, strict=True))
            if end > begin
        }


def _phrases(terms: tuple[str, ...], positions: list[list[int]]) -> list[Place]:
    return [(start, terms[0], start + len(terms) - 1, terms[-1]) for start in phrase_starts(positions)]


def _near(terms: tuple[str, ...], positions: list[list[int]], slop: int) -> list[Place]:
    return [
        (position, terms[index], position, terms[index])
        for chosen in windows(terms, positions, slop)
        for index, position in chosen
    ]


class _IndexedArticle:
    """The evidence of an article that the index gives."""

    def __init__(self, page: _Page, place: int, card: Card, text: Text) -> None:
        self._page = page
        self._place = place
        self.card = card
        self.text = text
        self._title_count = text.title_tokens.length

    @property
    def published(self) -> str | None:
        """When it was published."""
        return self.card.published

    def places(self, leaf: TextLeaf) -> Places | None:
        """Where the leaf is satisfied, in characters."""
        found = self._page.find(leaf)
        if found is None:
            return self._analyzed.places(leaf)
        title: list[Span] = []
        body: list[Span] = []
        moved = self._title_count + TITLE_GAP
        for place in found.get(self._place, ()):
            if place[0] < self._title_count:
                title.append(self._span(place, 0, self.card.title, self.text.title_tokens))
            elif leaf.field != "title":
                body.append(self._span(place, moved, self.text.body, self.text.body_tokens))
        return (tuple(title), tuple(body)) if title or body else None

    def _span(self, place: Place, moved: int, text: str, tokens: TokenSpans) -> Span:
        """From where its first term begins to where its last ends. Most terms are as their part is written."""
        first, first_term, last, last_term = place
        start, end = tokens.span(first - moved)
        if text[start:end].lower() != first_term:
            start, end = self._overlaid(text, start, end, first_term)
        if last != first:
            last_start, end = tokens.span(last - moved)
            if text[last_start:end].lower() != last_term:
                end = self._overlaid(text, last_start, end, last_term)[1]
        return start, end

    def _overlaid(self, text: str, start: int, end: int, term: str) -> Span:
        """The span of a term that is not its part as written: it reaches over several parts, is a number, was folded. The
        written word that the part [start, end) belongs to is analyzed.
        """
        first = _word_start(text, start)
        for token in self._page.analyzer.analyze(text[first : _word_end(text, end)]):
            # A hashtag begins one before its first part.
            if token.term == term and first + token.start in (start, start - 1):
                return first + token.start, first + token.end
        return start, end

    @cached_property
    def _analyzed(self) -> AnalyzedArticle:
        return AnalyzedArticle.of(Article(self.card.title, self.text.body, published=self.published), self._page.analyzer)


def _word_start(text: str, place: int) -> int:
    least = max(0, place - _WORD_CHARS)
    while place > least and not text[place - 1].isspace():
        place -= 1
    return place


def _word_end(text: str, place: int) -> int:
    most = min(len(text), place + _WORD_CHARS)
    while place < most and not text[place].isspace():
        place += 1
    return place
