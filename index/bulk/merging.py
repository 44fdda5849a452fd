"""merge_field: one field of several segments to the same field of one, piece by piece of the term space.

A piece is a range of terms, cut at the same terms in every segment. The documents of a later source all come after those of
an earlier one, so the postings of a term are those of its sources end to end: nothing is compared or sorted but the terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from index.arrays import offsets_of, ranges
from index.bulk.sources import FieldSource, Source
from index.codec.container import ContainerWriter
from index.codec.fields import FieldWriter, Postings, without_lists
from index.codec.gaps import encode_long

Array = np.ndarray[Any, np.dtype[Any]]

# Bytes of encoded lists merged at once. One may hold two numbers, each of which takes up to 150 bytes on the way: merging
# 43,304 articles took 190 MB with 512 KB, 100 with this.
_PIECE_BYTES = 1 << 17


def merge_field(sources: Sequence[Source], name: str, container: ContainerWriter, folder: Path) -> list[Array]:
    """Appends the merged field to a container. For each source: the new number of each of its terms, -1 if it is gone."""
    fields = _field_sources(sources, name)
    numbers = [np.full(len(field.reader.terms), -1, np.int32) for field in fields]
    forms = _first_forms(sources) if name == "stem" else []
    known = 0
    with FieldWriter(folder) as writer:
        for piece in _pieces(fields):
            postings, present = _merge_piece(fields, piece)
            writer.add(without_lists(postings, _form_counts(forms, piece)[present] == 1) if forms else postings)
            new = np.where(present, known + np.cumsum(present) - 1, -1)
            for own, place, low, high in zip(numbers, piece.places, piece.lows, piece.highs, strict=True):
                own[low:high] = new[place]
            known += len(postings.terms)
        positions = fields[0].reader.has_positions()
        writer.finish(container, name, np.concatenate([field.spans for field in fields]) if positions else None)
    return numbers


def _first_forms(sources: Sequence[Source]) -> list[Array]:
    """For each source and each of its stems: how many forms of it, of kept documents, no source before has."""
    fields = _field_sources(sources, "surface")
    found = [np.zeros(len(source.reader.field("stem").terms), np.int64) for source in sources]
    for piece in _pieces(fields):
        is_known = np.zeros(len(piece.terms), bool)
        for number, (field, source) in enumerate(zip(fields, sources, strict=True)):
            low, high, places = piece.lows[number], piece.highs[number], piece.places[number]
            is_first = field.present(low, high) & ~is_known[places]
            np.add.at(found[number], source.reader.stem_numbers()[low:high][is_first], 1)
            is_known[places[is_first]] = True
    return found


def _form_counts(first_forms: Sequence[Array], piece: _Piece) -> Array:
    """How many forms each stem of a piece has in all sources together."""
    counts = np.zeros(len(piece.terms), np.int64)
    for own, place, low, high in zip(first_forms, piece.places, piece.lows, piece.highs, strict=True):
        counts[place] += own[low:high]
    return counts


def _field_sources(sources: Sequence[Source], name: str) -> list[FieldSource]:
    fields: list[FieldSource] = []
    base = 0
    for source in sources:
        fields.append(FieldSource(source, name, base))
        base = fields[-1].end
    return fields


class _Piece(NamedTuple):
    """A range of terms: all of them, and for each source its terms [low, high) and the place of each among all."""

    terms: list[bytes]
    lows: list[int]
    highs: list[int]
    places: list[Array]


def _pieces(fields: Sequence[FieldSource]) -> Iterator[_Piece]:
    """Ranges of terms of about _PIECE_BYTES; a term that alone has more is a range of its own."""
    lows = [0] * len(fields)
    for pivot in _pivots(fields):
        highs = [field.reader.terms.first_from(pivot) for field in fields]
        yield _piece(fields, lows, highs)
        lows = highs
    yield _piece(fields, lows, [len(field.reader.terms) for field in fields])


def _pivots(fields: Sequence[FieldSource]) -> list[bytes]:
    """Where to cut: where the field with the most bytes has an equal share of them, and around its terms with long lists."""
    sizes = [field.sizes() for field in fields]
    place = int(np.argmax([own[-1] for own in sizes]))
    largest, terms = sizes[place], fields[place].reader.terms
    # What this field has in so many bytes, all of them together have in _PIECE_BYTES.
    share = _PIECE_BYTES * int(largest[-1]) / max(1, sum(int(own[-1]) for own in sizes))
    cuts = np.unique(np.searchsorted(largest, np.arange(share, largest[-1], share))) if len(terms) else np.empty(0, np.int64)
    pivots = {terms[cut] for cut in cuts.tolist() if cut < len(terms)}
    for term in np.flatnonzero(np.diff(largest) > share).tolist():
        pivots |= {terms[term], terms[term] + b"\0"}  # the least that follows it
    return sorted(pivots)


def _piece(fields: Sequence[FieldSource], lows: list[int], highs: list[int]) -> _Piece:
    lists = [field.reader.terms.terms(low, high) for field, low, high in zip(fields, lows, highs, strict=True)]
    terms = sorted(set[bytes]().union(*lists))
    place_of = {term: place for place, term in enumerate(terms)}
    return _Piece(terms, lows, highs, [np.fromiter(map(place_of.__getitem__, each), np.int64, len(each)) for each in lists])


def _merge_piece(fields: Sequence[FieldSource], piece: _Piece) -> tuple[Postings, Array]:
    """The postings of those terms that still have any, and whether each has."""
    bounds = list(zip(fields, piece.lows, piece.highs, strict=True))
    documents = [field.documents(low, high) for field, low, high in bounds]
    counts = [count for _, count in documents]
    weights = [field.weights(low, high) for field, low, high in bounds]
    merged, totals = _end_to_end([numbers for numbers, _ in documents], counts, piece)
    present = totals > 0
    positions = position_totals = encoded = None
    if _is_long(fields, piece):
        encoded = encode_long(lambda: _positions_in_chunks(fields, piece))
    elif fields[0].reader.has_positions():
        found = [field.positions(low, high) for field, low, high in bounds]
        positions, position_totals = _end_to_end([numbers for numbers, _ in found], [count for _, count in found], piece)
    postings = Postings(
        terms=[term for term, is_present in zip(piece.terms, present.tolist(), strict=True) if is_present],
        counts=totals[present],
        documents=merged,
        weights=_end_to_end(weights, counts, piece)[0],
        position_counts=None if position_totals is None else position_totals[present],
        positions=positions,
        encoded_positions=encoded if present.all() else None,
    )
    return postings, present


def _is_long(fields: Sequence[FieldSource], piece: _Piece) -> bool:
    """Whether it is one term with more positions than are decoded at once."""
    if len(piece.terms) != 1 or not fields[0].reader.has_positions():
        return False
    sizes = [field.sizes() for field in fields]
    return sum(int(own[high] - own[low]) for own, low, high in zip(sizes, piece.lows, piece.highs, strict=True)) > _PIECE_BYTES


def _positions_in_chunks(fields: Sequence[FieldSource], piece: _Piece) -> Iterator[Array]:
    for field, low, high in zip(fields, piece.lows, piece.highs, strict=True):
        for term in range(low, high):
            yield from field.positions_in_chunks(term, _PIECE_BYTES)


def _end_to_end(values: Sequence[Array], counts: Sequence[Array], piece: _Piece) -> tuple[Array, Array]:
    """For each term the values of all sources in their order, and how many; counts: those of each term of each source."""
    totals = np.zeros(len(piece.terms), np.int64)
    for own, place in zip(counts, piece.places, strict=True):
        totals[place] += own
    bounds = offsets_of(totals)
    merged = np.empty(int(bounds[-1]), values[0].dtype)
    ends = bounds[:-1]
    for own_values, own, place in zip(values, counts, piece.places, strict=True):
        merged[ranges(ends[place], own)] = own_values
        ends[place] += own
    return merged, totals
