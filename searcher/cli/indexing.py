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
    examples=("searcher rebuild",),
)
@wait_option
@json_option
@pass_session
def rebuild(session: Session, as_json: bool, wait: int) -> None:
    """Make the index anew from the stored articles.

    It is built beside the old one, which answers searches until the new one is complete.
    """
    try:
        with session.archive(wait=wait) as archive, Progress() as progress:
            report = archive.rebuild(partial(progress, "indexing"))
    except KeyboardInterrupt:
        hint("Stopped. The index is as it was before.")
        raise
    _print(report, as_json)


def _print(report: IndexReport, as_json: bool) -> None:
    if as_json:
        print_json(report.to_mapping())
        return
    count = f"{report.articles:,} article{'' if report.articles == 1 else 's'}"
    click.echo(f"{count} indexed in {report.seconds:.1f} s, {report.bytes / 1e6:,.1f} MB, generation {report.generation}")
