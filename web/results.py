"""What a page of results offers beside its hits: filters, chips, page numbers and ways out of an empty one.

Each is a value with the arguments of the address it leads to, so templates only write links.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from typing import Any

from searcher import FacetValue
from web.dates import human_day, human_month
from web.form import SearchForm


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """A link that changes the search. arguments is None where the value can be counted but not chosen."""

    label: str
    arguments: dict[str, Any] | None
    count: int | None = None
    is_chosen: bool = False


def source_choices(values: Iterable[FacetValue], form: SearchForm) -> list[Choice]:
    """One choice for each source; choosing several finds articles of any of them, choosing again undoes it."""
    counted = {value.value: value.count for value in values}
    # A chosen source without matches must stay in sight, or it could not be undone here.
    missing = [source for source in form.sources if source.casefold() not in {str(value).casefold() for value in counted}]
    choices = []
    for source, count in [*counted.items(), *((source, 0) for source in missing)]:
        if source is None:
            choices.append(Choice("no source", None, count))
            continue
        chosen = [one for one in form.sources if one.casefold() == source.casefold()]
        sources = tuple(one for one in form.sources if one not in chosen) if chosen else (*form.sources, source)
        choices.append(Choice(source, form.arguments(sources=sources), count, bool(chosen)))
    return choices


def month_choices(values: Sequence[FacetValue], form: SearchForm) -> list[Choice]:
    """One choice for each month, newest first; undated articles last."""
    choices = []
    undated = []
    for value in reversed(values):
        if value.value is None:
            undated.append(Choice("Undated", undated_arguments(form), value.count))
            continue
        is_chosen = form.after == form.before == value.value
        bounds = {"after": None, "before": None} if is_chosen else {"after": value.value, "before": value.value}
        choices.append(Choice(human_month(value.value), form.arguments(**bounds), value.count, is_chosen))
    return choices + undated


def undated_arguments(form: SearchForm) -> dict[str, Any]:
    """The same search among undated articles, as a query, since no date range can say it."""
    words = form.q.strip()
    if not words:
        query = "date:none"
    elif re.fullmatch(r"[\w\s]+", words) and not re.search(r"\b(AND|OR|NOT)\b", words):
        query = f"{words} date:none"
    else:
        query = f"({words}) date:none"
    return form.arguments(q=query, after=None, before=None)


def chips(form: SearchForm) -> list[Choice]:
    """The filters in force, each with the search that is left without it."""
    found = [Choice(source, form.arguments(sources=tuple(s for s in form.sources if s != source))) for source in form.sources]
    if form.after and form.after == form.before:
        found.append(Choice(human_day(form.after), form.arguments(after=None, before=None)))
        return found
    if form.after:
        found.append(Choice(f"from {human_day(form.after)}", form.arguments(after=None)))
    if form.before:
        found.append(Choice(f"up to {human_day(form.before)}", form.arguments(before=None)))
    return found


def page_numbers(page: int, pages: int) -> list[int | None]:
    """The pages to link: first, last and those round the current one; None stands for a gap."""
    near = {1, 2, pages, *range(page - 2, page + 3)} if page > 5 else {*range(1, 8), pages}
    numbers: list[int | None] = []
    previous = 0
    for number in sorted(number for number in near if 1 <= number <= pages):
        if number - previous == 2:
            numbers.append(number - 1)
        elif number - previous > 2:
            numbers.append(None)
        numbers.append(number)
        previous = number
    return numbers


def ways_out(form: SearchForm) -> list[Choice]:
    """Wider searches to try when nothing was found: without the filters, without quotes, with any of the words."""
    found = []
    if form.is_filtered:
        found.append(Choice("Search all sources and dates", form.arguments(sources=(), after=None, before=None)))
    unquoted = " ".join(re.sub(r"[\"“”„«»]", " ", form.q).split())
    if unquoted and unquoted != " ".join(form.q.split()):
        found.append(Choice(f"Search the words without quotes: {unquoted}", form.arguments(q=unquoted)))
    any_word = any_word_query(form.q)
    if any_word:
        found.append(Choice(f"Search for any of the words: {any_word}", form.arguments(q=any_word)))
    return found


def any_word_query(text: str) -> str | None:
    """`a AND "b c"` -> `a OR b OR c`; None where that says nothing new, or where fields or a minus mean more."""
    if re.search(r"[:#*?~^]|(^|[\s(])-|\bNOT\b", text):
        return None
    words = [word for word in re.findall(r"\w[\w'’-]*", text) if word not in ("AND", "OR")]
    query = " OR ".join(dict.fromkeys(words))
    return query if len(set(words)) > 1 and query != text.strip() else None
