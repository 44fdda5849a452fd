"""Pages and API over real archives of either engine, and what they say while a cluster is away."""

from __future__ import annotations

import dataclasses
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

import searcher
from searcher.config import Config
from tests.cluster.proxy import Proxy
from tests.engines import ENGINES, configured, written
from tests.web_fakes import invented_articles
from tests.web_process import TIMEOUT_SECONDS, served
from web import create_app


@pytest.fixture(scope="module", params=ENGINES)
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The application over an archive of the invented articles."""
    with configured(request, tmp_path_factory.mktemp("web")) as config, searcher.open(config) as archive:
        archive.add(invented_articles())
        yield create_app(archive).test_client()


def test_the_api_gives_results(client: FlaskClient) -> None:
    """Total, hits with marks and snippets, facets and pages are as documented and as the archive holds them."""
    result = client.get("/api/v1/search?q=ferry+storm&limit=5&page=2&sort=newest").get_json()
    assert list(result) == [
        *("query", "interpreted", "notes", "total", "hits", "facets", "page", "pages", "generation", "took_ms"),
    ]
    assert result["total"] == 42
    assert (result["page"], result["pages"], len(result["hits"])) == (2, 9, 5)
    assert sum(one["count"] for one in result["facets"]["source"]) == 42
    hit = result["hits"][0]
    for snippet in hit["snippets"]:
        assert {snippet["text"][start:end].lower() for start, end in snippet["marks"]} <= {"ferry", "storm"}
        article = client.get(f"/api/v1/articles/{hit['id']}").get_json()
        assert article["body"][snippet["start"] :].startswith(snippet["text"])


@pytest.mark.parametrize(
    "address", ["/", "/?q=ferry", "/?q=ferry&source=Northern+Wire&after=2024-05", "/article/a01?q=ferry", "/?q=unicorn"]
)
def test_pages_are_drawn(client: FlaskClient, address: str) -> None:
    """Start page, results, filters, an article and an empty result are pages; asked again unchanged they cost no body."""
    page = client.get(address)
    again = client.get(address, headers={"If-None-Match": page.headers["ETag"]})

    assert page.status_code == 200
    assert "<h1" in page.text or "<h2" in page.text
    assert (again.status_code, again.data) == (304, b"")


def test_an_article_that_is_not_there(client: FlaskClient) -> None:
    """404 for programs and people."""
    assert client.get("/api/v1/articles/nobody").status_code == 404
    assert client.get("/article/nobody").status_code == 404


def test_health(client: FlaskClient) -> None:
    """200 with generation and number of articles."""
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.get_json() | {"cluster": ""} == {"status": "ok", "generation": 1, "articles": 42, "cluster": ""}


def asked(url: str) -> tuple[int, str]:
    """Status and text of an answer, whatever it is."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - our own server
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_page_recovers_with_its_cluster(proxy: Callable[..., Proxy], cluster_config: Config, tmp_path: Path) -> None:
    """`serve` starts while the cluster is down, says so on every address, answers when it is there, and again after a fall."""
    between = proxy()
    section = dataclasses.replace(cluster_config.cluster, hosts=between.url, retries=1)
    config = dataclasses.replace(cluster_config, cluster=section)
    with searcher.open(config) as archive:
        archive.add(invented_articles())
    between.stop()

    with served(config=written(config, tmp_path)) as server:
        assert down(server.url) == [503, 503, 503]
        between.start()
        wait_until_up(server.url)
        assert json.loads(asked(f"{server.url}api/v1/search?q=ferry")[1])["total"] == 42
        between.stop()
        assert down(server.url) == [503, 503, 503]
        between.start()
        wait_until_up(server.url)
        assert asked(server.url)[0] == 200


def down(url: str) -> list[int]:
    """What page, API and health check say; the page names no machine, the API is a problem document."""
    page, api, health = (asked(url + address) for address in ("?q=ferry", "api/v1/search?q=ferry", "healthz"))
    assert "The archive does not answer now" in page[1]
    assert "127.0.0.1" not in page[1].replace(url, "")
    problem: dict[str, Any] = json.loads(api[1])
    assert problem["status"] == 503
    assert json.loads(health[1])["status"] == "cluster-unavailable"
    return [page[0], api[0], health[0]]


def wait_until_up(url: str) -> None:
    """Waits until a search is answered; nobody has to restart anything for that."""
    end = time.monotonic() + TIMEOUT_SECONDS
    while asked(f"{url}api/v1/search?q=ferry")[0] != 200:
        assert time.monotonic() < end
        time.sleep(0.1)
