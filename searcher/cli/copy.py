"""`searcher copy`: an archive into another one, on this machine or on a cluster."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from searcher.cli.command import Command
from searcher.cli.session import Session, hint, json_option, opened, pass_session, print_json, wait_option
from searcher.config import Config, read_config
from searcher.terminal import Progress

if TYPE_CHECKING:
    from searcher.reports import CopyReport

_SETTINGS = (".yml", ".yaml")
_LEFT_OUT = (
    "Not copied: which pages and files were ingested (taken in again there, they add nothing), and the settings. "
    "Articles deleted here since an earlier copy are not deleted there."
)


@click.command(
    cls=Command,
    examples=(
        "searcher copy --to cluster.yml                 this archive onto the cluster of that file",
        "searcher --config cluster.yml copy --from var  the same, seen from the cluster",
        "searcher copy --to /mnt/backup/archive         into a data directory",
    ),
)
@click.option("--to", "target", metavar="TARGET", help="Copy to this archive: a file of settings (.yml) or a data directory.")
@click.option("--from", "source", metavar="SOURCE", help="Copy from this archive, likewise.")
@wait_option
@json_option
@pass_session
def copy(session: Session, target: str | None, source: str | None, wait: int, as_json: bool) -> None:
    """Copy all articles to or from another archive.

    The other side is the archive in force. Ids and everything known of an article are kept; what is there and the same is left
    alone, so the same command may run again at any time, and goes on where it was stopped.
    """
    if (target is None) == (source is None):
        raise click.UsageError("Say where to copy: either --to TARGET or --from SOURCE.")
    here = session.config()
    there = _other(here, target if target is not None else source or "")
    read, written = (here, there) if target is not None else (there, here)
    try:
        with opened(read, wait, create=False) as origin, opened(written, wait, create=True) as copied_to:
            with Progress() as progress:
                report = origin.copy_to(copied_to, partial(progress, "copying"), partial(progress, "indexing"))
            place = copied_to.place
    except KeyboardInterrupt:
        hint("Stopped. What was copied stays; the same command goes on from there.")
        raise
    _print(report, place, as_json)


def _other(here: Config, text: str) -> Config:
    """The settings of the other side: those of the file; or those in force, for another data directory."""
    path = Path(text)
    if path.suffix in _SETTINGS and not path.is_dir():
        return read_config(path)
    return dataclasses.replace(here, engine="embedded", data=path)


def _print(report: CopyReport, place: str, as_json: bool) -> None:
    if as_json:
        print_json(report.to_mapping())
        return
    count = f"{report.articles:,} article{'' if report.articles == 1 else 's'}"
    click.echo(f"{count} in {place}: {report.copied:,} copied, {report.unchanged:,} unchanged")
    hint(_LEFT_OUT)
