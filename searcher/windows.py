"""Positions that satisfy phrases and proximity: one definition for engines and for marks."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence


def phrase_starts(positions: Sequence[Sequence[int]]) -> list[int]:
    """Where terms stand at successive positions: positions[i] are those of the i-th term; gives those of the first."""
    starts = set(positions[0])
    for offset, following in enumerate(positions[1:], 1):
        starts &= {position - offset for position in following}
    return sorted(starts)


def windows(terms: Sequence[str], positions: Sequence[Sequence[int]], slop: int) -> Iterator[list[tuple[int, int]]]:
    """Stretches that hold all terms in any order with at most slop positions to spare.

    Each comes as (index of term, position) pairs, one a term, a term asked for twice at two positions. Every end position
    gives the shortest stretch that ends there, so no match is missed.
    """
    wanted = Counter(terms)
    first_index = {term: index for index, term in reversed(list(enumerate(terms)))}
    events = sorted({(position, term) for term, places in zip(terms, positions, strict=True) for position in places})
    recent: dict[str, deque[int]] = {term: deque(maxlen=count) for term, count in wanted.items()}
    for position, term in events:
        recent[term].append(position)
        if any(len(recent[other]) < count for other, count in wanted.items()):
            continue
        chosen = sorted((place, other) for other, places in recent.items() for place in places)
        if chosen[-1][0] - chosen[0][0] + 1 - len(terms) <= slop:
            yield [(first_index[other], place) for place, other in chosen]
