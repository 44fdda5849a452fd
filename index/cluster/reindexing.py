"""Server-side copies: has the cluster copy one index into another by itself, in parallel slices, and watches it do so."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from index.cluster.connection import Connection, path_of
from index.errors import ClusterUnavailable, IndexNotWritten

Progress = Callable[[int, int], None]  # articles copied, articles in all

_LOOKED_EVERY_S = 0.5
# A copy is lost with the node that leads it. It may begin anew: nothing else is written to the target meanwhile.
_TRIES = 3
_ENDS_WITHIN_S = 60.0


def server_side_copy(connection: Connection, source: str, alias: str, progress: Progress | None) -> None:
    """Copies all documents of an index into the one behind an alias of its own.

    IndexNotWritten if the cluster says that some could not be copied, ClusterUnavailable if it lost the copy each time.
    """
    for attempt in range(_TRIES):
        try:
            _watch(connection, _start(connection, source, alias), progress)
        except ClusterUnavailable:
            if attempt + 1 == _TRIES:
                raise
            cancel_copies(connection, alias)
        else:
            return


def cancel_copies(connection: Connection, alias: str) -> None:
    """Ends the copies into the index behind an alias, whoever started them; ClusterUnavailable if they go on all the same."""
    deadline = time.monotonic() + _ENDS_WITHIN_S
    while running := _copies_into(connection, alias):
        if time.monotonic() > deadline:
            raise ClusterUnavailable(f"the cluster goes on copying into {alias} though told to stop; try again later")
        for task in running:
            connection.request("POST", path_of("_tasks", task, "_cancel"), missing_ok=True)
        time.sleep(_LOOKED_EVERY_S)


def _start(connection: Connection, source: str, alias: str) -> str:
    """The task that copies. Asked for once: a second copy would do no harm, but would cost as much as the first."""
    params = {"wait_for_completion": False, "slices": "auto", "require_alias": True}
    body = {"source": {"index": source}, "dest": {"index": alias}}
    answer = connection.request("POST", "/_reindex", body=body, params=params, retry=False)
    return str(answer["task"])


def _watch(connection: Connection, task: str, progress: Progress | None) -> None:
    while True:
        found = connection.request("GET", path_of("_tasks", task), missing_ok=True)
        if found is None:
            raise ClusterUnavailable("the node that was copying has left the cluster; run `searcher rebuild` again")
        if progress is not None:
            progress(*_done(found["task"].get("status") or {}))
        if found["completed"]:
            _require_good(found)
            return
        time.sleep(_LOOKED_EVERY_S)


def _done(status: Mapping[str, Any]) -> tuple[int, int]:
    """Documents copied, and documents in all, as far as is known."""
    parts = [status, *(part for part in status.get("slices") or () if part)]
    return max(
        sum(part.get("created", 0) + part.get("updated", 0) for part in parts[:1]),
        sum(part.get("created", 0) + part.get("updated", 0) for part in parts[1:]),
    ), max(parts[0].get("total", 0), sum(part.get("total", 0) for part in parts[1:]))


def _require_good(found: Mapping[str, Any]) -> None:
    """IndexNotWritten if a copy that has ended did not copy everything."""
    response = found.get("response") or {}
    error = found.get("error") or response.get("canceled")
    failures = response.get("failures") or ()
    if error or failures or response.get("timed_out"):
        reason = error.get("reason", error) if isinstance(error, Mapping) else error
        cause = reason or (_cause(failures[0]) if failures else "it took too long")
        raise IndexNotWritten(
            f"the cluster could not copy the articles into the new index: {cause}"
            f"{f' ({len(failures):,} failures)' if failures else ''}; the old index is as it was"
        )


def _cause(failure: Mapping[str, Any]) -> str:
    cause = failure.get("cause") or failure.get("reason") or {}
    return f"article {failure.get('id')}: {cause.get('type')}: {cause.get('reason')}"


def _copies_into(connection: Connection, alias: str) -> list[str]:
    found = connection.request("GET", "/_tasks", params={"actions": "*reindex", "detailed": True, "group_by": "none"})
    return [
        f"{task['node']}:{task['id']}"
        for task in found["tasks"]
        if f"[{alias}]" in task.get("description", "") and "parent_task_id" not in task
    ]
