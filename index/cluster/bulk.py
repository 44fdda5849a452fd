"""BulkWriter: give it operations on documents, and it sends them in large requests and tells of each how it ended.

    for written in BulkWriter(connection, alias).write(operations):
        if written.outcome == "conflict": ...

What the cluster has not acknowledged is never told as written. Entries that the cluster cannot take just now are sent again
with growing pauses; whole requests are sent again by the Connection. An answer may be lost on the way, and the operation
refused as done already the second time: so a refused one whose document is exactly ours counts as "same".

Operations on one document stay in their order. An operation may be for one concrete index alone: when a rebuild has moved the
articles to another one meanwhile, it is a conflict, and what it came from is to be read again. So is every operation on condition
that nothing has changed since the document was read, since numbers of changes begin anew there; and every document that was made
for the settings of that index.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal

from index.cluster.connection import Connection, wait_s
from index.cluster.translation import trouble_of_item
from index.cluster.trouble import Trouble
from index.errors import ArchiveBusy, ClusterRefused, SearcherError

# Of one request. The usual limit of a cluster is 100 MB, of a proxy before it as little as 10; a cluster holds them in memory.
MAX_BYTES = 5_000_000
MAX_OPERATIONS = 1000
_FIRST_OPERATIONS, _LEAST_OPERATIONS = 250, 10
_SLOW_S, _QUICK_S = 4.0, 2.0  # what is quick is not slow when doubled

Action = Literal["index", "create", "delete"]
Outcome = Literal["created", "updated", "deleted", "absent", "same", "conflict", "refused"]

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# The results of a bulk entry, and what they are here; "noop" is of updates, which are never sent.
_OUTCOMES: Mapping[str, Outcome] = {"created": "created", "updated": "updated", "deleted": "deleted", "not_found": "absent"}
_WAITING_FOR_REBUILD_S = 300.0
_CLOSED_LOOK_S = 1.0  # a switch takes about so long; no reason to be away for longer
_TRIES_BEFORE_RECOVERY = 8  # some four seconds
_CLOSED = "index write"  # in the reason of a block that a rebuild makes


@dataclasses.dataclass(frozen=True, slots=True)
class Operation:
    """index: put, replacing what is there. create: put, a conflict if there is something. delete.

    index: the concrete one that it is for, if only for that; seq_no, primary_term: of the document as read there, if it must not
    have changed since.
    """

    action: Action
    id: str
    source: Mapping[str, Any] | None = None
    index: str | None = None
    seq_no: int | None = None
    primary_term: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """How an operation ended. "absent": nothing there to delete. "same": exactly this is there already, perhaps by a request of
    ours whose answer was lost. "conflict": another writer was faster. "refused": reason tells why.
    """

    operation: Operation
    outcome: Outcome
    seq_no: int | None = None
    primary_term: int | None = None
    index: str | None = None
    reason: str = ""

    @property
    def done(self) -> bool:
        """Whether the cluster now holds, durably, what the operation asked for."""
        return self.outcome not in ("conflict", "refused")


@dataclasses.dataclass(frozen=True, slots=True)
class _Chunk:
    """Operations of one request, no two on the same document, as lines ready to be sent."""

    operations: tuple[Operation, ...]
    lines: tuple[bytes, ...]

    def split(self) -> tuple[_Chunk, _Chunk]:
        """Its two halves."""
        half = len(self.operations) // 2
        return _Chunk(self.operations[:half], self.lines[:half]), _Chunk(self.operations[half:], self.lines[half:])

    def only(self, places: Sequence[int]) -> _Chunk:
        """The operations at these places."""
        return _Chunk(tuple(self.operations[i] for i in places), tuple(self.lines[i] for i in places))


class _Pace:
    """How many operations go into a request: fewer when requests take long, lest a slow cluster be asked again for what it is
    still doing; more when they do not.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.operations = min(most, _FIRST_OPERATIONS)

    def took(self, operations: int, seconds: float) -> None:
        """Learns from a request; requests side by side may both tell."""
        if seconds > _SLOW_S:
            self.operations = min(self.operations, max(operations // 2, min(self._most, _LEAST_OPERATIONS)))
        elif seconds < _QUICK_S and operations >= self.operations:
            self.operations = min(2 * operations, self._most)


class BulkWriter:
    """Writes to an alias (or, with alias=False, to an index).

    in_flight: requests on the way at once. patience_s: how long entries that the cluster does not take now are sent again.
    on_closed: called, from any thread, when the index has been closed for changes for some seconds: `ClusterIndex.recover`.
    """

    def __init__(
        self,
        connection: Connection,
        target: str,
        *,
        alias: bool = True,
        max_bytes: int = MAX_BYTES,
        max_operations: int = MAX_OPERATIONS,
        in_flight: int = 2,
        patience_s: float = _WAITING_FOR_REBUILD_S,
        on_closed: Callable[[], object] | None = None,
    ) -> None:
        self._connection = connection
        self._target = target
        self._alias = alias
        self._max_bytes = max_bytes
        self._pace = _Pace(max_operations)
        self._in_flight = in_flight
        self._patience_s = patience_s
        self._on_closed = on_closed

    def write(self, operations: Iterable[Operation]) -> Iterator[Written]:
        """How each operation ended, in their order; operations are read as requests are sent.

        ClusterUnavailable, ClusterDenied, IndexMissing: what was told before is written, the rest may be or not; all
        operations may be repeated. ArchiveBusy: a rebuild kept the index closed longer than we wait.
        """
        with ThreadPoolExecutor(self._in_flight, thread_name_prefix="bulk") as pool:
            sent: deque[tuple[_Chunk, Future[list[Written]]]] = deque()
            try:
                for chunk in self._chunks(operations):
                    ids = {operation.id for operation in chunk.operations}
                    while len(sent) >= self._in_flight or any(_touches(other, ids) for other, _ in sent):
                        yield from sent.popleft()[1].result()
                    sent.append((chunk, pool.submit(self._send, chunk)))
                while sent:
                    yield from sent.popleft()[1].result()
            finally:
                for _, future in sent:
                    future.cancel()

    def _chunks(self, operations: Iterable[Operation]) -> Iterator[_Chunk]:
        chosen: list[Operation] = []
        lines: list[bytes] = []
        ids: set[str] = set()
        size = 0
        for operation in operations:
            line = self._line(operation)
            if chosen and (size + len(line) > self._max_bytes or len(chosen) >= self._pace.operations or operation.id in ids):
                yield _Chunk(tuple(chosen), tuple(lines))
                chosen, lines, ids, size = [], [], set(), 0
            chosen.append(operation)
            lines.append(line)
            ids.add(operation.id)
            size += len(line)
        if chosen:
            yield _Chunk(tuple(chosen), tuple(lines))

    def _line(self, operation: Operation) -> bytes:
        head: dict[str, Any] = {"_id": operation.id}
        if operation.index is None:
            head |= {"_index": self._target, "require_alias": self._alias}
        else:
            # By an alias of that index alone, which a rebuild takes away: the index itself would be made anew if it is gone.
            head |= {"_index": own_alias(operation.index), "require_alias": True}
        if operation.seq_no is not None:
            head |= {"if_seq_no": operation.seq_no, "if_primary_term": operation.primary_term}
        text = _encode({operation.action: head})
        if operation.source is not None:
            text += "\n" + _encode(operation.source)
        return (text + "\n").encode()

    def _send(self, chunk: _Chunk) -> list[Written]:
        """Sends a chunk until each of its operations has ended."""
        ended: dict[int, Written] = {}
        pending = list(range(len(chunk.operations)))
        deadline = time.monotonic() + self._patience_s
        attempt = 0
        while pending:
            passing: list[tuple[int, Trouble]] = []
            answered = self._request(chunk.only(pending))
            for i, item in zip(pending, answered, strict=True):
                found = self._judged(chunk.operations[i], item)
                if isinstance(found, Written):
                    ended[i] = found
                else:
                    passing.append((i, found))
            pending = [i for i, _ in passing]
            if pending:
                attempt += 1
                self._wait([trouble for _, trouble in passing], attempt, deadline)
        return self._settled([ended[i] for i in range(len(chunk.operations))])

    def _wait(self, troubles: Sequence[Trouble], attempt: int, deadline: float) -> None:
        """Waits before entries are sent again; raises what they met if there is no time left for that."""
        closed = any(_CLOSED in one.happened for one in troubles)
        pause = min(wait_s(attempt), _CLOSED_LOOK_S) if closed else wait_s(attempt)
        if time.monotonic() + pause > deadline:
            raise self._given_up(troubles[0], len(troubles))
        time.sleep(pause)
        if closed and self._on_closed and attempt >= _TRIES_BEFORE_RECOVERY:
            self._on_closed()

    def _request(self, chunk: _Chunk) -> list[Mapping[str, Any]]:
        """The entries of the answer. A request that is too large for the cluster goes in halves."""
        started = time.monotonic()
        try:
            answer = self._connection.request("POST", "/_bulk", body=b"".join(chunk.lines))
        except ClusterRefused as error:
            if error.status != 413:
                raise
            if len(chunk.operations) == 1:
                return [{chunk.operations[0].action: {"status": 413, "error": {"type": error.kind, "reason": str(error)}}}]
            return [item for half in chunk.split() for item in self._request(half)]
        self._pace.took(len(chunk.operations), time.monotonic() - started)
        items: list[Mapping[str, Any]] = answer["items"]
        return items

    def _judged(self, operation: Operation, item: Mapping[str, Any]) -> Written | Trouble:
        """How an operation ended; a Trouble that passes if it is to be sent again. Raises what concerns all operations alike."""
        entry = item[operation.action]
        error = entry.get("error")
        if error is None:
            return Written(
                operation, _OUTCOMES[entry["result"]], entry.get("_seq_no"), entry.get("_primary_term"), entry.get("_index")
            )
        trouble = trouble_of_item(entry["status"], error, f"{operation.action} of {operation.id!r}")
        if trouble.again or _is_rebuild(error):
            return trouble
        if entry["status"] == 409:
            return Written(operation, "conflict", reason=trouble.happened)
        if operation.index is not None and error.get("type") == "index_not_found_exception":
            return Written(operation, "conflict", reason="a rebuild has moved the articles to another index")
        if entry["status"] in (400, 413):
            return Written(operation, "refused", reason=f"{error.get('type')}: {_innermost(error)}")
        raise trouble.error()

    def _given_up(self, trouble: Trouble, count: int) -> SearcherError:
        tries = f"{count:,} operations, tried for {self._patience_s:g} s"
        if _CLOSED in trouble.happened:
            return ArchiveBusy(
                f"the index {self._target} takes no changes ({tries}): it is being rebuilt, or a rebuild was killed; try again "
                f"later; `searcher update` ends what a killed rebuild left ({trouble.happened})"
            )
        return trouble.error(tries)

    def _settled(self, written: list[Written]) -> list[Written]:
        """Conflicts told apart: with another writer's document, or with our own, whose acknowledgement was lost."""
        conflicts = [i for i, one in enumerate(written) if one.outcome == "conflict"]
        for some in _portions(conflicts, 200):
            wanted = [written[i].operation for i in some]
            body = {"docs": [{"_index": self._target, "_id": operation.id} for operation in wanted]}
            found = self._connection.request("POST", "/_mget", body=body)["docs"]
            for i, document in zip(some, found, strict=True):
                written[i] = _same_or_conflict(written[i], document)
        return written


def own_alias(index: str) -> str:
    """The alias that belongs to one concrete index as long as it is the one to write to."""
    return f"{index}.own"


def _same_or_conflict(written: Written, document: Mapping[str, Any]) -> Written:
    there = bool(document.get("found"))
    operation = written.operation
    same = not there if operation.action == "delete" else there and document["_source"] == operation.source
    if not same:
        return written
    return Written(operation, "same", document.get("_seq_no"), document.get("_primary_term"), document.get("_index"))


def _touches(chunk: _Chunk, ids: set[str]) -> bool:
    return not ids.isdisjoint(operation.id for operation in chunk.operations)


def _is_rebuild(error: Mapping[str, Any]) -> bool:
    """Whether the index is closed for writing, which a rebuild does for the moment of the switch."""
    return error.get("type") == "cluster_block_exception" and _CLOSED in str(error.get("reason"))


def _innermost(error: Mapping[str, Any]) -> str:
    reason = str(error.get("reason"))
    cause = error.get("caused_by")
    return f"{reason}: {_innermost(cause)}" if isinstance(cause, Mapping) else reason


def _portions(values: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
