"""kill -9 of `searcher ingest`, `update` and `rebuild` at random moments: nothing acknowledged is lost, ever."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import searcher
from tests import invented
from tests.torture.outcome import Outcome

BATCH = 40
COMMANDS = ("ingest", "update", "rebuild")
# How soon a writer must be able to begin after the one before was killed, in seconds.
STARTS_WITHIN_S = 2.0
DEEP_EVERY = 20


def kill_writers(folder: Path, rounds: int, *, articles: int = 600, seed: int = 3) -> Outcome:
    """Kills so many writers; after each the archive must open, hold all, and take the next writer at once."""
    outcome, rng = Outcome("kill -9"), random.Random(seed)
    data = folder / "data"
    with searcher.open(data) as archive:
        archive.add(invented.articles(articles))
        acknowledged = {str(article.id) for article in archive.export()}
    durations = {command: _duration(data, command, folder) for command in COMMANDS}
    killed = number = 0
    while killed < rounds:
        indexed = len(acknowledged)
        command = COMMANDS[number % len(COMMANDS)]
        if command == "update":
            acknowledged |= _ingest(data, folder, number, "--no-index")
        writer = _start(data, *_arguments(command, folder, number))
        time.sleep(rng.uniform(0.25, 0.95) * durations[command])
        writer.send_signal(signal.SIGKILL)
        if writer.wait() == 0 and command == "ingest":
            acknowledged |= _ids(number)
        killed += bool(writer.returncode)
        if writer.returncode == 0:
            durations[command] *= 0.8  # it was measured at a busier moment
        outcome.counts[f"{command} killed" if writer.returncode else f"{command} ended before"] += 1
        where = f"round {number}, {command}"
        with outcome.expecting(where):
            outcome.require(_found(data) >= indexed, f"{where}: less is found than before")
        acknowledged = _examine(data, outcome, acknowledged, where, deep=number % DEEP_EVERY == 0)
        number += 1
    return outcome


def _examine(data: Path, outcome: Outcome, acknowledged: set[str], where: str, *, deep: bool) -> set[str]:
    """What is in the archive after a kill, which from now on counts as acknowledged."""
    with outcome.expecting(where), searcher.open(data, result_cache=0) as archive:
        began = time.monotonic()
        with archive._backend.writeside.writing():
            waited = time.monotonic() - began
        outcome.require(waited <= STARTS_WITHIN_S, f"{where}: the next writer waited for {waited:.1f} s")
        archive.update()
        kept = {str(article.id) for article in archive.export()}
        outcome.require(acknowledged <= kept, f"{where}: lost {sorted(acknowledged - kept)[:3]}")
        found = archive.search("", limit=1, facets=False).total
        outcome.require(found == len(kept), f"{where}: {found} articles are found, {len(kept)} are kept")
        problems = archive.check(deep=deep).problems
        outcome.require(not problems, f"{where}: {problems[:1]}")
        outcome.counts["archives whole"] += 1
        acknowledged |= kept
    return acknowledged


def _found(data: Path) -> int:
    """How many articles a search for everything finds."""
    with searcher.open(data, result_cache=0) as archive:
        return archive.search("", limit=1, facets=False).total


def _ids(number: int) -> set[str]:
    return {f"r{number}-{i}" for i in range(BATCH)}


def _arguments(command: str, folder: Path, number: int) -> tuple[str, ...]:
    if command != "ingest":
        return (command,)
    file = folder / "more.jsonl"
    file.write_text("\n".join(json.dumps({"id": one, "title": "more", "body": f"walrus {one}"}) for one in _ids(number)))
    return "ingest", str(file)


def _ingest(data: Path, folder: Path, number: int, *options: str) -> set[str]:
    _, file = _arguments("ingest", folder, number)
    return _ids(number) if _start(data, "ingest", *options, file).wait() == 0 else set()


def _duration(data: Path, command: str, folder: Path) -> float:
    began = time.monotonic()
    if _start(data, *_arguments(command, folder, -1)).wait():
        raise RuntimeError(f"`searcher {command}` fails without being killed")
    return time.monotonic() - began


def _start(data: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "searcher", "--data", str(data), *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
