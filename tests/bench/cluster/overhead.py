"""What our engine adds to the cluster's answer: the same request through us and through the official client, in turns.

Each query is asked so many rounds; in each, ours and the bare client take turns in going first, since the second finds the
cluster's caches warm. A query's time is the best of its rounds. The bare client sends what we send, and decodes the answer.
"""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from opensearchpy import OpenSearch

from searcher import Archive, SearchRequest
from searcher.parser import parse
from tests.bench.cluster.figures import Pair
from tests.bench.cluster.replay import Sent, highlighted, recording
from tests.bench.engines import LIMIT
from tests.bench.engines.ours import written
from tests.bench.measure import timing
from tests.bench.queries import Query

Ask = Callable[[], Any]
# What is asked for, by name.
MODES: Mapping[str, Mapping[str, bool]] = {
    "plain": {"snippets": False, "facets": False},
    "facets": {"snippets": False, "facets": True},
    "snippets": {"snippets": True, "facets": False},
}


class Taken(NamedTuple):
    """By the clock, and of the processor by the thread that asked."""

    seconds: float
    processor_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class Contest:
    """Our engine, the bare client, our engine on the machine itself, and how often each is asked."""

    ours: Archive
    bare: OpenSearch
    embedded: Archive
    rounds: int

    def hold(self, queries: Mapping[str, Sequence[Query]], mode: str) -> dict[str, Pair]:
        """All classes of queries, one mode."""
        return {name: self._pair(asked, mode) for name, asked in queries.items()}

    def _pair(self, queries: Sequence[Query], mode: str) -> Pair:
        shown = self.ours.config.snippets
        ours, bare, embedded, hits = [], [], [], []
        for query in queries:
            asked = request(query, **MODES[mode])
            sent = searches_of(self.ours, asked)
            if mode == "snippets":
                sent = [highlighted(one, query, shown.count, shown.max_chars) for one in sent]
            mine, theirs = self._in_turns(asked, sent)
            ours.append(mine)
            bare.append(theirs)
            embedded.append(_best(_taken(partial(self.embedded._engine.search, asked)) for _ in range(self.rounds)).seconds)
            hits.append(len(self.ours._engine.search(asked).hits))
        told, others, beside = (timing(times, 0, times) for times in (_seconds(ours), _seconds(bare), embedded))
        pairs = list(zip(ours, bare, strict=True))
        return Pair(
            queries=len(queries),
            ours_p50=told.p50_ms,
            ours_p95=told.p95_ms,
            bare_p50=others.p50_ms,
            bare_p95=others.p95_ms,
            ratio=statistics.median(mine.seconds / theirs.seconds for mine, theirs in pairs),
            own=statistics.median(mine.processor_s - theirs.processor_s for mine, theirs in pairs) * 1e3,
            embedded_p50=beside.p50_ms,
            hits=statistics.mean(hits),
        )

    def _in_turns(self, asked: SearchRequest, sent: Sequence[Sent]) -> tuple[Taken, Taken]:
        """The best of ours and of the bare client."""
        asks: tuple[Ask, Ask] = (
            partial(self.ours._engine.search, asked),
            lambda: [one.send(self.bare) for one in sent],
        )
        taken: tuple[list[Taken], list[Taken]] = ([], [])
        for turn in range(self.rounds):
            for which in (turn % 2, 1 - turn % 2):
                taken[which].append(_taken(asks[which]))
        return _best(taken[0]), _best(taken[1])


def request(query: Query, *, snippets: bool, facets: bool) -> SearchRequest:
    """What an archive would ask its engine for, given the query as text."""
    parsed = parse(query.typed or written(query))
    return SearchRequest(query=parsed.query, limit=LIMIT, snippets=snippets, facets=facets)


def searches_of(archive: Archive, asked: SearchRequest) -> list[Sent]:
    """The searches that our engine sends for a request; what else it sends is ours to answer for."""
    with recording() as sent:
        archive._engine.search(asked)
    return [one for one in sent if one.is_search]


def _taken(ask: Ask) -> Taken:
    started, before = time.perf_counter(), time.thread_time()
    ask()
    return Taken(time.perf_counter() - started, time.thread_time() - before)


def _best(taken: Iterable[Taken]) -> Taken:
    """The least time and the least processor time, each by itself."""
    seconds, processor = zip(*taken, strict=True)
    return Taken(min(seconds), min(processor))


def _seconds(taken: Iterable[Taken]) -> list[float]:
    return [one.seconds for one in taken]
