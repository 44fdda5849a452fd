"""Times as metadata states them: give the text, get our written form and the precision it has; None for anything else."""

from __future__ import annotations

import re
from datetime import date, datetime
from email.utils import parsedate_to_datetime

from index.article import Precision, format_time

_EARLIEST_YEAR = 1600  # the first newspapers; a year before it is a default value (0001-01-01) of some system
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?$")
_COMPACT_ZONE = re.compile(r"(?<=\d)\s+([+-]\d\d:?\d\d)$")
_ZONE_NAME = re.compile(r"\s*(?:UTC|GMT)$")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]|$)|\d{8}(?:T|$)")


def read_time(text: str) -> tuple[str, Precision] | None:
    """ISO 8601 or an RFC 2822 date. Midnight sharp is how systems write a day, so its precision is a day."""
    text = _COMPACT_ZONE.sub(r"\1", _ZONE_NAME.sub("Z", text.strip()))
    if _MIDNIGHT.search(text):
        text = text[:10]
    try:
        if len(text) == 10 and _ISO.match(text):
            return _plausible(date.fromisoformat(text)), "day"
        moment = datetime.fromisoformat(_three_digits(text)) if _ISO.match(text) else parsedate_to_datetime(text)
        _plausible(moment.date())
        return format_time(moment), "minute"
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _three_digits(text: str) -> str:
    """Fractions of a second cut to three digits: some systems write seven."""
    return re.sub(r"(\.\d{3})\d+", r"\1", text)


def _plausible(day: date) -> str:
    if day.year < _EARLIEST_YEAR:
        raise ValueError("no newspaper is that old")
    return day.isoformat()
