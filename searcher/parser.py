"""Query text -> query tree, with a note on every repair: `parse` reads any text and never raises.

Plain words are read here, all else by `searcher.grammar`, which is imported at the first text that needs it. Not for bounds
given apart from a query (`--after`): those are `searcher.dates.parse_bound`.
"""

from __future__ import annotations

import importlib
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

from searcher.fields import KEPT_TREES, MAX_CHARACTERS, MAX_LEAVES, OPERATORS
from searcher.query import And, ParsedQuery, Word


def parse(text: str, *, now: datetime | None = None, timezone: tzinfo = UTC) -> ParsedQuery:
    """The tree for a query text. now: what relative dates are relative to; timezone: whose days dates are.

    A blank text is All(). A text with nothing to search for in it (`???`) is Or(()), which matches nothing, and a note.
    """
    read = _plain(text) if len(text) <= MAX_CHARACTERS else None
    if read is None:
        # Lexer, dates and their patterns take longer to import than a search takes; most searches are plain words.
        read = importlib.import_module("searcher.grammar").parse_by_grammar(text, now, timezone)
    return read


@lru_cache(maxsize=KEPT_TREES)
def _plain(text: str) -> ParsedQuery | None:
    """The tree of a text of plain words; None for any other text."""
    leaves = tuple(map(Word, plain_words(text)))
    if not leaves:
        return None
    return ParsedQuery(text, leaves[0] if len(leaves) == 1 else And(leaves, implicit=True))


def plain_words(text: str) -> list[str]:
    """The words of a text that is nothing but words of letters and digits; none if there is any other sign in it.

    The grammar would make one Word of each, side by side, and take twenty times as long.
    """
    words = text.split()
    is_plain = "".join(words).isalnum() and len(words) <= MAX_LEAVES and OPERATORS.isdisjoint(words)
    return words if is_plain else []
