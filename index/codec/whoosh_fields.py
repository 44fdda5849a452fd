"""Writes terms and postings for stock Whoosh, as the sections that the bulk indexer writes (`index.codec.fields`).

Positions become positions counted through the segment, frequencies and boosts become weights. What a posting holds besides
is kept in a record for each posting (`F.values`), without pickle. The postings of one field are held in memory, 24 bytes
each and 8 a position: this is the way of tests and of stock merges, the bulk indexer has its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np
from whoosh import formats
from whoosh.codec import base
from whoosh.system import pack_uint

from index.arrays import offsets_of
from index.codec.container import ContainerWriter
from index.codec.fields import FieldWriter, Postings
from index.codec.gaps import Array
from index.codec.terms import narrowest
from index.codec.whoosh_names import section_name
from index.codec.whoosh_values import to_record
from index.codec.whoosh_writer import UNFINISHED, SegmentDraft


class _Field(ABC):
    """The postings of a field, term after term."""

    def __init__(self, name: str, format_: Any) -> None:
        self.name = section_name(name)
        self.terms: list[bytes] = []
        self.counts = array("q")
        self.documents = array("q")
        self.weights = array("d")
        self._format = format_

    def add(self, docnum: int, weight: float, payload: bytes) -> None:
        """Adds a posting of the last term."""
        self.counts[-1] += 1
        self.documents.append(docnum)
        self.weights.append(weight)
        self.keep(weight, payload)

    @abstractmethod
    def keep(self, weight: float, payload: bytes) -> None:
        """Keeps a payload."""

    @abstractmethod
    def finish(self, draft: SegmentDraft) -> None:
        """Appends the sections."""

    def _write(self, draft: SegmentDraft, positions: tuple[Array, Array] | None = None, spans: Array | None = None) -> None:
        weights = np.frombuffer(self.weights, np.float64)
        plain = bool((weights == 1).all())
        writer = FieldWriter(draft.folder, None if plain else np.unique(weights))
        writer.add(
            Postings(
                terms=self.terms,
                counts=np.frombuffer(self.counts, np.int64),
                documents=np.frombuffer(self.documents, np.int64),
                weights=None if plain else weights,
                position_counts=None if positions is None else positions[0],
                positions=None if positions is None else positions[1],
            )
        )
        writer.finish(draft.container, self.name, spans)
        writer.close()


class _PositionsField(_Field):
    """Of the format Positions: its payload is the positions."""

    def __init__(self, name: str, format_: Any) -> None:
        super().__init__(name, format_)
        self._position_counts = array("q")
        self._positions = array("q")

    def keep(self, weight: float, payload: bytes) -> None:  # noqa: ARG002 - the signature of _Field
        positions = sorted(self._format.decode_positions(payload))
        self._position_counts.append(len(positions))
        self._positions.extend(positions)

    def finish(self, draft: SegmentDraft) -> None:
        counts = np.frombuffer(self._position_counts, np.int64)
        positions = np.frombuffer(self._positions, np.int64)
        documents = np.repeat(np.frombuffer(self.documents, np.int64), counts)
        spans = np.zeros(draft.documents, np.int64)
        # As in every segment, one position is left out after the last of each document.
        np.maximum.at(spans, documents, positions + 2)
        running = offsets_of(counts)[offsets_of(np.frombuffer(self.counts, np.int64))]
        self._write(draft, (np.diff(running), offsets_of(spans)[documents] + positions), spans)


class _RecordsField(_Field):
    """Of any other format: a record for each posting, unless all of them are empty or say what the weight says."""

    def __init__(self, name: str, format_: Any) -> None:
        super().__init__(name, format_)
        self._records: list[bytes] = []
        self._is_frequency = type(format_) is formats.Frequency
        self._is_needed = False

    def keep(self, weight: float, payload: bytes) -> None:
        record = to_record(self._format, payload)
        self._records.append(record)
        implied = pack_uint(int(weight)) if self._is_frequency and 0 <= weight < 2**32 else b""
        self._is_needed = self._is_needed or record != implied

    def finish(self, draft: SegmentDraft) -> None:
        self._write(draft)
        if self._is_needed:
            _add_records(draft.container, f"{self.name}.values", self._records)


def _add_records(container: ContainerWriter, name: str, records: list[bytes]) -> None:
    sizes = np.fromiter(map(len, records), np.int64, len(records))
    container.add(name, np.frombuffer(b"".join(records), np.uint8))
    container.add(f"{name}.starts", narrowest(offsets_of(sizes)))


class FieldPostingsWriter(base.FieldWriter):
    """Whoosh's calls for each field: start_field, for each term start_term, add, finish_term, then finish_field."""

    def __init__(self, draft: SegmentDraft) -> None:
        self.is_closed = False
        self._draft = draft
        self._field: _Field | None = None

    def add_postings(self, schema: Any, lengths: Any, items: Iterable[tuple[str, bytes, int, float, bytes]]) -> None:
        """Takes all postings of the segment, sorted by field, term, document."""
        if self._draft.is_torn:
            raise ValueError(UNFINISHED)
        # A segment without documents, as an index of deleted ones becomes when it is merged, is a container too.
        _ = self._draft.container
        super().add_postings(schema, lengths, items)

    def start_field(self, fieldname: str, fieldobj: Any) -> None:
        """Begins a field."""
        kind = _PositionsField if type(fieldobj.format) is formats.Positions else _RecordsField
        self._field = kind(fieldname, fieldobj.format)

    def start_term(self, text: bytes) -> None:
        """Begins the next term."""
        field = self._current()
        field.terms.append(text)
        field.counts.append(0)

    def add(self, docnum: int, weight: float, vbytes: bytes, length: int) -> None:  # noqa: ARG002 - Whoosh's signature
        """Takes a posting."""
        self._current().add(docnum, weight, vbytes)

    def finish_term(self) -> None:
        """Ends the term."""

    def finish_field(self) -> None:
        """Appends the sections of the field."""
        self._current().finish(self._draft)
        self._field = None

    def close(self) -> None:
        """Completes the container."""
        self.is_closed = True
        self._draft.close()

    def _current(self) -> _Field:
        if self._field is None:
            raise ValueError("a term or posting came before start_field")
        return self._field
