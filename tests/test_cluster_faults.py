"""The connection to a cluster through a proxy that does what networks, gateways, locks and full clusters do."""

from __future__ import annotations

import functools
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import trustme

from index.cluster import connection as module
from index.cluster.connection import DEADLINE, Connection
from index.cluster.settings import ClusterSettings
from index.errors import (
    ClusterDenied,
    ClusterRefused,
    ClusterUnavailable,
    ConfigError,
)
from tests.cluster.proxy import Answer, Fault
from tests.cluster.reaching import COUNT, Proxies, asked, through

pytestmark = pytest.mark.cluster

MAPPING = {"dynamic": "strict", "properties": {"n": {"type": "long"}, "t": {"type": "text"}}}
ALL: dict[str, Any] = {"query": {"match_all": {}}}
BUSY = Answer(429, {"error": {"type": "rejected_execution_exception", "reason": "queue full"}, "status": 429})


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_WAIT_S", 0.01)


@pytest.fixture
def connection(cluster_settings: ClusterSettings) -> Iterator[Connection]:
    """A connection to the nodes themselves."""
    connection = Connection(cluster_settings)
    yield connection
    connection.close()


@pytest.fixture
def name(connection: Connection, cluster_name: str) -> str:
    """An index with one article, findable."""
    settings = {"number_of_shards": 1, "number_of_replicas": 0}
    connection.request("PUT", f"/{cluster_name}", body={"settings": settings, "mappings": MAPPING})
    connection.request("PUT", f"/{cluster_name}/_doc/1", body={"n": 1, "t": "ferry"}, params={"refresh": True})
    return cluster_name


# What the network does


def test_nobody_listens(proxy: Proxies) -> None:
    """A refused connection is tried again with pauses, then named with how often; even if it must not be sent twice."""
    gate = proxy()
    gate.stop()

    for retry in (True, False):
        with pytest.raises(ClusterUnavailable, match=rf"^{gate.url} refuses connections \(tried 3 times in .*is the node up"):
            through(gate, retries=2).request("PUT", "/a/_doc/1", body={}, retry=retry)


def test_an_unknown_name() -> None:
    """A host that the name service does not know is named."""
    with pytest.raises(ClusterUnavailable, match=r"^the name in http://no\.such\.invalid:9200 is not known"):
        Connection(ClusterSettings(("http://no.such.invalid",), retries=0)).version()


def test_packets_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that does not answer the handshake of TCP is given up long before the time for an answer is over."""
    monkeypatch.setattr(module, "CONNECT_S", 0.2)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]  # more than are let wait: the next one gets no reply
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        started = time.monotonic()
        with pytest.raises(ClusterUnavailable, match="cannot be reached in time"):
            Connection(ClusterSettings((f"http://127.0.0.1:{port}",), retries=0)).version()
        for one in waiting:
            one.close()
    assert time.monotonic() - started < 3


def test_an_answer_takes_too_long(proxy: Proxies) -> None:
    """The time is named, what was asked too; trying again ends within twice the time."""
    gate = proxy()
    connection = through(gate, timeout_s=0.5, retries=50)
    connection.version()
    gate.inject(Fault(path="_count", delay_s=3))
    started = time.monotonic()

    with pytest.raises(ClusterUnavailable, match=r"did not answer POST .*_count within 0\.\d+ s.*raise cluster\.timeout_s"):
        connection.request("POST", COUNT)
    assert time.monotonic() - started < 0.5 * DEADLINE + 0.3


@pytest.mark.parametrize("cut", ["before", "after", "within"])
def test_cut_connections(proxy: Proxies, name: str, cut: Any) -> None:
    """A request whose answer is lost is sent again if it may be, and exactly once if it may not."""
    gate = proxy()
    connection = through(gate)
    gate.inject(Fault(path="_doc/cut", times=1, cut=cut))
    assert connection.request("PUT", f"/{name}/_doc/cut", body={"n": 1})["_id"] == "cut"
    assert asked(gate, "_doc/cut") == 2

    gate.inject(Fault(path="_doc/once", times=1, cut=cut))
    with pytest.raises(ClusterUnavailable, match="broke off the connection during PUT"):
        connection.request("PUT", f"/{name}/_doc/once", body={"n": 1}, retry=False)
    assert asked(gate, "_doc/once") == 1
    there = connection.request("GET", f"/{name}/_doc/once", missing_ok=True)
    assert (there is not None) is (cut != "before")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_passes_is_tried_again(proxy: Proxies, status: int) -> None:
    """An overloaded cluster and a gateway without one are asked again until they answer; not if it must not be sent twice."""
    gate = proxy()
    connection = through(gate)
    connection.version()
    gate.inject(Fault(path="_count", times=3, answer=Answer(status, "<html>not now</html>")))
    assert "count" in connection.request("POST", COUNT)
    assert asked(gate, "_count") == 4

    gate.inject(Fault(path="_alias", times=1, answer=Answer(status, "<html>not now</html>")))
    with pytest.raises(ClusterUnavailable, match=f"was answered with {status} and text/html.*not now"):
        connection.request("GET", "/_alias", retry=False)
    assert asked(gate, "_alias") == 1


def test_patience_ends(proxy: Proxies) -> None:
    """After as many tries as the settings say, the last answer is told."""
    gate = proxy()
    connection = through(gate, retries=2)
    connection.version()
    gate.inject(Fault(path="_count", answer=BUSY))

    with pytest.raises(ClusterUnavailable, match=r"queue full \(tried 3 times in "):
        connection.request("POST", COUNT)


def test_pauses_grow(proxy: Proxies, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each pause is up to twice the one before, and never less than half of that, up to a limit."""
    pauses: list[float] = []
    ours = threading.current_thread()
    monkeypatch.setattr(time, "sleep", lambda s: pauses.append(s) if threading.current_thread() is ours else None)
    monkeypatch.setattr(module, "FIRST_WAIT_S", 0.2)
    gate = proxy()
    connection = through(gate, retries=9, timeout_s=60)
    connection.version()
    gate.inject(Fault(path="_count", answer=BUSY))

    with pytest.raises(ClusterUnavailable):
        connection.request("POST", COUNT)
    most = [min(0.2 * 2**n, module.LONGEST_WAIT_S) for n in range(9)]
    assert len(pauses) == 9
    assert all(high / 2 <= pause <= high for pause, high in zip(pauses, most, strict=True))
    assert len({round(pause / high, 6) for pause, high in zip(pauses, most, strict=True)}) > 5


def test_retry_after_is_kept_to(proxy: Proxies) -> None:
    """The wait that the cluster asks for is waited, written in seconds or as a date; one beyond our time ends the tries."""
    gate = proxy()
    connection = through(gate, timeout_s=5)
    connection.version()
    for as_date in (False, True):
        # A date has no fractions of seconds: this one is one to two seconds ahead.
        date = (datetime.now(timezone.utc) + timedelta(seconds=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        gate.inject(Fault(path="_count", times=1, answer=Answer(429, "", {"Retry-After": date if as_date else "1"})))
        started = time.monotonic()
        connection.request("POST", COUNT)
        assert time.monotonic() - started > 0.9

    gate.inject(Fault(path="_count", times=1, answer=Answer(503, "", {"Retry-After": "3600"})))
    started = time.monotonic()
    with pytest.raises(ClusterUnavailable, match="answered with 503"):
        connection.request("POST", COUNT)
    assert time.monotonic() - started < 1


# What stands before a cluster, or in its place


def test_a_path_prefix(proxy: Proxies, name: str) -> None:
    """A cluster below a path of a gateway is reached there; without the path the error says where to look."""
    gate = proxy(prefix="/search/engine")
    connection = through(gate)
    assert connection.request("GET", f"/{name}/_doc/1")["found"]
    assert repr(connection) == f"<Connection {gate.url}>"

    bare = gate.url.removesuffix("/search/engine")
    with pytest.raises(ClusterRefused, match="answered with 404 and text/html.*path prefix"):
        Connection(ClusterSettings((bare,))).request("GET", f"/{name}/_doc/1", missing_ok=True)


@pytest.mark.parametrize("pair", [("reader", "Se-cr3t:x"), ("Zoë", "pässwörd")])
def test_credentials(proxy: Proxies, pair: tuple[str, str]) -> None:
    """User and password are sent, in UTF-8; an error says if they are missing or wrong and where to set them, and shows none."""
    gate = proxy(credentials=pair)
    assert through(gate, user=pair[0], password=pair[1]).version() > (2, 4, 0)

    wrong = {"user": pair[0], "password": "wr0ng"}
    for changes, told in (({}, "missing: .*401.*set"), (wrong, "password is wrong: .*401.*look into")):
        connection = through(gate, **changes)
        with pytest.raises(ClusterDenied, match=f"{told} cluster.credentials, or SEARCHER_CLUSTER_USER") as caught:
            connection.version()
        assert "wr0ng" not in str(caught.value) + repr(connection) + repr(connection.settings)
        assert "tried" not in str(caught.value)


def test_a_right_is_missing(proxy: Proxies) -> None:
    """What the security of a cluster refuses is told with its reason, at once."""
    gate = proxy()
    connection = through(gate)
    connection.version()
    reason = "no permissions for [indices:data/read/search] and User [name=reader, backend_roles=[]]"
    gate.inject(
        Fault(path="_count", answer=Answer(403, {"error": {"type": "security_exception", "reason": reason}, "status": 403}))
    )

    with pytest.raises(ClusterDenied, match=r"lacks a right: POST .*_count .*indices:data/read/search"):
        connection.request("POST", COUNT)
    assert asked(gate, "_count") == 1


def test_a_log_in_page_is_no_cluster(proxy: Proxies) -> None:
    """HTML with a status of 200 is refused with its beginning."""
    gate = proxy()
    gate.inject(Fault(answer=Answer(200, "<html><title>Log in</title></html>")))

    with pytest.raises(ClusterRefused, match="text/html.*<title>Log in</title>.*expected JSON"):
        through(gate).version()


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ({"distribution": "opensearch", "number": "2.3.0"}, "is OpenSearch 2.3.0, expected 2.4.0 or newer"),
        ({"number": "8.15.0", "build_flavor": "default"}, "is Elasticsearch 8.15.0, expected OpenSearch"),
    ],
)
def test_the_version_is_checked_before_anything_is_asked(proxy: Proxies, version: dict[str, str], said: str) -> None:
    """Nothing but the front page is sent to what is no cluster of ours."""
    gate = proxy()
    gate.inject(Fault(path="^/$", alter=lambda page: json.dumps(json.loads(page) | {"version": version}).encode()))

    with pytest.raises(ClusterRefused, match=said):
        through(gate).request("PUT", "/a/_doc/1", body={})
    assert asked(gate, "_doc") == 0


def test_time_that_ran_out_is_an_error(proxy: Proxies, name: str) -> None:
    """A search that the cluster cut short does not pass as an answer."""
    gate = proxy()
    connection = through(gate, retries=1)
    gate.inject(Fault(path="_search", alter=lambda body: body.replace(b'"timed_out":false', b'"timed_out":true')))

    with pytest.raises(ClusterUnavailable, match="ran out of time during POST"):
        connection.request("POST", f"/{name}/_search", body=ALL)
    gate.clear()
    assert connection.request("POST", f"/{name}/_search", body=ALL)["timed_out"] is False


# TLS


def test_tls(proxy: Proxies, name: str) -> None:
    """With the certificate of its authority a cluster is reached by TLS; without checks too, and nothing is printed."""
    gate = proxy(tls=True)

    assert through(gate, ca_file=gate.ca_file).request("GET", f"/{name}/_doc/1")["found"]
    assert through(gate, verify=False).request("GET", f"/{name}/_doc/1")["found"]


def test_an_unknown_authority(proxy: Proxies) -> None:
    """A certificate that nobody known has signed is refused, with the setting that helps."""
    gate = proxy(tls=True)

    with pytest.raises(ClusterDenied, match=r"not signed by a known authority .*set cluster\.ca_file"):
        through(gate).version()


def test_a_certificate_for_another_host(proxy: Proxies) -> None:
    """A certificate for another name is refused, and says for whom it should be."""
    gate = proxy(tls=True, certificate_for="elsewhere.example")

    with pytest.raises(ClusterDenied, match=r"is for another name .*127\.0\.0\.1"):
        through(gate, ca_file=gate.ca_file).version()


def test_a_certificate_that_has_expired(proxy: Proxies, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate of yesterday is told from an unknown one."""
    yesterday = datetime.now(timezone.utc) - timedelta(days=1)
    monkeypatch.setattr(trustme.CA, "issue_cert", functools.partialmethod(trustme.CA.issue_cert, not_after=yesterday))
    gate = proxy(tls=True)

    with pytest.raises(ClusterDenied, match="is not valid today .*expired"):
        through(gate, ca_file=gate.ca_file).version()


def test_tls_to_a_port_without(proxy: Proxies) -> None:
    """https:// to a port of http is told apart from a wrong certificate."""
    with pytest.raises(ClusterDenied, match="does not speak TLS; write http://"):
        Connection(ClusterSettings((proxy().url.replace("http", "https"),))).version()


def test_no_tls_to_a_port_with(proxy: Proxies) -> None:
    """http:// to a port of TLS is just hung up on: the message has the guess."""
    with pytest.raises(ClusterUnavailable, match="broke off the connection.*If it expects TLS, write https://"):
        Connection(ClusterSettings((proxy(tls=True).url.replace("https", "http"),), retries=0)).version()


def test_one_node_with_a_wrong_certificate(proxy: Proxies, tmp_path: Path) -> None:
    """Another node whose certificate is right is asked at once."""
    right = proxy(tls=True)
    ca_file = tmp_path / "right.pem"
    ca_file.write_bytes(right.ca_file.read_bytes())  # the second proxy writes its own in its place
    wrong = proxy(tls=True)

    for _ in range(4):
        assert through(wrong, right, ca_file=ca_file, retries=0).version() > (2, 4, 0)


@pytest.mark.parametrize("text", ["", "no certificate"])
def test_a_ca_file_that_is_none(tmp_path: Path, text: str) -> None:
    """A file without certificates is a mistake in the configuration, not in the cluster."""
    file = tmp_path / "ca.pem"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=r"^cluster\.ca_file: .*ca\.pem cannot be used, expected certificates in PEM"):
        Connection(ClusterSettings(("https://a:9200",), ca_file=file))
