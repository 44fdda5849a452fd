"""Vocabulary: terms and their stems by number; `numbering` and `latest`: how such numbers are given."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable
from itertools import count, islice

import numpy as np
from numpy.typing import NDArray

from index.analysis.analyzer import Analyzer, is_stemmed

Int32s = NDArray[np.int32]


class Vocabulary:
    """The terms met so far by number, and their stems; grows with every `BulkAnalyzer.analyze`, numbers never change.

    terms: the surface term of each term number; stems: the stem of each stem number. A term takes about 250 bytes.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self.terms: list[str] = []
        self.stems: list[str] = []
        self._stem_words = analyzer.batch_stemmer()
        self._term_numbers = numbering()
        self._stem_numbers = numbering()
        self._stem_of = array("i")

    @property
    def stem_of(self) -> Int32s:
        """The stem number of each term number, a copy."""
        return np.array(self._stem_of, np.int32)

    def numbers(self, terms: Iterable[str]) -> Int32s:
        """The number of each term, new ones for those that are new; `terms` holds them after the next `settle`."""
        return np.fromiter(map(self._term_numbers.__getitem__, terms), np.int32)

    def settle(self) -> None:
        """Lists the new terms and stems them, all in one call of the stemmer."""
        new = latest(self._term_numbers, len(self.terms))
        stemmed = self._stem_words(new)
        stems = [stem if is_stemmed(term) else term for term, stem in zip(new, stemmed, strict=True)]
        self.terms.extend(new)
        self._stem_of.extend(map(self._stem_numbers.__getitem__, stems))
        self.stems.extend(latest(self._stem_numbers, len(self.stems)))


def numbering() -> defaultdict[str, int]:
    """Numbers its keys 0, 1, ... as they are asked for, which costs no call of Python code."""
    return defaultdict(count().__next__)


def latest(numbering: defaultdict[str, int], known: int) -> list[str]:
    """The keys from the number `known` on."""
    latest = list(islice(reversed(numbering), len(numbering) - known))
    latest.reverse()
    return latest
