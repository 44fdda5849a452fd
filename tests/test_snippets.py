"""Snippets and sentences: what is shown of a body."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.sentences import sentence_bounds
from searcher.snippets import SnippetOptions, make_snippets

OPTIONS = SnippetOptions(count=3, max_chars=120)


def spans_of(word: str, body: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(rf"\b{word}\b", body)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("One here. Two X here. Three.", "Two X here."),
        ("He met Mr. X Smith. Then left.", "He met Mr. X Smith."),
        ("Minister S. X Jaishankar came. He left.", "Minister S. X Jaishankar came."),
        ("The U.S. X Army moved. It stopped.", "The U.S. X Army moved."),
        ("On Aug. 5 X fell. It rose.", "On Aug. 5 X fell."),
        ("It cost $3.5 X million. Cheap.", "It cost $3.5 X million."),
        ("'Never,' X said. 'Again!' He left.", "'Never,' X said."),
        ("Who X won? “We did.” Fine.", "Who X won?"),
        ("first line\nsecond X line\nthird", "second X line"),
        ("市场X平静。股市上涨。", "市场X平静。"),
        ("no end X at all", "no end X at all"),
    ],
)
def test_sentence_of_a_place(text: str, sentence: str) -> None:
    """The sentence round X is found whatever stands in it."""
    start, end = sentence_bounds(text, text.index("X"))

    assert text[start:end] == sentence


def test_densest_sentence_comes_first_of_all() -> None:
    """With room for one snippet, the sentence with most distinct words of the query is shown."""
    body = "Oil rose. " + "Filler is here. " * 20 + "Oil and gas fell in the strike. " + "Filler is here. " * 20 + "Oil again."
    marks = sorted(spans_of("Oil", body) + spans_of("gas", body) + spans_of("strike", body))

    (snippet,) = make_snippets(body, marks, SnippetOptions(count=1, max_chars=60))

    assert snippet.text.startswith("Oil and gas fell in the strike.")
    assert [snippet.text[s:e] for s, e in snippet.marks] == ["Oil", "gas", "strike"]


def test_snippets_come_in_the_order_of_the_text() -> None:
    """Several snippets stand in the order of the body and do not overlap."""
    body = " ".join(f"Sentence {i} tells of {'oil' if i % 5 == 0 else 'rain'} and of other things." for i in range(40))
    snippets = make_snippets(body, spans_of("oil", body), OPTIONS)

    assert len(snippets) == 3
    assert all(one.start + len(one.text) <= other.start for one, other in pairwise(snippets))


def test_without_marks_the_opening_is_shown() -> None:
    """A match in the title or by filters alone shows how the body begins."""
    (snippet,) = make_snippets("  First sentence. Second one.\n\nNext paragraph.", [], OPTIONS)

    assert snippet.text == "First sentence. Second one."
    assert snippet.marks == ()


def test_match_in_the_last_sentence_of_a_long_body() -> None:
    """There is no limit to how far down a match is found and shown."""
    body = "Nothing here to see. " * 20_000 + "The needle is here."
    (snippet,) = make_snippets(body, spans_of("needle", body), OPTIONS)

    assert "The needle is here." in snippet.text


def test_an_endless_sentence_is_cut_between_words() -> None:
    """A sentence longer than a snippet is cut round the mark, and no word is cut."""
    body = " ".join(["word"] * 500 + ["needle"] + ["word"] * 500)
    (snippet,) = make_snippets(body, spans_of("needle", body), OPTIONS)

    assert len(snippet.text) <= OPTIONS.max_chars
    assert set(snippet.text.split()) == {"word", "needle"}


@given(st.text(alphabet="ab. \n中。!'é", max_size=400), st.lists(st.integers(0, 399), max_size=12), st.integers(40, 200))
@settings(deadline=None)
def test_snippets_are_slices_of_the_body(body: str, places: list[int], max_chars: int) -> None:
    """Whatever the text and marks: text is the body at its start, marks lie in it and mark what they marked in the body."""
    marks = sorted({(place, place + 1) for place in places if place < len(body)})
    snippets = make_snippets(body, marks, SnippetOptions(count=3, max_chars=max_chars))

    for snippet in snippets:
        assert body[snippet.start : snippet.start + len(snippet.text)] == snippet.text
        assert all(0 <= s < e <= len(snippet.text) for s, e in snippet.marks)
        assert {(s + snippet.start, e + snippet.start) for s, e in snippet.marks} <= set(marks)
    assert len(snippets) <= 3
    assert not marks or any(snippet.marks for snippet in snippets)


def test_a_mark_of_white_space_is_kept() -> None:
    """Bounds of a sentence are trimmed, and never past a mark (found by the property above)."""
    (snippet,) = make_snippets(" ", [(0, 1)], OPTIONS)

    assert (snippet.text, snippet.marks) == (" ", ((0, 1),))
