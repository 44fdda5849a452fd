"""Measures engines on one corpus: give `compare` a prepared corpus, queries and entrants, get a Comparison.

Engines build one after the other; then all are open at once and take turns class by class and round by round, so that
what else the machine does meets all of them. Each query's time is the best of its rounds.
"""

from __future__ import annotations

import contextlib
import dataclasses
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.bench import corpus
from tests.bench.measure import TreeMemory, memory, timing
from tests.bench.queries import Query
from tests.bench.results import Build, Cold, Comparison, Memory, Opening, Timing
from tests.bench.worker import ROOT, Worker

COLD_RUNS = 7

Queries = Mapping[str, Sequence[Query]]
Timings = dict[str, dict[str, Timing]]
Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Corpus:
    """A prepared file, its articles, and the bytes of their titles and bodies."""

    path: Path
    articles: int
    texts: int


@dataclasses.dataclass(frozen=True, slots=True)
class Entrant:
    """An engine, the corpus it takes, and how patient to be with it: so many queries of a class, so many times each."""

    engine: str
    corpus: Corpus
    queries: int
    rounds: int


def compare(entrants: Sequence[Entrant], queries: Queries, folder: Path, say: Say) -> Comparison:
    """Builds, opens and times all; the folder holds the indexes."""
    whole = entrants[0].corpus
    builds = {one.engine: build(one, folder, say) for one in entrants}
    first = next(iter(queries.values()))[0]
    openings, serving, plain, snippets = serve(entrants, queries, first, folder, say)
    ours = next((one for one in entrants if one.engine == "ours"), None)
    return Comparison(
        articles=whole.articles,
        texts=whole.texts,
        read_seconds=reading(whole),
        builds=builds,
        openings=openings,
        serving=serving,
        plain=plain,
        snippets=snippets,
        cold=cold_query(folder / "ours", " ".join(first.every or first.some or first.phrase)) if ours else None,
        reindex=_measured("reindex", ours, folder) if ours else None,
    )


def build(entrant: Entrant, folder: Path, say: Say) -> Build:
    """Indexes the entrant's corpus in a process of its own."""
    say(f"{entrant.engine}: indexing {entrant.corpus.articles:,} articles")
    return _measured("build", entrant, folder, articles=str(entrant.corpus.path.resolve()))


def serve(
    entrants: Sequence[Entrant], queries: Queries, first: Query, folder: Path, say: Say
) -> tuple[dict[str, Opening], dict[str, Memory], Timings, Timings]:
    """Opens all engines at once and times the classes; memory is that after the last query."""
    with contextlib.ExitStack() as stack:
        workers = {one.engine: stack.enter_context(Worker(one.engine, folder / one.engine)) for one in entrants}
        openings = {name: Opening(**worker.ask("open", query=first.to_mapping())) for name, worker in workers.items()}
        plain: Timings = {}
        snippets: Timings = {}
        for name, asked in queries.items():
            say(f"asking {len(asked)} queries of class {name}")
            plain[name] = _take_turns(entrants, workers, asked, snippets=False)
            snippets[name] = _take_turns(entrants, workers, asked, snippets=True)
        return openings, {name: memory(worker.pid) for name, worker in workers.items()}, plain, snippets


def reading(whole: Corpus) -> float:
    """Seconds that an engine's process spends on reading the prepared articles."""
    started = time.perf_counter()
    deque(corpus.prepared(whole.path), maxlen=0)
    return time.perf_counter() - started


def cold_query(data: Path, word: str) -> Cold:
    """Wall time of the command line, a new process each; files are in the page cache after the first."""
    query = [sys.executable, "-m", "searcher", "--data", str(data), "query", word, "--json"]
    nothing = [sys.executable, "-c", "pass"]
    times = {"query": [_wall(query) for _ in range(COLD_RUNS)], "nothing": [_wall(nothing) for _ in range(COLD_RUNS)]}
    return Cold(statistics.median(times["query"]), statistics.median(times["nothing"]), COLD_RUNS)


def _measured(command: str, entrant: Entrant, folder: Path, **arguments: str) -> Build:
    with Worker(entrant.engine, folder / entrant.engine) as worker, TreeMemory(worker.pid) as watched:
        answer = worker.ask(command, **arguments)
    # Samples may miss a moment, and what the process knows of itself leaves out its children: the larger is nearer.
    answer["peak"] = max(answer["peak"], watched.peak)
    return Build(texts=entrant.corpus.texts, **answer)


def _take_turns(
    entrants: Sequence[Entrant], workers: Mapping[str, Worker], queries: Sequence[Query], *, snippets: bool
) -> dict[str, Timing]:
    """Rounds of one class: in each, all engines one after the other. An engine that cannot answer the class is left out."""
    rounds: dict[str, list[list[float | None]]] = {one.engine: [] for one in entrants}
    hits: dict[str, float] = {}
    for turn in range(max(one.rounds for one in entrants)):
        for one in entrants:
            if turn < one.rounds:
                asked = [query.to_mapping() for query in queries[: one.queries]]
                answer = workers[one.engine].ask("answer", queries=asked, snippets=snippets)
                rounds[one.engine].append(answer["seconds"])
                hits[one.engine] = answer["hits"]
    best = {name: _best(taken) for name, taken in rounds.items()}
    return {name: timing(seconds, hits[name], _best(rounds[name][:1])) for name, seconds in best.items() if seconds}


def _best(rounds: Sequence[Sequence[float | None]]) -> list[float]:
    """The least time of each query over the rounds, of those that were asked."""
    asked = [[seconds for seconds in of_query if seconds is not None] for of_query in zip(*rounds, strict=True)]
    return [min(of_query) for of_query in asked if of_query]


def _wall(command: Sequence[str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with code {done.returncode}; expected 0, what it said is above")
    return (time.perf_counter() - started) * 1e3
