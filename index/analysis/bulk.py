"""BulkAnalyzer: many texts to tokens in arrays, for writing an index.

Give `BulkAnalyzer.analyze` a sequence of texts; it gives back a `TokenTable`: the tokens of `Analyzer.analyze`, in its order,
with numbers for the terms. `BulkAnalyzer.vocabulary` says which term and which stem a number stands for.

A TokenTable has one row a token and one row a position; the positions of a text run from 0 without a gap. The tokens that
share a position are a part of a written word and what is laid over it: a joined form (`cooperation` over `co`), a CJK
bigram, a #tag, the second name of a country. `starts` and `ends` are those of the part. An overlaid term covers as many
parts from there on as make up its characters, so it ends where the last of them ends; the #tag starts one character
earlier. Exact offsets, in the rare word where folding or a dropped ending makes the difference, come from
`Analyzer.analyze` of the text around.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from index.analysis.analyzer import Analyzer
from index.analysis.scan import scan
from index.analysis.tokens import TokenTable, concatenated
from index.analysis.vocabulary import Vocabulary
from index.analysis.wordtable import WordTable
from index.arrays import offsets_of

__all__ = ["BulkAnalyzer", "TokenTable", "Vocabulary"]

# Texts are scanned joined, until they have this many characters. Finding a word took 0.13 us in blocks of 33,000 characters,
# 0.11 in blocks of 130,000 and 0.20 in blocks of 1,000,000, whose arrays leave the processor's cache.
_BLOCK_CHARS = 100_000


class BulkAnalyzer:
    """The tokens of `analyzer`, several texts at once; used by one thread.

    Bounded in memory but for the vocabulary, which holds every term since the last `reset`: the caller drops it together
    with what it has counted by term number, say when a run of postings is written.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self.reset()

    def reset(self) -> None:
        """Starts with an empty vocabulary; the one before stays as it is with whoever holds it."""
        self.vocabulary = Vocabulary(self._analyzer)
        self._words = WordTable(self.vocabulary)

    def analyze(self, texts: Sequence[str]) -> TokenTable:
        """The tokens of each text."""
        tables = [self._analyze_block(block) for block in _blocks(texts)]
        self.vocabulary.settle()
        return concatenated(tables)

    def _analyze_block(self, texts: Sequence[str]) -> TokenTable:
        words, word_starts = scan("\n".join(texts))
        if self._words.is_full:
            self._words = WordTable(self.vocabulary)
        table = self._words.tokens(words)

        # Where each text begins, and the last one ends: in the block, in its written words, in their positions and tokens.
        text_starts = np.cumsum([0, *(len(text) + 1 for text in texts)])
        word_bounds = np.searchsorted(word_starts, text_starts)
        position_bounds = offsets_of(table.spans)
        text_positions = position_bounds[word_bounds]
        words_of_text = np.diff(word_bounds)
        # What to add to the positions and offsets within a word.
        base = position_bounds[:-1] - np.repeat(text_positions[:-1], words_of_text)
        offset = np.repeat(word_starts - np.repeat(text_starts[:-1], words_of_text), table.spans)
        return TokenTable(
            counts=np.diff(offsets_of(table.counts)[word_bounds]),
            terms=table.terms,
            positions=(np.repeat(base, table.counts) + table.positions).astype(np.int32),
            spans=np.diff(text_positions),
            starts=(offset + table.starts).astype(np.int32),
            ends=(offset + table.ends).astype(np.int32),
        )


def _blocks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    first = chars = 0
    for i, text in enumerate(texts):
        chars += len(text)
        if chars >= _BLOCK_CHARS:
            yield texts[first : i + 1]
            first, chars = i + 1, 0
    if first < len(texts):
        yield texts[first:]
