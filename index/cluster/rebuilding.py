"""Rebuild: makes the next generation beside the current one and switches to it; `recover` undoes what a killed one left.

    lease       one rebuild at a time; it notes which indexes it works on, for who has to undo it
    copy        the cluster copies by itself (`_reindex`), or we do if leads are cut otherwise now
    catch up    what was written meanwhile is copied too, and what was deleted is deleted, until that is little
    close       the old index takes no changes: for a moment, in which other writers wait
    compare     after the last changes, counts and sums of digests of both must be equal
    switch      one request that moves the alias; the old index stays, closed, until it is dropped

Nothing is written to the old index, and so it is as it was whatever happens before the switch.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from index.cluster.bulk import BulkWriter, Operation, own_alias
from index.cluster.catalog import Catalog, Generation
from index.cluster.changes import Checkpoints, changed_since, checkpoints, differences, everything, summary
from index.cluster.connection import Connection, path_of
from index.cluster.documents import lead
from index.cluster.lease import Lease
from index.cluster.lease import found as found_lease
from index.cluster.mapping import REFRESH_INTERVAL, index_body
from index.cluster.reindexing import Progress, cancel_copies, server_side_copy
from index.errors import ArchiveBusy, ClusterRefused, ClusterUnavailable, IndexMissing, IndexNotWritten, SearcherError

# While more than so many documents change in a round, and less than in the one before, another comes before the index is closed.
_LITTLE = 200
_ROUNDS = 10
_COPIES_WITHIN_S = 600.0
_QUIET_LOOKS = 5
_TRIES = 3


class Rebuild:
    """One rebuild of a catalog's current generation with the catalog's spec."""

    def __init__(self, catalog: Catalog, progress: Progress | None = None) -> None:
        self._catalog = catalog
        self._connection = catalog.connection
        self._progress = progress

    def run(self) -> Generation:
        """The new generation. Any error leaves the old one current and open for changes."""
        catalog = self._catalog
        catalog.current()  # before anything is made on the cluster
        with Lease.taken(self._connection, lock_of(catalog)) as lease:
            undo(catalog, lease)
            old = catalog.current()
            number = max(old.number, int(lease.work.get("number", 0))) + 1
            new = catalog.index_of(number)
            lease.note(number=number, old=old.index, new=new)
            try:
                self._make(old, new, lease)
            except BaseException:
                _undo_or_leave(catalog, lease)
                raise
            return catalog.current()

    def _make(self, old: Generation, new: str, lease: Lease) -> None:
        seen: Checkpoints = checkpoints(self._connection, old.index, old.shards)
        self._create(new)
        self._copy_all(old, new)
        self._give_copies(new)
        before = math.inf
        for _ in range(_ROUNDS):
            lease.require()
            seen, changed = self._catch_up(old, new, seen)
            if changed <= _LITTLE or 2 * changed > before:
                break
            before = changed
        lease.require()
        self._connection.request("PUT", path_of(old.index, "_block", "write"))
        self._catch_up(old, new, seen)
        self._compare(old, new)
        lease.require()
        self._switch(old, new)

    def _create(self, new: str) -> None:
        """Filled faster without replicas, which are copied from it afterwards, and without refreshes."""
        body = index_body(self._catalog.spec, shards=self._catalog.settings.shards, replicas=0)
        body["settings"]["refresh_interval"] = "-1"
        self._connection.request("PUT", path_of(new), body={**body, "aliases": {own_alias(new): {}}})

    def _copy_all(self, old: Generation, new: str) -> None:
        self._refresh(old.index)
        if self._has_leads(old):
            server_side_copy(self._connection, old.index, own_alias(new), self._progress)
            return
        total = summary(self._connection, old.index).count
        hits = changed_since(self._connection, old.index, everything(old.shards))
        for done, _ in enumerate(self._copied(hits, old, new), 1):
            if self._progress is not None and (done % 100 == 0 or done >= total):
                self._progress(min(done, total), total)

    def _give_copies(self, new: str) -> None:
        """Replicas and refreshes as any index has; waits until the replicas that there are nodes for are there."""
        settings = {"number_of_replicas": self._catalog.settings.replicas, "refresh_interval": REFRESH_INTERVAL}
        self._connection.request("PUT", path_of(new, "_settings"), body={"index": settings})
        deadline = time.monotonic() + _COPIES_WITHIN_S
        quiet = 0
        while time.monotonic() < deadline and quiet < _QUIET_LOOKS:
            health = self._connection.request("GET", path_of("_cluster", "health", new))
            if health["status"] == "green":
                return
            # Nothing on its way for a while: there is no node for what is missing.
            quiet = quiet + 1 if health["status"] == "yellow" and not health["initializing_shards"] else 0
            time.sleep(0.2)
        if quiet < _QUIET_LOOKS:
            raise ClusterUnavailable(
                f"the shards of the new index {new} are not ready after {_COPIES_WITHIN_S:g} s; see `searcher check`"
            )

    def _catch_up(self, old: Generation, new: str, seen: Checkpoints) -> tuple[Checkpoints, int]:
        """Copies what was written since, and deletes what was deleted: up to which change now, and how much that was."""
        upto = checkpoints(self._connection, old.index, old.shards)
        self._refresh(old.index)
        copied = sum(1 for _ in self._copied(changed_since(self._connection, old.index, seen), old, new))
        self._refresh(new)
        deleted = 0
        for kept, extra in differences(self._connection, (old.index, old.shards), (new, self._catalog.settings.shards)):
            operations = (Operation("delete", name) for name in extra - kept)
            deleted += sum(1 for _ in self._written(operations, new))
        return upto, copied + deleted

    def _compare(self, old: Generation, new: str) -> None:
        """IndexNotWritten unless the new index holds exactly what the old one does."""
        self._refresh(new)
        kept, copied = (summary(self._connection, index) for index in (old.index, new))
        if kept != copied:
            ranges = sum(kept.ranges.get(n) != copied.ranges.get(n) for n in kept.ranges.keys() | copied.ranges.keys())
            raise IndexNotWritten(
                f"the new index does not hold what the old one does: {copied.count:,} articles, expected {kept.count:,}; sums "
                f"differ in {ranges:,} of {len(kept.ranges):,} places; the old index is as it was; run `searcher check --deep`"
            )

    def _switch(self, old: Generation, new: str) -> None:
        name = self._catalog.name
        actions = [
            {"remove": {"index": old.index, "aliases": [name, own_alias(old.index)]}},
            {"add": {"index": new, "alias": name, "is_write_index": True}},
        ]
        try:
            self._connection.request("POST", "/_aliases", body={"actions": actions}, retry=False)
        except SearcherError:
            _await_pending(self._connection)
            if self._catalog.current().index != new:  # else only the answer was lost
                raise

    def _copied(self, hits: Iterable[Mapping[str, Any]], old: Generation, new: str) -> Iterator[None]:
        """Writes documents of the old index into the new one."""
        words = None if self._has_leads(old) else self._catalog.spec.weights.lead_words
        return self._written((Operation("index", hit["_id"], _with_lead(hit["_source"], words)) for hit in hits), new)

    def _written(self, operations: Iterable[Operation], new: str) -> Iterator[None]:
        for written in BulkWriter(self._connection, own_alias(new)).write(operations):
            if not written.done:
                raise IndexNotWritten(
                    f"article {written.operation.id} could not be copied into the new index: {written.outcome} "
                    f"{written.reason}; the old index is as it was"
                )
            yield None

    def _has_leads(self, old: Generation) -> bool:
        """Whether the leads in the documents are cut as they are to be."""
        spec = self._catalog.spec
        return old.spec.weights.lead_words == spec.weights.lead_words and old.spec.analysis == spec.analysis

    def _refresh(self, index: str) -> None:
        self._connection.request("POST", path_of(index, "_refresh"))


def lock_of(catalog: Catalog) -> str:
    """The index of the lease."""
    return f"{catalog.name}-lock"


def recover(catalog: Catalog) -> bool:
    """Undoes what a killed rebuild left; False if there is none, or it shows life."""
    if found_lease(catalog.connection, lock_of(catalog)) is None:
        return False
    try:
        with Lease.taken(catalog.connection, lock_of(catalog)) as lease:
            undo(catalog, lease)
    except ArchiveBusy:
        return False
    return True


def undo(catalog: Catalog, lease: Lease) -> None:
    """Deletes half-made indexes and opens the current one again. Only what a lease has noted is opened: others close indexes too.

    The lease's own work goes on after this, or has failed.
    """
    connection, work = catalog.connection, dict(lease.work)
    if work.get("new"):
        cancel_copies(connection, own_alias(work["new"]))
    _await_pending(connection)
    current = _without_half_made(catalog, lease)
    if current.blocked and work.get("old") == current.index:
        connection.request("PUT", path_of(current.index, "_settings"), body={"index.blocks.write": None})
    lease.note(old=None, new=None)


def _without_half_made(catalog: Catalog, lease: Lease) -> Generation:
    """Deletes what is newer than the current generation, which it gives.

    In one request that fails unless that one is still current: a process taken for dead may yet switch to what it has made.
    """
    for attempt in range(1, _TRIES + 1):
        current = catalog.current()
        half_made = [index for number, index in catalog.generations().items() if number > current.number]
        if not half_made:
            break
        actions: list[Mapping[str, Any]] = [
            {"remove": {"index": current.index, "alias": catalog.name, "must_exist": True}},
            {"add": {"index": current.index, "alias": catalog.name, "is_write_index": True}},
        ]
        actions += [{"remove_index": {"index": index}} for index in half_made]
        try:
            catalog.connection.request("POST", "/_aliases", body={"actions": actions})
            break
        except (ClusterRefused, IndexMissing):
            lease.require()
            if attempt == _TRIES:
                raise
    return current


def _undo_or_leave(catalog: Catalog, lease: Lease) -> None:
    """After an error. If it cannot be undone now, the lease is left for dead, and who comes next does it."""
    try:
        lease.require()
        undo(catalog, lease)
    except SearcherError:
        lease.leave()


def _await_pending(connection: Connection) -> None:
    """Waits until the cluster has done what it was told before: a switch whose answer was lost may still be to come."""
    connection.request("GET", "/_cluster/health", params={"wait_for_events": "languid"})


def _with_lead(source: Mapping[str, Any], words: int | None) -> Mapping[str, Any]:
    """A document with its lead cut to so many words; as it is for None."""
    if words is None:
        return source
    derived = {name: value for name, value in source["index"].items() if name != "lead"}
    cut = lead(source["body"], words)
    return {**source, "index": {**derived, "lead": cut} if cut else derived}
