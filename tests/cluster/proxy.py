"""Proxy: stands between the project and a node, on 127.0.0.1, and does what networks, gateways and full clusters do.

    with Proxy("http://127.0.0.1:9200", folder, tls=True, credentials=("reader", "secret"), prefix="/search") as proxy:
        proxy.url, proxy.ca_file
        proxy.inject(Fault(path="/_bulk", times=3, answer=Answer(429)))     # refused three times, then forwarded
        proxy.inject(Fault(path="/_bulk", times=1, cut="after"))            # done by the cluster, but its answer is lost
        proxy.requests                                                      # what came, with what became of it

`stop` and `start` make it vanish (connection refused) and come back at the same address.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import trustme

TIMEOUT_S = 60
# Of one connection only, or set anew by whoever sends the answer; answers come unpacked, so that `alter` can read them.
HOP = {"accept-encoding", "connection", "content-length", "date", "host", "keep-alive", "server", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: a body that is no text is sent as JSON."""

    status: int
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> tuple[bytes, dict[str, str]]:
        """Body and headers as they are sent."""
        kind = "text/html; charset=UTF-8" if isinstance(self.body, str) else "application/json"
        body = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return body.encode(), {"Content-Type": kind, **self.headers}


@dataclass(slots=True)
class Fault:
    """What happens to requests whose path holds `path` (a pattern) and that have the method, if one is named.

    times: how many, None for all until `clear`. delay_s: waits first. answer: given instead of the node's. cut: the connection
    ends "before" the request is forwarded, "after" it was done but before the answer, or "within" the answer. alter: makes
    another body of the node's.
    """

    path: str = ""
    method: str = ""
    times: int | None = None
    delay_s: float = 0.0
    answer: Answer | None = None
    cut: Literal["", "before", "after", "within"] = ""
    alter: Callable[[bytes], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that came, and the status it was answered with (0: the connection was cut)."""

    method: str
    path: str
    status: int


class Proxy:
    """A reverse proxy before one node. Each request has a thread and a connection of its own."""

    def __init__(
        self,
        upstream: str,
        folder: Path,
        *,
        tls: bool = False,
        certificate_for: str = "127.0.0.1",
        credentials: tuple[str, str] | None = None,
        prefix: str = "",
    ) -> None:
        """certificate_for: the name on the certificate. credentials: what requests must bring, else they get 401."""
        self.upstream, self.credentials, self.prefix = upstream, credentials, prefix.rstrip("/")
        self.ca_file = folder / "ca.pem"
        self.requests: list[Seen] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._context = self._certified(certificate_for) if tls else None
        self._port = 0
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """The address to give to clients."""
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self._port}{self.prefix}"

    def inject(self, fault: Fault) -> None:
        """From now on this happens; of several faults that fit a request, the first that is left."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Ends all faults."""
        with self._lock:
            self._faults.clear()

    def start(self) -> None:
        """Listens, at the same port as before."""
        self._server = _Server(self, self._port)
        self._port = self._server.server_address[1]
        if self._context:
            # The handshake is left to the request's thread: a client that never sends one must not stop the others.
            self._server.socket = self._context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Listens no more, and ends the connections there are: clients find nobody."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.end_connections()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def fault_for(self, method: str, path: str) -> Fault:
        """What is to happen to this request; a fault without any effect if nothing is."""
        with self._lock:
            for fault in self._faults:
                if fault.times != 0 and fault.method in ("", method) and re.search(fault.path, path):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return Fault()

    def _certified(self, name: str) -> ssl.SSLContext:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_file)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        return context


class _Server(ThreadingHTTPServer):
    """The listening side; knows its connections, so that they can be ended."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, proxy: Proxy, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.proxy = proxy
        self.connections: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        for connection in list(self.connections):
            super().shutdown_request(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up, or refuse the certificate, are what tests are made of."""


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT_S

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.proxy.fault_for(self.command, self.path)
        time.sleep(fault.delay_s)
        with contextlib.suppress(ConnectionError):
            if (answer := self._refused() or fault.answer) is not None:
                self._send(answer.status, *answer.encoded())
            elif fault.cut == "before":
                self._hang_up()
            else:
                self._pass_on(fault, body)

    def _pass_on(self, fault: Fault, body: bytes) -> None:
        status, headers, content = self._forward(body)
        if fault.cut == "after":
            self._hang_up()
        else:
            self._send(status, fault.alter(content) if fault.alter else content, headers, whole=fault.cut != "within")

    def _refused(self) -> Answer | None:
        if not self.path.startswith(self.server.proxy.prefix):
            return Answer(404, "<html><body>no such page on this gateway</body></html>")
        if self.server.proxy.credentials is not None:
            expected = "Basic " + base64.b64encode(":".join(self.server.proxy.credentials).encode()).decode()
            if self.headers.get("Authorization") != expected:
                return Answer(401, "Unauthorized", {"WWW-Authenticate": 'Basic realm="OpenSearch Security"'})
        return None

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.server.proxy.upstream).netloc, timeout=TIMEOUT_S)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
            connection.request(self.command, self.path.removeprefix(self.server.proxy.prefix) or "/", body or None, headers)
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in HOP}
            return answer.status, kept, answer.read()
        except OSError as error:
            content, headers = Answer(502, f"<html><body>bad gateway: {error}</body></html>").encoded()
            return 502, headers, content
        finally:
            connection.close()

    def _send(self, status: int, content: bytes, headers: Mapping[str, str], *, whole: bool = True) -> None:
        # Noted first: whoever has the answer finds the request in the list.
        self.server.proxy.requests.append(Seen(self.command, self.path, status if whole else 0))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content if whole else content[: len(content) // 2])
        self.close_connection = self.close_connection or not whole

    def _hang_up(self) -> None:
        self.server.proxy.requests.append(Seen(self.command, self.path, 0))
        self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Tests look at `Proxy.requests` instead."""

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - names of the standard library
