"""Looks ahead for the heads of articles: give the classified lines and a place, get the head that begins there, if any.

A line is a source before a DATE, before a BULLET that repeats it, or where its name is known. A line is a title where
it is repeated, or where it stands before a lead on a page that prints titles there. All else is body.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from index.article import normalized
from index.pages.dates import PageDate
from index.pages.lines import Kind, Line
from index.pages.names import is_name_like, is_proper, is_same
from index.pages.page import Fate
from index.pages.profiles import Profile
from index.pages.tidy import goes_on

LIKE_TEXT = (Kind.TEXT, Kind.BULLET, Kind.CAPTION, Kind.DATED, Kind.DATE, Kind.TAGS)
_MAX_TITLE = 250
_MAX_TITLES = 4
_MAX_BULLETS = 3
_MIN_BODY_AFTER_NAME = 80
# What may stand where the site has a date that we cannot read ("in 5 hours", "Invalid date").
_MAX_UNREAD_DATE = 40
# A source is glued to its date; a date after one of these may end a line of prose.
_BEFORE_PROSE_DATE = tuple(" ,:-–—|·")


@dataclasses.dataclass(frozen=True, slots=True)
class Lead:
    """Source, date and list lines at the head of an article: one fate for each of its lines."""

    source: str | None = None
    date: PageDate | None = None
    fates: tuple[Fate, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a related item: titles printed before the lead, and the lead."""

    titles: int
    lead: Lead


class Lookahead:
    """Answers what begins at a line. Every answer looks at a few lines only, so a dump is read in linear time."""

    def __init__(self, lines: Sequence[Line], profile: Profile) -> None:
        self._lines = lines
        self._profile = profile
        self._names = {normalized(line.name) for line in lines if line.kind is Kind.BULLET and is_name_like(line.name)}

    def kind(self, at: int) -> Kind | None:
        """The kind of the line, None after the last."""
        return self._lines[at].kind if at < len(self._lines) else None

    def head(self, at: int, *, titles_first: bool) -> Head | None:
        """The head of a related item, if one begins here.

        titles_first: whether this page prints titles before the lead; if so, a title printed twice needs no lead.
        """
        lead = self.lead(at)
        if lead and self._is_sure(at, lead):
            return Head(0, lead)
        if self.kind(at) not in LIKE_TEXT:
            return None
        titles = 1
        while titles < _MAX_TITLES and self._repeats_title(at, at + titles):
            titles += 1
        lead = self.lead(at + titles)
        if titles > 1:
            is_one_line = self.kind(at) in (Kind.TEXT, Kind.DATE, Kind.DATED) and len(self._lines[at].text) <= _MAX_TITLE
            is_title = titles_first and is_one_line
            return Head(titles, lead or Lead()) if lead or is_title else None
        return Head(1, lead) if lead and titles_first and self._is_lone_title(at, lead) else None

    def _is_sure(self, at: int, lead: Lead) -> bool:
        """Whether a lead begins an item even inside a body: a line there may end in a date, or be one ("June 6, 2023").

        A lead of several lines is sure, as is one of a known source or of a name glued to its date. On a page that prints
        no names in list lines a date is all there is to go by.
        """
        line = self._lines[at]
        if not self._names or len(lead.fates) > 1 or (lead.source is not None and self._is_known(lead.source)):
            return True
        if line.kind is not Kind.DATED or line.date is None:
            return False
        return line.text.removesuffix(line.date.printed)[-1:] not in _BEFORE_PROSE_DATE

    def _is_known(self, name: str) -> bool:
        return normalized(name) in self._names or self._profile.item.sources.matches(name)

    def lead(self, at: int) -> Lead | None:
        """The lead that begins here, if one does."""
        if at >= len(self._lines):
            return None
        line = self._lines[at]
        lead = self._lead_lines(at, line)
        if lead is None:
            return None
        lead = self._with_bullets(at, lead)
        # A short title before a date, printed again after it, is no source.
        is_title = line.kind is Kind.TEXT and self._repeats_title(at, at + len(lead.fates))
        # Nor is a line that is printed twice a date, though it reads as one ("September 11, 2001").
        is_printed_twice = line.kind in (Kind.DATE, Kind.DATED) and self._repeats_title(at, at + 1)
        return None if is_title or is_printed_twice else lead

    def bare_source(self, at: int, *, titles: int) -> Lead | None:
        """A source that stands alone after the title: known by name, or a proper name in a block of its own.

        Not the beginning of a sentence broken at a link: the next line begins a sentence too.
        """
        if self.kind(at) is not Kind.TEXT or self.kind(at + 1) is not Kind.TEXT or goes_on(self._lines[at + 1].text):
            return None
        name, body = self._lines[at].text, self._lines[at + 1]
        is_likely = titles > 1 and is_proper(name) and body.after_blank and len(body.text) >= _MIN_BODY_AFTER_NAME
        return Lead(name, None, ("source",)) if self._is_known(name) or is_likely else None

    def source_before(self, at: int, title: str) -> Lead | None:
        """A source that stands alone between two prints of the title."""
        if not title or self.kind(at) is not Kind.TEXT or self.kind(at + 1) not in LIKE_TEXT:
            return None
        name = self._lines[at].text
        is_between = is_name_like(name) and not is_same(name, title) and is_same(self._lines[at + 1].text, title)
        return Lead(name, None, ("source",)) if is_between else None

    def title_after_lead(self, at: int, *, titles_first: bool) -> str:
        """The title that stands here; empty where the next item begins, or the line is a body that lacks its title."""
        if self.kind(at) not in LIKE_TEXT or self._begins_item(at, titles_first):
            return ""
        text = self._lines[at].text
        is_last = self.kind(at + 1) not in LIKE_TEXT or self._begins_item(at + 1, titles_first)
        is_body = len(text) > _MAX_TITLE or (is_last and text.endswith(".") and " " in text)
        return "" if is_body else text

    def _begins_item(self, at: int, titles_first: bool) -> bool:
        head = self.head(at, titles_first=titles_first)
        return head is not None and head.lead.fates != ()

    def _lead_lines(self, at: int, line: Line) -> Lead | None:
        following = self._lines[at + 1] if at + 1 < len(self._lines) else None
        is_after_date = following is not None and following.kind is Kind.TEXT and is_name_like(following.text)
        if line.kind is Kind.DATED:
            return Lead(self._unglued(line.name), line.date, ("source",))
        if line.kind is Kind.DATE and following and is_after_date and self._profile.item.date_first:
            return Lead(following.text, line.date, ("date", "source"))
        if line.kind is Kind.DATE:
            return Lead(None, line.date, ("date",))
        if line.kind is not Kind.TEXT:
            return None
        is_dated = following is not None and following.kind is Kind.DATE
        is_repeated = any(is_same(bullet, line.text) for bullet in self._bullets(at + 1 + is_dated))
        if following and is_dated and (is_repeated or is_name_like(line.text)):
            return Lead(line.text, following.date, ("source", "date"))
        if is_repeated:
            return Lead(line.text, None, ("source",))
        is_unread_date = following is not None and following.kind is Kind.TEXT and len(following.text) <= _MAX_UNREAD_DATE
        if is_unread_date and any(is_same(bullet, line.text) for bullet in self._bullets(at + 2)):
            return Lead(line.text, None, ("source", "date"))
        return None

    def _bullets(self, at: int) -> list[str]:
        names: list[str] = []
        while len(names) < _MAX_BULLETS and self.kind(at + len(names)) is Kind.BULLET:
            names.append(self._lines[at + len(names)].name)
        return names

    def _with_bullets(self, at: int, lead: Lead) -> Lead:
        """The lead with the list lines after it: the source again, on some pages with a category before it."""
        bullets = self._bullets(at + len(lead.fates))
        if not bullets or not all(is_name_like(bullet) or is_same(bullet, lead.source or "") for bullet in bullets):
            return lead
        is_glued = lead.source is not None and self.kind(at) is Kind.DATED and lead.source.startswith(bullets[-1])
        source = bullets[-1] if is_glued or lead.source is None else lead.source
        categories: list[Fate] = ["boilerplate"] * (len(bullets) - 1)
        return Lead(source, lead.date, (*lead.fates, *categories, "source"))

    def _is_lone_title(self, at: int, lead: Lead) -> bool:
        """Whether the line before a lead is the title of that item and not the end of the body before."""
        text = self._lines[at].text
        is_title_like = len(text) <= _MAX_TITLE and not text.endswith(".")
        return self._repeats_title(at, at + 1 + len(lead.fates)) or (is_title_like and self._is_sure(at + 1, lead))

    def _repeats_title(self, at: int, other: int) -> bool:
        return self.kind(other) in LIKE_TEXT and is_same(self._lines[at].text, self._lines[other].text)

    def _unglued(self, name: str) -> str:
        """The name without a word that stood before the date (`Russia Todaytime`), where the page knows that name."""
        for prefix in self._profile.dates.prefixes:
            if name.endswith(prefix) and normalized(name.removesuffix(prefix)) in self._names:
                return name.removesuffix(prefix)
        return name
