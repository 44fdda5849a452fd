"""Evaluation: the query tree as Matches over a snapshot: operators are set algebra, leaves are read by `searcher.postings` and
kept in the snapshot.

Scores are those of `searcher.ranking`. A child that stands several times among its brothers is evaluated once and counted
as often: pasted texts repeat words by the dozen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from index.document import keyword
from index.schema import UNDATED
from searcher.expansion import Expansion
from searcher.lowering import AnyForm, Either, Lookup, Sequence, TextLeaf, lower
from searcher.matches import NONE, Known, Matches, Where, complement, dense, intersection, known, scaled, union
from searcher.postings import PostingsReader, size_of
from searcher.query import All, And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Undated, Wildcard, Word
from searcher.snapshot import Snapshot

Array = np.ndarray[Any, np.dtype[Any]]

_KEYWORD_FIELDS = ("source", "tag", "lang")
# The fields of words as written and of stems, by the field of a leaf.
_TEXT_FIELDS = {None: ("surface", "stem"), "title": ("title", "title_stem")}


class Evaluator:
    """Evaluates trees over one snapshot. aliases: key of another name -> key of the source."""

    def __init__(self, snapshot: Snapshot, aliases: Mapping[str, str]) -> None:
        self._snapshot = snapshot
        self._aliases = aliases
        self._postings = PostingsReader(snapshot)

    def evaluate(self, query: Query) -> Known:
        """All matches with their scores."""
        return known(self._matches(query), self._snapshot.size)

    def _matches(self, query: Query) -> Matches:
        match query:
            case Word() | Phrase() | Prefix() | Wildcard() | Fuzzy():
                return self._leaf(query)
            case And(children=children):
                return self._all_of(children)
            case Or(children=children):
                return union(self._counted(children), self._snapshot.size)
            case Not(child=child):
                return complement(self._matches(child), self._snapshot.everything)
            case All():
                return dense(self._snapshot.everything)
            case DateRange(start=start, end=end):
                low = int(start.timestamp()) if start else UNDATED + 1
                return self._published(low, int(end.timestamp()) if end else None)
            case Undated():
                return self._published(UNDATED, UNDATED + 1)

    def _all_of(self, children: tuple[Query, ...]) -> Matches:
        wanted = self._counted(tuple(child for child in children if not isinstance(child, Not)))
        unwanted = [self._matches(child.child) for child in children if isinstance(child, Not)]
        return intersection(wanted or [dense(self._snapshot.everything)], unwanted, self._snapshot.size)

    def _counted(self, children: tuple[Query, ...]) -> list[Matches]:
        if len(children) == 1:
            return [self._matches(children[0])]
        return [scaled(self._matches(child), float(count)) for child, count in Counter(children).items()]

    def _published(self, low: int, high: int | None) -> Where:
        """Published in [low, high), in seconds."""
        published, live = self._snapshot.published, self._snapshot.live

        def test(documents: Array) -> Array:
            moments = published[documents]
            held = moments >= low if high is None else (moments >= low) & (moments < high)
            return held if live is None else held & live[documents]

        return Where(test, self._snapshot.size)

    def _leaf(self, leaf: TextLeaf) -> Known:
        """Each leaf is read once a snapshot, as long as memory lasts: the next time costs a look-up, 2 us."""
        found = self._snapshot.matches.get(leaf)
        if found is None:
            found = known(self._read(leaf), self._snapshot.size)
            self._snapshot.matches.put(leaf, found, size_of(found))
        return found

    def _read(self, leaf: TextLeaf) -> Matches:
        if leaf.field in _KEYWORD_FIELDS:
            return self._keyword(leaf)
        lookup = lower(leaf, self._snapshot.analyzer)
        if lookup is None:
            return NONE
        if leaf.field in ("author", "url"):
            return self._in_words(leaf.field, lookup)
        return scaled(self._text(lookup, *_TEXT_FIELDS[leaf.field]), leaf.boost)

    def _text(self, lookup: Lookup, surface: str, stem: str) -> Matches:
        match lookup:
            case AnyForm():
                return self._postings.any_form(surface, stem, lookup)
            case Sequence():
                return self._postings.sequence(surface, lookup)
            case Either(lookups=lookups):
                return union([self._text(one, surface, stem) for one in lookups], self._snapshot.size)
            case Expansion():
                return self._postings.expansion(surface, lookup, 1.0)

    def _in_words(self, field: str, lookup: Lookup) -> Matches:
        """Author and URL: words as written, in sequence, as a filter."""
        match lookup:
            case AnyForm(term=term):
                return self._postings.holders(field, term)
            case Sequence():
                return scaled(self._postings.sequence(field, lookup), 0.0)
            case Either(lookups=lookups):
                return union([self._in_words(field, one) for one in lookups], self._snapshot.size)
            case Expansion():
                return self._postings.expansion(field, lookup, 0.0)

    def _keyword(self, leaf: TextLeaf) -> Matches:
        """Source, tag and language: whole values, as a filter."""
        field = str(leaf.field)
        match leaf:
            case Word(text=text) | Phrase(text=text):
                key = keyword(text)
                if field == "tag":
                    hashtag = self._postings.holders("surface", "#" + "".join(key.split()))
                    return union([self._postings.holders(field, key), hashtag], self._snapshot.size)
                return self._postings.holders(field, self._aliases.get(key, key) if field == "source" else key)
            case Prefix(text=text):
                expansion = Expansion("prefix", keyword(text))
            case Fuzzy(text=text, distance=distance):
                expansion = Expansion("fuzzy", keyword(text), distance)
            case Wildcard(pattern=pattern):
                kept = "*".join("?".join(keyword(piece) for piece in run.split("?")) for run in pattern.split("*"))
                expansion = Expansion("wildcard", kept)
        return self._postings.expansion(field, expansion, 0.0)
