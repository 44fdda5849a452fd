"""Properties of cleaning dumps: invented articles, rendered in either layout with every variant, come back exactly.

And nothing is lost on any page: the fates of a line are its text, the kept fates of an article are its body.
"""

import dataclasses
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from index.errors import PageError
from index.pages.dump import clean_dump
from index.pages.page import Page
from index.pages.profiles import Profiles
from index.pages.tidy import clean_line

PROFILES = Profiles.load()
CAPTURED = datetime(2025, 8, 13, 12, tzinfo=UTC)

_WORDS = "goats ferry lamps crossed harbor slowly seven windows sang because morning of the bakers under rain and later"
WORDS = _WORDS.split()
SOURCES = ["Russia Today", "Emirates 24/7", "The Star", "9to5Mac", "Tom's Guide", "Tea & Co.", "Yahoo!", "Channel 4", "الخليج"]
DATES = [
    ("an hour ago", "2025-08-13T11:00:00Z"),
    ("5 hours ago", "2025-08-13T07:00:00Z"),
    ("20 minutes ago", "2025-08-13T11:40:00Z"),
    ("just now", "2025-08-13T12:00:00Z"),
    ("a day ago", "2025-08-12"),
    ("2 days ago", "2025-08-11"),
    ("a month ago", "2025-07-13"),
    ("17-06-2025", "2025-06-17"),
    ("31-02-2025", None),
    ("2 years ago", None),
]
END = ["Try Our AI Features", "Explore what Daily8 AI can do for you:", "Comments", "No comments yet..."]
FOOTER = ["DOWNLOAD THE APP", "", "Get Started Now: Download the App", "app-storeplay-store"]


@dataclasses.dataclass(frozen=True)
class Written:
    """An article as its author wrote it."""

    title: str
    paragraphs: tuple[str, ...]
    source: str | None
    printed: str | None
    published: str | None


def seen(draw: DrawFn) -> bool:
    """Whether a variant is drawn."""
    return draw(st.booleans())


def words(draw: DrawFn, least: int, most: int) -> str:
    """Some words, the first capitalized."""
    return " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=least, max_size=most))).capitalize()


def sentence(draw: DrawFn) -> str:
    """A sentence that any rule of ours might take for something else."""
    plain = words(draw, 5, 14)
    low = plain.lower()
    forms = [f"{plain}.", f"'{plain},' she said.", f"Advertisement revenue fell {low}.", f"Is {low}?", f"{plain} Comments."]
    return draw(st.sampled_from(forms))


@st.composite
def written(draw: DrawFn, number: int, *, is_main: bool) -> Written:
    """An article; the number keeps titles apart. A related one has one paragraph, as on the site."""
    count = draw(st.integers(1, 4)) if is_main else 1
    paragraphs = tuple(" ".join(sentence(draw) for _ in range(draw(st.integers(1, 3)))) for _ in range(count))
    printed, published = draw(st.sampled_from(DATES))
    is_dated = not is_main or seen(draw)
    return Written(
        title=f"{words(draw, 3, 8)} {number}{draw(st.sampled_from(['', '?', '!']))}",
        paragraphs=paragraphs,
        source=draw(st.sampled_from(SOURCES)) if is_dated else None,
        printed=printed if is_dated else None,
        published=published if is_dated else None,
    )


def broken(draw: DrawFn, paragraph: str) -> list[str]:
    """The paragraph as dumps print it: broken at links, inserted words between sentences."""
    text = paragraph.replace(". ", ". Advertisement ") if seen(draw) else paragraph
    parts = text.split(" ")
    # Not after "Advertisement": alone on its line it cannot be told from an inserted one.
    ends = [part[-1].isalpha() and part != "Advertisement" for part in parts]
    places = [place for place in range(1, len(parts)) if parts[place][0].islower() and ends[place - 1]]
    if not places or not seen(draw):
        return [text]
    place = draw(st.sampled_from(places))
    return [" ".join(parts[:place]), " ".join(parts[place:])]


def body(draw: DrawFn, article: Written) -> list[str]:
    """The lines of the body, with what stands between its paragraphs."""
    lines: list[str] = []
    for paragraph in article.paragraphs:
        lines += broken(draw, paragraph)
        lines += draw(st.sampled_from([[], ["Advertisement"], ["A goat on the pier. Photo: Hill Agency"], [""]]))
    return lines


def main_lines(draw: DrawFn, article: Written, gap: list[str]) -> list[str]:
    """The main article in either layout."""
    lines = [article.title, *gap] * draw(st.integers(1, 3))
    if article.source and article.printed:
        lines += draw(st.sampled_from([[article.source + article.printed], [article.source, *gap, article.printed]]))
    lines += [*gap, *body(draw, article)]
    if seen(draw):
        lines += ["Hashtags", *draw(st.sampled_from([[], ["#Goats", "#Lamps"]]))]
    return lines


def item_lines(draw: DrawFn, article: Written, gap: list[str], *, title_first: bool) -> list[str]:
    """A related item in one of the layouts."""
    mark = draw(st.sampled_from(["  • ", "- ", "* ", "· "]))
    bullets = [mark + str(article.source), *gap] if seen(draw) else []
    lead = [str(article.source), *gap, draw(st.sampled_from(["", "time"])) + str(article.printed), *gap, *bullets]
    if title_first:
        before, after = draw(st.sampled_from([(1, 1), (2, 1), (2, 0), (1, 0)]))
    else:
        before, after = 0, draw(st.integers(1, 2))
    lines = [article.title] * before + gap + lead + [article.title] * after + gap
    return [*lines, *article.paragraphs, *gap]


@st.composite
def dumps(draw: DrawFn) -> tuple[str, list[Written]]:
    """A dump and the articles it was made of."""
    articles = [draw(written(number, is_main=number == 0)) for number in range(draw(st.integers(1, 5)))]
    gap = [""] * draw(st.integers(0, 2))
    title_first = seen(draw)
    lines = draw(st.sampled_from([[], [""], ["logo"], ["logo", "Daily8", "English"]]))
    lines = lines + main_lines(draw, articles[0], gap)
    lines += draw(st.sampled_from([[], ["Orange background"]]))
    lines += [part for line in END for part in (line, *gap)] + ["Related Articles", *gap]
    for article in articles[1:]:
        lines += item_lines(draw, article, gap, title_first=title_first)
    lines += draw(st.sampled_from([[], FOOTER]))
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines), articles


def page_of(text: str) -> Page:
    """The text as a page."""
    return Page("dump.txt", text, CAPTURED, "text")


def squeezed(text: str) -> str:
    """The text without spaces."""
    return "".join(text.split())


def assert_nothing_is_lost(text: str) -> None:
    """Asserts that the fates are the page: each line's its text, each article's kept ones its body."""
    try:
        cleaned = clean_dump(page_of(text), PROFILES)
    except PageError:
        return
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    fates: list[list[str]] = [[] for _ in lines]
    bodies = [""] * len(cleaned.articles)
    for fate in cleaned.lines:
        fates[fate.line - 1].append(fate.text)
        if fate.fate == "kept" and fate.article is not None:
            bodies[fate.article] += fate.text
    assert all(fates)
    assert [squeezed("".join(texts)) for texts in fates] == [squeezed(clean_line(line)) for line in lines]
    assert [squeezed(text) for text in bodies] == [squeezed(article.body) for article in cleaned.articles]


@settings(max_examples=150, deadline=None)
@given(dumps())
def test_articles_come_back(dump: tuple[str, list[Written]]) -> None:
    """Articles rendered in either layout, with any mix of variants, come back word for word."""
    text, articles = dump
    cleaned = clean_dump(page_of(text), PROFILES)
    got = [(a.title, a.body, a.source, a.published) for a in cleaned.articles]
    assert got == [(a.title, "\n\n".join(a.paragraphs), a.source, a.published) for a in articles]
    assert [a.role for a in cleaned.articles] == ["main"] + ["related"] * (len(articles) - 1)


@settings(max_examples=100, deadline=None)
@given(dumps())
def test_no_line_of_a_dump_is_lost(dump: tuple[str, list[Written]]) -> None:
    """Every line of a dump has its fate."""
    assert_nothing_is_lost(dump[0])


INSERTED = ["Advertisement", "Orange background", "share", "time", "Photo:"]
FURNITURE = [*END, *FOOTER, *INSERTED, "Related Articles", "Hashtags", "#Goats", "logo"]
HEADS = ["an hour ago", "time5 hours ago", "Russia Today27-05-2025", "- The Star", "Goats cross", "Goats crossed.logo"]
PIECES = [*FURNITURE, *HEADS, *SOURCES, ""]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=40), max_size=40), st.sampled_from(["\n", "\r\n", "\r"]))
def test_no_line_of_any_page_is_lost(lines: list[str], line_end: str) -> None:
    """Whatever the lines and their order, cleaning ends in articles or a PageError, and no line is unaccounted for."""
    assert_nothing_is_lost(line_end.join(lines))


@settings(max_examples=100, deadline=None)
@given(dumps())
def test_cleaning_a_clean_body_changes_nothing(dump: tuple[str, list[Written]]) -> None:
    """A title and a clean body, cleaned again as plain text, stay as they are."""
    for article in clean_dump(page_of(dump[0]), PROFILES).articles:
        again = clean_dump(page_of(f"{article.title}\n\n{article.body}\n"), PROFILES)
        assert [(a.title, a.body) for a in again.articles] == [(article.title, article.body)]
