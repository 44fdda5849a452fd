"""Spans: where in an article a query is satisfied, leaf by leaf, for marks in titles, snippets and the article page.

Give `find_spans` a query and the analyzed text of an article; it gives back the character spans of those leaves that made
the article match. A branch of OR that does not hold marks nothing, nor does a negated one; a phrase is one span.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable
from collections.abc import Sequence as Tokens
from typing import Protocol, TypeAlias

from index.analysis import Analyzer, Token
from index.article import Article, parse_time
from searcher.engine import Span
from searcher.expansion import Expansion, accepts
from searcher.lowering import AnyForm, Either, Lookup, Sequence, TextLeaf, lower
from searcher.query import And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Undated, Wildcard, Word
from searcher.windows import phrase_starts, windows

# Spans in the title and in the body.
Places: TypeAlias = tuple[tuple[Span, ...], tuple[Span, ...]]
_NOTHING: Places = ((), ())


class Zone:
    """The tokens of a title or body, looked up by term and by stem."""

    def __init__(self, tokens: Tokens[Token]) -> None:
        self._by_term: dict[str, list[Token]] = defaultdict(list)
        self._by_stem: dict[str, list[Token]] = defaultdict(list)
        for token in tokens:
            self._by_term[token.term].append(token)
            self._by_stem[token.stem].append(token)

    def spans(self, lookup: Lookup) -> list[Span]:
        """Where the lookup is found; empty if it is not."""
        match lookup:
            case AnyForm(stem=stem):
                return [(token.start, token.end) for token in self._by_stem.get(stem, ())]
            case Sequence(terms=terms, slop=slop):
                return self._sequences(terms, slop)
            case Either(lookups=lookups):
                return [span for one in lookups for span in self.spans(one)]
            case Expansion():
                test: Callable[[str], bool] = accepts(lookup)
                return [(t.start, t.end) for term, tokens in self._by_term.items() if test(term) for t in tokens]

    def _sequences(self, terms: tuple[str, ...], slop: int) -> list[Span]:
        at = [{token.position: token for token in self._by_term.get(term, ())} for term in terms]
        if not all(at):
            return []
        if slop == 0:
            starts = phrase_starts([list(tokens) for tokens in at])
            return [(at[0][start].start, at[-1][start + len(terms) - 1].end) for start in starts]
        spans: list[Span] = []
        for chosen in windows(terms, [list(tokens) for tokens in at], slop):
            spans.extend((at[i][position].start, at[i][position].end) for i, position in chosen)
        return spans


class Evidence(Protocol):
    """An article as the tree is evaluated on it."""

    @property
    def published(self) -> str | None:
        """When it was published."""
        ...

    def places(self, leaf: TextLeaf) -> Places | None:
        """Where a leaf on title and body, or on the title alone, is satisfied; None if it is not."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class AnalyzedArticle:
    """An article's title and body as zones: the evidence that its text gives, whether it is in an index or not."""

    article: Article
    title: Zone
    body: Zone
    analyzer: Analyzer

    @classmethod
    def of(cls, article: Article, analyzer: Analyzer) -> AnalyzedArticle:
        """Analyzes title and body."""
        return cls(article, Zone(analyzer.analyze(article.title)), Zone(analyzer.analyze(article.body)), analyzer)

    @property
    def published(self) -> str | None:
        """When it was published."""
        return self.article.published

    def places(self, leaf: TextLeaf) -> Places | None:
        """Looks the leaf up among the tokens."""
        lookup = lower(leaf, self.analyzer)
        if lookup is None:
            return None
        title = self.title.spans(lookup)
        body = [] if leaf.field == "title" else self.body.spans(lookup)
        return (tuple(title), tuple(body)) if title or body else None


def find_spans(query: Query, article: Evidence) -> Places:
    """Merged spans in title and in body, ascending. Filters mark nothing."""
    title, body = _find(query, article) or _NOTHING
    return _merged(title), _merged(body)


def _find(query: Query, article: Evidence) -> Places | None:
    match query:
        case Word() | Phrase() | Prefix() | Wildcard() | Fuzzy() if query.field in (None, "title"):
            return article.places(query)
        case And(children=children):
            found = [places for child in children if (places := _find(child, article)) is not None]
            return _union(found) if len(found) == len(children) else None
        case Or(children=children):
            held = [places for child in children if (places := _find(child, article)) is not None]
            return _union(held) if held else None
        case Not(child=child) if _is_decided_here(child):
            return _NOTHING if _find(child, article) is None else None
        case DateRange(start=start, end=end):
            published = parse_time(article.published) if article.published else None
            is_within = published and (start is None or start <= published) and (end is None or published < end)
            return _NOTHING if is_within else None
        case Undated():
            return _NOTHING if article.published is None else None
        case _:
            # A filter by source, tag, language, author or URL, or the negation of one: taken for satisfied.
            return _NOTHING


def _is_decided_here(query: Query) -> bool:
    """Whether title, body and date of the article decide the query."""
    match query:
        case Word() | Phrase() | Prefix() | Wildcard() | Fuzzy():
            return query.field in (None, "title")
        case And(children=children) | Or(children=children):
            return all(map(_is_decided_here, children))
        case Not(child=child):
            return _is_decided_here(child)
        case _:
            return True


def _union(found: list[Places]) -> Places:
    return tuple(span for title, _ in found for span in title), tuple(span for _, body in found for span in body)


def _merged(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Ascending, overlaps united; touching spans stay apart."""
    merged: list[Span] = []
    for start, end in sorted(set(spans)):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)
