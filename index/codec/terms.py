"""TermDictionary: the sorted terms of a field, by number and by text.

Terms are kept as UTF-8 (or any bytes), sorted by byte, each followed by a line feed, so that a run of terms is one slice of
text. The n-th term begins at starts[n].
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

import numpy as np

from index.arrays import offsets_of

Array = np.ndarray[Any, np.dtype[Any]]


class TermDictionary:
    """text: the terms, each followed by a line feed; starts: where each begins, and the end of the text."""

    def __init__(self, text: Array, starts: Array) -> None:
        self._text = text.data
        self.starts = starts

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, number: int) -> bytes:
        return bytes(self._text[self.starts[number] : self.starts[number + 1] - 1])

    def find(self, term: bytes) -> int | None:
        """The number of a term, None if it is not here."""
        number = self.first_from(term)
        return number if number < len(self) and self[number] == term else None

    def first_from(self, term: bytes) -> int:
        """The number of the first term that is not less than this one; len(self) if there is none."""
        return bisect_left(range(len(self)), term, key=self.__getitem__)

    def beginning_with(self, prefix: bytes) -> tuple[int, int]:
        """The numbers [low, high) of the terms that begin so."""
        low = self.first_from(prefix)
        # 0xFF never occurs in UTF-8, so this follows all text that begins with the prefix.
        return low, self.first_from(prefix + b"\xff") if prefix else len(self)

    def terms(self, low: int, high: int) -> list[bytes]:
        """The terms [low, high), whatever bytes they hold."""
        if low >= high:
            return []
        terms = bytes(self._text[self.starts[low] : self.starts[high] - 1]).split(b"\n")
        return terms if len(terms) == high - low else [self[number] for number in range(low, high)]

    def texts(self, low: int, high: int) -> list[str]:
        """The terms [low, high) as text; for fields of text, whose terms hold no line feed."""
        if low >= high:
            return []
        return str(self._text[self.starts[low] : self.starts[high] - 1], "utf-8").split("\n")


def pack_terms(terms: Iterable[bytes]) -> tuple[Array, Array]:
    """The text and starts of sorted terms."""
    pieces = [term + b"\n" for term in terms]
    starts = offsets_of(np.fromiter(map(len, pieces), np.int64, len(pieces)))
    return np.frombuffer(b"".join(pieces), np.uint8), narrowest(starts)


def narrowest(numbers: Array) -> Array:
    """The same numbers, none negative, in the narrowest unsigned type that holds them all."""
    return numbers.astype(np.min_scalar_type(int(numbers.max()) if len(numbers) else 0))
