"""ClusterIndex: the index of an archive on a cluster, made anew beside the old one and switched to; its numbers and its faults.

    index = ClusterIndex(connection, settings, IndexSpec.of(analyzer, weights, k1, b))
    index.ensure()                      # the first generation, if there is none
    index.rebuild()                     # the next one, with the present spec
    index.drop_old()

`index.cluster.catalog` has the names of what lies on the cluster, `index.cluster.rebuilding` how a generation becomes current.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from index.cluster.bulk import BulkWriter
from index.cluster.catalog import Catalog, Generation
from index.cluster.checking import cluster_problems
from index.cluster.connection import path_of
from index.cluster.rebuilding import Rebuild, recover
from index.cluster.reindexing import Progress
from index.store.values import Problem
from index.writer import IndexStats

__all__ = ["ClusterIndex", "Generation", "Progress"]

# A shard that takes two requests at once makes two segments of them, and that costs more than waiting: of articles of 840 bytes,
# a thousand a batch, one request of 1,000 at a time took in 239 a second, one of 500 took in 223, two of 500 at once 205, two of
# 250 at once 195 (three nodes on two cores, two copies; the bulk helper of the official client: 261).
_IN_FLIGHT = 1


class ClusterIndex(Catalog):
    """The indexes of one archive on a cluster. Any number of processes on any machines may use them at once."""

    def refresh(self) -> None:
        """Makes all that was written visible to searches."""
        self.connection.request("POST", path_of(self.name, "_refresh"))

    def rebuild(self, progress: Progress | None = None) -> Generation:
        """Copies the articles into a new index of the present spec, beside the old one, and switches when it is complete.

        Others may write all the while; for the moment of the switch they wait. The old index stays until `drop_old`.
        ArchiveBusy if another process is rebuilding. After an error, or a kill, the old index is current as before.
        """
        return Rebuild(self, progress).run()

    def bulk_writer(self) -> BulkWriter:
        """Writes to the current generation, waits while a rebuild switches, and goes on if that is killed."""
        return BulkWriter(self.connection, self.name, in_flight=_IN_FLIGHT, on_closed=self.recover)

    def recover(self) -> bool:
        """Undoes what a killed rebuild left, so that the index takes changes again; whether there was anything.

        Takes a while if there is a rebuild, since it is watched for signs of life first.
        """
        return recover(self)

    def old(self) -> tuple[str, ...]:
        """The indexes before the current one, which rebuilds have replaced and kept; their names."""
        current = self.current().number
        return tuple(index for number, index in self.generations().items() if number < current)

    def drop_old(self) -> tuple[str, ...]:
        """Deletes the indexes before the current one; their names."""
        old = self.old()
        for index in old:
            self.connection.request("DELETE", path_of(index), missing_ok=True)
        return old

    def stats(self) -> IndexStats:
        """Numbers of the current generation. bytes and segments without replicas; change: how many changes it has taken."""
        current = self.current()
        metric = "docs,store,segments"
        found = self.connection.request("GET", path_of(current.index, "_stats", metric), params={"level": "shards"})
        primaries = found["_all"]["primaries"]
        health = self.connection.request("GET", path_of("_cluster", "health", current.index))
        shards = found["indices"][current.index]["shards"].values() if found["indices"] else ()
        return IndexStats(
            generation=current.number,
            articles=self.connection.request("GET", path_of(current.index, "_count"))["count"],
            bytes=primaries.get("store", {}).get("size_in_bytes", 0),
            segments=primaries.get("segments", {}).get("count", 0),
            engine="opensearch",
            change=sum(max(copy["seq_no"]["max_seq_no"] for copy in copies) + 1 for copies in shards),
            health=f"{health['status']}, {health['active_shards']} shards of {current.shards * (1 + _replicas(health, current))}",
        )

    def problems(self, *, deep: bool = False) -> list[Problem]:
        """What is wrong with the index on the cluster; deep: reads every article."""
        return list(cluster_problems(self, deep=deep))


def _replicas(health: Mapping[str, Any], current: Generation) -> int:
    """Copies beside the primary that each shard is to have."""
    wanted: int = health["active_shards"] + health["unassigned_shards"] + health["initializing_shards"]
    return max(round(wanted / current.shards) - 1, 0)
