"""Maintenance: keeps the index true to the article store, one writing process at a time.

Use it for update, rebuild and check; callers hold `writing()` round every change of store or index.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from index.comparison import disagreements
from index.embedded import Current, EmbeddedIndex
from index.errors import ArchiveBusy, IndexDamaged, IndexMissing, IndexOutdated, SearcherError, StoreError
from index.integrity import damaged_contents, damaged_files
from index.locks import FileLock
from index.store import ArticleStore, Problem
from index.writer import IndexWriter
from searcher.engine import Engine
from searcher.reports import CheckReport, IndexReport

IndexProgress = Callable[[int, int], None]  # articles done, articles in all

# How often a waiting writer looks whether the other one has ended.
_LOOK_EVERY_S = 0.05


class Maintenance:
    """The write side of an archive.

    wait: seconds to wait for another writer before ArchiveBusy. on_wait: told once, in a sentence, that there is one.
    """

    def __init__(
        self,
        data: Path,
        store: ArticleStore,
        index: EmbeddedIndex,
        engine: Engine,
        *,
        wait: float,
        on_wait: Callable[[str], None] | None,
    ) -> None:
        self._store = store
        self._index = index
        self._engine = engine
        self._data = data
        self._wait = wait
        self._on_wait = on_wait

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the archive's write lock, which ends with the process that holds it, however that ends.

        ArchiveBusy if another process or thread keeps it longer than we wait.
        """
        with self._locked():
            yield

    def _locked(self) -> FileLock:
        file = self._data / "write.lock"
        deadline = time.monotonic() + self._wait
        told = False
        while True:
            try:
                lock = FileLock.try_acquire(file)
            except OSError as error:
                raise StoreError(f"{file} cannot be opened for writing ({error}); nothing was changed") from error
            if lock is not None:
                return lock
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                since = (
                    f"has been writing to {self._data} for over {self._wait:g} s" if self._wait else f"is writing to {self._data}"
                )
                raise ArchiveBusy(f"another process {since}; try again when it has ended")
            if self._on_wait is not None and not told:
                self._on_wait(f"another process is writing to {self._data}; waiting up to {self._wait:g} s for it to end")
                told = True
            time.sleep(min(_LOOK_EVERY_S, remaining))

    def require_same_settings(self) -> None:
        """IndexOutdated if only a rebuild can make the index take changes, so that nothing is changed in vain."""
        try:
            current = self._index.current()
        except (IndexMissing, IndexDamaged):
            return
        except IndexOutdated as error:
            raise IndexOutdated(f"{error}; nothing was changed") from error
        if current.manifest.settings != self._index.settings:
            raise IndexOutdated(
                "the settings for analysis or ranking weights have changed since the index was made; searches still go by "
                "the old ones, and nothing was changed; run `searcher rebuild` to take on the new ones"
            )

    def _require_whole_store(self) -> None:
        """StoreError if the index knows of changes that the store does not: what it holds may be the last copy."""
        try:
            indexed = self._index.current().manifest.change
        except (IndexMissing, IndexDamaged, IndexOutdated):
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
        count = sum(1 for _ in self._store.changes(current.manifest.change))
        if count:
            with self._engine.writer() as writer:
                self._write(writer, current.manifest.change, count, progress)
        return self._report(started)

    def rebuild(self, progress: IndexProgress | None = None) -> IndexReport:
        """Indexes every article of the store into a new generation."""
        started = time.perf_counter()
        self._require_whole_store()
        with self._engine.writer(rebuild=True) as writer:
            self._write(writer, 0, self._store.count(), progress)
        return self._report(started)

    def _write(self, writer: IndexWriter, after: int, count: int, progress: IndexProgress | None) -> None:
        """Hands the changes after one to a writer; count: how many they are, for the progress."""
        for done, (change, article) in enumerate(self._store.articles_changed(after), 1):
            if article is None:
                writer.delete(change.article_id)
            else:
                writer.add(article)
            writer.set_change(change.seq)
            if progress is not None:
                progress(min(done, count), count)

    def check(self, *, deep: bool = False) -> CheckReport:
        """Problems of the store, then of the files of the index, then where the two disagree (deep: in anything at all)."""
        try:
            problems = list(self._store.check(deep=deep))
        except StoreError as error:
            return CheckReport((Problem(self._store.path.name, str(error)),))  # nothing to hold the index against
        try:
            current, pin = self._index.pinned()
            with pin:
                problems.extend(self._index_problems(current, deep=deep))
        except SearcherError as error:
            problems.append(Problem(str(self._index.path), str(error)))
        return CheckReport(tuple(problems))

    def _index_problems(self, current: Current, *, deep: bool) -> Iterator[Problem]:
        directory = self._index.path / current.directory
        found = list(damaged_files(directory, current.manifest))
        if deep and not found:
            found = list(damaged_contents(directory, current.manifest))
        yield from found
        if found:
            return  # what the files hold is not to be compared with anything
        self._require_whole_store()
        behind = sum(1 for _ in self._store.changes(current.manifest.change))
        if behind:
            yield Problem(str(self._index.path), f"{behind:,} changes of the store are not indexed; run `searcher update`")
            return
        kept, indexed = self._store.count(), current.manifest.articles
        if kept != indexed:
            text = f"{indexed:,} articles are in the index, {kept:,} in the store; run `searcher rebuild`"
            yield Problem(str(self._index.path), text)
        if deep:
            yield from self._disagreements(directory, current)

    def _disagreements(self, directory: Path, current: Current) -> Iterator[Problem]:
        found = disagreements(directory, current.manifest, self._store)
        # What another process changed while we looked is not wrong.
        changed = {change.article_id for change in self._store.changes(current.manifest.change)}
        for article_id in sorted(found.keys() - changed):
            yield Problem(str(directory), f"article {article_id} {found[article_id]}; run `searcher rebuild`")

    def _report(self, started: float) -> IndexReport:
        stats = self._engine.stats()
        return IndexReport(stats.articles, stats.generation, round(time.perf_counter() - started, 3), stats.bytes)
