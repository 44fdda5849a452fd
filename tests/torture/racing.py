"""Several processes race to write to one archive, and some are killed: one writes at a time, and what it stored is kept."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import searcher
from tests.torture.outcome import Outcome

WRITERS = 4


def race(folder: Path, rounds: int, *, seed: int = 11) -> Outcome:
    """Four processes ingest one article again and again; in every round one of them is killed and another one started."""
    outcome, rng = Outcome("racing"), random.Random(seed)
    data = folder / "data"
    with searcher.open(data) as archive:
        archive.add([{"id": "first", "title": "t", "body": "walrus"}])
    writers = [_start(data, number) for number in range(WRITERS)]
    for number in range(WRITERS, WRITERS + rounds):
        time.sleep(rng.uniform(0.5, 1.5))
        victim = writers.pop(rng.randrange(WRITERS))
        victim.kill()
        _account(victim, data, outcome)
        writers.append(_start(data, number))
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
        writer.stdin = None
    for writer in writers:
        _account(writer, data, outcome)
    with outcome.expecting("at the end"), searcher.open(data) as archive:
        archive.update()
        outcome.require(archive.check(deep=True).ok, f"{archive.check(deep=True).problems[:1]}")
        outcome.require(archive.search("walrus").total == archive.stats().articles, "not all that is kept is found")
    return outcome


def _account(writer: subprocess.Popen[str], data: Path, outcome: Outcome) -> None:
    printed, complaints = writer.communicate()
    lines = [line for line in printed.split("\n")[:-1] if line]
    outcome.counts["articles acknowledged"] += sum(line.startswith("kept ") for line in lines)
    outcome.counts["refused as busy"] += lines.count("busy")
    outcome.require(writer.returncode in (0, -9), f"a writer ended with {writer.returncode}: {complaints[-500:]}")
    with outcome.expecting("after a kill"), searcher.open(data) as archive:
        for line in lines:
            if line.startswith("kept "):
                archive.article(line.removeprefix("kept "))


def _start(data: Path, number: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.torture.racing", str(data), str(number)]
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    writer.stdout.readline()  # "ready"
    return writer


def _write(data: Path, name: str) -> None:
    """A writer: ingests until its standard input ends, and says what it was told is kept."""
    import select  # noqa: PLC0415 - not on every system, and only writers need it

    with searcher.open(data) as archive:
        print("ready", flush=True)
        for number in range(10**6):
            if select.select([sys.stdin], [], [], 0)[0]:
                return
            article = {"id": f"w{name}-{number}", "title": json.dumps(name), "body": f"walrus {name} {number}"}
            try:
                archive.add([article])
            except searcher.ArchiveBusy:
                print("busy", flush=True)
            else:
                print(f"kept {article['id']}", flush=True)


if __name__ == "__main__":
    _write(Path(sys.argv[1]), sys.argv[2])
