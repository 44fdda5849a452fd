"""kill -9 of `searcher ingest` onto a cluster at random moments: run again, it completes, and all is as if never killed.

The file holds articles with ids, articles without, copies of those with another ending, and articles that come twice.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.cluster.nodes import Cluster
from tests.torture.cluster_archives import configuration, open_archive
from tests.torture.outcome import Outcome

WORDS = (
    "harbor strike minister union ferry grain budget vote storm rescue border treaty market price vessel captain island police"
    " court budget school river bridge tunnel railway airport drought harvest fishing museum concert election council reform"
).split()
# In so many of the rounds the run after a killed one is killed too, if it does not end before.
SHARE_KILLED_TWICE = 0.5


def kill_ingests(folder: Path, rounds: int, *, cluster: Cluster | None = None, articles: int = 1200, seed: int = 17) -> Outcome:
    """So many rounds, each into an index of its own."""
    if cluster is not None:
        return _torture(cluster, folder, rounds, articles, seed)
    with Cluster.start() as own:
        return _torture(own, folder, rounds, articles, seed)


def _torture(cluster: Cluster, folder: Path, rounds: int, articles: int, seed: int) -> Outcome:
    outcome, rng = Outcome("ingests killed"), random.Random(seed)
    file = folder / "articles.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in _lines(articles, rng)))
    prefix = f"torture-kills-{rng.randrange(10**9)}"
    whole = configuration(folder, cluster, f"{prefix}-whole")
    _run(whole, file)  # makes the index; how long it takes is measured on the next
    began = time.monotonic()
    _run(configuration(folder, cluster, f"{prefix}-timed"), file)
    duration = time.monotonic() - began
    expected = _kept(folder, cluster, f"{prefix}-whole")
    outcome.counts["articles in the file"] = articles
    outcome.counts["articles kept of it"] = len(expected)
    for number in range(rounds):
        name = f"{prefix}-{number}"
        config = configuration(folder, cluster, name)
        with outcome.expecting(f"round {number}"):
            while not _is_killed(config, file, rng.uniform(0.15, 1.0) * duration):
                # It ended before: nodes get faster as they warm up. Begun anew, since a round without a kill shows nothing.
                cluster.delete_indices(name)
                duration *= 0.9
            twice = rng.random() < SHARE_KILLED_TWICE and _is_killed(config, file, rng.uniform(0.15, 1.0) * duration)
            outcome.counts["runs killed"] += 1 + twice
            _run(config, file)
            kept = _kept(folder, cluster, name)
            outcome.failures += [f"round {number}: {what}" for what in _differences(expected, kept)][:3]
            outcome.counts["rounds as if never killed"] += kept == expected
        cluster.delete_indices(name)
    cluster.delete_indices(prefix)
    return outcome


def _differences(expected: dict[str, Any], kept: dict[str, Any]) -> Iterator[str]:
    yield from (f"{article_id} is missing" for article_id in expected.keys() - kept.keys())
    yield from (f"{article_id} is one too many" for article_id in kept.keys() - expected.keys())
    for article_id in expected.keys() & kept.keys():
        if expected[article_id] != kept[article_id]:
            yield f"{article_id} is {kept[article_id]}, expected {expected[article_id]}"


def _kept(folder: Path, cluster: Cluster, name: str) -> dict[str, Any]:
    """All articles of an index, by id; as many as searches find."""
    with open_archive(folder, cluster, name) as archive:
        kept = [article.to_mapping() for article in archive.export()]
        found = archive.search("", limit=1, facets=False).total
        problems = archive.check().problems
    if found != len(kept) or problems:
        raise RuntimeError(f"{len(kept)} articles are kept, {found} are found, check says {problems[:1]}")
    return {article["id"]: article for article in kept}


def _lines(count: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    """A third has no id; of those every fourth is a longer telling of an earlier one, and some lines come twice."""
    nameless: list[dict[str, Any]] = []
    for number in range(count):
        line: dict[str, Any] = {"title": " ".join(rng.choices(WORDS, k=6)), "body": " ".join(rng.choices(WORDS, k=80)) + "."}
        if number % 3:
            line["id"] = f"r-{number}"
        elif nameless and number % 4 == 0:
            line = rng.choice(nameless)
            line = {**line, "body": f"{line['body']} More follows on {rng.choice(WORDS)} and {rng.choice(WORDS)}."}
        if "id" not in line:
            nameless.append(line)
        yield line
        if number % 50 == 0:
            yield line


def _is_killed(config: Path, file: Path, after_s: float) -> bool:
    """Whether a run still went on after so long and was killed."""
    process = _start(config, file)
    try:
        _require_success(process, process.communicate(timeout=after_s)[1])
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    return process.returncode == -signal.SIGKILL


def _run(config: Path, file: Path) -> None:
    process = _start(config, file)
    _require_success(process, process.communicate()[1])


def _require_success(process: subprocess.Popen[str], complaints: str) -> None:
    if process.returncode:
        raise RuntimeError(f"`searcher ingest` ended with {process.returncode}: {complaints[-500:]}")


def _start(config: Path, file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "searcher", "ingest", str(file), "--json"]
    environment = os.environ | {"SEARCHER_CONFIG": str(config)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
