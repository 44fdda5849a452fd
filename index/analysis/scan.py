"""Scan: finds the written words of a long text with arrays instead of a pattern.

Give `scan` a text; it gives back what the pattern `chunk` finds in it: the words and where each starts, five times as fast.
Letters and digits are told by a table over all code points; whether the few other characters (connectors, marks, signs)
belong to a word is then decided where they stand, from their neighbors. Everything that does not belong is blanked,
and `str.split` cuts the words.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.analysis.marks import MARKS
from index.analysis.patterns import CONNECTORS

# What a character is, as bits; a digit has both of the first two.
_WORD, _DIGIT, _MARK, _CONNECTOR, _COMMA, _HASH, _PLUS = 1, 2, 4, 8, 16, 32, 64
_SPACE = 32
# Planes 4 to 16 hold no letter, digit or mark; they read as the table's last entry, which stands for no character.
TABLE_END = 0x40000

_Flags = NDArray[np.uint8]
_Places = NDArray[np.intp]


class Chunks(NamedTuple):
    """Written words in sequence, and at which code point of the text each starts."""

    words: list[str]
    starts: _Places


def scan(text: str) -> Chunks:
    """All written words of a text."""
    padded = f"\n{text}\n"  # the rules look at the neighbors of a character
    if padded.isascii():
        raw = padded.encode("ascii")
        codes = np.frombuffer(raw, np.uint8)
        flags = np.frombuffer(raw.translate(_ascii_flags()), np.uint8)
        coding = "ascii"
    else:
        codes = np.frombuffer(padded.encode("utf-32-le", "surrogatepass"), "<u4")
        flags = _flags().take(codes, mode="clip")
        coding = "utf-32-le"
    inside, cuts = _inside(flags)
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts = edges[0::2]  # each place one less than in the padded text, so one of the text
    blanked = np.maximum(codes * inside, _SPACE)  # characters of words are all above the space
    if len(cuts):
        starts = np.sort(np.concatenate([starts, cuts - 1]))
        blanked = np.insert(blanked, cuts, _SPACE)
    return Chunks(blanked.tobytes().decode(coding).split(), starts)


def _inside(flags: _Flags) -> tuple[NDArray[np.bool_], _Places]:
    """Which characters belong to words, and where a word starts right behind another."""
    inside = (flags & _WORD).view(np.bool_)
    special = np.flatnonzero(flags > (_WORD | _DIGIT))
    if not len(special):
        return inside, special
    kind = flags[special]
    _add_marks(inside, special[kind == _MARK])
    before, after = flags[special - 1], flags[special + 1]
    continues = inside[special - 1]
    connectors = (kind == _CONNECTOR) & continues & (after & _WORD > 0)
    commas = (kind == _COMMA) & (before & after & _DIGIT > 0)
    hashes = kind == _HASH
    trailing = hashes & continues & ~_is_letter(after)
    leading = hashes & ~trailing & (after & _WORD > 0)
    pluses = special[(kind == _PLUS) & continues & (after == _PLUS)]
    pluses = pluses[~_is_letter(flags[pluses + 2])]

    inside[special[connectors | commas | trailing | leading]] = True
    inside[pluses] = inside[pluses + 1] = True
    cuts = np.unique(np.concatenate([special[leading], special[trailing] + 1, pluses + 2]))
    return inside, cuts[inside[cuts] & inside[cuts - 1]]


def _add_marks(inside: NDArray[np.bool_], marks: _Places) -> None:
    """A run of marks belongs to the word that it follows without a gap."""
    if len(marks):
        heads = np.flatnonzero(np.diff(marks, prepend=-1) != 1)
        lengths = np.diff(heads, append=len(marks))
        inside[marks] = np.repeat(inside[marks[heads] - 1], lengths)


def _is_letter(flags: _Flags) -> NDArray[np.bool_]:
    letters: NDArray[np.bool_] = flags & (_WORD | _DIGIT) == _WORD
    return letters


@cache
def _flags() -> _Flags:
    """The bits of every code point that has any; 256 KB, made in 40 ms when the first text beyond ASCII comes."""
    return _flags_of(np.arange(TABLE_END, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass"))


@cache
def _ascii_flags() -> bytes:
    return _flags_of("".join(map(chr, range(256)))).tobytes()


def _flags_of(characters: str) -> _Flags:
    flags = np.zeros(len(characters), np.uint8)
    # Letters and digits last: what `chunk` takes for one of them is nothing else.
    for pattern, bits in (
        (f"[{MARKS}]+", _MARK),
        (f"[{CONNECTORS}]", _CONNECTOR),
        (",", _COMMA),
        ("#", _HASH),
        (r"\+", _PLUS),
        (r"[^\W_]+", _WORD),
        (r"\d+", _WORD | _DIGIT),
    ):
        for match in re.finditer(pattern, characters):
            flags[match.start() : match.end()] = bits
    return flags
