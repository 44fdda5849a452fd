"""What a reader and a program are told when the archive cannot answer, and what they are not."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from searcher import (
    ArchiveBusy,
    ClusterDenied,
    ClusterRefused,
    ClusterUnavailable,
    IndexDamaged,
    IndexMissing,
    IndexOutdated,
    StoreError,
    UnsupportedQuery,
)
from tests.web_fakes import FakeArchive, client_of, invented_articles, one

PRIVATE_PATH = "/srv/private/var/index/segment_3"
PRIVATE_HOST = "https://node7.internal.example:9200"


@pytest.fixture
def archive() -> FakeArchive:
    """Invented articles; tests make it fail."""
    return FakeArchive(invented_articles())


@pytest.fixture
def client(archive: FakeArchive) -> Iterator[FlaskClient]:
    """A client of the failing archive."""
    with client_of(archive) as client:
        yield client


@pytest.mark.parametrize(
    ("failure", "command"),
    [
        (IndexMissing(PRIVATE_PATH), "searcher update"),
        (IndexDamaged(PRIVATE_PATH), "searcher rebuild"),
        (IndexOutdated(PRIVATE_PATH), "searcher rebuild"),
        (StoreError(PRIVATE_PATH), "searcher check"),
        (ClusterUnavailable(PRIVATE_PATH), "searcher stats"),
    ],
)
@pytest.mark.parametrize("address", ["/", "/?q=storm", "/article/a07?q=storm"])
def test_an_archive_out_of_order_says_what_to_run(
    client: FlaskClient, archive: FakeArchive, failure: Exception, command: str, address: str
) -> None:
    """503 with the command that sets it right and when to come back, without the files of this machine."""
    archive.failure = failure

    response = client.get(address)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert one(BeautifulSoup(response.data, "lxml"), "pre").get_text() == command
    assert PRIVATE_PATH not in response.get_data(as_text=True)


def test_the_log_has_what_the_reader_is_spared(
    client: FlaskClient, archive: FakeArchive, caplog: pytest.LogCaptureFixture
) -> None:
    """The message of the archive, with its files, stands in the log."""
    archive.failure = IndexDamaged(PRIVATE_PATH)

    with caplog.at_level(logging.ERROR):
        client.get("/?q=storm")

    assert PRIVATE_PATH in caplog.text


@pytest.mark.parametrize("failure", [ClusterDenied(PRIVATE_HOST), ClusterRefused(PRIVATE_HOST, status=400, kind="mapping")])
@pytest.mark.parametrize("address", ["/?q=storm", "/article/a07?q=storm", "/api/v1/search?q=storm"])
def test_a_cluster_that_refuses_us_is_a_bad_gateway(
    client: FlaskClient, archive: FakeArchive, caplog: pytest.LogCaptureFixture, failure: Exception, address: str
) -> None:
    """502 without an invitation to come back soon: it does not pass by itself. The reason stands in the log alone."""
    archive.failure = failure

    with caplog.at_level(logging.ERROR):
        response = client.get(address)

    assert (response.status_code, response.headers.get("Retry-After")) == (502, None)
    assert PRIVATE_HOST not in response.get_data(as_text=True)
    assert f"{type(failure).__name__}: {PRIVATE_HOST}" in caplog.text


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (ClusterUnavailable(PRIVATE_HOST), "cluster-unavailable"),
        (ClusterDenied(PRIVATE_HOST), "cluster-denied"),
        (ClusterRefused(PRIVATE_HOST), "cluster-refused"),
    ],
)
def test_health_tells_what_is_wrong_with_a_cluster(
    client: FlaskClient, archive: FakeArchive, failure: Exception, state: str
) -> None:
    """A watcher can tell apart a cluster that is away from one that does not let us in; it sees no address."""
    archive.failure = failure

    response = client.get("/healthz")

    assert (response.status_code, response.get_json()["status"]) == (503, state)
    assert PRIVATE_HOST not in response.get_data(as_text=True)


def test_programs_get_the_command_too(client: FlaskClient, archive: FakeArchive) -> None:
    """The problem document of the API names the command in a member of its own."""
    archive.failure = IndexMissing(PRIVATE_PATH)

    problem = client.get("/api/v1/search?q=storm").get_json()

    assert (problem["status"], problem["command"]) == (503, "searcher update")


def test_a_busy_archive_asks_for_patience(client: FlaskClient, archive: FakeArchive) -> None:
    """503 with Retry-After, nothing to repair."""
    archive.failure = ArchiveBusy("locked by process 7")

    response = client.get("/?q=storm")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert BeautifulSoup(response.data, "lxml").select_one("pre") is None


def test_what_an_engine_cannot_do_is_the_askers_to_change(client: FlaskClient, archive: FakeArchive) -> None:
    """400 with the part of the query that cannot be answered."""
    archive.failure = UnsupportedQuery("cluster", "fuzzy phrases")

    page, problem = client.get("/?q=storm"), client.get("/api/v1/search?q=storm")

    assert (page.status_code, problem.status_code) == (400, 400)
    assert "fuzzy phrases" in page.get_data(as_text=True)
    assert "fuzzy phrases" in problem.get_json()["detail"]


@pytest.mark.parametrize("address", ["/?q=storm", "/api/v1/search?q=storm", "/healthz"])
def test_an_unforeseen_error_has_a_number_and_no_trace(
    client: FlaskClient, archive: FakeArchive, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    """500 with a number; the log has the trace under that number, the reader has neither trace nor message."""
    archive.failure = ZeroDivisionError(PRIVATE_PATH)

    response = client.get(address)
    text = response.get_data(as_text=True)

    incident = re.search(r"incident\W{1,4}([0-9a-f]{8})", text)
    assert response.status_code == 500
    assert incident is not None
    assert incident.group(1) in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert not re.search(r"ZeroDivision|Traceback|\.py", text)
    assert PRIVATE_PATH not in text


def test_health_tells_what_is_wrong(client: FlaskClient, archive: FakeArchive) -> None:
    """503 and the kind of failure, so that a watcher can tell them apart."""
    archive.failure = IndexDamaged(PRIVATE_PATH)

    response = client.get("/healthz")

    assert (response.status_code, response.get_json()["status"]) == (503, "index-damaged")
    assert PRIVATE_PATH not in response.get_data(as_text=True)


@pytest.mark.parametrize(("address", "status"), [("/nowhere", 404), ("/article/none", 404), ("/static/none.css", 404)])
def test_what_is_not_there_is_404(client: FlaskClient, address: str, status: int) -> None:
    """A page of our own with a search box, not the server's."""
    response = client.get(address)

    assert response.status_code == status
    assert BeautifulSoup(response.data, "lxml").select_one("form#search") is not None


def test_pages_take_no_other_method(client: FlaskClient) -> None:
    """POST to the search page is 405 and says what is allowed."""
    response = client.post("/", data={"q": "storm"})

    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("failure", [IndexMissing(PRIVATE_PATH), ClusterUnavailable(PRIVATE_HOST), ClusterDenied(PRIVATE_HOST)])
def test_no_state_is_left_behind_by_a_failure(client: FlaskClient, archive: FakeArchive, failure: Exception) -> None:
    """As soon as the archive answers again, so do page, API and health."""
    archive.failure = failure
    assert client.get("/?q=storm").status_code in (502, 503)
    archive.failure = None

    for address in ("/?q=storm", "/api/v1/search?q=storm", "/healthz"):
        assert client.get(address).status_code == 200


def test_what_was_asked_is_not_lost(client: FlaskClient, archive: FakeArchive) -> None:
    """While the archive is away the query stays in the box, and a link asks the same again, filters and all."""
    archive.failure = ClusterUnavailable(PRIVATE_HOST)

    page = BeautifulSoup(client.get("/?q=storm+%22north+sea%22&source=Tides&sort=newest").data, "lxml")

    assert one(page, 'input[name="q"]')["value"] == 'storm "north sea"'
    again = next(link for link in page.select("section.failure a") if link.text == "Try again")
    assert again["href"] == "?q=storm+%22north+sea%22&source=Tides&sort=newest"
    archive.failure = None
    assert client.get("/" + str(again["href"])).status_code == 200
