"""Text for a terminal: made harmless, wrapped to the width, with matches marked. Give it scraped text, get lines to print.

Scraped text may hold escape sequences that move the cursor, set the window title or turn the reading direction; every such
character is shown as a visible stand-in, one for one, so that the offsets of matches stay true. Not for HTML nor JSON.
"""

from __future__ import annotations

import os
import sys
import time
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from types import TracebackType
from typing import IO, Literal, NamedTuple

Span = tuple[int, int]
ColorChoice = Literal["auto", "always", "never"]

# Embeddings, overrides and isolates reorder what follows them, even on later lines; the plain marks (U+200E, U+200F), which
# Arabic and Hebrew texts use, do not, and stay.
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNSEEN_BREAKS = (0x85, 0x2028, 0x2029)

_FASTEST_REDRAW_S = 0.1


def harmless(text: str, *, keep_newlines: bool = False) -> str:
    """The text with every control character, bidi override and lone surrogate replaced by a visible one; same length.

    Tabs and line breaks become spaces; keep_newlines keeps the newlines.
    """
    if text.isprintable():  # most are; what has a stand-in never is
        return text
    return text.translate(_stand_ins(keep_newlines))


@cache
def _stand_ins(keep_newlines: bool) -> dict[int, int]:
    """What is shown for each character that a terminal might obey."""
    shown = (
        {code: 0x2400 + code for code in range(0x20)}
        | {0x7F: 0x2421}
        | dict.fromkeys((*range(0x80, 0xA0), *_BIDI, *range(0xD800, 0xE000), *range(0xE0000, 0xE0080)), 0xFFFD)
        | dict.fromkeys((0x09, 0x0A, *_UNSEEN_BREAKS), 0x20)
    )
    return {code: to for code, to in shown.items() if not (keep_newlines and code == ord("\n"))}


def wants_color(choice: ColorChoice, stream: IO[str] | None) -> bool:
    """Whether to write ANSI colors: as chosen, else NO_COLOR, FORCE_COLOR, TERM=dumb, else whether stream is a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a person reads or types there; a closed stream is no terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def line_width(stream: IO[str] | None) -> int | None:
    """Columns to wrap to: COLUMNS, else those of the terminal; None for a pipe or file, which gets lines of any length."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return max(int(columns), 20)
    if stream is None or not is_terminal(stream):
        return None
    try:
        return max(os.get_terminal_size(stream.fileno()).columns, 20)
    except OSError:
        return 80


def columns_of(text: str) -> int:
    """How many columns the text takes: two for a wide (CJK) character, none for a combining one."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def shortened(text: str, width: int) -> str:
    """The text, or its beginning and an ellipsis where it takes more columns than width."""
    if columns_of(text) <= width:
        return text
    used = 0
    for index, character in enumerate(text):
        used += _columns(character)
        if used > width - 1:
            return text[:index].rstrip() + "…"
    return text


def wrap(text: str, width: int | None) -> list[Span]:
    """The lines of a text as spans of it, without the spaces they are broken at; each newline of the text ends a line too.

    Lines break at spaces, next to wide characters (CJK is written without spaces), and in words longer than a line.
    """
    lines: list[Span] = []
    start = 0
    for paragraph in text.split("\n"):
        end = start + len(paragraph)
        lines.extend(_wrap_paragraph(text, start, end, width) if width else [(start, end)])
        start = end + 1
    return lines


def _wrap_paragraph(text: str, start: int, end: int, width: int) -> Iterator[Span]:
    line, used, chance = start, 0, None
    index = start
    while index < end:
        character = text[index]
        columns = _columns(character)
        if character == " " or columns > 1:
            chance = index
        if used + columns > width and character != " ":
            stop = chance if chance is not None and chance > line else index
            yield line, _without_spaces(text, line, stop)
            line = stop
            while line < end and text[line] == " ":
                line += 1
            used, chance = columns_of(text[line:index]), None
            continue
        used += columns
        index += 1
    yield line, _without_spaces(text, line, end)


def _without_spaces(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] == " ":
        end -= 1
    return end


def _columns(character: str) -> int:
    if character < "\u0300":
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Style(NamedTuple):
    """Dresses text in ANSI colors, or leaves it as it is. Matches are bold as well, for those who see no red."""

    color: bool

    def bold(self, text: str) -> str:
        """For titles."""
        return self._dressed(text, "1")

    def dim(self, text: str) -> str:
        """For what a reader may skip."""
        return self._dressed(text, "2")

    def good(self, text: str) -> str:
        """For what is kept."""
        return self._dressed(text, "32")

    def marked(self, text: str, span: Span, marks: Iterable[Span], base: str = "") -> str:
        """The part `span` of text with the marks that touch it in color; base: SGR code of the rest."""
        start, end = span
        parts = []
        for mark_start, mark_end in sorted(marks):
            left, right = max(mark_start, start), min(mark_end, end)
            if left < right:
                parts += [self._dressed(text[start:left], base), self._dressed(text[left:right], "1;31")]
                start = right
        return "".join([*parts, self._dressed(text[start:end], base)])

    def _dressed(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and code and text else text


class Progress:
    """A line on stderr that tells how far a long task is; silent where stderr is no terminal.

    Call it with the stage ("reading", "indexing"), the articles done and how many there are, None while unknown.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._shown = is_terminal(sys.stderr) and not quiet
        self._stage = ""
        self._began = self._drawn = 0.0
        self._dirty = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._dirty:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __call__(self, stage: str, done: int, total: int | None = None) -> None:
        """Redraws the line, at most ten times a second."""
        if not self._shown:
            return
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began = stage, now
        elif now - self._drawn < _FASTEST_REDRAW_S:
            return
        self._drawn = now
        self._dirty = True
        line = shortened(self._line(done, total, now - self._began), (line_width(sys.stderr) or 80) - 1)
        sys.stderr.write(f"\r{line}\x1b[K")
        sys.stderr.flush()

    def _line(self, done: int, total: int | None, seconds: float) -> str:
        rate = f"{done / seconds:,.0f} a second" if seconds >= 1 else ""
        if not total:
            return f"{self._stage}: {done:,} articles  {rate}"
        filled = min(20, 20 * done // total)
        left = f"{(total - done) * seconds / done:,.0f} s left" if seconds >= 1 and done else ""
        return f"{self._stage} [{'#' * filled}{'-' * (20 - filled)}] {done:,} of {total:,}  {rate}  {left}"
