"""Snippets: the passages of a body that show best why an article was found.

Give `make_snippets` the body and the spans where the query is satisfied; it gives back up to `count` passages in the order
of the text: whole sentences where they fit, the densest in distinct query words first chosen. A snippet's text is always
`body[start : start + len(text)]`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from searcher.density import SnippetOptions, choose_windows
from searcher.engine import Snippet, Span
from searcher.sentences import sentence_bounds, trimmed

# How far a cut may move to fall between words; longer runs without a space are cut where they are (CJK, URLs).
_WORD_SEARCH_CHARS = 40
# Passages are chosen among the first so many marks; an article has more only of the commonest words.
_MOST_MARKS = 200


def make_snippets(body: str, marks: Sequence[Span], options: SnippetOptions) -> tuple[Snippet, ...]:
    """Marks ascending, not overlapping. Without marks (match in the title, filters only): the opening of the body."""
    if not marks:
        start, end = _opening(body, options.max_chars)
        return (Snippet(body[start:end], (), start),) if end > start else ()
    passages: list[Span] = []
    for first, last in choose_windows(body, marks[:_MOST_MARKS], options):
        insort(passages, _passage(body, (marks[first][0], marks[last][1]), passages, options.max_chars))
    return tuple(_snippet(body, passage, marks) for passage in passages)


def _passage(body: str, window: Span, others: list[Span], max_chars: int) -> Span:
    """The sentences round a window of marks, with the next one where both fit; a part of them where they are too long."""
    start, end = sentence_bounds(body, window[0])
    start = min(start, window[0])
    if end < window[1]:
        end = max(sentence_bounds(body, window[1] - 1)[1], window[1])
    after = bisect_left(others, window)
    if after > 0:
        start = max(start, others[after - 1][1])
    most = others[after][0] if after < len(others) else len(body)
    end = min(end, most)
    if end - start > max_chars:
        return _cut(body, (start, end), window, max_chars)
    if (end - start) * 2 < max_chars and body[end : end + 1] not in ("", "\n"):
        following = sentence_bounds(body, min(end + 1, len(body) - 1))[1]
        if end < following <= min(start + max_chars, most):
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


def _snippet(body: str, passage: Span, marks: Sequence[Span]) -> Snippet:
    start, end = passage
    inside = marks[bisect_left(marks, (start, start)) : bisect_left(marks, (end, end))]
    return Snippet(body[start:end], tuple((s - start, e - start) for s, e in inside if e <= end), start)
