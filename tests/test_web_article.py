"""The page of an article, the help page, and the description for browsers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from searcher import Article
from tests.web_fakes import FakeArchive, client_of, invented_articles, one, page_of


@pytest.fixture
def archive() -> FakeArchive:
    """Forty-two invented articles."""
    return FakeArchive(invented_articles())


@pytest.fixture
def client(archive: FakeArchive) -> Iterator[FlaskClient]:
    """A client of the pages over the archive."""
    with client_of(archive) as client:
        yield client


def _query_of(link: Tag) -> dict[str, list[str]]:
    return parse_qs(urlsplit(str(link["href"])).query)


def _link(page: BeautifulSoup, text: str, scope: str = "body") -> Tag:
    (found,) = [link for link in page.select(f"{scope} a") if " ".join(link.get_text().split()).startswith(text)]
    return found


def test_article_page_shows_the_whole_article(client: FlaskClient, archive: FakeArchive) -> None:
    """Title, meta data, every paragraph, tags, pages it was seen on, language."""
    page = page_of(client, "/article/a07")
    article = one(page, "article")

    assert one(article, "h1").get_text() == archive.articles["a07"].title
    assert "\n\n".join(paragraph.get_text() for paragraph in page.select(".body p")) == archive.articles["a07"].body
    assert article["lang"] == "en"
    assert [_query_of(tag)["q"] for tag in page.select(".tags a")] == [['tag:"ferry"'], ['tag:"north coast"']]
    assert _link(page, "Read the original")["href"] == "https://news.example/7"
    assert [item.get_text(strip=True) for item in page.select(".seen li")] == [
        "https://pages.example/front/7↗",
        "/archive/pages/front.txt",
    ]
    assert "worked out from" in article.get_text()


def test_article_matches_are_a_ring_of_links(client: FlaskClient) -> None:
    """From the bar to the first match, from each match to the next, from the last to the first again."""
    page = page_of(client, "/article/a07?q=ferry+storm")
    marks = page.select("mark[id]")

    assert one(page, ".matches strong").get_text() == str(len(marks)) == "7"
    assert [mark["id"] for mark in marks] == [f"m{number}" for number in range(1, 8)]
    assert [one(mark, "a")["href"] for mark in marks] == ["#m2", "#m3", "#m4", "#m5", "#m6", "#m7", "#m1"]
    assert [hop.select("a")[0]["href"] for hop in page.select(".hop")] == ["#m7", "#m1", "#m2", "#m3", "#m4", "#m5", "#m6"]
    assert _link(page, "Jump to the first")["href"] == "#m1"


def test_article_leads_back_to_the_same_results(client: FlaskClient) -> None:
    """The way back has the page, order and filters the reader came from."""
    address = "/article/a07?q=storm&page=2&sort=newest&source=Northern+Wire&after=2024"

    assert _query_of(_link(page_of(client, address), "← Back")) == parse_qs(urlsplit(address).query)


def test_article_without_search_has_no_way_back(client: FlaskClient) -> None:
    """Nothing to go back to, nothing marked."""
    page = page_of(client, "/article/a07")

    assert page.select("mark, .matches, .back") == []


def test_article_without_match_says_so(client: FlaskClient) -> None:
    """A search whose words are not in the article is answered, not left open."""
    assert "No words of walrus" in " ".join(one(page_of(client, "/article/a07?q=walrus"), ".matches").get_text().split())


@pytest.mark.parametrize("article_id", ["a/b", "/a", "a//b", "a b", "ü?&#", "%2F"])
def test_any_id_has_a_page(article_id: str) -> None:
    """An id given by the user works in addresses whatever characters it has."""
    archive = FakeArchive([dataclasses.replace(invented_articles()[0], id=article_id)])
    with client_of(archive) as client:
        link = one(page_of(client, "/?q=storm"), "li.hit h2 a")
        assert client.get(str(link["href"])).status_code == 200


def test_a_bare_article_has_a_page() -> None:
    """Only title and body: nothing is missing but what is missing."""
    with client_of(FakeArchive([Article(id="x", title="Only a title", body="And a body")])) as client:
        page = page_of(client, "/article/x")
        assert one(page, ".meta").get_text().strip() == "undated"
        assert page.select("footer li, .out") == []


def test_help_examples_are_searches(client: FlaskClient) -> None:
    """Each example of the syntax card is a link that searches for it."""
    links = page_of(client, "/help").select(".syntax a")

    assert len(links) > 20
    assert all(_query_of(link)["q"] == [link.get_text()] for link in links)


def test_opensearch_description_states_its_own_address(client: FlaskClient) -> None:
    """Browsers get a template with whole addresses, and each page points to the description."""
    response = client.get("/opensearch.xml", base_url="http://archive.example:8000")
    description = BeautifulSoup(response.data, "xml")

    assert response.mimetype == "application/opensearchdescription+xml"
    assert one(description, "Url[type='text/html']")["template"] == "http://archive.example:8000/?q={searchTerms}"
    assert one(page_of(client, "/"), "link[rel=search]")["href"] == "/opensearch.xml"
