"""The connection to a cluster: what real nodes answer, retries, several nodes at once, and the process around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from index.cluster import connection as module
from index.cluster.connection import Connection, path_of
from index.cluster.settings import ClusterSettings
from index.errors import (
    ClusterConflict,
    ClusterRefused,
    ClusterUnavailable,
    ConfigError,
    IndexMissing,
    SearcherError,
    UnsupportedQuery,
)
from tests.cluster.nodes import Cluster
from tests.cluster.proxy import Answer, Fault
from tests.cluster.reaching import COUNT, Proxies, asked, through

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).resolve().parent.parent
MAPPING = {"dynamic": "strict", "properties": {"n": {"type": "long"}, "t": {"type": "text"}}}
ALL: dict[str, Any] = {"query": {"match_all": {}}}


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


# What the nodes themselves answer


def test_answers_are_decoded(connection: Connection, name: str, cluster: Cluster) -> None:
    """Objects for JSON, yes for HEAD, None for what may be missing; text is the text that was sent."""
    connection.request("PUT", f"/{name}/_doc/2", body={"t": "Zürich \U0001f30d"})

    assert connection.request("GET", f"/{name}/_doc/2")["_source"] == {"t": "Zürich \U0001f30d"}
    assert connection.request("HEAD", f"/{name}") is True
    assert connection.request("HEAD", f"/{name}-none", missing_ok=True) is None
    assert connection.request("GET", f"/{name}/_doc/none", missing_ok=True) is None
    assert ".".join(map(str, connection.version())) == cluster.version


def test_lines_and_parameters(connection: Connection, name: str) -> None:
    """Text and bytes go out as lines of JSON; yes and no, lists and nothing are written as the cluster reads them."""
    lines = '{"index":{"_id":"a"}}\n{"n":2}\n'
    params = {"refresh": True, "filter_path": ["items", "errors"], "pipeline": None}
    for body in (lines, lines.encode()):
        answer = connection.request("POST", f"/{name}/_bulk", body=body, params=params)
        assert (answer["errors"], set(answer)) == (False, {"errors", "items"})
    assert connection.request("POST", f"/{name}/_count", body=ALL)["count"] == 2


@pytest.mark.parametrize("document", ["..", "a/b", "_search", "%2F", "?#&", "a b+c", "é"])
def test_any_id_makes_a_path(connection: Connection, name: str, document: str) -> None:
    """Whatever an id holds, the document under it is found, and not another address asked."""
    connection.request("POST", f"/{name}/_bulk", body=json.dumps({"index": {"_id": document}}) + '\n{"n":7}\n')

    assert connection.request("GET", path_of(name, "_doc", document))["_id"] == document


REFUSALS: list[tuple[str, str, Any, type[SearcherError], str]] = [
    ("PUT", "/{0}", {}, ClusterRefused, "already exists"),
    ("PUT", "/{0}/_doc/2", {"n": "abc"}, ClusterRefused, "run `searcher rebuild`"),
    ("PUT", "/{0}/_doc/2", {"m": 1}, ClusterRefused, "run `searcher rebuild`"),
    ("PUT", "/{0}/_mapping", {"properties": {"n": {"type": "text"}}}, ClusterRefused, "cannot be changed"),
    ("PUT", "/{0}/_create/1", {"n": 1}, ClusterConflict, "already exists"),
    ("GET", "/{0}/_doc/9", None, ClusterRefused, "no document '9'"),
    ("GET", "/{0}-none/_doc/9", None, IndexMissing, "no such index"),
    ("POST", "/{0}-none/_search", ALL, IndexMissing, "no such index"),
    ("POST", "/{0}/_search", {"query": {"foo": {}}}, ClusterRefused, "unknown query [foo]"),
    ("POST", "/{0}/_search", {"from": 10_001}, ClusterRefused, "Result window is too large"),
    (
        "POST",
        "/{0}/_search",
        {"query": {"bool": {"should": [{"term": {"t": f"w{n}"}} for n in range(1100)]}}},
        UnsupportedQuery,
        "maxClauseCount",
    ),
    ("POST", "/_mget", {"docs": [{"_index": "{0}-none", "_id": "1"}]}, IndexMissing, "no such index"),
    ("POST", "/_msearch", '{"index":"{0}-none"}\n{}\n', IndexMissing, "no such index"),
    ("GET", "/_alias/{0}-none", None, ClusterRefused, "missing"),
    ("GET", "/no/such/address/here", None, ClusterRefused, "no handler found"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: " ".join(refusal[:2]))
def test_real_refusals(connection: Connection, name: str, refusal: tuple[str, str, Any, type[SearcherError], str]) -> None:
    """What a real node refuses is the error of the table, at once and with its reason."""
    method, path, body, kind, said = refusal
    text = body if isinstance(body, str) else json.dumps(body)
    body = text.replace("{0}", name) if isinstance(body, str) else json.loads(text.replace("{0}", name))

    with pytest.raises(SearcherError) as caught:
        connection.request(method, path.replace("{0}", name), body=body)
    assert type(caught.value) is kind
    assert said in str(caught.value)


def test_a_full_disk_is_named(connection: Connection, name: str) -> None:
    """The block that a cluster sets when a disk is full refuses at once, though its status is that of an overload."""
    connection.request("PUT", f"/{name}/_settings", body={"index.blocks.read_only_allow_delete": True})

    with pytest.raises(ClusterRefused, match="a disk of the cluster is full") as caught:
        connection.request("PUT", f"/{name}/_doc/3", body={"n": 3})
    assert caught.value.status == 429
    assert "tried" not in str(caught.value)


def test_a_closed_point_in_time_is_named(connection: Connection, name: str) -> None:
    """Whoever pages can tell a point in time that is gone from other refusals."""
    pit = connection.request("POST", f"/{name}/_search/point_in_time", params={"keep_alive": "1m"})["pit_id"]
    assert connection.request("POST", "/_search", body=ALL | {"pit": {"id": pit}})["hits"]["hits"]
    connection.request("DELETE", "/_search/point_in_time", body={"pit_id": [pit]})

    with pytest.raises(ClusterRefused, match="point in time is gone") as caught:
        connection.request("POST", "/_search", body=ALL | {"pit": {"id": pit}})
    assert caught.value.kind == "search_context_missing_exception"


@pytest.fixture
def incomplete(connection: Connection, cluster_name: str) -> str:
    """An index of which a shard has no node to be on: each may have one, and there is one more than nodes."""
    nodes = connection.request("GET", "/_cluster/health")["number_of_nodes"]
    name = f"{cluster_name}-000001"
    settings = {
        "number_of_shards": nodes + 1,
        "number_of_replicas": 0,
        "index.routing.allocation.total_shards_per_node": 1,
    }
    connection.request("PUT", f"/{name}", body={"settings": settings}, params={"wait_for_active_shards": 0})
    for _ in range(200):
        if connection.request("GET", f"/_cluster/health/{name}*")["active_primary_shards"] == nodes:
            return name
        time.sleep(0.1)
    raise AssertionError("the other shards did not start")


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("_search", {}),
        ("_search", {"allow_partial_search_results": True}),
        ("_count", {}),
        ("_search/point_in_time", {"keep_alive": "1m"}),
        ("_search/point_in_time", {"keep_alive": "1m", "allow_partial_pit_creation": True}),
    ],
)
def test_a_red_index_gives_no_answers(
    cluster_settings: ClusterSettings, incomplete: str, path: str, params: dict[str, Any]
) -> None:
    """An index without one of its shards answers neither search nor count, not even where the cluster would give a part."""
    connection = Connection(ClusterSettings(cluster_settings.hosts[:1], retries=1))

    with pytest.raises(ClusterUnavailable, match=r"missing shards|shards did not answer") as caught:
        connection.request("POST", f"/{incomplete}/{path}", params=params)
    assert "tried 2 times" in str(caught.value)


def test_red_and_green(connection: Connection, incomplete: str) -> None:
    """Health is that of our indexes, each by name, whatever else is on the cluster; without any it is green."""
    said = connection.health()

    assert (said["status"], said["indices"][incomplete]["status"]) == ("red", "red")
    connection.request("DELETE", f"/{incomplete}")
    assert connection.health()["status"] == "green"


def test_a_request_that_is_too_large(connection: Connection, name: str) -> None:
    """What is above the cluster's limit is refused with its size, and not sent again and again."""
    line = b'{"index":{"_id":"1"}}\n{"t":"' + b"x" * 105 * 1024 * 1024 + b'"}\n'

    with pytest.raises(ClusterRefused, match=f"{len(line):,} bytes is too large") as caught:
        connection.request("POST", f"/{name}/_bulk", body=line)
    assert caught.value.status == 413


# Several nodes


def test_the_next_node_is_asked_at_once(proxy: Proxies, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one node answers, nothing fails and nothing waits; the dead one is left alone, and asked again when it is back."""
    monkeypatch.setattr(module, "DEAD_S", 0.5)
    monkeypatch.setattr(module, "FIRST_WAIT_S", 30)
    first, second = proxy(), proxy()
    connection = through(first, second, retries=1)
    first.stop()
    started = time.monotonic()
    for _ in range(20):
        connection.request("POST", COUNT, retry=False)
    assert time.monotonic() - started < 5
    assert (asked(first, "_count"), asked(second, "_count")) == (0, 20)

    first.start()
    time.sleep(0.5)
    for _ in range(20):
        connection.request("POST", COUNT)
    assert asked(first, "_count") > 5


def test_all_nodes_are_named_when_none_answers(proxy: Proxies) -> None:
    """The error tells of each node what was wrong with it."""
    first, second = proxy(), proxy()
    connection = through(first, second, retries=1)
    connection.version()
    first.stop()
    second.inject(Fault(answer=Answer(503, "OpenSearch Security not initialized.")))

    with pytest.raises(ClusterUnavailable) as caught:
        connection.request("POST", COUNT)
    assert f"{first.url} refuses connections" in str(caught.value)
    assert f"_count at {second.url} was answered with 503" in str(caught.value)


def test_threads_share_a_connection(proxy: Proxies) -> None:
    """Eight threads on two nodes, one of which goes and comes: every request is answered, and with its own answer."""
    first, second = proxy(), proxy()
    connection = through(first, second)
    ends = threading.Event()

    def disturb() -> None:
        while not ends.wait(0.05):
            first.stop()
            ends.wait(0.05)
            first.start()

    disturber = threading.Thread(target=disturb)
    disturber.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda n: connection.request("GET", f"/_alias/none-{n}*"), range(200)))
    finally:
        ends.set()
        disturber.join()
    assert answers == [{}] * 200
    assert asked(first, "none-") > 0


def test_the_version_is_asked_once(proxy: Proxies) -> None:
    """However many threads begin, the front page is asked once; a failure is not kept."""
    gate = proxy()
    connection = through(gate, retries=0)
    gate.stop()
    with pytest.raises(ClusterUnavailable):
        connection.request("POST", COUNT)
    gate.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: connection.request("POST", COUNT), range(16)))

    time.sleep(0.1)
    assert sum(seen.path == "/" for seen in gate.requests) == 1


def test_a_closed_connection_opens_again(connection: Connection) -> None:
    """Closing gives the sockets back; a request afterwards is answered all the same."""
    connection.version()
    connection.close()

    assert "count" in connection.request("POST", COUNT)


# The process


def test_nothing_is_printed(proxy: Proxies, name: str) -> None:
    """Neither warnings nor log lines of the client reach the terminal: not of failures, insecure TLS or deprecations."""
    gate = proxy(tls=True)
    gate.inject(Fault(path="_search", times=1, cut="before"))
    gate.inject(
        Fault(
            path="_count", times=1, answer=Answer(200, {"count": 1}, {"Warning": '299 OpenSearch-2.19.1-x "this is deprecated"'})
        )
    )
    script = (
        "import sys; from index.cluster.connection import Connection; from index.cluster.settings import ClusterSettings\n"
        "c = Connection(ClusterSettings((sys.argv[1],), verify=False))\n"
        "c.request('POST', '/none-*/_search'); c.request('POST', '/none-*/_count')\n"
        "try: c.request('GET', '/no-such-index')\n"
        "except Exception as error: print(type(error).__name__)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "always"}
    ran = subprocess.run(
        [sys.executable, "-c", script, gate.url], env=environment, capture_output=True, text=True, check=True, timeout=60
    )

    assert ran.stdout == "IndexMissing\n"
    assert [line for line in ran.stderr.splitlines() if "opensearch" in line.lower() or "urllib3" in line.lower()] == []
    assert gate.requests


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the client is not installed, the error says how to get it."""
    monkeypatch.setitem(sys.modules, "opensearchpy", None)

    with pytest.raises(ConfigError, match=r"pip install 'opensearch-py"):
        Connection(ClusterSettings(("http://a:9200",)))
