"""`searcher stats` and `searcher check`: how much there is, and whether it is sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from index.article import format_time
from searcher.cli.command import Command
from searcher.cli.session import DAMAGED, Session, hint, json_option, pass_session, print_json
from searcher.terminal import harmless

if TYPE_CHECKING:
    from searcher import ArchiveStats
    from searcher.reports import ClusterState, Ranking


@click.command(
    cls=Command,
    examples=(
        "searcher stats",
        "searcher --data /srv/archive stats --json",
    ),
)
@json_option
@pass_session
def stats(session: Session, as_json: bool) -> int:
    """Tell how much there is to search."""
    with session.archive() as archive:
        state = archive.stats()
    if as_json:
        print_json(state.to_mapping())
    else:
        click.echo("\n".join(f"{name:<10}  {value}" for name, value in _rows(state)))
    if state.index is None:
        hint(f"There is no index: `searcher {'rebuild' if state.cluster is None else 'ingest PATH'}` makes one.")
        return DAMAGED
    return 0


def _rows(state: ArchiveStats) -> list[tuple[str, str]]:
    rows = [
        ("articles", f"{state.articles:,}"),
        ("sources", f"{state.sources:,}"),
        ("earliest", format_time(state.earliest) if state.earliest else "none is dated"),
        ("latest", format_time(state.latest) if state.latest else "none is dated"),
    ]
    if state.index is not None:
        index = state.index
        rows += [
            ("index", f"{index.articles:,} articles, {index.bytes / 1e6:,.1f} MB"),
            ("generation", f"{index.generation}, segments: {index.segments}"),
            ("engine", index.engine),
        ]
    if state.ranking is not None:
        rows.append(("ranking", _ranking(state.ranking)))
    return rows + (_cluster_rows(state.cluster) if state.cluster is not None else [])


def _ranking(by: Ranking) -> str:
    zones = f"title {by.title:g}, first {by.lead_words} words {by.lead:g}, body {by.body:g}"
    return f"BM25F: {zones}; k1 {by.k1:g}, b {by.b:g}, surface {by.surface:g}"


def _cluster_rows(cluster: ClusterState) -> list[tuple[str, str]]:
    nodes = f"{cluster.nodes} node{'' if cluster.nodes == 1 else 's'}"
    rows = [("cluster", f"{cluster.name}, OpenSearch {cluster.version}, {nodes}, {cluster.health}")]
    if cluster.index is not None:
        rows.append(("shards", f"{cluster.shards}, {cluster.replicas} more of each; {cluster.index}"))
    if cluster.old_indexes:
        rows.append(("kept", f"{', '.join(cluster.old_indexes)} (`searcher rebuild --drop-old` deletes)"))
    return rows


@click.command(
    cls=Command,
    examples=(
        "searcher check",
        "searcher check --deep",
    ),
)
@click.option("--deep", is_flag=True, help="Also read every article, and compare it with the index; takes minutes.")
@json_option
@pass_session
def check(session: Session, deep: bool, as_json: bool) -> int:
    """Look for damage in the store and the index."""
    with session.archive() as archive:
        report = archive.check(deep=deep)
        is_embedded = archive.config.engine == "embedded"
    if as_json:
        print_json(report.to_mapping())
    else:
        for problem in report.problems:
            click.echo(harmless(f"{problem.file}: {problem.what}"))
        if report.ok:
            click.echo("no damage found")
    if not report.ok and is_embedded:
        hint("Damage to the index is mended by `searcher rebuild`; damage to the article store needs a backup.")
    return 0 if report.ok else DAMAGED
