"""Query trees in one line, for golden files: `words(word[title](war)^2, not(phrase(state visit)~5))`.

words(...) is an implicit And, all every article, none Or of nothing; dates are [start, end) in UTC.
"""

from __future__ import annotations

from datetime import datetime

from searcher.query import All, And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Undated, Wildcard


def tree_text(query: Query) -> str:
    if isinstance(query, And):
        return f"{'words' if query.implicit else 'and'}({_list(query.children)})"
    if isinstance(query, Or):
        return f"or({_list(query.children)})" if query.children else "none"
    if isinstance(query, Not):
        return f"not({tree_text(query.child)})"
    if isinstance(query, All):
        return "all"
    if isinstance(query, Undated):
        return "undated"
    if isinstance(query, DateRange):
        return f"dates({_moment(query.start)}, {_moment(query.end)})"
    kind, text, mark = "word", "", ""
    if isinstance(query, Wildcard):
        kind, text = "wildcard", query.pattern
    elif isinstance(query, Prefix):
        kind, text = "prefix", query.text
    elif isinstance(query, Phrase):
        kind, text, mark = "phrase", query.text, f"~{query.slop}" if query.slop else ""
    elif isinstance(query, Fuzzy):
        kind, text, mark = "fuzzy", query.text, f"~{query.distance}"
    else:
        text = query.text
    field = f"[{query.field}]" if query.field else ""
    boost = f"^{query.boost!r}" if query.boost != 1 else ""
    return f"{kind}{field}({text}){mark}{boost}"


def _list(children: tuple[Query, ...]) -> str:
    return ", ".join(tree_text(child) for child in children)


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return "open"
    text = moment.isoformat().removesuffix("+00:00")
    return text.removesuffix("T00:00:00")
