"""Tells names from sentences: whether a short line can be the name of a source, and whether two lines say the same."""

from __future__ import annotations

import re

from index.article import normalized
from index.pages.tidy import ends_sentence

_COMPANY = re.compile(r"\b(?:Co|Corp|Inc|Ltd)\.$")
_MAX_NAME = 60
_MAX_WORDS = 8
_MAX_TITLE = 300
# Words that names of newspapers write small.
_SMALL_WORDS = frozenset(("al", "and", "at", "de", "del", "des", "di", "el", "for", "in", "la", "le", "of", "on", "the", "y"))


def is_name_like(text: str) -> bool:
    """Whether the text can be a name: short, and no sentence (`Yahoo!` and `Tea & Co.` are names)."""
    is_sentence = ends_sentence(text) and not (text.endswith("!") and " " not in text) and not _COMPANY.search(text)
    return 0 < len(text) <= _MAX_NAME and len(text.split()) <= _MAX_WORDS and not is_sentence and text[-1] not in ",:;"


def is_proper(text: str) -> bool:
    """Whether the text is written as a proper name: no word of more than a few letters begins in lower case."""
    words = re.findall(r"[^\s/&-]+", text)
    is_written_so = all(not word[0].islower() or word in _SMALL_WORDS or "." in word for word in words)
    return is_name_like(text) and is_written_so and words[0].casefold() != "by"


def is_same(first: str, second: str) -> bool:
    """Whether two lines say the same, case and punctuation aside (which is looked into for short lines only)."""
    if first == second:
        return True
    return max(len(first), len(second)) <= _MAX_TITLE and normalized(first) == normalized(second)
