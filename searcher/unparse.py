"""Query tree -> query language: `parse(unparse(query)).query == query` for every tree that `parse` makes.

Use it to show how a query was understood. Words side by side are written so, brackets only where they group (an OR's
alternatives of several words always have them, for the reader), dates as days or months where the period is whole days.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from searcher.dates import is_midnight, local_ends
from searcher.fields import KEYWORD_FIELDS, OPERATORS
from searcher.query import All, And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Undated, Wildcard, Word

# A value of these characters needs no quotes: none of them is a mark, a wildcard or a comma of the query language.
_BARE = r"\w(?:[\w.\-/&+'’]*[\w/+'’])?"


def unparse(query: Query, timezone: tzinfo = UTC) -> str:
    """The tree as a query text that reads as the same tree again. timezone: whose days dates are written in.

    Trees made by hand come out as near as the language can say: it has no escapes, so a Word of two words reads as two.
    """
    if isinstance(query, And):
        return _and(query, timezone)
    if isinstance(query, Or):
        return " OR ".join(_alternative(child, timezone) for child in query.children) or "-*"
    return _operand(query, timezone)


def _and(query: And, timezone: tzinfo) -> str:
    if query.implicit or _only_excludes(query):
        children = query.children[1:] if _only_excludes(query) else query.children
        return " ".join(_operand(child, timezone) for child in children)
    words = ("NOT " + _operand(c.child, timezone) if isinstance(c, Not) else _operand(c, timezone) for c in query.children)
    return " AND ".join(words)


def _only_excludes(query: And) -> bool:
    """Whether this is `-a -b`: everything but."""
    return len(query.children) > 1 and isinstance(query.children[0], All) and all(isinstance(c, Not) for c in query.children[1:])


def _alternative(query: Query, timezone: tzinfo) -> str:
    if isinstance(query, And) and _only_excludes(query) and len(query.children) == 2:
        return _and(query, timezone)
    return _operand(query, timezone)


def _operand(query: Query, timezone: tzinfo) -> str:
    """A leaf, an exclusion, or a group in brackets."""
    if isinstance(query, Not):
        child = query.child
        is_operator_word = isinstance(child, Word) and child.field is None and child.text in OPERATORS
        return "-" + _operand(child, timezone).removeprefix("+" if is_operator_word else "")
    if isinstance(query, And | Or) and query.children:
        return f"({unparse(query, timezone)})"
    if isinstance(query, Or):
        return "-*"
    if isinstance(query, All | And):
        return "*"
    if isinstance(query, Undated):
        return "date:none"
    if isinstance(query, DateRange):
        return _date(query, timezone)
    field = f"{query.field}:" if query.field else ""
    boost = "" if query.boost == 1 else f"^{query.boost:g}"
    return f"{field}{_text(query)}{boost}"


def _text(leaf: Word | Phrase | Prefix | Wildcard | Fuzzy) -> str:
    """The words of a leaf with the marks that make it what it is."""
    if isinstance(leaf, Phrase):
        return f'"{leaf.text}"' + (f"~{leaf.slop}" if leaf.slop else "")
    if isinstance(leaf, Prefix):
        return leaf.text + "*"
    if isinstance(leaf, Wildcard):
        return leaf.pattern
    if isinstance(leaf, Fuzzy):
        return leaf.text + ("~" if leaf.distance == 1 else f"~{leaf.distance}")
    if leaf.field in KEYWORD_FIELDS:
        return leaf.text if re.fullmatch(_BARE, leaf.text) else f'"{leaf.text}"'
    return "+" + leaf.text if leaf.field is None and leaf.text in OPERATORS else leaf.text


def _date(query: DateRange, timezone: tzinfo) -> str:
    start, end = query.start, query.end
    if is_midnight(start, timezone) and is_midnight(end, timezone):
        first, last = local_ends(start, end, timezone)
        first_text, last_text = first and first.date().isoformat(), last and last.date().isoformat()
    else:
        first_text, last_text = start and _first(start), end and _last(end)
    if first_text and last_text:
        return "date:" + _range(first_text, last_text)
    return f"after:{first_text}" if first_text else f"before:{last_text}" if last_text else "date:*"


def _range(first: str, last: str) -> str:
    """The shortest name of whole days: `2025`, `2025-05`, `2025-05-27`, `2025-05-01..2025-05-27`."""
    if first[4:] == "-01-01" and last == first[:4] + "-12-31":
        return first[:4]
    if first[7:] == "-01" and first[:7] == last[:7] and _is_month_end(last):
        return first[:7]
    return first if first == last else f"{first}..{last}"


def _is_month_end(day: str) -> bool:
    return len(day) == 10 and (datetime.fromisoformat(day) + timedelta(days=1)).day == 1


def _first(start: datetime) -> str:
    return _moment(start, _timespec(start))


def _last(end: datetime) -> str:
    """The last minute, second or microsecond before the end: a range includes what it names."""
    timespec = _timespec(end)
    return _moment(end - timedelta(**{timespec: 1}), timespec)


def _timespec(moment: datetime) -> str:
    """How fine a moment has to be written."""
    return "microseconds" if moment.microsecond else "seconds" if moment.second else "minutes"


def _moment(moment: datetime, timespec: str) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
