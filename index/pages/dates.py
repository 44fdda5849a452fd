"""Dates as pages print them: give a text and the time of capture, get a PageDate back, or None when it is no date.

Relative dates ("3 hours ago") are resolved against the time of capture, never against now. The precision says how
far to trust the value: an hour ago is known to the hour, a day ago to the day, a month ago to the month, and "2 years
ago" is too vague to be a date at all.
"""

from __future__ import annotations

import calendar
import dataclasses
import re
from datetime import UTC, date, datetime, timedelta

from index.article import Origin, Precision, format_time

_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name[:3]: number for name, number in _MONTHS.items()} | {"sept": 9}

_UNITS = {
    "second": ("second", "seconds", "sec", "secs"),
    "minute": ("minute", "minutes", "min", "mins", "m"),
    "hour": ("hour", "hours", "hr", "hrs", "h"),
    "day": ("day", "days", "d"),
    "week": ("week", "weeks", "wk", "wks", "w"),
    "month": ("month", "months", "mo", "mos"),
    "year": ("year", "years", "yr", "yrs", "y"),
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words}
_PRECISION: dict[str, Precision] = {
    "second": "minute",
    "minute": "minute",
    "hour": "hour",
    "day": "day",
    "week": "month",
    "month": "month",
}
# The largest count that a page prints before it moves on to the next unit ("24 hours ago" is "a day ago").
_LARGEST = {"second": 59, "minute": 59, "hour": 23, "day": 31, "week": 8, "month": 12, "year": 30}
# "today" is not among them: it ends the names of newspapers, and is the name of one.
_SAID = {"just now": (0, "minute"), "moments ago": (0, "minute"), "a few seconds ago": (0, "minute"), "yesterday": (1, "day")}

_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
_CLOCK = r"(?:(?:,?\s+(?:at\s+)?|t)(?P<clock>\d{1,2}:\d{2})(?::\d{2})?\s*(?P<half>[ap]\.?m\.?)?(?:\s*(?:utc|gmt|z))?)?"
_TEMPLATE = re.compile(r"YYYY|MONTH|MM|DD|[A-Za-z]+|\s+|.")
_TEMPLATE_PARTS = {
    "YYYY": r"(?P<year>(?:19|20)\d{2})",
    "MM": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "MONTH": rf"(?P<name>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?",
}
_UNIT_WORDS = "|".join(sorted(_UNIT_OF, key=len, reverse=True))
_RELATIVE = re.compile(rf"(?:(?:an?|one)\s+|(?P<count>\d{{1,3}})\s*)(?P<unit>{_UNIT_WORDS})\s+ago", re.IGNORECASE)
# A cheap test that spares most lines the search for a date at their end.
_MAY_END_IN_DATE = re.compile(r"(?:ago|now|yesterday|\d|[ap]\.?m\.?|utc|gmt|z)$", re.IGNORECASE)
_MAX_DATED_LINE = 120


@dataclasses.dataclass(frozen=True, slots=True)
class PageDate:
    """A date as printed and what it means; published is None when the text has the shape of a date and names none."""

    printed: str
    published: str | None = None
    precision: Precision = "unknown"
    origin: Origin = "unknown"
    note: str | None = None


class DateReader:
    """Reads the date shapes of one site: templates such as DD-MM-YYYY or MONTH DD, YYYY, and words glued in front."""

    def __init__(self, shapes: tuple[str, ...], prefixes: tuple[str, ...]) -> None:
        self._shapes = tuple(re.compile(_WEEKDAY + _shape_pattern(shape) + _CLOCK, re.IGNORECASE) for shape in shapes)
        words = "|".join(re.escape(prefix) for prefix in sorted(prefixes, key=len, reverse=True))
        self._prefix = re.compile(rf"(?:{words})\s*:?\s*", re.IGNORECASE) if words else None

    def whole(self, text: str, captured: datetime) -> PageDate | None:
        """The date that the text is, after a glued word such as the `time` of `timean hour ago`; else None."""
        bare = self._read(text, captured)
        prefix = self._prefix.match(text) if self._prefix and bare is None else None
        return self._read(text[prefix.end() :], captured) if prefix else bare

    def trailing(self, text: str, captured: datetime) -> tuple[str, PageDate] | None:
        """(what stands before, the date) of a text that ends in a date: `Russia Today27-05-2025`; else None.

        A number may run into the name before it (`News245 hours ago`): the split with a count that pages print wins,
        the whole number before a part of it.
        """
        if len(text) > _MAX_DATED_LINE or not _MAY_END_IN_DATE.search(text):
            return None
        best: tuple[int, str, PageDate] | None = None
        for start in range(1, len(text)):
            found = self._read(text[start:], captured)
            if found is None:
                continue
            rank = _doubt(text, start)
            if best is None or rank < best[0]:
                best = (rank, text[:start], found)
        return (best[1], best[2]) if best else None

    def _read(self, text: str, captured: datetime) -> PageDate | None:
        relative = _relative(text, captured)
        if relative:
            return relative
        for shape in self._shapes:
            match = shape.fullmatch(text)
            if match:
                return _absolute(match)
        return None


def _shape_pattern(template: str) -> str:
    parts = (_TEMPLATE_PARTS.get(part, r"\s+" if part.isspace() else re.escape(part)) for part in _TEMPLATE.findall(template))
    return "".join(parts)


def _doubt(text: str, start: int) -> int:
    """0 for a number whole and of a printed size, 1 for a part of a number, 2 for a whole number of an unusual size."""
    relative = _RELATIVE.match(text[start:])
    if relative is None or relative["count"] is None:
        return 0
    usual = 0 < int(relative["count"]) <= _LARGEST[_UNIT_OF[relative["unit"].casefold()]]
    is_part = text[start - 1].isdigit()
    if is_part:
        return 1 if usual and not relative["count"].startswith("0") else 3
    return 0 if usual else 2


def _relative(text: str, captured: datetime) -> PageDate | None:
    said = _SAID.get(text.casefold())
    if said:
        return _before(text, captured, said[0], said[1])
    match = _RELATIVE.fullmatch(text)
    if not match:
        return None
    return _before(text, captured, int(match["count"] or 1), _UNIT_OF[match["unit"].casefold()])


def _before(printed: str, captured: datetime, count: int, unit: str) -> PageDate:
    if unit == "year":
        return PageDate(printed, note=f"“{printed}” is too vague to date an article")
    moment = captured.astimezone(UTC)
    try:
        moment = _months_before(moment, count) if unit == "month" else moment - timedelta(**{unit + "s": count})
    except (OverflowError, ValueError):
        return PageDate(printed, note=f"“{printed}” is no date that a calendar has")
    precision = _PRECISION[unit]
    published = format_time(moment) if precision in ("minute", "hour") else moment.date().isoformat()
    return PageDate(printed, published, precision, "relative")


def _months_before(moment: datetime, count: int) -> datetime:
    """The same day of an earlier month, or that month's last day where it is shorter."""
    year, month0 = divmod(moment.year * 12 + moment.month - 1 - count, 12)
    return moment.replace(year=year, month=month0 + 1, day=min(moment.day, calendar.monthrange(year, month0 + 1)[1]))


def _absolute(match: re.Match[str]) -> PageDate:
    parts = match.groupdict()
    month = int(parts["month"]) if parts.get("month") else _MONTHS[parts["name"].casefold()]
    try:
        day = date(int(parts["year"]), month, int(parts["day"]))
        if not parts["clock"]:
            return PageDate(match[0], day.isoformat(), "day", "absolute")
        hour, minute = _clock(parts["clock"], parts["half"])
        moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
        return PageDate(match[0], format_time(moment), "minute", "absolute")
    except ValueError:
        return PageDate(match[0], note=f"“{match[0]}” is no date that a calendar has")


def _clock(printed: str, half: str | None) -> tuple[int, int]:
    hour, minute = (int(part) for part in printed.split(":"))
    if half:
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    return hour, minute
