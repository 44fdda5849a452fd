"""Search results and articles as text and CSV: give it a result, get the lines to print.

Text is for people: harmless, wrapped to the terminal, matches marked in color where there is color. CSV is for
spreadsheets: no cell of it can be taken for a formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import NamedTuple

from index.article import Article, parse_time
from searcher.engine import Hit, SearchResult, Span
from searcher.terminal import Style, harmless, wrap

_INDENT = "    "
_ELLIPSIS = " … "
CSV_COLUMNS = ("id", "title", "url", "source", "published", "published_precision", "score", "snippet")

# What spreadsheets take for the beginning of a formula, full-width forms included; tabs and line breaks, which some skip
# before it, are no part of a cell.
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


class Layout(NamedTuple):
    """How text is laid out: colors, columns (None: lines of any length) and the time zone of clock times."""

    style: Style
    width: int | None
    zone: tzinfo

    def block(self, text: str, marks: Iterable[Span], *, indent: str = "", base: str = "") -> Iterator[str]:
        """The text as wrapped lines, marks in color."""
        width = self.width - len(indent) if self.width else None
        for span in wrap(text, width):
            yield indent + self.style.marked(text, span, marks, base)


def published_text(published: str | None, precision: str, zone: tzinfo) -> str:
    """A date as exact as it is known: `2025-06`, `2025-06-17`, `2025-06-17 about 08:00 UTC`, `2025-06-17 08:30 UTC`."""
    if published is None:
        return "undated"
    if precision == "month":
        return published[:7]
    if precision not in ("hour", "minute"):
        return published[:10]
    moment = parse_time(published).astimezone(zone)
    return f"{moment:%Y-%m-%d}{' about' if precision == 'hour' else ''} {moment:%H:%M %Z}"


def hit_lines(number: int, hit: Hit, layout: Layout) -> Iterator[str]:
    """One hit: number and title, then source, date and id, then the snippets, then an empty line."""
    label = f"{number:>2}. "
    title = list(layout.block(harmless(hit.title), hit.title_marks, indent=" " * len(label), base="1"))
    yield label + title[0][len(label) :]
    yield from title[1:]
    when = published_text(hit.published, hit.published_precision, layout.zone)
    about = " · ".join(part for part in (hit.source, when, hit.id) if part)
    yield from layout.block(harmless(about), (), indent=_INDENT, base="2")
    for snippet in hit.snippets:
        yield from layout.block(harmless(snippet.text), snippet.marks, indent=_INDENT)
    yield ""


def count_text(result: SearchResult, limit: int) -> str:
    """`11–20 of 243 articles (12 ms)`."""
    first = (result.page - 1) * limit + 1
    shown = f"{first:,}–{first + len(result.hits) - 1:,} of " if result.total > 1 else ""
    return f"{shown}{result.total:,} article{'' if result.total == 1 else 's'} ({result.took_ms:.0f} ms)"


def article_lines(article: Article, marks: tuple[Iterable[Span], Iterable[Span]], layout: Layout) -> Iterator[str]:
    """A whole article to read: title, what is known about it, body."""
    title_marks, body_marks = marks
    yield from layout.block(harmless(article.title), title_marks, base="1")
    when = published_text(article.published, article.published_precision, layout.zone)
    if article.published_origin == "relative":
        when += " (reckoned from the time of capture)"
    yield from layout.block(harmless(" · ".join(part for part in (article.source, article.author, when) if part)), (), base="2")
    if article.tags:
        yield from layout.block(harmless(f"tags: {', '.join(article.tags)}"), (), base="2")
    for address in dict.fromkeys(filter(None, (article.url, *article.seen_on))):
        yield layout.style.dim(harmless(address))  # never wrapped, so that it can be copied
    yield ""
    yield from layout.block(harmless(article.body, keep_newlines=True), tuple(body_marks))


def csv_text(result: SearchResult) -> str:
    """The hits as CSV with a line of column names."""
    import csv  # noqa: PLC0415 - for this form alone

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for hit in result.hits:
        texts = (hit.id, hit.title, hit.url, hit.source, hit.published, hit.published_precision)
        passages = _ELLIPSIS.join(snippet.text for snippet in hit.snippets)
        writer.writerow([*map(_cell, texts), hit.score, _cell(passages)])
    return out.getvalue()


def _cell(text: str | None) -> str:
    line = " ".join((text or "").split())
    return "'" + line if line.startswith(_FORMULA_STARTS) else line
