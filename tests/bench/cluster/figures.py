"""What was measured of a cluster, as plain values: frozen, JSON by `dataclasses.asdict`, and read back by `load`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """The same queries asked through us and through the bare client, taking turns; milliseconds, each query's best round.

    ratio: the median over the queries of ours / bare. own: the median of processor milliseconds on our side that ours takes more
    than the bare client, which other work on the machine changes little. embedded: our embedded engine on the same articles.
    """

    queries: int
    ours_p50: float
    ours_p95: float
    bare_p50: float
    bare_p95: float
    ratio: float
    own: float
    embedded_p50: float
    hits: float


@dataclasses.dataclass(frozen=True, slots=True)
class Rate:
    """Articles a second, and the processor time of client and cluster in milliseconds an article."""

    articles: int
    per_second: float
    client_ms: float
    cluster_ms: float


@dataclasses.dataclass(frozen=True, slots=True)
class Size:
    """An index on disk after all its segments were merged into one a shard; bytes an article, one copy.

    text: bytes of titles and bodies. fresh: before merging. parts: by what the files hold; fields: what the index is smaller
    without a field. rate: of the ingest, one copy of each article.
    """

    corpus: str
    articles: int
    text: float
    fresh: float
    merged: float
    parts: dict[str, float]
    fields: dict[str, float]
    rate: Rate


@dataclasses.dataclass(frozen=True, slots=True)
class Served:
    """One class of queries put to the cluster alone: milliseconds a query, and processor milliseconds of all nodes together."""

    p50: float
    p95: float
    processor_ms: float
    matches: float


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """An index of so many articles in so many shards, each copied so many times, and what its queries take, by class."""

    articles: int
    shards: int
    replicas: int
    bytes: float
    classes: dict[str, Served]


@dataclasses.dataclass(frozen=True, slots=True)
class Copies:
    """Ingest of articles without ids, whose copies are looked for, into an index that holds so many already."""

    held: int
    rate: Rate


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """All of a run; a part that was not measured is empty.

    growth: ever more articles in one layout; layouts: the same articles in many. matching: nanoseconds of the cluster's
    processor for one more match, by kind of query.
    """

    machine: dict[str, str]
    plain: dict[str, Pair] = dataclasses.field(default_factory=dict)
    facets: dict[str, Pair] = dataclasses.field(default_factory=dict)
    snippets: dict[str, Pair] = dataclasses.field(default_factory=dict)
    ingest: dict[str, Rate] = dataclasses.field(default_factory=dict)
    sizes: tuple[Size, ...] = ()
    growth: tuple[Layout, ...] = ()
    layouts: tuple[Layout, ...] = ()
    copies: tuple[Copies, ...] = ()
    matching: dict[str, float] = dataclasses.field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes them, overwriting what was there."""
        path.write_text(json.dumps(dataclasses.asdict(self), indent=1, default=list) + "\n")


def load(path: Path) -> Figures:
    """The figures that `save` wrote."""
    stored: dict[str, Any] = json.loads(path.read_text())
    for part in ("plain", "facets", "snippets"):
        stored[part] = {name: Pair(**pair) for name, pair in stored[part].items()}
    stored["ingest"] = {name: Rate(**rate) for name, rate in stored["ingest"].items()}
    stored["sizes"] = tuple(Size(**{**size, "rate": Rate(**size["rate"])}) for size in stored["sizes"])
    for part in ("growth", "layouts"):
        stored[part] = tuple(_layout(layout) for layout in stored[part])
    stored["copies"] = tuple(Copies(one["held"], Rate(**one["rate"])) for one in stored["copies"])
    return Figures(**stored)


def _layout(stored: dict[str, Any]) -> Layout:
    return Layout(**{**stored, "classes": {name: Served(**served) for name, served in stored["classes"].items()}})
