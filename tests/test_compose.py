"""compose.yaml starts what README and its own head promise: three nodes, with credentials, seen from this machine only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FILE = Path(__file__).resolve().parent.parent / "compose.yaml"
NODES = ("node-1", "node-2", "node-3")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text("utf-8"))


def test_three_nodes_know_one_another(compose: dict[str, Any]) -> None:
    """Each node has its own name, finds the others by theirs, and all belong to one cluster."""
    services = compose["services"]

    assert tuple(services) == NODES
    for name, service in services.items():
        environment = service["environment"]
        assert environment["node.name"] == name
        assert environment["cluster.name"] == "searcher"
        assert tuple(environment["discovery.seed_hosts"].split(",")) == NODES
        assert tuple(environment["cluster.initial_cluster_manager_nodes"].split(",")) == NODES


def test_the_image_is_the_official_one_with_security(compose: dict[str, Any]) -> None:
    """Every node runs the official image with its security on; the password must come from the environment."""
    for service in compose["services"].values():
        assert re.fullmatch(r"opensearchproject/opensearch:\$\{OPENSEARCH_VERSION:-3\}", service["image"])
        assert service["environment"]["OPENSEARCH_INITIAL_ADMIN_PASSWORD"].startswith("${OPENSEARCH_INITIAL_ADMIN_PASSWORD:?")
        assert not [name for name in service["environment"] if "SECURITY" in name.upper() or "DEMO" in name]
        # Two dollars: the shell of the container fills it in, and `docker compose config` does not show it.
        assert "admin:$${OPENSEARCH_INITIAL_ADMIN_PASSWORD}" in service["healthcheck"]["test"]


def test_heap_and_memory(compose: dict[str, Any]) -> None:
    """The smallest and the greatest heap are the same, may be chosen, and stay in memory."""
    for service in compose["services"].values():
        least, most = re.findall(r"-Xm[sx](\S+)", service["environment"]["OPENSEARCH_JAVA_OPTS"])
        assert least == most == "${OPENSEARCH_HEAP:-1g}"
        assert service["environment"]["bootstrap.memory_lock"] == "true"
        assert service["ulimits"]["memlock"] == {"soft": -1, "hard": -1}


def test_nodes_are_seen_from_this_machine_only_and_keep_their_data(compose: dict[str, Any]) -> None:
    """Each node has a port on 127.0.0.1, the ones that the head of the file gives to `searcher`, and a volume of its own."""
    hosts = re.search(r"SEARCHER_CLUSTER_HOSTS=(\S+)", FILE.read_text("utf-8"))
    assert hosts
    ports = [service["ports"] for service in compose["services"].values()]

    assert ports == [[f"127.0.0.1:{host.rpartition(':')[2]}:9200"] for host in hosts[1].split(",")]
    assert [service["volumes"] for service in compose["services"].values()] == [
        [f"{name}:/usr/share/opensearch/data"] for name in NODES
    ]
    assert tuple(compose["volumes"]) == NODES
