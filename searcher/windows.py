"""Positions that satisfy phrases and proximity: one definition for engines and for marks."""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Iterator, Sequence


def phrase_starts(positions: Sequence[Sequence[int]]) -> list[int]:
    """Where terms stand at successive positions: positions[i] are those of the i-th term; gives those of the first."""
    held = {id(places): frozenset(places) for places in positions}  # of a word that is repeated, once
    (first, rarest), *others = sorted(enumerate(positions), key=lambda one: len(one[1]))
    starts = [place - first for place in rarest]
    for offset, following in others:
        starts = [start for start in starts if start + offset in held[id(following)]]
    return sorted(starts)


def windows(terms: Sequence[str], positions: Sequence[Sequence[int]], slop: int) -> Iterator[list[tuple[int, int]]]:
    """Stretches that hold all terms in any order with at most slop positions to spare.

    Each comes as (index of term, position) pairs, one a term, a term asked for twice at two positions. Every end position
    gives the shortest stretch that ends there, so no match is missed; of each, what lies before the end of the stretch before
    is left out, as that had it too: so a long text that repeats its words costs no more than its length.
    """
    wanted = Counter(terms)
    first_index = {term: index for index, term in reversed(list(enumerate(terms)))}
    places_of = dict(zip(terms, positions, strict=True))
    events = sorted((position, term) for term, places in places_of.items() for position in places)
    recent: dict[str, deque[int]] = {term: deque(maxlen=count) for term, count in wanted.items()}
    lacking = len(terms)
    given = -1  # the last position of the stretch before
    for position, term in events:
        held = recent[term]
        lacking -= len(held) < wanted[term]
        held.append(position)
        if lacking or position + 1 - min(places[0] for places in recent.values()) - len(terms) > slop:
            continue
        new = [(place, other) for other, places in recent.items() for place in _from(places, given)]
        yield [(first_index[other], place) for place, other in sorted(new)]
        given = position


def _from(ascending: deque[int], place: int) -> Iterator[int]:
    """The places from one on, last first."""
    return itertools.takewhile(lambda one: one >= place, reversed(ascending))
