"""Both kinds of store for one test: `@pytest.fixture(params=STORES)`, and in it `with opened_store(request, folder) as store`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.analysis import Analyzer
from index.article import Article
from index.cluster.connection import Connection
from index.cluster.generations import ClusterIndex
from index.cluster.mapping import IndexSpec
from index.cluster.settings import ClusterSettings
from index.cluster.store import ClusterStore
from index.schema import ZoneWeights
from index.store import ArticleStore

STORES = ("file", pytest.param("cluster", marks=pytest.mark.cluster))
# Whole numbers, lest the cluster analyze each body twice; what is stored does not depend on them.
SPEC = IndexSpec.of(Analyzer("english"), ZoneWeights(title=2, lead=2), 1.2, 0.75)

BODY = (
    "The council has delayed the ferry to the islands once more, because the new ramp at the harbor is not yet finished. "
    "The engineer in charge said that the steel for it came late, and that the storms of the winter had washed away part "
    "of the old pier. Passengers will have to take the bus over the bridge, and tickets that were bought stay valid."
)
FERRY = Article("Council delays the harbor ferry again", BODY)
MARKET = Article("A new market opens on the square", "Farmers sell apples and bread there on Saturdays. " * 4)

AnyStore = ArticleStore | ClusterStore


@contextlib.contextmanager
def opened_store(request: pytest.FixtureRequest, folder: Path) -> Iterator[AnyStore]:
    """An empty store of the kind that the fixture's parameter names."""
    if request.param == "file":
        with ArticleStore.open(folder / "data" / "articles.sqlite3") as store:
            yield store
    else:
        with cluster_store(request.getfixturevalue("cluster_settings")) as on_cluster:
            on_cluster._index.ensure()
            yield on_cluster


@contextlib.contextmanager
def cluster_store(settings: ClusterSettings) -> Iterator[ClusterStore]:
    """The store on a cluster, with a connection of its own; its index is made by the first change."""
    connection = Connection(settings)
    try:
        yield ClusterStore(ClusterIndex(connection, settings, SPEC))
    finally:
        connection.close()


def problems_of(store: AnyStore) -> list[Any]:
    """What a deep check finds."""
    if isinstance(store, ArticleStore):
        return store.check(deep=True)
    return list(store._index.problems(deep=True)) if store._index.generations() else []


def state_of(store: AnyStore) -> object:
    """Equal for two moments between which nothing was written, not even the same again.

    Of a file: SQLite's data_version, which moves whenever another connection commits anything, and every row there is. Of a
    cluster: the number of the last change of every document.
    """
    if isinstance(store, ArticleStore):
        with store._database.reading() as connection:
            return connection.execute("PRAGMA data_version").fetchone()[0], list(connection.iterdump())
    found = {}
    for name in (store._index.name, store._pages.name):
        if store._connection.request("POST", f"/{name}/_refresh", missing_ok=True) is None:
            continue
        body = {"size": 10_000, "seq_no_primary_term": True, "version": True}
        hits = store._connection.request("POST", f"/{name}/_search", body=body)["hits"]["hits"]
        found.update({(name, hit["_id"]): (hit["_seq_no"], hit["_version"]) for hit in hits})
    assert found
    return found
