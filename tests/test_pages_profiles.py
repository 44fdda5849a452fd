"""Site profiles: which one a page calls for, a second site as a second file, and errors that name file and line."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from index.errors import ConfigError
from index.pages.clean import cleaning_of
from index.pages.dump import clean_dump
from index.pages.page import Page
from index.pages.profiles import Phrases, Profiles

SECOND_SITE = """
name: bulletin
detect:
  hosts: [bulletin.example]
  hints: [The Bulletin, "More from us"]
lines:
  header: [The Bulletin]
  anywhere: [Subscribe now]
sections:
  related: ["More from us"]
  footer: ["All rights reserved*"]
dates:
  shapes: [YYYY/MM/DD]
item:
  date_first: true
html:
  main: article
  drop: [".promo", nav]
"""

DUMP = """The Bulletin
Ships sail

2025/05/27
Harbor Desk
The ships sail. Crowds wave.
Subscribe now
More from us
2025/05/26
Harbor Desk
Ships load
The ships load. Cranes turn.
All rights reserved 2025
"""


def page(text: str, origin: str = "dump.txt", media: Literal["text", "html"] = "text") -> Page:
    """A page with this text."""
    return Page(origin, text, datetime(2025, 8, 13, 12, tzinfo=UTC), media)


@pytest.mark.parametrize(
    ("text", "origin", "name"),
    [
        ("Explore what Daily8 AI can do for you:", "dump.txt", "daily8"),
        ("a title\nRelated Articles\nNo comments yet...", "dump.txt", "daily8"),
        ("a title", "https://www.daily8.com/en/article/1", "daily8"),
        ("a title\nRelated Articles\nRelated Articles", "dump.txt", "default"),
        ("a title of Daily8 and no comments yet", "dump.txt", "default"),
        ("a title", "https://notdaily8.com/en/article/1", "default"),
        ("", "dump.txt", "default"),
    ],
)
def test_profile_of_a_page(text: str, origin: str, name: str) -> None:
    """A site is known by its host, by a certain text, or by two different lines of it; else the default holds."""
    assert Profiles.load().for_page(page(text, origin)).name == name


def test_hints_do_not_count_in_html() -> None:
    """Lines that many sites have say nothing in HTML."""
    assert Profiles.load().for_page(page("Related Articles\nNo comments yet...", media="html")).name == "default"


def test_second_site_is_a_second_file(tmp_path: Path) -> None:
    """A profile in a directory of the user's is all it takes to clean the pages of another site."""
    (tmp_path / "bulletin.yml").write_text(SECOND_SITE, encoding="utf-8")
    profiles = Profiles.load(tmp_path)
    assert profiles.names() == ("bulletin", "daily8", "default")
    cleaned = clean_dump(page(DUMP), profiles)
    assert [(a.role, a.title, a.source, a.published, a.body) for a in cleaned.articles] == [
        ("main", "Ships sail", "Harbor Desk", "2025-05-27", "The ships sail. Crowds wave."),
        ("related", "Ships load", "Harbor Desk", "2025-05-26", "The ships load. Cranes turn."),
    ]


def test_html_rules(tmp_path: Path) -> None:
    """A profile carries selectors for the HTML of its site; those not given are None."""
    (tmp_path / "bulletin.yml").write_text(SECOND_SITE, encoding="utf-8")
    html = Profiles.load(tmp_path).for_page(page("", "https://bulletin.example/1")).html
    assert html is not None
    assert (html.main, html.related, html.drop) == ("article", None, (".promo", "nav"))


def test_users_profile_wins(tmp_path: Path) -> None:
    """A profile of the same name replaces the one that comes with the package."""
    (tmp_path / "mine.yaml").write_text("name: daily8\ndetect:\n  certain: [A mark of mine]\n", encoding="utf-8")
    profiles = Profiles.load(tmp_path)
    assert profiles.for_page(page("A mark of mine")).name == "daily8"
    assert profiles.for_page(page("Explore what Daily8 AI can do for you:")).name == "default"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("name: x\nsectoins:\n  end: [a]\n", 2, "did you mean 'sections'?"),
        ("name: x\nlines:\n  heade: [a]\n", 3, "did you mean 'header'?"),
        ("name: x\nlines:\n  header: a\n", 3, "header must be a list of texts, got 'a'"),
        ("name: x\nlines:\n  header: [yes]\n", 3, "each of header must be a text, got 'yes'; put it in quotes"),
        ("name: x\nsections:\n  end:\n    - Now: here\n", 4, "each of end must be a text"),
        ("name: x\nitem:\n  date_first: maybe\n", 3, "date_first must be true or false, got 'maybe'"),
        ("name: x\nname: y\n", 2, "the key 'name' is given twice"),
        ("detect: {}\n", 1, "the key 'name' is missing"),
        ("name: x\ndates:\n  shapes: [DD-MM]\n", 3, "YYYY"),
        ("- name\n", 1, "expected the keys"),
        ("name: [\n", 2, "not YAML"),
        ("", 1, "is empty"),
    ],
)
def test_error_names_file_and_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    """A profile that cannot be used is an error that says where, what was expected and what was found."""
    path = tmp_path / "wrong.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        Profiles.load(tmp_path)
    assert str(error.value).startswith(f"{path}:{line}: ")
    assert message in str(error.value)


def test_missing_directory(tmp_path: Path) -> None:
    """A directory of profiles that is not there is an error, not no profiles."""
    with pytest.raises(ConfigError, match="is not a directory"):
        Profiles.load(tmp_path / "nowhere")


def test_phrases() -> None:
    """A line matches whatever its case and punctuation; with a star, whatever follows."""
    phrases = Phrases.from_texts(("No comments yet...", "#", "Ready to dive*"))
    assert phrases.matches("no comments yet…")
    assert phrases.matches("#")
    assert phrases.matches("Ready to dive into it?")
    assert not phrases.matches("There are no comments yet")
    assert not phrases.matches("-")


def test_a_changed_profile_changes_how_pages_are_cleaned(tmp_path: Path) -> None:
    """The fingerprint of a page's cleaning is that of its own site's profile: another site's file does not matter."""
    page = Page("a.txt", "Title\n\nSome body text. Download the ferry app\n", datetime(2025, 6, 1, tzinfo=UTC), "text")
    before = cleaning_of(page, Profiles.load())
    (tmp_path / "other.yml").write_text("name: other\ndetect:\n  certain: [Read more on Other]\n")
    assert cleaning_of(page, Profiles.load(tmp_path)) == before
    (tmp_path / "ferry.yml").write_text("name: ferry\ndetect:\n  certain: [Download the ferry app]\n")
    named = cleaning_of(page, Profiles.load(tmp_path))
    (tmp_path / "ferry.yml").write_text("name: ferry\ndetect:\n  certain: [the ferry app]\n")

    assert len({before, named, cleaning_of(page, Profiles.load(tmp_path))}) == 3
