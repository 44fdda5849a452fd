"""Windows: the positions that satisfy phrases and proximity, in one article."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from searcher.windows import phrase_starts, windows

PLACES = st.dictionaries(st.sampled_from("abc"), st.sets(st.integers(0, 12), max_size=5), min_size=3, max_size=3)
TERMS = st.text("abc", min_size=1, max_size=4)


@given(PLACES, TERMS, st.integers(0, 6))
def test_windows_hold_what_the_shortest_stretches_hold(places: dict[str, set[int]], terms: str, slop: int) -> None:
    """Every end of a stretch comes once, and all together hold what the shortest stretches that end there hold."""
    occurrences = sorted((place, term) for term, held in places.items() for place in held if term in terms)
    expected: set[tuple[int, int]] = set()
    for end in range(len(occurrences)):
        chosen = _last_of_each(occurrences[: end + 1], terms)
        if len(chosen) == len(terms) and max(chosen)[0] - min(chosen)[0] + 1 - len(terms) <= slop:
            expected |= {(terms.index(term), place) for place, term in chosen}

    found = list(windows(terms, [sorted(places[term]) for term in terms], slop))

    assert set(itertools.chain(*found)) == expected
    assert not found or sorted(terms[index] for index, _ in found[0]) == sorted(terms)


def _last_of_each(occurrences: list[tuple[int, str]], terms: str) -> list[tuple[int, str]]:
    return [one for term in set(terms) for one in [one for one in occurrences if one[1] == term][-terms.count(term) :]]


@given(PLACES, TERMS)
def test_phrases_start_where_each_term_follows(places: dict[str, set[int]], terms: str) -> None:
    """A phrase starts at a place if every term stands as far behind it as in the phrase."""
    starts = [start for start in range(13) if all(start + i in places[term] for i, term in enumerate(terms))]
    assert phrase_starts([sorted(places[term]) for term in terms]) == starts


def test_repetitive_texts_cost_their_length() -> None:
    """A word asked for a thousand times, near itself, in a text of nothing else (stretch by stretch this test would hang)."""
    terms, positions = ["ha"] * 1000, [list(range(100_000))] * 1000
    found = {place for stretch in windows(terms, positions, 10) for _, place in stretch}
    assert found == set(range(100_000))
