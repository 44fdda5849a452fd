"""`searcher inspect`: what ingest would make of a file, line by line, with nothing stored."""

from __future__ import annotations

import dataclasses
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import get_args

import click

from index.article import Article
from index.errors import PageError
from index.pages.clean import clean_page
from index.pages.files import iter_files
from index.pages.page import CleanedPage, Fate, LineFate, Quarantined, Reading
from index.pages.profiles import Profiles
from index.pages.read import read_inputs, read_page
from searcher.cli.command import Command
from searcher.cli.moments import start_of
from searcher.cli.render import Layout, published_text
from searcher.cli.session import QUARANTINED, Session, hint, pass_session, print_json_lines, quarantined_text
from searcher.terminal import Style, harmless, line_width, shortened, wants_color

_FATE_COLUMNS = max(map(len, get_args(Fate)))
_DROPPED = ("boilerplate", "caption", "blank")
# Files of articles, whose lines are not cleaned.
_JSON_LINES = (".jsonl", ".ndjson", ".json")


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
    config = session.config()
    moment = None if captured is None else start_of(captured, config.tzinfo, "--captured")
    layout = Layout(Style(wants_color("auto", sys.stdout)), line_width(sys.stdout), config.tzinfo)
    profiles = Profiles.load(config.profiles)
    complete = True
    for one in read_inputs(files, captured=moment, profiles=profiles) if as_json else _inspected(files, moment, profiles):
        if isinstance(one, Quarantined):
            complete = False
            hint(quarantined_text(one))
        elif isinstance(one, Reading):
            print_json_lines(article.to_mapping() for article in one.articles)
        else:
            click.echo("\n".join(_lines(one, layout)), color=True)
    return 0 if complete else QUARANTINED


@dataclasses.dataclass(frozen=True, slots=True)
class _Inspected:
    """A page, or a line of JSON Lines, and what cleaning made of it."""

    place: str
    cleaned: CleanedPage


def _inspected(paths: Iterable[str], captured: datetime | None, profiles: Profiles) -> Iterator[_Inspected | Quarantined]:
    for path in paths:
        for file in ["-"] if path == "-" else iter_files(Path(path)):
            if isinstance(file, Quarantined):
                yield file
            elif str(file).lower().removesuffix(".gz").endswith(_JSON_LINES):
                yield from map(_as_inspected, read_inputs([file], captured=captured, profiles=profiles))
            else:
                yield from _inspected_page(file, captured, profiles)


def _as_inspected(finding: Reading | Quarantined) -> _Inspected | Quarantined:
    if isinstance(finding, Quarantined):
        return finding
    return _Inspected(f"{finding.path}:{finding.line or 1}", CleanedPage(finding.articles, notes=finding.notes))


def _inspected_page(file: str | Path, captured: datetime | None, profiles: Profiles) -> Iterator[_Inspected | Quarantined]:
    """The page; and where ingest would leave it out, its lines all the same, since they are what tells why."""
    try:
        cleaned = clean_page(read_page(file, captured=captured), profiles)
    except PageError as error:
        yield Quarantined(str(file), None, str(error))
        return
    yield _Inspected(str(file), cleaned)
    if not cleaned.articles:
        yield Quarantined(str(file), None, "the page has no article")


def _lines(inspected: _Inspected, layout: Layout) -> Iterator[str]:
    page, style = inspected.cleaned, layout.style
    yield style.bold(harmless(inspected.place))
    rules = max((len(fate.rule) for fate in page.lines), default=0)
    for fate in page.lines:
        yield _row(fate, rules, layout)
    for note in page.notes:
        yield harmless(f"note: {note}")
    for number, article in enumerate(page.articles, 1):
        yield style.good(harmless(f"article {number} ({article.role}): {_about(article, layout)}"))
    yield f"{_count(len(page.articles), 'article')}{_fates(page.lines)}"
    yield ""


def _row(fate: LineFate, rule_columns: int, layout: Layout) -> str:
    article = "" if fate.article is None else str(fate.article + 1)
    lead = f"{fate.line:>5}  {article:>2}  {fate.fate:<{_FATE_COLUMNS}}  {harmless(fate.rule):<{rule_columns}}  "
    text = harmless(fate.text)
    if layout.width:
        text = shortened(text, max(layout.width - len(lead), 10))
    row = f"{lead}{text}".rstrip()
    if fate.fate in _DROPPED:
        return layout.style.dim(row)
    return layout.style.bold(row) if fate.fate == "title" else row


def _about(article: Article, layout: Layout) -> str:
    when = published_text(article.published, article.published_precision, layout.zone)
    return " · ".join([article.title, article.source or "no source", when])


def _fates(lines: tuple[LineFate, ...]) -> str:
    counts = Counter(fate.fate for fate in lines)
    shares = ", ".join(f"{count:,} {fate}" for fate, count in counts.most_common())
    return f" from {_count(len({fate.line for fate in lines}), 'line')}: {shares}" if lines else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
