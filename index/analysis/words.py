"""Words: finds the written words of a text and cuts each into the parts it can be searched by.

A written word (`chunk` of the patterns) reaches from white space to white space, less punctuation round it; hyphens, apostrophes,
dots and the like inside belong to it. `split` cuts it, in this order:

    dotted letters          U.S. -> us          one part
    letters, digits         COVID-19, covid19 -> covid 19;  F-16 -> f 16;  9/11 -> 9 11
    numbers                 $1,000.50 -> 1000.50;  50,000 -> 50000;  2.7.4 stays whole
    signs of names          AT&T, C++, C# stay whole
    one letter and hyphen   e-mail -> email, x-ray -> xray
    endings                 Xi's -> xi, company’s -> company, we've -> we;  don't -> dont
    CJK runs                中国人民 -> one part a character, with its bigram beside it

Parts take one position each. A group of parts held together by hyphen, apostrophe, dot or nothing also has a joined form
(co-operation -> cooperation, covid19) at the position of its first part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from index.analysis.folding import fold
from index.analysis.patterns import APOSTROPHES, HYPHENS, patterns

ENDINGS = frozenset({"s", "re", "ve", "ll", "d", "m"})
_LETTERS = ("letters", "dotted")  # kinds of pieces that are
MAX_JOINED_PARTS = 5
MAX_JOINED_CHARS = 40


class Part(NamedTuple):
    """A folded term, how many positions after the word's first, and [start, end) in the written word."""

    term: str
    position: int
    start: int
    end: int


class Words(NamedTuple):
    """What `split` makes of a written word.

    parts: in sequence; overlaid: further terms at the positions of parts (joined forms, CJK bigrams, the #tag);
    joined: the one term that stands for the whole word, None if it has none.
    """

    parts: tuple[Part, ...]
    overlaid: tuple[Part, ...] = ()
    joined: str | None = None


# kind, text, [start, end) in the written word, and the glue: what stands between the piece before and this one. A plain tuple:
# 6,000 articles have 40,000 compounds, and to make a named one of each piece was a tenth of the time to split them.
_Piece = tuple[str, str, int, int, str]


def find_words(text: str) -> Iterator[re.Match[str]]:
    """The written words of a text."""
    return patterns(text.isascii()).chunk.finditer(text)


def split(word: str) -> Words:
    """Cuts one written word (a match of the pattern `chunk`)."""
    found = patterns(word.isascii())
    if found.plain.fullmatch(word):
        return Words((Part(fold(word), 0, 0, len(word)),))
    if word[0] == "#":
        return _hashtag(word)
    return _assemble([_as_one_word(group) if len(group) > 1 else group for group in _groups(found.piece, word)])


def _hashtag(word: str) -> Words:
    rest = split(word[1:])
    moved = [Part(p.term, p.position, p.start + 1, p.end + 1) for p in rest.parts]
    overlaid = [Part(p.term, p.position, p.start + 1, p.end + 1) for p in rest.overlaid]
    tag = Part("#" + "".join(filter(str.isalnum, fold(word))), 0, 0, len(word))
    return Words(tuple(moved), (*overlaid, tag), tag.term)


def _groups(pattern: re.Pattern[str], word: str) -> list[list[_Piece]]:
    """The pieces of a word, those together that are held together."""
    groups: list[list[_Piece]] = []
    last = 0
    for match in pattern.finditer(word):
        start, end = match.span()
        glue = word[last:start]
        piece = (str(match.lastgroup), match[0], start, end, glue)
        if groups and (not glue or (len(glue) == 1 and glue not in "/&,")):
            groups[-1].append(piece)
        else:
            groups.append([piece])
        last = end
    return groups


def _as_one_word(group: list[_Piece]) -> list[_Piece]:
    """`e-mail` and `don't` are one word each: their two pieces become one. `Xi's` is Xi."""
    kind, text, start, _, glue = group[0]
    second_kind, second, _, end, between = group[1]
    prefix = len(text) == 1 and between in HYPHENS and len(second) > 1
    negation = second in ("t", "T") and between in APOSTROPHES and text[-1] in "nN"
    if (prefix or negation) and between and kind in _LETTERS and second_kind in _LETTERS:
        group = [("letters", text + second, start, end, glue), *group[2:]]
    ending = group[-1]
    if len(group) > 1 and ending[4] and ending[4] in APOSTROPHES and ending[1].lower() in ENDINGS:
        return group[:-1]
    return group


def _assemble(groups: list[list[_Piece]]) -> Words:
    parts: list[Part] = []
    overlaid: list[Part] = []
    joined = None
    new = tuple.__new__  # Part(...) is a Python function that calls just this
    for group in groups:
        first = len(parts)
        for kind, text, start, end, _ in group:
            if kind == "cjk":
                _add_cjk(text, start, parts, overlaid)
            else:
                term = fold(text.replace("," if kind == "number" else ".", ""))
                parts.append(new(Part, (term, len(parts), start, end)))
        joined = _joined(group, parts[first:]) if len(group) > 1 else None
        if joined is not None:
            overlaid.append(Part(joined, first, group[0][2], group[-1][3]))
    return Words(tuple(parts), tuple(overlaid), joined if len(groups) == 1 else None)


def _add_cjk(run: str, start: int, parts: list[Part], overlaid: list[Part]) -> None:
    for i, char in enumerate(run):
        if i + 1 < len(run):
            overlaid.append(Part(fold(run[i : i + 2]), len(parts), start + i, start + i + 2))
        parts.append(Part(fold(char), len(parts), start + i, start + i + 1))


def _joined(group: list[_Piece], parts: list[Part]) -> str | None:
    if len(group) > MAX_JOINED_PARTS:
        return None
    kinds = {piece[0] for piece in group}
    if "cjk" in kinds or kinds == {"number"}:
        return None
    term = "".join([part.term for part in parts])
    return term if len(term) <= MAX_JOINED_CHARS else None
