"""Relaxation: what to ask when words merely written side by side never occur together.

Give `relaxations` a query that matched nothing; it gives back, in the order to try them, queries that ask for less, each with
the remark to make if it answers. Filters are kept, and an explicit AND is not relaxed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from searcher.query import And, Fuzzy, Or, Phrase, Prefix, Query, Wildcard, Word

_FILTER_FIELDS = ("source", "tag", "url", "author", "lang")
# All but one of n words are n conjunctions; beyond this many words any of them is asked for at once.
_MOST_WORDS_TO_LEAVE_OUT_ONE = 8


def relaxations(query: Query) -> Iterator[tuple[Query, str]]:
    """All but one of the words, then any of them."""
    if not isinstance(query, And) or not query.implicit:
        return
    words = tuple(child for child in query.children if _is_text(child))
    filters = tuple(child for child in query.children if not _is_text(child))
    if 2 < len(words) <= _MOST_WORDS_TO_LEAVE_OUT_ONE:
        all_but_one = tuple(And(kept, implicit=True) for kept in combinations(words, len(words) - 1))
        yield _with(filters, Or(all_but_one)), "no article has all of these words; these have all but one"
    if len(words) > 1:
        yield _with(filters, Or(words)), "no article has all of these words; these have some of them"


def _with(filters: tuple[Query, ...], query: Query) -> Query:
    return And((*filters, query), implicit=True) if filters else query


def _is_text(query: Query) -> bool:
    match query:
        case Word() | Phrase() | Prefix() | Wildcard() | Fuzzy():
            return query.field not in _FILTER_FIELDS
        case Or(children=children):
            return all(map(_is_text, children))
        case _:
            return False
