"""`searcher serve` as a process: it says where it listens once it does, answers many at a time, and ends when told to."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import http.client
import json
import queue
import signal
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

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
    """Nothing here takes a body; one announced with a megabyte is refused before it is sent, and the server lives on."""
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=TIMEOUT_SECONDS)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", "1000000")
    connection.endheaders()

    assert connection.getresponse().status == 413
    connection.close()
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


def test_unfinished_requests_lock_nobody_out(server: Served) -> None:
    """Three hundred connections that never finish their request leave the server answering."""
    port = int(server.url.rstrip("/").rpartition(":")[2])
    with contextlib.ExitStack() as held:
        for _ in range(300):
            connection = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert json.loads(_get(server.url + "healthz"))["status"] == "ok"


class _SlowArchive(FakeArchive):
    def search(self, query: str, **options: Any) -> searcher.SearchResult:
        time.sleep(0.05)
        return super().search(query, **options)


def test_overload_is_told_and_not_swallowed() -> None:
    """A hundred searches at once on one thread: answers or 503 with Retry-After, nothing else; the health check stays well."""
    archive = _SlowArchive(invented_articles())
    archive.config = dataclasses.replace(archive.config, web=dataclasses.replace(archive.config.web, threads=1))
    url = _serve_in_thread(archive)

    def ask(_: int) -> tuple[int, str | None]:
        try:
            with urllib.request.urlopen(url + "?q=storm", timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - our own server
                return response.status, None
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers["Retry-After"]

    with ThreadPoolExecutor(100) as pool:
        answers = collections.Counter(pool.map(ask, range(100)))
        assert json.loads(_get(url + "healthz"))["status"] == "ok"

    assert set(answers) == {(200, None), (503, "5")}
    assert json.loads(_get(url + "api/v1/search?q=storm"))["total"] == 42


def test_localhost_is_announced_with_the_port_it_listens_on() -> None:
    """A name with several addresses is served on one socket, whose port is the one announced."""
    url = _serve_in_thread(FakeArchive(invented_articles()), "localhost")

    assert url.startswith("http://localhost:")
    assert json.loads(_get(url + "healthz"))["articles"] == 42


def _serve_in_thread(archive: FakeArchive, host: str = "127.0.0.1") -> str:
    """Serves for the rest of the test run, and gives back the address once it is announced."""
    announced: queue.SimpleQueue[str] = queue.SimpleQueue()
    arguments = (cast("searcher.Archive", archive), host, 0, announced.put)
    threading.Thread(target=serve, args=arguments, daemon=True).start()
    return announced.get(timeout=TIMEOUT_SECONDS)
