"""ResultCache: the last results of an engine, as long as their generation is the newest."""

from __future__ import annotations

import threading
from collections import OrderedDict

from searcher.engine import EngineResult, SearchRequest


class ResultCache:
    """Keeps the `size` results used last; 0 keeps none. Safe to share between threads.

    A new generation empties it: results of an older one are never given out.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._generation: int | None = None
        self._results: OrderedDict[SearchRequest, EngineResult] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def enabled(self) -> bool:
        """False if it keeps nothing, so that asking for the generation can be spared."""
        return self._size > 0

    def get(self, generation: int, request: SearchRequest) -> EngineResult | None:
        """The kept result of this request in this generation."""
        with self._lock:
            kept = self._results.get(request) if generation == self._generation else None
            if kept is not None:
                self._results.move_to_end(request)
            return kept

    def put(self, request: SearchRequest, result: EngineResult) -> None:
        """Keeps a result under the generation that it names."""
        with self._lock:
            if result.generation != self._generation:
                self._results.clear()
                self._generation = result.generation
            self._results[request] = result
            while len(self._results) > self._size:
                self._results.popitem(last=False)
