"""Phrases: the documents of a segment in which words stand in sequence, or near one another.

Positions are counted through the segment and documents lie apart in them, so a phrase is an intersection of ascending
arrays, each moved by the place of its word, and documents are looked up for what is left only. Proximity is the shortest
stretch that ends at each occurrence and holds every word, for all occurrences at once (`searcher.windows` says the same of
one article, for marks).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from index.codec.segment import SegmentReader
from searcher.expansion import Expansion
from searcher.lru import ByteLru
from searcher.vocabulary import term_numbers

Array = np.ndarray[Any, np.dtype[Any]]

# A word is read by blocks instead of whole if its list has more bytes, about one a position, than this for each place that it
# is looked for at: the block of one place takes 1.3 us to decode, a position of a list decoded in one go 0.017.
_BLOCKWISE = 75
# Longer lists are read by blocks in any case, so that no search for `"of the company"` holds all places of `the`.
_LONG = 1 << 19
# The same where the places are the articles of a page: from here on, reading the whole list takes longer.
_LONG_FOR_FEW = 1 << 15
# Places looked for by blocks at a time.
_AT_ONCE = 8192
# One ascending array is looked up in another of so many times its length; else the two are merged.
_LOOKED_UP = 8
_NOWHERE = np.empty(0, np.int64)


class PhraseReader:
    """Reads one field of one segment. Decoded positions are kept in the cache under keys that begin with `owner`."""

    def __init__(self, segment: SegmentReader, field: str, cache: ByteLru[Array], owner: int) -> None:
        self._segment = segment
        self._field = segment.field(field)
        self._lists = self._field.starts("positions")
        self._cache = cache
        self._owner = owner

    def documents(self, terms: Sequence[str], slop: int) -> Array:
        """The documents, ascending, deleted ones included."""
        numbers = [self._field.terms.find(term.encode("utf-8")) for term in terms]
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            return _NOWHERE
        places = self._near(known, slop) if slop else self._in_sequence(known)
        return _distinct(self._field.bases.searchsorted(places, side="right") - 1)

    def standing_for(self, expansion: Expansion) -> Array:
        """The words that a prefix, wildcard or fuzzy word stands for; kept as positions are."""
        key = self._owner, self._field.name, expansion
        terms = self._cache.get(key)
        if terms is None:
            terms = term_numbers(self._segment, self._field.name, expansion)
            self._cache.put(key, terms, terms.nbytes + 128)
        return terms

    def places(self, term: int, lows: Array, highs: Array) -> Array:
        """All occurrences of a word in any of a few ascending ranges [low, high), and others; ascending."""
        if self._size(term) > _LONG_FOR_FEW:
            return self._field.positions_between(term, lows, highs)
        return self._positions(term)

    def _in_sequence(self, terms: Sequence[int]) -> Array:
        """Where the phrase begins; the rarest word is read first, the others at the places it leaves."""
        order = sorted(range(len(terms)), key=lambda index: self._size(terms[index]))
        starts = self._positions(terms[order[0]]) - order[0]
        for index in order[1:]:
            if not len(starts):
                break
            starts = self._among(starts + index, terms[index]) - index
        return starts

    def _near(self, terms: Sequence[int], slop: int) -> Array:
        """The last place of each stretch that holds all terms with at most slop places to spare.

        Each stretch holds the rarest word, so the others are read around its places only.
        """
        width = slop + len(terms)
        places = self._positions(min(terms, key=self._size))
        found = []
        for piece in _pieces(places):
            around = {term: self._between(term, piece - width, piece + width) for term in set(terms)}
            found.append(self._stretches(terms, slop, around))
        return _distinct(np.sort(np.concatenate(found))) if found else _NOWHERE

    def _stretches(self, terms: Sequence[int], slop: int, occurrences: Mapping[int, Array]) -> Array:
        """For each occurrence the shortest stretch that ends there begins at the least of the words' last places before it."""
        ends = np.sort(np.concatenate(list(occurrences.values())))
        begins = ends.copy()
        for term, times in Counter(terms).items():
            before = occurrences[term].searchsorted(ends, side="right") - times
            ends, begins, before = ends[before >= 0], begins[before >= 0], before[before >= 0]
            np.minimum(begins, occurrences[term][before], out=begins)
        fits = ends - begins + 1 - len(terms) <= slop
        ends, begins = ends[fits], begins[fits]
        bases = self._field.bases
        found: Array = ends[bases.searchsorted(ends, side="right") == bases.searchsorted(begins, side="right")]
        return found

    def _between(self, term: int, lows: Array, highs: Array) -> Array:
        """All occurrences in any of the ascending ranges [low, high), and others."""
        if not self._is_short(term, len(lows)):
            return self._field.positions_between(term, lows, highs)
        positions = self._positions(term)
        return positions[positions.searchsorted(lows[0]) : positions.searchsorted(highs[-1])]

    def _is_short(self, term: int, places: int) -> bool:
        """Whether to read all of a word's list for so many places."""
        return self._size(term) <= min(_BLOCKWISE * places, _LONG)

    def _size(self, term: int) -> int:
        return int(self._lists[term + 1]) - int(self._lists[term])

    def _positions(self, term: int) -> Array:
        """All of a word's."""
        key = self._owner, self._field.name, term
        positions = self._cache.get(key)
        if positions is None:
            positions = self._field.positions(term)
            self._cache.put(key, positions, positions.nbytes)
        return positions

    def _among(self, places: Array, term: int) -> Array:
        """Those of the ascending places at which a word stands."""
        if self._is_short(term, len(places)):
            return _common(places, self._positions(term))
        return np.concatenate([_common(piece, self._field.positions_near(term, piece)) for piece in _pieces(places)])


def _pieces(places: Array) -> Iterator[Array]:
    return (places[first : first + _AT_ONCE] for first in range(0, len(places), _AT_ONCE))


def _common(some: Array, many: Array) -> Array:
    """What two ascending arrays, neither with repetitions, have in common."""
    if not len(many):
        return _NOWHERE
    if len(many) > _LOOKED_UP * len(some):
        found: Array = some[many.take(many.searchsorted(some), mode="clip") == some]
        return found
    both = np.concatenate((some, many))
    both.sort(kind="stable")  # timsort: one merge of two ascending runs
    twice: Array = both[1:][both[1:] == both[:-1]]
    return twice


def _distinct(ascending: Array) -> Array:
    first = np.ones(len(ascending), np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    distinct: Array = ascending[first]
    return distinct
