"""Monstrous pages end in seconds: they become an article or an error, and say what was given up."""

from __future__ import annotations

import time
from datetime import datetime, timezone

import pytest

from index.errors import PageError
from index.pages.html import clean_html
from index.pages.page import CleanedPage, Page
from index.pages.profiles import Profiles

_PROFILES = Profiles.load()
_PROSE = "<p>Some words, in a paragraph that is long enough to count for something in the eyes of an extractor.</p>"
# Each took 0.0 to 4.5 s on 2 busy cores; without the bounds 7 s to over two minutes.
_SECONDS = 20

_MONSTERS = {
    "nested_2000": "<div>" * 2000 + _PROSE * 20 + "</div>" * 2000,
    "nested_100000": "<div>" * 100_000 + _PROSE + "</div>" * 100_000,
    "two_million_entities": "<p>" + "&amp;" * 2_000_000 + "</p>" + _PROSE,
    "attributes": "<div " + " ".join(f"a{number}" for number in range(200_000)) + ">" + _PROSE,
    "tags_of_attributes": ("<div " + " ".join(f"a{number}" for number in range(2500)) + ">x</div>") * 200 + _PROSE,
    "class_names": f'<div class="{"x " * 1_000_000}">{_PROSE}</div>',
    "nested_tables": "<table><tr><td>" * 5000 + _PROSE,
    "quotes_in_quotes": ("<blockquote>" + _PROSE) * 1800,
    "broken_jsonld": '<script type="application/ld+json">' + "[" * 100_000 + "</script>" + _PROSE * 3,
    "open_comments": _PROSE * 5 + "<!-- " * 500_000,
    "elements": "<p>word " * 60_000,
    "title": "<h1>" + "x " * 200_000 + "</h1>" + _PROSE,
}


def clean(body: str) -> CleanedPage:
    moment = datetime(2025, 6, 1, tzinfo=timezone.utc)
    return clean_html(Page("/monster.html", f"<html><head></head><body>{body}", moment, "html"), _PROFILES)


@pytest.mark.parametrize("name", list(_MONSTERS))
def test_monsters_end_in_seconds(name: str) -> None:
    """No page holds up a run, and what text can be found in it is found."""
    begun = time.monotonic()
    article = clean(_MONSTERS[name]).articles[0]
    assert time.monotonic() - begun < _SECONDS
    assert "word" in article.body
    assert len(article.title) <= 501


@pytest.mark.parametrize("name", ["nested_2000", "nested_100000"])
def test_what_was_given_up_is_said(name: str) -> None:
    """A page that the extractors were spared says so, and keeps all its text."""
    cleaned = clean(_MONSTERS[name])
    assert cleaned.articles[0].body.count("Some words") == _MONSTERS[name].count("Some words")
    assert any("too deep" in note for note in cleaned.notes)


def test_a_page_too_deep_and_too_large_is_an_error() -> None:
    """Nesting beyond any parser, over more than two megabytes, is told as that."""
    with pytest.raises(PageError, match="nested too deeply"):
        clean("<b>" * 1_000_000 + _PROSE)
