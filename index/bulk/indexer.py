"""Indexer: give it articles to add and ids to delete, and `finish` writes the segments of the next commit.

    with contextlib.closing(Indexer(directory, former, settings, analyzer, memory_mb)) as indexer:
        indexer.add(article)
        entries = indexer.finish(generation)

Articles are inverted in runs of bounded memory, each a segment on disk; at the end the runs, and those former segments that
the merge policy names, are merged to one. What is written has the size of the change, but for those merges.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.analysis import Analyzer
from index.article import Article
from index.bulk.dictionaries import Dictionaries, learned
from index.bulk.events import Events
from index.bulk.former import FormerSegment
from index.bulk.inverter import Batch, Inverter, Plan, Run
from index.bulk.policy import Size, to_merge
from index.bulk.pool import Pool, can_start
from index.bulk.segments import PARTS, assemble
from index.bulk.sources import Source, in_sequence
from index.codec.segment import SegmentReader
from index.files import fsync_file
from index.manifest import IndexSettings, Manifest, SegmentEntry

Array = np.ndarray[Any, np.dtype[Any]]

# Characters inverted at once. The arrays on the way take up to 60 bytes for each.
_BATCH_CHARS = 1 << 19
# Characters from which on worker processes pay: each takes 0.33 s of a processor to start, in which 1.4 million of newswire
# are inverted; two are ahead of one from 3 million on.
_POOL_CHARS = 4 << 20
_MOST_WORKERS = 8
_NAME_LETTERS = 16
# Fewer articles do without a Zstandard dictionary: it takes 64 KB of a segment, and saves some 300 bytes an article.
_LEAST_FOR_DICTIONARY = 200


class Indexer:
    """Writes into `directory`, which holds the segments of `former` (None: a new index). Used once, by one thread.

    workers: processes for a large change, one for each core if not given.
    """

    def __init__(
        self,
        directory: Path,
        former: Manifest | None,
        settings: IndexSettings,
        analyzer: Analyzer,
        memory_mb: int,
        *,
        workers: int | None = None,
    ) -> None:
        self._directory = directory
        self._settings = settings
        self._analyzer = analyzer
        self._memory = memory_mb << 20
        self._former = [FormerSegment(directory, entry) for entry in former.segments] if former else []
        self._events = Events()
        self._added = 0
        self._batch: list[Article] = []
        self._batch_chars = 0
        self._waiting: list[Batch] = []
        self._workers = min(workers or os.cpu_count() or 1, _MOST_WORKERS) if can_start() else 1
        self._inverter: Inverter | Pool | None = None
        # All files of this writer begin so, and no others do.
        self._prefix = directory / ("MAIN_" + "".join(secrets.choice("abcdefghij") for _ in range(_NAME_LETTERS)))
        self._kept: set[Path] = set()
        self._readers: list[SegmentReader] = []  # of runs

    def add(self, article: Article) -> None:
        """Indexes an article, replacing what the index holds under its id."""
        article_id = str(article.id)
        self._delete_former(article_id)
        self._events.add(article_id)
        self._batch.append(article)
        self._batch_chars += len(article.title) + len(article.body)
        if self._batch_chars >= _BATCH_CHARS:
            self._end_batch()

    def delete(self, article_id: str) -> None:
        """Removes the article of this id, if there is one."""
        self._delete_former(article_id)
        self._events.delete(article_id)

    def finish(self, generation: int) -> tuple[SegmentEntry, ...]:
        """The segments of the commit; their files are written and synced."""
        self._end_batch()
        inverter = self._invert(1)
        runs = inverter.finish()
        superseded = self._superseded(runs)
        new = sum(size for run in runs for _, size in run.batches) - sum(map(len, superseded))
        sizes = [Size(segment.entry.articles, len(segment.deleted())) for segment in self._former]
        chosen = to_merge(sizes, new)
        sources = self._sources([self._former[place] for place in chosen], runs, superseded)
        merged = self._merged(sources, inverter) if sources else None
        entries = [segment.written(generation) for place, segment in enumerate(self._former) if place not in chosen]
        return tuple(entry for entry in (*entries, merged) if entry is not None)

    def close(self) -> None:
        """Lets go of everything, and removes what is not of the commit."""
        if self._inverter is not None:
            self._inverter.close()
        for segment in self._former:
            segment.close()
        for reader in self._readers:
            reader.close()
        for file in self._directory.glob(f"{self._prefix.name}*"):
            if file not in self._kept:
                file.unlink()

    def _delete_former(self, article_id: str) -> None:
        key = article_id.encode("utf-8")
        for segment in self._former:
            segment.delete(key)

    def _end_batch(self) -> None:
        """Sends the batch to whoever inverts, or lets it wait until it is clear whether workers pay."""
        if not self._batch:
            return
        self._waiting.append(Batch(self._added, self._batch))
        self._added += len(self._batch)
        self._batch, self._batch_chars = [], 0
        if self._inverter is not None or len(self._waiting) * _BATCH_CHARS >= _POOL_CHARS:
            self._invert(self._workers)

    def _invert(self, workers: int) -> Inverter | Pool:
        """Inverts what waits. The first call decides how many processes do so, and what records are compressed with."""
        if self._inverter is None:
            self._inverter = self._started(workers)
        for batch in self._waiting:
            self._inverter.add(batch)
        self._waiting = []
        return self._inverter

    def _started(self, workers: int) -> Inverter | Pool:
        if workers == 1:
            return Inverter(self._plan(), self._analyzer)
        pool = Pool(workers)
        self._inverter = pool  # so that `close` ends its processes, whatever happens
        pool.begin(self._plan(), self._analyzer.language)  # the dictionaries are learned while the processes start
        return pool

    def _plan(self) -> Plan:
        return Plan(self._prefix, self._settings.weights, self._dictionaries(), self._memory)

    def _dictionaries(self) -> Dictionaries:
        """Those of the largest former segment, so that its records need not be made anew in a merge; or new ones."""
        articles = [article for batch in self._waiting for article in batch.articles]
        if len(articles) < _LEAST_FOR_DICTIONARY:
            return Dictionaries()
        if self._former:
            largest = max(self._former, key=lambda segment: segment.entry.articles).reader
            found = Dictionaries(*(largest.records(name).dictionary for name in Dictionaries._fields))
            if all(found):
                return found
        return learned(articles)

    def _superseded(self, runs: Sequence[Run]) -> list[Array]:
        """The documents of each run that another addition or a deletion followed."""
        numbers = self._events.superseded()
        additions = [np.concatenate([np.arange(first, first + size) for first, size in run.batches]) for run in runs]
        return [np.flatnonzero(np.isin(own, numbers)) for own in additions]

    def _sources(self, former: Sequence[FormerSegment], runs: Sequence[Run], superseded: Sequence[Array]) -> list[Source]:
        """These former segments and the runs, but for those of which nothing is left."""
        self._readers = [SegmentReader(run.path) for run in runs]
        segments = [(segment.reader, segment.deleted()) for segment in former]
        segments += zip(self._readers, superseded, strict=True)
        return in_sequence([(reader, deleted) for reader, deleted in segments if len(deleted) < reader.articles])

    def _merged(self, sources: Sequence[Source], inverter: Inverter | Pool) -> SegmentEntry:
        """The segment of these sources; if it is one without deletions, that one, which is a run."""
        path = sources[0].reader.container.path
        if len(sources) > 1 or len(sources[0].deleted):
            path = self._prefix.with_suffix(".columns")
            files = [self._prefix.with_suffix(f".part{number}") for number in range(len(PARTS))]
            waits = [inverter.merge(sources, names, file) for names, file in zip(PARTS, files, strict=True)]
            assemble(sources, list(zip(files, waits, strict=True)), path)
        else:
            fsync_file(path)
        self._kept.add(path)
        return _entry(path)


def _entry(path: Path) -> SegmentEntry:
    reader = SegmentReader(path)
    length = int(reader.column("length").sum(dtype=np.int64))
    reader.close()
    return SegmentEntry(path.stem, reader.articles, 0, None, length)
