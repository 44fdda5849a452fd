"""Source: one segment as a merge sees it, and where its documents and positions go in the merged one."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from index.arrays import offsets_of
from index.codec.segment import SegmentReader

Array = np.ndarray[Any, np.dtype[Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A segment and its deleted documents, ascending. first: the number that its first kept document gets."""

    reader: SegmentReader
    deleted: Array
    first: int

    @property
    def live(self) -> int:
        """Documents that are kept."""
        return self.reader.articles - len(self.deleted)

    def kept(self) -> Array | None:
        """Whether each document is kept; None if all are."""
        if not len(self.deleted):
            return None
        kept = np.ones(self.reader.articles, bool)
        kept[self.deleted] = False
        return kept

    def column(self, name: str) -> Array:
        """A column of the kept documents."""
        kept, values = self.kept(), self.reader.column(name)
        return values if kept is None else values[kept]


def in_sequence(segments: Sequence[tuple[SegmentReader, Array]]) -> list[Source]:
    """Segments and their deleted documents, to be merged in this order."""
    sources: list[Source] = []
    first = 0
    for reader, deleted in segments:
        sources.append(Source(reader, deleted, first))
        first += sources[-1].live
    return sources


class FieldSource:
    """A field of a source, renumbered. base: where its positions begin in the merged segment."""

    def __init__(self, source: Source, name: str, base: int) -> None:
        self.reader = source.reader.field(name)
        self.spans = source.column(f"{name}.spans").astype(np.int64) if self.reader.has_positions() else np.empty(0, np.int64)
        self.end = base + int(self.spans.sum())
        self._first = source.first
        self._base = base
        self._kept = source.kept()
        if self._kept is not None:
            self._numbers = np.cumsum(self._kept) - 1 + self._first
            self._shifts = self._position_shifts(self._kept)

    def sizes(self) -> Array:
        """Bytes of the lists before each term, and of all."""
        return offsets_of(self.reader.sizes())

    def present(self, low: int, high: int) -> Array:
        """Whether each of the terms [low, high) has any document that is kept."""
        return np.ones(high - low, bool) if self._kept is None else self.documents(low, high)[1] > 0

    def documents(self, low: int, high: int) -> tuple[Array, Array]:
        """Documents of the terms [low, high) end to end, and how many each has."""
        documents, counts = self.reader.documents_of(low, high)
        if self._kept is None:
            return documents + self._first, counts
        kept = self._kept[documents]
        return self._numbers[documents[kept]], _counts_of(kept, counts)

    def weights(self, low: int, high: int) -> Array:
        """The weights of those documents."""
        weights = self.reader.weights_of(low, high)
        return weights if self._kept is None else weights[self._kept[self.reader.documents_of(low, high)[0]]]

    def positions(self, low: int, high: int) -> tuple[Array, Array]:
        """Positions of the terms [low, high) end to end, and how many each has."""
        positions, counts = self.reader.positions_of(low, high)
        moved, kept = self._moved(positions)
        return moved, counts if kept is None else _counts_of(kept, counts)

    def positions_in_chunks(self, term: int, chunk_bytes: int) -> Iterator[Array]:
        """Positions of one term, about so many bytes of its list at once."""
        starts = self.reader.starts("positions")
        count = 1 + (int(starts[term + 1]) - int(starts[term])) // chunk_bytes
        bounds = np.linspace(0, int(self.reader.bases[-1]), count + 1).astype(np.int64)
        for low, high in itertools.pairwise(bounds.tolist()):
            positions = self.reader.positions_between(term, np.array([low]), np.array([high]))
            yield self._moved(positions[(positions >= low) & (positions < high)])[0]

    def _moved(self, positions: Array) -> tuple[Array, Array | None]:
        """Where positions are in the merged segment, and which are kept (None: all)."""
        if self._kept is None:
            return positions + self._base, None
        documents = np.searchsorted(self.reader.bases, positions, side="right") - 1
        kept = self._kept[documents]
        return positions[kept] + self._shifts[documents[kept]], kept

    def _position_shifts(self, kept: Array) -> Array:
        """What a position of each document moves by."""
        shifts = np.zeros(len(kept), np.int64)
        if self.reader.has_positions():
            shifts[kept] = offsets_of(self.spans)[:-1] + self._base - self.reader.bases[:-1][kept]
        return shifts


def _counts_of(kept: Array, counts: Array) -> Array:
    """How many of each list are kept; counts: lengths of the lists end to end."""
    return np.diff(offsets_of(kept)[offsets_of(counts)])
