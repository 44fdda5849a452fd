"""The matches over time as bars: month counts in, bars of equal width with a height and a date range each out."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from searcher import FacetValue
from web.dates import human_month
from web.form import SearchForm

# Months to a bar, tried in this order until the bars are few enough to be told apart on a phone.
_STEPS = (1, 12, 120, 1200)
_BARS_LIMIT = 60

# Fewer bars say nothing that the list of months does not say better.
_LEAST_BARS = 4
BAR_HEIGHT = 100
# A month with one match beside one with thousands still has to be seen.
_LEAST_HEIGHT = 4


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of months [after, before], both named as `2025-05`, and how many matches it has."""

    after: str
    before: str
    count: int
    height: int
    is_chosen: bool

    @property
    def label(self) -> str:
        """What stands in the bar's text: "May 2025", "2025", "1980–1989"."""
        if self.after == self.before:
            return human_month(self.after)
        first, last = int(self.after[:4]), int(self.before[:4])
        return str(first) if first == last else f"{first}–{last}"


def timeline(months: Sequence[FacetValue], form: SearchForm) -> tuple[Bar, ...]:
    """Bars for every month, year, decade or century from the first match to the last, empty ones too.

    No bars at all for a span too short to need them. Undated matches have no place in it.
    """
    counts = {_ordinal(month.value): month.count for month in months if month.value is not None and month.count}
    if not counts:
        return ()
    first, last = min(counts), max(counts)
    step = next((step for step in _STEPS if last // step - first // step < _BARS_LIMIT), _STEPS[-1])
    totals = [0] * (last // step - first // step + 1)
    for month, count in counts.items():
        totals[month // step - first // step] += count
    if len(totals) < _LEAST_BARS:
        return ()
    peak = max(totals)
    return tuple(_bar((first // step + place) * step, step, total, peak, form) for place, total in enumerate(totals))


def _bar(first: int, step: int, count: int, peak: int, form: SearchForm) -> Bar:
    height = max(_LEAST_HEIGHT, round(count / peak * BAR_HEIGHT)) if count else 0
    after, before = _month(max(first, 12)), _month(first + step - 1)
    return Bar(after, before, count, height, _is_chosen(after, before, form))


def _is_chosen(after: str, before: str, form: SearchForm) -> bool:
    """Whether the bar overlaps the dates asked for, where these are plain ones."""
    if not (form.after or form.before):
        return False
    earliest = _as_month(form.after, "01") if form.after else ""
    latest = _as_month(form.before, "12") if form.before else "9999-99"
    return earliest is not None and latest is not None and earliest <= before and after <= latest


def _as_month(text: str, month_of_year: str) -> str | None:
    if re.fullmatch(r"\d{4}", text):
        return f"{text}-{month_of_year}"
    return text[:7] if re.fullmatch(r"\d{4}-\d\d(-\d\d)?", text) else None


def _ordinal(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1


def _month(ordinal: int) -> str:
    return f"{ordinal // 12:04}-{ordinal % 12 + 1:02}"
