"""Dates in queries: text in, a Period of aware UTC moments out, with a label a person can check.

`parse_period` reads the value of `date:` (a day, month, year, range, `last week`, `7d`), `parse_bound` one end of a
range: what `after:`, `before:`, --after and --before take. Both ends always belong to the range: `before:2025-05` ends
with the last of May. Text that is no date raises RequestError, whose message shows what would be. Standard library only.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal, NamedTuple

from index.errors import RequestError
from searcher.named_dates import MONTHS, Clock, Span, folded, named_span, rolling_span
from searcher.notes import shown

Side = Literal["after", "before"]

_EXAMPLES = "2025, 2025-05, 2025-05-27, 'may 2025', yesterday, 'last week', 7d"
_RANGE_EXAMPLES = "2025-05-01..2025-05-27"
# Compiled (and kept by `re`) at the first date, as in `searcher.named_dates`.
_DOTS = r"(.*?)\s*\.{2,}\s*(.*)"
_SPOKEN = r"(.+?)\s*(?:\bto\b|[–—]|\s-\s)\s*(.+)"
_BRACKETED = r"[\[{]\s*(.*?)\s*\bto\b\s*(.*?)\s*[\]}]"
_COMPARED = r"(>=|<=|>|<|=)\s*(.+)"
_OPEN_END = ("", "*")


class Period(NamedTuple):
    """[start, end), aware UTC, None: open. label: the same for people, `10–16 November 2026`, in the days of the time zone.

    remarks: what the reader should be told: what a relative date came to, a range that was written backwards.
    """

    start: datetime | None
    end: datetime | None
    label: str
    remarks: tuple[str, ...] = ()


def parse_period(text: str, now: datetime | None = None, timezone: tzinfo = UTC) -> Period:
    """The period that `text` names: one date, a range (`a..b`, `a..`, `a to b`, `[a TO b]`, `>=a`), or `7d` until now.

    `*` is every dated moment.
    """
    clock, plain = Clock.at(now, timezone), folded(text)
    ends = _range_ends(plain)
    if ends:
        return _range(text, *ends, clock)
    if compared := re.fullmatch(_COMPARED, plain):
        return _compared(text, compared[1], _span(text, compared[2], clock), clock)
    if plain == "*":
        return _period(text, None, None, False, clock)
    span = rolling_span(plain, clock) or _span(text, plain, clock)
    return _period(text, span.start, span.end, span.is_vague, clock)


def parse_limit(text: str, side: Side, now: datetime | None = None, timezone: tzinfo = UTC) -> Period:
    """The period open on one side that `after` or `before` the date in `text` means, that date included."""
    clock = Clock.at(now, timezone)
    span = _span(text, folded(text), clock, side)
    start, end = (span.start, None) if side == "after" else (None, span.end)
    return _period(text, start, end, span.is_vague, clock)


def parse_bound(text: str, side: Side, now: datetime | None = None, timezone: tzinfo = UTC) -> datetime:
    """One end of a range, aware UTC: after: where the date in `text` begins; before: where it ends."""
    clock = Clock.at(now, timezone)
    span = _span(text, folded(text), clock, side)
    return span.start if side == "after" else span.end


def _span(text: str, plain: str, clock: Clock, side: Side | None = None) -> Span:
    """One named date; RequestError says what was expected. A `last 7 days` as a limit is read as well."""
    examples = _EXAMPLES if side else f"{_EXAMPLES}, {_RANGE_EXAMPLES}"
    expected = f"expected {'one date' if side else 'a date or a range'} such as {examples}"
    try:
        span = named_span(plain, clock) or rolling_span(plain, clock)
    except ValueError:
        raise RequestError(f"{shown(text)} is not in the calendar; {expected}") from None
    if span is None:
        raise RequestError(f"{shown(text)} is not a date that can be read; {expected}")
    return span


def _range_ends(plain: str) -> tuple[str, str] | None:
    """The two ends of a range as written; None if it is none. Only `..` and brackets may leave an end open."""
    for pattern in (_BRACKETED, _DOTS, _SPOKEN):
        if match := re.fullmatch(pattern, plain):
            return match[1], match[2]
    return None


def _range(text: str, first: str, last: str, clock: Clock) -> Period:
    start = None if first in _OPEN_END else _span(text, first, clock)
    end = None if last in _OPEN_END else _span(text, last, clock)
    if start is None and end is None and "*" not in (first, last):
        _span(text, "", clock)
    is_vague = any(span.is_vague for span in (start, end) if span)
    if start and end and start.start >= end.end:
        period = _period(text, end.start, start.end, is_vague, clock)
        return period._replace(remarks=(f"the range was written backwards: read as {period.label}",))
    return _period(text, start.start if start else None, end.end if end else None, is_vague, clock)


def _compared(text: str, sign: str, span: Span, clock: Clock) -> Period:
    """`>=2025-05`: from the beginning of May on; `>2025-05`: after its end."""
    start = {">": span.end, ">=": span.start, "=": span.start}.get(sign)
    end = {"<": span.start, "<=": span.end, "=": span.end}.get(sign)
    return _period(text, start, end, span.is_vague, clock)


def _period(text: str, start: datetime | None, end: datetime | None, is_vague: bool, clock: Clock) -> Period:
    label = period_label(start, end, clock.timezone)
    return Period(start, end, label, (f"{shown(text)[1:-1]}: {label}",) if is_vague else ())


def period_label(start: datetime | None, end: datetime | None, timezone: tzinfo = UTC) -> str:
    """A period in words: `27 May 2025`, `28 May – 3 June 2025`, `since 1 May 2025`, `2025`; with times if it has any."""
    first, last = local_ends(start, end, timezone)
    is_days = is_midnight(start, timezone) and is_midnight(end, timezone)
    words = _day_words if is_days else _minute_words
    if last is None:
        return f"since {words(first)}" if first else "any date"
    if first is None:
        return f"until {words(last)}"
    if is_days:
        return _days_words(first, last)
    return words(first) if words(first) == words(last) else f"{words(first)} – {words(last)}"


def local_ends(start: datetime | None, end: datetime | None, timezone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """The first and the last moment of a period on the clocks of a time zone."""
    last = end - timedelta(microseconds=1) if end else None
    return _local(start, timezone), _local(last, timezone)


def _local(moment: datetime | None, timezone: tzinfo) -> datetime | None:
    try:
        return moment and moment.astimezone(timezone)
    except OverflowError:  # the first and last day that can be written, in another zone
        return moment


def is_midnight(moment: datetime | None, timezone: tzinfo) -> bool:
    """Whether an end of a period is open or falls between two days of the time zone."""
    local = _local(moment, timezone)
    return local is None or (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def _days_words(first: datetime, last: datetime) -> str:
    """The shortest words for whole days: a year, a month, a day, or two days without what they share."""
    if first.year == last.year and (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return str(first.year)
    if (first.year, first.month) == (last.year, last.month):
        if first.day == 1 and (last + timedelta(microseconds=1)).day == 1:
            return f"{MONTHS[first.month - 1]} {first.year}"
        return _day_words(last) if first.day == last.day else f"{first.day}–{_day_words(last)}"
    if first.year == last.year:
        return f"{first.day} {MONTHS[first.month - 1]} – {_day_words(last)}"
    return f"{_day_words(first)} – {_day_words(last)}"


def _day_words(moment: datetime) -> str:
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def _minute_words(moment: datetime) -> str:
    return f"{_day_words(moment)} {moment:%H:%M}"
