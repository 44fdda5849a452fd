"""ResultCache: the last results of an engine, as long as its version stays the same."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

from searcher.engine import EngineResult, SearchRequest


class ResultCache:
    """Keeps the `size` results used last; 0 keeps none. Safe to share between threads.

    A new version empties it: results of an older one are never given out.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._version: Hashable = None
        self._results: OrderedDict[SearchRequest, EngineResult] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def enabled(self) -> bool:
        """False if it keeps nothing, so that asking for the version can be spared."""
        return self._size > 0

    def get(self, version: Hashable, request: SearchRequest) -> EngineResult | None:
        """The kept result of this request in this version."""
        with self._lock:
            kept = self._results.get(request) if version == self._version else None
            if kept is not None:
                self._results.move_to_end(request)
            return kept

    def put(self, version: Hashable, request: SearchRequest, result: EngineResult) -> None:
        """Keeps a result. version: of the engine before it was asked; the result may be newer, never older."""
        with self._lock:
            if version != self._version:
                self._results.clear()
                self._version = version
            self._results[request] = result
            while len(self._results) > self._size:
                self._results.popitem(last=False)
