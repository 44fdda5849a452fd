"""Relaxation: what to ask when words merely written side by side never occur together.

Give `relax` a query that matched nothing; it gives back the query that asks for any of those words, filters kept, or None if
there is nothing to relax: an explicit AND stays an AND.
"""

from __future__ import annotations

from searcher.query import And, Fuzzy, Or, Phrase, Prefix, Query, Wildcard, Word

_FILTER_FIELDS = ("source", "tag", "url", "author", "lang")


def relax(query: Query) -> Query | None:
    """Any of the words instead of all of them."""
    if not isinstance(query, And) or not query.implicit:
        return None
    words = tuple(child for child in query.children if _is_text(child))
    if len(words) < 2:
        return None
    filters = tuple(child for child in query.children if not _is_text(child))
    return And((*filters, Or(words))) if filters else Or(words)


def _is_text(query: Query) -> bool:
    match query:
        case Word() | Phrase() | Prefix() | Wildcard() | Fuzzy():
            return query.field not in _FILTER_FIELDS
        case Or(children=children):
            return all(map(_is_text, children))
        case _:
            return False
