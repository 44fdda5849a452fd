"""Dates and times of options, ISO 8601 only: relative ones would depend on when a command runs."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

import click


def start_of(text: str, zone: tzinfo, option: str) -> datetime:
    """The moment that is written, or at which the written day, month or year begins; aware, UTC.

    A time without an offset is of the zone. Wrong usage, named after the option, if it is none of these.
    """
    written = text.strip()
    missing = {4: "-01-01", 7: "-01"}.get(len(written), "")
    try:
        moment = datetime.fromisoformat(written + missing)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"expected a date or time such as 2025-06-17 or 2025-06-17T08:30Z, got {text!r}.", param_hint=f"'{option}'"
        ) from None
