"""kill -9 of nodes of a cluster while one thread ingests and others search: nothing acknowledged is lost, no answer is wrong.

Three nodes, each shard twice. The cluster manager, wherever it is, and the others are killed in turn; after each kill work goes
on for a while without the node, then it starts again. What the archive acknowledged is written down by this side alone.
"""

from __future__ import annotations

import dataclasses
import itertools
import random
import threading
import time
from pathlib import Path
from typing import Any

import searcher
from index.errors import SearcherError
from tests.cluster.nodes import Cluster, ask
from tests.torture.cluster_archives import open_archive
from tests.torture.outcome import Outcome

# Articles that are there before and are not written again: what is asked for them has one right answer.
STEADY = 300
BATCH = 20
SEARCHERS = 2
PAGE = 10
# Without its copy a shard is not refreshed; the next refresh of its own accord is due within 5 s.
FOUND_WITHIN_S = 15.0
BEFORE_S, AWAY_S = 2.0, 6.0


def kill_nodes(folder: Path, kills: int, *, cluster: Cluster | None = None, away_s: float = AWAY_S, seed: int = 13) -> Outcome:
    """Kills so many nodes, one after the other; every second one is the node that manages the cluster."""
    if cluster is not None:
        return _torture(cluster, folder, kills, away_s, seed)
    with Cluster.start() as own:
        return _torture(own, folder, kills, away_s, seed)


def _torture(cluster: Cluster, folder: Path, kills: int, away_s: float, seed: int) -> Outcome:
    outcome, rng = Outcome("nodes killed"), random.Random(seed)
    name = f"torture-nodes-{rng.randrange(10**9)}"
    with open_archive(folder, cluster, name) as archive:
        archive.add(_article(f"steady-{number}", "walrus", number) for number in range(STEADY))
        cluster.wait_for("green")
        work = _Work(archive, outcome)
        threads = [threading.Thread(target=work.ingest), *(threading.Thread(target=work.search) for _ in range(SEARCHERS))]
        for thread in threads:
            thread.start()
        try:
            for number in range(kills):
                time.sleep(BEFORE_S)
                _kill_one(cluster, outcome, number, away_s)
        finally:
            work.stop.set()
            for thread in threads:
                thread.join()
        _examine(archive, work, outcome)
    cluster.delete_indices(name)
    return outcome


def _kill_one(cluster: Cluster, outcome: Outcome, number: int, away_s: float) -> None:
    manager = _manager(cluster)
    victim = manager if number % 2 == 0 else (manager + 1 + number // 2 % (len(cluster.nodes) - 1)) % len(cluster.nodes)
    outcome.counts["kills of the cluster manager" if victim == manager else "kills of other nodes"] += 1
    cluster.kill(victim)
    time.sleep(away_s)
    cluster.restart(victim)
    cluster.wait_for("green")


def _manager(cluster: Cluster) -> int:
    """The number of the node that manages the cluster."""
    (row,) = ask(cluster.urls[0], "/_cat/cluster_manager?format=json")
    return [node.settings.name for node in cluster.nodes].index(row["node"])


@dataclasses.dataclass
class _Work:
    """What the threads do, and what they were told."""

    archive: searcher.Archive
    outcome: Outcome
    stop: threading.Event = dataclasses.field(default_factory=threading.Event)
    acknowledged: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    # When so many articles had been acknowledged, in all.
    history: list[tuple[float, int]] = dataclasses.field(default_factory=list)

    def ingest(self) -> None:
        """New articles, and every third time some that are there get other texts; what is refused is tried until it is taken."""
        for turn in itertools.count():
            first = max(0, turn - 5 if turn % 3 == 2 else turn) * BATCH
            batch = [_article(f"a{number}", "epoch", number + turn) for number in range(first, first + BATCH)]
            while not self._acknowledges(batch):
                if self.stop.is_set():
                    return
            self.acknowledged |= {article["id"]: article for article in batch}
            self.history.append((time.monotonic(), len(self.acknowledged)))
            if self.stop.is_set():
                return

    def _acknowledges(self, batch: list[dict[str, Any]]) -> bool:
        try:
            self.archive.add(batch)
        except SearcherError as error:
            self.outcome.counts[f"ingests refused ({type(error).__name__})"] += 1
            return False
        except Exception as error:
            self.outcome.failures.append(f"ingest: {type(error).__name__}: {error}")
            return False
        self.outcome.counts["ingests acknowledged"] += 1
        return True

    def search(self) -> None:
        """One question that has one right answer, and one whose answer grows."""
        answered = time.monotonic()
        for number in itertools.count():
            if self.stop.is_set():
                return
            try:
                wrong = self._steady() if number % 2 else self._growing()
            except SearcherError as error:
                self.outcome.counts[f"searches refused ({type(error).__name__})"] += 1
                continue
            except Exception as error:
                self.outcome.failures.append(f"search: {type(error).__name__}: {error}")
                continue
            finally:
                self._gap(time.monotonic() - answered)
            answered = time.monotonic()
            self.outcome.counts["searches answered"] += 1
            self.outcome.counts["wrong answers"] += bool(wrong)
            self.outcome.require(not wrong, wrong)

    def _steady(self) -> str:
        result = self.archive.search("walrus", limit=PAGE, sort="oldest")
        ids = [hit.id for hit in result.hits]
        right = result.total == STEADY and ids == [f"steady-{number}" for number in range(PAGE)]
        counted = sum(value.count for value in result.facets.month)
        return "" if right and counted == STEADY else f"walrus: {result.total} found, {counted} counted, {ids}"

    def _growing(self) -> str:
        due = time.monotonic() - FOUND_WITHIN_S
        least = max((count for when, count in list(self.history) if when <= due), default=0)
        total = self.archive.search("epoch", limit=1, facets=False).total
        return "" if total >= least else f"epoch: {total} found, {least} were acknowledged {FOUND_WITHIN_S:g} s before"

    def _gap(self, seconds: float) -> None:
        name = "ms at most without an answer"
        self.outcome.counts[name] = max(self.outcome.counts[name], round(1000 * seconds))


def _examine(archive: searcher.Archive, work: _Work, outcome: Outcome) -> None:
    with outcome.expecting("at the end"):
        kept = {str(article.id): article for article in archive.export()}
        for article_id, article in work.acknowledged.items():
            found = kept.get(article_id)
            outcome.require(found is not None, f"{article_id} was acknowledged and is lost")
            if found is not None:
                outcome.require(found.body == article["body"], f"{article_id} has the text of another time: {found.body}")
        outcome.counts["articles acknowledged"] = len(work.acknowledged)
        problems = archive.check().problems
        outcome.require(not problems, f"check: {problems[:1]}")
        outcome.require(archive.search("walrus", facets=False).total == STEADY, "articles that stood there are lost")
        epoch = archive.search("epoch", facets=False).total
        outcome.require(
            epoch >= len(work.acknowledged), f"{epoch} articles are found, {len(work.acknowledged)} were acknowledged"
        )


def _article(article_id: str, word: str, number: int) -> dict[str, Any]:
    published = f"2025-{number % 336 // 28 + 1:02d}-{number % 28 + 1:02d}"
    return {"id": article_id, "title": f"{word} {article_id}", "body": f"{word} number {number} at sea.", "published": published}
