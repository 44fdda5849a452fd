"""Writes one field of a segment: terms, documents, weights, positions. `index.codec.field_reader` reads it again.

Give FieldWriter the postings of sorted terms, all at once or in pieces; it keeps the encoded streams in temporary files, so
that a field of any size is written with the memory of one piece. `finish` appends the sections to the container.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np

from index.arrays import offsets_of
from index.codec.container import ContainerWriter
from index.codec.gaps import encode, encode_lists
from index.codec.terms import narrowest, pack_terms

Array = np.ndarray[Any, np.dtype[Any]]

# Weights are written in four bits: the number of one of the FREQUENT least weights, or this many for a rarer one.
FREQUENT_WEIGHTS = 15
# The rare weights before each block of so many postings are counted.
RARE_BLOCK = 1024
# Distinct weights are many only where articles are huge; two bytes would do for all but those.
_NUMBER = np.dtype(np.uint32)
_IN_MEMORY = 1 << 22
_PIECE = 1 << 20


@dataclasses.dataclass(frozen=True, slots=True)
class Postings:
    """Postings of sorted terms, term after term.

    counts[t]: documents of the t-th term; documents: their numbers, ascending; weights: one for each of them, None where all
    are 1; position_counts[t]: occurrences of the term in all documents; positions: them, ascending, counted through the
    segment (the positions of a document begin where those of the one before end); None in fields without positions.
    encoded_positions: instead of positions, of a single term that has too many: their list as bytes.
    """

    terms: Sequence[bytes]
    counts: Array
    documents: Array
    weights: Array | None = None
    position_counts: Array | None = None
    positions: Array | None = None
    encoded_positions: Array | None = None


def without_lists(postings: Postings, emptied: Array) -> Postings:
    """The same terms, of which these (a mask) have no postings any more; positions, if any, are dropped from all."""
    kept = ~np.repeat(emptied, postings.counts)
    weights = None if postings.weights is None else postings.weights[kept]
    return Postings(postings.terms, np.where(emptied, 0, postings.counts), postings.documents[kept], weights)


class _Stream:
    """Bytes of one section on their way."""

    def __init__(self, folder: Path) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder))  # noqa: SIM115 - closed by `close`
        self.size = 0

    def append(self, array: Array) -> None:
        content = array.tobytes()
        self._file.write(content)
        self.size += len(content)

    def pieces(self) -> Iterator[Array]:
        self._file.seek(0)
        while content := self._file.read(_PIECE):
            yield np.frombuffer(content, np.uint8)

    def close(self) -> None:
        self._file.close()


class FieldWriter:
    """folder: where temporary files may lie; weight_values: weights that will come, ascending, as far as they are known.

    Used as a context manager it drops its temporary files at the end.
    """

    def __init__(self, folder: Path, weight_values: Array | None = None) -> None:
        self._folder = folder
        self._weights = _WeightNumbers(np.empty(0) if weight_values is None else weight_values)
        self._streams: dict[str, _Stream] = {}
        self._counts: list[Array] = []
        self._sizes: dict[str, list[Array]] = {"terms": [], "documents": [], "positions": []}

    def add(self, postings: Postings) -> None:
        """Appends the postings of terms that all follow the terms before."""
        text, starts = pack_terms(postings.terms)
        self._append("terms", text, starts)
        self._counts.append(postings.counts)
        self._append("documents", *encode_lists(postings.documents, postings.counts))
        weights = np.ones(len(postings.documents)) if postings.weights is None else postings.weights
        self._stream("weights").append(self._weights.of(weights))
        if postings.encoded_positions is not None:
            self._append("positions", postings.encoded_positions, np.array([0, len(postings.encoded_positions)]))
        if postings.positions is not None and postings.position_counts is not None:
            self._append("positions", *encode_lists(postings.positions, postings.position_counts))

    def finish(self, container: ContainerWriter, name: str, spans: Array | None = None) -> None:
        """Appends the sections of the field. spans: the positions of each document, of fields that have them."""
        for stream, sizes in self._sizes.items():
            if stream == "positions" and spans is None:
                continue
            self._section(container, f"{name}.{stream}", stream)
            starts = offsets_of(np.concatenate(sizes) if sizes else np.empty(0, np.int64))
            container.add(f"{name}.{stream}.starts", encode(starts))
        counts = np.concatenate(self._counts) if self._counts else np.empty(0, np.int64)
        container.add(f"{name}.postings", encode(offsets_of(counts)))
        if not self._weights.are_ones():
            self._finish_weights(container, f"{name}.weights")
        if spans is not None:
            container.add(f"{name}.spans", narrowest(spans))

    def close(self) -> None:
        """Drops the temporary files."""
        for stream in self._streams.values():
            stream.close()

    def __enter__(self) -> FieldWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _append(self, name: str, content: Array, starts: Array) -> None:
        self._stream(name).append(content)
        self._sizes[name].append(np.diff(starts.astype(np.int64)))

    def _finish_weights(self, container: ContainerWriter, name: str) -> None:
        counts: list[Array] = []
        rare: list[Array] = []
        ranked = self._weights.ranked(self._stream("weights").pieces())
        container.add_pieces(name, np.dtype(np.uint8), _in_four_bits(ranked, counts, rare))
        container.add(f"{name}.values", self._weights.table())
        container.add(f"{name}.rare", narrowest(np.concatenate(rare)))
        container.add(f"{name}.rare.starts", narrowest(offsets_of(np.concatenate(counts))))

    def _stream(self, name: str) -> _Stream:
        if name not in self._streams:
            self._streams[name] = _Stream(self._folder)
        return self._streams[name]

    def _section(self, container: ContainerWriter, name: str, stream: str) -> None:
        container.add_pieces(name, np.dtype(np.uint8), self._stream(stream).pieces())


class _WeightNumbers:
    """Numbers distinct weights as they come, since which there are is known only at the end."""

    def __init__(self, values: Array) -> None:
        self._values = values.astype(np.float64)  # ascending
        self._numbers = np.arange(len(values), dtype=_NUMBER)  # of those

    def of(self, weights: Array) -> Array:
        """The number of each weight."""
        places = self._places(weights)
        unknown = self._values[places] != weights if len(self._values) else np.ones(len(weights), bool)
        if unknown.any():
            self._learn(np.unique(weights[unknown]))
            places = self._places(weights)
        return self._numbers[places]

    def are_ones(self) -> bool:
        """Whether no weight came but 1."""
        return bool((self._values == 1).all())

    def table(self) -> Array:
        """The weights that came, ascending."""
        return self._values

    def ranked(self, pieces: Iterable[Array]) -> Iterator[Array]:
        """Places in the table instead of numbers; pieces: bytes of the latter."""
        places = np.empty_like(self._numbers)
        places[self._numbers] = np.arange(len(places))
        return (places[piece.view(_NUMBER)] for piece in pieces)

    def _places(self, weights: Array) -> Array:
        return np.minimum(np.searchsorted(self._values, weights), max(len(self._values) - 1, 0))

    def _learn(self, new: Array) -> None:
        values = np.concatenate((self._values, new))
        numbers = np.concatenate((self._numbers, np.arange(len(self._numbers), len(values), dtype=_NUMBER)))
        order = np.argsort(values)
        self._values, self._numbers = values[order], numbers[order]


def _in_four_bits(pieces: Iterable[Array], rare_counts: list[Array], rare: list[Array]) -> Iterator[Array]:
    """Two codes a byte, the first in the low bits; pieces hold whole blocks but for the last. Keeps and counts the rare ones."""
    for piece in pieces:
        codes = np.zeros(-(-len(piece) // RARE_BLOCK) * RARE_BLOCK, np.uint8)
        np.minimum(piece, FREQUENT_WEIGHTS, out=codes[: len(piece)], casting="unsafe")
        is_rare = codes == FREQUENT_WEIGHTS
        rare_counts.append(np.count_nonzero(is_rare.reshape(-1, RARE_BLOCK), axis=1))
        rare.append(piece[is_rare[: len(piece)]])
        even = codes[: len(piece) + len(piece) % 2]
        yield even[0::2] | even[1::2] << 4
