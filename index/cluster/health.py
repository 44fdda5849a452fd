"""The health of a cluster in words: `describe_health` takes what `Connection.health` gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def health_path(name: str) -> str:
    """The path that tells of the cluster and of the indexes of an archive; patterns, as a missing index would be waited for."""
    return f"/_cluster/health/{name}-0*,{name}-pages*"


def describe_health(health: Mapping[str, Any]) -> str:
    """One line: the status, how many nodes, and for yellow and red what is missing of which index."""
    nodes = int(health.get("number_of_nodes") or 0)
    said = f"{health.get('status')}, {nodes} node{'' if nodes == 1 else 's'}"
    missing = "; ".join(_missing(health.get("indices") or {}))
    return f"{said}: {missing}" if missing else said


def _missing(indices: Mapping[str, Any]) -> Iterator[str]:
    for name, index in sorted(indices.items()):
        shards = index.get("shards") or {}
        away = sorted((number for number, shard in shards.items() if not shard.get("primary_active")), key=int)
        if away:
            yield f"{name} cannot be searched, shard{'' if len(away) == 1 else 's'} {', '.join(away)} not there"
        elif index.get("status") != "green":
            count = int(index.get("unassigned_shards") or 0) + int(index.get("initializing_shards") or 0)
            total = count + int(index.get("active_shards") or 0)
            yield f"{name} is complete, {count} of its {total} shards and copies not yet there"
