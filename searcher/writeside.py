"""EmbeddedWriteSide: everything that changes the archive of a data directory, or holds its store and index against each other.

The backend imports this module at the first change: with it come near-duplicate search, the file lock and the writer of the
index, none of which a search needs. One process writes at a time; every method takes the archive's write lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from index.embedded import EmbeddedIndex
from index.errors import ArchiveBusy, IndexDamaged, IndexMissing, IndexOutdated, StoreError
from index.ingest import IngestReport, Progress, ingest
from index.locks import FileLock
from index.pages.page import Quarantined, Reading
from index.store import ArticleStore, Record
from index.writer import IndexWriter
from searcher.backend import IndexProgress
from searcher.checking import check_archive, require_whole_store
from searcher.copying import copy_records
from searcher.reports import CheckReport, CopyReport, IndexReport

# How often a waiting writer looks whether the other one has ended.
_LOOK_EVERY_S = 0.05


class EmbeddedWriteSide:
    """Store and index of one data directory, changed together: the index is kept true to the store.

    wait: seconds to wait for another writer before ArchiveBusy. on_wait: told once, in a sentence, that there is one.
    """

    def __init__(
        self, data: Path, store: ArticleStore, index: EmbeddedIndex, *, wait: float, on_wait: Callable[[str], None] | None
    ) -> None:
        self._data = data
        self._store = store
        self._index = index
        self._wait = wait
        self._on_wait = on_wait

    def ingest(
        self,
        readings: Iterable[Reading | Quarantined],
        *,
        captured: datetime | None = None,
        index: bool = True,
        progress: Progress | None = None,
        index_progress: IndexProgress | None = None,
    ) -> IngestReport:
        """Keeps what was read, and brings the index up to date unless told not to."""
        with self.writing():
            if index:
                self._require_same_settings()
            report = ingest(self._store, readings, captured=captured, progress=progress)
            if index:
                self._update(index_progress)
            return report

    def take_in(
        self,
        records: Iterable[Record],
        count: int,
        progress: IndexProgress | None = None,
        index_progress: IndexProgress | None = None,
    ) -> CopyReport:
        """Keeps the records of another archive, and brings the index up to date."""
        with self.writing():
            self._require_same_settings()
            report = copy_records(self._store, records, count, progress)
            self._update(index_progress)
            return report

    def delete(self, article_ids: Iterable[str]) -> int:
        """Deletes articles from store and index; the number that there were."""
        with self.writing():
            self._require_same_settings()
            deleted = self._store.delete(article_ids)
            if deleted:
                self._update()
            return deleted

    def update(self, progress: IndexProgress | None = None) -> IndexReport:
        """Indexes the changes since the index's own change number; makes the index if there is none."""
        with self.writing():
            return self._update(progress)

    def rebuild(self, progress: IndexProgress | None = None) -> IndexReport:
        """Indexes every article of the store into a new generation."""
        with self.writing():
            return self._rebuild(progress)

    def drop_old(self) -> tuple[str, ...]:
        """None: a generation that was replaced goes by itself, as soon as nobody reads it."""
        return ()

    def check(self, *, deep: bool = False) -> CheckReport:
        """Looks for damage."""
        return check_archive(self._store, self._index, deep=deep)

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

    def _require_same_settings(self) -> None:
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

    def _update(self, progress: IndexProgress | None = None) -> IndexReport:
        started = time.perf_counter()
        try:
            current = self._index.current()
        except IndexMissing:
            return self._rebuild(progress)
        self._require_same_settings()
        require_whole_store(self._store, self._index)
        count = sum(1 for _ in self._store.changes(current.manifest.change))
        if count:
            with self._index.writer() as writer:
                self._write(writer, current.manifest.change, count, progress)
        return self._report(started)

    def _rebuild(self, progress: IndexProgress | None) -> IndexReport:
        started = time.perf_counter()
        require_whole_store(self._store, self._index)
        with self._index.writer(rebuild=True) as writer:
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

    def _report(self, started: float) -> IndexReport:
        stats = self._index.stats()
        return IndexReport(stats.articles, stats.generation, round(time.perf_counter() - started, 3), stats.bytes)
