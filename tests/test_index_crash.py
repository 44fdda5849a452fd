"""An index survives the death of its writer, faults of the system, and writers and readers beside one another.

Short runs of `tests.torture`; `make torture` has the long ones.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.torture.faults import limit_files
from tests.torture.growth import grow
from tests.torture.kills import kill_writers
from tests.torture.racing import race
from tests.torture.readers import read_beside_rebuilds

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills and limits are those of Unix")


def test_a_killed_writer_leaves_the_old_index_or_the_new(tmp_path: Path) -> None:
    """After each kill of an ingest, update or rebuild the archive opens, nothing acknowledged is lost, the next update works."""
    outcome = kill_writers(tmp_path, 3, articles=100)
    assert outcome.failures == []
    assert outcome.counts["archives whole"] >= 3


def test_readers_never_fail_beside_writers(tmp_path: Path) -> None:
    """Two processes search while a third rebuilds and updates: every query is answered, and from one generation."""
    outcome = read_beside_rebuilds(tmp_path, 4, 400)
    assert outcome.failures == []
    assert outcome.counts["queries"] == 400
    assert outcome.counts["generations met, by all readers"] > 2


def test_small_ingests_leave_a_bounded_index(tmp_path: Path) -> None:
    """Many small ingests take at most half as much disk again as one big one, in a bounded number of segments."""
    outcome = grow(tmp_path, 30)
    assert outcome.failures == []


def test_writers_take_turns(tmp_path: Path) -> None:
    """Four processes write at once and some are killed: the archive stays whole, what they were told is kept is there."""
    outcome = race(tmp_path, 1)
    assert outcome.failures == []
    assert outcome.counts["articles acknowledged"] > 0


def test_limits_of_the_system_fail_a_commit_cleanly(tmp_path: Path) -> None:
    """Too large a file or too many open ones: an error of ours, the old index answers, the next commit works, no litter."""
    outcome = limit_files(tmp_path, 4)
    assert outcome.failures == []
    assert outcome.counts["commits refused under RLIMIT_FSIZE"] > 0
    assert outcome.counts["commits refused under RLIMIT_NOFILE"] > 0
