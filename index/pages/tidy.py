"""Text cleaning: give lines as dumped, get text as written. Nothing here knows of a site.

- `clean_line`: invisible characters out, every kind of space one space.
- `cut_inserted`: a line into the pieces that belong to it and the words that a page put between its sentences.
- `rejoin`: the lines of a body into paragraphs. Dumps put a link on a line of its own, so most line ends in the middle of
  a sentence are no paragraph ends.
- `close_up`: no space before punctuation, which a link leaves behind (`the salt works , while`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from index.article import storable
from index.pages.words import OPEN_ENDS, OPENERS

_CLOSERS = "\"'”’»)]}›"
_SENTENCE_END = ".!?…。！？؟۔"
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")

# The mark must end its word too: `.NET`, `:)` and `...` keep their space.
_SPACE_BEFORE = re.compile(r" +(?=(?:[,.]|[!?]+)(?:\s|$|[\"'”’»)\]])|[;:](?:\s|$)|[)\]](?:\s|$|[.,;]))")
_SPACE_BEFORE_POSSESSIVE = re.compile(r"(?<=\w) (?=['’]s(?:[\s,.;:!?)]|$))")

_ABBREVIATION = re.compile(r"(?:^|\s)(?:Mr|Mrs|Ms|Dr|Prof|Gen|Sen|Rep|Gov|Lt|Col|Sgt|St|vs|[A-Z])\.$")
# As much of a line as is looked at on either side of an inserted word; lines may be long and hold many.
_NEAR = 60
_BYLINE = re.compile(r"By [A-Z]")
_LIST_MARK = re.compile(r"(?:[•·*‣▪●◦]|-(?=\s)|>|\d{1,2}[.)]\s)")
# A heading is short. Of the first lines of paragraphs seen in dumps, broken ones were longer as a rule; names and titles
# in front of a name ("Chinese President") are why a short line alone is not taken for a heading.
_MAX_HEADING = 70


class Piece(NamedTuple):
    """A part of a line: kept, or one of the inserted words."""

    text: str
    kept: bool


class BodyLine(NamedTuple):
    """One line of a body; after_gap: something that stands between paragraphs (a blank line, a picture) came before it."""

    text: str
    after_gap: bool


def clean_line(raw: str) -> str:
    """One line without what cannot be seen: byte order marks, soft hyphens, control characters, runs of spaces."""
    return " ".join(_CONTROL.sub("", _INVISIBLE.sub("", storable(raw))).split())


def close_up(text: str) -> str:
    """The text without the spaces before punctuation."""
    return _SPACE_BEFORE_POSSESSIVE.sub("", _SPACE_BEFORE.sub("", text))


def ends_sentence(text: str) -> bool:
    """Whether the text ends as a sentence does, closing quotes and brackets aside."""
    return text.rstrip(_CLOSERS)[-1:] in tuple(_SENTENCE_END)


def cut_inserted(text: str, words: Iterable[str]) -> list[Piece]:
    """The line in pieces. A word is inserted where it stands between sentences, not where it is one of a sentence.

    `...of the festival. Advertisement In an article` holds an inserted word, `Advertisement revenue fell` and
    `the Advertisement Standards Board` do not: an inserted word follows the end of a sentence (or precedes a word that
    only opens one), and no lower-case word follows it.
    """
    choice = "|".join(re.escape(word) for word in words)
    if not choice or not re.search(choice, text):
        return [Piece(text, kept=True)]
    pieces: list[Piece] = []
    start = 0
    for match in re.finditer(rf"(?<![^\W_])(?:{choice})\s*", text):
        before = text[max(start, match.start() - _NEAR) : match.start()].rstrip()
        if not _stands_between(before, text[match.end() : match.end() + _NEAR], match[0]):
            continue
        pieces += [Piece(text[start : match.start()].strip(), kept=True), Piece(match[0].strip(), kept=False)]
        start = match.end()
    pieces.append(Piece(text[start:].strip(), kept=True))
    return [piece for piece in pieces if piece.text]


def _stands_between(before: str, after: str, word: str) -> bool:
    if not after:
        return not before or ends_sentence(before) or before[-1] in ":;"
    if not _opens_like_a_sentence(after) or (word[-1:].isalpha() and not after[0].isupper()):
        return False
    return not before or ends_sentence(before) or _first_word(after) in OPENERS


def _opens_like_a_sentence(text: str) -> bool:
    bare = text.lstrip("\"'“‘«([")
    return bare[:1].isdigit() or (bare[:1].isalpha() and not bare[0].islower())


def rejoin(lines: Sequence[BodyLine]) -> tuple[str, ...]:
    """The paragraphs that the lines make up, each closed up."""
    paragraphs: list[list[str]] = []
    for line in lines:
        paragraph = paragraphs[-1] if paragraphs else None
        if paragraph and not _is_break(paragraph[-1], line, opens_paragraph=len(paragraph) == 1):
            paragraph.append(line.text)
        else:
            paragraphs.append([line.text])
    return tuple(close_up("".join(_spaced(paragraph))) for paragraph in paragraphs)


def _is_break(line: str, following: BodyLine, *, opens_paragraph: bool) -> bool:
    """Whether a paragraph ends between the two lines. Where nothing tells, it does not: links break lines everywhere."""
    text = following.text
    if _LIST_MARK.match(text):
        return True
    if goes_on(text):
        return ends_sentence(line) and following.after_gap
    if _ends_paragraph(line):
        return True
    is_short = opens_paragraph and len(line) <= _MAX_HEADING
    if _last_word(line) in OPEN_ENDS or line[-1] in ",–—-(":
        return is_short and following.after_gap
    is_heading = is_short and (line.isupper() or _BYLINE.match(line) is not None)
    return following.after_gap or is_heading or _first_word(text) in OPENERS


def _ends_paragraph(line: str) -> bool:
    if line[-1] in ":;":
        return True
    return ends_sentence(line) and not _ABBREVIATION.search(line)


def goes_on(text: str) -> bool:
    """Whether the line can only be the rest of a sentence: it begins in lower case (not as iPhone does) or with a comma."""
    bare = text.lstrip("\"'“‘«([")
    if not bare or (bare[0].islower() and not bare[1:2].isupper()):
        return True
    return text[0] in ",.;:!?)]}%–—" and not text.startswith("...")


def _spaced(lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number and not (_is_unspaced(lines[number - 1][-1]) and _is_unspaced(line[0])):
            yield " "
        yield line


def _is_unspaced(character: str) -> bool:
    """Whether the character is of a script written without spaces between words (Han, kana) or its punctuation."""
    return unicodedata.east_asian_width(character) in "WF" and not "\uac00" <= character <= "\ud7a3"


def _first_word(text: str) -> str:
    match = re.search(r"\w+(?:['’]\w+)?", text)
    return match[0].casefold() if match else ""


def _last_word(text: str) -> str:
    words = re.findall(r"\w+", text)
    return words[-1].casefold() if words else ""
