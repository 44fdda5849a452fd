"""Marks: where a query is satisfied in the texts of a page, from the texts alone.

Give `TextMarker.mark` a query and the texts of articles; it gives back for each the spans in title and body, the same that
`searcher.spans.find_spans` finds in the analyzed articles. But only words that a leaf of the query can stand for are made
tokens: the texts of the page are cut into written words at once (`index.analysis.scan`), and `Forms` remembers what each written
word met so far is analyzed to, by stem and by term, so that the words a leaf stands for are found by intersecting two sets.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, compress, filterfalse
from typing import NamedTuple

import numpy as np

from index.analysis import Analyzer, Token
from index.analysis.scan import scan
from searcher.engine import Span
from searcher.expansion import Expansion, accepts
from searcher.lowering import AnyForm, Either, Lookup, TextLeaf, lower
from searcher.lowering import Sequence as Terms
from searcher.query import And, Fuzzy, Not, Or, Phrase, Prefix, Query, Wildcard, Word
from searcher.spans import Places, Zone, find_spans

# Tokens of distinct written words remembered.
_KEPT_TOKENS = 200_000


class MarkedText(NamedTuple):
    """An article of a page: its text, and when it was published."""

    title: str
    body: str
    published: str | None


class Forms:
    """The written words met so far and their tokens. Safe for threads: a word is in `tokens` when all else is known of it."""

    def __init__(self, analyzer: Analyzer) -> None:
        self.analyzer = analyzer
        self.tokens: dict[str, tuple[Token, ...]] = {}
        self.size = 0
        self._by_stem: defaultdict[str, set[str]] = defaultdict(set)
        self._by_term: defaultdict[str, set[str]] = defaultdict(set)
        self._terms: dict[str, tuple[str, ...]] = {}
        self._wide: set[str] = set()
        self._learning = threading.Lock()

    def learn(self, words: Iterable[str]) -> None:
        """Analyzes the words that are new."""
        with self._learning:
            for word in words:
                if word in self.tokens:
                    continue
                tokens = tuple(self.analyzer.analyze(word))
                for token in tokens:
                    self._by_stem[token.stem].add(word)
                    self._by_term[token.term].add(word)
                if tokens[-1].position:
                    self._wide.add(word)
                self._terms[word] = tuple(token.term for token in tokens)
                self.tokens[word] = tokens
                self.size += len(tokens)

    def standing_for(self, lookup: Lookup, words: set[str]) -> set[str]:
        """Those of some words, all learned, that hold a term the lookup asks for."""
        match lookup:
            case AnyForm(stem=stem):
                return words & self._by_stem.get(stem, _NO_WORDS)
            case Terms(terms=terms):
                return {word for term in terms for word in words & self._by_term.get(term, _NO_WORDS)}
            case Either(lookups=lookups):
                return {word for one in lookups for word in self.standing_for(one, words)}
            case Expansion():
                held = set(chain.from_iterable(map(self._terms.__getitem__, words)))
                return {word for term in filter(accepts(lookup), held) for word in words & self._by_term[term]}

    def wide_among(self, words: set[str]) -> set[str]:
        """Those of some words, all learned, that take more than one position."""
        return words & self._wide


_NO_WORDS: set[str] = set()


class TextMarker:
    """Marks the pages of one index; analyzer: that of the index. Shared by threads."""

    def __init__(self, analyzer: Analyzer) -> None:
        self.analyzer = analyzer
        self._forms = Forms(analyzer)

    def mark(self, query: Query, texts: Sequence[MarkedText]) -> list[tuple[tuple[Span, ...], tuple[Span, ...]]]:
        """Merged spans in the title and in the body of each."""
        if self._forms.size > _KEPT_TOKENS:
            self._forms = Forms(self.analyzer)
        page = _Page(self._forms, query, texts)
        return [find_spans(query, _TextEvidence(page, place, text)) for place, text in enumerate(texts)]


class _Page:
    """The tokens of all texts that can matter to a query, and what its leaves ask for."""

    def __init__(self, forms: Forms, query: Query, texts: Sequence[MarkedText]) -> None:
        # By the identity of leaves, which the query keeps alive: hashing one takes as long as finding it here.
        self.lookups = {id(leaf): lower(leaf, forms.analyzer) for leaf in _text_leaves(query)}
        zones = [zone for text in texts for zone in (text.title, text.body)]
        lookups = [lookup for lookup in self.lookups.values() if lookup is not None]
        self._zones = _zones(forms, lookups, zones) if lookups else [Zone(())] * len(zones)

    def zones(self, place: int) -> tuple[Zone, Zone]:
        """Title and body of the text at a place."""
        return self._zones[2 * place], self._zones[2 * place + 1]


def _zones(forms: Forms, lookups: Sequence[Lookup], texts: Sequence[str]) -> list[Zone]:
    """The texts as zones, which hold no tokens but those of words that a lookup can stand for."""
    words, starts = scan("\n".join(texts))
    distinct = set(words)
    forms.learn(list(filterfalse(forms.tokens.__contains__, distinct)))
    wanted: set[str] = set().union(*(forms.standing_for(lookup, distinct) for lookup in lookups))
    # Of the other words only those matter that take more than one position.
    looked_at = wanted | forms.wide_among(distinct)
    places = list(compress(range(len(words)), map(looked_at.__contains__, words)))
    offsets = starts[places].tolist() if places else []
    # Where each text begins, the last one ends: in the joined text, and among the places.
    text_starts = np.cumsum([0, *(len(text) + 1 for text in texts)])
    bounds = np.searchsorted(offsets, text_starts).tolist()
    zones = []
    new = tuple.__new__  # Token(...) is a Python function that calls just this
    extra = 0  # positions so far beyond one a word
    for number, text_start in enumerate(text_starts[:-1].tolist()):
        tokens: list[Token] = []
        for at in range(bounds[number], bounds[number + 1]):
            word = words[places[at]]
            analyzed = forms.tokens[word]
            if word in wanted:
                base, moved = places[at] + extra, offsets[at] - text_start
                tokens += [
                    new(Token, (term, stem, base + position, moved + start, moved + end))
                    for term, stem, position, start, end in analyzed
                ]
            extra += analyzed[-1].position
        zones.append(Zone(tokens))
    return zones


def _text_leaves(query: Query) -> Iterator[TextLeaf]:
    """The leaves on title and body, or on the title alone."""
    match query:
        case Word() | Phrase() | Prefix() | Wildcard() | Fuzzy():
            if query.field in (None, "title"):
                yield query
        case And(children=children) | Or(children=children):
            for child in children:
                yield from _text_leaves(child)
        case Not(child=child):
            yield from _text_leaves(child)
        case _:
            pass


class _TextEvidence:
    """The evidence that the text of an article gives, for `find_spans`."""

    def __init__(self, page: _Page, place: int, text: MarkedText) -> None:
        self._lookups = page.lookups
        self._title, self._body = page.zones(place)
        self.published = text.published

    def places(self, leaf: TextLeaf) -> Places | None:
        """Where the leaf is satisfied."""
        lookup = self._lookups[id(leaf)]
        if lookup is None:
            return None
        title = self._title.spans(lookup)
        body = [] if leaf.field == "title" else self._body.spans(lookup)
        return (tuple(title), tuple(body)) if title or body else None
