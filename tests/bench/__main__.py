"""Measures our engine beside its peers on a corpus of articles, and prints Markdown; progress goes to standard error.

    python -m tests.bench articles.jsonl.gz --docs 10000 --growth 1,10,100 --json figures.json

takes the corpus up to a million articles. Queries stay those of the articles given, so that sizes compare.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from tests.bench import corpus
from tests.bench.comparison import Corpus, Entrant, Queries, compare
from tests.bench.engines import ENGINES
from tests.bench.machine import describe
from tests.bench.queries import CLASSES, draw_queries
from tests.bench.report import markdown
from tests.bench.results import Comparison
from tests.bench.worker import WorkerDied

PEERS = tuple(name for name in ENGINES if name != "ours")


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """The options: on what, who, and how patiently. Whoosh indexes 100 to 300 articles a second and may take seconds a query."""

    docs: int | None
    peers: tuple[str, ...]
    classes: tuple[str, ...]
    queries: int
    rounds: int
    whoosh_docs: int
    whoosh_queries: int
    growth: tuple[int, ...]
    growth_peers: tuple[str, ...]
    work: Path | None


def names_of(known: Collection[str]) -> Callable[[str], tuple[str, ...]]:
    """Reads names with commas between them, out of those that are known; each is kept once."""

    def names(value: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(name for name in value.split(",") if name))
        if unknown := [name for name in found if name not in known]:
            raise click.BadParameter(f"{', '.join(unknown)}: not known; there are {', '.join(known)}")
        return found

    return names


def factors(value: str) -> tuple[int, ...]:
    """Reads whole numbers from 1 with commas between them; 1 is always one of them."""
    if not all(part.isdecimal() and int(part) for part in value.split(",")):
        raise click.BadParameter(f"{value!r} should be whole numbers from 1 with commas between them, as 1,10,100")
    return tuple(sorted({1, *map(int, value.split(","))}))


@click.command(context_settings={"show_default": True})
@click.argument("articles", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="CORPUS")
@click.option("--peers", type=names_of(PEERS), default=",".join(PEERS), help="Engines beside ours; empty for none.")
@click.option("--docs", type=click.IntRange(min=1), help="Take a sample of so many articles.  [default: all]")
@click.option("--classes", type=names_of(CLASSES), default=",".join(CLASSES), help="Classes of queries.")
@click.option("--queries", type=click.IntRange(min=1), default=100, help="Queries of each class.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, help="Times each query is asked; the best counts.")
@click.option("--whoosh-docs", type=click.IntRange(min=1), default=5000, help="Spare Whoosh more articles than these.")
@click.option("--whoosh-queries", type=click.IntRange(min=1), default=15, help="Queries of each class for Whoosh, asked once.")
@click.option("--growth", type=factors, default="1", help="Measure also with so many times the articles.")
@click.option("--growth-peers", type=names_of(PEERS), default="tantivy", help="Peers that grow along, out of --peers.")
@click.option(
    "--work", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Where to put the indexes while it runs."
)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures here.")
def main(articles: Path, *, json_file: Path | None, **options: Any) -> None:
    """Measures our engine beside its peers on CORPUS, JSON Lines with title and body (plain or .gz)."""
    plan = Plan(**options)
    chosen = corpus.sample(corpus.read(articles), plan.docs)
    queries = _drawn(articles, chosen, plan)
    with tempfile.TemporaryDirectory(dir=plan.work, prefix="bench-") as folder:
        try:
            comparisons = [_compared(chosen, factor, queries, plan, Path(folder)) for factor in plan.growth]
        except WorkerDied as error:
            raise click.ClickException(str(error)) from error
    machine = describe(("ours", *plan.peers))
    if json_file:
        figures = {"machine": machine, "comparisons": [dataclasses.asdict(one) for one in comparisons]}
        json_file.write_text(json.dumps(figures, indent=1) + "\n")
    click.echo(markdown(machine, comparisons), nl=False)


def _drawn(articles: Path, chosen: Sequence[corpus.Document], plan: Plan) -> Queries:
    """The queries; says which classes the corpus does not yield."""
    if not chosen:
        raise click.ClickException(f"{articles} holds no article with a title and a body; expected JSON Lines")
    queries = draw_queries(chosen, plan.queries, plan.classes)
    if not queries:
        raise click.ClickException(f"{articles}: {len(chosen)} articles are too few to draw queries from; give more")
    if missing := [name for name in plan.classes if name not in queries]:
        _say(f"left out, since the corpus yields none: {', '.join(missing)}")
    return queries


def _compared(chosen: Sequence[corpus.Document], factor: int, queries: Queries, plan: Plan, folder: Path) -> Comparison:
    """All engines on the articles as they are, or those that grow along on so many times as many."""
    count = len(chosen) * factor
    _say(f"making a corpus of {count:,} articles")
    whole = _written(folder / "articles.jsonl", corpus.enlarge(chosen, count))
    peers = plan.peers if factor == 1 else [name for name in plan.peers if name in plan.growth_peers]
    entrants = [Entrant(name, whole, plan.queries, plan.rounds) for name in ("ours", *peers) if name != "whoosh"]
    if "whoosh" in peers:
        fewer = _written(folder / "fewer.jsonl", corpus.sample(corpus.prepared(whole.path), plan.whoosh_docs))
        entrants.append(Entrant("whoosh", fewer, plan.whoosh_queries, 1))
    indexes = folder / "indexes"
    compared = compare(entrants, queries, indexes, _say)
    shutil.rmtree(indexes)
    return compared


def _written(path: Path, articles: Iterable[corpus.Document]) -> Corpus:
    return Corpus(path, *corpus.prepare(path, articles))


def _say(what: str) -> None:
    click.echo(what, err=True)


if __name__ == "__main__":
    main(prog_name="python -m tests.bench")
