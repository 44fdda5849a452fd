"""Compilation: a query tree to the query language of the cluster, with the meaning and the scores of `searcher.ranking`.

Give `Compiler.compile` a tree; it gives back the `query` of a search request. All words are analyzed here and sent as exact
terms of the fields of `index.cluster.mapping`, but for stems, which the cluster makes of a term:

    word      must stem, should written form, both on `scored`; compounds are sequences, or their joined form
    phrase    filter on `surface`, must each of its words on `scored`; near words: unordered intervals
    prefix, wildcard, fuzzy     constant score on `surface`, every term that fits
    source:, tag:, dates, Not   filter context: no score

A clause without a score is a filter, whatever it is made of, so that a word of weight 0 or under Not asks for its stem alone.
UnsupportedQuery says what a cluster cannot answer: weights below 0, more clauses than it takes, fuzzy beyond two edits.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple, TypeAlias

from index.analysis import Analyzer
from index.analysis.analyzer import is_stemmed
from index.cluster.analysis import STEMS, TERMS, WRITTEN_PREFIX
from index.cluster.documents import cut_key
from index.cluster.trouble import ENGINE
from index.document import keyword
from index.errors import UnsupportedQuery
from index.schema import FIELDS
from searcher.expansion import Expansion
from searcher.lowering import AnyForm, Either, Lookup, Sequence, TextLeaf, lower
from searcher.query import All, And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Undated, Wildcard, Word

Json: TypeAlias = dict[str, Any]

# What a cluster takes in one query unless its owner says otherwise (indices.query.bool.max_clause_count).
MOST_CLAUSES = 1024
# Lucene compiles edits into an automaton, for two at most.
_MOST_EDITS = 2
# Scores are 32-bit numbers; the greatest is 3.4e38.
_LARGEST_WEIGHT = 1e30

# Our name of a field -> the cluster's.
_NAMES = {field.name: field.cluster for field in FIELDS if field.cluster}
_PUBLISHED = _NAMES["published"]
_KEYWORD_FIELDS = ("source", "tag", "lang")
_EARLIEST, _LATEST = -62_135_596_800, 253_402_300_799  # of a datetime, in seconds
_BACKSLASH_OR_STARS = re.compile(r"\\|\*+")


class TextField(NamedTuple):
    """Where a leaf is looked up: words as written; stems and words for the score, None where words are not stemmed; and what a
    score of the cluster is multiplied by to be ours.
    """

    surface: str
    scored: str | None
    factor: float


class Clause(NamedTuple):
    """A part of the compiled query. scores: false if it is a filter; leaves: its terms and the like, which a cluster counts."""

    query: Json
    scores: bool = False
    leaves: int = 1


UNDATED: Json = {"bool": {"must_not": [{"exists": {"field": _PUBLISHED}}]}}
_ALL = Clause({"match_all": {}})
_NONE = Clause({"match_none": {}})


class Compiler:
    """Compiles trees for one index.

    analyzer: that of the index; surface: share of the form as written; factor, title_factor: what scores of `scored` and
    `title.scored` are to be multiplied by; aliases: key of another name -> key of the source.
    """

    def __init__(
        self, analyzer: Analyzer, *, surface: float, factor: float, title_factor: float, aliases: Mapping[str, str]
    ) -> None:
        self._analyzer = analyzer
        self._surface = surface
        self._text_fields = {
            None: TextField(_NAMES["surface"], _NAMES["stem"], factor),
            "title": TextField(_NAMES["title"], _NAMES["title_stem"], title_factor),
        }
        self._aliases = aliases

    def compile(self, query: Query) -> Json:
        """The query that finds and scores."""
        clause = _checked(self._node(query, 1.0))
        return clause.query if clause.scores else _bool(filter=[clause.query])

    def compile_filter(self, query: Query) -> Json:
        """The query that finds the same, without scores."""
        return _bool(filter=[_checked(self._node(query, 0.0)).query])

    def sources(self, names: Iterable[str]) -> Json:
        """Articles of any of these sources."""
        return {"terms": {_NAMES["source"]: sorted({self._source_key(keyword(name)) for name in names})}}

    def _node(self, query: Query, weight: float) -> Clause:
        """weight: what scores are multiplied by, 0 for filters."""
        match query:
            case Word() | Phrase() | Prefix() | Wildcard() | Fuzzy():
                return self._leaf(query, weight)
            case And(children=children):
                return self._all_of(children, weight)
            case Or(children=children):
                return _any_of(self._counted(children, weight))
            case Not(child=child):
                return _joined([], [self._node(child, 0.0)])
            case All():
                return _ALL
            case DateRange(start=start, end=end):
                return Clause(published(start, end))
            case Undated():
                return Clause(UNDATED)

    def _all_of(self, children: tuple[Query, ...], weight: float) -> Clause:
        wanted = self._counted(tuple(child for child in children if not isinstance(child, Not)), weight)
        unwanted = (child.child for child in children if isinstance(child, Not))
        return _joined(wanted, [self._node(child, 0.0) for child in dict.fromkeys(unwanted)])

    def _counted(self, children: tuple[Query, ...], weight: float) -> list[Clause]:
        """A child that stands several times among its brothers is asked for once and counts as often."""
        return [self._node(child, weight * times) for child, times in Counter(children).items()]

    def _leaf(self, leaf: TextLeaf, weight: float) -> Clause:
        if leaf.field in _KEYWORD_FIELDS:
            return self._keyword(leaf)
        lookup = lower(leaf, self._analyzer)
        if lookup is None:
            return _NONE
        if leaf.field in ("author", "url"):
            return self._text(lookup, TextField(_NAMES[leaf.field], None, 0.0), 0.0)
        weight *= leaf.boost
        if not 0 <= weight <= _LARGEST_WEIGHT:
            raise UnsupportedQuery(ENGINE, f"a word of weight {weight:g} (it must be from 0 to {_LARGEST_WEIGHT:g})")
        return self._text(lookup, self._text_fields[leaf.field], weight)

    def _text(self, lookup: Lookup, field: TextField, weight: float) -> Clause:
        match lookup:
            case AnyForm():
                return self._any_form(lookup, field, weight)
            case Sequence():
                return _sequence(lookup, field, weight)
            case Either(lookups=lookups):
                return _any_of([self._text(one, field, weight) for one in lookups])
            case Expansion():
                expanded = _expansion(field.surface, lookup)
                if not weight:
                    return Clause(expanded)
                return Clause({"constant_score": {"filter": expanded, "boost": weight}}, scores=True)

    def _any_form(self, form: AnyForm, field: TextField, weight: float) -> Clause:
        if field.scored is None:
            return Clause(_term(field.surface, form.term))
        if not weight:
            return Clause(_stemmed(field.scored, form.term))
        stem = _stemmed(field.scored, form.term, weight * field.factor * (1 - self._surface))
        if not self._surface:
            return Clause(stem, scores=True)
        written = _term(field.scored, WRITTEN_PREFIX + form.term, weight * field.factor * self._surface)
        return Clause(_bool(must=[stem], should=[written]), scores=True, leaves=2)

    def _keyword(self, leaf: TextLeaf) -> Clause:
        """Source, tag and language: whole values."""
        name = _NAMES[str(leaf.field)]
        match leaf:
            case Word(text=text) | Phrase(text=text):
                key = keyword(text)
                if leaf.field == "tag":
                    hashtag = "#" + "".join(key.split())
                    return _any_of([Clause(_term(name, cut_key(key))), Clause(_term(_NAMES["surface"], hashtag))])
                return Clause(_term(name, self._source_key(key) if leaf.field == "source" else cut_key(key)))
            case Prefix(text=text):
                return Clause(_expansion(name, Expansion("prefix", keyword(text))))
            case Fuzzy(text=text, distance=distance):
                return Clause(_expansion(name, Expansion("fuzzy", keyword(text), distance)))
            case Wildcard(pattern=pattern):
                kept = "*".join("?".join(keyword(piece) for piece in run.split("?")) for run in pattern.split("*"))
                return Clause(_expansion(name, Expansion("wildcard", kept)))

    def _source_key(self, key: str) -> str:
        return cut_key(self._aliases.get(key, key))


def _sequence(sequence: Sequence, field: TextField, weight: float) -> Clause:
    """Words in sequence or near one another; the score is that of all its words."""
    terms = sequence.terms
    if not weight or field.scored is None:
        return _places(sequence, field.surface)
    scored = [_term(field.scored, WRITTEN_PREFIX + term, weight * field.factor * times) for term, times in Counter(terms).items()]
    if len(terms) == 1:
        return Clause(scored[0], scores=True)
    held = _places(sequence, field.surface)
    return Clause(_bool(must=scored, filter=[held.query]), scores=True, leaves=len(scored) + held.leaves)


def _places(sequence: Sequence, field: str) -> Clause:
    terms, slop = sequence.terms, sequence.slop
    if len(terms) == 1:
        return Clause(_term(field, terms[0]))
    text = " ".join(terms)
    if not slop:
        return Clause({"match_phrase": {field: {"query": text, "analyzer": TERMS}}})
    near = {"query": text, "analyzer": TERMS, "ordered": False, "max_gaps": slop}
    return Clause({"intervals": {field: {"match": near}}}, leaves=len(terms))


def _expansion(field: str, expansion: Expansion) -> Json:
    """All terms that an expansion stands for, not only the first so many."""
    text = expansion.text
    match expansion.kind:
        case "prefix":
            return {"prefix": {field: {"value": text}}}
        case "fuzzy":
            if expansion.distance > _MOST_EDITS:
                raise UnsupportedQuery(ENGINE, f"a fuzzy word of {expansion.distance} edits (at most {_MOST_EDITS})")
            fuzzy = {"value": text, "fuzziness": expansion.distance, "prefix_length": 1, "transpositions": True}
            return {"fuzzy": {field: {**fuzzy, "rewrite": "constant_score"}}}
        case _:
            escaped = _BACKSLASH_OR_STARS.sub(lambda found: "*" if found[0][0] == "*" else r"\\", text)
            return {"wildcard": {field: {"value": escaped}}}


def published(start: datetime | None, end: datetime | None) -> Json:
    """Published in [start, end); None leaves that side open. Undated articles never match."""
    bounds = {name: _written(moment) for name, moment in (("gte", start), ("lt", end)) if moment is not None}
    if not bounds:
        return {"exists": {"field": _PUBLISHED}}
    return {"range": {_PUBLISHED: {**bounds, "format": "strict_date_optional_time"}}}


def _written(moment: datetime) -> str:
    """In whole seconds, as dates are indexed."""
    seconds = min(max(int(moment.timestamp()), _EARLIEST), _LATEST)
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None).isoformat() + "Z"


def _joined(wanted: list[Clause], unwanted: list[Clause]) -> Clause:
    """All of some clauses and none of others; scores add up."""
    if len(wanted) == 1 and not unwanted:
        return wanted[0]
    if not wanted and not unwanted:
        return _ALL
    clauses = wanted or [_ALL]
    must = [clause.query for clause in clauses if clause.scores]
    filters = [clause.query for clause in clauses if not clause.scores]
    query = _bool(must=must, filter=filters, must_not=[clause.query for clause in unwanted])
    return Clause(query, bool(must), sum(clause.leaves for clause in (*clauses, *unwanted)))


def _any_of(clauses: list[Clause]) -> Clause:
    """At least one of some clauses; scores add up."""
    if len(clauses) <= 1:
        return clauses[0] if clauses else _NONE
    scores = any(clause.scores for clause in clauses)
    should = [clause.query if clause.scores or not scores else _without_score(clause.query) for clause in clauses]
    query = _bool(should=should)
    query["bool"]["minimum_should_match"] = 1
    return Clause(query, scores, sum(clause.leaves for clause in clauses))


def _bool(**occurrences: list[Json]) -> Json:
    return {"bool": {name: queries for name, queries in occurrences.items() if queries}}


def _without_score(query: Json) -> Json:
    return {"constant_score": {"filter": query, "boost": 0.0}}


def _stemmed(field: str, term: str, boost: float = 1.0) -> Json:
    """Words with the stem of this one. The cluster stems it, as it did the text: its release of the stemmer is another than ours,
    and of many languages some words have another stem there (`index.cluster.stemming`).
    """
    if not is_stemmed(term):
        return _term(field, term, boost)
    stemmed: Json = {"query": term, "analyzer": STEMS}
    return {"match": {field: stemmed if boost == 1.0 else {**stemmed, "boost": boost}}}


def _term(field: str, term: str, boost: float = 1.0) -> Json:
    return {"term": {field: {"value": term} if boost == 1.0 else {"value": term, "boost": boost}}}


def _checked(clause: Clause) -> Clause:
    if clause.leaves > MOST_CLAUSES:
        raise UnsupportedQuery(ENGINE, f"a query of {clause.leaves:,} words and parts of words (at most {MOST_CLAUSES:,})")
    return clause
