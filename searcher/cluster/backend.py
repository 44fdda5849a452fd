"""ClusterBackend: the backend of an archive on an OpenSearch cluster, which keeps the articles and answers for them.

Making one reaches nobody, so that a server may start before its cluster; no data directory is needed, and none is made.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any

from index.analysis import Analyzer
from index.cluster.connection import Connection
from index.cluster.generations import ClusterIndex
from index.cluster.mapping import IndexSpec
from index.cluster.store import ClusterStore
from index.errors import IndexMissing, IndexOutdated, StoreError
from searcher.cluster.engine import ClusterEngine
from searcher.cluster.writeside import ClusterWriteSide
from searcher.config import Config, cluster_settings
from searcher.reports import ClusterState, Ranking


class ClusterBackend:
    """One archive on a cluster. wait, on_wait: not needed, since writers do not wait for one another there."""

    may_cache = False  # others write at any time, and to ask whether they did takes as long as a search

    def __init__(self, config: Config, *, wait: float, on_wait: Callable[[str], None] | None) -> None:  # noqa: ARG002
        ranking = config.ranking
        spec = IndexSpec.of(Analyzer(config.language), ranking.weights, ranking.k1, ranking.b)
        self._settings = cluster_settings(config)
        self._surface = ranking.surface
        self._connection = Connection(self._settings)
        self._index = ClusterIndex(self._connection, self._settings, spec)
        self._store = ClusterStore(self._index)
        self.engine = ClusterEngine(self._index, self._connection, config)
        self._writeside = ClusterWriteSide(self._store, self._index)
        self._closed = False
        self._is_ours = False

    @property
    def store(self) -> ClusterStore:
        """The articles on the cluster. IndexMissing if there is no index, ClusterRefused if its name is somebody else's."""
        self._require_open()
        if not self._is_ours:
            with suppress(IndexOutdated):  # what it holds can be read all the same
                self._index.current()
            self._is_ours = True
        return self._store

    @property
    def writeside(self) -> ClusterWriteSide:
        """What changes them."""
        self._require_open()
        return self._writeside

    @property
    def place(self) -> str:
        """The name on the cluster, and where that is."""
        return f"{self._settings.name} on {', '.join(self._settings.hosts)}"

    def identity(self) -> Hashable:
        """The cluster's own id, whatever it is reached by, and the name there."""
        return self._root()["cluster_uuid"], self._settings.name

    def ranking(self) -> Ranking | None:
        """The numbers that the current index was made with, and the share of written forms of the configuration."""
        try:
            spec = self._index.current().spec
        except IndexMissing:
            return None
        return Ranking.of(spec.weights, spec.k1, spec.b, self._surface)

    def cluster(self) -> ClusterState:
        """What the cluster says of itself now."""
        root, health = self._root(), self._connection.health()
        try:
            current = self._index.current()
        except IndexMissing:
            current = None
        return ClusterState(
            name=str(root["cluster_name"]),
            version=str(root["version"]["number"]),
            health=str(health["status"]),
            nodes=int(health["number_of_nodes"]),
            index=current.index if current else None,
            shards=current.shards if current else 0,
            replicas=int(health["indices"][current.index]["number_of_replicas"]) if current else 0,
            old_indexes=self._index.old() if current else (),
        )

    def close(self) -> None:
        """Closes the connection to the cluster."""
        self.engine.close()
        self._closed = True
        self._connection.close()

    def _require_open(self) -> None:
        if self._closed:
            raise StoreError(f"the archive {self.place} is closed; open it again")

    def _root(self) -> dict[str, Any]:
        found: dict[str, Any] = self._connection.request("GET", "/")
        return found
