"""The proxy of the fault tests does what it is asked to: each fault reaches the client, and the node gets only what it says."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.proxy import Answer, Fault, Proxy, Seen


@pytest.fixture
def upstream() -> Iterator[tuple[str, list[str]]]:
    """A node in small: its address, and the requests that reached it."""
    came: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append(f"{self.path} {body.decode()}")
            self.send_response(201)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"ok": True}).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", came
    server.shutdown()
    server.server_close()


def post(
    proxy: Proxy, path: str = "/_bulk", *, user: tuple[str, str] | None = None, ca_file: Path | None = None, timeout_s: float = 10
) -> tuple[int, bytes]:
    """Status and body of what the proxy answers to a request through it."""
    handlers: list[Any] = [urllib.request.ProxyHandler({})]
    if ca_file:
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(ca_file))))
    if user:
        passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
        passwords.add_password(None, proxy.url, *user, is_authenticated=True)
        handlers.append(urllib.request.HTTPBasicAuthHandler(passwords))
    try:
        with urllib.request.build_opener(*handlers).open(proxy.url + path, b"body", timeout_s) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_requests_pass_through(upstream: tuple[str, list[str]], tmp_path: Path) -> None:
    """Without faults the node gets the request and the client the node's answer, below a path of the gateway's own too."""
    url, came = upstream
    with Proxy(url, tmp_path, prefix="/search") as proxy:
        assert post(proxy) == (201, b'{"ok": true}')
        assert came == ["/_bulk body"]
        assert proxy.requests == [Seen("POST", "/search/_bulk", 201)]
        other = proxy.url.removesuffix("/search")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{other}/_bulk", data=b"")
        assert len(came) == 1


def test_answers_instead_of_the_node(upstream: tuple[str, list[str]], tmp_path: Path) -> None:
    """The first two bulk requests are refused, as JSON or as a gateway's page, and do not reach the node; all others do."""
    url, came = upstream
    with Proxy(url, tmp_path) as proxy:
        proxy.inject(Fault(path="/_bulk", times=1, answer=Answer(429, {"error": "full"})))
        proxy.inject(Fault(path="/_bulk", times=1, answer=Answer(503, "<html>down</html>")))

        assert post(proxy, "/_search")[0] == 201
        assert post(proxy) == (429, b'{"error": "full"}')
        assert post(proxy) == (503, b"<html>down</html>")
        assert post(proxy)[0] == 201
        assert came == ["/_search body", "/_bulk body"]


@pytest.mark.parametrize(("cut", "reached"), [("before", 0), ("after", 1), ("within", 1)])
def test_connections_are_cut(cut: Any, reached: int, upstream: tuple[str, list[str]], tmp_path: Path) -> None:
    """Cut before, the node never knew; cut after or within the answer, it has done it and the client does not know."""
    url, came = upstream
    with Proxy(url, tmp_path) as proxy:
        proxy.inject(Fault(times=1, cut=cut))
        with pytest.raises((OSError, http.client.HTTPException)):
            post(proxy)
        assert len(came) == reached
        assert post(proxy)[0] == 201


def test_delays_and_altered_answers(upstream: tuple[str, list[str]], tmp_path: Path) -> None:
    """A delay holds the answer back, an altered answer is not the node's; `clear` ends both."""
    url, _ = upstream
    with Proxy(url, tmp_path) as proxy:
        proxy.inject(Fault(delay_s=0.3, alter=lambda body: body.replace(b"true", b"false")))
        with pytest.raises(TimeoutError):
            post(proxy, timeout_s=0.1)
        assert post(proxy) == (201, b'{"ok": false}')
        proxy.clear()
        assert post(proxy) == (201, b'{"ok": true}')


def test_credentials_are_demanded(upstream: tuple[str, list[str]], tmp_path: Path) -> None:
    """Without the right ones the answer is 401 and the node is not asked."""
    url, came = upstream
    with Proxy(url, tmp_path, credentials=("reader", "secret")) as proxy:
        assert post(proxy)[0] == 401
        assert post(proxy, user=("reader", "wrong"))[0] == 401
        assert post(proxy, user=("reader", "secret"))[0] == 201
        assert len(came) == 1


def test_tls_is_checked_against_its_authority(upstream: tuple[str, list[str]], tmp_path: Path) -> None:
    """Its authority vouches for it; without it, or with a certificate for another name, clients refuse."""
    url, came = upstream
    with Proxy(url, tmp_path, tls=True) as proxy:
        assert proxy.url.startswith("https://")
        assert post(proxy, ca_file=proxy.ca_file)[0] == 201
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            post(proxy)
    with Proxy(url, tmp_path, tls=True, certificate_for="example.org") as proxy, pytest.raises(OSError, match="not valid for"):
        post(proxy, ca_file=proxy.ca_file)
    assert len(came) == 1


def test_it_can_vanish_and_come_back(upstream: tuple[str, list[str]], tmp_path: Path) -> None:
    """Stopped, its port refuses; started, it answers at the same address."""
    with Proxy(upstream[0], tmp_path) as proxy:
        before = proxy.url
        proxy.stop()
        with pytest.raises(OSError, match="refused"):
            post(proxy)
        proxy.start()
        assert proxy.url == before
        assert post(proxy)[0] == 201
