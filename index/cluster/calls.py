"""One request to a cluster, ready to be sent: `call_of` makes it of what `Connection.request` was given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

# Without these a cluster answers for the shards that happen to be there.
_WHOLE = {
    "_search": {"allow_partial_search_results": "false"},
    "point_in_time": {"allow_partial_pit_creation": "false"},
}
_SEARCHING = frozenset({"_search", "_msearch", "_count", "scroll", "point_in_time"})
_READING = _SEARCHING | {"_mget", "_refresh", "_stats"}


class Call(NamedTuple):
    """A request: text of it is `METHOD /path`."""

    method: str
    path: str
    params: dict[str, str]
    body: bytes | None
    headers: dict[str, str]
    timeout_s: float

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def searches(self) -> bool:
        """Whether its answer counts a shard for every part of the index, and must count all of them as successful."""
        return self._names_one_of(_SEARCHING)

    @property
    def reads(self) -> bool:
        """Whether shards that failed make its answer incomplete; a write that lost a copy of a shard is acknowledged."""
        return self._names_one_of(_READING)

    def _names_one_of(self, names: frozenset[str]) -> bool:
        return "/_doc/" not in self.path and not names.isdisjoint(self.path.split("/"))


def call_of(method: str, path: str, body: Any, params: Mapping[str, Any] | None, timeout_s: float) -> Call:
    """body: a mapping is sent as JSON, text and bytes as lines of JSON. Parameters that are None are left out."""
    headers = {"content-type": "application/json"}
    if isinstance(body, str):
        body = body.encode()
    if isinstance(body, bytes):
        headers["content-type"] = "application/x-ndjson"
    elif body is not None:
        body = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")
    given = {name: _written(value) for name, value in (params or {}).items() if value is not None}
    # An article may have the id `_search`.
    whole = _WHOLE.get(path.rsplit("/", maxsplit=1)[-1], {}) if method in ("GET", "POST") and "/_doc/" not in path else {}
    return Call(method, path, whole | given, body, headers, timeout_s)


def _written(value: Any) -> str:
    """A parameter as the cluster reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
