"""Query classes of ours for Whoosh's matcher machinery: constant scores, expansions, column filters, proximity.

Whoosh's own constant score queries fall back to scoring, its prefix queries build trees of thousands of matchers, and its
proximity is ordered; these are the plain forms, with the scores that `searcher.ranking` documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from whoosh import matching
from whoosh.query import And, Query, Term, WrappingQuery
from whoosh.query.spans import Span, SpanWrappingMatcher

from searcher.windows import windows


def walk(matcher: Any) -> Iterator[tuple[int, float]]:
    """Document number and score of every match. (Whoosh's `all_ids` asks scorers for bounds on the way; this does not.)"""
    while matcher.is_active():
        yield matcher.id(), matcher.score()
        matcher.next()


class Documents(Query):
    """The documents that `docnums(reader)` gives, ascending, each with the same score."""

    def __init__(self, docnums: Callable[[Any], Iterable[int]], score: float = 0.0) -> None:
        self.docnums = docnums
        self.score = score

    def estimate_size(self, ixreader: Any) -> int:
        """An upper bound: all documents."""
        return int(ixreader.doc_count())

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        """A matcher over the list, ascending."""
        docnums = list(self.docnums(searcher.reader()))
        if not docnums:
            return matching.NullMatcher()
        return matching.ListMatcher(docnums, weights=[self.score] * len(docnums))


def every(score: float = 0.0) -> Documents:
    """All documents that are not deleted."""
    return Documents(lambda reader: reader.all_doc_ids(), score)


def with_any_term(field: str, terms: Iterable[str], score: float = 0.0) -> Documents:
    """The documents that hold at least one of the terms."""
    keys = [term.encode("utf-8") for term in terms]

    def docnums(reader: Any) -> list[int]:
        found: set[int] = set()
        for key in keys:
            if (field, key) in reader:
                found.update(reader.postings(field, key).all_ids())
        return sorted(found)

    return Documents(docnums, score)


def where_column(field: str, test: Callable[[Any], bool]) -> Documents:
    """The documents whose column value passes the test."""

    def docnums(reader: Any) -> list[int]:
        column = reader.column_reader(field)
        return [docnum for docnum in reader.all_doc_ids() if test(column[docnum])]

    return Documents(docnums)


class Boosted(WrappingQuery):
    """Multiplies the scores of any query; Whoosh's own boosts are ignored by some of its classes."""

    def __init__(self, child: Query, boost: float) -> None:
        super().__init__(child)
        self.boost = boost

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        """The child's matcher with its scores multiplied."""
        return matching.WrappingMatcher(self.child.matcher(searcher, context), boost=self.boost)


class Without(Query):
    """The matches and scores of one query, less the matches of another; Whoosh's AndNot lets some of those through."""

    def __init__(self, wanted: Query, unwanted: Query) -> None:
        self.wanted = wanted
        self.unwanted = unwanted

    def estimate_size(self, ixreader: Any) -> int:
        """That of the wanted query."""
        return int(self.wanted.estimate_size(ixreader))

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        """The wanted query's matcher, filtered."""
        excluded = frozenset(docnum for docnum, _ in walk(self.unwanted.matcher(searcher, context)))
        wanted = self.wanted.matcher(searcher, context)
        return matching.FilterMatcher(wanted, excluded, exclude=True) if excluded else wanted


class Near(Query):
    """All terms in any order with at most slop other positions between them; scored as their conjunction."""

    def __init__(self, field: str, terms: tuple[str, ...], slop: int) -> None:
        self.field_name = field
        self.terms_sought = terms
        self.slop = slop

    def estimate_size(self, ixreader: Any) -> int:
        """That of the conjunction."""
        return int(And([Term(self.field_name, term) for term in self.terms_sought]).estimate_size(ixreader))

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        """The conjunction's matcher, less the documents in which the terms are too far apart."""
        if any((self.field_name, term.encode("utf-8")) not in searcher.reader() for term in self.terms_sought):
            return matching.NullMatcher()
        matchers = [Term(self.field_name, term).matcher(searcher, context) for term in self.terms_sought]
        return _NearMatcher(matchers, self.terms_sought, self.slop)


class _NearMatcher(SpanWrappingMatcher):
    def __init__(self, matchers: list[Any], terms: tuple[str, ...], slop: int) -> None:
        self.matchers = matchers
        self.terms_sought = terms
        self.slop = slop
        joined = matchers[0]
        for matcher in matchers[1:]:
            joined = matching.IntersectionMatcher(joined, matcher)
        super().__init__(joined)

    def replace(self, minquality: float = 0) -> Any:
        return self if self.is_active() else matching.NullMatcher()

    def _get_spans(self) -> list[Any]:
        positions = [matcher.value_as("positions") for matcher in self.matchers]
        for chosen in windows(self.terms_sought, positions, self.slop):
            return [Span(min(place for _, place in chosen), max(place for _, place in chosen))]
        return []
