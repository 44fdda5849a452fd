"""One named date -> the time it names: `2025`, `27-05-2025`, `may 2025`, `yesterday`, `last week`, `3 days ago`, `7d`.

Give it the text and a Clock (what time it is, and where); it gives back a Span of aware UTC moments, or None if the text
names no date it knows. Ranges, bounds and messages are in `searcher.dates`. English names only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

_ONE_DAY = timedelta(days=1)
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_MONTH = (
    r"(?P<month_name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?P<weekday>(?:mon|fri|sun)(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|sat(?:urday)?)"
_UNIT = r"(?P<unit>h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:(?:ee)?ks?)?|m(?:on(?:th)?s?)?|y(?:(?:ea)?rs?)?)"
_COUNT = r"(?P<count>\d{1,5}|an?|one)"
_NUMERIC_DAY = r"(?P<day>\d{1,2})"


class Span(NamedTuple):
    """[start, end), aware UTC. is_vague: what it means depends on the clock or on a guess, so the reader is told."""

    start: datetime
    end: datetime
    is_vague: bool = False


class Clock(NamedTuple):
    """The present moment, and the time zone whose days are meant."""

    now: datetime
    timezone: tzinfo

    @classmethod
    def at(cls, now: datetime | None, timezone: tzinfo) -> Clock:
        """now: the current time if None; a naive one is a time of `timezone`."""
        if now is None:
            return cls(datetime.now(timezone), timezone)
        return cls(now.astimezone(timezone) if now.tzinfo else now.replace(tzinfo=timezone), timezone)

    @property
    def today(self) -> date:
        """The present day."""
        return self.now.date()

    @property
    def minute(self) -> datetime:
        """The present minute, UTC. Nothing is resolved finer, so that a search repeated at once is the same search."""
        return self.now.astimezone(UTC).replace(second=0, microsecond=0)

    def midnight(self, day: date) -> datetime:
        """The beginning of a day, UTC; at the ends of the calendar the last moment that can be written."""
        try:
            return datetime.combine(day, time(), self.timezone).astimezone(UTC)
        except OverflowError:
            return _EARLIEST if day.year == 1 else _LATEST

    def days(self, first: date, last: date, *, is_vague: bool = False) -> Span:
        """From the beginning of one day to the end of another."""
        end = self.midnight(last + _ONE_DAY) if last < date.max else _LATEST
        return Span(self.midnight(first), end, is_vague)

    def day_back(self, count: int, unit: str) -> date:
        """The day that lies so many days, weeks, months or years back; the last day of a shorter month."""
        if unit in "my":
            return _months_back(self.today, count * (12 if unit == "y" else 1))
        days = count * (7 if unit == "w" else 1)
        return self.today - timedelta(days=days) if days < self.today.toordinal() else date.min

    def hours_back(self, count: int) -> datetime:
        """The minute that lies so many hours back."""
        return self.minute - timedelta(hours=count)


def named_span(text: str, clock: Clock) -> Span | None:
    """The time that `text` (as `folded` gives it) names; None: no date. ValueError: written as a date, but none."""
    for pattern, read in _FORMS:
        if match := re.fullmatch(pattern, text):
            return read(match, clock)
    return None


def rolling_span(text: str, clock: Clock) -> Span | None:
    """`7d`, `24h`, `last 3 months`, `past week`: from so far back until now; None if it is nothing of the kind.

    Days and longer begin with the day and end with today: many articles are dated to the day only, as its midnight.
    """
    match = re.fullmatch(_ROLLING, text)
    if not match:
        return None
    count, unit = _count(match["count"] or "1"), match["unit"][0]
    if unit == "h":
        return Span(clock.hours_back(count), clock.minute + timedelta(minutes=1), is_vague=True)
    return clock.days(clock.day_back(count, unit), clock.today, is_vague=True)


def folded(text: str) -> str:
    """A date text in the one spelling the patterns know: `Last_Week` is `last week`, `27-May-2025` is `27 may 2025`."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"(\d)[年月](?=\d)", r"\1-", text)
    text = re.sub(r"(?<=\d)[年月日号]", "", text)
    text = re.sub(r"(?<=[a-z])-(?=\w)|(?<=\d)-(?=[a-z])", " ", text)
    return " ".join(re.sub(r"[_,]", " ", text).split())


def _months_back(day: date, count: int) -> date:
    """The same day so many months before, the last of the month where it has no such day."""
    months = day.year * 12 + day.month - 1 - count
    if months < 12:
        return date.min
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, _month_end(year, month + 1).day))


def _month_end(year: int, month: int) -> date:
    return date(year, 12, 31) if month == 12 else date(year, month + 1, 1) - _ONE_DAY


def _count(text: str) -> int:
    return int(text) if text.isdecimal() else 1


def _month_number(match: re.Match[str]) -> int:
    return next(number for number, name in enumerate(MONTHS, 1) if name.lower().startswith(match["month_name"][:3]))


def _year(match: re.Match[str], clock: Clock) -> Span:
    year = int(match["year"])
    return clock.days(date(year, 1, 1), date(year, 12, 31))


def _month(match: re.Match[str], clock: Clock) -> Span:
    year, month = int(match["year"]), int(match["month"])
    return clock.days(date(year, month, 1), _month_end(year, month))


def _day(match: re.Match[str], clock: Clock) -> Span:
    day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    return clock.days(day, day)


def _day_first(match: re.Match[str], clock: Clock) -> Span:
    """27-05-2025; 05/27/2025 can only be month first; 03/04/2025 is 3 April, and says so."""
    year, first, second = int(match["year"]), int(match["first"]), int(match["second"])
    month_first = second > 12 >= first
    day = date(year, first, second) if month_first else date(year, second, first)
    return clock.days(day, day, is_vague=month_first or (first <= 12 and first != second))


def _moment(match: re.Match[str], clock: Clock) -> Span:
    """A time of day: the minute, second or microsecond it is written to."""
    moment = datetime.fromisoformat(match[0].upper())
    start = (moment if moment.tzinfo else moment.replace(tzinfo=clock.timezone)).astimezone(UTC)
    whole = timedelta(seconds=1) if match["second"] else timedelta(minutes=1)
    length = timedelta(microseconds=1) if match["fraction"] else whole
    return Span(start, min(start, _LATEST - length) + length)


def _named_month(match: re.Match[str], clock: Clock) -> Span:
    """`may 2025`; `may` is the latest that has begun."""
    month = _month_number(match)
    year = int(match["year"]) if match["year"] else clock.today.year - (month > clock.today.month)
    return clock.days(date(year, month, 1), _month_end(year, month), is_vague=not match["year"])


def _named_day(match: re.Match[str], clock: Clock) -> Span:
    """`27 may 2025`; `27 may` is the latest up to today."""
    month, number = _month_number(match), int(match["day"])
    if match["year"]:
        day = date(int(match["year"]), month, number)
        return clock.days(day, day)
    for year in range(clock.today.year, clock.today.year - 8, -1):  # eight years hold a 29 February
        if number <= _month_end(year, month).day and date(year, month, number) <= clock.today:
            return clock.days(date(year, month, number), date(year, month, number), is_vague=True)
    raise ValueError(f"no {match[0]} within eight years")


def _today(match: re.Match[str], clock: Clock) -> Span:
    day = clock.day_back(1 if match[0] == "yesterday" else 0, "d")
    return clock.days(day, day, is_vague=True)


def _now(_match: re.Match[str], clock: Clock) -> Span:
    return Span(clock.minute, clock.minute + timedelta(minutes=1), is_vague=True)


def _calendar(match: re.Match[str], clock: Clock) -> Span:
    """`this week` (Monday to Sunday), `last month`, `previous year`."""
    back = 0 if match["which"] == "this" else 1
    if match["period"] == "week":
        monday = clock.today - timedelta(days=clock.today.weekday() + 7 * back)
        return clock.days(monday, monday + timedelta(days=6), is_vague=True)
    if match["period"] == "month":
        first = _months_back(clock.today.replace(day=1), back)
        return clock.days(first, _month_end(first.year, first.month), is_vague=True)
    year = clock.today.year - back
    return clock.days(date(year, 1, 1), date(year, 12, 31), is_vague=True)


def _weekday(match: re.Match[str], clock: Clock) -> Span:
    """The latest such day, today included; `last monday` is before today."""
    back = (clock.today.weekday() - _WEEKDAYS.index(match["weekday"][:3])) % 7
    day = clock.day_back(7 if match["last"] and back == 0 else back, "d")
    return clock.days(day, day, is_vague=True)


def _ago(match: re.Match[str], clock: Clock) -> Span:
    """`3 days ago`, `-1w`, and a bare `7d` as an end of a range: the day (or minute, for hours) so far back."""
    count, unit = _count(match["count"]), match["unit"][0]
    if unit == "h":
        moment = clock.hours_back(count)
        return Span(moment, moment + timedelta(minutes=1), is_vague=True)
    day = clock.day_back(count, unit)
    return clock.days(day, day, is_vague=True)


_Reader = Callable[[re.Match[str], Clock], Span]
# Patterns are compiled (and kept by `re`) at the first date: most searches have none, and all must start fast.
_ROLLING = rf"(?=past |last (?:day|hour)$|(?:last |previous )?\d)(?:(?:last|past|previous) )?(?P<count>\d{{1,5}})? ?{_UNIT}"
_FORMS: tuple[tuple[str, _Reader], ...] = (
    (r"(?P<year>\d{4})", _year),
    (r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})", _month),
    (r"(?P<month>\d{1,2})[-/.](?P<year>\d{4})", _month),
    (rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.]{_NUMERIC_DAY}", _day),
    (r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})", _day),
    (r"(?P<first>\d{1,2})[-/.](?P<second>\d{1,2})[-/.](?P<year>\d{4})", _day_first),
    (
        r"\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2}(?P<second>:\d{2}(?P<fraction>\.\d{1,6})?)?(?:z|[+-]\d{2}:?\d{2})?",
        _moment,
    ),
    (rf"{_MONTH}(?: (?P<year>\d{{4}}))?", _named_month),
    (rf"{_NUMERIC_DAY}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?: (?P<year>\d{{4}}))?", _named_day),
    (rf"{_MONTH} {_NUMERIC_DAY}(?:st|nd|rd|th)?(?: (?P<year>\d{{4}}))?", _named_day),
    (r"today|yesterday", _today),
    (r"now", _now),
    (r"(?P<which>this|last|previous) (?P<period>week|month|year)", _calendar),
    (rf"(?P<last>last )?{_WEEKDAY}", _weekday),
    (rf"{_COUNT} ?{_UNIT} ago", _ago),
    (rf"(?:now ?)?-? ?(?P<count>\d{{1,5}}) ?{_UNIT}", _ago),
)
