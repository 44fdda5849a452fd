"""`searcher export`: articles out again, as JSON Lines that ingest reads."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import click

from index.article import Article
from searcher.cli.command import WordsCommand, words_argument
from searcher.cli.session import Session, as_typed, hint, pass_session, print_json_lines, to_json


@click.command(
    cls=WordsCommand,
    examples=(
        "searcher export > everything.jsonl",
        "searcher export source:reuters after:2025 --output reuters.jsonl",
    ),
)
@words_argument(required=False)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write here, all or nothing.")
@pass_session
def export(session: Session, words: tuple[str, ...], output: Path | None) -> None:
    """Print articles as JSON Lines.

    Every article, or those that the query WORDS find. Ingest reads such a file again.
    """
    with session.archive() as archive:
        articles = archive.export(as_typed(words) or None)
        if output is None or str(output) == "-":
            print_json_lines(article.to_mapping() for article in articles)
            return
        count = _write(articles, output.resolve())
    hint(f"Wrote {count:,} article{'' if count == 1 else 's'} to {output}.")


def _write(articles: Iterable[Article], target: Path) -> int:
    """Writes beside the target and renames, so that there is never half an export under the name asked for."""
    if target.exists() and not target.is_file():
        # A device or named pipe (/dev/stdout) is written to; replacing it would be a surprise.
        return _write_lines(articles, target)
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        count = _write_lines(articles, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return count


def _write_lines(articles: Iterable[Article], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for article in articles:
            file.write(to_json(article.to_mapping()) + "\n")
            count += 1
        file.flush()
        if path.is_file():
            os.fsync(file.fileno())
    return count
