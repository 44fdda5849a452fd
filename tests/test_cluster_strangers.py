"""What is no cluster of ours: older versions, other servers, other protocols, torn answers. No cluster is needed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from index.cluster.connection import Connection
from index.cluster.settings import ClusterSettings
from index.cluster.version import version_of
from index.errors import (
    ClusterRefused,
    ClusterUnavailable,
    SearcherError,
)


@pytest.mark.parametrize("number", ["2.4.0", "2.19.1", "3.0.0-alpha1", "3.8.0", "3.1.0-SNAPSHOT", "10.0.0"])
def test_versions_that_are_taken(number: str) -> None:
    """From the first release with points in time on, and those before a release."""
    expected = tuple(int(part) for part in number.split("-", maxsplit=1)[0].split("."))

    assert version_of({"version": {"distribution": "opensearch", "number": number}}, "http://a:9200") == expected


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ({"version": {"distribution": "opensearch", "number": "2.3.0"}}, "is OpenSearch 2.3.0, expected 2.4.0 or newer"),
        ({"version": {"distribution": "opensearch", "number": "1.3.20"}}, "is OpenSearch 1.3.20, expected 2.4.0 or newer"),
        # as Elasticsearch 8 answers, which has no distribution
        (
            {"version": {"number": "8.15.0", "build_flavor": "default"}, "tagline": "You Know, for Search"},
            "is Elasticsearch 8.15.0",
        ),
        ({"version": {"distribution": "opensearch", "number": "next"}}, "a version that cannot be read: 'next'"),
        ({"version": {"distribution": "opensearch"}}, "tells no version"),
        ({"couchdb": "Welcome"}, "tells no version"),
        ([], "tells no version"),
    ],
)
def test_what_is_no_cluster_of_ours(page: Any, said: str) -> None:
    """Older versions, Elasticsearch and other servers are named, with what was expected."""
    with pytest.raises(ClusterRefused, match="http://a:9200") as caught:
        version_of(page, "http://a:9200")
    assert said in str(caught.value)


@pytest.fixture
def said_by() -> Iterator[Any]:
    """Makes a server that answers everything with the same bytes and hangs up; gives its port."""
    listeners = []

    def server(answer: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=serve, args=(listener, answer), daemon=True).start()
        return int(listener.getsockname()[1])

    def serve(listener: socket.socket, answer: bytes) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

    yield server
    for listener in listeners:
        listener.close()


GZIP = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", ClusterUnavailable),
        (b"SSH-2.0-OpenSSH_9.6\r\n", ClusterRefused),
        (b"This is not an HTTP port", ClusterRefused),
        (b"HTTP/1.1 99999 what\r\n\r\n", ClusterRefused),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ClusterUnavailable),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", ClusterUnavailable),
        (b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"version', ClusterUnavailable),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", ClusterUnavailable),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 18\r\n\r\n<html>log in</html>"[:-1], ClusterRefused),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n\xff\xfe", ClusterRefused),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]", ClusterRefused),
        (b"HTTP/1.1 302 Found\r\nLocation: https://login.example/\r\nContent-Length: 0\r\n\r\n", ClusterRefused),
        (GZIP, ClusterRefused),
    ],
)
def test_whatever_answers_there_the_error_is_ours(said_by: Any, answer: bytes, kind: type[SearcherError]) -> None:
    """Other protocols, torn answers and log-in pages end in an error of ours that names the address."""
    port = said_by(answer)
    connection = Connection(ClusterSettings((f"http://127.0.0.1:{port}",), retries=0, timeout_s=5))

    with pytest.raises(SearcherError, match=f"http://127.0.0.1:{port}") as caught:
        connection.request("GET", "/a/_doc/1", missing_ok=True)
    assert type(caught.value) is kind
