"""Snapshot: one commit of the embedded index, open for reading: segments as one range of documents, columns, cards.

Documents are numbered through all segments, from 0; deleted ones keep their numbers and are never given out. Opening reads
the manifest and the directories of the containers, nothing that grows with the documents or terms; columns are made when
first asked for. All that is here is immutable or made once, so that threads share a snapshot without a lock; its files are
let go of when the last request has let go of it.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from index.analysis import Analyzer
from index.codec.container import Container
from index.codec.records import Card, read_card
from index.codec.segment import SegmentReader
from index.document import keyword
from index.errors import IndexDamaged
from index.locks import FileLock
from index.manifest import Manifest, SegmentEntry
from index.schema import LENGTH_UNIT, UNDATED
from searcher.ids import IdOrder
from searcher.lru import ByteLru
from searcher.matches import Known
from searcher.ranking import RankingProfile

Array = np.ndarray[Any, np.dtype[Any]]

# Bytes of matches of leaves that a snapshot keeps, and of decoded positions.
_MATCHES_BYTES = 96 << 20
_POSITIONS_BYTES = 16 << 20
# Bytes of the best matches of words, 6 KB each.
_BEST_BYTES = 8 << 20
# Bytes of cards kept decoded: reading the ten of a page costs 200 us, all else of a search for a word 40. A card takes some 600
# bytes and about five times its raw size, since tags may be many.
_CARDS_BYTES = 8 << 20
_CARD_OVERHEAD = 600
_CARD_GROWTH = 5
_SECONDS_A_DAY = 86_400
_DELETED = "documents"


@dataclasses.dataclass(frozen=True, slots=True)
class Segment:
    """A segment: its reader, the number of its first document, the container of its deletions."""

    reader: SegmentReader
    offset: int
    deletions: Container | None


class Snapshot:
    """Answers from one commit; the analyzer is the one that the index was made with."""

    def __init__(
        self,
        directory: Path,
        manifest: Manifest,
        analyzer: Analyzer,
        profile: RankingProfile,
        pin: FileLock | None = None,
    ) -> None:
        """pin: what keeps the commit on disk; held as long as the snapshot lives."""
        self._pin = pin
        self.generation = manifest.generation
        self.articles = manifest.articles
        self.analyzer = _checked(analyzer, manifest)
        self.profile = profile
        self.title_dampening = float(profile.dampening(1.0))
        self.average_length = manifest.length / LENGTH_UNIT / max(manifest.articles, 1)
        self.segments: list[Segment] = []
        self.size = 0
        for entry in manifest.segments:
            if entry.articles:
                self.segments.append(_opened(directory, entry, self.size))
                self.size += entry.articles
        self._offsets = [segment.offset for segment in self.segments]
        self.matches: ByteLru[Known] = ByteLru(_MATCHES_BYTES)
        self.positions: ByteLru[Array] = ByteLru(_POSITIONS_BYTES)
        self.best: ByteLru[list[tuple[int, float]]] = ByteLru(_BEST_BYTES)
        self._cards: ByteLru[Card] = ByteLru(_CARDS_BYTES)
        self.ids = IdOrder([segment.reader for segment in self.segments], self._offsets)

    @cached_property
    def live(self) -> Array | None:
        """A mask of the documents that are not deleted; None if none are."""
        deleted = [
            segment.deletions.array(_DELETED).astype(np.int64) + segment.offset
            for segment in self.segments
            if segment.deletions is not None
        ]
        if not deleted:
            return None
        mask = np.ones(self.size, np.bool_)
        mask[np.concatenate(deleted)] = False
        return mask

    @cached_property
    def everything(self) -> Array:
        """The same mask, always as an array."""
        return np.ones(self.size, np.bool_) if self.live is None else self.live

    @cached_property
    def published(self) -> Array:
        """Seconds since 1970 for each document, or UNDATED."""
        return self._column("published")

    @cached_property
    def days(self) -> tuple[int, Array]:
        """The first day of the archive (since 1970) and each document's day counted from it, plus one; 0 if undated."""
        dated = self.published != UNDATED
        days = self.published // _SECONDS_A_DAY
        first = int(days[dated].min()) if dated.any() else 0
        return first, np.where(dated, days - first + 1, 0).astype(np.int32)

    @cached_property
    def sources(self) -> tuple[list[str], Array]:
        """Names of sources, and for each document 0 or n for the n-th of them."""
        numbers: dict[str, int] = {}
        columns = []
        for segment in self.segments:
            names = segment.reader.source_names()
            renumbered = [0, *(numbers.setdefault(name, len(numbers) + 1) for name in names)]
            columns.append(np.array(renumbered, np.int32)[segment.reader.column("source")])
        return list(numbers), _joined(columns, np.int32)

    @cached_property
    def source_keys(self) -> list[str]:
        """For each source its key."""
        return [keyword(name) for name in self.sources[0]]

    @cached_property
    def dampening(self) -> Array:
        """For each document what a frequency is weighed against in BM25: k1 * (1 - b + b * length / average_length)."""
        relative = self._column("length") * (1 / LENGTH_UNIT / (self.average_length or 1.0))
        dampening: Array = self.profile.dampening(relative)
        return dampening

    def card(self, document: int) -> Card:
        """An article but for its body."""
        card = self._cards.get(document)
        if card is None:
            segment = self.segment_of(document)
            raw = segment.reader.records("card").raw(document - segment.offset)
            card = read_card(raw)
            self._cards.put(document, card, _CARD_OVERHEAD + _CARD_GROWTH * len(raw))
        return card

    def segment_of(self, document: int) -> Segment:
        """The segment that holds a document."""
        return self.segments[bisect_right(self._offsets, document) - 1]

    def _column(self, name: str) -> Array:
        return _joined([segment.reader.column(name) for segment in self.segments], np.int64)


def _opened(directory: Path, entry: SegmentEntry, offset: int) -> Segment:
    try:
        deletions = Container(directory / entry.deleted_file) if entry.deleted_file else None
        return Segment(SegmentReader(directory / entry.file), offset, deletions)
    except OSError as error:
        raise IndexDamaged(f"a file of the index cannot be opened ({error}); run `searcher rebuild`") from error


def _checked(analyzer: Analyzer, manifest: Manifest) -> Analyzer:
    """The analyzer of an index. One made with another analysis is refused: its terms would not be met."""
    settings = manifest.settings
    if settings.language != analyzer.language:
        analyzer = Analyzer(settings.language)
    if settings.analysis != analyzer.fingerprint:
        raise IndexDamaged(
            f"the index was made by {settings.analysis!r}, this version needs {analyzer.fingerprint!r}; run `searcher rebuild`"
        )
    return analyzer


def _joined(columns: Sequence[Array], kind: type[np.generic]) -> Array:
    """One column of all segments; that of a single segment is not copied."""
    if len(columns) == 1:
        return columns[0]
    return np.concatenate(columns) if columns else np.empty(0, kind)
