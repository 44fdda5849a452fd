"""What holds for every test, and the OpenSearch cluster of those that ask for one.

The cluster is made of real nodes (`tests/cluster`) and starts with the first test that needs it; those tests run last. Where
tests run in several processes (`pytest -n 2`), each has a cluster of its own. A machine without the Java or the jars for it fails
them: nothing is skipped. SEARCHER_TEST_OPENSEARCH=2 or 3 chooses the release; SEARCHER_TEST_CLUSTER=URL uses a cluster that runs
already (while developing: tests that kill nodes fail there).
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from index.cluster.settings import ClusterSettings
    from searcher.config import Config
    from tests.cluster.nodes import Cluster
    from tests.cluster.proxy import Proxy


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """Commands that tests start can be interrupted, even where the tests run in the background.

    A shell starts its background jobs (`make test &`) with Ctrl-C ignored, and their children inherit that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Marks the tests of the cluster (`pytest -m cluster`). Those of a file, and its others, are each run by one process."""
    file = item.nodeid.split("::")[0]
    if "cluster" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.cluster)
        file = f"{file} on a cluster"
    item.add_marker(pytest.mark.xdist_group(file))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the cluster run after all others."""
    items.sort(key=lambda item: item.get_closest_marker("cluster") is not None)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three OpenSearch nodes, green. A test that kills one asks for `mortal_cluster`."""
    from tests.cluster.nodes import Cluster  # noqa: PLC0415 - only tests that ask for it pay for it

    outside = os.environ.get("SEARCHER_TEST_CLUSTER")
    with Cluster.running(outside) if outside else Cluster.start(folder=tmp_path_factory.mktemp("cluster")) as nodes:
        yield nodes


@pytest.fixture
def mortal_cluster(cluster: Cluster) -> Iterator[Cluster]:
    """The same nodes, for a test that kills some; afterwards all run again and the cluster is green."""
    assert cluster.is_ours, "a test that kills nodes needs nodes of its own: unset SEARCHER_TEST_CLUSTER"
    yield cluster
    cluster.heal()


@pytest.fixture
def cluster_name(cluster: Cluster) -> Iterator[str]:
    """A name for the index of one test; every index whose name begins so is deleted afterwards."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield name
    cluster.delete_indices(name)


@pytest.fixture
def cluster_settings(cluster: Cluster, cluster_name: str) -> ClusterSettings:
    """How the project reaches the cluster and the test's index there: two shards. To keep each twice is twice the work."""
    from index.cluster.settings import ClusterSettings  # noqa: PLC0415

    return ClusterSettings(hosts=cluster.urls, name=cluster_name, shards=2, replicas=0)


@pytest.fixture
def copied_settings(cluster: Cluster, cluster_settings: ClusterSettings) -> ClusterSettings:
    """The same with each shard kept twice: for tests of what copies that are behind, or missing, could spoil."""
    return dataclasses.replace(cluster_settings, replicas=1 if len(cluster.urls) > 1 else 0)


@pytest.fixture
def cluster_config(cluster_settings: ClusterSettings, tmp_path: Path) -> Config:
    """A configuration with the engine `opensearch`, and a folder of the test's own for what stays on this machine."""
    from searcher.config import ClusterConfig, Config  # noqa: PLC0415

    section = ClusterConfig(
        hosts=",".join(cluster_settings.hosts),
        index=cluster_settings.name,
        shards=cluster_settings.shards,
        replicas=cluster_settings.replicas,
    )
    return Config(data=tmp_path / "data", engine="opensearch", cluster=section)


@pytest.fixture
def proxy(cluster: Cluster, tmp_path: Path) -> Iterator[Callable[..., Proxy]]:
    """Makes proxies before the first node, which bring faults about: `proxy(tls=True, credentials=("reader", "secret"))`."""
    from tests.cluster.proxy import Proxy  # noqa: PLC0415

    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(Proxy(cluster.urls[0], tmp_path, **options))
