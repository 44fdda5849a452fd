"""`searcher inspect`: what ingest would make of a file, line by line, with nothing stored."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from typing import TYPE_CHECKING

import click

from index.article import Article
from index.pages.page import LineFate, Quarantined
from searcher.cli.command import Command
from searcher.cli.moments import start_of
from searcher.cli.render import published_text
from searcher.cli.session import QUARANTINED, Session, hint, pass_session, print_json_lines
from searcher.terminal import Style, harmless, line_width, shortened, wants_color

if TYPE_CHECKING:
    from searcher.archive import Inspection

_FATE_COLUMNS = max(map(len, ("boilerplate", "caption", "source")))
_DROPPED = ("boilerplate", "caption", "blank")


@click.command(
    cls=Command,
    examples=(
        "searcher inspect dump.txt",
        "searcher inspect --articles pages/*.html > articles.jsonl",
    ),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--articles", "as_json", is_flag=True, help="Print the articles as JSON Lines instead, as ingest would store them.")
@click.option("--captured", metavar="WHEN", help="When the pages were saved; default: the time of each file.")
@pass_session
def inspect(session: Session, files: tuple[str, ...], as_json: bool, captured: str | None) -> int:
    """Show what ingest would make of each line.

    Kept or dropped, as what, and by which rule of which site profile. Nothing is stored.
    """
    complete = True
    with session.archive(create=True) as archive:
        moment = start_of(captured, archive.config.tzinfo, "--captured") if captured is not None else None
        for one in archive.inspect(list(files), captured=moment):
            if isinstance(one, Quarantined):
                complete = False
                hint(f"quarantined: {one.path}{f':{one.line}' if one.line else ''}: {one.reason}")
            elif as_json:
                print_json_lines(article.to_mapping() for article in one.page.articles)
            else:
                click.echo("\n".join(_lines(one, Style(wants_color("auto", sys.stdout)), line_width(sys.stdout))), color=True)
    return 0 if complete else QUARANTINED


def _lines(inspection: Inspection, style: Style, width: int | None) -> Iterator[str]:
    page = inspection.page
    place = f"{inspection.path}{f':{inspection.line}' if inspection.line else ''}"
    yield style.bold(harmless(place))
    rules = max((len(fate.rule) for fate in page.lines), default=0)
    for fate in page.lines:
        yield _row(fate, rules, style, width)
    for note in page.notes:
        yield harmless(f"note: {note}")
    for number, article in enumerate(page.articles, 1):
        yield style.good(harmless(f"article {number} ({article.role}): {_about(article)}"))
    yield f"{_count(len(page.articles), 'article')}{_fates(page.lines)}"
    yield ""


def _row(fate: LineFate, rule_columns: int, style: Style, width: int | None) -> str:
    article = "" if fate.article is None else str(fate.article + 1)
    lead = f"{fate.line:>5}  {article:>2}  {fate.fate:<{_FATE_COLUMNS}}  {harmless(fate.rule):<{rule_columns}}  "
    text = harmless(fate.text)
    if width:
        text = shortened(text, max(width - len(lead), 10))
    row = f"{lead}{text}".rstrip()
    if fate.fate in _DROPPED:
        return style.dim(row)
    return style.bold(row) if fate.fate == "title" else row


def _about(article: Article) -> str:
    when = published_text(article.published, article.published_precision, UTC)
    return " · ".join([article.title, article.source or "no source", when])


def _fates(lines: tuple[LineFate, ...]) -> str:
    counts = Counter(fate.fate for fate in lines)
    shares = ", ".join(f"{count:,} {fate}" for fate, count in counts.most_common())
    return f" from {_count(len(lines), 'line')}: {shares}" if lines else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
