"""Runs the application: give it an archive and an address, it serves until it is told to stop."""

from __future__ import annotations

import itertools
import logging
import signal
import socket
import threading
from collections.abc import Callable, Sized
from types import FrameType

from flask import Flask, Response, abort, request
from waitress.server import create_server

from searcher import Archive
from web.app import BODY_LIMIT_BYTES, create_app
from web.failures import OVERLOADED, page_response

# Idle browsers keep connections open, and so do those who send a request byte by byte; neither may lock others out.
CONNECTION_LIMIT = 2000
IDLE_SECONDS = 30
# Measured with a hundred clients asking at once over 1,248 articles, 4 threads: 76 searches a second, so as many waiting
# requests mean about two seconds. Who would wait longer is better told to come back.
WAITING_PER_THREAD = 32
# Some are answered even then: clients that ask again at once would keep the queue full, and everybody would be refused.
ANSWERED_ONE_IN = 4


def serve(archive: Archive, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serves pages and API on host and port (0: any free one); returns after Ctrl-C or SIGTERM.

    announce is called once with the URL, when the socket listens and a request would be answered. OSError if the
    address cannot be had.
    """
    listening = _listen(host, port)
    app = create_app(archive)
    server = create_server(
        app,
        sockets=[listening],
        threads=archive.config.web.threads,
        ident=None,
        max_request_body_size=BODY_LIMIT_BYTES,
        connection_limit=CONNECTION_LIMIT,
        asyncore_use_poll=True,  # select() cannot watch that many connections
        channel_timeout=IDLE_SECONDS,
    )
    _shed_overload(app, server.task_dispatcher.queue, archive.config.web.threads * WAITING_PER_THREAD)
    previous = _end_on_sigterm()
    try:
        announce(f"http://{_in_url(host)}:{listening.getsockname()[1]}/")
        server.run()
    finally:
        server.close()
        if previous is not None:
            signal.signal(signal.SIGTERM, previous)


def _shed_overload(app: Flask, waiting: Sized, limit: int) -> None:
    """Makes the application refuse most searches (503) while more requests wait than can be answered soon.

    Health check, style and script are always answered: they cost nothing, and a busy server must not look like a dead one.
    """
    turn = itertools.count()
    # Drawn once: a refusal must cost next to nothing, or refusing would be what overloads the server.
    with app.test_request_context():
        refusal = page_response(OVERLOADED)

    def refuse_if_overloaded() -> Response | None:
        if len(waiting) <= limit or request.endpoint in ("api.health", "static") or next(turn) % ANSWERED_ONE_IN == 0:
            return None
        if request.path.startswith("/api/"):
            abort(OVERLOADED.status)
        return Response(refusal.get_data(), OVERLOADED.status, refusal.headers)

    app.before_request(refuse_if_overloaded)
    # Waitress would write a line for every request that waits at all.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket on the first address of the host, an IPv4 one if there is any.

    One socket, not one for each address: with port 0 every socket would get a port of its own.
    """
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = min(addresses, key=lambda found: found[0] != socket.AF_INET)
    return socket.create_server(address[:2], family=family)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _end_on_sigterm() -> Callable[[int, FrameType | None], object] | int | None:
    """Makes SIGTERM end the server as Ctrl-C does (a container's first process ignores it otherwise)."""
    if threading.current_thread() is not threading.main_thread():
        return None

    def stop(*_: object) -> None:
        raise SystemExit(0)

    previous = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, stop)
    return previous
