"""Marked text: pieces always give the text back, and each mark stands where its span says."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from web.marks import Piece, merged, paragraphs, pieces

spans = st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=12)


@given(text=st.text(max_size=50), marks=spans)
@settings(max_examples=200, deadline=None)
def test_pieces_join_to_the_text(text: str, marks: list[tuple[int, int]]) -> None:
    """No span, however odd, adds, drops or reorders a character."""
    assert "".join(piece.text for piece in pieces(text, marks)) == text


@given(text=st.text(max_size=50), marks=spans)
@settings(max_examples=200, deadline=None)
def test_marked_characters_are_those_inside_a_span(text: str, marks: list[tuple[int, int]]) -> None:
    """A character is marked exactly if some span covers it."""
    marked = [piece.match is not None for piece in pieces(text, marks) for _ in piece.text]

    assert marked == [any(start <= place < end for start, end in marks) for place in range(len(text))]


@given(body=st.text(alphabet="ab \n", max_size=60), marks=spans)
@settings(max_examples=200, deadline=None)
def test_paragraphs_lose_only_white_space(body: str, marks: list[tuple[int, int]]) -> None:
    """Every character that can be seen is in a paragraph, in order."""
    shown = "".join(piece.text for paragraph in paragraphs(body, marks) for piece in paragraph)

    assert "".join(shown.split()) == "".join(body.split())


@given(body=st.text(alphabet="ab \n", max_size=60), marks=spans)
@settings(max_examples=200, deadline=None)
def test_first_pieces_are_numbered_through(body: str, marks: list[tuple[int, int]]) -> None:
    """Anchors are unique and ascend; a match in white space between paragraphs is the only one that may have none."""
    numbers = [piece.match for paragraph in paragraphs(body, marks) for piece in paragraph if piece.match and piece.is_first]

    assert numbers == sorted(set(numbers))
    assert all(1 <= number <= len(merged(marks, len(body))) for number in numbers)


def test_touching_spans_stay_apart_and_overlapping_ones_are_joined() -> None:
    """Two words side by side are two matches; the same word found twice is one."""
    assert merged([(3, 6), (0, 3), (4, 8)], 20) == [(0, 3), (3, 8)]


def test_a_match_across_a_paragraph_break_has_one_number() -> None:
    """A phrase that ends one paragraph and begins the next is one match in two pieces."""
    first, second = paragraphs("over the\n\nriver today", [(5, 15)])

    assert first == [Piece("over "), Piece("the", 1)]
    assert second == [Piece("river", 1, is_first=False), Piece(" today")]


def test_lines_are_paragraphs_only_where_there_is_no_blank_line() -> None:
    """A body with blank lines keeps its single line breaks inside a paragraph."""
    assert len(paragraphs("a\nb\n\nc", [])) == 2
    assert len(paragraphs("a\nb\nc\n", [])) == 3


def test_body_matches_go_on_from_the_title() -> None:
    """The first match of the body has the number after the last one of the title."""
    assert paragraphs("aha", [(0, 3)], first_match=4) == [[Piece("aha", 4)]]
