"""Golden pages: invented dumps of both layouts in every variant seen, and exactly the articles they hold.

A case is NAME.txt (the dump) and NAME.json: profile, captured, articles (bodies as lists of paragraphs), notes; or `error`.
"""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.errors import PageError
from index.pages.dump import clean_dump
from index.pages.page import Page
from index.pages.profiles import Profiles

GOLDEN = Path(__file__).parent / "golden" / "pages"
CASES = sorted(path.stem for path in GOLDEN.glob("*.txt"))
PROFILES = Profiles.load()

# What transport does to a dump, and must not matter.
DAMAGE: dict[str, Callable[[str], str]] = {
    "none": lambda text: text,
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "old mac line ends": lambda text: text.replace("\n", "\r"),
    "byte order mark": lambda text: "\ufeff" + text,
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "trailing spaces": lambda text: text.replace("\n", " \t \n"),
    "no last newline": lambda text: text.rstrip("\n"),
}


def load(name: str) -> tuple[str, dict[str, Any]]:
    """The dump and what it must give."""
    text = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    return text, json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def page_of(text: str, captured: str) -> Page:
    """The dump as a page."""
    return Page(origin="dump.txt", text=text, captured=datetime.fromisoformat(captured), media="text")


def shown(article: Article) -> dict[str, Any]:
    """The article as a golden case writes it."""
    return {
        "role": article.role,
        "title": article.title,
        "source": article.source,
        "published": article.published,
        "precision": article.published_precision,
        "origin": article.published_origin,
        "tags": list(article.tags),
        "body": article.body.split("\n\n"),
    }


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", CASES)
def test_golden_page(name: str, damage: str) -> None:
    """A dump gives exactly its articles and notes, whatever transport did to line ends and spaces."""
    text, expected = load(name)
    page = page_of(DAMAGE[damage](text), expected["captured"])
    assert PROFILES.for_page(page).name == expected["profile"]
    if "error" in expected:
        with pytest.raises(PageError, match=expected["error"]):
            clean_dump(page, PROFILES)
        return
    cleaned = clean_dump(page, PROFILES)
    assert [shown(article) for article in cleaned.articles] == expected["articles"]
    assert list(cleaned.notes) == expected["notes"]


def test_article_knows_its_page_and_nothing_it_was_not_told() -> None:
    """Every article names the page it was seen on; language, address and author are not guessed."""
    text, expected = load("title_first")
    for article in clean_dump(page_of(text, expected["captured"]), PROFILES).articles:
        assert article.seen_on == ("dump.txt",)
        assert (article.id, article.url, article.lang, article.author) == (None, None, None, None)


def test_fate_of_each_line() -> None:
    """Inspecting a page shows what became of each line, by which rule, and in which article it is."""
    text, expected = load("title_first")
    cleaned = clean_dump(page_of(text, expected["captured"]), PROFILES)
    fates = [(fate.line, fate.fate, fate.rule, fate.article, fate.text) for fate in cleaned.lines]
    assert fates[0] == (1, "boilerplate", "daily8: header", None, "logo")
    assert (6, "source", "daily8: source", 0, "Lake Today") in fates
    assert (6, "date", "daily8: date", 0, "27-05-2025") in fates
    assert (10, "boilerplate", "daily8: anywhere", None, "Orange background") in fates
    assert (27, "date", "daily8: date", 1, "timean hour ago") in fates
    assert fates[-2] == (66, "boilerplate", "daily8: glue", None, "app-storeplay-store")
    assert fates[-1][:2] == (67, "blank")


def test_inserted_word_is_cut_out_of_its_line() -> None:
    """A line with an inserted word has three fates: kept, boilerplate, kept."""
    page = page_of("A title\nOne is done. Advertisement Two is done.\n", "2025-08-13T12:00:00Z")
    fates = [(fate.fate, fate.text) for fate in clean_dump(page, PROFILES).lines if fate.line == 2]
    assert fates == [("kept", "One is done."), ("boilerplate", "Advertisement"), ("kept", "Two is done.")]
