"""Sentences: where the sentence round a place in a text begins and ends.

Rules, not a model: a sentence ends at . ! ? … (with closing quotes or brackets) before white space and something that can
begin a sentence, at CJK stops, and at every line end. A dot after a title, a month or a single capital (Mr., Sen., Aug.,
S. Jaishankar, U.S.) ends nothing. Looks no further than REACH code points to either side, so a long text costs no more than
a short one.
"""

from __future__ import annotations

import re

# Code points to either side of a place within which its sentence begins and ends; longer ones are cut there.
REACH = 320

# First a search for these alone, seven times as fast as the whole pattern, which then is tried where one stands.
_STOP = re.compile("[.!?\u2026\u3002\uff01\uff1f]")
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
    line_end = text.find("\n", place, place + REACH)
    last = min(len(text), place + REACH) if line_end < 0 else line_end
    first = max(text.rfind("\n", max(0, place - REACH), place) + 1, place - REACH, 0)
    start = _end_before(text, first, place)
    return trimmed(text, start, _end_after(text, place, last))


def _end_before(text: str, first: int, place: int) -> int:
    """Where the last sentence that ends at or before the place ends; first if none does."""
    for stop in reversed([match.start() for match in _STOP.finditer(text, first, place)]):
        end = _end_at(text, stop, first)
        if end is not None and end <= place:
            return end
    return first


def _end_after(text: str, place: int, last: int) -> int:
    """Where the first sentence that ends after the place ends; last if none does."""
    # A stop before the place may have its closing quotes after it.
    at = place
    while at > 0 and place - at < _LONGEST_ABBREVIATION and not text[at - 1].isspace() and not text[at - 1].isalnum():
        at -= 1
    for stop in _STOP.finditer(text, at, last):
        end = _end_at(text, stop.start(), at)
        if end is not None and place < end <= last:
            return end
    return last


def _end_at(text: str, stop: int, first: int) -> int | None:
    """Where the sentence ends that this stop closes; None if it closes none, or stands inside a run of stops."""
    match = _END.match(text, stop)
    if match is None or (match["stop"] == "." and _is_abbreviation(text, match, first)):
        return None
    return match.end()


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _is_abbreviation(text: str, match: re.Match[str], first: int) -> bool:
    before = text[max(first, match.start() - _LONGEST_ABBREVIATION) : match.start()]
    return _ABBREVIATION.search(before) is not None
