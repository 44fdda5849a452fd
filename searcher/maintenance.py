"""Maintenance: keeps the index true to the article store, one writing process at a time.

Use it for update, rebuild and check; callers hold `writing()` round every change of store or index.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from index.embedded import EmbeddedIndex
from index.errors import ArchiveBusy, IndexDamaged, IndexMissing, IndexOutdated, SearcherError, StoreError
from index.store import ArticleStore, Problem
from searcher.engine import Engine
from searcher.query import All
from searcher.reports import CheckReport, IndexReport

IndexProgress = Callable[[int, int], None]  # articles done, articles in all

# How long a writer waits for another one before it gives up with ArchiveBusy.
_LOCK_TIMEOUT_S = 10.0


class Maintenance:
    """The write side of an archive."""

    def __init__(self, data: Path, store: ArticleStore, index: EmbeddedIndex, engine: Engine) -> None:
        self._store = store
        self._index = index
        self._engine = engine
        self._data = data
        self._thread_lock = threading.RLock()
        # The lock ends with the process that holds it, so a killed writer never blocks the next one.
        self._file_lock = FileLock(data / "write.lock", timeout=_LOCK_TIMEOUT_S)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the archive's write lock; ArchiveBusy if another process keeps it longer than we wait."""
        with self._thread_lock:
            try:
                self._file_lock.acquire()
            except Timeout:
                raise ArchiveBusy(
                    f"another process has been writing to {self._data} for over {_LOCK_TIMEOUT_S:.0f} s; "
                    "try again when it has ended"
                ) from None
            try:
                yield
            finally:
                self._file_lock.release()

    def require_same_settings(self) -> None:
        """IndexOutdated if the index was made with other settings than today's, so that nothing is changed in vain."""
        try:
            current = self._index.current()
        except (IndexMissing, IndexDamaged):
            return
        if current.settings != self._index.settings:
            raise IndexOutdated(
                "the settings for analysis or ranking weights have changed since the index was made; searches still go by "
                "the old ones, and nothing was changed; run `searcher rebuild` to take on the new ones"
            )

    def _require_whole_store(self) -> None:
        """StoreError if the index knows of changes that the store does not: what it holds may be the last copy."""
        try:
            indexed = self._index.current().change
        except (IndexMissing, IndexDamaged):
            return
        kept = self._store.last_change()
        if kept < indexed:
            raise StoreError(
                f"the article store {self._store.path} was lost or replaced: it knows of {kept:,} changes, the index of "
                f"{indexed:,}; "
                f"restore it from a backup, or delete {self._index.path} to begin anew with what the store holds"
            )

    def update(self, progress: IndexProgress | None = None) -> IndexReport:
        """Indexes the changes since the index's own change number; makes the index if there is none."""
        started = time.perf_counter()
        try:
            current = self._index.current()
        except IndexMissing:
            return self.rebuild(progress)
        self.require_same_settings()
        self._require_whole_store()
        changes = list(self._store.changes(current.change))
        if changes:
            with self._engine.writer() as writer:
                for done, change in enumerate(changes, 1):
                    article = None if change.deleted else self._store.get(change.article_id)
                    if article is None:
                        writer.delete(change.article_id)
                    else:
                        writer.add(article)
                    if progress is not None:
                        progress(done, len(changes))
                writer.set_change(changes[-1].seq)
        return self._report(started)

    def rebuild(self, progress: IndexProgress | None = None) -> IndexReport:
        """Indexes every article of the store into a new generation."""
        started = time.perf_counter()
        self._require_whole_store()
        # Read first: a change that comes while we write is then indexed again, never missed.
        change = self._store.last_change()
        count = self._store.count()
        with self._engine.writer(rebuild=True) as writer:
            for done, article in enumerate(self._store.iter_articles(), 1):
                writer.add(article)
                if progress is not None:
                    progress(done, count)
            writer.set_change(change)
        return self._report(started)

    def check(self, *, deep: bool = False) -> CheckReport:
        """Problems of the store, then of the index, then (deep) where the two disagree."""
        problems = list(self._store.check(deep=deep))
        try:
            problems.extend(self._index_problems(deep=deep))
        except SearcherError as error:
            problems.append(Problem(str(self._index.path), str(error)))
        return CheckReport(tuple(problems))

    def _index_problems(self, *, deep: bool) -> Iterator[Problem]:
        stats = self._engine.stats()
        self._require_whole_store()
        behind = sum(1 for _ in self._store.changes(stats.change))
        if behind:
            yield Problem(str(self._index.path), f"{behind:,} changes of the store are not indexed; run `searcher update`")
            return
        indexed = set(self._engine.articles(All()))
        kept = set(self._store.ids())
        for what, ids in (("not in the index", kept - indexed), ("not in the store", indexed - kept)):
            if ids:
                text = f"{len(ids):,} articles are {what}, such as {min(ids)}; run `searcher rebuild`"
                yield Problem(str(self._index.path), text)
        if deep:
            yield from self._differences(indexed & kept)

    def _differences(self, ids: set[str]) -> Iterator[Problem]:
        for article_id in sorted(ids):
            if self._engine.article(article_id) != self._store.get(article_id):
                yield Problem(str(self._index.path), f"article {article_id} differs from the store; run `searcher rebuild`")

    def _report(self, started: float) -> IndexReport:
        stats = self._engine.stats()
        return IndexReport(stats.articles, stats.generation, round(time.perf_counter() - started, 3), stats.bytes)
