"""The query tree (AST): what a search means, apart from how it was typed and from which engine answers it.

Text becomes a tree in `searcher.parser`; programs may build one themselves: `And((Word("putin"), Phrase("state visit")))`.
Leaves hold words as written; the engines bring them to index terms with `index.analysis`. Nodes are frozen and hashable,
so that a request is a cache key. `unparse` writes a tree in the query language again.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Literal, TypeAlias

# None: title and body together. title: words of the title. source, tag, lang: the whole value, case and accents
# ignored. author, url: words in sequence within the value.
FieldName = Literal["title", "source", "tag", "url", "author", "lang"]


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """Any form of a word (stemmed); the form as written ranks higher. `COVID-19` is one Word."""

    text: str
    field: FieldName | None = None
    boost: float = 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class Phrase:
    """Words exactly as written, in this order, nothing between them; a phrase of one word is that word unstemmed.

    With slop above 0: the words in any order, at most slop other words between them in all.
    """

    text: str
    field: FieldName | None = None
    slop: int = 0
    boost: float = 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class Prefix:
    """Words that begin with text (unstemmed)."""

    text: str
    field: FieldName | None = None
    boost: float = 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class Wildcard:
    """Words that match the pattern: `*` any characters, `?` one."""

    pattern: str
    field: FieldName | None = None
    boost: float = 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class Fuzzy:
    """Words within `distance` edits (1 or 2; insert, delete, replace, swap neighbours) that share the first letter."""

    text: str
    distance: int = 1
    field: FieldName | None = None
    boost: float = 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class DateRange:
    """Published in [start, end), aware UTC; None leaves that side open. Undated articles never match."""

    start: datetime | None
    end: datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class Undated:
    """Articles without a date."""


@dataclasses.dataclass(frozen=True, slots=True)
class And:
    """All children match. implicit: made of words merely written side by side, so it may be relaxed to Or."""

    children: tuple[Query, ...]
    implicit: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Or:
    """At least one child matches; scores add up."""

    children: tuple[Query, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Not:
    """The child does not match; adds nothing to the score."""

    child: Query


@dataclasses.dataclass(frozen=True, slots=True)
class All:
    """Every article, score 0."""


Query: TypeAlias = Word | Phrase | Prefix | Wildcard | Fuzzy | DateRange | Undated | And | Or | Not | All


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """A remark on how the query text was read; [start, end) are code points of that text."""

    text: str
    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class ParsedQuery:
    """Query text, the tree made of it, and every repair or surprise on the way."""

    text: str
    query: Query
    notes: tuple[Note, ...] = ()
