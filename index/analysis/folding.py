"""Folding: one spelling for what readers take for the same letters.

NFKC (full-width letters, ligatures), case folding, and for Latin letters no accents: `Zürich`, `ZURICH` and decomposed
`Zürich` fold to `zurich`. Other scripts keep their marks, which there make other letters (й is not и).
"""

from __future__ import annotations

import unicodedata

from index.analysis.marks import INVISIBLE

# Latin letters that Unicode does not decompose; Lucene's ASCIIFoldingFilter folds them alike.
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)
_DROPPED = dict.fromkeys(map(ord, INVISIBLE))


def fold(text: str) -> str:
    """The folded form of a word or value; folding twice changes nothing."""
    if text.isascii():
        return text.lower()
    composed = unicodedata.normalize("NFKC", text.translate(_DROPPED)).casefold()
    kept = []
    latin = False
    for char in unicodedata.normalize("NFD", composed):
        if unicodedata.combining(char):
            if latin:
                continue
        else:
            latin = _is_latin(char)
        kept.append(char)
    return unicodedata.normalize("NFKC", "".join(kept)).translate(_UNDECOMPOSED)


def _is_latin(char: str) -> bool:
    return char < "\u0250" or "\u1e00" <= char <= "\u1eff"
