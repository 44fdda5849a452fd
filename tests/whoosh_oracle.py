"""The second oracle: the query tree as Whoosh queries, walked by stock Whoosh's matchers on stock Whoosh's reader of our index.

It shares with the array evaluator the query tree, the lowering of leaves and the files; reading of the files (through the
codec's Whoosh seam), operators, positions and scoring are Whoosh's. Whoosh's own constant scores, prefix queries, proximity
and exclusion have traps (architecture notes), so plain forms stand in for them. Document frequencies and counts are Whoosh's:
deleted articles count until they are merged away.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from whoosh import index as whoosh_index
from whoosh import matching, scoring
from whoosh import query as wq
from whoosh.query import And as WhooshAnd
from whoosh.query import Query as WhooshQuery
from whoosh.query import Term, WrappingQuery
from whoosh.query.spans import Span, SpanWrappingMatcher
from whoosh.searching import SearchContext, Searcher

from index.analysis import Analyzer
from index.document import keyword
from index.schema import LENGTH_UNIT, UNDATED
from searcher.expansion import Expansion, accepts, literal_start
from searcher.lowering import AnyForm, Either, Lookup, Sequence, lower
from searcher.query import All, And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Undated, Wildcard, Word
from searcher.ranking import RankingProfile, inverse_document_frequency
from searcher.windows import windows


class WhooshOracle:
    """Answers from the directory of a commit, as stock Whoosh reads it. average_length: in words."""

    def __init__(self, directory: Path, profile: RankingProfile, average_length: float) -> None:
        self._index = whoosh_index.open_dir(str(directory))
        self._searcher = Searcher(self._index.reader(), weighting=_Bm25Model(profile, average_length))
        self._compiler = Compiler(self._searcher.reader(), Analyzer(), profile.surface)

    def search(self, query: Query) -> dict[str, float]:
        """The score of every match by id."""
        compiled = self._compiler.compile(query)
        found = {}
        # An index without articles has one leaf all the same, whose reader has no columns.
        leaves = [(leaf, offset) for leaf, offset in self._searcher.leaf_searchers() if leaf.doc_count_all()]
        for leaf, _ in leaves:
            for docnum, score in walk(compiled.matcher(leaf, SearchContext(weighting=leaf.weighting))):
                found[_article_id(leaf.reader(), docnum)] = score
        return found

    def close(self) -> None:
        """Closes the files."""
        self._searcher.close()
        self._index.close()


def _article_id(reader: Any, docnum: int) -> str:
    return str(json.loads(reader.stored_fields(docnum)["article"])["id"])


_KEYWORD_FIELDS = ("source", "tag", "lang")


class Compiler:
    """The query tree as a tree of Whoosh queries over the fields of `index.schema`."""

    def __init__(self, reader: Any, analyzer: Analyzer, surface_share: float) -> None:
        self._reader = reader
        self._analyzer = analyzer
        self._surface_share = surface_share

    def compile(self, query: Query) -> wq.Query:
        """The Whoosh query with the same matches and scores."""
        match query:
            case And(children=children):
                return self._all_of(children)
            case Or(children=children):
                return _any_of(self._counted(children))
            case Not(child=child):
                return Without(every(), self.compile(child))
            case All():
                return every()
            case DateRange(start=start, end=end):
                low = int(start.timestamp()) if start else UNDATED + 1
                high = int(end.timestamp()) if end else None
                return where_column("published", lambda value: low <= value and (high is None or value < high))
            case Undated():
                return where_column("published", lambda value: value == UNDATED)
            case Word() | Phrase() | Prefix() | Wildcard() | Fuzzy():
                return self._leaf(query)

    def _all_of(self, children: tuple[Query, ...]) -> wq.Query:
        wanted = self._counted(tuple(child for child in children if not isinstance(child, Not)))
        unwanted = [self.compile(child.child) for child in children if isinstance(child, Not)]
        matched = wanted[0] if len(wanted) == 1 else wq.And(wanted) if wanted else every()
        return Without(matched, _any_of(unwanted)) if unwanted else matched

    def _counted(self, children: tuple[Query, ...]) -> list[wq.Query]:
        """Each child compiled once, and scored as often as it stands there: pasted texts repeat words by the dozen."""
        return [_boosted(self.compile(child), float(count)) for child, count in Counter(children).items()]

    def _leaf(self, leaf: Word | Phrase | Prefix | Wildcard | Fuzzy) -> wq.Query:
        if leaf.field in _KEYWORD_FIELDS:
            return self._keyword(leaf)
        lookup = lower(leaf, self._analyzer)
        if lookup is None:
            return wq.NullQuery
        if leaf.field in ("author", "url"):
            return self._in_words(leaf.field, lookup)
        fields = ("title", "title_stem") if leaf.field == "title" else ("surface", "stem")
        return self._text(lookup, fields, leaf.boost)

    def _text(self, lookup: Lookup, fields: tuple[str, str], boost: float) -> wq.Query:
        surface, stem = fields
        match lookup:
            case AnyForm():
                share = self._surface_share
                by_stem = wq.Term(stem, lookup.stem, boost=boost * (1 - share))
                return wq.AndMaybe(by_stem, wq.Term(surface, lookup.term, boost=boost * share)) if share else by_stem
            case Sequence(terms=terms, slop=slop):
                if len(terms) == 1:
                    return wq.Term(surface, terms[0], boost=boost)
                return _boosted(Near(surface, terms, slop) if slop else wq.Phrase(surface, list(terms)), boost)
            case Either(lookups=lookups):
                return _any_of([self._text(one, fields, boost) for one in lookups])
            case Expansion():
                return with_any_term(surface, self._expand(surface, lookup), boost)

    def _in_words(self, field: str, lookup: Lookup) -> wq.Query:
        """Author and URL: words as written, in sequence, as a filter."""
        match lookup:
            case AnyForm(term=term):
                return with_any_term(field, [term])
            case Either(lookups=lookups):
                return _any_of([self._in_words(field, one) for one in lookups])
            case Sequence():
                return _boosted(self._text(lookup, (field, field), 1.0), 0.0)
            case Expansion():
                return with_any_term(field, self._expand(field, lookup))

    def _keyword(self, leaf: Word | Phrase | Prefix | Wildcard | Fuzzy) -> wq.Query:
        """Source, tag and language: whole values, as a filter."""
        field = str(leaf.field)
        text = leaf.pattern if isinstance(leaf, Wildcard) else leaf.text
        if isinstance(leaf, Word | Phrase):
            key = keyword(text)
            hashtag = [] if field != "tag" else [with_any_term("surface", ["#" + "".join(key.split())])]
            return _any_of([with_any_term(field, [key]), *hashtag])
        if isinstance(leaf, Wildcard):
            kept = "*".join("?".join(keyword(piece) for piece in run.split("?")) for run in text.split("*"))
            return with_any_term(field, self._expand(field, Expansion("wildcard", kept)))
        kind = "prefix" if isinstance(leaf, Prefix) else "fuzzy"
        distance = leaf.distance if isinstance(leaf, Fuzzy) else 0
        return with_any_term(field, self._expand(field, Expansion(kind, keyword(text), distance)))

    def _expand(self, field: str, expansion: Expansion) -> list[str]:
        test = accepts(expansion)
        start = literal_start(expansion)
        terms = [key.decode("utf-8") for key in self._reader.expand_prefix(field, start.encode("utf-8"))]
        return [term for term in terms if test(term)]


def _any_of(queries: list[wq.Query]) -> wq.Query:
    queries = [query for query in queries if query is not wq.NullQuery]
    if not queries:
        return wq.NullQuery
    if len(queries) == 1:
        return queries[0]
    union = wq.Or(queries)
    union.matcher_type = wq.Or.DEFAULT_MATCHER  # its other kinds preload, and drop scores of small indexes
    return union


def _boosted(query: wq.Query, boost: float) -> wq.Query:
    return query if boost == 1.0 else Boosted(query, boost)


def walk(matcher: Any) -> Iterator[tuple[int, float]]:
    """Document number and score of every match. (Whoosh's `all_ids` asks scorers for bounds on the way; this does not.)"""
    while matcher.is_active():
        yield matcher.id(), matcher.score()
        matcher.next()


class Documents(WhooshQuery):
    """The documents that `docnums(reader)` gives, ascending, each with the same score."""

    def __init__(self, docnums: Callable[[Any], Iterable[int]], score: float = 0.0) -> None:
        self.docnums = docnums
        self.score = score

    def estimate_size(self, ixreader: Any) -> int:
        """An upper bound: all documents."""
        return int(ixreader.doc_count())

    def matcher(self, searcher: Any, context: Any = None) -> Any:  # noqa: ARG002 - the signature is Whoosh's
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

    def __init__(self, child: WhooshQuery, boost: float) -> None:
        super().__init__(child)
        self.boost = boost

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        """The child's matcher with its scores multiplied."""
        return matching.WrappingMatcher(self.child.matcher(searcher, context), boost=self.boost)


class Without(WhooshQuery):
    """The matches and scores of one query, less the matches of another; Whoosh's AndNot lets some of those through."""

    def __init__(self, wanted: WhooshQuery, unwanted: WhooshQuery) -> None:
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


class Near(WhooshQuery):
    """All terms in any order with at most slop other positions between them; scored as their conjunction."""

    def __init__(self, field: str, terms: tuple[str, ...], slop: int) -> None:
        self.field_name = field
        self.terms_sought = terms
        self.slop = slop

    def estimate_size(self, ixreader: Any) -> int:
        """That of the conjunction."""
        return int(WhooshAnd([Term(self.field_name, term) for term in self.terms_sought]).estimate_size(ixreader))

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

    def replace(self, minquality: float = 0) -> Any:  # noqa: ARG002 - the signature is Whoosh's
        return self if self.is_active() else matching.NullMatcher()

    def _get_spans(self) -> list[Any]:
        positions = [matcher.value_as("positions") for matcher in self.matchers]
        for chosen in windows(self.terms_sought, positions, self.slop):
            return [Span(min(place for _, place in chosen), max(place for _, place in chosen))]
        return []


class _Bm25Model(scoring.WeightingModel):
    """`searcher.ranking` at Whoosh's seam: document frequencies of the whole index, lengths from our exact column."""

    def __init__(self, profile: RankingProfile, average_length: float) -> None:
        self.profile = profile
        self.average_length = average_length

    def scorer(self, searcher: Any, fieldname: str, text: bytes, qf: int = 1) -> scoring.BaseScorer:  # noqa: ARG002 - the signature is Whoosh's
        parent = searcher.get_parent()
        idf = inverse_document_frequency(parent.doc_count_all(), parent.doc_frequency(fieldname, text))
        lengths = None if fieldname.startswith("title") else searcher.reader().column_reader("length")
        return _Bm25Scorer(self.profile, idf, lengths, self.average_length * LENGTH_UNIT)


class _Bm25Scorer(scoring.BaseScorer):
    def __init__(self, profile: RankingProfile, idf: float, lengths: Any, average: float) -> None:
        self.profile = profile
        self.idf = idf
        self.lengths = lengths
        self.average = average

    def score(self, matcher: Any) -> float:
        relative_length = 1.0 if self.lengths is None else self.lengths[matcher.id()] / self.average
        return float(self.profile.bm25(self.idf, matcher.weight(), self.profile.dampening(relative_length)))
