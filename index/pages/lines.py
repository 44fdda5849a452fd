"""Classifies the lines of a dump: give the text and the site's profile, get the lines that the grammar reads.

Each line gets a kind by what it says alone; what it means where it stands is the grammar's to decide. Lines that are
furniture wherever they stand, blank lines, and words glued to a line's end are dropped here, each with its fate.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import datetime
from enum import Enum

from index.pages.captions import CaptionReader
from index.pages.dates import DateReader, PageDate
from index.pages.names import is_name_like, is_proper
from index.pages.page import LineFate
from index.pages.profiles import Profile
from index.pages.tidy import clean_line, ends_sentence

_LINE_END = re.compile(r"\r\n|\r|\n")
_TAGS = re.compile(r"(?:#[^\s#,]+[\s,]*)+")
_MAX_ACRONYM = 4
_SEPARATORS = " \t•·|,–—-"


class Kind(Enum):
    """What a line is, taken alone."""

    TEXT = "text"
    BULLET = "bullet"
    CAPTION = "caption"
    DATE = "date"
    DATED = "source and date"
    TAGS = "tags"
    START = "page start"
    TAGS_MARK = "tags follow"
    END = "end of article"
    RELATED = "related articles follow"
    FOOTER = "footer follows"


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank; only a START glued to the line before it has no text of its own.

    name: what a bullet or tag line holds, or the source before a date. date: of the kinds DATE and DATED.
    """

    number: int
    text: str
    kind: Kind
    after_blank: bool = False
    name: str = ""
    date: PageDate | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Lines:
    """The lines for the grammar, the fates of what was dropped before it, and those of what was glued to line ends."""

    lines: tuple[Line, ...]
    dropped: tuple[LineFate, ...]
    tails: tuple[LineFate, ...]


def read_lines(text: str, captured: datetime, profile: Profile) -> Lines:
    """All lines of the dump, classified; nothing is lost: what is not in `lines` has a fate."""
    return _LineReader(captured, profile).read(text)


class _LineReader:
    def __init__(self, captured: datetime, profile: Profile) -> None:
        self._captured = captured
        self._profile = profile
        self._dates = DateReader(profile.dates.shapes, profile.dates.prefixes)
        self._captions = CaptionReader(profile.lines.captions)
        self._bullet = re.compile(rf"[{re.escape(profile.item.bullets)}]\s+(?P<name>\S.*)")
        self._promo = _promo(profile.lines.promos)
        rules, sections = profile.lines, profile.sections
        self._marks = (
            (rules.page_start, Kind.START),
            (sections.tags, Kind.TAGS_MARK),
            (sections.end, Kind.END),
            (sections.related, Kind.RELATED),
            (sections.footer, Kind.FOOTER),
        )
        self._dropped: list[LineFate] = []
        self._tails: list[LineFate] = []

    def read(self, text: str) -> Lines:
        lines = self._settled(list(self._classified(text)))
        return Lines(tuple(lines), tuple(self._dropped), tuple(self._tails))

    def _classified(self, text: str) -> Iterator[Line]:
        after_blank, is_first = False, True
        for number, raw in enumerate(_LINE_END.split(text), start=1):
            line = clean_line(raw)
            if not line:
                self._dropped.append(LineFate(number, "blank", "blank", ""))
                after_blank = True
                continue
            line, begins_page = self._without_tail(number, self._without_start(number, line) if is_first else line)
            if line and not self._is_furniture(number, line):
                yield dataclasses.replace(self._classify(number, line), after_blank=after_blank)
                after_blank = is_first = False
            if begins_page:
                yield Line(number, "", Kind.START)

    def _settled(self, lines: list[Line]) -> list[Line]:
        """Decides the lines whose kind hangs on a neighbor; from the end, as the next line must be settled first."""
        settled: list[Line] = []
        for line in reversed(lines):
            following = settled[-1] if settled else None
            if line.kind is Kind.TEXT and self._profile.lines.last.matches(line.text) and _ends_article(following):
                self._drop(line.number, "last line", line.text)
            elif line.text in self._profile.dates.prefixes and following and following.kind is Kind.DATE:
                self._drop(line.number, "word before a date", line.text)
            else:
                if following and self._captions.is_label(line.text) and _is_credit(following):
                    settled[-1] = dataclasses.replace(following, kind=Kind.CAPTION)
                settled.append(line)
        return settled[::-1]

    def _classify(self, number: int, text: str) -> Line:
        mark = next((kind for phrases, kind in self._marks if phrases.matches(text)), None)
        if mark:
            return Line(number, text, mark)
        bullet = self._bullet.fullmatch(text)
        bare = bullet["name"] if bullet else text
        if _TAGS.fullmatch(bare):
            return Line(number, text, Kind.TAGS, name=bare)
        if bullet:
            return Line(number, text, Kind.BULLET, name=bare)
        date = self._dates.whole(text, self._captured)
        if date:
            return Line(number, text, Kind.DATE, date=date)
        if self._captions.is_caption(text) or self._captions.is_label(text):
            return Line(number, text, Kind.CAPTION)
        return self._dated(number, text) or Line(number, text, Kind.TEXT)

    def _dated(self, number: int, text: str) -> Line | None:
        found = self._dates.trailing(text, self._captured)
        if not found:
            return None
        before, date = found
        name = before.strip(_SEPARATORS)
        # Glued without a space, any short text is a name; after a space it could be prose ("He left 3 hours ago").
        is_source = is_name_like(name) and (not before.endswith(" ") or is_proper(name))
        # "KUALA LUMPUR, 17 June 2025" is where and when a report was filed, not who published it.
        if before.rstrip().endswith(",") and name.isupper() and len(name) > _MAX_ACRONYM:
            return None
        return Line(number, text, Kind.DATED, name=name, date=date) if is_source else None

    def _is_furniture(self, number: int, text: str) -> bool:
        if text in self._profile.lines.inserted:
            self._drop(number, "inserted", text)
        elif self._profile.lines.anywhere.matches(text):
            self._drop(number, "anywhere", text)
        elif self._promo.match(text):
            self._drop(number, "promo", text)
        else:
            return False
        return True

    def _without_start(self, number: int, text: str) -> str:
        for word in self._profile.glue.starts:
            rest = text.removeprefix(word)
            if rest and rest != text and not rest[0].isspace() and not rest[0].islower():
                self._drop(number, "glue", word)
                return rest
        return text

    def _without_tail(self, number: int, text: str) -> tuple[str, bool]:
        """The line without words glued to its end, and whether the last of them begins the next of two joined dumps."""
        glue = self._profile.glue
        kept, begins_page = text, False
        while word := next((word for word in (*glue.ends, *glue.ends_after_sentence) if self._is_glued(kept, word)), None):
            begins_page = begins_page or self._profile.lines.page_start.matches(word)
            kept = kept.removesuffix(word).rstrip()
        if kept != text:
            self._tails.append(self._boilerplate(number, "glue", text.removeprefix(kept).strip()))
        return kept, begins_page

    def _is_glued(self, text: str, word: str) -> bool:
        if not text.endswith(word):
            return False
        glue = self._profile.glue
        before = text.removesuffix(word)
        if not before or before.endswith(" "):
            return word in glue.ends and (not before or ends_sentence(before.rstrip()))
        return word in glue.ends or ends_sentence(before) or before.endswith(glue.ends)

    def _drop(self, number: int, rule: str, text: str) -> None:
        self._dropped.append(self._boilerplate(number, rule, text))

    def _boilerplate(self, number: int, rule: str, text: str) -> LineFate:
        return LineFate(number, "boilerplate", f"{self._profile.name}: {rule}", text)


def _promo(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Lines that lead to other stories: the phrase alone, or before a colon or bar, or in capitals. Prose has none of these."""
    choice = "|".join(re.escape(phrase) for phrase in phrases) or r"(?!)"
    capitals = "|".join(re.escape(phrase.upper()) for phrase in phrases) or r"(?!)"
    return re.compile(rf"(?i:{choice})(?:\s*[:|].*|[.…»>]*)$|(?:{capitals})(?!\w)")


def _is_credit(line: Line) -> bool:
    return line.kind is Kind.TEXT and is_name_like(line.text)


def _ends_article(following: Line | None) -> bool:
    return following is None or following.kind in (Kind.TAGS_MARK, Kind.END, Kind.RELATED, Kind.FOOTER, Kind.START)
