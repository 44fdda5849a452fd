"""Expansion: which words a prefix, wildcard or fuzzy word stands for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from searcher.expansion import Expansion, accepts, within_distance
from tests.oracle import edits

LETTERS = st.text("ab", max_size=8)


def matches(pattern: str, term: str) -> bool:
    """The meaning of a wildcard, by recursion over both texts."""
    if not pattern:
        return not term
    if pattern[0] == "*":
        return matches(pattern[1:], term) or (bool(term) and matches(pattern, term[1:]))
    return bool(term) and pattern[0] in ("?", term[0]) and matches(pattern[1:], term[1:])


@given(st.text("ab?*", min_size=1, max_size=8), LETTERS)
def test_wildcards_mean_what_they_say(pattern: str, term: str) -> None:
    """A star is any text, a question mark one character, whatever their number and order."""
    assert accepts(Expansion("wildcard", pattern))(term) is matches(pattern, term)


def test_many_stars_cost_little() -> None:
    """A pattern of many stars on a long word ends at once (with a plain regular expression this test would hang)."""
    assert not accepts(Expansion("wildcard", "*a*a*a*a*a*a*a*b"))("a" * 20_000)


@given(LETTERS, LETTERS, st.integers(0, 2))
def test_distance_is_optimal_string_alignment(one: str, other: str, limit: int) -> None:
    """The bounded distance agrees with the whole matrix."""
    assert within_distance(one, other, limit) is (edits(one, other) <= limit)


def test_long_words_are_compared_near_the_diagonal() -> None:
    """Two words of 40,000 characters are compared at once (with the whole matrix this test would hang)."""
    assert within_distance("zq" * 20_000, "zq" * 19_999 + "qz", 1)
    assert not within_distance("zq" * 20_000, "zq" * 19_999 + "xy", 1)
