"""Measures the OpenSearch engine on a cluster, writes the figures as JSON, and prints them as Markdown.

    python -m tests.bench.cluster measure reuters.jsonl.gz --also long.jsonl.gz --figures docs/scaling.json
    python -m tests.bench.cluster report docs/scaling.json
    python -m tests.bench.cluster capacity docs/scaling.json
    python -m tests.bench.cluster document docs/scaling.json docs/scaling.md      both, into the document

Parts that are measured anew replace those of the figures; the others stay.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

import searcher
from tests.bench import corpus
from tests.bench.__main__ import names_of
from tests.bench.cluster import report
from tests.bench.cluster.capacity import Assumed
from tests.bench.cluster.figures import Figures, load
from tests.bench.cluster.ground import Ground, ground
from tests.bench.cluster.growth import grow, lay_out
from tests.bench.cluster.ingest import CHUNK, mapping, measure_ingest
from tests.bench.cluster.matching import measure_matching
from tests.bench.cluster.overhead import MODES, Contest
from tests.bench.cluster.sizes import weigh
from tests.bench.corpus import Document
from tests.bench.machine import describe
from tests.bench.queries import Query, draw_queries

ASKED = ("term_high", "term_mid", "and2", "or4", "phrase2", "prefix", "title", "words", "fuzzy", "source", "date")
# Growth and layouts ask fewer classes: what differs between sizes is how many articles match and what is done with them.
SERVED = ("term_high", "and2", "or4", "phrase2", "prefix", "words", "date")
LAYOUTS = ((1, 0), (1, 1), (3, 0), (3, 1), (6, 0), (6, 1))
Queries = Mapping[str, Sequence[Query]]


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """The options."""

    docs: int
    ingest_docs: int
    queries: int
    rounds: int
    growth: tuple[int, ...]
    also: tuple[Path, ...]


def counts(value: str) -> tuple[int, ...]:
    """Reads whole numbers from 1 with commas between them."""
    if not all(part.isdecimal() and int(part) for part in value.split(",")):
        raise click.BadParameter(f"{value!r} should be whole numbers from 1 with commas between them, as 5000,20000")
    return tuple(sorted(set(map(int, value.split(",")))))


@click.group()
def main() -> None:
    """Measures the OpenSearch engine."""


@main.command(context_settings={"show_default": True})
@click.argument("articles", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="CORPUS")
@click.option(
    "--parts",
    type=names_of(("overhead", "ingest", "sizes", "growth", "layouts", "matching")),
    help="What to measure.  [default: all]",
)
@click.option("--docs", type=click.IntRange(min=1), default=20_000, help="Articles that searches are measured on, at most.")
@click.option(
    "--ingest-docs", type=click.IntRange(min=1), default=10_000, help="Articles that each way of ingest takes, at most."
)
@click.option("--queries", type=click.IntRange(min=1), default=40, help="Queries of each class.")
@click.option("--rounds", type=click.IntRange(min=1), default=7, help="Times each query is asked; the best counts.")
@click.option("--growth", type=counts, default="5000,20000,80000", help="Sizes to which the corpus grows.")
@click.option(
    "--also", type=click.Path(exists=True, dir_okay=False, path_type=Path), multiple=True, help="Weigh these articles too."
)
@click.option("--hosts", help="A cluster that is there, instead of three nodes of our own.")
@click.option(
    "--figures", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures here, beside those that are there."
)
def measure(articles: Path, *, parts: tuple[str, ...] | None, hosts: str | None, figures: Path | None, **options: Any) -> None:
    """Measures on CORPUS, JSON Lines with title and body (plain or .gz)."""
    plan = Plan(**options)
    chosen = corpus.sample(corpus.read(articles), plan.docs)
    before = load(figures) if figures and figures.exists() else Figures({})
    with tempfile.TemporaryDirectory(prefix="bench-cluster-") as folder, ground(Path(folder), hosts) as measured:
        found = dataclasses.replace(before, machine=describe(("ours",)) | measured.describe())
        # Java compiles what runs often, and until it has, all takes longer.
        _say("warming the cluster up")
        _overhead(measured, articles, chosen, dataclasses.replace(plan, rounds=1))
        for part in parts or PARTS:
            _say(f"measuring {part}")
            measured.rest()
            found = dataclasses.replace(found, **PARTS[part](measured, articles, chosen, plan))
            if figures:
                found.save(figures)
    click.echo(report.markdown(found), nl=False)


@main.command("report")
@click.argument("figures", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def print_report(figures: Path) -> None:
    """Prints figures as Markdown."""
    click.echo(report.markdown(load(figures)), nl=False)


@main.command(context_settings={"show_default": True})
@click.argument("figures", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shard-gb", type=float, default=Assumed().shard_gb, help="Size of a shard.")
@click.option("--replicas", type=int, default=Assumed().replicas, help="Copies of each shard beside the first.")
@click.option("--cores", type=int, default=Assumed().cores, help="Cores of a data node.")
@click.option("--disk-gb", type=int, default=Assumed().disk_gb, help="Disk of a data node.")
@click.option("--month", type=float, default=Assumed().month, help="Dollars a data node costs a month.")
def capacity(figures: Path, **assumed: Any) -> None:
    """Prints what a million to ten billion articles would take, by the figures; extrapolation."""
    click.echo(report.capacity(load(figures), Assumed(**assumed)), nl=False)


@main.command()
@click.argument("figures", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("document", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def document(figures: Path, document: Path) -> None:
    """Puts the tables of FIGURES into DOCUMENT, between its marks."""
    found = load(figures)
    text = report.placed(
        document.read_text(), {"measured": report.markdown(found), "capacity": report.capacity(found, Assumed())}
    )
    document.write_text(text)


def _overhead(measured: Ground, _: Path, chosen: Sequence[Document], plan: Plan) -> dict[str, Any]:
    queries = draw_queries(chosen, plan.queries, ASKED)
    name = "bench-overhead"
    measured.drop(name)
    beside = searcher.Config(data=measured.folder / "embedded")
    with measured.archive(name) as ours, searcher.open(beside, result_cache=0) as embedded:
        for start in range(0, len(chosen), CHUNK):
            chunk = [mapping(article) for article in chosen[start : start + CHUNK]]
            ours.add(chunk)
            embedded.add(chunk)
        measured.settle(measured.index(name))
        contest = Contest(ours, measured.client, embedded, plan.rounds)
        pairs = {}
        for mode in MODES:
            _say(f"asking {mode}")
            pairs[mode] = contest.hold(queries, mode)
    measured.drop(name)
    return pairs


def _ingest(measured: Ground, _: Path, chosen: Sequence[Document], plan: Plan) -> dict[str, Any]:
    return {"ingest": measure_ingest(measured, chosen[: plan.ingest_docs])}


def _sizes(measured: Ground, articles: Path, chosen: Sequence[Document], plan: Plan) -> dict[str, Any]:
    weighed = [weigh(measured, _name(articles), chosen[: plan.ingest_docs], fields=True)]
    for path in plan.also:
        others = corpus.sample(corpus.read(path), plan.ingest_docs)
        weighed.append(weigh(measured, _name(path), others, fields=False))
    return {"sizes": tuple(weighed)}


def _growth(measured: Ground, _: Path, chosen: Sequence[Document], plan: Plan) -> dict[str, Any]:
    queries = draw_queries(chosen, plan.queries, SERVED)
    grown = []
    for laid, copies in grow(measured, chosen, plan.growth, queries):
        _say(f"{laid.articles:,} articles")
        grown.append((laid, copies))
    measured.drop("bench-growth")
    return {"growth": tuple(laid for laid, _ in grown), "copies": tuple(copies for _, copies in grown)}


def _layouts(measured: Ground, _: Path, chosen: Sequence[Document], plan: Plan) -> dict[str, Any]:
    queries = draw_queries(chosen, plan.queries, SERVED)
    return {"layouts": tuple(lay_out(measured, chosen, LAYOUTS, queries))}


def _matching(measured: Ground, *_: Any) -> dict[str, Any]:
    return {"matching": measure_matching(measured)}


PARTS: Mapping[str, Callable[[Ground, Path, Sequence[Document], Plan], dict[str, Any]]] = {
    "overhead": _overhead,
    "ingest": _ingest,
    "sizes": _sizes,
    "growth": _growth,
    "layouts": _layouts,
    "matching": _matching,
}


def _name(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".jsonl")


def _say(what: str) -> None:
    click.echo(what, err=True)


if __name__ == "__main__":
    main(prog_name="python -m tests.bench.cluster")
