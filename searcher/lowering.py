"""Lowering: brings a leaf of the query tree to what is looked up in an index, the same for every engine and for snippets.

Give `lower` a Word, Phrase, Prefix, Wildcard or Fuzzy and the Analyzer of the index; it gives back a Lookup, or None when the
text holds nothing that could be indexed.
"""

from __future__ import annotations

import dataclasses
from typing import TypeAlias

from index.analysis import Analyzer, fold
from searcher.expansion import Expansion
from searcher.fields import LARGEST_SLOP
from searcher.query import Fuzzy, Phrase, Prefix, Wildcard, Word

TextLeaf: TypeAlias = Word | Phrase | Prefix | Wildcard | Fuzzy


@dataclasses.dataclass(frozen=True, slots=True)
class AnyForm:
    """Any word with this stem; one written as `term` counts more."""

    stem: str
    term: str


@dataclasses.dataclass(frozen=True, slots=True)
class Sequence:
    """These surface terms: at successive positions if slop is 0, else in any order with at most slop positions between."""

    terms: tuple[str, ...]
    slop: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Either:
    """At least one of these; scores add up."""

    lookups: tuple[AnyForm | Sequence, ...]


Lookup: TypeAlias = AnyForm | Sequence | Either | Expansion


def lower(leaf: TextLeaf, analyzer: Analyzer) -> Lookup | None:
    """What to look up for a leaf of text; None if its text holds no letter or digit."""
    match leaf:
        case Word(text=text):
            return _any_form(text, analyzer)
        case Phrase(text=text, slop=slop):
            terms = analyzer.phrase(text)
            return Sequence(terms, min(slop, LARGEST_SLOP)) if terms else None
        case Prefix(text=text):
            return _expansion("prefix", text, analyzer)
        case Wildcard(pattern=pattern):
            kept = "".join(char for char in fold(pattern) if char.isalnum() or char in "*?")
            return Expansion("wildcard", kept) if kept.strip("*?") else None
        case Fuzzy(text=text, distance=distance):
            return _expansion("fuzzy", text, analyzer, distance)


def _any_form(text: str, analyzer: Analyzer) -> Lookup | None:
    terms = analyzer.phrase(text)
    if not terms:
        return None
    if len(terms) == 1:
        return AnyForm(analyzer.stem(terms[0]), terms[0])
    joined = analyzer.joined(text)
    # With a digit in it, the joined form is only ever indexed beside its parts, and the parts find it.
    if joined is None or not joined.isalpha():
        return Sequence(terms)
    return Either((Sequence(terms), AnyForm(analyzer.stem(joined), joined)))


def _expansion(kind: str, text: str, analyzer: Analyzer, distance: int = 0) -> Expansion | None:
    # A compound is looked up by its joined form: `covid-1*` begins covid19.
    whole = "".join(analyzer.phrase(text))
    return Expansion(kind, whole, distance) if whole else None
