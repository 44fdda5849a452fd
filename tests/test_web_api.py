"""The HTTP API: shapes to the letter, refusals that name their parameter, the same hits as the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from searcher.reports import ClusterState
from tests.web_fakes import FakeArchive, client_of, invented_articles, note, page_of


@pytest.fixture
def archive() -> FakeArchive:
    """Forty-two invented articles."""
    return FakeArchive(invented_articles())


@pytest.fixture
def client(archive: FakeArchive) -> Iterator[FlaskClient]:
    """A client of the API over the archive."""
    with client_of(archive) as client:
        yield client


def test_search_result_has_the_documented_shape(client: FlaskClient, archive: FakeArchive) -> None:
    """Every key of SearchResult, Hit, Snippet, facet and note, in the documented order."""
    archive.result_changes = {"notes": (note("read as text", 0, 5),)}

    result = client.get("/api/v1/search?q=storm&source=Northern+Wire").get_json()

    assert list(result) == [
        "query", "interpreted", "notes", "total", "hits", "facets", "page", "pages", "generation", "took_ms",
    ]  # fmt: skip
    assert list(result["hits"][0]) == [
        "id", "url", "title", "title_marks", "source", "published", "published_precision", "score", "snippets",
    ]  # fmt: skip
    assert list(result["hits"][0]["snippets"][0]) == ["text", "marks", "start"]
    assert result["notes"] == [{"text": "read as text", "start": 0, "end": 5}]
    assert list(result["facets"]) == ["source", "month"]
    assert list(result["facets"]["month"][0]) == ["value", "count"]


def test_article_has_the_documented_shape(client: FlaskClient, archive: FakeArchive) -> None:
    """An article is what the archive keeps, absent values null."""
    assert client.get("/api/v1/articles/a04").get_json() == archive.articles["a04"].to_mapping()


def test_marks_are_offsets_into_the_text(client: FlaskClient, archive: FakeArchive) -> None:
    """Marks cut the matched words out of the snippet, and the snippet out of the body."""
    for hit in client.get("/api/v1/search?q=storm").get_json()["hits"]:
        for snippet in hit["snippets"]:
            body = archive.articles[hit["id"]].body
            assert body[snippet["start"] : snippet["start"] + len(snippet["text"])] == snippet["text"]
            assert {snippet["text"][start:end].lower() for start, end in snippet["marks"]} == {"storm"}


@pytest.mark.parametrize(
    "query",
    [
        "q=storm",
        "q=ferry+storm&page=3",
        "q=storm&sort=oldest",
        "q=storm&source=Northern+Wire&source=Harbor+Gazette&after=2024-06",
        "q=walrus",
    ],
)
def test_page_and_api_show_the_same_hits(client: FlaskClient, query: str) -> None:
    """The same address arguments give the same articles in the same order, on the page and as JSON."""
    page = page_of(client, f"/?{query}")
    result = client.get(f"/api/v1/search?{query}").get_json()

    assert [title.get_text() for title in page.select("li.hit h2")] == [hit["title"] for hit in result["hits"]]
    assert [[piece.get_text() for piece in hit.select(".snippet")] for hit in page.select("li.hit")] == [
        [snippet["text"] for snippet in hit["snippets"]] for hit in result["hits"]
    ]


def test_snippets_and_facets_can_be_left_out(client: FlaskClient) -> None:
    """snippets=0 and facets=0 make the answer small; the hits stay."""
    result = client.get("/api/v1/search?q=storm&snippets=0&facets=0").get_json()

    assert [hit["snippets"] for hit in result["hits"]] == [[]] * 10
    assert result["facets"] == {"source": [], "month": []}


def test_limit_and_page(client: FlaskClient) -> None:
    """Limit sets the number of hits, page goes on from there; 10 unless told otherwise."""
    third = client.get("/api/v1/search?q=storm&limit=4&page=3").get_json()

    assert (len(third["hits"]), third["page"], third["pages"], third["total"]) == (4, 3, 11, 42)
    assert len(client.get("/api/v1/search?q=storm").get_json()["hits"]) == 10


@pytest.mark.parametrize(
    ("query", "parameter", "expected", "got"),
    [
        ("limit=0", "limit", "a whole number from 1 to 100", "0"),
        ("limit=101", "limit", "a whole number from 1 to 100", "101"),
        ("limit=ten", "limit", "a whole number from 1 to 100", "ten"),
        ("page=-1", "page", "a whole number from 1 to 1,000,000", "-1"),
        ("page=1e3", "page", "a whole number from 1 to 1,000,000", "1e3"),
        ("sort=random", "sort", "relevance, newest or oldest", "random"),
        ("snippets=yes", "snippets", "0 or 1", "yes"),
        ("facets=2", "facets", "0 or 1", "2"),
    ],
)
def test_bad_values_are_named(client: FlaskClient, query: str, parameter: str, expected: str, got: str) -> None:
    """A refusal names the parameter, what it must be and what it was."""
    response = client.get(f"/api/v1/search?q=storm&{query}")
    problem = response.get_json()

    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert problem["errors"] == [
        {"parameter": parameter, "detail": f"{parameter} must be {expected}, got {got!r}", "expected": expected, "got": got}
    ]


def test_problems_are_complete_and_all_told(client: FlaskClient) -> None:
    """RFC 9457 members, and every bad parameter of the request at once."""
    problem = client.get("/api/v1/search?q=storm&page=0&limit=0").get_json()

    assert {name: problem[name] for name in ("type", "title", "status", "instance")} == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "instance": "/api/v1/search?q=storm&page=0&limit=0",
    }
    assert [error["parameter"] for error in problem["errors"]] == ["page", "limit"]


def test_a_date_that_cannot_be_read_is_named(client: FlaskClient) -> None:
    """A refusal by the archive names its parameter too."""
    one = client.get("/api/v1/search?q=storm&before=soonish&after=2024")
    both = client.get("/api/v1/search?q=storm&before=soonish&after=laterish").get_json()

    assert one.status_code == 400
    assert [error["parameter"] for error in one.get_json()["errors"]] == ["before"]
    assert [error["parameter"] for error in both["errors"]] == ["after", "before"]
    assert "soonish" in both["detail"]


def test_a_mistyped_parameter_is_refused(client: FlaskClient) -> None:
    """A parameter that would be ignored is an answer to another question; the nearest name is offered."""
    problem = client.get("/api/v1/search?q=storm&sources=Wire").get_json()

    assert problem["status"] == 400
    assert "did you mean source?" in problem["errors"][0]["detail"]


def test_a_query_that_is_too_long_is_refused(client: FlaskClient) -> None:
    """414 beyond the limit of the settings, an answer up to it."""
    limit = FakeArchive().config.limits.query_chars

    assert client.get(f"/api/v1/search?q={'x' * limit}").status_code == 200
    refused = client.get(f"/api/v1/search?q={'x' * (limit + 1)}")
    assert (refused.status_code, refused.get_json()["errors"][0]["parameter"]) == (414, "q")


def test_an_unknown_article_is_a_problem(client: FlaskClient) -> None:
    """404 as problem document; the message is for readers of the web, not of the shell."""
    response = client.get("/api/v1/articles/none")

    assert (response.status_code, response.mimetype) == (404, "application/problem+json")
    assert "searcher query" not in response.get_json()["detail"]


def test_unknown_addresses_and_methods_are_problems(client: FlaskClient) -> None:
    """Under /api every refusal is a problem document; 405 says what is allowed."""
    missing, posted = client.get("/api/v2/search"), client.post("/api/v1/search")

    assert (missing.status_code, missing.mimetype) == (404, "application/problem+json")
    assert (posted.status_code, posted.mimetype) == (405, "application/problem+json")
    assert "GET" in posted.headers["Allow"]


@pytest.mark.parametrize("address", ["/api/v1/search?q=storm", "/api/v1/articles/a04", "/", "/?q=storm", "/healthz", "/help"])
def test_head_answers_like_get_without_a_body(client: FlaskClient, address: str) -> None:
    """HEAD gives the status and type of GET and no body."""
    head, get = client.head(address), client.get(address)

    assert (head.status_code, head.mimetype, head.data) == (get.status_code, get.mimetype, b"")


def test_unchanged_results_cost_no_body(client: FlaskClient, archive: FakeArchive) -> None:
    """The tag changes with the generation and the query, not with the time a search took."""
    etag = client.get("/api/v1/search?q=storm").headers["ETag"]
    archive.result_changes = {"took_ms": 99.0}

    again = client.get("/api/v1/search?q=storm", headers={"If-None-Match": etag})

    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/api/v1/search?q=storm&limit=5").headers["ETag"] != etag
    archive.result_changes = {"generation": 8}
    assert client.get("/api/v1/search?q=storm", headers={"If-None-Match": etag}).status_code == 200


def test_health_tells_generation_and_articles(client: FlaskClient, archive: FakeArchive) -> None:
    """200 with the numbers while searches work, 503 while there is no index."""
    healthy = client.get("/healthz")
    archive.has_index = False
    ill = client.get("/healthz")

    assert (healthy.status_code, healthy.get_json()) == (200, {"status": "ok", "generation": 7, "articles": 42})
    assert (ill.status_code, ill.get_json()["status"]) == (503, "index-missing")


@pytest.mark.parametrize(("health", "status", "told"), [("green", 200, "ok"), ("yellow", 200, "ok"), ("red", 503, "cluster-red")])
def test_health_of_a_cluster(client: FlaskClient, archive: FakeArchive, health: str, status: int, told: str) -> None:
    """The cluster's health is told; only red, where articles are away, is ill."""
    archive.cluster = ClusterState("news", "3.8.0", health, 3, "news-000001", 3, 1)
    answer = client.get("/healthz")

    assert answer.status_code == status
    assert answer.get_json() == {"status": told, "generation": 7, "articles": 42, "cluster": health}


def test_text_beyond_ascii_is_written_as_it_is(client: FlaskClient) -> None:
    """JSON is UTF-8, without escapes that only machines read."""
    assert "“We shall see,”" in client.get("/api/v1/articles/a04").data.decode("utf-8")
