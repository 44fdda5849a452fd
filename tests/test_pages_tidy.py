"""Text cleaning: inserted words, broken lines, captions, spaces before punctuation."""

import pytest

from index.pages.captions import CaptionReader
from index.pages.tidy import BodyLine, clean_line, close_up, cut_inserted, rejoin

CAPTIONS = CaptionReader(("Photo", "Image", "Picture", "Photograph", "Credit"))


def kept(text: str) -> str:
    """The line without inserted words."""
    return " ".join(piece.text for piece in cut_inserted(text, ("Advertisement",)) if piece.kept)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("It ended. Advertisement In an article it began.", "It ended. In an article it began."),
        ("It ended.' Advertisement 'The next phase,' he said.", "It ended.' 'The next phase,' he said."),
        ("It ended. Advertisement 50 people left.", "It ended. 50 people left."),
        ("It ended. Advertisement Advertisement Then it began.", "It ended. Then it began."),
        ("Advertisement They left.", "They left."),
        ("AdvertisementThey left.", "They left."),
        ("They left. Advertisement", "They left."),
        ("They left.Advertisement", "They left."),
        ("Why it matters Advertisement The name stands.", "Why it matters The name stands."),
        ("Advertisement", ""),
    ],
)
def test_inserted_word_goes(text: str, left: str) -> None:
    """The inserted word between sentences is cut out, wherever it stands and however it is glued."""
    assert kept(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "Advertisement revenue fell.",
        "It ended. Advertisement revenue fell.",
        "The Advertisement Standards Board met.",
        "An advertisement for soap. The advertisement said so.",
        "They read the Advertisement, and left.",
        "It was called 'Advertisement' by all.",
        "Advertisements fell. Advertisement's end.",
        "They paid for the Advertisement",
    ],
)
def test_prose_about_advertisements_stays(text: str) -> None:
    """The word within a sentence is prose."""
    assert kept(text) == text


@pytest.mark.parametrize(
    ("lines", "paragraphs"),
    [
        (["A plan by Council President", "Mara Ilves would help."], ["A plan by Council President Mara Ilves would help."]),
        (["with the owners of the", "salt works , while trading."], ["with the owners of the salt works, while trading."]),
        (["It ended.", "It began."], ["It ended.", "It began."]),
        (["'It ended.'", "'It began.'"], ["'It ended.'", "'It began.'"]),
        (["They met Dr.", "Anna Reke there."], ["They met Dr. Anna Reke there."]),
        (["Sold by the U.S.", "military in May."], ["Sold by the U.S. military in May."]),
        (["It fell.", "iPhone sales rose."], ["It fell.", "iPhone sales rose."]),
        (["What the neighbors say", "The neighbors like it."], ["What the neighbors say", "The neighbors like it."]),
        (["FLOODS", "Two dikes broke."], ["FLOODS", "Two dikes broke."]),
        (["He told", "The Star that it fell."], ["He told The Star that it fell."]),
        (["They are:", "Two cats", "- a dog", "- a cow"], ["They are:", "Two cats", "- a dog", "- a cow"]),
        (["Write to", "the editor", ", please."], ["Write to the editor, please."]),
        (["By Anna Reke", "Goats crossed at night."], ["By Anna Reke", "Goats crossed at night."]),
        (["市长今天", "到访。", "他说好。"], ["市长今天到访。", "他说好。"]),
        (["قال الرئيس", "الجديد إنه سعيد."], ["قال الرئيس الجديد إنه سعيد."]),
    ],
)
def test_rejoin(lines: list[str], paragraphs: list[str]) -> None:
    """Lines broken within a sentence are joined; the end of a sentence, a heading and a list item end a paragraph."""
    assert list(rejoin([BodyLine(line, after_gap=False) for line in lines])) == paragraphs


def test_blank_line_ends_a_paragraph_unless_the_sentence_goes_on() -> None:
    """A blank line is a paragraph's end, except before a word in lower case that goes on with an open sentence."""
    lines = [BodyLine("Old heading", False), BodyLine("Goats crossed the", True), BodyLine("frontier at night.", True)]
    assert rejoin(lines) == ("Old heading", "Goats crossed the frontier at night.")


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("filling out this form . The end", "filling out this form. The end"),
        ("the editor 's cat , and ( dogs ) .", "the editor's cat, and ( dogs)."),
        ("What ? No !", "What? No!"),
        ("one ; two : three", "one; two: three"),
        ("left ... and .NET :) stays", "left ... and .NET :) stays"),
        ("'quoted' words 'stay' so", "'quoted' words 'stay' so"),
    ],
)
def test_close_up(text: str, closed: str) -> None:
    """Spaces before punctuation go; an ellipsis, a name that begins with a dot and a smiley keep theirs."""
    assert close_up(text) == closed


def test_clean_line() -> None:
    """Invisible characters go, every run of spaces is one."""
    assert clean_line("\ufeff a\u00a0\u2003b\u200b\u00ad c\x00\x07\t") == "a b c"


@pytest.mark.parametrize(
    "text",
    [
        "Fishing boats leave the pier on Monday. Photo: Reuters",
        "Fishing boats leave the pier Photo: A. Lindt/Hill Agency",
        "Photo: X",
        "Image: AFP",
        "Photograph: Anna Lindt/The Paper",
        "A goat on the pier. Picture: Hill Agency.",
        "A goat on the pier. (Photo by Anna Lindt/Hill Agency)",
        "A goat. [File Photo: Hill Agency]",
        "(AP Photo/Anna Lindt)",
        "Credit: Anna Lindt",
        "Photo by Anna Lindt/Hill Agency",
    ],
)
def test_caption(text: str) -> None:
    """A line that says whose picture it is, is a caption."""
    assert CAPTIONS.is_caption(text)


@pytest.mark.parametrize(
    "text",
    [
        "She shared a photo: it showed the pier.",
        "The Photo: A History was published.",
        "Credit: consumer borrowing rose by five percent in May, the central bank said on Monday.",
        "He posted a photo (photo by his wife) and left.",
        "Photo shops did well.",
        "Goats crossed at night. Nobody saw them. The map is gone. Photo: Reuters",
        f"Goats crossed {'at night ' * 40}. Photo: Reuters",
    ],
)
def test_prose_about_photos_is_no_caption(text: str) -> None:
    """A sentence that speaks of a photo, and a whole article that ends in a credit, are no captions."""
    assert not CAPTIONS.is_caption(text)
