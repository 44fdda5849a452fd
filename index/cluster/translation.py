"""What a cluster answers when it does not do as asked -> a Trouble, and so one of our errors, in one place.

`trouble_of_answer` takes an answer of HTTP, `trouble_of_item` one entry of a `_bulk`, `_mget` or `_msearch` answer,
`trouble_without_json` a good answer that is no JSON. What a good answer in JSON hides is for `index.cluster.completeness`,
failures of the network for `index.cluster.faults`. Nothing here knows the client library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from index.cluster.trouble import Answer, Trouble
from index.errors import (
    ClusterConflict,
    ClusterDenied,
    ClusterRefused,
    ClusterUnavailable,
    IndexMissing,
    UnsupportedQuery,
)

# Names of errors that are about the state of the cluster at this moment, whatever HTTP status they come with.
_PASSING = frozenset(
    {
        "cluster_manager_not_discovered_exception",
        "connect_transport_exception",
        "failed_to_commit_cluster_state_exception",
        "illegal_index_shard_state_exception",
        "index_shard_closed_exception",
        "index_shard_not_recovering_exception",
        "index_shard_recovering_exception",
        "master_not_discovered_exception",
        "no_shard_available_action_exception",
        "node_closed_exception",
        "node_disconnected_exception",
        "node_not_connected_exception",
        "not_cluster_manager_exception",
        "not_master_exception",
        "primary_shard_replication_exception",
        "process_cluster_event_timeout_exception",
        "receive_timeout_transport_exception",
        "retry_on_primary_exception",
        "send_request_transport_exception",
        "shard_not_in_primary_mode_exception",
        "task_cancelled_exception",
        "unavailable_shards_exception",
    }
)
_PASSING_STATUSES = frozenset({408, 429, 502, 503, 504})
_GATEWAY_STATUSES = frozenset({502, 503, 504})
_EXCERPT_CHARS = 200
_EXPENSIVE = "search.allow_expensive_queries"
LATER = "try again later; `searcher stats` tells the health of the cluster"
_CREDENTIALS = "cluster.credentials, or SEARCHER_CLUSTER_USER and SEARCHER_CLUSTER_PASSWORD"
_WHOSE_ADDRESS = "check cluster.hosts: is this an OpenSearch cluster, with its path prefix if it has one, and no page to log in?"
_LESS_AT_ONCE = "send less at once, or raise http.max_content_length of the cluster, or the limit of a proxy before it"


def trouble_of_answer(answer: Answer) -> Trouble:
    """What an answer with a status of 300 or more means."""
    error = _error_in(answer.text)
    if answer.status in (401, 407):
        return _trouble_of_credentials(answer, _excerpt(answer) if error is None else f": {_reason(error)}")
    if error is None:
        return _trouble_of_text(answer)
    trouble = trouble_of_item(answer.status, error, f"{answer.what} at {answer.host}")
    return replace(trouble, wait_s=answer.retry_after_s, missing=answer.status == 404 and not trouble.again)


def trouble_without_json(answer: Answer) -> Trouble:
    """A good answer that is no JSON: cut off by a gateway, or something else listens there."""
    said = f"{answer.what} at {answer.host} was answered with {answer.status}{_excerpt(answer)}, expected JSON"
    if not answer.text or "json" in answer.content_type:
        return Trouble(
            ClusterUnavailable, said, "something between here and the cluster cuts its answers off; try again later", again=True
        )
    return Trouble(ClusterRefused, said, _WHOSE_ADDRESS, status=answer.status)


def trouble_of_item(status: int, error: Mapping[str, Any], what: str) -> Trouble:
    """What an error of the cluster means: `status` and `error` of an answer, or of one entry of a `_bulk` answer."""
    names = tuple(_names(error))
    reason = _reason(error)
    name = str(error.get("type") or "")
    for rule in (_trouble_of_block, _trouble_of_rights, _trouble_of_absence, _trouble_of_limits):
        trouble = rule(status, names, what, reason)
        if trouble:
            return replace(trouble, status=status, name=_telling_name(name, names))
    if status in _PASSING_STATUSES or _PASSING.intersection(names):
        return Trouble(
            ClusterUnavailable,
            f"the cluster cannot do this now: {what}: {reason}{shards_text(error.get('failed_shards'))}",
            LATER,
            again=True,
            elsewhere=status in _GATEWAY_STATUSES,
            status=status,
            name=name,
        )
    return Trouble(
        ClusterRefused,
        f"the cluster refuses {what}: {' '.join(filter(None, (str(status), name)))}: {reason}",
        _advice_for(names),
        status=status,
        name=_telling_name(name, names),
    )


def _trouble_of_credentials(answer: Answer, told: str) -> Trouble:
    """Nobody was let in: with wrong credentials, or without any. told: what the answer says."""
    said = f"{answer.what} at {answer.host} was answered with {answer.status}{told}"
    if answer.signed:
        return Trouble(ClusterDenied, f"user or password is wrong: {said}", f"look into {_CREDENTIALS}", status=answer.status)
    return Trouble(ClusterDenied, f"user and password are missing: {said}", f"set {_CREDENTIALS}", status=answer.status)


def _trouble_of_text(answer: Answer) -> Trouble:
    """An answer that holds no error of a cluster: a proxy's, the security plugin's, or one without a body."""
    status = answer.status
    said = f"{answer.what} at {answer.host} was answered with {status}{_excerpt(answer)}"
    if status in _PASSING_STATUSES:
        return Trouble(
            ClusterUnavailable,
            said,
            "the cluster is not ready or overloaded, or a proxy before it does not reach it; try again later",
            again=True,
            elsewhere=status in _GATEWAY_STATUSES,
            wait_s=answer.retry_after_s,
            status=status,
        )
    if status == 403:
        return Trouble(ClusterDenied, f"{said}: the user lacks a right", "ask who runs the cluster for it", status=status)
    if status == 413:
        said = f"{said}: the request of {answer.sent_bytes:,} bytes is too large"
        return Trouble(ClusterRefused, said, _LESS_AT_ONCE, status=status)
    if 300 <= status < 400:
        return Trouble(ClusterRefused, f"{said}: a redirection", "write the address it leads to in cluster.hosts", status=status)
    if "plain HTTP request was sent to HTTPS port" in answer.text:
        return Trouble(ClusterDenied, f"{said}: it expects TLS", "write https:// in cluster.hosts", status=status)
    return Trouble(ClusterRefused, said, _WHOSE_ADDRESS, missing=status == 404 and not answer.text, status=status)


def _trouble_of_block(status: int, names: tuple[str, ...], what: str, reason: str) -> Trouble | None:
    if "cluster_block_exception" not in names:
        return None
    if "flood-stage" in reason or "create-index blocked" in reason:
        return Trouble(
            ClusterRefused,
            f"a disk of the cluster is full, so it takes no changes: {what}: {reason}",
            "free disk space or add nodes and run the command again; the cluster takes changes again by itself",
        )
    if status in _PASSING_STATUSES:
        return None  # no cluster manager is elected, or the state not yet recovered
    return Trouble(
        ClusterRefused,
        f"the index is blocked: {what}: {reason}",
        "unset index.blocks of it, if the reason it was set for is gone",
    )


def _trouble_of_rights(status: int, names: tuple[str, ...], what: str, reason: str) -> Trouble | None:
    if status == 403 or "security_exception" in names:
        return Trouble(ClusterDenied, f"the user lacks a right: {what}: {reason}", "ask who runs the cluster for it")
    return None


def _trouble_of_absence(status: int, names: tuple[str, ...], what: str, reason: str) -> Trouble | None:
    if "search_context_missing_exception" in names:
        return Trouble(ClusterRefused, f"the point in time is gone: {what}: {reason}", "begin again with the first page")
    if status == 404 and names[:1] == ("index_not_found_exception",):
        return Trouble(
            IndexMissing,
            f"there is no index on the cluster: {what}: {reason}",
            "`searcher ingest PATH` makes one; cluster.index names another",
        )
    if status == 409:
        return Trouble(ClusterConflict, f"another writer was faster: {what}: {reason}", "run the command again")
    return None


def _trouble_of_limits(status: int, names: tuple[str, ...], what: str, reason: str) -> Trouble | None:
    # What UnsupportedQuery says is shown to visitors of the page: no addresses.
    if "too_many_clauses" in names or "too_many_nested_clauses" in names:
        limit = re.search(r"maxClauseCount is set to \d+", reason)
        return Trouble(UnsupportedQuery, f"so many words in one query ({limit.group() if limit else 'too many clauses'})")
    if "too_complex_to_determinize_exception" in names:
        return Trouble(UnsupportedQuery, "so complicated a pattern")
    if _EXPENSIVE in reason:
        return Trouble(UnsupportedQuery, f"prefix, wildcard and fuzzy words, since this cluster's {_EXPENSIVE} is false")
    if "automaton is too large" in reason:
        return Trouble(UnsupportedQuery, "so long a prefix, wildcard or fuzzy word")
    if "too_many_buckets_exception" in names:
        return Trouble(ClusterRefused, f"too many buckets: {what}: {reason}", "raise search.max_buckets of the cluster")
    if status == 413:
        return Trouble(ClusterRefused, f"the request is too large: {what}: {reason}", _LESS_AT_ONCE)
    return None


def _advice_for(names: tuple[str, ...]) -> str:
    if {"mapper_parsing_exception", "strict_dynamic_mapping_exception"}.intersection(names):
        return "the mapping of the index is not ours or of another version; run `searcher rebuild`"
    if "resource_already_exists_exception" in names:
        return "another process made it in the meantime; run the command again"
    return "its version or its settings may be the reason"


def _error_in(text: str) -> Mapping[str, Any] | None:
    """The error object of an answer; None if it holds none. A bare text as the error is given the form of an object."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if not isinstance(value, Mapping):
        return None
    error = value.get("error")
    if isinstance(error, Mapping):
        return error
    if isinstance(error, str):
        return {"type": "", "reason": error}
    if "version_conflicts" in value or "failures" in value:
        return {
            "type": "",
            "reason": f"{value.get('version_conflicts', 0)} conflicts, failures: {json.dumps(value.get('failures'))[:500]}",
        }
    if "found" in value or value.get("result") == "not_found":
        return {"type": "document_missing_exception", "reason": f"no document {value.get('_id')!r}"}
    if isinstance(message := value.get("Message", value.get("message")), str):
        return {"type": "", "reason": message}
    return None


def _names(error: Any) -> Iterator[str]:
    """Every name of an error in an error and its causes, the outermost first."""
    if isinstance(error, Mapping):
        if isinstance(error.get("type"), str):
            yield error["type"]
        for key in ("root_cause", "caused_by", "failed_shards", "reason"):
            yield from _names(error.get(key))
    elif isinstance(error, list):
        for one in error:
            yield from _names(one)


def _telling_name(name: str, names: tuple[str, ...]) -> str:
    """The name that says most: that of the cause when the outer one says only that all shards failed."""
    return next((one for one in names if one != name), name) if name == "search_phase_execution_exception" else name


def _reason(error: Mapping[str, Any]) -> str:
    """The reason and, if they differ, those of the causes."""
    reasons: list[str] = []
    pending: list[Any] = [error.get("root_cause"), error]
    while pending:
        one = pending.pop()
        if isinstance(one, list):
            pending.extend(one[:2])
        elif isinstance(one, Mapping):
            reason = one.get("reason")
            if reason and isinstance(reason, str) and not any(reason in other for other in reasons):
                reasons.append(reason)
            pending.append(one.get("caused_by"))
    return ": ".join(reasons) or str(error.get("type") or "no reason given")


def shards_text(shards: Any) -> str:
    """` (shard 1 of searcher-000001: REASON; ...)` of the shards that failed, at most three."""
    texts = []
    for one in shards if isinstance(shards, list) else ():
        reason = one.get("reason")
        said = _reason(reason) if isinstance(reason, Mapping) else str(reason)
        texts.append(f"shard {one.get('shard')} of {one.get('index')}: {said}")
    more = f"; {len(texts) - 3} more" if len(texts) > 3 else ""
    return f" ({'; '.join(texts[:3])}{more})" if texts else ""


def _excerpt(answer: Answer) -> str:
    """` and TYPE "the beginning of the text"`, white space folded."""
    text = " ".join(answer.text.split())
    if not text:
        return " and no content"
    short = text if len(text) <= _EXCERPT_CHARS else text[:_EXCERPT_CHARS] + "..."
    return f" and {answer.content_type or 'no content type'} {short!r}"
