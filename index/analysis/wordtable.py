"""WordTable: written words to tokens, each word cut once.

Give `WordTable.tokens` written words; it gives back their tokens in a TokenTable, each word as if it were a text. Most words of
a text are known, so that one lookup each is what they cost; a new one of letters or digits alone takes 2 us, a compound 10.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis.analyzer import COUNTRY_WORDS, terms_of_word
from index.analysis.compounds import Term, simple_terms
from index.analysis.tokens import TokenTable, concatenated
from index.analysis.vocabulary import Vocabulary, latest, numbering
from index.arrays import offsets_of, ranges

# Characters of the written words kept with their terms. A word of 10 characters, the mean, takes 180 bytes: 70 MB in all,
# far less with the long words of scripts without spaces. 6,000 technical articles hold 1.4 million.
_KEPT_CHARS = 4_000_000


class WordTable:
    """The tokens of each written word met so far, a row a word."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._rows = numbering()
        self._chars = 0
        # By row: its first term and first part, how many it has. By term, by part: the columns of a TokenTable.
        self._first_term, self._counts, self._first_part, self._spans = array("q"), array("q"), array("q"), array("q")
        self._terms, self._positions, self._starts, self._ends = array("i"), array("i"), array("i"), array("i")

    @property
    def is_full(self) -> bool:
        """Whether it is time for a new table."""
        return self._chars >= _KEPT_CHARS

    def tokens(self, words: Sequence[str]) -> TokenTable:
        """The tokens of each written word, as if it were a text of its own."""
        rows = np.fromiter(map(self._rows.__getitem__, words), np.int64, len(words))
        if new := latest(self._rows, len(self._counts)):
            self._add(new)
        counts, spans = _view(self._counts)[rows], _view(self._spans)[rows]
        terms = ranges(_view(self._first_term)[rows], counts)
        parts = ranges(_view(self._first_part)[rows], spans)
        return TokenTable(
            counts=counts,
            terms=_view(self._terms)[terms],
            positions=_view(self._positions)[terms],
            spans=spans,
            starts=_view(self._starts)[parts],
            ends=_view(self._ends)[parts],
        )

    def _add(self, words: Sequence[str]) -> None:
        """Appends the rows of new words; their terms and parts go where the plain words come first."""
        plain = _are_plain(words)
        tables = [self._plain_tokens(list(compress(words, plain))), self._compound_tokens(list(compress(words, ~plain)))]
        table = concatenated(tables)
        row = np.argsort(np.argsort(~plain, kind="stable"))  # of each word in the table
        _extend(self._first_term, (offsets_of(table.counts)[:-1] + len(self._terms))[row])
        _extend(self._first_part, (offsets_of(table.spans)[:-1] + len(self._starts))[row])
        _extend(self._counts, table.counts[row])
        _extend(self._spans, table.spans[row])
        for column, values in (
            (self._terms, table.terms),
            (self._positions, table.positions),
            (self._starts, table.starts),
            (self._ends, table.ends),
        ):
            _extend(column, values)
        self._chars += sum(map(len, words))

    def _plain_tokens(self, words: Sequence[str]) -> TokenTable:
        """Of words that are one term each."""
        ones, zeros = np.ones(len(words), np.int64), np.zeros(len(words), np.int32)
        lengths = np.fromiter(map(len, words), np.int32, len(words))
        return TokenTable(ones, self._vocabulary.numbers(map(str.lower, words)), zeros, ones, zeros, lengths)

    def _compound_tokens(self, words: Sequence[str]) -> TokenTable:
        found: list[Term] = []
        ends_of_words = []
        for word in words:
            found += simple_terms(word) or terms_of_word(word)
            ends_of_words.append(len(found))
        terms, *numbers = zip(*found, strict=True) if found else ((), (), (), ())
        positions, starts, ends = (np.array(column, np.int32) for column in numbers)
        counts = np.diff(ends_of_words, prepend=0)
        part = np.diff(positions, prepend=-1) != 0  # the first term at each position
        part[offsets_of(counts)[:-1]] = True
        spans = np.diff(offsets_of(part.astype(np.int64))[offsets_of(counts)])
        return TokenTable(counts, self._vocabulary.numbers(terms), positions, spans, starts[part], ends[part])


def _are_plain(words: Sequence[str]) -> NDArray[np.bool_]:
    """Which words are of ASCII letters or digits alone, and no name of the country: their term is the word in small letters."""
    of_letters, of_digits, of_ascii, country = (
        np.fromiter(map(test, words), np.bool_, len(words))
        for test in (str.isalpha, str.isdecimal, str.isascii, COUNTRY_WORDS.__contains__)
    )
    plain: NDArray[np.bool_] = of_ascii & (of_letters | of_digits) & ~country
    return plain


def _extend(column: array[int], values: NDArray[Any]) -> None:
    column.frombytes(values.astype(column.typecode, copy=False).tobytes())


def _view(values: array[int]) -> NDArray[Any]:
    """The array without a copy; it cannot grow as long as the view lives."""
    return np.frombuffer(values, values.typecode)
