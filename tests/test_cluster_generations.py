"""Generations on a cluster: which index is current, what it was made with, and what check and stats tell of it."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from index.cluster.bulk import Operation, own_alias
from index.cluster.connection import Connection
from index.cluster.generations import ClusterIndex
from index.cluster.mapping import index_body
from index.cluster.settings import ClusterSettings
from index.errors import (
    ClusterRefused,
    ClusterUnavailable,
    IndexDamaged,
    IndexMissing,
    IndexOutdated,
)
from tests.cluster_generations import OTHER_SPEC, SPEC, fill, held_by, made_index, with_spec


@pytest.fixture
def connection(cluster_settings: ClusterSettings) -> Iterator[Connection]:
    made = Connection(cluster_settings)
    yield made
    made.close()


@pytest.fixture
def index(cluster_settings: ClusterSettings) -> Iterator[ClusterIndex]:
    with made_index(cluster_settings) as made:
        yield made


def test_before_the_first_there_is_none(connection: Connection, cluster_settings: ClusterSettings) -> None:
    """Without an index that is said, and nothing is made by asking, deleting or comparing."""
    index = ClusterIndex(connection, cluster_settings, SPEC)

    with pytest.raises(IndexMissing, match=cluster_settings.name):
        index.current()
    with pytest.raises(IndexMissing):
        index.rebuild()
    index.require_same_spec()
    assert index.generations() == {}


def test_the_first_is_made_once(connection: Connection, cluster_settings: ClusterSettings) -> None:
    """Many processes that start at once make one index and all get it; it answers, and takes changes, by its alias."""
    connections = [Connection(cluster_settings) for _ in range(8)]
    ready = threading.Barrier(len(connections))

    def start(one: Connection) -> Any:
        ready.wait()
        return ClusterIndex(one, cluster_settings, SPEC).ensure()

    with ThreadPoolExecutor(len(connections)) as pool:
        made = list(pool.map(start, connections))
    for one in connections:
        one.close()
    index = ClusterIndex(connection, cluster_settings, SPEC)

    assert set(made) == {index.current()}
    assert (made[0].index, made[0].number, made[0].spec) == (f"{cluster_settings.name}-000001", 1, SPEC)
    assert index.generations() == {1: made[0].index}
    assert fill(index, 3) == held_by(index)


@pytest.mark.parametrize("alias", [False, True], ids=["index", "alias"])
def test_what_is_not_ours_is_left_alone(connection: Connection, cluster_settings: ClusterSettings, alias: bool) -> None:
    """An index or alias of somebody else's under our name is refused with what to do, and not touched."""
    name = cluster_settings.name
    theirs = f"{name}-theirs" if alias else name
    connection.request("PUT", f"/{theirs}", body={"aliases": {name: {}} if alias else {}})
    index = ClusterIndex(connection, cluster_settings, SPEC)

    for act in (index.ensure, index.current, index.rebuild, index.stats):
        with pytest.raises(ClusterRefused, match=r"did not make .*choose another name in cluster\.index"):
            act()
    assert set(connection.request("GET", f"/{name}*")) == {theirs}
    assert connection.request("GET", f"/{theirs}")[theirs]["mappings"] == {}


def test_a_lost_alias_is_told(index: ClusterIndex) -> None:
    """If the alias was removed, no empty index is made in place of the one that holds the articles; nor with two behind it."""
    actions = [{"remove": {"index": f"{index.name}-000001", "alias": index.name}}]
    index.connection.request("POST", "/_aliases", body={"actions": actions})
    with pytest.raises(IndexDamaged, match=f"no index is current, though there are {index.name}-000001"):
        index.ensure()

    second = {"aliases": {index.name: {}}, "mappings": index_body(SPEC, shards=1, replicas=0)["mappings"]}
    del second["mappings"]["properties"]
    index.connection.request("PUT", f"/{index.name}-000002", body=second)
    index.connection.request("PUT", f"/{index.name}-000001/_alias/{index.name}")
    with pytest.raises(IndexDamaged, match="expected one index"):
        index.ensure()


def test_another_spec_asks_for_a_rebuild(index: ClusterIndex) -> None:
    """An index made with other settings takes no changes, names the differences, and is as wanted after a rebuild."""
    index.require_same_spec()
    changed = with_spec(index, OTHER_SPEC)
    differences = r"k1 1\.8 -> 1\.2, b 0\.72 -> 0\.5, title 2 -> 3"
    with pytest.raises(IndexOutdated, match=rf"{differences}.*nothing was changed; run `searcher rebuild`"):
        changed.require_same_spec()
    assert "was made with other settings" in changed.problems()[0].what
    changed.rebuild()

    changed.require_same_spec()
    assert changed.problems(deep=True) == []
    with pytest.raises(IndexOutdated):
        index.require_same_spec()


def test_another_format_asks_for_another_version(index: ClusterIndex) -> None:
    """An index of a format that this version does not know is told as such, and takes neither changes nor a rebuild."""
    meta = {**SPEC.to_meta(), "format": 99}
    index.connection.request("PUT", f"/{index.name}/_mapping", body={"_meta": meta})

    for act in (index.current, index.require_same_spec, index.rebuild):
        with pytest.raises(IndexOutdated, match="has the format 99"):
            act()


def test_what_others_closed_stays_closed(index: ClusterIndex) -> None:
    """An index that its owner has closed for changes is told, and not opened by us."""
    index.connection.request("PUT", f"/{index.name}-000001/_block/write")

    assert not index.recover()
    assert index.current().blocked
    assert [one.what for one in index.problems()][-1].startswith("closed for changes (index.blocks.write): not by searcher")


def test_deep_check_finds_what_was_changed_behind_our_back(index: ClusterIndex) -> None:
    """An article changed, one moved to another id, one with wrong keys and one that is none: each is told, and no other."""
    fill(index, 20)
    target = f"/{index.name}/_doc"
    for name, change in (("a1", {"title": "forged"}), ("a2", {"index": {**_index_of(index, "a2"), "source_key": "other"}})):
        source = {**index.connection.request("GET", f"{target}/{name}")["_source"], **change}
        index.connection.request("PUT", f"{target}/{name}", body=source)
    index.connection.request("PUT", f"{target}/a99", body=index.connection.request("GET", f"{target}/a3")["_source"])
    index.connection.request("PUT", f"{target}/b", body={"title": 1})

    assert index.problems() == []
    told = sorted(one.what.split(";")[0] for one in index.problems(deep=True))
    assert told[0] == "article a1: differs from its checksum"
    assert told[1] == "article a2: is indexed under other values than its own"
    assert told[2] == "article a99: is kept under another id than its own ('a3')"
    assert told[3].startswith("article b: cannot be read")
    assert len(told) == 4


def _index_of(index: ClusterIndex, name: str) -> dict[str, Any]:
    found: dict[str, Any] = index.connection.request("GET", f"/{index.name}/_doc/{name}")["_source"]["index"]
    return found


def test_health_is_told(index: ClusterIndex) -> None:
    """Copies for which there is no node make the index yellow, a shard without any red: check and stats say so."""
    index.connection.request("PUT", f"/{index.name}-000001/_settings", body={"index.number_of_replicas": 9})
    (problem,) = index.problems()
    assert problem.what.startswith("yellow: ")
    assert "cluster.replicas" in problem.what
    assert index.stats().health == f"yellow, {_active(index)} shards of 20"

    nowhere = {"settings": {"index.routing.allocation.require._name": "nobody", "index.number_of_shards": 1}}
    body = {**nowhere, "mappings": index_body(SPEC, shards=1, replicas=0)["mappings"]}
    body["mappings"].pop("properties")
    actions = [
        {"remove": {"index": f"{index.name}-000001", "alias": index.name}},
        {"add": {"index": f"{index.name}-000002", "alias": index.name}},
    ]
    index.connection.request("PUT", f"/{index.name}-000002", body=body, params={"wait_for_active_shards": 0})
    index.connection.request("POST", "/_aliases", body={"actions": actions})
    assert index.problems()[0].what.startswith("red: ")
    with pytest.raises(ClusterUnavailable):
        index.rebuild()
    assert index.generations().keys() == {1, 2}


def _active(index: ClusterIndex) -> int:
    found = index.connection.request("GET", f"/_cluster/health/{index.name}")
    return int(found["active_shards"])


def test_stats_count_what_is_there(index: ClusterIndex) -> None:
    """Articles that can be found, changes taken, primary bytes and segments, and the engine's name."""
    articles = fill(index, 40)
    list(index.bulk_writer().write([Operation("delete", name) for name in list(articles)[:10]]))
    index.refresh()
    stats = index.stats()

    assert (stats.generation, stats.articles, stats.engine, stats.change) == (1, 30, "opensearch", 50)
    assert stats.bytes > 0
    assert stats.segments > 0
    assert dataclasses.asdict(stats)["health"].startswith("green, ")


def test_own_alias_moves_with_the_switch(index: ClusterIndex) -> None:
    """Only the current generation has the alias by which conditional writes reach it."""
    index.rebuild()

    first, second = (index.connection.request("GET", f"/{name}")[name]["aliases"] for name in index.generations().values())
    assert first == {}
    assert set(second) == {index.name, own_alias(f"{index.name}-000002")}
    assert _sequence(second[index.name]) == [("is_write_index", True)]


def _sequence(alias: dict[str, Any]) -> Sequence[tuple[str, Any]]:
    return sorted(alias.items())
