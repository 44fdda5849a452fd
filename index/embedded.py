"""The embedded index on disk: ask which commit is current, keep it while you read it, write the next one.

`index.generations` has the layout, `index.commits` the order of writing, `index.codec` what is in a segment.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from index.analysis import Analyzer
from index.generations import Current, Generations
from index.locks import FileLock
from index.manifest import IndexSettings
from index.schema import ZoneWeights
from index.writer import IndexStats

if TYPE_CHECKING:
    from index.commits import EmbeddedWriter

__all__ = ["Current", "EmbeddedIndex"]


class EmbeddedIndex:
    """The index of an archive, made with an analysis and weights. Any number of processes read, one at a time writes."""

    def __init__(self, path: Path, analyzer: Analyzer, weights: ZoneWeights, memory_mb: int = 256) -> None:
        self.path = path
        self.analyzer = analyzer
        self.settings = IndexSettings(analyzer.fingerprint, analyzer.language, weights)
        self._generations = Generations(path)
        self._memory_mb = memory_mb

    def current(self) -> Current:
        """The commit to read. IndexMissing if there is none, IndexOutdated for another format, IndexDamaged."""
        return self._generations.current()

    def signature(self) -> tuple[int, int, int] | None:
        """A cheap value that changes with every commit; None if there is no index."""
        return self._generations.signature()

    def pin(self, current: Current) -> FileLock | None:
        """Keeps the files of a commit until released, whatever other processes write; None if it is too late for that."""
        return self._generations.pin(current)

    def pinned(self) -> tuple[Current, FileLock]:
        """The current commit with its pin."""
        return self._generations.pinned()

    def writer(self, *, rebuild: bool = False) -> AbstractContextManager[EmbeddedWriter]:
        """Changes become visible together at a clean exit. The caller holds the archive's write lock."""
        from index.commits import commit_to  # noqa: PLC0415 - Whoosh and the rest of the write side: no search needs them

        return commit_to(self._generations, self.settings, self.analyzer, self._memory_mb, rebuild=rebuild)

    def stats(self) -> IndexStats:
        """Numbers of the current commit; bytes are those of its files."""
        manifest = self.current().manifest
        size = sum(entry.size for entry in manifest.files.values())
        return IndexStats(manifest.generation, manifest.articles, size, len(manifest.segments), "embedded", manifest.change)
