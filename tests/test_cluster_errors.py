"""What becomes of each answer a cluster, or something before it, can give: the table of translations, without a cluster.

The answers were given by OpenSearch 2.19 and 3.8 unless a comment names another origin; `test_cluster_connection.py` asks
real nodes for those that they give on demand.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from index.cluster.completeness import trouble_inside
from index.cluster.translation import trouble_of_answer, trouble_of_item
from index.cluster.trouble import Answer, Trouble
from index.errors import (
    ClusterConflict,
    ClusterDenied,
    ClusterRefused,
    ClusterUnavailable,
    IndexMissing,
    SearcherError,
    UnsupportedQuery,
)

HTML = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr>nginx</body></html>"
FLOOD = (
    "index [a] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, "
    "index has read-only-allow-delete block];"
)
MISSING_SHARDS = (
    "Search rejected due to missing shards [[a][0], [a][1]]. "
    "Consider using `allow_partial_search_results` setting to bypass this error."
)


def error(kind: str, reason: str, **more: Any) -> str:
    """An error as the cluster writes it."""
    cause = {"type": kind, "reason": reason, **more}
    return json.dumps({"error": {"root_cause": [cause], **cause}})


def failed_search(kind: str, reason: str, **more: Any) -> str:
    """The error of a search whose shards failed for this reason."""
    cause = {"type": kind, "reason": reason, **more}
    return json.dumps(
        {
            "error": {
                "root_cause": [cause],
                "type": "search_phase_execution_exception",
                "reason": "all shards failed",
                "phase": "query",
                "grouped": True,
                "failed_shards": [{"shard": 0, "index": "a", "node": "9Gc", "reason": cause}],
            }
        }
    )


# status, body, our error, whether it is worth trying again, what the message says
TABLE: dict[str, tuple[int, str, type[SearcherError], bool, str]] = {
    "no such index": (404, error("index_not_found_exception", "no such index [a]"), IndexMissing, False, "no such index [a]"),
    "no such document": (404, '{"_index":"a","_id":"x","found":false}', ClusterRefused, False, "no document 'x'"),
    "no such alias": (404, '{"error":"alias [a] missing","status":404}', ClusterRefused, False, "alias [a] missing"),
    "task gone": (
        404,
        json.dumps(
            {
                "error": {
                    "root_cause": [{"type": "index_not_found_exception", "reason": "no such index [.tasks]"}],
                    "type": "resource_not_found_exception",
                    "reason": "task [abc:1] belongs to the node [abc] which isn't part of the cluster",
                }
            }
        ),
        ClusterRefused,
        False,
        "task [abc:1]",
    ),
    "point in time gone": (
        404,
        failed_search("search_context_missing_exception", "No search context found for id [7]"),
        ClusterRefused,
        False,
        "point in time is gone",
    ),
    "version conflict": (
        409,
        error("version_conflict_engine_exception", "[2]: version conflict, document already exists (current version [1])"),
        ClusterConflict,
        False,
        "already exists",
    ),
    "conflicts of many": (409, '{"took":9,"version_conflicts":3,"failures":[]}', ClusterConflict, False, "3 conflicts"),
    "value of another type": (
        400,
        error(
            "mapper_parsing_exception",
            "failed to parse field [n] of type [long] in document with id '1'",
            caused_by={"type": "illegal_argument_exception", "reason": 'For input string: "abc"'},
        ),
        ClusterRefused,
        False,
        'For input string: "abc"; the mapping of the index is not ours or of another version; run `searcher rebuild`',
    ),
    "mapping cannot change": (
        400,
        error("illegal_argument_exception", "mapper [n] cannot be changed from type [long] to [text]"),
        ClusterRefused,
        False,
        "mapper [n] cannot be changed",
    ),
    "index there already": (
        400,
        error("resource_already_exists_exception", "index [a/T-m] already exists"),
        ClusterRefused,
        False,
        "another process made it",
    ),
    "unknown query": (400, error("parsing_exception", "unknown query [foo]"), ClusterRefused, False, "unknown query [foo]"),
    "unknown address": (
        400,
        '{"error":"no handler found for uri [/x/y] and method [GET]"}',
        ClusterRefused,
        False,
        "no handler found for uri [/x/y]",
    ),
    "page too deep": (
        400,
        failed_search("illegal_argument_exception", "Result window is too large, from + size must be [10000]"),
        ClusterRefused,
        False,
        "Result window is too large",
    ),
    "too many words": (
        400,
        failed_search(
            "query_shard_exception",
            "failed to create query: maxClauseCount is set to 1024",
            caused_by={"type": "too_many_clauses", "reason": "maxClauseCount is set to 1024"},
        ),
        UnsupportedQuery,
        False,
        "so many words in one query (maxClauseCount is set to 1024)",
    ),
    # OpenSearch's MultiBucketConsumerService
    "too many buckets": (
        503,
        error("too_many_buckets_exception", "Trying to create too many buckets. Must be less than or equal to: [65535]"),
        ClusterRefused,
        False,
        "raise search.max_buckets",
    ),
    "disk full": (429, error("cluster_block_exception", FLOOD), ClusterRefused, False, "a disk of the cluster is full"),
    # OpenSearch's DiskThresholdMonitor
    "no room for an index": (
        403,
        error("cluster_block_exception", "blocked by: [FORBIDDEN/10/cluster create-index blocked (api)];"),
        ClusterRefused,
        False,
        "a disk of the cluster is full",
    ),
    "index blocked": (
        403,
        error("cluster_block_exception", "index [a] blocked by: [FORBIDDEN/8/index write (api)];"),
        ClusterRefused,
        False,
        "unset index.blocks",
    ),
    # OpenSearch's NoClusterManagerBlockService
    "no manager": (
        503,
        error("cluster_block_exception", "blocked by: [SERVICE_UNAVAILABLE/2/no cluster-manager];"),
        ClusterUnavailable,
        True,
        "no cluster-manager",
    ),
    "manager not found": (
        503,
        error("cluster_manager_not_discovered_exception", ""),
        ClusterUnavailable,
        True,
        "cluster_manager_not_discovered_exception",
    ),
    "shards missing": (
        503,
        json.dumps(
            {
                "error": {
                    "root_cause": [],
                    "type": "search_phase_execution_exception",
                    "reason": "",
                    "phase": "query",
                    "grouped": True,
                    "failed_shards": [],
                    "caused_by": {"type": "search_phase_execution_exception", "reason": MISSING_SHARDS},
                }
            }
        ),
        ClusterUnavailable,
        True,
        "missing shards [[a][0], [a][1]]",
    ),
    "no copy to read": (
        503,
        error("no_shard_available_action_exception", "No shard available for [get [a][1]: routing [null]]"),
        ClusterUnavailable,
        True,
        "No shard available for [get [a][1]",
    ),
    "no copy to write": (
        503,
        error("unavailable_shards_exception", "[a][0] primary shard is not active Timeout: [1s]"),
        ClusterUnavailable,
        True,
        "primary shard is not active",
    ),
    # OpenSearch's transport, when a node dies while it works for another
    "node lost on the way": (
        500,
        failed_search(
            "node_disconnected_exception", "[node-2][127.0.0.1:9301][indices:data/read/search[phase/query]] disconnected"
        ),
        ClusterUnavailable,
        True,
        "shard 0 of a: [node-2]",
    ),
    "queue full": (
        429,
        failed_search(
            "rejected_execution_exception", "rejected execution of TimedRunnable on QueueResizingOpenSearchThreadPoolExecutor"
        ),
        ClusterUnavailable,
        True,
        "rejected execution",
    ),
    # OpenSearch's HierarchyCircuitBreakerService
    "memory short": (
        429,
        error(
            "circuit_breaking_exception",
            "[parent] Data too large, data for [<http_request>] would be [1031mb]",
            durability="TRANSIENT",
        ),
        ClusterUnavailable,
        True,
        "Data too large",
    ),
    "health in time": (408, '{"cluster_name":"a","status":"red","timed_out":true}', ClusterUnavailable, True, "408"),
    # the security plugin
    "password missing": (401, "Unauthorized", ClusterDenied, False, "user and password are missing"),
    "password missing, in JSON": (
        401,
        error("security_exception", "missing authentication credentials for REST request [/]"),
        ClusterDenied,
        False,
        "set cluster.credentials, or SEARCHER_CLUSTER_USER and SEARCHER_CLUSTER_PASSWORD",
    ),
    "right missing": (
        403,
        error("security_exception", "no permissions for [indices:data/read/search] and User [name=reader, backend_roles=[]]"),
        ClusterDenied,
        False,
        "lacks a right: POST /a/_search at http://a:9200: no permissions for [indices:data/read/search]",
    ),
    "security starts": (503, "OpenSearch Security not initialized.", ClusterUnavailable, True, "not initialized"),
    # gateways
    "gateway alone": (502, HTML, ClusterUnavailable, True, "Bad Gateway"),
    "gateway waits": (504, "", ClusterUnavailable, True, "504 and no content"),
    "gateway limits": (429, "slow down", ClusterUnavailable, True, "slow down"),
    "gateway refuses": (
        403,
        '{"Message":"User: anonymous is not authorized to perform: es:ESHttpGet"}',
        ClusterDenied,
        False,
        "anonymous",
    ),
    "gateway refuses, in HTML": (403, HTML, ClusterDenied, False, "403"),
    "too large": (413, "", ClusterRefused, False, "the request of 1,234 bytes is too large"),
    "large": (413, '{"error":"entity too large"}', ClusterRefused, False, "raise http.max_content_length"),
    "somewhere else": (301, "<html>moved</html>", ClusterRefused, False, "a redirection"),
    "no such page": (404, HTML, ClusterRefused, False, "is this an OpenSearch cluster, with its path prefix"),
    # nginx
    "plain to a port of TLS": (
        400,
        "<center>The plain HTTP request was sent to HTTPS port</center>",
        ClusterDenied,
        False,
        "write https://",
    ),
    "server fails": (500, error("null_pointer_exception", "oh"), ClusterRefused, False, "500 null_pointer_exception: oh"),
}


def answered(status: int, text: str) -> Trouble:
    """The trouble with such an answer."""
    kind = "application/json; charset=UTF-8" if text.startswith("{") else "text/html"
    return trouble_of_answer(Answer("http://a:9200", "POST /a/_search", status, kind, text, sent_bytes=1234))


@pytest.mark.parametrize("name", TABLE)
def test_each_answer_becomes_one_of_our_errors(name: str) -> None:
    """Its kind, whether it is worth trying again, and a message that names the host (but to visitors) and what happened."""
    status, text, kind, again, said = TABLE[name]

    trouble = answered(status, text)
    raised = trouble.error()

    assert type(raised) is kind
    assert trouble.again is again
    assert said in str(raised)
    assert ("http://a:9200" in str(raised)) is (kind is not UnsupportedQuery)
    assert trouble.status == status


def test_the_cause_is_what_a_refusal_is_known_by() -> None:
    """Whoever catches a ClusterRefused can tell why by the name of the innermost reason, not "all shards failed"."""
    gone = answered(*TABLE["point in time gone"][:2]).error()

    assert isinstance(gone, ClusterRefused)
    assert (gone.status, gone.kind) == (404, "search_context_missing_exception")


@pytest.mark.parametrize(
    ("name", "missing"),
    [("no such index", True), ("no such document", True), ("no such alias", True), ("no such page", False), ("disk full", False)],
)
def test_what_is_missing(name: str, missing: bool) -> None:
    """A 404 of the cluster means that something is not there; that of a gateway means that we ask the wrong one."""
    assert answered(*TABLE[name][:2]).missing is missing


def test_entries_of_bulk_answers_are_translated_alike() -> None:
    """An entry refused because the disk is full is final though its status is 429; one of a full queue passes."""
    full = trouble_of_item(429, {"type": "cluster_block_exception", "reason": FLOOD}, "index of 'a'")
    busy = trouble_of_item(
        429, {"type": "rejected_execution_exception", "reason": "rejected execution of primary operation"}, "index of 'a'"
    )

    assert (full.kind, full.again) == (ClusterRefused, False)
    assert (busy.kind, busy.again) == (ClusterUnavailable, True)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"timed_out": False, "_shards": {"total": 3, "successful": 3, "skipped": 1, "failed": 0}, "hits": {}}, None),
        ({"timed_out": True, "_shards": {"total": 3, "successful": 3, "failed": 0}}, "ran out of time"),
        ({"count": 1, "_shards": {"total": 2, "successful": 1, "failed": 0}}, "1 of 2 shards did not answer"),
        (
            {
                "timed_out": False,
                "_shards": {
                    "total": 3,
                    "successful": 2,
                    "failed": 1,
                    "failures": [{"shard": 1, "index": "a-000001", "reason": {"type": "x", "reason": "disk on fire"}}],
                },
            },
            "1 of 3 shards did not answer POST /a/_search at http://a:9200 (shard 1 of a-000001: disk on fire)",
        ),
        (
            {"responses": [{"_shards": {"total": 2, "successful": 2}}, {"_shards": {"total": 2, "successful": 1}}]},
            "1 of 2 shards",
        ),
        ({"responses": [{"error": {"type": "index_not_found_exception", "reason": "no such index [b]"}, "status": 404}]}, "[b]"),
        ({"docs": [{"_id": "1", "found": False}, {"_id": "2", "found": True}]}, None),
        (
            {"docs": [{"_id": "1", "error": {"type": "no_shard_available_action_exception", "reason": "No shard available"}}]},
            "No shard",
        ),
    ],
)
def test_a_part_never_passes_as_the_whole(value: dict[str, Any], said: str | None) -> None:
    """Shards that failed or are not there, time that ran out and entries that failed are found in an answer of 200."""
    trouble = trouble_inside(Answer("http://a:9200", "POST /a/_search", 200, "", ""), value, every_shard=True)

    assert (trouble is None) is (said is None)
    assert trouble is None or str(said) in str(trouble.error())


def test_copies_that_are_not_there_do_not_fail_a_refresh() -> None:
    """The refresh of a yellow index counts copies without a node; only a shard that failed is a failure."""
    answer = Answer("http://a:9200", "POST /a/_refresh", 200, "", "")

    assert trouble_inside(answer, {"_shards": {"total": 6, "successful": 3, "failed": 0}}, every_shard=False) is None
    assert trouble_inside(answer, {"_shards": {"total": 6, "successful": 5, "failed": 1}}, every_shard=False) is not None
