"""Scraped text is hostile and searches are private: headers on every answer, and no markup made of anybody's text."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from searcher import Article
from tests.web_fakes import FakeArchive, client_of, invented_articles, note
from web.headers import SECURITY_HEADERS

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "</title><script>alert(1)</script>",
    "</textarea><iframe src=//evil.example></iframe>",
    "{{ 7 * 7 }}{% raw %}<b>x</b>{% endraw %}",
    "<mark>not ours</mark></mark>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    '<a href="javascript:alert(1)">x</a>',
    "<base href=//evil.example><form action=//evil.example>",
    "<style>*{display:none}</style><link rel=stylesheet href=//evil.example>",
    '<!--<img src="--><img src=x onerror=alert(1)//">',
    "\u202e\u0000<b onclick=alert(1)>\ufeff",
    "javascript:alert(1)//<script>",
)
_OWN_SCRIPTS = "script[src^='/static/search.js']"


@pytest.fixture
def archive() -> FakeArchive:
    """Invented articles."""
    return FakeArchive(invented_articles())


@pytest.fixture
def client(archive: FakeArchive) -> Iterator[FlaskClient]:
    """A client of the pages over the archive."""
    with client_of(archive) as client:
        yield client


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/?q=storm",
        "/?q=walrus",
        "/?q=a&page=0",
        "/?q=a&after=soonish",
        "/?q=" + "x" * 5000,
        "/article/a07?q=storm",
        "/article/none",
        "/help",
        "/opensearch.xml",
        "/nowhere",
        "/api/v1/search?q=storm",
        "/api/v1/search?page=0",
        "/api/v1/articles/a07",
        "/api/v1/articles/none",
        "/api/v1/nothing",
        "/healthz",
        "/static/style.css",
        "/static/search.js",
        "/static/icon.svg",
        "/static/none",
    ],
)
def test_every_answer_carries_the_headers(client: FlaskClient, archive: FakeArchive, address: str) -> None:
    """Whatever the route and status, also as HEAD, as POST and while the archive fails: all security headers."""
    answers = [client.get(address), client.head(address), client.post(address), client.options(address)]
    archive.failure = RuntimeError("broken")
    answers.append(client.get(address))

    for answer in answers:
        assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
        assert "Set-Cookie" not in answer.headers


def test_every_route_is_among_those_tested(client: FlaskClient) -> None:
    """A new route must be added to the test of the headers."""
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}

    assert rules == {
        "/",
        "/article/<article_id:article_id>",
        "/help",
        "/opensearch.xml",
        "/api/v1/search",
        "/api/v1/articles/<article_id:article_id>",
        "/healthz",
        "/static/<path:filename>",
    }


def test_the_policy_allows_nothing_but_our_own_files() -> None:
    """No inline script or style, no other host, no frame, no base, no foreign form target."""
    policy = dict(directive.split(" ", 1) for directive in SECURITY_HEADERS["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in SECURITY_HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["/", "/?q=storm", "/article/a07?q=storm", "/help", "/nowhere"])
def test_pages_load_nothing_from_elsewhere_and_nothing_inline(client: FlaskClient, address: str) -> None:
    """Scripts, styles and images come from this server, by relative addresses; none is inline."""
    page = BeautifulSoup(client.get(address).data, "lxml")
    loaded = [str(tag.get("src") or tag.get("href")) for tag in page.select("script, link, img")]

    assert all(source.startswith("/") and not source.startswith("//") for source in loaded)
    assert page.select("style, [style], script:not([src])") == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_of_articles_stays_text(payload: str) -> None:
    """The same hostile text in every field of an article adds no element and no attribute to any page."""
    clean, hostile = _pages("Quiet"), _pages(payload)

    for address, page in hostile.items():
        assert _skeleton(page) == _skeleton(clean[address]), address
        _assert_harmless(page)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize(
    "address", ["/?q={}", "/?q=storm&source={}", "/?q=storm&after={}", "/?q=storm&sort={}", "/article/a07?q={}", "/{}"]
)
def test_text_of_the_address_stays_text(client: FlaskClient, address: str, payload: str) -> None:
    """Whatever is echoed from the address is escaped."""
    _assert_harmless(BeautifulSoup(client.get(address.format(quote(payload))).data, "lxml"))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_remarks_on_the_query_stay_text(client: FlaskClient, archive: FakeArchive, payload: str) -> None:
    """Notes, the reading of the query and refusals quote what was typed; they are escaped too."""
    archive.result_changes = {"notes": (note(payload, 0, len(payload)),), "interpreted": payload}

    page = BeautifulSoup(client.get(f"/?q={quote(payload)}").data, "lxml")

    _assert_harmless(page)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_description_of_the_search_stays_well_formed(payload: str) -> None:
    """The title of the settings and the host of the request are escaped in the OpenSearch description."""
    archive = FakeArchive()
    archive.config = dataclasses.replace(
        archive.config, web=dataclasses.replace(archive.config.web, title=payload.replace("\0", ""))
    )
    with client_of(archive) as client:
        description = BeautifulSoup(client.get("/opensearch.xml").data, "xml")
    assert {tag.name for tag in description.find_all(True)} == {
        "OpenSearchDescription",
        "ShortName",
        "Description",
        "InputEncoding",
        "Image",
        "Url",
    }


def test_json_is_never_taken_for_a_page(client: FlaskClient) -> None:
    """The API answers with a JSON type and nosniff, so hostile text in it is no markup."""
    answer = client.get("/api/v1/search?q=%3Cscript%3E")

    assert (answer.mimetype, answer.headers["X-Content-Type-Options"]) == ("application/json", "nosniff")


def test_relative_links_do_not_follow_a_forged_host(client: FlaskClient) -> None:
    """A Host header of somebody else's choice reaches no link of a page."""
    page = BeautifulSoup(client.get("/?q=storm", headers={"Host": "evil.example"}).data, "lxml")

    assert "evil.example" not in str(page)


def test_trusted_hosts_are_enforced_when_set(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the operator names the hosts, any other is a 400 with all headers."""
    monkeypatch.setitem(client.application.config, "TRUSTED_HOSTS", ["archive.example"])

    refused = client.get("/", headers={"Host": "evil.example"})

    assert (refused.status_code, refused.headers["X-Content-Type-Options"]) == (400, "nosniff")
    assert client.get("/", headers={"Host": "archive.example"}).status_code == 200


def _pages(text: str) -> dict[str, BeautifulSoup]:
    """Every page that shows articles, over two articles made of the text."""
    articles = [
        Article(
            id=f"a{number}",
            title=f"{text} storm {text}",
            body=f"{text} storm {text}\n\nsecond {text}",
            source=f"{text}{number}",
            author=text,
            url=text if number else f"https://a.example/{text}",
            published=f"2025-0{number + 1}-01",
            published_precision="day",
            published_origin="absolute",
            tags=(text,),
            lang=text,
            seen_on=(text,),
        )
        for number in range(2)
    ]
    with client_of(FakeArchive(articles)) as client:
        addresses = ("/", "/?q=storm", "/article/a0?q=storm", "/article/a1")
        return {address: BeautifulSoup(client.get(address).data, "lxml") for address in addresses}


def _skeleton(page: BeautifulSoup) -> list[tuple[str, list[str]]]:
    """Elements and the names of their attributes, without those parts that rightly come and go with the text."""
    for varying in page.select(".examples, .out, .seen"):
        varying.decompose()
    return [(tag.name, sorted(tag.attrs)) for tag in page.find_all(True)]


def _assert_harmless(page: BeautifulSoup) -> None:
    assert len(page.select("script")) == len(page.select(_OWN_SCRIPTS)) == 1
    assert page.select("iframe, object, embed, base, meta[http-equiv], style") == []
    assert [tag for tag in page.find_all(True) for name in tag.attrs if name.startswith("on") or name == "style"] == []
    for tag in page.select("[href], [src], [action]"):
        address = str(tag.get("href") or tag.get("src") or tag.get("action"))
        assert urlsplit(address).scheme in ("", "http", "https")
        assert not address.startswith("//")
    assert all(form["action"] == "/" for form in page.select("form"))
