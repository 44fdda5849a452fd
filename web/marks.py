"""Marked text for templates: text and spans in, pieces of plain text out, each marked or not.

A template writes every piece with autoescape on and puts <mark> round the marked ones, so no markup is ever made from
scraped text. Offsets are code points, as everywhere.
"""

from __future__ import annotations

import bisect
import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence

Span = tuple[int, int]


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; match is the number of the match it belongs to, counted from 1, or None for text between matches.

    is_first: the first piece of its match (a match that crosses a paragraph break has one piece in each).
    """

    text: str
    match: int | None = None
    is_first: bool = True


def pieces(text: str, spans: Iterable[Sequence[int]], first_match: int = 1) -> list[Piece]:
    """The text cut at the spans. Spans may come unsorted, overlap or overshoot; joined pieces always give the text."""
    return _cut(text, (0, len(text)), merged(spans, len(text)), first_match)


def merged(spans: Iterable[Sequence[int]], length: int) -> list[Span]:
    """Spans in order, inside [0, length), empty ones dropped, overlapping ones joined."""
    joined: list[Span] = []
    for start, end in sorted((max(0, start), min(length, end)) for start, end in spans):
        if start >= end:
            continue
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def paragraphs(body: str, spans: Iterable[Sequence[int]], first_match: int = 1) -> list[list[Piece]]:
    """The body as paragraphs of pieces, matches numbered through.

    Paragraphs end at blank lines; a body without any is taken as one paragraph a line.
    """
    marks = merged(spans, len(body))
    ends = [end for _, end in marks]
    cut = []
    for start, end in _paragraph_spans(body):
        first = bisect.bisect_right(ends, start)
        cut.append(_cut(body, (start, end), marks[first:], first_match + first))
    return cut


def _paragraph_spans(body: str) -> Iterator[Span]:
    has_blank_lines = re.search(r"\n[^\S\n]*\n", body.strip()) is not None
    start = 0
    for found in re.finditer(r"\n[^\S\n]*\n\s*" if has_blank_lines else r"\n\s*", body):
        if body[start : found.start()].strip():
            yield start, found.start()
        start = found.end()
    if body[start:].strip():
        yield start, len(body)


def _cut(text: str, span: Span, marks: list[Span], first_match: int) -> list[Piece]:
    """text[span] in pieces; marks are in order, end after the span's start, and are numbered from first_match."""
    position, end = span
    cut: list[Piece] = []
    for match, (mark_start, mark_end) in enumerate(marks, start=first_match):
        if mark_start >= end:
            break
        is_first = mark_start >= span[0]
        if mark_start > position:
            cut.append(Piece(text[position:mark_start]))
            position = mark_start
        cut.append(Piece(text[position : min(mark_end, end)], match, is_first))
        position = min(mark_end, end)
    if position < end:
        cut.append(Piece(text[position:end]))
    return cut
