"""`searcher serve` as a process: it says where it listens once it does, answers many at a time, and ends when told to."""

from __future__ import annotations

import json
import signal
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest

import searcher
from tests.web_fakes import FakeArchive, invented_articles
from tests.web_process import TIMEOUT_SECONDS, Served, served
from web import serve


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the invented articles."""
    folder = tmp_path_factory.mktemp("served") / "var"
    with searcher.open(folder) as archive:
        archive.add(invented_articles())
    return folder


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[Served]:
    """`searcher serve --port 0` over it."""
    with served(data) as server:
        yield server


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - our own server
        return cast("bytes", response.read())


def test_the_printed_address_answers_at_once(server: Served) -> None:
    """The first line on stdout is a URL that can be asked without waiting."""
    assert json.loads(_get(server.url + "healthz")) == {"status": "ok", "generation": 1, "articles": 42}


def test_page_and_api_of_a_real_archive(server: Served) -> None:
    """The real archive answers both: the same total, the page with marks."""
    result = json.loads(_get(server.url + "api/v1/search?q=ferry+storm"))
    page = _get(server.url + "?q=ferry+storm").decode()

    assert result["total"] == 42
    assert f"<strong>{result['total']}</strong> articles" in page
    assert "<mark>ferry</mark>" in page


def test_many_readers_at_once_get_the_same_answer(server: Served) -> None:
    """Forty requests from eight threads: each is answered, all alike but for the time taken."""

    def ask(number: int) -> str:
        result = json.loads(_get(server.url + f"api/v1/search?q=storm&page={number % 4 + 1}"))
        return json.dumps({name: value for name, value in result.items() if name != "took_ms"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(40)))

    assert len(set(answers)) == 4


def test_a_large_body_is_refused(server: Served) -> None:
    """Nothing here takes a body; one of a megabyte is refused with 4xx and the server lives on."""
    request = urllib.request.Request(server.url, data=b"x" * 1_000_000)  # noqa: S310 - our own server
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310 - our own server

    assert refused.value.code in (405, 413)
    assert _get(server.url + "healthz")


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(data: Path, signal_number: int) -> None:
    """Ctrl-C and SIGTERM end it with code 0 and without a traceback."""
    with served(data) as server:
        _get(server.url + "?q=storm")
        server.process.send_signal(signal_number)
        _, errors = server.process.communicate(timeout=TIMEOUT_SECONDS)

    assert server.process.returncode == 0
    assert "Traceback" not in errors


def test_a_taken_port_is_an_error_of_the_system() -> None:
    """Serve does not announce an address it cannot have."""
    announced: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve(cast("searcher.Archive", FakeArchive()), "127.0.0.1", taken.getsockname()[1], announced.append)

    assert announced == []


def test_localhost_is_announced_with_the_port_it_listens_on() -> None:
    """A name with several addresses is served on one socket, whose port is the one announced."""
    heard = threading.Event()
    announced: list[str] = []

    def announce(url: str) -> None:
        announced.append(url)
        heard.set()

    archive = cast("searcher.Archive", FakeArchive(invented_articles()))
    threading.Thread(target=serve, args=(archive, "localhost", 0, announce), daemon=True).start()

    assert heard.wait(TIMEOUT_SECONDS)
    assert announced[0].startswith("http://localhost:")
    assert json.loads(_get(announced[0] + "healthz"))["articles"] == 42
