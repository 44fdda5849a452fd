"""Inverter: batches of articles to runs, each a segment on disk, in bounded memory.

The same class works in the process of the Indexer, when a change is small, and in its worker processes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from index.analysis import Analyzer
from index.analysis.bulk import BulkAnalyzer
from index.article import Article
from index.bulk.dictionaries import Dictionaries
from index.bulk.run import RunWriter
from index.bulk.segments import merge_part
from index.bulk.sources import Source
from index.schema import ZoneWeights

# Bytes that the analyzer holds for each term, with its stem and the written words that lead to it: 430 to 520 were measured.
_TERM_BYTES = 500
# The vocabulary outlives a run, as a word that is new to the analyzer takes as long as fifteen that it knows, up to this part
# of the memory.
_MOST_FOR_VOCABULARY = 0.6
# What tokenizing and inverting one batch takes on the way, measured with batches of a million characters.
_BATCH_BYTES = 48 << 20
# However little memory is asked for, a run may be of this size.
_LEAST_ROOM = 16 << 20


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """Articles with ids, and the number of the first of them among all that the Indexer was given."""

    first: int
    articles: Sequence[Article]


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """A segment that an Inverter wrote. batches: first number and size of each batch in it, in the order of its documents."""

    path: Path
    batches: tuple[tuple[int, int], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """How to invert. prefix: path of the files, to which letters are added; memory: bytes."""

    prefix: Path
    weights: ZoneWeights
    dictionaries: Dictionaries
    memory: int


class Inverter:
    """Writes runs as a plan says."""

    def __init__(self, plan: Plan, analyzer: Analyzer) -> None:
        self._plan = plan
        self._analyzer = BulkAnalyzer(analyzer)
        self._runs: list[Run] = []
        self._open: RunWriter | None = None
        self._batches: list[tuple[int, int]] = []

    def add(self, batch: Batch) -> None:
        """Inverts a batch. A run is written when it has filled the memory."""
        if self._open is None:
            path = numbered(self._plan.prefix, len(self._runs)).with_suffix(".columns")
            self._open = RunWriter(path, self._analyzer, self._plan.weights, self._plan.dictionaries)
        self._open.add(batch.articles)
        self._batches.append((batch.first, len(batch.articles)))
        room = max(self._plan.memory - _BATCH_BYTES, _LEAST_ROOM)
        if self._open.memory + self._vocabulary_bytes() >= room:
            self._end_run()
            if self._vocabulary_bytes() >= room * _MOST_FOR_VOCABULARY:
                self._analyzer.reset()

    def finish(self) -> list[Run]:
        """Writes what is left. All runs, in the order of their articles."""
        self._end_run()
        return self._runs

    def merge(self, sources: Sequence[Source], names: Sequence[str], path: Path) -> Callable[[], object]:
        """Merges these fields into a container when called; so that the caller can wait for either an Inverter or a Pool."""
        return partial(merge_part, sources, names, path)

    def close(self) -> None:
        """Drops the run that is not finished."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _vocabulary_bytes(self) -> int:
        return len(self._analyzer.vocabulary.terms) * _TERM_BYTES

    def _end_run(self) -> None:
        if self._open is None:
            return
        self._open.finish()
        self._runs.append(Run(self._open.path, tuple(self._batches)))
        self.close()
        self._batches = []


def numbered(path: Path, number: int) -> Path:
    """The path with the number added, as letters: a segment's name has no digits."""
    digits = str(number).translate(str.maketrans("0123456789", "abcdefghij"))
    return path.with_name(f"{path.name}{digits}")
