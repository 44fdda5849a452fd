"""HTML of known sites: the rules of a profile give the main article and its related ones."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from index.errors import ConfigError
from index.pages.html import clean_html
from index.pages.page import CleanedPage, Page
from index.pages.profiles import Profiles

_CAPTURED = datetime(2025, 6, 1, 12, 0, tzinfo=timezone.utc)
_PROFILE = """
name: gatherer
detect: {hosts: [gatherer.example]}
html:
  main: "#story"
  related: .rel .card
  title: h1, h3
  source: .src
  date: .when
  body: .text
  drop: [.promo]
"""
_PAGE = """<html lang="en"><head><title>Lake freezes over - Gatherer</title></head>
<body><div class="promo"><p>Download the app, it is free and it is good, and everyone
has it already, so why do you not?</p></div>
<div id="story"><h1>Lake freezes over</h1><span class="src">Hill Gazette</span> <span class="when">3 hours ago</span>
<div class="text"><p>The lake froze.</p><p>People skate on it.</p></div></div>
<div class="rel">
<div class="card"><h3><a href="https://else.example/pike">Pike caught</a></h3>
<span class="src">Angler Weekly</span><span class="when">27-05-2025</span><p class="text">A large one.</p></div>
<div class="card"><h3>Nothing but a title</h3></div>
<div class="card"><h3><a href="javascript:alert(1)">Boat sinks</a></h3>
<span class="src">Hill Gazette</span><span class="when">an hour ago</span><p class="text">Nobody was hurt.</p></div>
</div></body></html>"""


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    (tmp_path / "gatherer.yml").write_text(_PROFILE, encoding="utf-8")
    return Profiles.load(tmp_path)


def clean(html: str, profiles: Profiles) -> CleanedPage:
    return clean_html(Page("https://gatherer.example/lake", html, _CAPTURED, "html"), profiles)


def test_main_and_related_articles(profiles: Profiles) -> None:
    """The rules cut the page into its main article and the related ones that have a text."""
    main, pike, boat = clean(_PAGE, profiles).articles
    assert (main.title, main.body, main.source, main.role) == (
        "Lake freezes over",
        "The lake froze.\n\nPeople skate on it.",
        "Hill Gazette",
        "main",
    )
    assert (pike.title, pike.body, pike.source, pike.url) == (
        "Pike caught",
        "A large one.",
        "Angler Weekly",
        "https://else.example/pike",
    )
    assert (boat.title, boat.body, boat.role) == ("Boat sinks", "Nobody was hurt.", "related")


def test_dates_of_a_site(profiles: Profiles) -> None:
    """Relative dates are resolved against the time of capture, and say so."""
    main, pike, boat = clean(_PAGE, profiles).articles
    assert (main.published, main.published_precision, main.published_origin) == ("2025-06-01T09:00:00Z", "hour", "relative")
    assert (pike.published, pike.published_precision, pike.published_origin) == ("2025-05-27", "day", "absolute")
    assert boat.published == "2025-06-01T11:00:00Z"


def test_script_links_are_no_urls(profiles: Profiles) -> None:
    """A related item that links to a script has no URL."""
    assert clean(_PAGE, profiles).articles[2].url is None


def test_fates_of_a_site(profiles: Profiles) -> None:
    """What a profile drops names its rule; related items name their article; lines stay those of the source."""
    fates = clean(_PAGE, profiles).lines
    promo = next(fate for fate in fates if "Download the app" in fate.text)
    assert (promo.fate, promo.line, promo.rule) == ("boilerplate", 2, "profile gatherer: drop .promo")
    assert [fate.article for fate in fates if fate.rule == "profile gatherer: related"] == [1, None, 2]
    kept = next(fate for fate in fates if fate.text == "The lake froze.")
    assert (kept.line, kept.article) == (5, 0)


def test_page_with_related_articles_only(profiles: Profiles) -> None:
    """A page without a main article still gives its related ones, numbered from the first, and says so."""
    cleaned = clean(_PAGE.replace("<p>The lake froze.</p><p>People skate on it.</p>", ""), profiles)
    assert [article.title for article in cleaned.articles] == ["Pike caught", "Boat sinks"]
    assert any("no main article" in note for note in cleaned.notes)
    assert [fate.article for fate in cleaned.lines if fate.fate == "kept"] == [0, 1]


def test_rules_without_main_leave_it_to_the_extractors(tmp_path: Path) -> None:
    """A profile may name the related items alone; the main article is then found as on any other site."""
    rules = _PROFILE.replace('  main: "#story"\n', "").replace("  title: h1, h3\n", "").replace("  body: .text\n", "")
    (tmp_path / "gatherer.yml").write_text(rules, encoding="utf-8")
    text = "The lake froze over on Sunday night, when it was colder than it had been, and people were skating by noon."
    main, *related = clean(_PAGE.replace("The lake froze.", text), Profiles.load(tmp_path)).articles
    assert text in main.body
    assert "A large one." not in main.body
    assert [article.title for article in related] == ["Pike caught", "Boat sinks"]


def test_a_selector_that_is_none_is_a_configuration_error(tmp_path: Path) -> None:
    """A mistyped selector stops the run: it would be wrong for every page of the site."""
    (tmp_path / "gatherer.yml").write_text(_PROFILE.replace(".rel .card", "..rel["), encoding="utf-8")
    with pytest.raises(ConfigError, match="selector"):
        clean(_PAGE, Profiles.load(tmp_path))
