"""HTML pages become articles: body, metadata, fates of blocks, and what is never part of a body."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from index.errors import PageError
from index.pages.clean import clean_page
from index.pages.page import CleanedPage, Page
from index.pages.profiles import Profiles
from index.pages.read import read_page

_CAPTURED = datetime(2025, 6, 1, 12, 0, tzinfo=timezone.utc)
_GOLDEN = Path(__file__).parent / "golden" / "html"
_GOLD = [json.loads(line) for line in (_GOLDEN / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
_PROFILES = Profiles.load()
_PROSE = (
    "<p>The first paragraph of the story has enough words in it, with a comma or two, to be taken for a paragraph.</p>"
    "<p>A second paragraph follows, because no newspaper prints a single one, and it is as long as the first was.</p>"
)


def clean(html: str, origin: str = "/pages/story.html") -> CleanedPage:
    return clean_page(Page(origin, html, _CAPTURED, "html"), _PROFILES)


def page(head: str = "<title>A story of the day</title>", body: str = _PROSE, lang: str = "") -> str:
    return f"<!DOCTYPE html><html{lang}><head>{head}</head><body><article>{body}</article></body></html>"


@pytest.mark.parametrize("gold", _GOLD, ids=[gold["id"] for gold in _GOLD])
def test_golden_metadata(gold: dict[str, object]) -> None:
    """Title, source, author, time, URL, language and tags of each golden page are those written down for it."""
    path = _GOLDEN / f"{gold['id']}.html"
    article = clean_page(read_page(path, captured=_CAPTURED), _PROFILES).articles[0]
    found = article.to_mapping()
    assert {name: found[name] for name in gold if name not in ("id", "body")} == {
        name: value for name, value in gold.items() if name not in ("id", "body")
    }
    assert article.seen_on == (path.absolute().as_posix(),)


def test_a_whole_body_of_paragraphs() -> None:
    """A body is its paragraphs, apart by a blank line, entities and odd spaces resolved, without ad, caption, comment."""
    article = clean_page(read_page(_GOLDEN / "daily_nav.html", captured=_CAPTURED), _PROFILES).articles[0]
    paragraphs = article.body.split("\n\n")
    assert paragraphs[0].startswith("The harbour bridge in Northport carried its first buses")
    assert "“Nobody enjoys a detour of nine kilometres,” he told reporters" in article.body
    assert "the council said, because" in article.body
    assert paragraphs[-1] == "A decision on a permanent ferry line is expected at the council’s meeting in May."
    for unwanted in ("Advertisement", "Photo:", "About time", "Related stories", "privacy", "Copyright", "dataLayer"):
        assert unwanted not in article.body


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (
            "<title>Rain ends the drought | The Paper</title><meta property='og:site_name' content='The Paper'>",
            _PROSE,
            "Rain ends the drought",
        ),
        (
            "<title>The Paper - Rain ends the drought</title><meta property='og:site_name' content='The Paper'>",
            _PROSE,
            "Rain ends the drought",
        ),
        ("<title>Rain ends the drought | The Paper</title>", "<h1>Rain ends the drought</h1>" + _PROSE, "Rain ends the drought"),
        ("<title>A - B talks fail</title><meta property='og:site_name' content='The Paper'>", _PROSE, "A - B talks fail"),
        ("<title>x</title><meta property='og:title' content='Rain &amp; wind'>", _PROSE, "Rain & wind"),
        ("", "<h1>Only a heading</h1>" + _PROSE, "Only a heading"),
    ],
)
def test_title_without_the_site(head: str, body: str, expected: str) -> None:
    """The title is that of the article; the name of the site before or after it goes, a dash of its own stays."""
    assert clean(page(head, body)).articles[0].title == expected


def test_title_is_not_repeated_in_the_body() -> None:
    """A heading that says what the title says is the title, not the first line of the body."""
    cleaned = clean(page("<title>Rain ends the drought</title>", "<h1>Rain ends the drought!</h1>" + _PROSE))
    assert cleaned.articles[0].body.startswith("The first paragraph")


def test_page_without_title_takes_the_first_words_and_says_so() -> None:
    """A page that states no title gets the first words of its text as one, cut at a word, and a note."""
    cleaned = clean(page("", _PROSE))
    assert cleaned.articles[0].title.startswith("The first paragraph of the story")
    assert len(cleaned.articles[0].title) <= 101
    assert any("states no title" in note for note in cleaned.notes)


@pytest.mark.parametrize(
    ("head", "body", "published", "precision"),
    [
        ("<meta property='article:published_time' content='2025-05-27T10:30:00+02:00'>", "", "2025-05-27T08:30:00Z", "minute"),
        ("<meta property='article:published_time' content='2025-05-27T00:00:00+08:00'>", "", "2025-05-27", "day"),
        ("<meta name='date' content='2025-05-27'>", "", "2025-05-27", "day"),
        ("<meta name='pubdate' content='Tue, 27 May 2025 10:30:00 GMT'>", "", "2025-05-27T10:30:00Z", "minute"),
        ("", "<time datetime='2025-05-27T10:30Z'>today</time>", "2025-05-27T10:30:00Z", "minute"),
        ("", "<time datetime='2025-05-27'>27 May</time>", "2025-05-27", "day"),
        ("<link rel='canonical' href='https://a.example/2025/05/27/rain'>", "", "2025-05-27", "day"),
        ("<meta name='date' content='0001-01-01T00:00:00Z'>", "", None, "unknown"),
        ("<meta name='date' content='soon'>", "", None, "unknown"),
        ("", "", None, "unknown"),
    ],
)
def test_dates_as_stated(head: str, body: str, published: str | None, precision: str) -> None:
    """A clock time is known to the minute, midnight sharp and a bare date to the day, and nonsense is no date."""
    article = clean(page("<title>A story of the day</title>" + head, body + _PROSE)).articles[0]
    assert (article.published, article.published_precision) == (published, precision)
    assert article.published_origin == ("absolute" if published else "unknown")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "<footer>Copyright 2019 The Paper, 3 May 2019</footer>",
        "<p>Last updated in 2021</p>",
        "<img src='/uploads/2018/04/03/house.jpg'>",
        "<a href='https://other.example/2017/02/01/story'>another story</a>",
    ],
)
def test_no_date_is_made_up(elsewhere: str) -> None:
    """Copyright years, names of pictures and links to other stories do not date an article."""
    assert clean(page(body=_PROSE + elsewhere)).articles[0].published is None


def test_jsonld_goes_before_the_rest() -> None:
    """JSON-LD states author, time, publisher and keywords; wrapped in a graph, in CDATA, with raw line breaks."""
    script = (
        '<script type="application/ld+json">\n<![CDATA[\n{"@graph":[{"@type":"WebPage"},'
        '{"@type":"NewsArticle","headline":"A story\nof the day",'
        '"author":[{"name":"Ada Berg"},{"name":"Li Wu"}],"publisher":{"name":"The Paper"},"datePublished":"2025-05-27T08:30:00Z",'
        '"keywords":"rain, drought"}]}\n]]>\n</script>'
    )
    article = clean(page("<title>A story of the day</title><meta name='date' content='2001-01-01'>" + script)).articles[0]
    assert (article.author, article.source, article.published) == ("Ada Berg, Li Wu", "The Paper", "2025-05-27T08:30:00Z")
    assert article.tags == ("rain", "drought")


def test_article_body_of_jsonld_where_the_page_shows_none() -> None:
    """A page whose text is only in JSON-LD (it is drawn by a script) has that text, and a note that says so."""
    stated = "<p>It rained &amp; rained for days on end.</p><p>Then it stopped, and the farmers were glad of it all.</p>" * 4
    article = json.dumps({"@type": "NewsArticle", "headline": "Rain", "articleBody": stated})
    script = f'<script type="application/ld+json">{article}</script>'
    cleaned = clean(f"<html><head><title>Rain</title>{script}</head><body><div id='app'><p>Loading</p></div></body></html>")
    assert cleaned.articles[0].body.startswith("It rained & rained for days on end.\n\nThen it stopped")
    assert any("JSON-LD" in note for note in cleaned.notes)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://paper.example/rain#top", "https://paper.example/rain"),
        ("http://paper.example/?id=5", "http://paper.example/?id=5"),
        ("https://paper.example/", None),
        ("javascript:alert(1)", None),
        ("data:text/html,hello", None),
        ("file:///etc/passwd", None),
        ("/rain", None),
        ("https://[broken", None),
        ("https://paper.example/a b", None),
    ],
)
def test_only_web_addresses_of_articles_become_urls(link: str, expected: str | None) -> None:
    """The canonical URL is taken when it is http or https and names more than the site's front page."""
    assert clean(page(f"<title>A story of the day</title><link rel='canonical' href='{link}'>")).articles[0].url == expected


def test_page_from_the_web_has_its_address() -> None:
    """A page whose origin is a URL has that as its URL and, where it names none, its host as source."""
    article = clean(page(), "https://www.paper.example/rain").articles[0]
    assert (article.url, article.source, article.seen_on) == (
        "https://www.paper.example/rain",
        "paper.example",
        ("https://www.paper.example/rain",),
    )


@pytest.mark.parametrize("lang", ["en", "en-GB", "EN_us"])
def test_language_is_the_primary_subtag(lang: str) -> None:
    """The page's language is kept as its primary subtag in lower case."""
    assert clean(page(lang=f' lang="{lang}"')).articles[0].lang == "en"


def test_unseen_text_is_not_in_the_body() -> None:
    """Scripts, styles, templates, hidden elements and comments of the source never reach a body."""
    unseen = (
        "<script>var s = 'secretword one two three four five six seven';</script><style>.secretword {color: red}</style>"
        "<template><p>secretword in a template, long enough to be a paragraph of some prose, one would say.</p></template>"
        "<p hidden>secretword in a hidden paragraph, long enough to be taken for some prose, one would say.</p>"
        "<p style='color:red; display: none'>secretword again in a paragraph that nobody sees, long enough for prose.</p>"
        "<noscript>secretword</noscript><!-- secretword -->"
        "<p>A third paragraph closes the story, and it is as long as the others are.</p>"
    )
    article = clean(page(body=_PROSE + unseen)).articles[0]
    assert "secretword" not in article.body
    assert article.body.endswith("as long as the others are.")


def test_entities_are_not_expanded_nor_files_read(tmp_path: Path) -> None:
    """Entities that a page declares stand for nothing: no billion laughs, no content of other files."""
    secret = tmp_path / "secret.txt"
    secret.write_text("secretword")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    doctype = f'<!DOCTYPE html [<!ENTITY l0 "laugh"> {laughs} <!ENTITY x SYSTEM "file://{secret}">]>'
    body = (
        clean(f"{doctype}<html><head><title>T</title></head><body>{_PROSE}<p>&l11; &x; end of the story.</p></body></html>")
        .articles[0]
        .body
    )
    assert "secretword" not in body
    assert body.count("laugh") < 20


def test_each_block_has_a_fate() -> None:
    """Kept blocks name their article, dropped ones a rule; lines are those of the source."""
    cleaned = clean(
        "<html><head><title>A story</title></head>\n<body>\n<nav><a href='/'>Home</a></nav>\n<h1>A story</h1>\n"
        + _PROSE
        + "\n</body></html>"
    )
    by_text = {fate.text: fate for fate in cleaned.lines}
    assert (by_text["Home"].fate, by_text["Home"].article, by_text["Home"].line) == ("boilerplate", None, 3)
    assert by_text["A story"].fate == "title"
    kept = [fate for fate in cleaned.lines if fate.fate == "kept"]
    assert "\n\n".join(fate.text for fate in kept) == cleaned.articles[0].body
    assert all(fate.article == 0 and fate.rule for fate in kept)


def test_advertisement_and_copyright_lines_are_dropped() -> None:
    """A block that is only `Advertisement`, or a copyright line, is no text wherever it stands."""
    body = _PROSE.replace("</p><p>", "</p><p>Advertisement</p><p>") + "<p>© 2025 The Paper. Do not copy this paragraph.</p>"
    found = clean(page(body=body)).articles[0].body
    assert "Advertisement" not in found
    assert "©" not in found


def test_control_characters_are_no_text() -> None:
    """Control characters, written out or by number, part words and are gone, in hidden places as well."""
    odd = "&#1;&#x1f &#12;\x07\x0c\x9d&#xFFFE;"
    body = f"<p>Rain{odd}fell for three days on end, and the river stood in the market place.</p><b hidden>x</b>{odd}" + _PROSE
    found = clean(page(body=body))
    assert found.articles[0].body.startswith("Rain fell for three days")
    assert not any("failed" in note for note in found.notes)


def test_two_line_breaks_part_paragraphs() -> None:
    """Two <br> in a row part paragraphs, one does not, and inline elements never do."""
    first = "The first line goes on<br>over a break, with <b>bold</b>face."
    text = f"{first}<br> <br>And here a <a href='/x'>second</a> one begins, quite long too."
    body = clean(page(body=f"<div>{text}</div>")).articles[0].body
    assert body == "The first line goes on over a break, with boldface.\n\nAnd here a second one begins, quite long too."


@pytest.mark.parametrize(
    "html",
    [
        "<html><body></body></html>",
        "<html><head><title>Only a title</title></head><body><script>x</script></body></html>",
        "<!-- -->",
        "<nav><a href='/'>Home</a></nav>",
    ],
)
def test_page_without_text_is_an_error_with_a_reason(html: str) -> None:
    """A page without any text of its own is a PageError for people."""
    with pytest.raises(PageError, match="no article|no HTML"):
        clean(html)
