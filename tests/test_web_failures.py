"""What a reader and a program are told when the archive cannot answer, and what they are not."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from searcher import ArchiveBusy, IndexDamaged, IndexMissing, IndexOutdated, StoreError, UnsupportedQuery
from tests.web_fakes import FakeArchive, client_of, invented_articles, one

PRIVATE_PATH = "/srv/private/var/index/segment_3"


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


def test_no_state_is_left_behind_by_a_failure(client: FlaskClient, archive: FakeArchive) -> None:
    """As soon as the archive answers again, so does the page."""
    archive.failure = IndexMissing(PRIVATE_PATH)
    client.get("/?q=storm")
    archive.failure = None

    assert client.get("/?q=storm").status_code == 200
