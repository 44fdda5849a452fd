"""Remarks on a query text, gathered while it is read: add them in any order, get them back in the order of the text."""

from __future__ import annotations

from searcher.query import Note

# A pasted page can earn a remark a word; nobody reads past the first screen of them.
MAX_NOTES = 20
_SHOWN_CHARACTERS = 40


class Notebook:
    """Collects notes; `collected()` sorts them by place and says how many were left out beyond MAX_NOTES."""

    def __init__(self) -> None:
        self._notes: dict[Note, None] = {}

    def add(self, text: str, start: int, end: int) -> None:
        """Remarks on [start, end) of the query text; the same remark on the same place counts once."""
        self._notes[Note(text, start, end)] = None

    def collected(self) -> tuple[Note, ...]:
        """The notes, first place first."""
        notes = sorted(self._notes, key=lambda note: (note.start, note.end))
        if len(notes) <= MAX_NOTES:
            return tuple(notes)
        kept, rest = notes[: MAX_NOTES - 1], notes[MAX_NOTES - 1 :]
        return (*kept, Note(f"{len(rest)} more remarks", rest[0].start, max(note.end for note in rest)))


def shown(text: str) -> str:
    """Query text as a message quotes it: in quotes, one line, cut where it is long, nothing unprintable."""
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…")
