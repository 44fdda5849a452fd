"""Readers beside rebuilds and updates: no query fails, and each answer is of one generation."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import searcher
from tests.torture.outcome import Outcome

COUNT = 60
READERS = 2


def read_beside_rebuilds(folder: Path, rebuilds: int, queries: int) -> Outcome:
    """Two processes ask, in all at least `queries` times, while a third one commits at least `rebuilds` times two."""
    outcome = Outcome("readers")
    data = folder / "data"
    with searcher.open(data) as archive:
        archive.add(_articles(0))
        readers = [_start(data, queries // READERS) for _ in range(READERS)]
        epoch = 0
        while epoch < rebuilds or any(reader.poll() is None for reader in readers):
            epoch += 1
            with archive._backend.writeside.writing():
                for article in _articles(epoch):
                    archive._backend.store.merge(searcher.Article(**article))
            (archive.rebuild if epoch % 2 else archive.update)()
            outcome.counts["rebuilds" if epoch % 2 else "updates"] += 1
        for reader in readers:
            printed, complaints = reader.communicate()
            outcome.require(reader.returncode == 0, f"a reader ended with {reader.returncode}: {complaints[-300:]}")
            for line in printed.splitlines():
                told = json.loads(line)
                outcome.counts["queries"] += told["asked"]
                outcome.counts["generations met, by all readers"] += told["generations"]
                outcome.failures += told["failures"]
    return outcome


def _articles(epoch: int) -> list[dict[str, str]]:
    return [{"id": f"a{i}", "title": f"epoch {epoch}", "body": f"walrus number {i} of epoch {epoch}"} for i in range(COUNT)]


def _start(data: Path, queries: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.torture.readers", str(data), str(queries)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _read(data: Path, queries: int) -> None:
    """A reader: asks so many times and prints what it met."""
    failures: list[str] = []
    generations = set()
    with searcher.open(data, result_cache=0) as archive:
        for number in range(queries):
            try:
                result = archive.search(("walrus", "", "epoch")[number % 3], limit=COUNT + 1)
            except Exception as error:
                failures.append(f"query {number}: {type(error).__name__}: {error}")
                continue
            generations.add(result.generation)
            titles = {hit.title for hit in result.hits}
            bodies = {snippet.text.rpartition(" epoch ")[2] for hit in result.hits for snippet in hit.snippets}
            whole = result.total == len(result.hits) == COUNT
            if not whole or len(titles) != 1 or not bodies <= {title.split()[-1] for title in titles}:
                failures.append(f"query {number}: {result.total} hits of {sorted(titles)} and {sorted(bodies)}")
    print(json.dumps({"asked": queries, "generations": len(generations), "failures": failures[:5]}))


if __name__ == "__main__":
    _read(Path(sys.argv[1]), int(sys.argv[2]))
