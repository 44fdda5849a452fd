"""Writing to a cluster in bulk: every operation's end is told, nothing is told as written that is not, whatever goes wrong."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from index.analysis import Analyzer
from index.cluster.bulk import BulkWriter, Operation, Written, own_alias
from index.cluster.connection import Connection
from index.cluster.generations import ClusterIndex
from index.cluster.mapping import IndexSpec
from index.cluster.settings import ClusterSettings
from index.errors import ArchiveBusy, ClusterDenied, ClusterRefused, ClusterUnavailable, IndexMissing
from index.schema import ZoneWeights
from tests.cluster.proxy import Answer, Fault, Proxy

SPEC = IndexSpec.of(Analyzer(), ZoneWeights(), 1.8, 0.72)
DATE = {"published": "no date"}


@pytest.fixture
def index(cluster_settings: ClusterSettings) -> Iterator[ClusterIndex]:
    connection = Connection(cluster_settings)
    made = ClusterIndex(connection, cluster_settings, SPEC)
    made.ensure()
    yield made
    connection.close()


@pytest.fixture
def faulty(index: ClusterIndex, proxy: Callable[..., Proxy]) -> Iterator[tuple[BulkWriter, Proxy]]:
    """A writer whose requests go through a proxy that brings faults about."""
    between = proxy()
    connection = Connection(dataclasses.replace(index.settings, hosts=(between.url,)))
    yield BulkWriter(connection, index.name), between
    connection.close()


def _put(document: int, text: str = "text") -> Operation:
    return Operation("index", str(document), {"title": f"{text} {document}"})


def _create(document: int, text: str = "text") -> Operation:
    return Operation("create", str(document), {"title": f"{text} {document}"})


def _outcomes(written: list[Written]) -> list[tuple[str, str]]:
    return [(one.operation.id, one.outcome) for one in written]


def _titles(index: ClusterIndex) -> dict[str, str]:
    index.refresh()
    found = index.connection.request("POST", f"/{index.name}/_search", body={"size": 10_000})
    return {hit["_id"]: hit["_source"].get("title") for hit in found["hits"]["hits"]}


def test_each_operation_is_told_how_it_ended(index: ClusterIndex) -> None:
    """Put anew, put over, deleted, nothing to delete, there already, refused with its reason: in the order of the operations."""
    writer = BulkWriter(index.connection, index.name)
    list(writer.write([_put(1), _put(2)]))
    refused = Operation("index", "5", DATE)
    written = list(
        writer.write([_put(1, "new"), Operation("delete", "2"), Operation("delete", "3"), _create(1), _create(4), refused])
    )

    assert _outcomes(written) == [
        ("1", "updated"),
        ("2", "deleted"),
        ("3", "absent"),
        ("1", "conflict"),
        ("4", "created"),
        ("5", "refused"),
    ]
    assert [one.done for one in written] == [True, True, True, False, True, False]
    assert "failed to parse field [published]" in written[-1].reason
    assert "[no date]" in written[-1].reason
    assert _titles(index) == {"1": "new 1", "4": "text 4"}


def test_operations_on_one_document_stay_in_order(index: ClusterIndex) -> None:
    """However requests are cut and sent side by side, the last operation on a document is what remains."""
    writer = BulkWriter(index.connection, index.name, max_operations=7, in_flight=4)
    operations = [_put(i % 11, f"round {i}") for i in range(300)]
    written = list(writer.write(operations))

    assert [one.operation for one in written] == operations
    assert _titles(index) == {str(i % 11): f"round {i} {i % 11}" for i in range(289, 300)}


def test_a_condition_holds(index: ClusterIndex) -> None:
    """An operation on a document as read is done if nothing has changed it, and a conflict if something has."""
    writer = BulkWriter(index.connection, index.name)
    (first,) = writer.write([_put(1)])
    condition = {"index": first.index, "seq_no": first.seq_no, "primary_term": first.primary_term}
    (second,) = writer.write([dataclasses.replace(_put(1, "second"), **condition)])
    (third,) = writer.write([dataclasses.replace(_put(1, "third"), **condition)])
    (gone,) = writer.write([Operation("delete", "1", **condition)])

    assert [one.outcome for one in (second, third, gone)] == ["updated", "conflict", "conflict"]
    assert _titles(index) == {"1": "second 1"}


def test_a_condition_does_not_hold_in_another_generation(index: ClusterIndex) -> None:
    """Numbers of changes begin anew in a rebuilt index, so that one may fit by chance: such an operation is a conflict, and makes
    no index of the old name, not even when that is deleted.
    """
    writer = BulkWriter(index.connection, index.name)
    (first,) = writer.write([_put(1)])
    stale = dataclasses.replace(_put(1, "stale"), index=first.index, seq_no=first.seq_no, primary_term=first.primary_term)
    index.rebuild()
    (kept,) = writer.write([stale])
    index.drop_old()
    (dropped,) = writer.write([stale])

    assert (kept.outcome, dropped.outcome) == ("conflict", "conflict")
    assert _titles(index) == {"1": "text 1"}
    assert index.generations() == {2: f"{index.name}-000002"}


def test_without_an_index_nothing_is_made(cluster_settings: ClusterSettings) -> None:
    """If there is no index of ours, that is said, and the cluster makes none with guessed fields."""
    connection = Connection(cluster_settings)

    with pytest.raises(IndexMissing, match="there is no index on the cluster"):
        list(BulkWriter(connection, cluster_settings.name).write([_put(1)]))
    assert connection.request("GET", f"/{cluster_settings.name}", missing_ok=True) is None
    connection.close()


def test_an_answer_that_was_lost_is_no_conflict(faulty: tuple[BulkWriter, Proxy], index: ClusterIndex) -> None:
    """Done by the cluster, answer lost, sent again: what is exactly ours is told as the same; another's stays a conflict."""
    writer, proxy = faulty
    list(writer.write([_put(2, "another's")]))
    proxy.inject(Fault(path="/_bulk", times=1, cut="after"))
    written = list(writer.write([_create(1), _create(2), _put(3)]))

    assert _outcomes(written) == [("1", "same"), ("2", "conflict"), ("3", "updated")]
    assert written[0].done
    assert (written[0].index, written[0].primary_term) == (f"{index.name}-000001", 1)
    assert _titles(index) == {"1": "text 1", "2": "another's 2", "3": "text 3"}


def test_a_condition_whose_answer_was_lost(faulty: tuple[BulkWriter, Proxy], index: ClusterIndex) -> None:
    """An operation on a document as read that was done, its answer lost, is no conflict with itself; deletions neither."""
    writer, proxy = faulty
    one, two = writer.write([_put(1), _put(2)])
    proxy.inject(Fault(path="/_bulk", times=1, cut="after"))
    again = [
        dataclasses.replace(_put(1, "new"), index=one.index, seq_no=one.seq_no, primary_term=one.primary_term),
        Operation("delete", "2", None, two.index, two.seq_no, two.primary_term),
    ]

    assert _outcomes(list(writer.write(again))) == [("1", "same"), ("2", "same")]
    assert _titles(index) == {"1": "new 1"}


def test_a_cluster_that_is_away_is_told(faulty: tuple[BulkWriter, Proxy], index: ClusterIndex) -> None:
    """When no node answers, what was told as written is there, and the rest ends in ClusterUnavailable."""
    writer, proxy = faulty
    writer = BulkWriter(writer._connection, index.name, max_operations=10, in_flight=1)
    told = []
    with pytest.raises(ClusterUnavailable):
        for one in writer.write(_put(i) for i in range(1000)):
            told.append(one)
            if len(told) == 50:
                proxy.stop()
    proxy.start()

    assert 50 <= len(told) <= 70
    titles = _titles(index)
    assert all(titles[one.operation.id] == f"text {one.operation.id}" for one in told)


def test_requests_too_large_for_a_proxy_go_in_halves(faulty: tuple[BulkWriter, Proxy], index: ClusterIndex) -> None:
    """413 is answered by smaller requests, down to single documents; one too large by itself is refused by name."""
    writer, proxy = faulty
    proxy.inject(Fault(path="/_bulk", times=3, answer=Answer(413, "too large")))
    written = list(writer.write([_put(i) for i in range(8)]))
    assert {one.outcome for one in written} == {"created"}
    assert [one.operation.id for one in written] == [str(i) for i in range(8)]

    proxy.inject(Fault(path="/_bulk", answer=Answer(413, "too large")))
    (refused,) = writer.write([_put(9)])
    assert refused.outcome == "refused"
    assert "too large" in refused.reason


class Scripted:
    """A connection that answers `_bulk` as told: each answer is a status for each of its operations."""

    def __init__(self, *answers: Mapping[str, tuple[int, Mapping[str, str] | None]]) -> None:
        self.answers = list(answers)
        self.sent: list[list[str]] = []

    def request(self, _method: str, path: str, *, body: bytes) -> Any:
        if path == "/_mget":
            return {"docs": [{"found": False} for _ in body["docs"]]}  # type: ignore[index]
        heads = [json.loads(line) for line in body.splitlines() if b"_id" in line]
        told = self.answers.pop(0)
        self.sent.append([head[action]["_id"] for head in heads for action in head])
        return {"items": [self._item(head, told) for head in heads]}

    def _item(self, head: Mapping[str, Any], told: Mapping[str, tuple[int, Mapping[str, str] | None]]) -> Mapping[str, Any]:
        ((action, named),) = head.items()
        status, error = told.get(named["_id"], (201, None))
        entry = {"_id": named["_id"], "status": status, "_seq_no": 1, "_primary_term": 1}
        return {action: {**entry, **({"error": error} if error else {"result": "created"})}}


FULL = (429, {"type": "opensearch_rejected_execution_exception", "reason": "rejected execution of bulk, queue is full"})
AWAY = (503, {"type": "unavailable_shards_exception", "reason": "[x][0] primary shard is not active"})
CLOSED = (403, {"type": "cluster_block_exception", "reason": "index [x-000001] blocked by: [FORBIDDEN/8/index write (api)];"})
DENIED = (403, {"type": "security_exception", "reason": "no permissions for [indices:data/write/bulk]"})
DISK = (
    429,
    {
        "type": "cluster_block_exception",
        "reason": "index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only];",
    },
)


def _scripted(*answers: Mapping[str, Any], patience_s: float = 20.0) -> tuple[BulkWriter, Scripted]:
    connection = Scripted(*answers)
    return BulkWriter(connection, "x", patience_s=patience_s), connection  # type: ignore[arg-type]


@pytest.mark.parametrize("passing", [FULL, AWAY, CLOSED])
def test_entries_that_pass_are_sent_again(passing: Any) -> None:
    """Of a request, the entries that the cluster could not take are sent again until it can, and only those."""
    writer, connection = _scripted({"1": passing, "3": passing}, {"3": passing}, {})
    written = list(writer.write([_put(i) for i in range(5)]))

    assert connection.sent == [["0", "1", "2", "3", "4"], ["1", "3"], ["3"]]
    assert _outcomes(written) == [(str(i), "created") for i in range(5)]


@pytest.mark.parametrize(
    ("passing", "error", "message"),
    [
        (FULL, ClusterUnavailable, r"queue is full.*2 operations, tried for 0\.5 s"),
        (CLOSED, ArchiveBusy, "takes no changes.*is being rebuilt.*searcher update"),
    ],
)
def test_patience_ends(passing: Any, error: type[Exception], message: str) -> None:
    """An entry that never passes ends in an error that says what it was, how many and how long."""
    writer, _ = _scripted(*[{"1": passing, "2": passing}] * 20, patience_s=0.5)

    with pytest.raises(error, match=message):
        list(writer.write([_put(1), _put(2)]))


@pytest.mark.parametrize(("wrong", "error"), [(DENIED, ClusterDenied), (DISK, ClusterRefused)])
def test_what_concerns_all_entries_ends_the_writing(wrong: Any, error: type[Exception]) -> None:
    """Missing rights or a full disk are told at once, not entry by entry and not after minutes."""
    writer, connection = _scripted({"1": wrong})
    started = time.monotonic()

    with pytest.raises(error):
        list(writer.write([_put(1)]))
    assert len(connection.sent) == 1
    assert time.monotonic() - started < 5


def test_a_closed_index_is_opened_by_who_can(index: ClusterIndex) -> None:
    """While an index is closed for changes, writers wait, and go on as soon as it is open."""
    index.connection.request("PUT", f"/{index.name}-000001/_block/write")
    opened = threading.Timer(
        1.5, lambda: index.connection.request("PUT", f"/{index.name}-000001/_settings", body={"index.blocks.write": None})
    )
    opened.start()
    started = time.monotonic()
    written = list(BulkWriter(index.connection, index.name).write([_put(1), _put(2)]))
    opened.join()

    assert _outcomes(written) == [("1", "created"), ("2", "created")]
    assert time.monotonic() - started >= 1


def test_own_aliases_can_be_told_from_indexes(index: ClusterIndex) -> None:
    """The alias that belongs to one index alone is no generation."""
    assert index.generations() == {1: f"{index.name}-000001"}
    assert (
        own_alias(f"{index.name}-000001") in index.connection.request("GET", f"/{index.name}")[f"{index.name}-000001"]["aliases"]
    )
