"""The query tree (AST): what a search means, apart from how it was typed and from which engine answers it.

Text becomes a tree in `searcher.parser`; programs may build one themselves: `And((Word("putin"), Phrase("state visit")))`.
Leaves hold words as written; the engines bring them to index terms with `index.analysis`. Nodes are frozen and hashable,
so that a request is a cache key. `unparse` writes a tree in the query language again.

Nodes are named tuples and no dataclasses, because every search makes and hashes some (a quarter of the time), and every start
of a program makes their classes (a sixth of it: 1 ms instead of 8 for those below).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T", bound=type)

# None: title and body together. title: words of the title. source, tag, lang: the whole value, case and accents
# ignored. author, url: words in sequence within the value.
FieldName = Literal["title", "source", "tag", "url", "author", "lang"]


def _node(cls: T) -> T:
    """Makes a named tuple a node: equal only to nodes of its own kind (`Word("x") != Prefix("x")`), and never false."""
    for name, method in (("__eq__", _is_same), ("__ne__", _is_other), ("__bool__", _is_there)):
        setattr(cls, name, method)
    return cls


def _is_same(self: tuple[Any, ...], other: object) -> bool:
    return type(self) is type(other) and tuple.__eq__(self, other)


def _is_other(self: tuple[Any, ...], other: object) -> bool:
    return not _is_same(self, other)


def _is_there(_self: tuple[Any, ...]) -> bool:
    return True


@_node
class Word(NamedTuple):
    """Any form of a word (stemmed); the form as written ranks higher. `COVID-19` is one Word."""

    text: str
    field: FieldName | None = None
    boost: float = 1.0


@_node
class Phrase(NamedTuple):
    """Words exactly as written, in this order, nothing between them; a phrase of one word is that word unstemmed.

    With slop above 0: the words in any order, at most slop other words between them in all.
    """

    text: str
    field: FieldName | None = None
    slop: int = 0
    boost: float = 1.0


@_node
class Prefix(NamedTuple):
    """Words that begin with text (unstemmed)."""

    text: str
    field: FieldName | None = None
    boost: float = 1.0


@_node
class Wildcard(NamedTuple):
    """Words that match the pattern: `*` any characters, `?` one."""

    pattern: str
    field: FieldName | None = None
    boost: float = 1.0


@_node
class Fuzzy(NamedTuple):
    """Words within `distance` edits (1 or 2; insert, delete, replace, swap neighbours) that share the first letter."""

    text: str
    distance: int = 1
    field: FieldName | None = None
    boost: float = 1.0


@_node
class DateRange(NamedTuple):
    """Published in [start, end), aware UTC; None leaves that side open. Undated articles never match."""

    start: datetime | None
    end: datetime | None


@_node
class Undated(NamedTuple):
    """Articles without a date."""


@_node
class And(NamedTuple):
    """All children match. implicit: made of words merely written side by side, so it may be relaxed to Or."""

    children: tuple[Query, ...]
    implicit: bool = False


@_node
class Or(NamedTuple):
    """At least one child matches; scores add up."""

    children: tuple[Query, ...]


@_node
class Not(NamedTuple):
    """The child does not match; adds nothing to the score."""

    child: Query


@_node
class All(NamedTuple):
    """Every article, score 0."""


Query: TypeAlias = Word | Phrase | Prefix | Wildcard | Fuzzy | DateRange | Undated | And | Or | Not | All


class Note(NamedTuple):
    """A remark on how the query text was read; [start, end) are code points of that text."""

    text: str
    start: int
    end: int


class ParsedQuery(NamedTuple):
    """Query text, the tree made of it, and every repair or surprise on the way."""

    text: str
    query: Query
    notes: tuple[Note, ...] = ()
