"""Expansion: the words of an index that a prefix, wildcard or fuzzy word stands for.

Give `accepts` an Expansion; it gives back the test that a surface term must pass. `literal_start` is what every such term
begins with, so that an engine need only walk that part of its term dictionary.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable


@dataclasses.dataclass(frozen=True, slots=True)
class Expansion:
    """kind: "prefix", "wildcard" (`*` any characters, `?` one) or "fuzzy" (within `distance` edits, same first letter)."""

    kind: str
    text: str
    distance: int = 0


def literal_start(expansion: Expansion) -> str:
    """The characters that every accepted term begins with; empty for a leading wildcard."""
    match expansion.kind:
        case "prefix":
            return expansion.text
        case "fuzzy":
            return expansion.text[:1]
        case _:
            return re.split(r"[*?]", expansion.text, maxsplit=1)[0]


def accepts(expansion: Expansion) -> Callable[[str], bool]:
    """The test for a surface term."""
    text = expansion.text
    match expansion.kind:
        case "prefix":
            return lambda term: term.startswith(text)
        case "fuzzy":
            return lambda term: term[:1] == text[:1] and within_distance(term, text, expansion.distance)
        case _:
            pattern = re.compile(_glob(text), re.DOTALL)
            return lambda term: pattern.fullmatch(term) is not None


def _glob(text: str) -> str:
    """Each piece between stars is taken where it first fits and never tried elsewhere (atomic): `*a*a*a*b` stays cheap.

    That is right, because what a star leaves over is any text: an earlier place of a piece is never worse. Only the last
    piece is bound to the end of the term.
    """
    first, *others = (_literal(piece) for piece in text.split("*"))
    if not others:
        return first
    *middle, last = others
    return first + "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + last


def _literal(piece: str) -> str:
    return "".join("." if char == "?" else re.escape(char) for char in piece)


def within_distance(one: str, other: str, limit: int) -> bool:
    """True if `limit` edits turn one into the other: insert, delete, replace, swap neighbours, no place edited twice.

    Optimal string alignment (restricted Damerau-Levenshtein) by rows, ended as soon as a whole row exceeds the limit. A row
    holds only the cells within the limit of the diagonal, i + place - limit, so that long words cost no more than their length.
    """
    if abs(len(one) - len(other)) > limit:
        return False
    beyond = limit + 1
    before: list[int] = []
    row = [abs(j) if j <= len(other) else beyond for j in range(-limit, limit + 1)]
    for i, a in enumerate(one, 1):
        following: list[int] = []
        left = beyond
        for place, above in enumerate((*row[1:], beyond)):
            j = i + place - limit
            if 0 < j <= len(other):
                b = other[j - 1]
                left = min(above + 1, left + 1, row[place] + (a != b))
                if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                    left = min(left, before[place] + 1)
            else:
                left = i if j == 0 else beyond
            following.append(left)
        if min(following) > limit:
            return False
        before, row = row, following
    return row[len(other) - len(one) + limit] <= limit
