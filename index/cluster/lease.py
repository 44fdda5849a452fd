"""Lease: one document on the cluster that says who is rebuilding, kept alive by whoever does.

    with Lease.taken(connection, "searcher-lock") as lease:
        ...
        lease.require()     # before what must not be done twice

Clocks of different machines are never compared: who finds the document watches it, and if nobody has renewed it for several
times as long as that takes, its owner is dead, and it may be taken over. `require` renews it and so finds out whether someone
has taken it over meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from types import TracebackType
from typing import Any, NamedTuple

from index.article import format_time
from index.cluster.connection import Connection, path_of
from index.errors import ArchiveBusy, ClusterConflict, SearcherError

RENEWED_EVERY_S = 2.0
# A renewal may wait for a cluster that is short of breath: a node that has died is noticed after some seconds.
DEAD_AFTER_S = 15.0
_LOOKED_EVERY_S = 0.5

_DOCUMENT = "rebuild"
_INDEX_BODY = {
    "settings": {"number_of_shards": 1, "auto_expand_replicas": "0-2", "hidden": True},
    "mappings": {"enabled": False, "_meta": {"made_by": "searcher"}},
}


class LeaseState(NamedTuple):
    """A lease as found. work: what its owner has noted of it."""

    owner: str
    token: str
    work: Mapping[str, Any]
    seq_no: int
    primary_term: int


class Lease:
    """Held by this process until released, or taken over by another when this one has shown no life for long."""

    def __init__(self, connection: Connection, index: str, seen: LeaseState | None) -> None:
        """Takes the lease; seen: the dead one it is taken over from. ClusterConflict if another process was faster."""
        self._connection = connection
        self._index = index
        self._owner = f"process {os.getpid()} on {socket.gethostname()}, since {_now()}"
        self._token = uuid.uuid4().hex
        self._work: dict[str, Any] = dict(seen.work) if seen else {}
        self._renewing = threading.Lock()
        self._ended = threading.Event()
        self._lost = False
        # Not sent again if the answer is lost: that it was taken by ourselves could not be told.
        condition = {"op_type": "create"} if seen is None else {"if_seq_no": seen.seq_no, "if_primary_term": seen.primary_term}
        self._version = self._put(condition, retry=False)
        self._thread = threading.Thread(target=self._renew_on, name="lease", daemon=True)
        self._thread.start()

    @classmethod
    def taken(cls, connection: Connection, index: str) -> Lease:
        """The lease. ArchiveBusy if its owner shows life; takes DEAD_AFTER_S to find out that one does not."""
        index_made = False
        while True:
            held = found(connection, index)
            if held is not None and lives(connection, index, held):
                raise ArchiveBusy(f"another process is rebuilding the index ({held.owner}); try again when it has ended")
            try:
                if not index_made:
                    _make(connection, index)
                    index_made = True
                return cls(connection, index, held)
            except ClusterConflict:
                continue

    @property
    def work(self) -> Mapping[str, Any]:
        """What was noted last, by this process or the dead one before."""
        return self._work

    def note(self, **work: Any) -> None:
        """Notes what is being done, for who has to undo it; durable when this returns."""
        self._work.update(work)
        self.require()

    def require(self) -> None:
        """ArchiveBusy if the lease was taken over."""
        with self._renewing:
            if not self._lost:
                try:
                    self._version = self._put({"if_seq_no": self._version[0], "if_primary_term": self._version[1]})
                except ClusterConflict:
                    # Ours, if only the acknowledgement of the renewal before was lost.
                    held = found(self._connection, self._index)
                    self._lost = held is None or held.token != self._token
                    if held is not None and not self._lost:
                        self._version = (held.seq_no, held.primary_term)
            if self._lost:
                raise ArchiveBusy(
                    "another process took over, since this one showed no life for too long; the index is as it was before"
                )

    def release(self) -> None:
        """Gives the lease back; nothing happens if it is another's by now."""
        self._stop()
        if not self._lost:
            condition = {"if_seq_no": self._version[0], "if_primary_term": self._version[1]}
            # A conflict: another's, or a renewal of ours whose answer was lost; then it is dead soon.
            with contextlib.suppress(ClusterConflict):
                self._connection.request("DELETE", path_of(self._index, "_doc", _DOCUMENT), params=condition, missing_ok=True)

    def leave(self) -> None:
        """Shows no more life, with the note in place: another process will take over and undo what it says."""
        self._stop()
        self._lost = True

    def _stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _renew_on(self) -> None:
        while not self._ended.wait(RENEWED_EVERY_S):
            try:
                self.require()
            except ArchiveBusy:
                return
            except SearcherError:
                continue  # the next one may go well; if none does in time, `require` will tell

    def _put(self, condition: Mapping[str, Any], *, retry: bool = True) -> tuple[int, int]:
        body = {"owner": self._owner, "token": self._token, "renewed": _now(), "work": self._work}
        answer = self._connection.request(
            "PUT", path_of(self._index, "_doc", _DOCUMENT), body=body, params=condition, retry=retry
        )
        return answer["_seq_no"], answer["_primary_term"]

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


def found(connection: Connection, index: str) -> LeaseState | None:
    """The lease as it is now, None if nobody holds it."""
    answer = connection.request("GET", path_of(index, "_doc", _DOCUMENT), missing_ok=True)
    if not answer or not answer.get("found"):
        return None
    source = answer["_source"]
    return LeaseState(source["owner"], source["token"], source["work"], answer["_seq_no"], answer["_primary_term"])


def lives(connection: Connection, index: str, held: LeaseState) -> bool:
    """Whether someone renews the lease, or takes or releases it, while we look."""
    deadline = time.monotonic() + DEAD_AFTER_S
    while time.monotonic() < deadline:
        time.sleep(_LOOKED_EVERY_S)
        now = found(connection, index)
        if now is None:
            return False
        if now.seq_no != held.seq_no:
            return True
    return False


def _make(connection: Connection, index: str) -> None:
    if connection.request("GET", path_of(index), missing_ok=True):
        return
    try:
        connection.request("PUT", path_of(index), body=_INDEX_BODY)
    except SearcherError as error:
        if getattr(error, "kind", "") != "resource_already_exists_exception":
            raise


def _now() -> str:
    return format_time(datetime.now(timezone.utc))
