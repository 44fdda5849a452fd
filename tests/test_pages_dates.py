"""Dates as pages print them: value, precision and origin, and what is no date."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import parse_time
from index.pages.dates import DateReader
from index.pages.profiles import DateRules

CAPTURED = datetime(2025, 3, 31, 10, 20, 30, tzinfo=UTC)
READER = DateReader(DateRules().shapes, ("time", "Published on", "Published"))


@pytest.mark.parametrize(
    ("printed", "published", "precision"),
    [
        ("just now", "2025-03-31T10:20:30Z", "minute"),
        ("a few seconds ago", "2025-03-31T10:20:30Z", "minute"),
        ("30 seconds ago", "2025-03-31T10:20:00Z", "minute"),
        ("a minute ago", "2025-03-31T10:19:30Z", "minute"),
        ("20 minutes ago", "2025-03-31T10:00:30Z", "minute"),
        ("an hour ago", "2025-03-31T09:20:30Z", "hour"),
        ("5h ago", "2025-03-31T05:20:30Z", "hour"),
        ("23 hours ago", "2025-03-30T11:20:30Z", "hour"),
        ("a day ago", "2025-03-30", "day"),
        ("yesterday", "2025-03-30", "day"),
        ("31 days ago", "2025-02-28", "day"),
        ("2 weeks ago", "2025-03-17", "month"),
        ("a month ago", "2025-02-28", "month"),
        ("4 months ago", "2024-11-30", "month"),
    ],
)
def test_relative_date(printed: str, published: str, precision: str) -> None:
    """A relative date counts back from the time of capture, as precisely as it is printed."""
    date = READER.whole(printed, CAPTURED)
    assert date is not None
    assert (date.published, date.precision, date.origin) == (published, precision, "relative")


@pytest.mark.parametrize(
    ("printed", "published", "precision"),
    [
        ("27-05-2025", "2025-05-27", "day"),
        ("2025-05-27", "2025-05-27", "day"),
        ("27 May 2025", "2025-05-27", "day"),
        ("May 27, 2025", "2025-05-27", "day"),
        ("Tuesday, Sept. 2, 2025", "2025-09-02", "day"),
        ("27/05/2025", "2025-05-27", "day"),
        ("27-05-2025 08:30", "2025-05-27T08:30:00Z", "minute"),
        ("May 27, 2025 at 8:30 pm", "2025-05-27T20:30:00Z", "minute"),
        ("May 27, 2025, 12:05 a.m.", "2025-05-27T00:05:00Z", "minute"),
        ("2025-05-27T08:30:00Z", "2025-05-27T08:30:00Z", "minute"),
        ("time17-06-2025", "2025-06-17", "day"),
        ("Published on: 17-06-2025", "2025-06-17", "day"),
        ("01-01-2099", "2099-01-01", "day"),
    ],
)
def test_absolute_date(printed: str, published: str, precision: str) -> None:
    """An absolute date is kept as printed, day before month, even when it lies after the capture."""
    date = READER.whole(printed, CAPTURED)
    assert date is not None
    assert (date.published, date.precision, date.origin) == (published, precision, "absolute")


@pytest.mark.parametrize("printed", ["31-02-2025", "27-13-2025", "2 years ago", "a year ago", "27-05-2025 25:00"])
def test_no_day_of_the_calendar(printed: str) -> None:
    """What has the shape of a date and names no day, or is too vague, is undated and says why."""
    date = READER.whole(printed, CAPTURED)
    assert date is not None
    assert (date.published, date.precision, date.origin) == (None, "unknown", "unknown")
    assert date.note is not None
    assert printed in date.note


@pytest.mark.parametrize("text", ["", "today", "24/7", "Emirates 24/7", "long ago", "in 2 hours", "May", "2025", "an hour"])
def test_no_date(text: str) -> None:
    """Other text is no date; `Today` is a newspaper."""
    assert READER.whole(text, CAPTURED) is None


@pytest.mark.parametrize(
    ("text", "name", "printed"),
    [
        ("Russia Today27-05-2025", "Russia Today", "27-05-2025"),
        ("Emirates 24/717-06-2025", "Emirates 24/7", "17-06-2025"),
        ("Emirates 24/75 hours ago", "Emirates 24/7", "5 hours ago"),
        ("9to5Mac12 minutes ago", "9to5Mac", "12 minutes ago"),
        ("News245 hours ago", "News24", "5 hours ago"),
        ("Channel 45 hours ago", "Channel 4", "5 hours ago"),
        ("Channel12 hours ago", "Channel", "12 hours ago"),
        ("Spectatora day ago", "Spectator", "a day ago"),
        ("Al Arabiyaan hour ago", "Al Arabiya", "an hour ago"),
        ("The Star May 27, 2025", "The Star ", "May 27, 2025"),
        ("صحيفة الخليج3 days ago", "صحيفة الخليج", "3 days ago"),
    ],
)
def test_date_at_the_end(text: str, name: str, printed: str) -> None:
    """A date glued to a name is split off, also where the name ends in a digit."""
    found = READER.trailing(text, CAPTURED)
    assert found is not None
    assert (found[0], found[1].printed) == (name, printed)


@pytest.mark.parametrize("text", ["Russia Today", "USA Today", "Route 66", "a day ago", "He left long ago"])
def test_no_date_at_the_end(text: str) -> None:
    """A text without a date at its end, or with nothing before it, is not split."""
    assert READER.trailing(text, CAPTURED) is None


@settings(max_examples=100, deadline=None)
@given(
    captured=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),
    count=st.integers(1, 31),
    unit=st.sampled_from(["minute", "hour", "day", "week", "month"]),
)
def test_relative_dates_lie_before_the_capture(captured: datetime, count: int, unit: str) -> None:
    """Whatever the capture, a relative date lies before it, about as far as it says."""
    aware = captured.replace(microsecond=0, tzinfo=UTC)
    date = READER.whole(f"{count} {unit}s ago", aware)
    assert date is not None
    assert date.published is not None
    days = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30.44}[unit] * count
    distance = aware - parse_time(date.published)
    assert abs(distance - timedelta(days=days)) <= timedelta(days=4 if unit == "month" else 1)
