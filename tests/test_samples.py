"""The sample pages that the project ships: what the folder holds, and that reading it gives the articles intended."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.pages.page import Reading
from index.pages.read import read_inputs

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "index" / "samples" / "pages"
GOLDEN: dict[str, Any] = json.loads((ROOT / "tests" / "golden" / "samples.json").read_text("utf-8"))
CHARSETS = {"dunmere-gazette-library-book-returned.htm": "iso-8859-1"} | dict.fromkeys(
    ("dunmere-gazette-bridge-closes.htm", "dunmere-gazette-influenza-clinic.htm"), "windows-1252"
)
DAILY8_MARKS = ("Try Our AI Features", "Explore what Daily8 AI can do for you:", "No comments yet...", "Related Articles")
REAL_SOURCES = ("Russia Today", "South China Morning Post", "Asia Times", "Emirates 24/7", "Reuters", "Associated Press")
FURNITURE = (
    "Advertisement",
    "app-store",
    "DOWNLOAD THE APP",
    "Daily8",
    "Hashtags",
    "No comments yet",
    "Orange background",
    "Photo:",
    "Related Articles",
    "Try Our AI",
    "article.logo",
    "timean hour",
    "214 partners",
    "Most read",
    "Geoff",
    "Leave a Reply",
    "Proudly powered",
    "The Lumen Letter",
    "Best viewed",
    "Printer's version",
)


def pages() -> list[Path]:
    """The shipped pages."""
    return sorted(SAMPLES.iterdir())


def decoded(path: Path) -> str:
    """The text of a page, in the encoding that it declares."""
    return path.read_bytes().decode(CHARSETS.get(path.name, "utf-8"))


@pytest.fixture(scope="module")
def readings() -> dict[str, list[Reading]]:
    """What reading the folder yields, by file name."""
    found: dict[str, list[Reading]] = {}
    for reading in read_inputs([SAMPLES], captured=datetime.fromisoformat(GOLDEN["captured"])):
        assert isinstance(reading, Reading), f"quarantined: {reading}"
        found.setdefault(Path(reading.path).name, []).append(reading)
    return found


@pytest.fixture(scope="module")
def articles(readings: dict[str, list[Reading]]) -> list[Article]:
    """Every article of every page, copies and all."""
    return [article for found in readings.values() for reading in found for article in reading.articles]


def test_the_folder_holds_every_form_of_page() -> None:
    """There are 22 dumps, 14 HTML pages and 2 JSON Lines files, and the manifest names each of them."""
    assert Counter(path.suffix for path in pages()) == {".txt": 22, ".html": 11, ".htm": 3, ".jsonl": 2}
    assert [path.name for path in pages()] == sorted(GOLDEN["pages"])


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_every_page_decodes_as_it_declares(path: Path) -> None:
    """A page is UTF-8 or the 8-bit encoding of its meta tag, holds no control characters and is of a page's size."""
    text = decoded(path)
    assert 1_000 < len(text) < 12_000
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]", text)
    declared = re.search(r"charset=\"?([\w-]+)", text)
    if path.suffix != ".txt" and declared:
        assert declared[1].lower() == CHARSETS.get(path.name, "utf-8")


def test_the_old_pages_are_no_utf8() -> None:
    """The pages in 8-bit encodings really hold bytes that UTF-8 cannot read, so that they test the decoding."""
    for name in CHARSETS:
        with pytest.raises(UnicodeDecodeError):
            (SAMPLES / name).read_bytes().decode("utf-8")


@pytest.mark.parametrize("path", [path for path in pages() if path.suffix == ".txt"], ids=lambda path: path.name)
def test_every_dump_has_the_form_of_the_aggregator(path: Path) -> None:
    """A dump holds the furniture of one of the two layouts, in order; only the first layout has a logo and a footer."""
    text = decoded(path)
    places = [text.index(mark) for mark in DAILY8_MARKS]
    assert places == sorted(places)
    assert text.startswith("logo\n") == text.endswith("\napp-storeplay-store")
    assert text.startswith(("logo\n", "\n"))


def test_json_lines_hold_articles() -> None:
    """Six lines a file, each an Article with URL, source and tags, all but one with an id, in four languages together."""
    lines = [decoded(path).splitlines() for path in pages() if path.suffix == ".jsonl"]
    found = [Article.from_mapping(json.loads(line)) for file in lines for line in file]
    assert [len(file) for file in lines] == [6, 6]
    assert all(one.url and one.source and one.tags for one in found)
    assert len({one.id for one in found if one.id}) == 11
    assert {one.lang for one in found} == {"en", "de", "es", "zh"}


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_nothing_is_taken_from_real_sources(path: Path) -> None:
    """No page names a real newspaper or agency, and no URL leads to a real site."""
    text = decoded(path)
    assert not [source for source in REAL_SOURCES if source in text]
    hosts = set(re.findall(r"https?://([^/\"'\s]+)", text))
    assert {host for host in hosts if not host.endswith(".example")} <= {"schema.org", "ogp.me"}


def test_reading_quarantines_nothing_and_finds_the_articles(readings: dict[str, list[Reading]]) -> None:
    """Each page yields exactly the articles of the manifest, in order, with source, date, precision and role."""
    assert readings.keys() == GOLDEN["pages"].keys()
    for name, expected in GOLDEN["pages"].items():
        found = [article for reading in readings[name] for article in reading.articles]
        assert [as_listed(article, name) for article in found] == expected, name


def as_listed(article: Article, page: str) -> dict[str, str | None]:
    """An article as the manifest lists it; of HTML pages, which may print a time of day, only the day is listed."""
    is_html = page.endswith((".htm", ".html"))
    return {
        "title": article.title,
        "source": article.source,
        "published": article.published[:10] if is_html and article.published else article.published,
        "precision": "day" if is_html and article.published else article.published_precision,
        "role": article.role,
    }


def test_no_furniture_is_left_in_any_body(articles: list[Article]) -> None:
    """No body holds what belongs to the page and not to the article, such as a menu, a caption or a comment."""
    left = [(article.title, piece) for article in articles for piece in FURNITURE if piece in article.body]
    assert left == []


def test_the_world_is_varied(articles: list[Article]) -> None:
    """There are enough distinct articles, sources and months to show ranking, facets and the month histogram."""
    assert len(articles) == GOLDEN["articles"]
    assert len({article.title for article in articles}) == GOLDEN["distinct"]
    assert len({article.source for article in articles if article.source}) >= 15
    months = {article.published[:7] for article in articles if article.published}
    assert months == {f"2025-{month:02}" for month in range(1, 12)}


def test_articles_recur_in_longer_and_shorter_copies(articles: list[Article]) -> None:
    """Several articles stand whole on one page and cut off on another, so that the demo shows duplicates folded."""
    lengths: dict[str, set[int]] = {}
    for article in articles:
        lengths.setdefault(article.title, set()).add(len(article.body))
    assert sum(max(found) > 1.2 * min(found) for found in lengths.values()) >= 15
