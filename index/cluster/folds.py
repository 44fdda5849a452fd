"""Folds: the entries of a mapping char filter that folds letters as `index.analysis.fold` does.

`folds()` gives entries `À=>a`, some 4,600 in 20 KB. The filter works before words are found, so that an entry keeps the class of
its character (letter, digit, CJK). Besides, it

    leaves capitals to the filter `lowercase`, half-width kana to `cjk_width`
    makes every hyphen `-` and every apostrophe `'`, so that the patterns need one of each
    puts letters and marks written apart together, in the scripts whose marks folding keeps (и and ̆ to й)
    writes what counts as a letter and folds to digits or signs (`²`, `½`) in characters of ENCODED, and takes these from the text

Not folded are the few whose folded form has another class: `㊀` and its like, ligatures of several CJK characters or of several
words (`ﷺ`), Arabic marks with a space, U+0345, jamo that compose to a syllable, half-width Hangul; and Cherokee, whose capitals
are what it folds to.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Literal

from index.analysis.folding import fold
from index.analysis.marks import MARKS
from index.analysis.patterns import APOSTROPHES, HYPHENS, is_cjk
from index.cluster.patterns import ENCODED

_Kind = Literal["letter", "digit", "cjk", "mark", "other"]

# Signs in what one letter folds to, and digits, as characters of ENCODED; `cjk_width` makes the full-width ones ASCII.
_ENCODED_AS = {char: chr(ord(char) + 0xFEE0) for char in "(),.0123456789"} | {"\u00b7": "\u00b7", "\u2044": "\u2044"}
_IS_ENCODED = re.compile(f"[{ENCODED}]")
_IS_MARK = re.compile(f"[{MARKS}]")
_HALF_WIDTH_KANA = range(0xFF65, 0xFFA0)
# Below Latin Extended Additional and CJK: the scripts that have letters of several characters.
_COMPOSED = (range(0x250, 0x1E00), range(0x1F00, 0x3000))
_LATIN_ADDITIONAL = range(0x1E00, 0x1F00)
_SURROGATES = range(0xD800, 0xE000)


@cache
def folds() -> tuple[str, ...]:
    """The entries of the filter; made once, in a second."""
    pairs = dict.fromkeys(HYPHENS.strip("-"), "-") | dict.fromkeys((c for c in APOSTROPHES[1:] if not c.isalnum()), "'")
    for code in range(0x80, 0x110000):
        if not _is_folded(code) and (folded := _folded(chr(code))) is not None:
            pairs[chr(code)] = folded
    for code in (code for codes in _COMPOSED for code in codes):
        apart = unicodedata.normalize("NFD", chr(code))
        if len(apart) > 1 and _kind(chr(code)) in ("letter", "mark") and fold(apart) == fold(chr(code)):
            pairs[apart] = fold(apart)
    return tuple(f"{_escaped(key)}=>{_escaped(folded)}" for key, folded in sorted(pairs.items()))


def _is_folded(code: int) -> bool:
    """A quick test that spares nine characters in ten the slow one."""
    char = chr(code)
    latin = code < _COMPOSED[0].start or code in _LATIN_ADDITIONAL
    return code in _SURROGATES or (
        not (latin or _IS_ENCODED.match(char)) and char == char.casefold() == unicodedata.normalize("NFKC", char)
    )


def _folded(char: str) -> str | None:
    """What takes the place of a character before words are found; None if it stays."""
    if _IS_ENCODED.match(char) and not char.isalnum():
        return " "
    folded, kind = fold(char), _kind(char)
    if kind == "other" or folded in (char, char.lower()) or ord(char) in _HALF_WIDTH_KANA:
        return None
    kinds = {_kind(c) for c in folded}
    if kinds == {kind} and not (kind == "cjk" and len(folded) > 1):
        return folded
    if kind == "letter" and kinds == {"letter", "mark"}:
        return folded
    if kind == "letter" and all(c in _ENCODED_AS or _kind(c) == "letter" for c in folded):
        return "".join(_ENCODED_AS.get(c, c) for c in folded)
    return None


def _kind(char: str) -> _Kind:
    if char.isdecimal():
        return "digit"
    if char.isalnum():
        return "cjk" if is_cjk(char) else "letter"
    return "mark" if _IS_MARK.match(char) else "other"


def _escaped(text: str) -> str:
    """As the filter reads it: it strips blanks at the ends, `=>` divides, a backslash escapes."""
    return "".join(f"\\u{ord(c):04X}" if c in "\\=>" or c.isspace() else c for c in text)
