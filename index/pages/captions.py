"""Tells a caption line from prose: give a line and the words of the site's captions, get whether it is a caption.

A caption says whose picture it is, at its end or as a whole: `A parade in the square. Photo: AFP`, `Image: A. Writer`,
`(Photo by A. Writer/Agency)`. A sentence that speaks of a photo says no such thing.
"""

from __future__ import annotations

import re

from index.pages.names import is_name_like, is_proper
from index.pages.tidy import ends_sentence

# A line of more characters or sentences that ends in a credit is a whole article on one line, and losing an article is
# worse than keeping a caption.
_MAX_CAPTION = 300
_MAX_BREAKS = 2
# `A ship in port. — AFP pic`, `REUTERS/A. Writer`, `FILE PHOTO: A ship in port. REUTERS/A. Writer`, `© Getty Images`.
_AGENCIES = r"(?:AFP|AP|EPA|Reuters|REUTERS|Bernama|Xinhua|Getty Images)"
_AGENCY = re.compile(
    rf".*[.!?]?\s*[-–—]\s*{_AGENCIES}(?: (?:pic|photo|file pic|file photo))?|(?:.*\s)?{_AGENCIES}/[A-Z][\w. -]*"
    rf"|(?:FILE PHOTO|File photo)\b.*|(?:Photo )?©\s*\w[\w ./&-]*"
)
_SENTENCE_BREAK = re.compile(r"[.!?][\"'”’)]*\s+(?=[A-Z(])")


class CaptionReader:
    """Knows captions by the words before a credit (`Photo`, `Image`)."""

    def __init__(self, words: tuple[str, ...]) -> None:
        choice = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"
        self._credit = re.compile(rf"(?:^|(?P<before>.*?\S)\s+|(?P<glued>.*[.!?]))(?:{choice})\s*:\s*(?P<credit>.+)")
        said = rf"(?:\w+ )?(?:{choice})(?:\s*:|\s+(?:by|via|courtesy|from)\b|/)"
        self._bracketed = re.compile(rf"(?:^|.*\s)[(\[]{said}[^)\]]*[)\]]\.?")
        self._by = re.compile(rf"(?:{choice}) by (?P<credit>.+)")
        self._label = re.compile(rf"(?:{choice})\s*:")

    def is_caption(self, text: str) -> bool:
        """Whether the whole line is a caption."""
        if len(text) > _MAX_CAPTION or len(_SENTENCE_BREAK.findall(text)) > _MAX_BREAKS:
            return False
        if self._bracketed.fullmatch(text):
            return True
        match = self._credit.fullmatch(text)
        if match:
            return _is_credit(match["credit"], after_sentence=not match["before"] or ends_sentence(match["before"]))
        match = self._by.fullmatch(text)
        return _AGENCY.fullmatch(text) is not None or (match is not None and is_proper(match["credit"]))

    def is_label(self, text: str) -> bool:
        """Whether the line is only the word before a credit (`Photo:`), which then is the next line."""
        return self._label.fullmatch(text) is not None


def _is_credit(text: str, *, after_sentence: bool) -> bool:
    """A full stop is allowed after a credit that follows a sentence (`... in the square. Photo: AFP.`)."""
    return is_name_like(text.removesuffix(".") if after_sentence else text)
