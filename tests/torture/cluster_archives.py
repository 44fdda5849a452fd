"""Archives on a cluster, for torture: a configuration file for the command line, and an archive opened by it."""

from __future__ import annotations

import json
from pathlib import Path

import searcher
from tests.cluster.nodes import Cluster


def configuration(folder: Path, cluster: Cluster, name: str, *, shards: int = 3, replicas: int = 1) -> Path:
    """A file for SEARCHER_CONFIG; JSON is YAML."""
    settings = {"hosts": ",".join(cluster.urls), "index": name, "shards": shards, "replicas": replicas}
    file = folder / f"{name}.yml"
    file.write_text(json.dumps({"data": str(folder / name), "engine": "opensearch", "cluster": settings}))
    return file


def open_archive(folder: Path, cluster: Cluster, name: str, *, shards: int = 3, replicas: int = 1) -> searcher.Archive:
    """The archive of that name; no results are cached."""
    file = configuration(folder, cluster, name, shards=shards, replicas=replicas)
    return searcher.open(searcher.load_config(file), result_cache=0)
