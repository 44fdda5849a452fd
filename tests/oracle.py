"""The brute-force oracle: answers a query by reading every article from beginning to end.

Slow and obvious on purpose. It shares with the engines only the analyzer (what the words of a text are) and the query tree;
matching, statistics and scores are worked out here from token lists, as `searcher.ranking` documents them.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from index.analysis import Analyzer, Token, fold
from index.article import Article, parse_time
from index.document import keyword
from index.schema import ZoneWeights
from searcher.query import All, And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Undated, Wildcard, Word


@dataclasses.dataclass(frozen=True)
class Found:
    """An article that matches, and its score."""

    article: Article
    score: float


class Oracle:
    """Holds analyzed articles; `search` gives all matches, best first, ties by newest, then id."""

    def __init__(self, articles: Sequence[Article], weights: ZoneWeights, k1: float, b: float, surface: float) -> None:
        self.analyzer = Analyzer()
        self.weights, self.k1, self.b, self.surface = weights, k1, b, surface
        self.articles = list(articles)
        self.titles = [self.analyzer.analyze(article.title) for article in articles]
        self.bodies = [self.analyzer.analyze(article.body) for article in articles]
        leads = [[token for token in body if token.position < weights.lead_words] for body in self.bodies]
        rests = [[token for token in body if token.position >= weights.lead_words] for body in self.bodies]
        self.title_counts, self.lead_counts, self.rest_counts = (list(map(_counts, z)) for z in (self.titles, leads, rests))
        self.lengths = [self._length(i) for i in range(len(articles))]
        self.average = sum(self.lengths) / len(self.lengths)

    def search(self, query: Query) -> list[Found]:
        """All matches in the order of the sort by relevance."""
        scores = ((self.articles[i], self.score(query, i)) for i in range(len(self.articles)))
        found = [Found(article, score) for article, score in scores if score is not None]
        return sorted(found, key=lambda one: (-round(one.score, 6), -_published(one.article), one.article.id))

    def score(self, query: Query, i: int) -> float | None:
        """The score of article i, None if it does not match."""
        match query:
            case All():
                return 0.0
            case Undated():
                return 0.0 if self.articles[i].published is None else None
            case DateRange(start=start, end=end):
                published = self.articles[i].published
                if published is None:
                    return None
                moment = parse_time(published)
                return 0.0 if (start is None or start <= moment) and (end is None or moment < end) else None
            case Not(child=child):
                return 0.0 if self.score(child, i) is None else None
            case And(children=children):
                parts = [self.score(child, i) for child in children]
                return None if None in parts else sum(part for part in parts if part is not None)
            case Or(children=children):
                held = [part for child in children if (part := self.score(child, i)) is not None]
                return sum(held) if held else None
            case _:
                return self._leaf(query, i)

    @cache  # noqa: B019 - an oracle lives as long as its test
    def _leaf(self, leaf: Word | Phrase | Prefix | Wildcard | Fuzzy, i: int) -> float | None:
        article = self.articles[i]
        if leaf.field == "source":
            return self._value(leaf, [article.source] if article.source else [])
        if leaf.field == "lang":
            return self._value(leaf, [article.lang] if article.lang else [])
        if leaf.field == "tag":
            hashtags = {t.term for t in (*self.titles[i], *self.bodies[i]) if t.term.startswith("#")}
            if isinstance(leaf, Word | Phrase) and "#" + keyword(leaf.text).replace(" ", "") in hashtags:
                return 0.0
            return self._value(leaf, list(article.tags))
        if leaf.field in ("author", "url"):
            tokens = self.analyzer.analyze(getattr(article, leaf.field) or "")
            terms = self.analyzer.phrase(leaf.text)
            joined = self.analyzer.joined(leaf.text) if isinstance(leaf, Word) else None
            held = _starts(tokens, terms) or any(t.term == joined for t in tokens if joined and joined.isalpha())
            return 0.0 if held and terms else None
        return self._text(leaf, i)

    def _value(self, leaf: Word | Phrase | Prefix | Wildcard | Fuzzy, values: list[str]) -> float | None:
        if isinstance(leaf, Prefix):
            return 0.0 if any(keyword(v).startswith(keyword(leaf.text)) for v in values) else None
        assert isinstance(leaf, Word | Phrase)
        return 0.0 if keyword(leaf.text) in map(keyword, values) else None

    def _text(self, leaf: Word | Phrase | Prefix | Wildcard | Fuzzy, i: int) -> float | None:
        zones = [self.titles[i]] if leaf.field == "title" else [self.titles[i], self.bodies[i]]
        if isinstance(leaf, Prefix | Wildcard | Fuzzy):
            return leaf.boost if any(self._accepts(leaf, token.term) for zone in zones for token in zone) else None
        terms = self.analyzer.phrase(leaf.text)
        if not terms:
            return None
        parts = []
        if isinstance(leaf, Phrase) or len(terms) > 1:
            slop = leaf.slop if isinstance(leaf, Phrase) and len(terms) > 1 else 0
            if any(_near(zone, terms, slop) if slop else _starts(zone, terms) for zone in zones):
                parts.append(sum(self._bm25("term", term, leaf.field, i) for term in terms))
        if isinstance(leaf, Word):
            joined = self.analyzer.joined(leaf.text)
            word = terms[0] if len(terms) == 1 else joined if joined and joined.isalpha() else None
            if word is not None and any(t.stem == self.analyzer.stem(word) for zone in zones for t in zone):
                by_stem = self._bm25("stem", self.analyzer.stem(word), leaf.field, i)
                parts.append((1 - self.surface) * by_stem + self.surface * self._bm25("term", word, leaf.field, i))
        return leaf.boost * sum(parts) if parts else None

    def _accepts(self, leaf: Prefix | Wildcard | Fuzzy, term: str) -> bool:
        match leaf:
            case Prefix(text=text):
                return term.startswith("".join(self.analyzer.phrase(text)))
            case Wildcard(pattern=pattern):
                parts = {"*": ".*", "?": "."}
                regex = "".join(parts.get(c) or (re.escape(c) if c.isalnum() else "") for c in fold(pattern))
                return re.fullmatch(regex, term) is not None
            case Fuzzy(text=text, distance=distance):
                word = "".join(self.analyzer.phrase(text))
                return term[:1] == word[:1] and edits(term, word) <= distance

    def _bm25(self, form: str, term: str, field: str | None, i: int) -> float:
        frequency = self._frequency(form, term, field, i)
        if frequency == 0:
            return 0.0
        n = len(self.articles)
        df = self._document_frequency(form, term, field)
        idf = math.log(1 + (n - df + 0.5) / (df + 0.5))
        relative = 1.0 if field == "title" else self.lengths[i] / self.average
        return idf * frequency * (self.k1 + 1) / (frequency + self.k1 * (1 - self.b + self.b * relative))

    @cache  # noqa: B019 - an oracle lives as long as its test
    def _document_frequency(self, form: str, term: str, field: str | None) -> int:
        return sum(self._frequency(form, term, field, i) > 0 for i in range(len(self.articles)))

    def _frequency(self, form: str, term: str, field: str | None, i: int) -> float:
        in_title = self.title_counts[i][form, term]
        if field == "title":
            return float(in_title)
        lead, rest = self.lead_counts[i][form, term], self.rest_counts[i][form, term]
        return self.weights.title * in_title + self.weights.lead * lead + self.weights.body * rest

    def _length(self, i: int) -> float:
        title = len({token.position for token in self.titles[i]})
        positions = {token.position for token in self.bodies[i]}
        lead = sum(position < self.weights.lead_words for position in positions)
        return self.weights.title * title + self.weights.lead * lead + self.weights.body * (len(positions) - lead)


def _counts(tokens: list[Token]) -> Counter[tuple[str, str]]:
    return Counter((form, getattr(token, form)) for token in tokens for form in ("term", "stem"))


def _published(article: Article) -> float:
    return parse_time(article.published).timestamp() if article.published else -math.inf


def _starts(tokens: list[Token], terms: Sequence[str]) -> bool:
    """Whether the terms stand one after another somewhere."""
    at = {(token.term, token.position) for token in tokens}
    return any(all((term, start + i) in at for i, term in enumerate(terms)) for start in {t.position for t in tokens})


def _near(tokens: list[Token], terms: Sequence[str], slop: int) -> bool:
    """Whether the terms, in any order, stand within a stretch with at most slop positions to spare."""
    counted = Counter(terms)
    pools = []
    for term, count in counted.items():
        places = sorted({token.position for token in tokens if token.term == term})
        pools.append(list(itertools.combinations(places, count)))
    for choice in itertools.product(*pools):
        places = [place for chosen in choice for place in chosen]
        if max(places) - min(places) + 1 - len(terms) <= slop:
            return True
    return False


def edits(one: str, other: str) -> int:
    """Optimal string alignment distance by the full matrix."""
    table = [[max(i, j) if 0 in (i, j) else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i, j in itertools.product(range(1, len(one) + 1), range(1, len(other) + 1)):
        table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (one[i - 1] != other[j - 1]))
        if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]
