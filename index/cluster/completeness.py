"""Whether a good answer is a whole one: `trouble_inside` finds shards that failed, searches cut short, entries that failed.

A cluster answers 200 for the shards that happen to be there, and for a `_mget` or `_msearch` of which nothing worked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from index.cluster.translation import LATER, shards_text, trouble_of_item
from index.cluster.trouble import Answer, Trouble
from index.errors import ClusterUnavailable


def trouble_inside(answer: Answer, value: Any, *, every_shard: bool) -> Trouble | None:
    """What a good answer hides: failed shards, a search cut short, entries of `_mget` and `_msearch` that failed.

    every_shard: all shards that there are must have succeeded, as in searches; of others only none may have failed.
    """
    if not isinstance(value, Mapping):
        return None
    what = f"{answer.what} at {answer.host}"
    for key in ("responses", "docs"):
        entries = value.get(key)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry.get("error"), Mapping):
                return trouble_of_item(entry.get("status") or _status_of(entry["error"]), entry["error"], what)
            if key == "responses" and (trouble := _incomplete(entry, what, every_shard=every_shard)):
                return trouble
    return _incomplete(value, what, every_shard=every_shard)


def _incomplete(value: Mapping[str, Any], what: str, *, every_shard: bool) -> Trouble | None:
    """Trouble if shards are missing from an answer or time ran out: it must not pass as a complete one."""
    shards = value.get("_shards")
    shards = shards if isinstance(shards, Mapping) else {}
    total = int(shards.get("total") or 0)
    away = total - int(shards.get("successful") or 0) if every_shard else int(shards.get("failed") or 0)
    if away > 0:
        return Trouble(
            ClusterUnavailable,
            f"{away} of {total} shards did not answer {what}{shards_text(shards.get('failures'))}",
            f"without them the answer is not complete; {LATER}",
            again=True,
        )
    if value.get("timed_out") is True:
        return Trouble(
            ClusterUnavailable,
            f"the cluster ran out of time during {what}",
            "the answer is not complete; try again later, or raise cluster.timeout_s",
            again=True,
        )
    return None


def _status_of(error: Mapping[str, Any]) -> int:
    """The HTTP status that an error without one would have come with; entries of `_mget` carry none."""
    return 404 if error.get("type") == "index_not_found_exception" else 500
