"""The small parts of a page: dates, page numbers, the timeline, filters, ways out, safe links."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

import web
from searcher import Facets, FacetValue, Hit, SearchResult, engine
from searcher.config import LimitsConfig
from searcher.parser import parse
from web import form, results
from web.dates import human_date, human_day, machine_date
from web.form import FormReader, SearchForm
from web.start import examples
from web.syntax import SYNTAX
from web.timeline import BAR_HEIGHT, timeline
from web.urls import web_url


@pytest.mark.parametrize(
    ("published", "precision", "shown", "machine"),
    [
        ("2025-05-01", "month", "May 2025", "2025-05"),
        ("2025-05-27", "day", "27 May 2025", "2025-05-27"),
        ("2025-05-27T09:30:00Z", "minute", "27 May 2025, 09:30 UTC", "2025-05-27T09:30Z"),
        ("2025-05-27T09:30:00Z", "hour", "27 May 2025, about 09:00 UTC", "2025-05-27T09:30Z"),
        ("0987-01-02", "day", "2 January 987", "0987-01-02"),
    ],
)
def test_dates_are_as_exact_as_they_are_known(published: str, precision: str, shown: str, machine: str) -> None:
    """A month is shown as a month, a day as a day, and a clock time only where there is one."""
    assert human_date(published, precision) == shown
    assert machine_date(published, precision) == machine


def test_no_date_is_said_to_be_none() -> None:
    """An article without a date is "undated", not of today."""
    assert human_date(None, "unknown") == "undated"


def test_clock_times_are_told_in_the_configured_zone() -> None:
    """The zone of the settings moves clock times, and never a mere day."""
    zone = ZoneInfo("Asia/Hong_Kong")

    assert human_date("2025-05-27T20:30:00Z", "minute", zone) == "28 May 2025, 04:30 HKT"
    assert human_date("2025-05-27", "day", zone) == "27 May 2025"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("2025-05", "May 2025"),
        ("2025-05-27", "27 May 2025"),
        ("yesterday", "yesterday"),
        ("2025-13", "2025-13"),
        ("2025", "2025"),
    ],
)
def test_filter_dates_are_written_out_where_they_are_plain(typed: str, shown: str) -> None:
    """A chip shows May 2025 for 2025-05, and what was typed where that is no plain date."""
    assert human_day(typed) == shown


@pytest.mark.parametrize(
    ("page", "pages", "numbers"),
    [
        (1, 1, [1]),
        (1, 5, [1, 2, 3, 4, 5]),
        (1, 20, [1, 2, 3, 4, 5, 6, 7, None, 20]),
        (10, 20, [1, 2, None, 8, 9, 10, 11, 12, None, 20]),
        (20, 20, [1, 2, None, 18, 19, 20]),
        (6, 9, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ],
)
def test_page_numbers_show_the_ends_and_the_neighborhood(page: int, pages: int, numbers: list[int | None]) -> None:
    """First, last and near pages are linked; a gap stands for at least two pages."""
    assert results.page_numbers(page, pages) == numbers


@given(page=st.integers(1, 5000), pages=st.integers(1, 5000))
@settings(max_examples=200, deadline=None)
def test_every_page_reaches_its_neighbors(page: int, pages: int) -> None:
    """On any page of any result the links name the current, first and last page, in order, and are few."""
    page = min(page, pages)
    numbers = [number for number in results.page_numbers(page, pages) if number is not None]

    assert {1, page, pages} <= set(numbers)
    assert numbers == sorted(set(numbers))
    assert len(numbers) <= 9


def _months(*counts: tuple[str | None, int]) -> list[FacetValue]:
    return [FacetValue(month, count) for month, count in counts]


def test_timeline_has_a_bar_for_every_month_between() -> None:
    """Months without a match have a bar of no height, so that the distance in time is true."""
    bars = timeline(_months(("2024-11", 4), ("2025-02", 2), (None, 9)), SearchForm())

    assert [bar.label for bar in bars] == ["November 2024", "December 2024", "January 2025", "February 2025"]
    assert [bar.height for bar in bars] == [BAR_HEIGHT, 0, 0, BAR_HEIGHT // 2]


def test_timeline_widens_its_bars_with_the_span() -> None:
    """Twenty years are shown by the year, four centuries by the decade; a bar's dates cover all of it."""
    years = timeline(_months(("1987-03", 1), ("2006-01", 1)), SearchForm())
    decades = timeline(_months(("1621-01", 1), ("2006-01", 1)), SearchForm())

    assert (years[0].label, years[0].after, years[0].before, len(years)) == ("1987", "1987-01", "1987-12", 20)
    assert (decades[-1].label, decades[-1].after, decades[-1].before, len(decades)) == ("2000–2009", "2000-01", "2009-12", 39)


@given(st.dictionaries(st.tuples(st.integers(1, 9999), st.integers(1, 12)), st.integers(1, 10**6), min_size=2, max_size=30))
@settings(max_examples=100, deadline=None)
def test_timeline_counts_every_match_once(counts: dict[tuple[int, int], int]) -> None:
    """Whatever the dates, the bars are few, add up to the dated matches, and none with a match is invisible."""
    bars = timeline([FacetValue(f"{year:04}-{month:02}", count) for (year, month), count in sorted(counts.items())], SearchForm())

    assert sum(bar.count for bar in bars) == (sum(counts.values()) if bars else 0)
    assert len(bars) == 0 or 4 <= len(bars) <= 101
    assert all(bar.height > 0 for bar in bars if bar.count)
    assert all(bar.after <= bar.before for bar in bars)


@pytest.mark.parametrize("months", [[], [("2025-05", 8), (None, 1)], [("2025-05", 8), ("2025-07", 1)]])
def test_a_short_span_draws_no_timeline(months: list[tuple[str | None, int]]) -> None:
    """Up to three months are told by the list of months."""
    assert timeline(_months(*months), SearchForm()) == ()


@pytest.mark.parametrize(
    ("after", "before", "chosen"),
    [
        ("2025-02", "2025-02", "-x--"),
        ("2025-02-10", None, "-xxx"),
        (None, "2025", "xxxx"),
        ("7d", None, "----"),
        (None, None, "----"),
    ],
)
def test_timeline_shows_the_chosen_dates(after: str | None, before: str | None, chosen: str) -> None:
    """Bars inside the dates of the filter stand out, where these are plain dates."""
    bars = timeline(
        _months(("2025-01", 1), ("2025-02", 1), ("2025-03", 1), ("2025-04", 1)), SearchForm(after=after, before=before)
    )

    assert "".join("x" if bar.is_chosen else "-" for bar in bars) == chosen


def test_sources_are_added_and_taken_away() -> None:
    """Choosing a source adds it to those chosen; choosing it again takes it away; both begin at page 1."""
    asked = SearchForm(q="silt", page=3, sources=("The Wire",))
    wire, gazette = results.source_choices([FacetValue("The Wire", 5), FacetValue("Gazette", 2)], asked)

    assert (wire.is_chosen, wire.arguments) == (True, {"q": "silt"})
    assert (gazette.is_chosen, gazette.arguments) == (False, {"q": "silt", "source": ["The Wire", "Gazette"]})


def test_a_chosen_source_without_matches_can_be_undone() -> None:
    """A source that no longer matches anything is still listed, with 0."""
    (choice,) = results.source_choices([], SearchForm(q="silt", sources=("Gone",)))

    assert (choice.label, choice.count, choice.is_chosen, choice.arguments) == ("Gone", 0, True, {"q": "silt"})


def test_articles_without_source_are_counted_and_not_linked() -> None:
    """No filter can ask for a missing source, so there is no link that pretends to."""
    (choice,) = results.source_choices([FacetValue(None, 3)], SearchForm(q="silt"))

    assert (choice.count, choice.arguments) == (3, None)


@pytest.mark.parametrize(
    ("query", "undated"),
    [
        ("", "date:none"),
        ("silt", "silt date:none"),
        ("silt or mud", "silt or mud date:none"),
        ("silt OR mud", "(silt OR mud) date:none"),
    ],
)
def test_undated_keeps_the_meaning_of_the_query(query: str, undated: str) -> None:
    """The filter for undated articles narrows the whole query, not its last word."""
    assert results.undated_arguments(SearchForm(q=query, after="2025"))["q"] == undated
    assert "after" not in results.undated_arguments(SearchForm(q=query, after="2025"))


@pytest.mark.parametrize(
    ("query", "wider"),
    [
        ("silt mud", "silt OR mud"),
        ('silt AND "low tide"', "silt OR low OR tide"),
        ("silt", None),
        ("silt OR mud", None),
        ("silt -mud", None),
        ("source:Wire silt", None),
        ("silt NOT mud", None),
    ],
)
def test_any_word_search_is_offered_where_it_is_wider(query: str, wider: str | None) -> None:
    """Operators that mean more than words are never thrown away to get a wider search."""
    assert results.any_word_query(query) == wider


@pytest.mark.parametrize("url", ["https://a.example/x?y=1", "HTTP://a.example/"])
def test_web_addresses_are_linked(url: str) -> None:
    """Http and https, in any case, are links."""
    assert web_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "\tjavascript:alert(1)",
        " https://a.example/",
        "https://a\n.example/",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//a.example/",
        "https:/\\a.example",
        "https://",
        "/path",
    ],
)
def test_other_addresses_are_not_linked(url: str | None) -> None:
    """Whatever is not plainly http or https stays text."""
    assert web_url(url) is None


def test_sort_orders_are_those_of_the_engine() -> None:
    """The page offers every order that an engine knows, and no other."""
    assert set(form.SORTS) == set(get_args(engine.Sort))


def test_form_and_arguments_are_inverse() -> None:
    """An address made from a form reads as the same form."""
    asked = SearchForm(q='"low tide" -mud', page=2, limit=25, sort="oldest", sources=("A&B", "C"), after="2024", before="7d")
    values = MultiDict(
        [(name, str(one)) for name, value in asked.arguments().items() for one in (value if isinstance(value, list) else [value])]
    )
    reader = FormReader(values, LimitsConfig())

    assert reader.form() == asked
    assert reader.problems == []


def test_start_page_examples_come_from_the_archive() -> None:
    """The examples quote a headline, a source and a month that are there."""
    hit = Hit("1", None, "No 3: the Orla channel is low", (), "Wire", "2025-05-01", "day", 0.0)
    newest = SearchResult("", "", (), 1, (hit,), Facets((FacetValue("Wire", 1),), (FacetValue("2025-05", 1),)), 1, 1, 1, 0.1)

    assert [example.query for example in examples(newest)] == [
        "Orla channel",
        '"Orla channel"',
        "title:channel",
        'source:"Wire"',
        "date:2025-05",
    ]


@pytest.mark.parametrize("query", [example.query for section in SYNTAX for example in section.examples])
def test_syntax_examples_are_read_without_repair(query: str) -> None:
    """The parser takes each example of the help page as it stands; only a relative date is explained."""
    notes = parse(query, now=datetime(2025, 5, 28, tzinfo=timezone.utc)).notes

    assert [note.text for note in notes] == (["yesterday: 27 May 2025"] if "yesterday" in query else [])


@pytest.mark.parametrize(("name", "limit"), [("style.css", 12_000), ("search.js", 3_000), ("icon.svg", 1_000)])
def test_static_files_stay_small(name: str, limit: int) -> None:
    """The style, the script and the icon keep within their budgets of bytes."""
    assert len((Path(web.__file__).parent / "static" / name).read_bytes()) <= limit
