"""Vocabulary: the documents of all words that a prefix, wildcard or fuzzy word stands for, in one field of one segment.

Terms are sorted, so a prefix is a range of them, whose posting lists lie end to end and are decoded at once. For the others
the range of their literal beginning is sifted as bytes, before any term is looked at as a string: wildcards by a search for
their longest literal piece, fuzzy words by length and by the set of their letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from index.arrays import offsets_of, ranges
from index.codec.field_reader import FieldReader
from index.codec.segment import SegmentReader
from searcher.expansion import Expansion, accepts, literal_start

Array = np.ndarray[Any, np.dtype[Any]]

# Reading a term by its number takes 1.8 us, splitting it off a text of many 0.05.
_SPARSE = 36
# Postings decoded at once, each 40 bytes on the way: `*e*` stands for nearly all there are, gigabytes for a million articles.
_POSTINGS_AT_ONCE = 1 << 20
# Terms split off one text at once.
_TERMS_AT_ONCE = 1 << 16
# For each byte a bit for its letter or digit (some share one); nothing for bytes of other characters and for the line feed.
_LETTER_BITS = np.array([1 << (byte & 31) if chr(byte).isalnum() and byte < 128 else 0 for byte in range(256)], np.uint32)


def expanded(segment: SegmentReader, name: str, expansion: Expansion) -> Array:
    """The documents that hold such a word, in no order, some repeated."""
    field = segment.field(name)
    low, high = _range(field, expansion)
    if low < high and not _is_prefix(expansion):
        terms = _sifted(segment, name, expansion, low, high)
        if len(terms) < high - low:
            return _documents(segment, field.counts_at(terms), lambda start, end: field.documents_at(terms[start:end])[0])
    return _documents(segment, field.counts(low, high), lambda start, end: field.documents_of(low + start, low + end)[0])


def term_numbers(segment: SegmentReader, name: str, expansion: Expansion) -> Array:
    """The numbers of the words, ascending."""
    low, high = _range(segment.field(name), expansion)
    return np.arange(low, high) if _is_prefix(expansion) else _sifted(segment, name, expansion, low, high)


def _range(field: FieldReader, expansion: Expansion) -> tuple[int, int]:
    return field.terms.beginning_with(literal_start(expansion).encode("utf-8"))


def _sifted(segment: SegmentReader, name: str, expansion: Expansion, low: int, high: int) -> Array:
    """Those of the terms [low, high) that are accepted."""
    candidates = _candidates(segment, name, expansion, low, high) if low < high else np.empty(0, np.int64)
    return _accepted(segment, name, expansion, candidates) if len(candidates) else candidates


def _documents(segment: SegmentReader, counts: Array, read: Callable[[int, int], Array]) -> Array:
    """What `read` gives for ranges of lists, counts being the postings of each; each document once if it takes several."""
    cuts = list(_cuts(counts))
    if len(cuts) == 1:
        return read(*cuts[0])
    held = np.zeros(segment.articles, np.bool_)
    for start, end in cuts:
        held[read(start, end)] = True
    return np.flatnonzero(held)


def _cuts(counts: Array) -> Iterator[tuple[int, int]]:
    """Ranges of lists that have _POSTINGS_AT_ONCE postings or a single list that has more; at least one range."""
    ends = np.cumsum(counts)
    start = done = 0
    while True:
        end = max(start + 1, int(ends.searchsorted(done + _POSTINGS_AT_ONCE, side="right")))
        yield start, min(end, len(counts))
        if end >= len(counts):
            return
        start, done = end, int(ends[end - 1])


def _is_prefix(expansion: Expansion) -> bool:
    """Also of a wildcard whose only signs are stars at its end."""
    if expansion.kind == "fuzzy":
        return False
    literal = literal_start(expansion)
    return expansion.kind == "prefix" or (
        expansion.kind == "wildcard" and expansion.text.rstrip("*") == literal != expansion.text
    )


def _candidates(segment: SegmentReader, name: str, expansion: Expansion, low: int, high: int) -> Array:
    """The numbers of those terms [low, high) that can be accepted, and of some others."""
    starts = segment.field(name).terms.starts[low : high + 1].astype(np.int64)
    text = segment.container.part(f"{name}.terms", int(starts[0]), int(starts[-1]))
    starts -= starts[0]
    if expansion.kind == "fuzzy":
        return low + _similar(text, starts, expansion)
    piece = max(re.split("[*?]", expansion.text)[1:], key=len, default="")
    if not piece:
        return np.arange(low, high)
    places = [match.start() for match in re.finditer(re.escape(piece.encode("utf-8")), text.data)]
    return low + np.unique(starts.searchsorted(places, side="right") - 1)


def _similar(text: Array, starts: Array, expansion: Expansion) -> Array:
    """Terms whose length differs by no more than the distance, and whose letters by no more than two for each edit."""
    distance, written = expansion.distance, np.frombuffer(expansion.text.encode("utf-8"), np.uint8)
    characters = np.add.reduceat((text & 0xC0) != 0x80, starts[:-1], dtype=np.int32) - 1
    near = np.flatnonzero(np.abs(characters - len(expansion.text)) <= distance)
    if not len(near):
        return near
    sizes = np.diff(starts)[near]
    letters = _LETTER_BITS[text[ranges(starts[near], sizes)]]
    sets = np.bitwise_or.reduceat(letters, offsets_of(sizes)[:-1])
    others = np.bitwise_count(sets ^ np.bitwise_or.reduce(_LETTER_BITS[written]))
    similar: Array = near[others <= 2 * distance]
    return similar


def _accepted(segment: SegmentReader, name: str, expansion: Expansion, candidates: Array) -> Array:
    """The accepted candidates, which are ascending and not empty. Many are split from one text, few are read one by one."""
    terms, test = segment.field(name).terms, accepts(expansion)
    held: list[bool] = []
    for start in range(0, len(candidates), _TERMS_AT_ONCE):
        numbers = candidates[start : start + _TERMS_AT_ONCE].tolist()
        first, last = numbers[0], numbers[-1] + 1
        if last - first > _SPARSE * len(numbers):
            held += [test(terms[number].decode("utf-8")) for number in numbers]
        else:
            texts = terms.texts(first, last)
            held += [test(texts[number - first]) for number in numbers]
    return candidates[np.array(held, np.bool_)]
