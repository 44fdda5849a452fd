"""An archive on a cluster survives the death of nodes and of its own processes.

Short runs of `tests.torture`; `python -m tests.torture nodes ingestkills` has the long ones.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cluster.nodes import Cluster
from tests.torture.ingest_kills import kill_ingests
from tests.torture.nodes import kill_nodes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills are those of Unix")


def test_a_node_dies_while_articles_come_and_searches_run(mortal_cluster: Cluster, tmp_path: Path) -> None:
    """After kill -9 of a node under load all that was acknowledged is there with its text, and no answer meanwhile was wrong."""
    outcome = kill_nodes(tmp_path, 1, cluster=mortal_cluster, away_s=3)
    assert outcome.failures == []
    assert outcome.counts["ingests acknowledged"] > 0
    assert outcome.counts["searches answered"] > 0
    assert outcome.counts["wrong answers"] == 0


def test_a_killed_ingest_is_completed_by_the_next(cluster: Cluster, tmp_path: Path) -> None:
    """A run of `searcher ingest` that is killed, begun again, leaves the articles, ids and texts of one that was not killed."""
    outcome = kill_ingests(tmp_path, 2, cluster=cluster, articles=200)
    assert outcome.failures == []
    assert outcome.counts["rounds as if never killed"] == 2
    assert outcome.counts["runs killed"] >= 2
