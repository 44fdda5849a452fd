"""`searcher update` and `searcher rebuild`: the index made from the stored articles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from searcher.cli.command import Command
from searcher.cli.session import Session, hint, json_option, pass_session, print_json, wait_option
from searcher.terminal import Progress

if TYPE_CHECKING:
    from searcher import IndexReport


@click.command(
    cls=Command,
    examples=(
        "searcher update",
        "searcher ingest --no-index monday/ && searcher ingest --no-index tuesday/ && searcher update",
    ),
)
@wait_option
@json_option
@pass_session
def update(session: Session, as_json: bool, wait: int) -> None:
    """Index what changed since last time.

    Ingest and delete do this by themselves, except `ingest --no-index`.
    """
    with session.archive(wait=wait) as archive, Progress() as progress:
        report = archive.update(partial(progress, "indexing"))
    _print(report, as_json)


@click.command(
    cls=Command,
    examples=(
        "searcher rebuild",
        "searcher rebuild --drop-old      on a cluster, when the new index has proved itself",
    ),
)
@click.option("--drop-old", is_flag=True, help="Rebuild nothing: delete the old indexes that rebuilds on a cluster have kept.")
@wait_option
@json_option
@pass_session
def rebuild(session: Session, drop_old: bool, as_json: bool, wait: int) -> None:
    """Make the index anew from the stored articles.

    It is built beside the old one, which answers searches until the new one is complete. On a cluster the old one is kept until
    --drop-old deletes it; in a data directory it goes by itself.
    """
    try:
        with session.archive(wait=wait) as archive, Progress() as progress:
            if drop_old:
                _print_dropped(archive.drop_old(), as_json)
                return
            report = archive.rebuild(partial(progress, "indexing"))
    except KeyboardInterrupt:
        hint("Stopped. The index is as it was before.")
        raise
    _print(report, as_json)
    if report.old_indexes and not as_json:
        hint(f"What it replaced is kept ({', '.join(report.old_indexes)}); `searcher rebuild --drop-old` deletes that.")


def _print_dropped(indexes: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print_json({"dropped": list(indexes)})
    elif indexes:
        click.echo(f"deleted {', '.join(indexes)}")
    else:
        click.echo("there is no old index to delete")


def _print(report: IndexReport, as_json: bool) -> None:
    if as_json:
        print_json(report.to_mapping())
        return
    count = f"{report.articles:,} article{'' if report.articles == 1 else 's'}"
    click.echo(f"{count} indexed in {report.seconds:.1f} s, {report.bytes / 1e6:,.1f} MB, generation {report.generation}")
