"""Dates of queries apart from the language: bounds, periods, time zones, messages."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import RequestError
from searcher.dates import Side, parse_bound, parse_limit, parse_period, period_label

NOW = datetime(2026, 11, 21, 20, 17, 35, tzinfo=UTC)  # a Saturday
RELATIVE = [
    *("now", "today", "yesterday", "this week", "last week", "this month", "last month", "this year", "last year", "monday"),
    *("sunday", "last friday", "7d", "2w", "3m", "1y", "24h", "3 days ago", "a week ago", "may", "31 december", "past month"),
]


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, *, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "after", "before"),
    [
        ("2025", utc(2025, 1, 1), utc(2026, 1, 1)),
        ("2025-05", utc(2025, 5, 1), utc(2025, 6, 1)),
        ("2025-12", utc(2025, 12, 1), utc(2026, 1, 1)),
        ("2025-05-27", utc(2025, 5, 27), utc(2025, 5, 28)),
        ("27-05-2025", utc(2025, 5, 27), utc(2025, 5, 28)),
        ("2024-02-29", utc(2024, 2, 29), utc(2024, 3, 1)),
        ("2025-05-27T08:30", utc(2025, 5, 27, 8, 30), utc(2025, 5, 27, 8, 31)),
        ("2025-05-27 08:30:15+02:00", utc(2025, 5, 27, 6, 30, second=15), utc(2025, 5, 27, 6, 30, second=16)),
        (" Last_Week ", utc(2026, 11, 9), utc(2026, 11, 16)),
        ("yesterday", utc(2026, 11, 20), utc(2026, 11, 21)),
        ("7d", utc(2026, 11, 14), utc(2026, 11, 15)),
        ("-7d", utc(2026, 11, 14), utc(2026, 11, 15)),
        ("now-7d", utc(2026, 11, 14), utc(2026, 11, 15)),
        ("1 week", utc(2026, 11, 14), utc(2026, 11, 15)),
        ("9m", utc(2026, 2, 21), utc(2026, 2, 22)),
        ("may 2025", utc(2025, 5, 1), utc(2025, 6, 1)),
        ("Sept 2025", utc(2025, 9, 1), utc(2025, 10, 1)),
        ("99999y", utc(1, 1, 1), utc(1, 1, 2)),
        ("99999d", utc(1753, 2, 6), utc(1753, 2, 7)),
    ],
)
def test_bounds_include_the_date_they_name(text: str, after: datetime, before: datetime) -> None:
    """The bound after is where the named period begins, before where it ends, both aware UTC."""
    assert parse_bound(text, "after", NOW) == after
    assert parse_bound(text, "before", NOW) == before


@pytest.mark.parametrize(
    "text", ["", " ", "foo", "2025-13", "2025-02-30", "0000", "25", "2025..2026", "2025 to 2026", "..", "32 may"]
)
@pytest.mark.parametrize("side", get_args(Side))
def test_bad_bound_says_what_was_expected(text: str, side: Side) -> None:
    """What is no single date raises RequestError with what was got and examples of what can be read."""
    with pytest.raises(RequestError, match="expected one date such as 2025, 2025-05, 2025-05-27") as raised:
        parse_bound(text, side, NOW)

    assert repr(text) in str(raised.value)


def test_bad_period_shows_a_range_among_the_examples() -> None:
    """The message for `date:` tells of ranges too."""
    with pytest.raises(RequestError, match=r"expected a date or a range .*2025-05-01\.\.2025-05-27"):
        parse_period("nonsense", NOW)


def test_long_text_is_cut_in_the_message() -> None:
    """A message quotes a pasted text only in part."""
    with pytest.raises(RequestError) as raised:
        parse_bound("x" * 10_000, "after", NOW)

    assert len(str(raised.value)) < 300


def test_month_is_shortened_to_its_last_day() -> None:
    """One month before 31 March is the last of February."""
    assert parse_bound("1m", "after", utc(2024, 3, 31, 12)) == utc(2024, 2, 29)


def test_month_name_is_the_latest_that_has_begun() -> None:
    """In January, `december` is last year's and `january` this year's."""
    january = utc(2026, 1, 15)

    assert parse_period("december", january).label == "December 2025"
    assert parse_period("january", january).label == "January 2026"


def test_week_begins_on_monday() -> None:
    """On a Sunday, this week began six days ago; on a Monday, today."""
    assert parse_period("this week", utc(2026, 11, 22, 23, 59)).label == "16–22 November 2026"
    assert parse_period("this week", utc(2026, 11, 23)).label == "23–29 November 2026"


def test_weekday_may_be_today_unless_it_is_the_last_one() -> None:
    """On a Saturday `saturday` is today, `last saturday` a week ago."""
    assert parse_period("saturday", NOW).label == "21 November 2026"
    assert parse_period("last saturday", NOW).label == "14 November 2026"


def test_today_is_the_local_day() -> None:
    """At 20:17 UTC it is already tomorrow in Tokyo, and that is the day meant."""
    tokyo = ZoneInfo("Asia/Tokyo")

    period = parse_period("today", NOW, tokyo)

    assert (period.start, period.end) == (utc(2026, 11, 21, 15), utc(2026, 11, 22, 15))
    assert period.label == "22 November 2026"


def test_day_of_the_clock_change_has_its_own_length() -> None:
    """A local day is 23 or 25 hours long when the clocks change."""
    berlin = ZoneInfo("Europe/Berlin")

    spring, autumn = parse_period("2025-03-30", NOW, berlin), parse_period("2025-10-26", NOW, berlin)

    assert spring.start and spring.end and spring.end - spring.start == timedelta(hours=23)
    assert autumn.start and autumn.end and autumn.end - autumn.start == timedelta(hours=25)
    assert spring.label == "30 March 2025"


def test_time_without_zone_is_local() -> None:
    """A time of day without a zone is one of the time zone asked for."""
    assert parse_bound("2025-05-27T08:30", "after", NOW, ZoneInfo("Asia/Tokyo")) == utc(2025, 5, 26, 23, 30)


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/New_York", "UTC"])
@pytest.mark.parametrize("text", ["0001", "0001-01-01", "9999", "9999-12-31"])
def test_ends_of_the_calendar(text: str, zone: str) -> None:
    """The first and last day that can be written are periods in every time zone, with a label."""
    period = parse_period(text, NOW, ZoneInfo(zone))

    assert period.start is not None
    assert period.end is not None
    assert period.start < period.end
    assert period.label


def test_backward_range_is_turned_with_a_remark() -> None:
    """A range with its ends swapped covers the same days, and says that it was turned."""
    period = parse_period("2025-06..2025-05-10", NOW)

    assert (period.start, period.end) == (utc(2025, 5, 10), utc(2025, 7, 1))
    assert period.remarks == ("the range was written backwards: read as 10 May – 30 June 2025",)


def test_relative_dates_are_explained_and_absolute_ones_not() -> None:
    """A date that depends on the clock has a remark with what it came to; a plain one has none."""
    assert all(parse_period(text, NOW).remarks for text in RELATIVE)
    assert not any(parse_period(text, NOW).remarks for text in ("2025", "2025-05", "27-05-2025", "may 2025", "2025..2026", "*"))
    assert parse_limit("last week", "before", NOW).remarks == ("last week: until 15 November 2026",)


def test_shorter_spans_lie_within_longer_ones() -> None:
    """The last 24 hours lie within the last day, that within the week, the month and the year."""
    periods = [parse_period(text, NOW) for text in ("1h", "24h", "1d", "7d", "1m", "1y")]

    for shorter, longer in itertools.pairwise(periods):
        assert shorter.start and shorter.end and longer.start and longer.end
        assert longer.start <= shorter.start
        assert shorter.end <= longer.end


@settings(max_examples=200, deadline=None)
@given(
    st.dates(date(1950, 1, 2), date(2100, 1, 1)),
    st.sampled_from(RELATIVE),
    st.sampled_from(["UTC", "Asia/Kathmandu", "Pacific/Tongatapu"]),
)
def test_relative_dates_have_begun(day: date, text: str, zone: str) -> None:
    """On any day and in any zone a relative date is a period in UTC that began before now, and a bound is its end."""
    now = datetime(day.year, day.month, day.day, 13, 5, tzinfo=ZoneInfo(zone))

    period = parse_period(text, now, ZoneInfo(zone))

    assert period.start and period.end
    assert period.start <= now
    assert period.start < period.end
    assert period.start.tzinfo is period.end.tzinfo is UTC
    assert parse_bound(text, "after", now, ZoneInfo(zone)) == period.start


@settings(max_examples=200, deadline=None)
@given(
    st.dates(), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d-%m-%Y", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y", "%Y%m%d"])
)
def test_a_day_can_be_written_in_many_ways(day: date, form: str) -> None:
    """Every usual way to write a day names that day."""
    text = day.strftime(form.replace("%Y", f"{day.year:04d}"))

    assert parse_bound(text, "after", NOW) == datetime(day.year, day.month, day.day, tzinfo=UTC)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_period_or_a_request_error(text: str) -> None:
    """No text makes the date grammar fail in another way."""
    for read in (parse_period, lambda given, now: parse_bound(given, "before", now)):
        try:
            read(text, NOW)
        except RequestError as error:
            assert "expected" in str(error)


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        (utc(2025, 1, 1), utc(2026, 1, 1), "2025"),
        (utc(2025, 5, 1), utc(2025, 6, 1), "May 2025"),
        (utc(2025, 5, 27), utc(2025, 5, 28), "27 May 2025"),
        (utc(2026, 11, 10), utc(2026, 11, 17), "10–16 November 2026"),
        (utc(2025, 5, 28), utc(2025, 6, 4), "28 May – 3 June 2025"),
        (utc(2025, 12, 30), utc(2026, 1, 6), "30 December 2025 – 5 January 2026"),
        (utc(2025, 5, 1), None, "since 1 May 2025"),
        (None, utc(2025, 6, 1), "until 31 May 2025"),
        (None, None, "any date"),
        (utc(2025, 5, 1, 8), utc(2025, 5, 1, 9), "1 May 2025 08:00 – 1 May 2025 08:59"),
        (utc(2025, 5, 1, 8), utc(2025, 5, 1, 8, 1), "1 May 2025 08:00"),
    ],
)
def test_label_names_the_days(start: datetime | None, end: datetime | None, label: str) -> None:
    """A period is shown as the first and the last day that belong to it, without what they share."""
    assert period_label(start, end) == label
