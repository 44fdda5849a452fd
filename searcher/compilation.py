"""Compilation: the query tree as a tree of Whoosh queries over the fields of `index.schema`.

Give `Compiler.compile` a Query; it gives back what Whoosh's matchers (and any evaluator of Whoosh's query tree) can run,
with the scores of `searcher.ranking`. `notes` collects what the reader should know, such as a prefix cut short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from whoosh import query as wq

from index.analysis import Analyzer
from index.document import keyword
from index.schema import UNDATED
from searcher.expansion import Expansion, accepts, literal_start
from searcher.lowering import AnyForm, Either, Lookup, Sequence, lower
from searcher.query import All, And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Undated, Wildcard, Word
from searcher.whoosh_queries import Boosted, Near, Without, every, where_column, with_any_term

_KEYWORD_FIELDS = ("source", "tag", "lang")


class Compiler:
    """One compilation against one snapshot of the index. aliases: key of another name -> key of the source."""

    def __init__(
        self, reader: Any, analyzer: Analyzer, surface_share: float, aliases: Mapping[str, str], expansions: int
    ) -> None:
        self._reader = reader
        self._analyzer = analyzer
        self._surface_share = surface_share
        self._aliases = aliases
        self._expansions = expansions
        self.notes: list[str] = []

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
            return _any_of([with_any_term(field, [self._aliases.get(key, key) if field == "source" else key]), *hashtag])
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
        found = [term for term in terms if test(term)]
        if len(found) <= self._expansions:
            return found
        self.notes.append(
            f"{expansion.text}{'*' if expansion.kind == 'prefix' else ''} stands for {len(found):,} words; "
            f"the {self._expansions:,} most frequent were looked up"
        )
        found.sort(key=lambda term: (-self._reader.doc_frequency(field, term.encode("utf-8")), term))
        return found[: self._expansions]


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
