"""Words: finds the written words of a text and cuts each into the parts it can be searched by.

A written word (`CHUNK`) reaches from white space to white space, less punctuation around it; hyphens, apostrophes, dots and
the like inside belong to it. `split` cuts it, in this order:

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
from typing import NamedTuple

from index.analysis.folding import fold
from index.analysis.marks import MARKS

_HYPHENS = "-\u2010\u2011"
_APOSTROPHES = "'\u2018\u2019\u02bc\uff07"
# Han, Hiragana, Katakana, Bopomofo, Hangul: scripts written without spaces, or with endings that hide the word.
_CJK = (
    "\u1100-\u11ff\u3005\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
)

# #tag, then word characters and marks, connectors only between word characters, a comma only between digits.
CHUNK = re.compile(
    rf"#?[^\W_](?:[^\W_]|[{MARKS}]|[{_HYPHENS}{_APOSTROPHES}./&_](?=[^\W_])|(?<=\d),(?=\d))*(?:(?:\+\+|#)(?![^\W\d_]))?"
)
CJK = re.compile(f"[{_CJK}]")

_PART = re.compile(
    rf"(?P<cjk>[{_CJK}]+)"
    r"|(?P<number>\d{1,3}(?:,\d{2,3})*,\d{3}(?![\d,])(?:\.\d+)*|\d+(?:\.\d+)*)"
    r"|(?P<sign>[^\W\d_]{1,3}&[^\W\d_]{1,3}(?![^\W_])|[^\W\d_](?:\+\+|#))"
    rf"|(?P<letters>(?:(?![{_CJK}])[^\W\d_]|[{MARKS}])+|[^\W_])"
)
_DOTTED = re.compile(rf"(?:[^\W\d_]\.){{1,5}}[^\W\d_](?![^\W_]|[{MARKS}])")
_PLAIN = re.compile(rf"(?:(?![{_CJK}])[^\W\d_])+")
_ENDINGS = frozenset({"s", "re", "ve", "ll", "d", "m"})
_MAX_JOINED_PARTS = 5
_MAX_JOINED_CHARS = 40


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


class _Piece(NamedTuple):
    kind: str
    text: str
    start: int
    end: int
    glue: str  # what stands between the piece before and this one


def split(word: str) -> Words:
    """Cuts one written word (a match of CHUNK)."""
    if _PLAIN.fullmatch(word):
        return Words((Part(fold(word), 0, 0, len(word)),))
    if word[0] == "#":
        return _hashtag(word)
    if _DOTTED.fullmatch(word):
        return Words((Part(fold(word.replace(".", "")), 0, 0, len(word)),))
    groups: list[list[_Piece]] = []
    for piece in _pieces(word):
        if groups and _holds_together(piece.glue):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return _assemble([_without_ending(_with_first_letter(group)) for group in groups])


def _hashtag(word: str) -> Words:
    rest = split(word[1:])
    moved = [Part(p.term, p.position, p.start + 1, p.end + 1) for p in rest.parts]
    overlaid = [Part(p.term, p.position, p.start + 1, p.end + 1) for p in rest.overlaid]
    tag = Part("#" + "".join(filter(str.isalnum, fold(word))), 0, 0, len(word))
    return Words(tuple(moved), (*overlaid, tag), tag.term)


def _pieces(word: str) -> list[_Piece]:
    pieces = []
    end = 0
    position = 0
    while position < len(word):
        dotted = _DOTTED.match(word, position)
        match = dotted or _PART.match(word, position)
        if match is None:
            position += 1
            continue
        kind = "letters" if dotted else str(match.lastgroup)
        pieces.append(_Piece(kind, match[0], match.start(), match.end(), word[end : match.start()]))
        position = end = match.end()
    return pieces


def _holds_together(glue: str) -> bool:
    return glue == "" or (len(glue) == 1 and glue not in "/&,")


def _with_first_letter(group: list[_Piece]) -> list[_Piece]:
    """`e-mail` and `don't` are one word each: their two pieces become one."""
    if len(group) < 2:
        return group
    first, second = group[0], group[1]
    prefix = len(first.text) == 1 and second.glue in _HYPHENS and len(second.text) > 1
    negation = first.text[-1] in "nN" and second.text in ("t", "T") and second.glue in _APOSTROPHES
    if second.glue and first.kind == second.kind == "letters" and (prefix or negation):
        merged = _Piece("letters", first.text + second.text, first.start, second.end, first.glue)
        return [merged, *group[2:]]
    return group


def _without_ending(group: list[_Piece]) -> list[_Piece]:
    last = group[-1]
    if len(group) > 1 and last.glue and last.glue in _APOSTROPHES and last.text.lower() in _ENDINGS:
        return group[:-1]
    return group


def _assemble(groups: list[list[_Piece]]) -> Words:
    parts: list[Part] = []
    overlaid: list[Part] = []
    joined = None
    for group in groups:
        first = len(parts)
        for piece in group:
            if piece.kind == "cjk":
                _add_cjk(piece, parts, overlaid)
            else:
                parts.append(Part(_term(piece), len(parts), piece.start, piece.end))
        joined = _joined(group)
        if joined is not None:
            overlaid.append(Part(joined, first, group[0].start, group[-1].end))
    return Words(tuple(parts), tuple(overlaid), joined if len(groups) == 1 else None)


def _term(piece: _Piece) -> str:
    if piece.kind == "number":
        return fold(piece.text.replace(",", ""))
    return fold(piece.text.replace(".", ""))


def _add_cjk(piece: _Piece, parts: list[Part], overlaid: list[Part]) -> None:
    for i, char in enumerate(piece.text):
        start = piece.start + i
        if i + 1 < len(piece.text):
            overlaid.append(Part(fold(piece.text[i : i + 2]), len(parts), start, start + 2))
        parts.append(Part(fold(char), len(parts), start, start + 1))


def _joined(group: list[_Piece]) -> str | None:
    if not 2 <= len(group) <= _MAX_JOINED_PARTS or any(piece.kind == "cjk" for piece in group):
        return None
    if all(piece.kind == "number" for piece in group):
        return None
    term = "".join(map(_term, group))
    return term if len(term) <= _MAX_JOINED_CHARS else None
