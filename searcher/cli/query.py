"""`searcher query`: search, and print the hits for people or programs."""

from __future__ import annotations

import sys
from typing import Any, Literal, NamedTuple

import click

from searcher.cli.command import WordsCommand, words_argument
from searcher.cli.render import Layout, count_text, csv_text, hit_lines
from searcher.cli.session import (
    NO_RESULT,
    Session,
    as_typed,
    hint,
    pass_session,
    print_json,
    print_json_lines,
    write_text,
)
from searcher.engine import SearchResult, Sort
from searcher.terminal import ColorChoice, Style, harmless, is_terminal, line_width, wants_color

# Above the highest limit of query length that can be configured, so that what is cut off was too long anyway.
_MOST_STDIN_BYTES = 4_000_004


class _Options(NamedTuple):
    """What the command line said."""

    words: tuple[str, ...]
    limit: int
    page: int
    sort: Sort
    sources: tuple[str, ...]
    after: str | None
    before: str | None
    no_snippets: bool
    form: Literal["json", "jsonl", "csv"] | None
    color: ColorChoice


@click.command(
    cls=WordsCommand,
    examples=(
        "searcher query ukraine peace talks",
        "searcher query '\"state visit\" OR summit' --sort newest",
        'searcher query drones -putin --source "Asia Times" --after 2025-05',
        "searcher query title:budget --json",
        "searcher query - < query.txt",
    ),
)
@words_argument(required=True)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", default=10, show_default=True, help="Hits on a page.")
@click.option("--page", type=click.IntRange(min=1), metavar="N", default=1, help="Which page.")
@click.option("--sort", type=click.Choice(["relevance", "newest", "oldest"]), default="relevance", show_default=True)
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Only from this source; may be given again.")
@click.option("--after", metavar="DATE", help="Published then or later: 2025, 2025-05, 2025-05-27, yesterday, 7d.")
@click.option("--before", metavar="DATE", help="Published then or earlier.")
@click.option("--no-snippets", is_flag=True, help="Titles only.")
@click.option("--json", "form", flag_value="json", help="One JSON document.")
@click.option("--jsonl", "form", flag_value="jsonl", help="One hit a line, as JSON.")
@click.option("--csv", "form", flag_value="csv", help="A table for spreadsheets.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@pass_session
def query(session: Session, /, **options: Any) -> int:
    """Search: articles with all the WORDS, best first.

    A phrase needs quotes that the shell leaves alone: '"state visit"'. Exit code 1: nothing found.
    """
    wanted = _Options(**options)
    with session.archive() as archive:
        result = archive.search(
            _text(wanted.words),
            limit=wanted.limit,
            page=wanted.page,
            sort=wanted.sort,
            sources=tuple(as_typed([name]) for name in wanted.sources),
            after=wanted.after,
            before=wanted.before,
            snippets=not wanted.no_snippets,
            facets=wanted.form == "json",
        )
        zone = archive.config.tzinfo
    if wanted.form is None:
        layout = Layout(Style(wants_color(wanted.color, sys.stdout)), line_width(sys.stdout), zone)
        _print_for_people(result, wanted.limit, layout)
    else:
        _print_for_programs(result, wanted.form)
    if wanted.form != "json":
        _print_remarks(result)
    return 0 if result.total else NO_RESULT


def _text(words: tuple[str, ...]) -> str:
    if words != ("-",):
        return as_typed(words)
    if is_terminal(sys.stdin):
        hint("Type the query, then Enter and Ctrl-D.")
    if sys.stdin is None:
        raise click.UsageError("There is no standard input to read the query from.")
    return sys.stdin.buffer.read(_MOST_STDIN_BYTES).decode("utf-8", "replace").strip()


def _print_for_people(result: SearchResult, limit: int, layout: Layout) -> None:
    if not result.hits:
        return
    lines = [layout.style.dim(count_text(result, limit)), ""]
    for number, hit in enumerate(result.hits, (result.page - 1) * limit + 1):
        lines += hit_lines(number, hit, layout)
    click.echo("\n".join(lines), color=True)


def _print_for_programs(result: SearchResult, form: str) -> None:
    if form == "json":
        print_json(result.to_mapping())
    elif form == "jsonl":
        print_json_lines(result.to_mapping()["hits"])
    else:
        table = csv_text(result)
        write_text(harmless(table, keep_newlines=True) if is_terminal(sys.stdout) else table)


def _print_remarks(result: SearchResult) -> None:
    """What a reader should know and a program should not have to skip: how the query was read, and what to do next."""
    if result.notes or not result.total or " ".join(result.query.split()) != result.interpreted:
        hint(f"read as: {result.interpreted}")
    for note in result.notes:
        hint(f"note: {note.text}")
    if not result.total:
        hint("Nothing found. Fewer words or `a OR b` find more; `searcher stats` tells what there is to search.")
    elif not result.hits:
        hint(f"There is no page {result.page}: the last one is --page {result.pages}.")
    elif result.page < result.pages:
        hint(f"Next: --page {result.page + 1} (of {result.pages:,}).")
