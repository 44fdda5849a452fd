"""The search page over a real cluster that goes away and comes back: what is said meanwhile, and that nothing sticks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

import searcher
from searcher import Config
from tests.cluster.proxy import Answer, Fault, Proxy
from web import create_app

pytestmark = pytest.mark.cluster

ADDRESSES = ("/?q=ferry", "/api/v1/search?q=ferry", "/api/v1/articles/a1", "/article/a1", "/healthz")


@pytest.fixture
def gate(proxy: Callable[..., Proxy]) -> Proxy:
    """What stands between the page and the cluster."""
    return proxy()


@pytest.fixture
def client(gate: Proxy, cluster_config: Config) -> Iterator[FlaskClient]:
    """A client of the page over an archive of one article."""
    section = dataclasses.replace(cluster_config.cluster, hosts=gate.url, retries=0, timeout_s=20)
    with searcher.open(dataclasses.replace(cluster_config, cluster=section)) as archive:
        archive.add([{"id": "a1", "title": "Ferry sails", "body": "The ferry to Brask sailed."}])
        with create_app(archive).test_client() as client:
            yield client


def statuses(client: FlaskClient) -> set[int]:
    """What all addresses answer."""
    return {client.get(address).status_code for address in ADDRESSES}


def test_a_cluster_that_goes_and_comes_back(client: FlaskClient, gate: Proxy) -> None:
    """While the cluster is away every address is 503 and says when to come back; once it is back, all answer, as before."""
    assert statuses(client) == {200}

    gate.stop()
    for address in ADDRESSES:
        response = client.get(address)
        assert (address, response.status_code) == (address, 503)
        assert gate.url not in response.get_data(as_text=True)
    assert client.get("/?q=ferry").headers["Retry-After"]
    assert client.get("/healthz").get_json()["status"] == "cluster-unavailable"

    gate.start()
    assert statuses(client) == {200}


def test_a_cluster_that_lets_us_in_no_more(client: FlaskClient, gate: Proxy) -> None:
    """A password that is not taken any more is 502 to readers, who see neither address nor user; health names it."""
    gate.inject(Fault(answer=Answer(401, "Unauthorized")))
    for address in ADDRESSES[:-1]:
        response = client.get(address)
        assert (address, response.status_code) == (address, 502)
        assert gate.url not in response.get_data(as_text=True)
    health = client.get("/healthz")
    assert (health.status_code, health.get_json()["status"]) == (503, "cluster-denied")

    gate.clear()
    assert statuses(client) == {200}
