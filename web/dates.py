"""Dates as people read them, never more exact than they are known."""

from __future__ import annotations

import re
from datetime import datetime, timezone, tzinfo

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
CLOCK_PRECISIONS = ("minute", "hour")


def human_date(published: str | None, precision: str = "day", zone: tzinfo = timezone.utc) -> str:
    """`2025-05-27` -> "27 May 2025"; only the month or, with a clock time (told in the zone), the minute if that is known."""
    if published is None:
        return "undated"
    moment = datetime.fromisoformat(published)
    if precision in CLOCK_PRECISIONS:
        moment = moment.astimezone(zone)
    month = f"{MONTHS[moment.month - 1]} {moment.year}"
    if precision == "month":
        return month
    day = f"{moment.day} {month}"
    if precision == "minute":
        return f"{day}, {moment:%H:%M %Z}"
    if precision == "hour":
        return f"{day}, about {moment:%H:00 %Z}"
    return day


def machine_date(published: str, precision: str) -> str:
    """The same for a <time datetime>: as much of ISO 8601 as is known."""
    if precision in CLOCK_PRECISIONS:
        return published[:16] + "Z"
    return published[:7] if precision == "month" else published[:10]


def human_month(month: str) -> str:
    """`2025-05` -> "May 2025"."""
    year, number = month.split("-")
    return f"{MONTHS[int(number) - 1]} {int(year)}"


def human_day(text: str) -> str:
    """A date typed as a filter, written out where it is a plain one: "2025-05" is "May 2025", "yesterday" stays."""
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        return human_month(text)
    try:
        return human_date(datetime.strptime(text, "%Y-%m-%d").date().isoformat())
    except ValueError:
        return text
