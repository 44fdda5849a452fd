"""The process of one engine: commands come as JSON lines on standard input, answers go to standard output.

    python -m tests.bench.worker ENGINE FOLDER

It imports one engine and little else, so that its memory is the engine's. `Worker` is the other end.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.bench import corpus
from tests.bench.engines import Engine, load
from tests.bench.measure import largest_resident, processor_seconds
from tests.bench.queries import Query

OPENINGS = 5
ROOT = Path(__file__).resolve().parents[2]


class WorkerDied(Exception):
    """An engine's process ended before it answered; what it said is on standard error."""


class Worker:
    """A running process of an engine; ends with its context."""

    def __init__(self, engine: str, folder: Path) -> None:
        self.engine = engine
        command = [sys.executable, "-m", "tests.bench.worker", engine, str(folder.resolve())]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The answer to a command."""
        to, of = self._process.stdin, self._process.stdout
        assert to is not None and of is not None  # both are pipes
        with contextlib.suppress(BrokenPipeError):  # it has ended, as the missing answer will show
            to.write(json.dumps([command, arguments]) + "\n")
            to.flush()
        line = of.readline()
        if not line:
            raise WorkerDied(f"{self.engine} ended with code {self._process.wait()} while asked to {command}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self._process.kill()
        self._process.communicate()  # closes its input, which ends it


def build(engine: Engine, articles: str) -> dict[str, Any]:
    """Indexes a prepared file."""
    built = _timed(lambda: engine.build(corpus.prepared(Path(articles))))
    return {**built, "sizes": dict(engine.sizes())}


def reindex(engine: Any) -> dict[str, Any]:
    """Makes our index anew from the store."""
    built = _timed(engine.reindex)
    return {**built, "sizes": dict(engine.sizes())}


def open_searcher(engine: Engine, query: dict[str, Any]) -> dict[str, Any]:
    """Opens it several times, each with an answer; the first time and the best. It stays open."""
    asked = Query.from_mapping(query)
    opened, answered = [], []
    for turn in range(OPENINGS):
        if turn:
            engine.close()
        started = time.perf_counter()
        engine.open()
        opened.append((time.perf_counter() - started) * 1e3)
        engine.search(asked, snippets=False)
        answered.append((time.perf_counter() - started) * 1e3)
    return {
        "first_ms": opened[0],
        "best_ms": min(opened),
        "first_answer_ms": answered[0],
        "best_answer_ms": min(answered),
    }


def answer(engine: Engine, queries: list[dict[str, Any]], snippets: bool) -> dict[str, Any]:
    """Asks each query once; None for one that this engine cannot be asked."""
    seconds: list[float | None] = []
    hits: list[int] = []
    for query in map(Query.from_mapping, queries):
        if query.parts() & engine.cannot:
            seconds.append(None)
            continue
        started = time.perf_counter()
        found = engine.search(query, snippets=snippets)
        seconds.append(time.perf_counter() - started)
        hits.append(len(found))
    return {"seconds": seconds, "hits": sum(hits) / max(1, len(hits))}


def _timed(work: Callable[[], int]) -> dict[str, Any]:
    started, before = time.perf_counter(), processor_seconds()
    articles = work()
    seconds, after = time.perf_counter() - started, processor_seconds()
    return {"articles": articles, "seconds": seconds, "cpu_seconds": after - before, "peak": largest_resident()}


COMMANDS: dict[str, Callable[..., dict[str, Any]]] = {
    "build": build,
    "reindex": reindex,
    "open": open_searcher,
    "answer": answer,
}


def main(name: str, folder: str) -> None:
    """Answers until standard input ends."""
    # Answers have standard output for themselves: what a library prints goes to standard error.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    engine = load(name, Path(folder))
    for line in sys.stdin:
        command, arguments = json.loads(line)
        replies.write(json.dumps(COMMANDS[command](engine, **arguments)) + "\n")
        replies.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
