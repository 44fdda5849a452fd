"""Lists as gaps: every way of decoding agrees with plain Python lists, at every width, escape and size of block."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.arrays import offsets_of, ranges
from index.codec.gaps import (
    BLOCK,
    SKIP_FROM,
    decode,
    decode_between,
    decode_lists,
    decode_near,
    decode_steps,
    encode_lists,
    encode_steps,
)

# Around what units of each width hold, and what is added there for a gap that goes on.
EDGES = sorted({0, 1, 2, 509, 510, 511, 131070, 2**33, *(2**bits - less for bits in range(4, 33, 4) for less in (0, 1, 2))})
SIZES = [0, 1, 2, 127, 128, 129, 255, 256, 257, 511, 512, 513, 639, 640, 641, 1500]

gap = st.sampled_from(EDGES[:12]) | st.integers(0, 300) | st.sampled_from(EDGES)
lists = st.lists(gap, max_size=40).map(lambda gaps: list(accumulate(gaps)))


@st.composite
def long_lists(draw: st.DrawFn) -> list[int]:
    """A list of a size about the limits, its gaps drawn from a few values."""
    size = draw(st.sampled_from(SIZES))
    values = draw(st.lists(gap, min_size=1, max_size=4))
    seed = draw(st.integers(0, 2**32 - 1))
    gaps = np.random.default_rng(seed).choice(np.array(values, np.int64), size)
    return list(accumulate(gaps.tolist()))


def encoded(*numbers: list[int]) -> tuple[np.ndarray, np.ndarray]:
    together = np.array([number for one in numbers for number in one], np.int64)
    return encode_lists(together, np.array([len(one) for one in numbers], np.int64))


def one_list(numbers: list[int]) -> np.ndarray:
    return encoded(numbers)[0]


@settings(max_examples=100, deadline=None)
@given(st.lists(lists, max_size=12))
def test_lists_come_back(numbers: list[list[int]]) -> None:
    """Lists encoded together are decoded one by one and all at once, empty ones among them."""
    content, places = encoded(*numbers)
    assert len(places) == len(numbers) + 1
    for number, one in enumerate(numbers):
        assert decode(content[places[number] : places[number + 1]]).tolist() == one
    values, counts = decode_lists(content, places)
    assert counts.tolist() == [len(one) for one in numbers]
    assert values.tolist() == [number for one in numbers for number in one]


@settings(max_examples=60, deadline=None)
@given(st.lists(long_lists(), max_size=4))
def test_long_lists_come_back(numbers: list[list[int]]) -> None:
    """So are lists with skip tables, beside lists without, of other widths."""
    content, places = encoded(*numbers)
    values, counts = decode_lists(content, places)
    assert counts.tolist() == [len(one) for one in numbers]
    assert values.tolist() == [number for one in numbers for number in one]
    for number, one in enumerate(numbers):
        assert decode(content[places[number] : places[number + 1]]).tolist() == one


@settings(max_examples=100, deadline=None)
@given(st.lists(lists, min_size=1, max_size=6), st.data())
def test_a_list_does_not_depend_on_its_neighbors(numbers: list[list[int]], data: st.DataObject) -> None:
    """A list has the same bytes alone as among others, so that segments can be merged as bytes."""
    content, places = encoded(*numbers)
    chosen = data.draw(st.integers(0, len(numbers) - 1))
    assert content[places[chosen] : places[chosen + 1]].tolist() == one_list(numbers[chosen]).tolist()


@settings(max_examples=100, deadline=None)
@given(long_lists(), st.lists(st.integers(0, 2**20) | st.sampled_from(EDGES), max_size=8), st.data())
def test_near_has_all_targets(numbers: list[int], others: list[int], data: st.DataObject) -> None:
    """`decode_near` gives the numbers that equal a target, in order, and nothing that is not in the list."""
    present = data.draw(st.lists(st.sampled_from(numbers), max_size=5)) if numbers else []
    targets = sorted({*others, *present})
    found = decode_near(one_list(numbers), np.array(targets, np.int64)).tolist()
    assert found == sorted(found)
    assert is_part(found, numbers)
    for target in targets:
        assert (target in found) == (target in numbers)


@pytest.mark.parametrize("seed", range(20))
def test_numbers_at_the_edge_of_a_block(seed: int) -> None:
    """A number whose gap goes on in the next block is found there, and one that ends a block is found in that."""
    rng = np.random.default_rng(seed)
    numbers = np.cumsum(rng.choice([1, 255, 256, 510], 2000, p=[0.6, 0.2, 0.1, 0.1]))
    content = one_list(numbers.tolist())
    for target in rng.choice(numbers, 100):
        assert target in decode_near(content, np.array([target]))
        assert target in decode_between(content, np.array([target]), np.array([target + 1]))


@settings(max_examples=100, deadline=None)
@given(long_lists(), st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 3000)), max_size=4), st.data())
def test_between_has_all_ranges(numbers: list[int], steps: list[tuple[int, int]], data: st.DataObject) -> None:
    """`decode_between` gives all numbers in each range, with their repetitions, in order, and nothing not in the list."""
    base = data.draw(st.sampled_from(numbers)) if numbers else 0
    lows, highs = [], []
    at = max(base - 500, 0)
    for skip, size in steps:
        lows.append(at + skip)
        highs.append(at + skip + size)
        at = highs[-1]
    found = decode_between(one_list(numbers), np.array(lows, np.int64), np.array(highs, np.int64)).tolist()
    assert found == sorted(found)
    assert is_part(found, numbers)
    for low, high in zip(lows, highs, strict=True):
        wanted = numbers[bisect_left(numbers, low) : bisect_left(numbers, high)]
        assert found[bisect_left(found, low) : bisect_left(found, high)] == wanted


def is_part(found: list[int], numbers: list[int]) -> bool:
    return all(found.count(number) <= numbers.count(number) for number in set(found[:50]))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [1, 15, 254, 255, 256, 4095, 65535, 65536, 2**20, 2**24])
def test_sizes_and_widths(size: int, step: int) -> None:
    """Lists of every size about a block and about the first skip table come back, whatever the width of their units."""
    numbers = [step * (number + 1) for number in range(size)]
    content = one_list(numbers)
    assert decode(content).tolist() == numbers
    for number in numbers[:: max(1, size // 7)]:
        assert number in decode_near(content, np.array([number], np.int64)).tolist()


def test_skip_tables_begin_where_they_are_documented() -> None:
    """A list has a skip table from one unit over SKIP_FROM on, and then only a few of its blocks are decoded."""
    assert not one_list(list(range(SKIP_FROM)))[0] & 0x80
    content = one_list(list(range(4 * SKIP_FROM)))
    assert content[0] & 0x80
    assert len(decode_near(content, np.array([3 * SKIP_FROM], np.int64))) <= 2 * BLOCK


def test_worked_example_of_the_format() -> None:
    """3, 5, 300 are the five bytes of FORMAT.md."""
    assert one_list([3, 5, 300]).tobytes() == bytes.fromhex("02 03 02 FF 28")


@pytest.mark.parametrize(
    ("step", "half_bytes"), [(1, 1), (14, 1), (200, 2), (4_000, 3), (65_000, 4), (10**6, 5), (16_000_000, 6), (2**31, 8)]
)
def test_the_shortest_width_is_taken(step: int, half_bytes: int) -> None:
    """A list is written in the narrowest units that hold its gaps."""
    numbers = [step * (number + 1) for number in range(100)]
    content = one_list(numbers)
    assert len(content) == 1 + 100 * half_bytes // 2
    assert content[0] == half_bytes
    assert decode(content).tolist() == numbers


@pytest.mark.parametrize("step", [1, 4_000, 10**6, 16_000_000])
def test_units_written_by_twos(step: int) -> None:
    """Where two units share their bytes, one that is left over is followed by one that stands for no number."""
    for size in (1, 3, 99, 513):
        numbers = [step * (number + 1) for number in range(size)]
        content, places = encoded(numbers, numbers, [], numbers)
        assert decode_lists(content, places)[0].tolist() == 3 * numbers
        assert decode(content[: places[1]]).tolist() == numbers


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 2**31), max_size=200))
def test_numbers_in_any_order(numbers: list[int]) -> None:
    """Numbers that do not ascend come back from their steps."""
    assert decode_steps(encode_steps(np.array(numbers, np.int64))).tolist() == numbers


def test_no_lists_and_empty_lists() -> None:
    """Nothing at all, and nothing but empty lists, take no bytes."""
    for numbers in ([], [[], [], []]):
        content, places = encoded(*numbers)
        assert len(content) == 0
        assert places.tolist() == [0] * (len(numbers) + 1)
        values, counts = decode_lists(content, places)
        assert values.tolist() == []
        assert counts.tolist() == [0] * len(numbers)
    assert decode(np.empty(0, np.uint8)).tolist() == []
    assert decode_near(np.empty(0, np.uint8), np.array([1])).tolist() == []
    assert decode_between(np.empty(0, np.uint8), np.array([1]), np.array([2])).tolist() == []


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=10))
def test_ranges_and_offsets(slices: list[tuple[int, int]]) -> None:
    """`ranges` are the indices of slices end to end, `offsets_of` where they begin."""
    starts = np.array([start for start, _ in slices], np.int64)
    counts = np.array([count for _, count in slices], np.int64)
    assert ranges(starts, counts).tolist() == [start + n for start, count in slices for n in range(count)]
    assert offsets_of(counts).tolist() == [0, *accumulate(count for _, count in slices)]
