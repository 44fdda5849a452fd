"""Snippets: the passages of a body that show best why an article was found.

Give `make_snippets` the body and the spans where the query is satisfied; it gives back up to `count` passages in the order
of the text: whole sentences where they fit, the densest in distinct query words first chosen. A snippet's text is always
`body[start : start + len(text)]`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from searcher.engine import Snippet, Span
from searcher.sentences import sentence_bounds, trimmed

# How far a cut may move to fall between words; longer runs without a space are cut where they are (CJK, URLs).
_WORD_SEARCH_CHARS = 40


@dataclasses.dataclass(frozen=True, slots=True)
class SnippetOptions:
    """count: most snippets of a hit; max_chars: longest snippet (code points)."""

    count: int = 3
    max_chars: int = 300


@dataclasses.dataclass(slots=True)
class _Fragment:
    start: int
    end: int
    marks: list[Span]


def make_snippets(body: str, marks: Sequence[Span], options: SnippetOptions) -> tuple[Snippet, ...]:
    """Marks ascending, not overlapping. Without marks (match in the title, filters only): the opening of the body."""
    if not marks:
        start, end = _opening(body, options.max_chars)
        return (Snippet(body[start:end], (), start),) if end > start else ()
    fragments = _fragments(body, marks, options.max_chars)
    chosen = _choose(body, fragments, options.count)
    return tuple(_snippet(body, fragment) for fragment in sorted(chosen, key=lambda fragment: fragment.start))


def _fragments(body: str, marks: Sequence[Span], max_chars: int) -> list[_Fragment]:
    fragments: list[_Fragment] = []
    for mark in marks:
        if fragments and mark[1] <= fragments[-1].end:
            fragments[-1].marks.append(mark)
        else:
            least = fragments[-1].end if fragments else 0
            start, end = _passage(body, mark, max_chars)
            fragments.append(_Fragment(max(start, min(least, mark[0])), end, [mark]))
    return fragments


def _passage(body: str, mark: Span, max_chars: int) -> Span:
    """The sentence round a mark, with the next one where both fit; a part of it where it is too long itself."""
    start, end = sentence_bounds(body, mark[0])
    start, end = min(start, mark[0]), max(end, mark[1])
    if end - start > max_chars:
        return _cut(body, (start, end), mark, max_chars)
    rest = body[end : end + 1]
    if (end - start) * 2 < max_chars and rest not in ("", "\n"):
        following = sentence_bounds(body, min(end + 1, len(body) - 1))[1]
        if end < following <= start + max_chars:
            end = following
    return start, end


def _cut(body: str, sentence: Span, mark: Span, max_chars: int) -> Span:
    """A third of the room before the mark, the rest from there on, both ends between words and never inside the mark."""
    start = sentence[0]
    if mark[1] - start > max_chars * 2 // 3:
        start = _next_word(body, max(start, mark[0] - max_chars // 3), mark[0])
    end = min(sentence[1], start + max(max_chars, mark[1] - start))
    if end < sentence[1]:
        end = _word_end(body, end, mark[1])
    start, end = trimmed(body, start, end)
    return min(start, mark[0]), max(end, mark[1])


def _next_word(body: str, place: int, most: int) -> int:
    for at in range(place, min(most, place + _WORD_SEARCH_CHARS)):
        if body[at].isspace():
            return at + 1
    return place


def _word_end(body: str, place: int, least: int) -> int:
    for at in range(place, max(least, place - _WORD_SEARCH_CHARS), -1):
        if body[at].isspace():
            return at
    return place


def _opening(body: str, max_chars: int) -> Span:
    start, _ = trimmed(body, 0, len(body))
    if start == len(body):
        return 0, 0
    end = sentence_bounds(body, start)[1]
    if end - start > max_chars:
        return _cut(body, (start, end), (start, start), max_chars)
    while end < len(body) and body[end] != "\n":
        following = sentence_bounds(body, end + 1)[1]
        if following <= end or following - start > max_chars:
            break
        end = following
    return start, end


def _choose(body: str, fragments: list[_Fragment], count: int) -> list[_Fragment]:
    """Greedily the fragment with most words not shown yet, then with most distinct words, marks, and the earliest."""
    words = [frozenset(body[start:end].casefold() for start, end in fragment.marks) for fragment in fragments]
    left = list(range(len(fragments)))
    shown: frozenset[str] = frozenset()
    chosen: list[_Fragment] = []
    while left and len(chosen) < count:
        best = max(left, key=lambda i: (len(words[i] - shown), len(words[i]), len(fragments[i].marks), -i))
        left.remove(best)
        shown |= words[best]
        chosen.append(fragments[best])
    return chosen


def _snippet(body: str, fragment: _Fragment) -> Snippet:
    marks = tuple((start - fragment.start, end - fragment.start) for start, end in fragment.marks)
    return Snippet(body[fragment.start : fragment.end], marks, fragment.start)
