"""PointInTime: an index on the cluster held still, for reads that take several requests.

    with PointInTime(connection, "news") as point:
        for hit in point.matches({"query": ..., "sort": [{"id": "asc"}]}, at_once=1000): ...

The cluster lets go of it when nobody has asked for a while; it keeps old segments and deleted articles as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from index.cluster.connection import Connection, path_of
from index.errors import SearcherError

# Between two requests; each begins it anew. Whoever reads what the requests bring may take as long.
_KEEP_ALIVE = "5m"


class PointInTime:
    """What an index, or the one behind an alias, holds when this is made; used by one thread at a time."""

    def __init__(self, connection: Connection, target: str) -> None:
        """IndexMissing if there is no such index."""
        self._connection = connection
        self._path = path_of(target, "_search", "point_in_time")
        self._id = self._made()

    def search(self, body: Mapping[str, Any], params: Mapping[str, Any] | None = None) -> Any:
        """The answer to a search request; None if the cluster has let go of the point in time."""
        held = {**body, "pit": {"id": self._id, "keep_alive": _KEEP_ALIVE}}
        answer = self._connection.request("POST", "/_search", body=held, params=params, missing_ok=True)
        if answer is not None:
            self._id = answer.get("pit_id", self._id)
        return answer

    def search_on(self, body: Mapping[str, Any]) -> Any:
        """The answer; if the cluster has let go, that of the index as it is now, and so from here on."""
        while (answer := self.search(body)) is None:
            self._id = self._made()
        return answer

    def matches(self, body: Mapping[str, Any], at_once: int) -> Iterator[Mapping[str, Any]]:
        """All matches in the order of the request. Whoever takes them so slowly that the cluster has let go gets those after the
        last one as they are by then.

        body: with a `sort` in which no two matches are equal. at_once: how many a request brings.
        """
        asked = {"track_total_hits": False, **body, "size": at_once}
        while True:
            hits = self.search_on(asked)["hits"]["hits"]
            yield from hits
            if len(hits) < at_once:
                return
            asked["search_after"] = hits[-1]["sort"]

    def close(self) -> None:
        """Lets the cluster forget it, which it does by itself in a while if it cannot be told."""
        with suppress(SearcherError):
            self._connection.request(
                "DELETE", "/_search/point_in_time", body={"pit_id": [self._id]}, missing_ok=True, retry=False
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _made(self) -> str:
        answer = self._connection.request("POST", self._path, params={"keep_alive": _KEEP_ALIVE})
        return str(answer["pit_id"])
