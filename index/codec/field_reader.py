"""FieldReader: one field of a segment: its terms, and of each term the documents, weights and positions.

`index.codec.fields` writes what is read here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from index.arrays import offsets_of, ranges
from index.codec.container import Container
from index.codec.fields import FREQUENT_WEIGHTS, RARE_BLOCK
from index.codec.gaps import decode, decode_between, decode_lists, decode_near
from index.codec.terms import TermDictionary, narrowest

Array = np.ndarray[Any, np.dtype[Any]]

# Blocks of weights that are counted at once; each takes some ten kilobytes on the way.
_BLOCKS_AT_ONCE = 1024


class FieldReader:
    """Terms and postings of one field. Terms are meant by their number in `terms`."""

    def __init__(self, container: Container, name: str) -> None:
        self.name = name
        self._container = container
        self._lists: dict[str, Array] = {}
        self.terms = TermDictionary(container.array(f"{name}.terms"), self.starts("terms"))
        self._bases: Array | None = None

    def starts(self, stream: str) -> Array:
        """Where the list of each term begins, and the end of the last (n + 1). stream: terms, documents or positions."""
        return self._list(f"{stream}.starts")

    @property
    def postings(self) -> Array:
        """How many postings there are before each term, and in all (n + 1)."""
        return self._list("postings")

    def count(self, term: int) -> int:
        """The number of documents of a term, deleted ones included."""
        return int(self.postings[term + 1]) - int(self.postings[term])

    def counts(self, low: int, high: int) -> Array:
        """That of each of the terms [low, high)."""
        return self.counts_at(np.arange(low, high))

    def counts_at(self, terms: Array) -> Array:
        """That of each of these terms."""
        counts: Array = self.postings[terms + 1].astype(np.int64) - self.postings[terms]
        return counts

    def sizes(self) -> Array:
        """The bytes of the lists of each term."""
        sizes = np.diff(self.starts("documents").astype(np.int64))
        return sizes + np.diff(self.starts("positions").astype(np.int64)) if self.has_positions() else sizes

    def documents(self, term: int) -> Array:
        """The documents of a term, ascending (int64)."""
        return decode(self._part("documents", term))

    def documents_of(self, low: int, high: int) -> tuple[Array, Array]:
        """The documents of the terms [low, high) end to end, and how many each has."""
        return self._decoded("documents", low, high)

    def documents_at(self, terms: Array) -> tuple[Array, Array]:
        """Those of these terms, which need not be neighbors: their lists are copied together and decoded at once."""
        starts = self.starts("documents")
        begins = starts[terms].astype(np.int64)
        sizes = starts[terms + 1] - begins
        lists = self._container.array(f"{self.name}.documents")[ranges(begins, sizes)]
        return decode_lists(lists, offsets_of(sizes))

    def weights(self, term: int) -> Array:
        """The weight of each document of a term (float64)."""
        return self.weights_of(term, term + 1)

    def weights_of(self, low: int, high: int) -> Array:
        """Those of the terms [low, high) end to end."""
        start, stop = int(self.postings[low]), int(self.postings[high])
        if f"{self.name}.weights" not in self._container:
            return np.ones(stop - start)
        return self.weight_values()[self._weight_numbers(start, stop)]

    def weights_at(self, terms: Array) -> Array:
        """Those of these terms, which need not be neighbors, end to end."""
        counts = self.counts_at(terms)
        if f"{self.name}.weights" not in self._container:
            return np.ones(int(counts.sum()))
        starts = self.postings[terms].astype(np.int64)
        places = ranges(starts, counts)
        numbers = (self._container.array(f"{self.name}.weights")[places // 2] >> 4 * (places % 2) & 0x0F).astype(np.intp)
        rare = np.flatnonzero(numbers == FREQUENT_WEIGHTS)
        if len(rare):
            numbers[rare] = self._rare_numbers(places[rare])
        weights: Array = self.weight_values()[numbers]
        return weights

    def weight_values(self) -> Array:
        """All distinct weights of the lists of the field, ascending; empty if all are 1 and none are kept."""
        name = f"{self.name}.weights.values"
        return self._container.array(name) if name in self._container else np.empty(0)

    def _weight_numbers(self, start: int, stop: int) -> Array:
        """Of the postings [start, stop)."""
        numbers = self._weight_codes(start, stop).astype(np.intp)
        rare = np.flatnonzero(numbers == FREQUENT_WEIGHTS)
        if len(rare):
            first = self._rare_before(start)
            numbers[rare] = self._container.part(f"{self.name}.weights.rare", first, first + len(rare))
        return numbers

    def _rare_numbers(self, postings: Array) -> Array:
        """The numbers of the weights of rare postings, in any order: their places among all rare ones are counted by blocks."""
        numbers = np.empty(len(postings), np.intp)
        starts = self._container.array(f"{self.name}.weights.rare.starts")
        codes = self._container.array(f"{self.name}.weights")
        blocks, which = np.unique(postings // RARE_BLOCK, return_inverse=True)
        for first in range(0, len(blocks), _BLOCKS_AT_ONCE):
            some = blocks[first : first + _BLOCKS_AT_ONCE]
            pairs = codes.take(some[:, None] * (RARE_BLOCK // 2) + np.arange(RARE_BLOCK // 2), mode="clip")
            is_rare = np.stack((pairs & 0x0F, pairs >> 4), axis=2).reshape(len(some), RARE_BLOCK) == FREQUENT_WEIGHTS
            counted = np.cumsum(is_rare, axis=1, dtype=np.int32)
            held = np.flatnonzero((which >= first) & (which < first + len(some)))
            places = starts[postings[held] // RARE_BLOCK] + counted[which[held] - first, postings[held] % RARE_BLOCK] - 1
            numbers[held] = self._container.array(f"{self.name}.weights.rare")[places]
        return numbers

    def _weight_codes(self, start: int, stop: int) -> Array:
        pairs = self._container.part(f"{self.name}.weights", start // 2, (stop + 1) // 2)
        codes = np.empty(2 * len(pairs), np.uint8)
        codes[0::2] = pairs & 0x0F
        codes[1::2] = pairs >> 4
        return codes[start % 2 : start % 2 + stop - start]

    def _rare_before(self, posting: int) -> int:
        block = posting // RARE_BLOCK
        since = self._weight_codes(block * RARE_BLOCK, posting)
        counted = int(self._container.array(f"{self.name}.weights.rare.starts")[block])
        return counted + int(np.count_nonzero(since == FREQUENT_WEIGHTS))

    def has_positions(self) -> bool:
        """Whether occurrences are kept."""
        return f"{self.name}.spans" in self._container

    def positions(self, term: int) -> Array:
        """All occurrences of a term as positions counted through the segment (int64, ascending)."""
        return decode(self._part("positions", term))

    def positions_of(self, low: int, high: int) -> tuple[Array, Array]:
        """Those of the terms [low, high) end to end, and how many each has."""
        return self._decoded("positions", low, high)

    def positions_near(self, term: int, targets: Array) -> Array:
        """Those occurrences that equal a target (targets ascend), and some others; ascending."""
        return decode_near(self._part("positions", term), targets)

    def positions_between(self, term: int, lows: Array, highs: Array) -> Array:
        """All occurrences in any of the ranges [low, high), which ascend, and some others; ascending."""
        return decode_between(self._part("positions", term), lows, highs)

    @property
    def bases(self) -> Array:
        """Where the positions of each document begin, and where those of the last end (int64, n + 1)."""
        if self._bases is None:
            self._bases = offsets_of(self._container.array(f"{self.name}.spans"))
        return self._bases

    def _list(self, name: str) -> Array:
        found = self._lists.get(name)
        if found is None:
            # Decoded as a whole, since the terms that are asked for lie anywhere: 100,000 take 0.3 ms, once.
            found = self._lists[name] = narrowest(decode(self._container.array(f"{self.name}.{name}")))
        return found

    def _part(self, stream: str, term: int) -> Array:
        starts = self.starts(stream)
        return self._container.part(f"{self.name}.{stream}", int(starts[term]), int(starts[term + 1]))

    def _decoded(self, stream: str, low: int, high: int) -> tuple[Array, Array]:
        places = self.starts(stream)[low : high + 1].astype(np.int64)
        encoded = self._container.part(f"{self.name}.{stream}", int(places[0]), int(places[-1]))
        return decode_lists(encoded, places - places[0])
