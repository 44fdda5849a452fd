"""Text for a terminal: harmless, wrapped, marked; each for any text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.terminal import Style, columns_of, harmless, shortened, wrap

ANY = st.text(st.characters() | st.sampled_from("\x1b\x9b\u202e\u2066\n\t 中、"), max_size=120)


@given(ANY)
@settings(max_examples=100, deadline=None)
def test_harmless_keeps_length_and_has_no_controls(text: str) -> None:
    """One character for one, so that offsets stay true; no control, override, separator or surrogate is left."""
    shown = harmless(text)

    assert len(shown) == len(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or "\u202a" <= c <= "\u202e"]
    assert harmless(shown) == shown


def test_harmless_leaves_writing_alone() -> None:
    """Letters of all scripts, emoji joined by zero-width joiners and plain direction marks stay as they are."""
    text = "Zürich 北京 Ελλάδα עברית\u200f می\u200cخواهم 👩\u200d🚀 — “x”"

    assert harmless(text) == text
    assert harmless("a\nb\tc", keep_newlines=True) == "a\nb c"


@given(ANY, st.integers(min_value=20, max_value=90))
@settings(max_examples=100, deadline=None)
def test_wrap_loses_nothing_and_keeps_within_the_width(text: str, width: int) -> None:
    """Lines go forward through the text, leave out only spaces and newlines, and none takes more columns than there are."""
    text = harmless(text, keep_newlines=True)
    at = 0
    for start, end in wrap(text, width):
        assert at <= start <= end
        assert not text[at:start].strip(" \n")
        assert columns_of(text[start:end]) <= width
        at = end
    assert not text[at:].strip(" \n")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three four five six", ["one two three four", "five six"]),
        ("exactly twenty chars and", ["exactly twenty chars", "and"]),
        ("abcdefghijklmnopqrstuvwxyz", ["abcdefghijklmnopqrst", "uvwxyz"]),
        ("一二三四五六七八九十百千", ["一二三四五六七八九十", "百千"]),
        ("a\n\nb", ["a", "", "b"]),
        ("", [""]),
        ("one      two three four five", ["one      two three", "four five"]),
    ],
)
def test_where_lines_break(text: str, lines: list[str]) -> None:
    """At spaces, else between wide characters, else in the word."""
    assert [text[start:end] for start, end in wrap(text, 20)] == lines


def test_no_width_means_no_wrapping() -> None:
    """Without a width only the newlines of the text end lines."""
    assert wrap("a " * 500 + "\nb", None) == [(0, 1000), (1001, 1002)]


@given(ANY, st.lists(st.tuples(st.integers(0, 130), st.integers(0, 130)), max_size=5))
@settings(max_examples=100, deadline=None)
def test_marking_changes_only_colors(text: str, marks: list[tuple[int, int]]) -> None:
    """Whatever the marks, overlapping or out of range, the text between the escapes is the text."""
    text = harmless(text)
    colored = Style(True).marked(text, (0, len(text)), marks, "1")
    for code in ("0", "1", "1;31"):
        colored = colored.replace(f"\x1b[{code}m", "")

    assert colored == text == Style(False).marked(text, (0, len(text)), marks, "1")


@pytest.mark.parametrize(("text", "short"), [("abc", "abc"), ("abcdef", "abcde…"[:4] + "…"), ("中文字", "中文…"), ("", "")])
def test_shortened(text: str, short: str) -> None:
    """A text too long for its columns ends in an ellipsis and fits."""
    assert shortened(text, 5) == short
    assert columns_of(short) <= 5
