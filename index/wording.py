"""Text as its bare words, for comparing articles: give it a text, get its words and the hashes of its word n-grams.

Use it to find copies of a text. Not for searching (`index.analysis` makes the tokens of the index).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

# Five words: fewer are shared by chance between stories of one topic, more are all broken by a few edited words.
SHINGLE_WORDS = 5

_ASCII_LETTERS = bytes(c if chr(c).isalnum() or c > ord("\x7f") else ord(" ") for c in range(256))
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
# Scripts written without spaces (Thai to Khmer, kana, Han): every character counts as a word.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_WORD_OR_UNSPACED = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_NOT_WORD = re.compile(r"[\W_]+")

# Odd multipliers for the five words of a shingle, and the two of splitmix64's finalizer.
_PLACES = np.array([pow(0x9E3779B97F4A7C15, i, 2**64) for i in range(1, SHINGLE_WORDS + 1)], dtype=np.uint64)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFT_1, _SHIFT_2 = np.uint64(30), np.uint64(27)


class _WordHashes(dict[bytes, int]):
    """The 64-bit hash of a word, remembered, since few words make most of any text; forgets all when it has grown."""

    _CAPACITY = 100_000

    def __missing__(self, word: bytes) -> int:
        if len(self) >= self._CAPACITY:
            self.clear()
        hashed = int.from_bytes(blake2b(word, digest_size=8).digest(), "little")
        self[word] = hashed
        return hashed


_word_hashes = _WordHashes()


def words_of(text: str) -> list[bytes]:
    """The words of a text as UTF-8, NFKC and case folded, without punctuation and layout."""
    if text.isascii():
        return text.lower().encode().translate(_ASCII_LETTERS).split()
    folded = unicodedata.normalize("NFKC", text).casefold()
    separated = _NOT_ASCII.sub(lambda run: _separated(run.group()), folded)
    return separated.encode("utf-8", "replace").translate(_ASCII_LETTERS).split()


@lru_cache(maxsize=10_000)
def _separated(run: str) -> str:
    """A run outside ASCII with all but letters and digits as spaces; the same few (quotes, umlauts) fill most texts."""
    if _HAS_UNSPACED.search(run):
        return f" {' '.join(_WORD_OR_UNSPACED.findall(run))} "
    return _NOT_WORD.sub(" ", run)


def shingles(words: Sequence[bytes]) -> Hashes:
    """One 64-bit hash for every run of five words, in text order; none for fewer words.

    The hashes are the same on every machine and in every version: the store keeps some of them.
    """
    if len(words) < SHINGLE_WORDS:
        return np.empty(0, dtype=np.uint64)
    hashed = np.fromiter(map(_word_hashes.__getitem__, words), dtype=np.uint64, count=len(words))
    mixed = np.correlate(hashed, _PLACES, mode="valid")
    mixed ^= mixed >> _SHIFT_1
    mixed *= _MIX_1
    mixed ^= mixed >> _SHIFT_2
    mixed *= _MIX_2
    return mixed


def distinct(hashes: Hashes) -> Hashes:
    """The hashes, sorted, each once (np.unique takes five times as long on a few hundred)."""
    if len(hashes) == 0:
        return hashes
    ordered = np.sort(hashes)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))]
