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

    Optimal string alignment (restricted Damerau-Levenshtein) by rows, ended as soon as a whole row exceeds the limit.
    """
    if abs(len(one) - len(other)) > limit:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        following = [i]
        for j, b in enumerate(other, 1):
            cost = min(row[j] + 1, following[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            following.append(cost)
        if min(following) > limit:
            return False
        before, row = row, following
    return row[-1] <= limit
