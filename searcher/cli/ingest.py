"""`searcher ingest`: pages and articles in; the index is brought up to date at the end."""

from __future__ import annotations

import dataclasses
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from index.ingest import IngestReport
from index.pages.profiles import Profiles
from index.pages.read import read_inputs
from searcher.cli.command import Command
from searcher.cli.moments import start_of
from searcher.cli.session import QUARANTINED, Session, hint, json_option, pass_session, print_json, quarantined_text, wait_option
from searcher.terminal import Progress, harmless, is_terminal

if TYPE_CHECKING:
    from searcher import Archive

_MOST_REASONS = 50


@dataclasses.dataclass(frozen=True, slots=True)
class _Options:
    """What the command line said."""

    paths: tuple[str, ...]
    captured: str | None
    no_index: bool
    quiet: bool
    wait: int
    as_json: bool


@click.command(
    cls=Command,
    examples=(
        "searcher ingest pages/",
        "searcher ingest --captured 2025-06-17T08:30Z dump.txt",
        "zcat articles.jsonl.gz | searcher ingest -",
    ),
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--captured", metavar="WHEN", help="When the pages were saved (2025-06-17T08:30Z); default: the time of each file.")
@click.option("--no-index", is_flag=True, help="Only store; `searcher update` indexes later.")
@click.option("--quiet", is_flag=True, help="Tell only what could not be read.")
@wait_option
@json_option
@pass_session
def ingest(session: Session, /, **options: Any) -> int:
    """Take in pages and articles.

    PATH is a file, a folder with everything in it, or - for standard input.

    Text dumps of pages, HTML and JSON Lines, also .gz. What is known already is left alone, so the same command may run
    again at any time. Input that cannot be read is named and skipped (exit code 5).
    """
    wanted = _Options(**options)
    if "-" in wanted.paths and is_terminal(sys.stdin):
        hint("Type or paste a page, then Enter and Ctrl-D.")
    try:
        with session.archive(create=True, wait=wanted.wait) as archive, Progress(quiet=wanted.quiet) as progress:
            report = _ingest(archive, wanted, progress)
    except KeyboardInterrupt:
        hint("Stopped. What was stored stays; the same command goes on from there.")
        raise
    if wanted.as_json:
        print_json(report.to_mapping())
    elif not wanted.quiet:
        click.echo(_summary(report))
    _print_quarantined(report)
    if not (wanted.quiet or wanted.as_json):
        hint(_what_next(report, indexed=not wanted.no_index))
    return QUARANTINED if report.quarantined else 0


def _ingest(archive: Archive, wanted: _Options, progress: Progress) -> IngestReport:
    captured = None if wanted.captured is None else start_of(wanted.captured, archive.config.tzinfo, "--captured")
    return archive.ingest(
        read_inputs(wanted.paths, captured=captured, profiles=Profiles.load(archive.config.profiles)),
        captured=captured,
        index=not wanted.no_index,
        progress=lambda _pages, articles: progress("reading", articles),
        index_progress=partial(progress, "indexing"),
    )


def _summary(report: IngestReport) -> str:
    parts = [f"+{report.new:,} new"]
    parts += [
        f"{count:,} {name}"
        for count, name in (
            (report.updated, "updated"),
            (report.unchanged, "unchanged"),
            (report.duplicates, "duplicate" if report.duplicates == 1 else "duplicates"),
            (len(report.quarantined), "quarantined"),
        )
        if count
    ]
    return harmless(", ".join(parts))


def _print_quarantined(report: IngestReport) -> None:
    for one in report.quarantined[:_MOST_REASONS]:
        hint(quarantined_text(one))
    if len(report.quarantined) > _MOST_REASONS:
        hint(f"... and {len(report.quarantined) - _MOST_REASONS:,} more; --json lists them all.")


def _what_next(report: IngestReport, *, indexed: bool) -> str:
    if not report.new and not report.updated:
        return "Nothing changed."
    return "Next: searcher query WORDS" if indexed else "Next: searcher update"
