"""Checks the index on a cluster: health, what rebuilds left behind, and (deep) every article against its checksum."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from index.cluster.catalog import Catalog, Generation
from index.cluster.changes import changed_since, everything
from index.cluster.connection import path_of
from index.cluster.documents import checksum_of, document_id, facts_of, from_document, to_document
from index.cluster.lease import found as found_lease
from index.cluster.rebuilding import lock_of
from index.errors import SearcherError
from index.store.values import Problem

# How long to wait for copies that are starting, for those that may be about to, and between looks.
_STARTING_S, _YOUNG_S, _LOOKED_EVERY_S = 15.0, 2.0, 0.2


def cluster_problems(catalog: Catalog, *, deep: bool) -> Iterator[Problem]:
    """The problems found, none for a sound index. An error of the cluster on the way is the last of them."""
    try:
        current = catalog.current()
        yield from _health(catalog, current)
        yield from _left_behind(catalog, current)
        if current.spec != catalog.spec:
            what = "was made with other settings for analysis or ranking than are set now; run `searcher rebuild`"
            yield Problem(current.index, what)
        if deep:
            yield from _articles(catalog, current)
    except SearcherError as error:
        yield Problem(catalog.name, str(error))


def _health(catalog: Catalog, current: Generation) -> Iterator[Problem]:
    pages = f"{catalog.name}-pages"
    found = _settled(catalog)
    for index, kept in ((current.index, "articles"), (pages, "what is known of pages taken in")):
        health = found.get(index, {"status": "green"})
        missing = health.get("unassigned_shards", 0) + health.get("initializing_shards", 0)
        if health["status"] == "red":
            yield Problem(
                index,
                f"red: {missing} shards are away, some with no copy left, so {kept} cannot be read; bring the nodes back that "
                "held them",
            )
        elif health["status"] == "yellow":
            yield Problem(
                index,
                f"yellow: {missing} copies of shards are away, and if another node fails {kept} may be lost; bring nodes back, "
                "or set cluster.replicas to fewer than there are nodes",
            )


def _settled(catalog: Catalog) -> Mapping[str, Any]:
    """Health by index. An index made just now is yellow until its copies have started, which is nothing to report."""
    started = time.monotonic()
    while True:
        found: Mapping[str, Any] = catalog.connection.health()["indices"]
        waited = time.monotonic() - started
        is_starting = any(health["initializing_shards"] for health in found.values())
        is_green = all(health["status"] == "green" for health in found.values())
        if is_green or waited > (_STARTING_S if is_starting else _YOUNG_S):
            return found
        time.sleep(_LOOKED_EVERY_S)


def _left_behind(catalog: Catalog, current: Generation) -> Iterator[Problem]:
    held = found_lease(catalog.connection, lock_of(catalog))
    who = f" by {held.owner}" if held else ""
    for number, index in catalog.generations().items():
        if number > current.number:
            yield Problem(index, f"half made{who}: a rebuild runs or was killed; the next rebuild deletes it")
    if current.blocked:
        told = f"a rebuild{who} runs or was killed; the next change opens it again" if held else "not by searcher"
        yield Problem(current.index, f"closed for changes (index.blocks.write): {told}")


def _articles(catalog: Catalog, current: Generation) -> Iterator[Problem]:
    """Articles that are not what was written, or whose derived values are not those of the index's spec."""
    catalog.connection.request("POST", path_of(current.index, "_refresh"))
    for hit in changed_since(catalog.connection, current.index, everything(current.shards)):
        what = _fault(hit, current)
        if what:
            yield Problem(current.index, f"article {hit['_id']}: {what}")


def _fault(hit: Mapping[str, Any], current: Generation) -> str | None:
    source = hit["_source"]
    try:
        article = from_document(source)
        expected = to_document(article, current.spec.weights, facts_of(source))
    except SearcherError as error:
        return f"cannot be read ({error})"
    if checksum_of(source) != checksum_of(expected):
        return "differs from its checksum; ingest it again, or restore the cluster from a snapshot"
    if document_id(article.id or "") != hit["_id"]:
        return f"is kept under another id than its own ({article.id!r}); delete it, and ingest it again"
    if source["index"] != expected["index"]:
        return "is indexed under other values than its own; run `searcher rebuild`"
    return None
