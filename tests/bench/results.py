"""What was measured, as plain values: frozen, and JSON by `dataclasses.asdict`."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Timing:
    """Times of the queries of one class, each the best of its rounds. hits: how many the page had on average.

    first_ms: median of the first round, when most words of the queries had not been asked for before.
    """

    p50_ms: float
    p95_ms: float
    queries: int
    hits: float
    first_ms: float


@dataclasses.dataclass(frozen=True, slots=True)
class Memory:
    """Bytes in memory. pss counts pages that processes share once, resident for each; anonymous is not of any file."""

    pss: int
    resident: int
    anonymous: int


@dataclasses.dataclass(frozen=True, slots=True)
class Build:
    """Indexing. peak: bytes, children included; sizes: bytes on disk by part; texts: bytes of the titles and bodies."""

    articles: int
    texts: int
    seconds: float
    cpu_seconds: float
    peak: int
    sizes: dict[str, int]


@dataclasses.dataclass(frozen=True, slots=True)
class Opening:
    """Milliseconds to open a searcher, and to open it and have the first answer: the first time in a process, and the best."""

    first_ms: float
    best_ms: float
    first_answer_ms: float
    best_answer_ms: float


@dataclasses.dataclass(frozen=True, slots=True)
class Cold:
    """Milliseconds of wall time of `searcher query`, and of an interpreter that does nothing; medians."""

    query_ms: float
    python_ms: float
    runs: int


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """All engines on one corpus. plain and snippets: class -> engine -> Timing; a class that an engine cannot answer lacks it.

    read_seconds: what reading the articles costs by itself, a part of every build. reindex: ours, from its store alone.
    """

    articles: int
    texts: int
    read_seconds: float
    builds: dict[str, Build]
    openings: dict[str, Opening]
    serving: dict[str, Memory]
    plain: dict[str, dict[str, Timing]]
    snippets: dict[str, dict[str, Timing]]
    cold: Cold | None
    reindex: Build | None
