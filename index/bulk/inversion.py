"""Inversion: occurrences of terms, gathered document after document, become sorted postings.

Give `Occurrences` the tokens of a field as term numbers and positions, in the order of the text; `postings` gives them back
term after term, in pieces that FieldWriter takes. An occurrence is one 64-bit key, term above position, so that inverting is
one sort in place of plain numbers, and memory is eight bytes a token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from index.codec.fields import Postings

Array = np.ndarray[Any, np.dtype[Any]]

# The weight of each occurrence, given its documents and its positions, both counted through the segment.
Weigh = Callable[[Array, Array], Array]

_POSITION_BITS = 32
_POSITIONS = (1 << _POSITION_BITS) - 1
_FIRST_ROOM = 1 << 12
# Occurrences inverted at once; the arrays in between take some 80 bytes for each.
_PIECE = 1 << 18


class Occurrences:
    """Tokens of one field of a run of documents."""

    def __init__(self) -> None:
        self._room = np.empty(_FIRST_ROOM, np.int64)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, terms: Array, positions: Array) -> None:
        """Appends tokens; positions are counted through the run and below 2^32."""
        end = self._size + len(terms)
        if end > len(self._room):
            # By half, not to the double: this is most of the memory of a run.
            self._room.resize(max(end, len(self._room) * 3 // 2), refcheck=False)
        self._room[self._size : end] = terms.astype(np.int64) << _POSITION_BITS | positions
        self._size = end

    def clear(self) -> None:
        """Forgets them."""
        self._room, self._size = np.empty(_FIRST_ROOM, np.int64), 0

    def renumber(self, numbers: Array) -> None:
        """Replaces each term number n by numbers[n], and sorts by term, then position."""
        for start in range(0, self._size, _PIECE):
            keys = self._room[start : min(start + _PIECE, self._size)]
            keys[:] = numbers[keys >> _POSITION_BITS] << _POSITION_BITS | keys & _POSITIONS
        self._room[: self._size].sort()

    def terms(self) -> Array:
        """The distinct term numbers, ascending; only after `renumber`."""
        found = [_distinct(keys >> _POSITION_BITS) for keys in self._pieces()]
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def postings(self, terms: Sequence[str], spans: Array, weigh: Weigh | None, *, positions: bool) -> Iterator[Postings]:
        """The postings of all terms, in pieces; only after `renumber`. terms: by number; spans: positions of each document.

        Without `weigh` an occurrence weighs 1.
        """
        document_of = np.repeat(np.arange(len(spans), dtype=np.int32), spans)
        for keys in self._pieces():
            yield _postings(keys, terms, document_of, weigh, positions=positions)

    def _pieces(self) -> Iterator[Array]:
        """Slices of the sorted keys, each with all occurrences of its terms."""
        keys = self._room[: self._size]
        start = 0
        while start < len(keys):
            last = int(keys[min(start + _PIECE, len(keys)) - 1])
            end = int(np.searchsorted(keys, last | _POSITIONS, side="right"))
            yield keys[start:end]
            start = end


def _postings(keys: Array, terms: Sequence[str], document_of: Array, weigh: Weigh | None, *, positions: bool) -> Postings:
    numbers = keys >> _POSITION_BITS
    places = keys & _POSITIONS
    documents = document_of[places]
    first = np.empty(len(keys), bool)  # of its term in its document
    first[:1] = True
    np.logical_or(numbers[1:] != numbers[:-1], documents[1:] != documents[:-1], out=first[1:])
    heads = np.flatnonzero(first)
    # Added one by one in the order of the text, as whoever counts by hand does: the same sums to the last bit.
    weights = np.bincount(np.cumsum(first) - 1, None if weigh is None else weigh(documents, places)).astype(np.float64)
    present = _distinct(numbers)
    bounds = np.searchsorted(numbers, present)
    return Postings(
        terms=[terms[number].encode("utf-8") for number in present],
        counts=np.diff(np.searchsorted(heads, bounds), append=len(heads)),
        documents=documents[heads].astype(np.int64),
        weights=weights,
        position_counts=np.diff(bounds, append=len(keys)) if positions else None,
        positions=places if positions else None,
    )


def _distinct(ascending: Array) -> Array:
    return ascending[np.flatnonzero(np.diff(ascending, prepend=-1))]
