"""Sentences: where the sentence round a place in a text begins and ends.

Rules, not a model: a sentence ends at . ! ? … (with closing quotes or brackets) before white space and something that can
begin a sentence, at CJK stops, and at every line end. A dot after a title, a month or a single capital (Mr., Sen., Aug.,
S. Jaishankar, U.S.) ends nothing. Looks at one paragraph at a time, so a long article costs no more than a short one.
"""

from __future__ import annotations

import re

_END = re.compile(
    r"(?<![.\s])(?P<stop>[.!?\u2026]+)[\"'\u2019\u201d\u00bb)\]]*(?=\s+[\"'\u2018\u201c\u00ab(\[\u2013\u2014-]*[^\W_a-z])|[\u3002\uff01\uff1f][\u300d\u300f\u201d]*"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Gen|Sen|Rep|Gov|Lt|Col|Sgt|Capt|Maj|Adm|Rev|Hon|Pres|Jr|Sr|No|Nos|vs|etc|Inc|Ltd|Corp|Co|Jan|Feb|Mar"
    r"|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|a\.m|p\.m)|(?<![^\W_])[^\W\d_](?:\.[^\W\d_])*)$"
)
_LONGEST_ABBREVIATION = 12


def sentence_bounds(text: str, place: int) -> tuple[int, int]:
    """[start, end) of the sentence that holds the place, without white space around it."""
    start, end = paragraph_bounds(text, place)
    for match in _END.finditer(text, start, end):
        if _is_abbreviation(text, match):
            continue
        if match.end() > place:
            end = match.end()
            break
        start = match.end()
    return trimmed(text, start, end)


def paragraph_bounds(text: str, place: int) -> tuple[int, int]:
    """[start, end) of the line that holds the place."""
    end = text.find("\n", place)
    return text.rfind("\n", 0, place) + 1, len(text) if end < 0 else end


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _is_abbreviation(text: str, match: re.Match[str]) -> bool:
    if match["stop"] != ".":
        return False
    before = text[max(0, match.start() - _LONGEST_ABBREVIATION) : match.start()]
    return _ABBREVIATION.search(before) is not None
