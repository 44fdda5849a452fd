"""The splitter: give the classified lines of a dump, get its articles as drafts, and every line's fate.

The grammar, over the kinds of `index.pages.lines` (blank lines are gone; `{}` any number, `[]` at most one):

    dump    = page { START page }                           dumps joined into one file
    page    = { START | header line } [ main ] after [ RELATED { item } ] [ footer ]
    main    = title { title } [ lead ] { title } body
    item    = { title } [ lead ] { title } body
    lead    = source DATE { BULLET } | DATED { BULLET } | DATE { BULLET } | source BULLET { BULLET } | source
    body    = { TEXT | BULLET | CAPTION | ... } [ TAGS_MARK ] { TAGS }
    after   = { any line but RELATED, FOOTER, START }       the article is over: comments, offers
    footer  = FOOTER { any line but START }

Two layouts of the one site are seen, and the grammar reads both:

    source first                              title first
      Northern Courier       source             Canal challenges the railway   title
      3 hours ago            DATE               Canal challenges the railway   title
      - Northern Courier     BULLET             Lake Today                     source
      Kites fill the bay     title              timean hour ago                DATE
      The festival began ... body                 • Lake Today                 BULLET
                                                Canal challenges the railway   title
                                                Freight has reached ...        body

`title` and `source` are no kinds: what makes a line one of them is told in `index.pages.heads`. Where the next item
begins is told by its lead, or by a title printed twice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from index.article import Role
from index.pages.dates import PageDate
from index.pages.heads import LIKE_TEXT, Head, Lead, Lookahead
from index.pages.lines import Kind, Line
from index.pages.names import is_same
from index.pages.page import Fate
from index.pages.profiles import Profile


@dataclasses.dataclass(frozen=True, slots=True)
class Use:
    """What the grammar made of one line, by which of its rules."""

    line: Line
    fate: Fate
    rule: str


@dataclasses.dataclass(slots=True)
class Draft:
    """An article being put together: what its lines are, the body not yet cleaned."""

    role: Role
    title: str = ""
    source: str | None = None
    date: PageDate | None = None
    body: list[Line] = dataclasses.field(default_factory=list)
    tags: list[str] = dataclasses.field(default_factory=list)
    uses: list[Use] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class Split:
    """The drafts of a dump in its order, and the lines that are of no article."""

    drafts: tuple[Draft, ...]
    dropped: tuple[Use, ...]


def split(lines: Sequence[Line], profile: Profile) -> Split:
    """Reads the lines as the grammar says; every line is in one draft's uses or body, or dropped."""
    return _Splitter(lines, profile).dump()


class _Splitter:
    """Recursive descent: one method a rule of the grammar, each beginning at the current line and ending after its own."""

    def __init__(self, lines: Sequence[Line], profile: Profile) -> None:
        self._lines = lines
        self._profile = profile
        self._ahead = Lookahead(lines, profile)
        self._at = 0
        self._titles_first = False
        self._drafts: list[Draft] = []
        self._dropped: list[Use] = []

    def dump(self) -> Split:
        while self._at < len(self._lines):
            self._page()
        return Split(tuple(self._drafts), tuple(self._dropped))

    def _page(self) -> None:
        while self._sees(Kind.START) or (self._sees(*LIKE_TEXT) and self._profile.lines.header.matches(self._text())):
            self._drop("header")
        if self._sees(*LIKE_TEXT):
            self._main()
        while self._is_more() and not self._sees(Kind.RELATED, Kind.FOOTER, Kind.START):
            self._drop("after the article")
        if self._sees(Kind.RELATED):
            self._related()
        while self._is_more() and not self._sees(Kind.START):
            self._drop("footer")

    def _main(self) -> None:
        draft = self._draft("main")
        draft.title = self._text()
        titles = self._titles(draft)
        self._lead(draft, self._ahead.lead(self._at) or self._ahead.bare_source(self._at, titles=titles))
        self._titles(draft)
        while self._sees(*LIKE_TEXT, Kind.TAGS_MARK, Kind.START):
            self._body_line(draft)

    def _related(self) -> None:
        self._drop("related articles")
        # The first lines tell the layout: whether titles stand before the lead.
        self._titles_first = self._ahead.lead(self._at) is None
        while self._is_more() and not self._sees(Kind.FOOTER) and not self._begins_page():
            if self._sees(*LIKE_TEXT):
                self._item()
            else:
                self._drop("between articles")

    def _item(self) -> None:
        draft = self._draft("related")
        head = self._head() or Head(0, Lead())
        if head.titles:
            draft.title = self._text()
            self._titles(draft)
        self._lead(draft, head.lead)
        draft.title = draft.title or self._ahead.title_after_lead(self._at, titles_first=self._titles_first)
        if not head.lead.fates:
            self._lead(draft, self._ahead.source_before(self._at, draft.title))
        self._titles(draft)
        while self._sees(*LIKE_TEXT, Kind.TAGS_MARK) and self._head() is None:
            self._body_line(draft)

    def _titles(self, draft: Draft) -> int:
        """Takes the prints of the title that stand here; how many."""
        count = 0
        while draft.title and self._sees(*LIKE_TEXT) and is_same(self._text(), draft.title):
            self._take(draft, "title", "title")
            count += 1
        return count

    def _lead(self, draft: Draft, lead: Lead | None) -> None:
        if lead is None:
            return
        draft.source, draft.date = lead.source, lead.date
        for fate in lead.fates:
            self._take(draft, fate, "category" if fate == "boilerplate" else fate)

    def _body_line(self, draft: Draft) -> None:
        line = self._lines[self._at]
        if line.kind is Kind.TAGS_MARK:
            self._take(draft, "boilerplate", "tags follow")
            while self._sees(Kind.TAGS, Kind.BULLET) or (self._sees(Kind.TEXT) and self._text().startswith("#")):
                self._tags(draft)
        elif line.kind is Kind.TAGS and self._ahead.kind(self._at + 1) not in (*LIKE_TEXT, Kind.TAGS_MARK):
            self._tags(draft)
        elif line.kind is Kind.START:
            self._take(draft, "boilerplate", "page start")
        else:
            draft.body.append(line)
            self._at += 1

    def _tags(self, draft: Draft) -> None:
        line = self._lines[self._at]
        tags = [line.name] if self._sees(Kind.BULLET) else (line.name or line.text).split("#")
        draft.tags += [tag.strip(" ,.;") for tag in tags if tag.strip(" ,.;")]
        self._take(draft, "tags", "tags")

    def _head(self) -> Head | None:
        return self._ahead.head(self._at, titles_first=self._titles_first)

    def _begins_page(self) -> bool:
        """Whether another dump was joined on here: a page start, and no lead that would go on with the related items."""
        return self._sees(Kind.START) and self._ahead.lead(self._at + 1) is None

    def _is_more(self) -> bool:
        return self._at < len(self._lines)

    def _text(self) -> str:
        return self._lines[self._at].text

    def _sees(self, *kinds: Kind) -> bool:
        return self._ahead.kind(self._at) in kinds

    def _draft(self, role: Role) -> Draft:
        self._drafts.append(Draft(role))
        return self._drafts[-1]

    def _take(self, draft: Draft, fate: Fate, rule: str) -> None:
        draft.uses.append(Use(self._lines[self._at], fate, rule))
        self._at += 1

    def _drop(self, rule: str) -> None:
        self._dropped.append(Use(self._lines[self._at], "boilerplate", rule))
        self._at += 1
