"""Cleaning stays as good as it was: F1, titles, authors and days do not fall under the floors in floors.json.

The pages in tests/golden/html are always measured. Larger sets of real pages are measured where they are at hand:

    SEARCHER_QUALITY_DATA=FOLDER python -m pytest tests/quality

FOLDER holds one folder for each set (its name as in floors.json), with gold.jsonl and the pages in it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.quality.extraction import Score, compare, measure

_FLOORS = json.loads(Path(__file__).with_name("floors.json").read_text(encoding="utf-8"))
_GOLDEN = Path(__file__).parent.parent / "golden" / "html"
_EXTERNAL = sorted(name for name in _FLOORS if name not in ("how", "golden"))


def _check(score: Score, name: str) -> None:
    floor = _FLOORS[name]
    assert score.pages == floor["pages"]
    reached = {"f1": score.f1, "title": score.title, "author": score.author, "day": score.day}
    fallen = {what: (value, floor[what]) for what, value in reached.items() if value < floor[what]}
    assert not fallen, f"{name} fell under its floor: {fallen}"


def test_golden_pages_reach_their_floor() -> None:
    """The shipped pages (navigation, ads, comments, old tables, other languages) are cleaned as well as ever."""
    _check(measure(_GOLDEN), "golden")


@pytest.mark.parametrize("name", _EXTERNAL)
def test_external_sets_reach_their_floors(name: str) -> None:
    """Sets of real pages, where SEARCHER_QUALITY_DATA names a folder that holds them, are cleaned as well as ever."""
    folder = Path(os.environ.get("SEARCHER_QUALITY_DATA", "")) / name
    if "SEARCHER_QUALITY_DATA" not in os.environ or not folder.is_dir():
        pytest.skip(f"SEARCHER_QUALITY_DATA names no folder that holds {name}")
    _check(measure(folder), name)


def test_score_of_the_same_text_is_one() -> None:
    """A body equal to its gold has precision and recall 1, and shingles count as often as they stand there."""
    assert compare("one two three four five", "one two three four five") == (1.0, 1.0)
    assert compare("a b c d a b c d", "a b c d") == (1.0, 1 / 5)


def test_score_of_empty_texts() -> None:
    """Nothing found where something stands scores 0, nothing where nothing stands scores 1."""
    assert compare("some words", "") == (0.0, 0.0)
    assert compare("", "") == (1.0, 1.0)
    assert compare("", "made up words") == (0.0, 1.0)
