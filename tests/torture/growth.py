"""Hundreds of small ingests: the number of segments and the disk stay bounded."""

from __future__ import annotations

from pathlib import Path

import searcher
from tests import invented
from tests.torture.outcome import Outcome

# Disk after many small ingests, times that of one big one.
MOST_DISK = 1.5
MOST_SEGMENTS = 40


def grow(folder: Path, updates: int, *, articles: int = 10, seed: int = 7) -> Outcome:
    """Ingests so many times, then all at once elsewhere, and compares."""
    outcome = Outcome("growth")
    everything = invented.articles(updates * articles, seed)
    most_segments, most_bytes = 0, 0
    with searcher.open(folder / "small") as archive:
        for first in range(0, len(everything), articles):
            archive.add(everything[first : first + articles])
            most_segments = max(most_segments, _segments(archive))
            most_bytes = max(most_bytes, _bytes(folder / "small"))
        outcome.require(archive.check(deep=True).ok, f"{archive.check(deep=True).problems[:1]}")
    with searcher.open(folder / "big") as archive:
        archive.add(everything)
    ratio = _bytes(folder / "small") / _bytes(folder / "big")
    outcome.counts["small ingests"] = updates
    outcome.counts["segments at most"] = most_segments
    outcome.counts["% of the disk of one big ingest, at the end"] = round(100 * ratio)
    outcome.counts["% of it, at most"] = round(100 * most_bytes / _bytes(folder / "big"))
    outcome.require(ratio <= MOST_DISK, f"the disk is {ratio:.2f} times that of one big ingest")
    outcome.require(most_segments <= MOST_SEGMENTS, f"there were {most_segments} segments")
    return outcome


def _segments(archive: searcher.Archive) -> int:
    index = archive.stats().index
    return index.segments if index is not None else 0


def _bytes(data: Path) -> int:
    return sum(file.stat().st_size for file in (data / "index").rglob("*") if file.is_file())
