"""`searcher delete`: articles out of the store and the index, after a question."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Any

import click

from index.errors import ArticleNotFound
from searcher.cli.command import Command
from searcher.cli.moments import start_of
from searcher.cli.session import Session, as_typed, hint, json_option, pass_session, print_json, wait_option
from searcher.terminal import is_terminal

if TYPE_CHECKING:
    from searcher import Archive


@dataclasses.dataclass(frozen=True, slots=True)
class _Options:
    """What the command line said."""

    ids: tuple[str, ...]
    source: str | None
    before: str | None
    dry_run: bool
    yes: bool
    wait: int
    as_json: bool


@click.command(
    cls=Command,
    examples=(
        "searcher delete 5f0c2d9e 77ab01c3",
        'searcher delete --source "Asia Times" --before 2020-01-01 --dry-run',
    ),
)
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--source", metavar="NAME", help="All articles of this source.")
@click.option("--before", metavar="DATE", help="All articles published before this day; those of the day itself stay.")
@click.option("--dry-run", is_flag=True, help="Only tell how many it would be.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@wait_option
@json_option
@pass_session
def delete(session: Session, /, **options: Any) -> None:
    """Delete articles: by ID, of a source, or older than a day.

    With --source and --before both must hold.
    """
    wanted = _Options(**options)
    if bool(wanted.ids) == (wanted.source is not None or wanted.before is not None):
        raise click.UsageError("Say what to delete: either IDs or --source and --before.")
    if not (wanted.yes or wanted.dry_run or is_terminal(sys.stdin)):
        raise click.UsageError("Nothing was deleted: there is no terminal to ask on. Add --yes to delete, --dry-run to count.")
    with session.archive(wait=wanted.wait) as archive:
        chosen = _known(archive, wanted.ids) if wanted.ids else _selected(archive, wanted)
        deleted = 0
        if chosen and not wanted.dry_run and (wanted.yes or _confirmed(len(chosen), archive)):
            deleted = archive.delete(chosen)
    if wanted.as_json:
        print_json({"deleted": deleted} | ({"would_delete": len(chosen)} if wanted.dry_run else {}))
    else:
        click.echo(f"would delete {_articles(len(chosen))}" if wanted.dry_run else f"deleted {_articles(deleted)}")


def _known(archive: Archive, ids: tuple[str, ...]) -> list[str]:
    """The ids that articles have, each once; the others are named on standard error."""
    known = []
    for one in dict.fromkeys(map(_as_id, ids)):
        try:
            archive.article(one)
            known.append(one)
        except ArticleNotFound as error:
            hint(str(error))
    return known


def _as_id(argument: str) -> str:
    return as_typed([argument])


def _selected(archive: Archive, wanted: _Options) -> list[str]:
    day = start_of(wanted.before, archive.config.tzinfo, "--before") if wanted.before is not None else None
    return archive.select(source=None if wanted.source is None else as_typed([wanted.source]), before=day)


def _confirmed(count: int, archive: Archive) -> bool:
    return click.confirm(f"Delete {_articles(count)} from {archive.place}?", err=True)


def _articles(count: int) -> str:
    return f"{count:,} article{'' if count == 1 else 's'}"
