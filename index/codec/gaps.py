"""Ascending lists of numbers as bytes: `encode` writes one, `encode_lists` many, `decode` reads one, `decode_lists` many.

A list is one byte that tells how it is written, then the gaps between its numbers (the first from 0) in units of one to eight
half bytes, whichever is shortest for the list. A unit with all bits set adds its value and stands for no number: the gap goes
on in the next unit. Decoding is a running sum and a mask. Lists of over SKIP_FROM units have a skip table, the sum before
each block of BLOCK units (eight bytes each), so that `decode_near` reads only the blocks that it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from index.arrays import offsets_of, ranges

Array = np.ndarray[Any, np.dtype[Any]]

BLOCK = 128
SKIP_FROM = 512
_SKIPS = 0x80
# Half bytes of a unit. On newswire 1, 3, 5, 6 save a seventh of the bytes of whole types alone; any number of bits, a tenth more.
_WIDTHS = (1, 2, 3, 4, 5, 6, 8)
_ESCAPES = {width: (1 << 4 * width) - 1 for width in _WIDTHS}
_TYPES: dict[int, np.dtype[Any]] = {
    width: np.dtype(name) for width, name in {1: "<u1", 2: "<u1", 3: "<u2", 4: "<u2", 5: "<u4", 6: "<u4", 8: "<u4"}.items()
}
# Units of these widths are written by twos, which take as many bytes as one takes half bytes; types that hold two.
_PAIRS: dict[int, np.dtype[Any]] = {1: np.dtype("<u1"), 3: np.dtype("<u4"), 5: np.dtype("<u8"), 6: np.dtype("<u8")}
_NOTHING = np.empty(0, np.int64)


class _Layout(NamedTuple):
    """Of each list: its units, the blocks of its skip table, and where it begins."""

    units: Array
    blocks: Array
    places: Array

    def of(self, lists: Array) -> _Layout:
        return _Layout(self.units[lists], self.blocks[lists], self.places[lists])


def encode(numbers: Array) -> Array:
    """The bytes of one list, ascending."""
    return encode_lists(numbers, np.array([len(numbers)]))[0]


def encode_steps(numbers: Array) -> Array:
    """The bytes of numbers that do not ascend, but are each near the one before: a list of the sums of their steps.

    A step of d counts 2 d, one of -d counts 2 d - 1.
    """
    steps = np.diff(numbers, prepend=0)
    return encode(np.cumsum(np.where(steps < 0, -2 * steps - 1, 2 * steps)))


def decode_steps(encoded: Array) -> Array:
    """The numbers again."""
    counted = np.diff(decode(encoded), prepend=0)
    return np.cumsum(counted >> 1 ^ -(counted & 1))


def encode_lists(values: Array, counts: Array) -> tuple[Array, Array]:
    """values: the lists end to end, each ascending; counts: their lengths. The bytes, and where each list begins (n + 1)."""
    starts = offsets_of(counts)
    filled = counts > 0
    gaps = np.diff(values, prepend=0).astype(np.int64)
    firsts = starts[:-1][filled]
    gaps[firsts] = values[firsts]
    units = _units_by_width(gaps, counts)
    choice = np.argmin(units * np.array(_WIDTHS)[:, None], axis=0)
    width = np.array(_WIDTHS)[choice]
    chosen = np.take_along_axis(units, choice[None, :], axis=0)[0]
    blocks = np.where(chosen > SKIP_FROM, -(-chosen // BLOCK), 0)
    places = offsets_of(np.where(filled, 1 + 8 * blocks + chosen * width // 2, 0))
    encoded = np.empty(int(places[-1]), np.uint8)
    encoded[places[:-1][filled]] = (width + np.where(blocks > 0, _SKIPS, 0))[filled]
    layout = _Layout(chosen, blocks, places)
    for one in _WIDTHS:
        lists = np.flatnonzero(filled & (width == one))
        if len(lists):
            _encode_width(encoded, one, gaps[ranges(starts[lists], counts[lists])], counts[lists], layout.of(lists))
    return encoded, places


def encode_long(chunks: Callable[[], Iterable[Array]]) -> Array:
    """The bytes of one list that is too long to be held as numbers. chunks: gives its numbers, twice, in pieces."""
    count, escapes = 0, dict.fromkeys(_WIDTHS, 0)
    for gaps in _gaps_of(chunks()):
        count += len(gaps)
        for width in _WIDTHS:
            escapes[width] += int((gaps // _ESCAPES[width]).sum())
    if not count:
        return np.empty(0, np.uint8)
    sizes = {width: _whole(count + escapes[width], width) for width in _WIDTHS}
    width = min(_WIDTHS, key=lambda width: sizes[width] * width)
    units = np.full(sizes[width], _ESCAPES[width], _TYPES[width])
    end = 0
    for gaps in _gaps_of(chunks()):
        places = np.cumsum(gaps // _ESCAPES[width] + 1) + end - 1
        units[places] = gaps % _ESCAPES[width]
        end = int(places[-1]) + 1
    skips = np.empty(0, "<u8")
    if len(units) > SKIP_FROM:
        skips = offsets_of(np.add.reduceat(units, np.arange(0, len(units), BLOCK), dtype=np.int64))[:-1].astype("<u8")
    head = np.array([width | (_SKIPS if len(skips) else 0)], np.uint8)
    return np.concatenate((head, skips.view(np.uint8), _packed(units, width)))


def _gaps_of(chunks: Iterable[Array]) -> Iterator[Array]:
    last = 0
    for chunk in chunks:
        if len(chunk):
            yield np.diff(chunk, prepend=last)
            last = int(chunk[-1])


def _sums(numbers: Array, starts: Array) -> Array:
    running = offsets_of(numbers)
    return running[starts[1:]] - running[starts[:-1]]


def _units_by_width(gaps: Array, counts: Array) -> Array:
    """A row for each of _WIDTHS: how many units of it each list takes."""
    lists = np.repeat(np.arange(len(counts)), counts)
    units = []
    for width in _WIDTHS:
        # Fewer and fewer gaps are wider than a unit.
        wider = gaps >= _ESCAPES[width]
        gaps, lists = gaps[wider], lists[wider]
        added = np.bincount(lists, gaps // _ESCAPES[width], len(counts)).astype(np.int64)
        units.append(_whole(counts + added, width))
    return np.stack(units)


def _whole(units: Any, width: int) -> Any:
    """So many units, or one more where they are written by twos and one is left over; it has all bits set."""
    return units + units % 2 if width in _PAIRS else units


def _packed(units: Array, width: int) -> Array:
    """The bytes of units, whose number is even where they are written by twos."""
    if width not in _PAIRS:
        return units.view(np.uint8)
    pairs = units[0::2].astype(_PAIRS[width])
    pairs |= units[1::2].astype(_PAIRS[width]) << 4 * width
    return pairs.view(np.uint8).reshape(len(pairs), -1)[:, :width].ravel()


def _unpacked(content: Array, width: int) -> Array:
    """The units again."""
    if width not in _PAIRS:
        return content.view(_TYPES[width])
    dtype = _PAIRS[width]
    # The types of two units overlap, the last of them reaches beyond the end.
    padded = np.empty(len(content) + dtype.itemsize, np.uint8)
    padded[: len(content)] = content
    pairs = np.ndarray((len(content) // width,), dtype, padded.data, 0, (width,))
    units = np.empty((len(pairs), 2), _TYPES[width])
    units[:, 0] = pairs & _ESCAPES[width]
    units[:, 1] = pairs >> 4 * width & _ESCAPES[width]
    return units.ravel()


def _encode_width(encoded: Array, width: int, gaps: Array, counts: Array, lists: _Layout) -> None:
    """Writes the lists whose units have this width."""
    escape = _ESCAPES[width]
    units = np.full(int(lists.units.sum()), escape, _TYPES[width])
    ends = offsets_of(gaps // escape + 1)
    added = lists.units - np.diff(ends[offsets_of(counts)])
    units[ends[1:] - 1 + np.repeat(offsets_of(added)[:-1], counts)] = gaps % escape
    encoded[ranges(lists.places + 1 + 8 * lists.blocks, lists.units * width // 2)] = _packed(units, width)
    skipping = lists.blocks > 0
    if skipping.any():
        running = offsets_of(units)
        firsts = offsets_of(lists.units)[:-1]
        for first, place, blocks in zip(firsts[skipping], lists.places[skipping], lists.blocks[skipping], strict=True):
            skips = running[first + BLOCK * np.arange(blocks)] - running[first]
            encoded[place + 1 : place + 1 + 8 * blocks] = skips.astype("<u8").view(np.uint8)


def decode(encoded: Array) -> Array:
    """The numbers of one list."""
    if not len(encoded):
        return _NOTHING
    return _decode_all(_parsed(encoded))


def decode_near(encoded: Array, targets: Array) -> Array:
    """Those numbers of one list that equal a target, and others of the same blocks; ascending. targets: ascending."""
    if not len(encoded):
        return _NOTHING
    written = _parsed(encoded)
    skips = written.skips
    if not len(skips):
        return _decode_all(written)
    wanted = np.searchsorted(skips, targets, side="right") - 1
    # A number that equals the sum before a block ends the block before, unless its gap goes on from there with a 0.
    exact = wanted[skips[wanted] == targets]
    if len(exact):
        wanted = np.union1d(wanted, np.maximum(exact - 1, 0))
    wanted = wanted[np.concatenate(([True], wanted[1:] != wanted[:-1]))] if len(wanted) else wanted
    if 2 * len(wanted) > len(skips):
        return _decode_all(written)
    return _decode_blocks(written, wanted)


def decode_between(encoded: Array, lows: Array, highs: Array) -> Array:
    """All numbers of one list in any of the ranges [low, high), and others of the same blocks; ascending, as are the ranges."""
    if not len(encoded):
        return _NOTHING
    written = _parsed(encoded)
    if not len(written.skips):
        return _decode_all(written)
    first = np.maximum(np.searchsorted(written.skips, lows, side="left") - 1, 0)
    last = np.maximum(np.searchsorted(written.skips, highs, side="left") - 1, first)
    return _decode_blocks(written, np.unique(ranges(first, last - first + 1)))


class _Written(NamedTuple):
    """One list as it is written: the width of its units, its skip table (empty if it has none), and the bytes of the units."""

    width: int
    skips: Array
    content: Array


def _parsed(encoded: Array) -> _Written:
    head = int(encoded[0])
    width = head & ~_SKIPS
    if not head & _SKIPS:
        return _Written(width, _NOTHING, encoded[1:])
    end = 1 + 8 * -(-(len(encoded) - 1) // (8 + _block_bytes(width)))
    return _Written(width, encoded[1:end].view("<u8"), encoded[end:])


def _block_bytes(width: Any) -> Any:
    return BLOCK * width // 2


def _decode_all(written: _Written) -> Array:
    units = _unpacked(written.content, written.width)
    values = units.astype(np.int64).cumsum()
    kept = units != _ESCAPES[written.width]
    return values if kept.all() else values[kept]


def _decode_blocks(written: _Written, blocks: Array) -> Array:
    """blocks: their numbers, ascending."""
    width, size = written.width, _block_bytes(written.width)
    whole = len(written.content) // size
    # What the last block lacks stays all ones, which stands for no number.
    rows = np.full((len(blocks), size), 0xFF, np.uint8)
    count = int(np.searchsorted(blocks, whole))
    rows[:count] = written.content[: whole * size].reshape(whole, size)[blocks[:count]]
    if count < len(blocks):
        rest = written.content[whole * size :]
        rows[count, : len(rest)] = rest
    units = _unpacked(rows.ravel(), width).reshape(len(blocks), BLOCK)
    values = np.cumsum(units, axis=1, dtype=np.int64) + written.skips[blocks].astype(np.int64)[:, None]
    kept: Array = values[units != _ESCAPES[width]]
    return kept


def decode_lists(encoded: Array, places: Array) -> tuple[Array, Array]:
    """The numbers of many lists end to end, and how many each has. places: where each begins (n + 1), from encoded[0]."""
    begins, sizes = places[:-1], np.diff(places)
    counts = np.zeros(len(sizes), np.int64)
    filled = np.flatnonzero(sizes > 0)
    heads = encoded[begins[filled]].astype(np.int64)
    widths = heads & ~_SKIPS
    skipped = np.where(heads & _SKIPS, 8 * -(-(sizes[filled] - 1) // (8 + _block_bytes(widths))), 0) + 1
    decoded = []
    for width in _WIDTHS:
        lists = filled[widths == width]
        if len(lists):
            skip = skipped[widths == width]
            values, counts[lists] = _decode_width(encoded, width, begins[lists] + skip, sizes[lists] - skip)
            decoded.append((lists, values))
    if len(decoded) == 1:
        return decoded[0][1], counts
    together = np.empty(int(counts.sum()), np.int64)
    starts = offsets_of(counts)
    for lists, values in decoded:
        together[ranges(starts[lists], counts[lists])] = values
    return together, counts


def _decode_width(encoded: Array, width: int, begins: Array, sizes: Array) -> tuple[Array, Array]:
    units = _unpacked(encoded[ranges(begins, sizes)], width)
    starts = offsets_of(2 * sizes // width)
    running = offsets_of(units)
    values = running[1:] - np.repeat(running[starts[:-1]], np.diff(starts))
    kept = units != _ESCAPES[width]
    return values[kept], _sums(kept, starts)
