"""EmbeddedBackend: the backend that needs nothing but a data directory: articles in SQLite, an index in files beside it.

The store and the write side are opened when they are first needed: SQLite, the file lock and the writer of the index take longer
to import than all else that `searcher query` does.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from index.analysis import Analyzer
from index.embedded import EmbeddedIndex
from index.errors import IndexMissing, StoreError
from searcher.config import Config
from searcher.embedded import EmbeddedEngine

if TYPE_CHECKING:
    from index.store import ArticleStore
    from searcher.reports import Ranking
    from searcher.writeside import EmbeddedWriteSide


class EmbeddedBackend:
    """The data directory of a configuration; made if missing."""

    may_cache = True

    def __init__(self, config: Config, *, wait: float, on_wait: Callable[[str], None] | None) -> None:
        ranking = config.ranking
        self._data = config.data
        self._numbers = ranking
        self._index = EmbeddedIndex(config.data / "index", Analyzer(config.language), ranking.weights, config.indexing.memory_mb)
        self.engine = EmbeddedEngine(self._index, config)
        self._wait, self._on_wait = wait, on_wait
        self._opening = threading.RLock()
        self._opened_store: ArticleStore | None = None
        self._opened_writeside: EmbeddedWriteSide | None = None
        self._closed = False
        self._store_file = config.data / "articles.sqlite3"
        if not self._store_file.exists():
            _ = self.store  # makes the folder and the store, or says why it cannot

    @property
    def store(self) -> ArticleStore:
        """The article store, opened at first use."""
        with self._opening:
            if self._opened_store is None:
                if self._closed:
                    raise StoreError(f"the article store {self._store_file} is closed; open the archive again")
                self._opened_store = importlib.import_module("index.store").ArticleStore.open(self._store_file)
            return self._opened_store

    @property
    def writeside(self) -> EmbeddedWriteSide:
        """What changes store and index, made at first use."""
        with self._opening:
            if self._opened_writeside is None:
                made = importlib.import_module("searcher.writeside").EmbeddedWriteSide
                self._opened_writeside = made(self._data, self.store, self._index, wait=self._wait, on_wait=self._on_wait)
            return self._opened_writeside

    @property
    def place(self) -> str:
        """The data directory."""
        return str(self._data)

    def identity(self) -> Hashable:
        """The directory as the system knows it."""
        return self._data.resolve()

    def ranking(self) -> Ranking | None:
        """The weights of the current generation, and the numbers of the configuration."""
        made: type[Ranking] = importlib.import_module("searcher.reports").Ranking
        try:
            weights = self._index.current().manifest.settings.weights
        except IndexMissing:
            return None
        return made.of(weights, self._numbers.k1, self._numbers.b, self._numbers.surface)

    def cluster(self) -> None:
        """There is none."""

    def close(self) -> None:
        """Closes store and index."""
        self.engine.close()
        with self._opening:
            self._closed = True
            if self._opened_store is not None:
                self._opened_store.close()
