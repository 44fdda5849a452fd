"""Both engines for one test: `@pytest.fixture(params=ENGINES)` and, in it, `with configured(request, folder) as config`.

The archive of the configuration is empty. On the cluster it has a name of its own, and all of it is deleted afterwards.
"""

from __future__ import annotations

import contextlib
import dataclasses
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from searcher.config import ClusterConfig, Config

ENGINES = ("embedded", pytest.param("opensearch", marks=pytest.mark.cluster))


@contextlib.contextmanager
def configured(request: pytest.FixtureRequest, folder: Path, engine: str | None = None) -> Iterator[Config]:
    """Settings of an empty archive of an engine: the one that the fixture's parameter names, or the one given.

    On a cluster in two shards without copies: to make those takes as long, and they are for tests of writing and of faults.
    """
    config = dataclasses.replace(Config(), data=folder / "var")
    if (engine or request.param) == "embedded":
        yield config
        return
    cluster = request.getfixturevalue("cluster")
    name = f"test-{uuid.uuid4().hex[:12]}"
    section = ClusterConfig(hosts=",".join(cluster.urls), index=name, shards=2, replicas=0)
    try:
        yield dataclasses.replace(config, engine="opensearch", cluster=section)
    finally:
        cluster.delete_indices(name)


def written(config: Config, folder: Path) -> Path:
    """A searcher.yml with the data directory, and engine and cluster of the configuration."""
    lines = [f"data: {config.data}", f"engine: {config.engine}"]
    if config.engine == "opensearch":
        lines += [
            "cluster:",
            f"  hosts: {config.cluster.hosts}",
            f"  index: {config.cluster.index}",
            f"  shards: {config.cluster.shards}",
            f"  replicas: {config.cluster.replicas}",
        ]
    file = folder / f"{config.engine}.yml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
