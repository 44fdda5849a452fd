"""Connection: requests to a cluster by the official client, with one policy for retries and only our errors coming out.

    connection = Connection(settings)
    answer = connection.request("POST", "/searcher/_search", body={"query": {"match_all": {}}})
    connection.close()

May be shared by threads. The client gives the pool of nodes and their sockets; which node failed and is left alone for a
while is its book-keeping too. When a request is sent again, how long that waits and when it is given up is decided here and
nowhere else. Foreign exceptions do not get out of this module.
"""

from __future__ import annotations

import base64
import email.utils
import json
import logging
import random
import ssl
import threading
import time
import warnings
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from index.cluster.calls import Call, call_of
from index.cluster.completeness import trouble_inside
from index.cluster.faults import trouble_of_failure
from index.cluster.settings import ClusterSettings
from index.cluster.translation import trouble_of_answer, trouble_without_json
from index.cluster.trouble import Answer, Trouble
from index.cluster.version import Version, version_of
from index.errors import ConfigError

FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 10.0
CONNECT_S = 5.0  # for a node that drops packets; the network's own patience is minutes
DEAD_S = 5.0  # how long a failed node is left alone; doubles each time it fails again, up to eight times this
SOCKETS = 256  # kept per node, opened as needed; as many as the page may have threads
DEADLINE = 2.0  # of all tries together, in timeouts
_PORTS = {"http": 9200, "https": 443}


def path_of(*parts: str) -> str:
    """`/a/b/c`, each part quoted: ids and names may hold any character."""
    return "".join("/" + quote(part, safe="", errors="replace") for part in parts)


def wait_s(attempt: int) -> float:
    """How long to wait before trying again after so many failures of the cluster."""
    return growing_s(attempt, FIRST_WAIT_S, LONGEST_WAIT_S)


def growing_s(attempt: int, first_s: float, longest_s: float) -> float:
    """A pause that doubles with each attempt, up to a limit; the last half of it at random."""
    return min(first_s * 2.0 ** (attempt - 1), longest_s) * random.uniform(0.5, 1.0)  # noqa: S311 - not for secrets


class Connection:
    """A cluster, reached through any of its hosts."""

    def __init__(self, settings: ClusterSettings) -> None:
        """Connects to nothing yet; ConfigError if the client is not installed or the settings cannot be used."""
        self.settings = settings
        self._transport, self._timeout = _client(settings)
        self._version: Version | None = None
        self._asking = threading.Lock()

    def __repr__(self) -> str:
        """Without credentials."""
        return f"<Connection {', '.join(self.settings.hosts)}>"

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        missing_ok: bool = False,
        retry: bool = True,
        timeout_s: float | None = None,
    ) -> Any:
        """The decoded answer; of HEAD whether it is there; None on 404 with missing_ok. Raises errors of ours only.

        body: a mapping for JSON, or the lines of `_bulk` and `_msearch` as text or bytes.
        retry: whether it may be sent again when it is not known whether it had its effect. One that never reached a
            node is sent again in any case.
        An answer of a search that lacks shards or was cut short is an error, as is a failed entry of `_mget` and
        `_msearch`; a failed entry of `_bulk` is not.
        """
        self.version()
        return self._request(call_of(method, path, body, params, timeout_s or self.settings.timeout_s), retry, missing_ok)

    def version(self) -> Version:
        """The version of the cluster, asked once; ClusterRefused if it is no OpenSearch, or too old."""
        if self._version is None:
            with self._asking:
                if self._version is None:
                    call = call_of("GET", "/", None, None, self.settings.timeout_s)
                    answer = self._request(call, retry=True, missing_ok=True)  # below a wrong path there is nothing
                    self._version = version_of(answer, ", ".join(self.settings.hosts))
        return self._version

    def health(self) -> dict[str, Any]:
        """The health of the cluster and of our indexes; by patterns, as an index that is missing would be waited for.

        Those of another archive whose name begins like ours have one more hyphen.
        """
        numbered, pages = f"{self.settings.name}-0*", f"{self.settings.name}-pages*"
        path = f"/_cluster/health/{numbered},-{numbered}-*,{pages},-{pages}-*"
        params = {"level": "indices", "cluster_manager_timeout": "5s"}
        answer: dict[str, Any] = self.request("GET", path, params=params)
        return answer

    def close(self) -> None:
        """Closes the sockets; a later request opens new ones."""
        for node in self._transport.seed_connections:
            node.close()

    def _request(self, call: Call, retry: bool, missing_ok: bool) -> Any:
        """Sends a call until there is an answer, trying is of no use, or time or retries run out."""
        started = time.monotonic()
        end = started + DEADLINE * call.timeout_s
        failures: dict[str, Trouble] = {}
        tries = waits = 0
        while True:
            node = self._transport.get_connection()
            left = max(end - time.monotonic(), 0.1)
            found = self._once(node, call._replace(timeout_s=min(call.timeout_s, left)), missing_ok)
            if not isinstance(found, Trouble):
                self._transport.connection_pool.mark_live(node)
                return found
            tries += 1
            failures[_url(node)] = found
            if found.elsewhere:
                self._transport.mark_dead(node)
            repeatable = retry or not found.sent
            if repeatable and found.elsewhere and tries < len(self.settings.hosts) and time.monotonic() < end:
                continue  # with another node, without waiting
            pause = max(wait_s(waits + 1), found.wait_s or 0.0)
            if not (repeatable and found.again) or waits >= self.settings.retries or time.monotonic() + pause >= end:
                raise found.error(_tries(failures, found, tries, time.monotonic() - started))
            waits += 1
            time.sleep(pause)

    def _once(self, node: Any, call: Call, missing_ok: bool) -> Any:
        """The decoded answer of one node, or a Trouble."""
        host = _url(node)
        try:
            status, headers, text = node.perform_request(
                call.method,
                call.path,
                params=call.params,
                body=call.body,
                timeout=self._timeout(connect=min(CONNECT_S, call.timeout_s), read=call.timeout_s),
                ignore=range(300, 600),
                headers=call.headers,
            )
        except Exception as error:  # whatever the client and its own libraries raise
            return trouble_of_failure(error, host, str(call), call.timeout_s)
        kind, wait = headers.get("content-type", ""), _retry_after(headers.get("retry-after"))
        signed = self.settings.user is not None
        answer = Answer(host, str(call), status, kind, text, wait, len(call.body or b""), signed)
        if status >= 300:
            trouble = trouble_of_answer(answer)
            return None if missing_ok and trouble.missing else trouble
        return True if call.method == "HEAD" else _decoded(call, answer)


def _client(settings: ClusterSettings) -> tuple[Any, Any]:
    """The transport of the official client, and its type of timeouts."""
    try:
        import opensearchpy  # noqa: PLC0415 - an optional package
        import urllib3  # noqa: PLC0415 - comes with it
    except ImportError:
        raise ConfigError(
            "engine opensearch needs the package opensearch-py, which is not installed; pip install 'opensearch-py>=2.8,<4'"
        ) from None
    # Deprecations are for us to read, and who sets cluster.verify to no has been told.
    warnings.filterwarnings("ignore", category=opensearchpy.OpenSearchWarning)
    warnings.filterwarnings("ignore", category=urllib3.exceptions.InsecureRequestWarning)
    logger = logging.getLogger("opensearch")
    if logger.level == logging.NOTSET:  # it tells of each failed try; who wants that sets a level
        logger.setLevel(logging.CRITICAL)
    nodes = []
    for host in settings.hosts:
        url = urlsplit(host)
        nodes.append(
            {
                "host": url.hostname,
                "port": url.port or _PORTS[url.scheme],
                "use_ssl": url.scheme == "https",
                "url_prefix": url.path.strip("/"),
            }
        )
    client = opensearchpy.OpenSearch(
        nodes,
        headers=_authorization(settings),
        ssl_context=_tls(settings) if any(node["use_ssl"] for node in nodes) else None,
        pool_maxsize=SOCKETS,
        dead_timeout=DEAD_S,
        timeout_cutoff=3,
    )
    return client.transport, urllib3.Timeout


def _authorization(settings: ClusterSettings) -> dict[str, str]:
    """The header of HTTP basic authentication, in UTF-8, which the client's own cannot."""
    if settings.user is None:
        return {}
    pair = f"{settings.user}:{settings.password or ''}"
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _tls(settings: ClusterSettings) -> ssl.SSLContext:
    """Trusts the authorities of this machine, or only that of ca_file."""
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"cluster.ca_file: {settings.ca_file} cannot be used, expected certificates in PEM: {error}") from None
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _decoded(call: Call, answer: Answer) -> Any:
    """The value of a good answer, or a Trouble if it has none or it is not complete."""
    try:
        value = json.loads(answer.text)
    except ValueError:
        return trouble_without_json(answer)
    return (call.reads and trouble_inside(answer, value, every_shard=call.searches)) or value


def _tries(failures: Mapping[str, Trouble], last: Trouble, tries: int, took_s: float) -> str:
    """How often it was tried and what other hosts said, for the message; nothing after a single try."""
    if tries == 1:
        return ""
    others = "".join(f"; {one.happened}" for one in failures.values() if one is not last)
    return f"tried {tries} times in {took_s:.1f} s{others}"


def _url(node: Any) -> str:
    return f"{node.host}{node.url_prefix}"


def _retry_after(text: str | None) -> float | None:
    """Seconds from a Retry-After header: a number of them, or a date."""
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(email.utils.parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except ValueError:
        return None
