"""Density: which stretches of a text hold most of what was asked for.

Give `choose_windows` the marks of a body; it gives back up to `count` windows of marks, each short enough for a snippet, the
densest in distinct words first. Only then are sentences looked for, round a few windows instead of round every mark.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from searcher.engine import Span

# The numbers of the first and the last mark, and the distinct words as bits.
_Window = tuple[int, int, int]


@dataclasses.dataclass(frozen=True, slots=True)
class SnippetOptions:
    """count: most snippets of a hit; max_chars: longest snippet (code points)."""

    count: int = 3
    max_chars: int = 300


def choose_windows(body: str, marks: Sequence[Span], options: SnippetOptions) -> list[tuple[int, int]]:
    """Windows as numbers (first, last) of marks on one line within two thirds of a snippet, no mark in two windows.

    Each time the window with most words not shown yet, then with most distinct words, most marks, and the earliest.
    """
    bits: dict[str, int] = {}
    words = [1 << bits.setdefault(body[start:end].lower(), len(bits)) for start, end in marks]
    left = [(first, last, _held(words, first, last)) for first, last in _windows(body, marks, options.max_chars * 2 // 3)]
    shown = 0
    chosen: list[tuple[int, int]] = []
    while left and len(chosen) < options.count:
        first, last, held = _densest(left, ~shown)
        shown |= held
        chosen.append((first, last))
        left = _without(left, first, last, words)
    return chosen


def _held(words: list[int], first: int, last: int) -> int:
    """The words of a window as a set of bits."""
    held = 0
    for word in words[first : last + 1]:
        held |= word
    return held


def _densest(windows: list[_Window], wanted: int) -> _Window:
    best, best_rank = windows[0], (-1, 0, 0)
    for window in windows:
        first, last, held = window
        rank = (held & wanted).bit_count(), held.bit_count(), last - first
        if rank > best_rank:
            best, best_rank = window, rank
    return best


def _without(windows: list[_Window], first: int, last: int, words: list[int]) -> list[_Window]:
    """What the windows have left when the marks first to last are taken out."""
    left: list[_Window] = []
    for window in windows:
        if window[1] < first or window[0] > last:
            left.append(window)
            continue
        if window[0] < first:
            left.append((window[0], first - 1, _held(words, window[0], first - 1)))
        if window[1] > last:
            left.append((last + 1, window[1], _held(words, last + 1, window[1])))
    return left


def _windows(body: str, marks: Sequence[Span], reach: int) -> list[tuple[int, int]]:
    """The windows that no other holds, by their first mark."""
    windows: list[tuple[int, int]] = []
    last = 0
    for first, (start, end) in enumerate(marks):
        line_end = body.find("\n", end, start + reach)
        most = start + reach if line_end < 0 else line_end
        held = last
        last = max(first, held)
        while last + 1 < len(marks) and marks[last + 1][1] <= most:
            last += 1
        if not windows or last > held:
            windows.append((first, last))
    return windows
