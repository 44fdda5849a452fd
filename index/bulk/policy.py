"""Which segments a commit merges: give it their sizes, and it says which of them join what is new.

Merging all smaller segments into the new one, unless a segment is larger than all of those together, keeps sizes at least
doubling from one segment to the next: N articles that came a few at a time lie in about log2(N / SMALL) segments, and each has
been written about as often. One large ingest merges nothing that is larger than itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

# Segments up to this many articles are always merged: it takes some 20 ms, and keeps the number of segments down.
SMALL = 256
# A segment is written anew without its deleted articles when they are more than this part of it.
MOST_DELETED = 0.25


@dataclasses.dataclass(frozen=True, slots=True)
class Size:
    """Articles of a segment, and how many of them are deleted."""

    articles: int
    deleted: int

    @property
    def live(self) -> int:
        """Articles that are not deleted."""
        return self.articles - self.deleted


def to_merge(segments: Sequence[Size], new: int) -> list[int]:
    """The places of the segments to merge with `new` articles, ascending."""
    chosen = {place for place, size in enumerate(segments) if size.deleted > MOST_DELETED * size.articles}
    if not new and not chosen:
        return []
    total = new + sum(segments[place].live for place in chosen)
    for place in sorted(range(len(segments)), key=lambda place: segments[place].live):
        if place in chosen:
            continue
        if segments[place].live > max(total, SMALL):
            break
        chosen.add(place)
        total += segments[place].live
    return sorted(chosen)
