"""Ground: a cluster to measure on, three nodes of our own or one that is there, with archives of ours and the official client.

Processor time is what the nodes say of their own processes, so that other programs on the machine do not count; what they spend
when nobody asks them anything is measured once and taken off.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from opensearchpy import OpenSearch

import searcher
from searcher import Archive
from tests.cluster.nodes import Cluster

IDLE_S, IDLE_LOOKS = 4.0, 3
PATIENCE_S = 300


@dataclasses.dataclass
class Ground:
    """A running cluster, and a folder for what archives keep on this side. idle: processor ms a second when nothing is asked."""

    hosts: tuple[str, ...]
    folder: Path
    idle: float = 0.0

    def __post_init__(self) -> None:
        self.client = OpenSearch(list(self.hosts), timeout=PATIENCE_S)
        self.nodes = int(self.client.cluster.health()["number_of_data_nodes"])

    def archive(self, name: str, *, shards: int = 3, replicas: int = 1) -> Archive:
        """Our archive under this name, made if missing; close it. No more replicas than there are other nodes."""
        replicas = min(replicas, self.nodes - 1)
        return searcher.open(searcher.load_config(self.config(name, shards=shards, replicas=replicas)), result_cache=0)

    def config(self, name: str, *, shards: int = 3, replicas: int = 1) -> Path:
        """A configuration file for the command line; JSON is YAML."""
        cluster = {"hosts": ",".join(self.hosts), "index": name, "shards": shards, "replicas": replicas}
        file = self.folder / f"{name}-{shards}-{replicas}.yml"
        file.write_text(json.dumps({"data": str(self.folder / name), "engine": "opensearch", "cluster": cluster}))
        return file

    def index(self, name: str) -> str:
        """The index that the alias stands for."""
        (index,) = self.client.indices.get_alias(name=name)
        return str(index)

    def settle(self, index: str) -> None:
        """Makes all findable and waits until every copy is there and nothing is merged any more."""
        self.client.indices.refresh(index=index)
        while not self._is_settled(index):
            time.sleep(0.5)

    def _is_settled(self, index: str) -> bool:
        merging = self.client.indices.stats(index=index, metric="merge")["_all"]["total"]["merges"]["current"]
        return not merging and self.client.cluster.health(index=index)["status"] == "green"

    def files(self, index: str) -> dict[str, int]:
        """Bytes of one copy by kind of file; those of its segments, while what is said of the disk is some seconds old."""
        stats = self.client.indices.stats(index=index, metric="segments", params={"include_segment_file_sizes": "true"})
        sizes = stats["_all"]["primaries"]["segments"]["file_sizes"]
        return {kind: int(told["size_in_bytes"]) for kind, told in sizes.items()}

    def bytes(self, index: str) -> int:
        """Of one copy."""
        return sum(self.files(index).values())

    def drop(self, *names: str) -> None:
        """Deletes all indices whose names begin so."""
        for name in names:
            for index in self.client.indices.get(index=f"{name}*"):
                self.client.indices.delete(index=index)

    @contextlib.contextmanager
    def processor(self) -> Iterator[list[float]]:
        """Gives a list that holds, afterwards, the processor milliseconds of all nodes meanwhile, less what idling takes."""
        taken: list[float] = []
        before, began = self._spent(), time.perf_counter()
        yield taken
        seconds = time.perf_counter() - began
        taken.append(max(0.0, self._spent() - before - self.idle * seconds))

    def _spent(self) -> float:
        nodes = self.client.nodes.stats(metric="process")["nodes"]
        return float(sum(node["process"]["cpu"]["total_in_millis"] for node in nodes.values()))

    def rest(self) -> None:
        """Measures what the nodes spend on nothing: the least of some looks, since after work they go on tidying for a while."""
        looks = []
        for _ in range(IDLE_LOOKS):
            before = self._spent()
            time.sleep(IDLE_S)
            looks.append((self._spent() - before) / IDLE_S)
        self.idle = min(looks)

    def describe(self) -> dict[str, str]:
        """Versions, nodes and memory, for the head of a report."""
        nodes: Sequence[Any] = list(self.client.nodes.info(metric="jvm")["nodes"].values())
        heap = sum(node["jvm"]["mem"]["heap_max_in_bytes"] for node in nodes) / len(nodes)
        return {
            "OpenSearch": self.client.info()["version"]["number"],
            "Java": re.sub(r"[^\d.].*", "", nodes[0]["jvm"]["version"]),
            "nodes": f"{len(nodes)}, all on this machine",
            "heap of each": f"{heap / 1e6:.0f} MB",
        }


@contextlib.contextmanager
def ground(folder: Path, hosts: str | None) -> Iterator[Ground]:
    """The cluster at these addresses (commas between them), or three nodes that end with the context."""
    with contextlib.ExitStack() as stack:
        # Nodes as their users run them: those of the tests start sooner and take half as long again to answer.
        found = tuple(hosts.split(",")) if hosts else stack.enter_context(Cluster.start(quick=False)).urls
        yield Ground(found, folder)
