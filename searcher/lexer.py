"""Query text -> tokens: words, quoted phrases, field names, brackets and operators, each with its place in the text.

Reads any text in one pass and never fails; what looks like syntax and is none (`15" screen`, `f(x)`, `co-op`, `10:30`)
stays part of a word. What the words themselves mean (`mil*`, `putn~`, `date:last_week`) is `searcher.leaves`' work.
"""

from __future__ import annotations

import enum
import re
from typing import NamedTuple

from searcher.fields import DATE_FIELDS, FIELDS, LIST_FIELDS, OPERATORS
from searcher.hints import unknown_field_hint
from searcher.notes import Notebook

# Opening quote -> what closes it. Where none of those follows, any other double quote does: people mix them.
_CLOSING_QUOTES = {
    '"': '"',
    "＂": "＂",
    "“": "”",
    "”": "”",
    "„": "“”",
    "‟": "”",
    "«": "»",
    "»": "«»",
    "「": "」",
    "『": "』",
    "〝": "〞〟",
}
# These open wherever they stand, also without a space before them (Chinese, Japanese); `"` glued to a word may not.
_SURE_OPENERS = "“„«「『〝"
_ONLY_CLOSERS = "」』〞〟"
QUOTES = "".join(_CLOSING_QUOTES) + _ONLY_CLOSERS
_INCH_MARKS = '"”＂'
_SINGLE_QUOTES = "'‘’‚‛"
_OPENING, _CLOSING, _COMMAS = "(（", ")）", ",，"

_BEFORE_QUOTE = "(（:：,，|&-+－＋" + _SINGLE_QUOTES

# Besides white space: control characters, zero-width and direction marks, lone surrogates. None of them can be searched
# for, and leaves without them can be written to UTF-8, SQLite and a terminal.
_BLANKS = r"\s\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
BLANK = re.compile(f"[{_BLANKS}]+")
SUFFIX = re.compile(r"(?:[~^][\d.]*)*")
_STOP = re.compile(f"[{_BLANKS}{_OPENING}{_CLOSING}|{QUOTES}]|&&")
_LIST_STOP = re.compile(f"[{_BLANKS}{_OPENING}{_CLOSING}|{QUOTES}{_COMMAS}]|&&")
_BRACKET_OR_BLANK = re.compile(f"[{_OPENING}{_CLOSING}]|[{_BLANKS}]+")
_SIGNS = re.compile(r"[-+－＋]+")
_MARKS = re.compile(f"[-+－＋{_SINGLE_QUOTES}]+")
_POSSESSIVE = re.compile(r"(?<=.)['’]s(?!\w)", re.DOTALL)
_APOSTROPHES = re.compile(f"[{_SINGLE_QUOTES}]+")
_HASHES = re.compile(r"[#＃]+(?=\w)(?!\d{1,2}(?!\w))")  # not `#1`: that is a rank, no hashtag
_NAME = re.compile(r"([A-Za-z]+)[:：]")
_DATE_BRACKETS = re.compile(r"[\[{][^\]}()]{0,80}[\]}]")
_SINGLE_QUOTED = re.compile(f"['‘]([^'‘’]*)['’](?=$|[{_BLANKS}{_CLOSING}{_COMMAS}])")


class Kind(enum.Enum):
    """What a token is. NOT: the word, or a `-` before what it excludes. COMMA: between the values of one field."""

    WORD = enum.auto()
    PHRASE = enum.auto()
    FIELD = enum.auto()
    COMMA = enum.auto()
    OPEN = enum.auto()
    CLOSE = enum.auto()
    AND = enum.auto()
    OR = enum.auto()
    NOT = enum.auto()


class Token(NamedTuple):
    """text: a word as written, the inside of a phrase, the field meant; suffix: `~2^3` after a quote or bracket."""

    kind: Kind
    text: str
    start: int
    end: int
    suffix: str = ""


def lex(text: str, notes: Notebook) -> list[Token]:
    """The tokens of a query text in order; repairs are put into `notes`."""
    lexer = _Lexer(text, notes)
    while lexer.at < len(text):
        lexer.step()
    return lexer.tokens


def plain(text: str) -> str:
    """Text without double quotes and odd blanks, words parted by one space: what a phrase holds."""
    return " ".join(BLANK.sub(" ", re.sub(f"[{QUOTES}]", " ", text)).split())


class _Lexer:
    """A cursor (`at`) over the text; every step moves it forward."""

    def __init__(self, text: str, notes: Notebook) -> None:
        self.text = text
        self.at = 0
        self.tokens: list[Token] = []
        self._notes = notes
        self._glued = _glued_brackets(text)
        self._last_quote = max(map(text.rfind, QUOTES))
        self._literal_at = -1  # a word that begins here is no operator: `+AND`, `-NOT`

    def step(self) -> None:
        """Reads what stands at the cursor."""
        char = self.text[self.at]
        if blank := BLANK.match(self.text, self.at):
            self.at = blank.end()
        elif char in _OPENING:
            self._emit(Kind.OPEN, self.at + 1)
        elif char in _CLOSING:
            end = self._suffix_end(self.at + 1)
            self._emit(Kind.CLOSE, end, suffix=self.text[self.at + 1 : end])
        elif char == "|":
            self._emit(Kind.OR, self.at + (2 if self.text.startswith("||", self.at) else 1))
        elif self.text.startswith("&&", self.at):
            self._emit(Kind.AND, self.at + 2)
        elif char in QUOTES:
            self._quote()
        elif signs := _SIGNS.match(self.text, self.at):
            self._signs(signs.end())
        elif (possessive := _POSSESSIVE.match(self.text, self.at)) and self.text[self.at - 1] in _CLOSING + QUOTES:
            self.at = possessive.end()  # `"Xi"'s visit`: analysis takes it off a word, here there is no word to take it off
        elif (marks := _APOSTROPHES.match(self.text, self.at)) and not self._ends(marks.end()):
            self.at = self._literal_at = marks.end()  # `'No Kings'` is two words
        else:
            self._word()

    def _emit(self, kind: Kind, end: int, text: str | None = None, suffix: str = "") -> None:
        written = self.text[self.at : end] if text is None else text
        self.tokens.append(Token(kind, written, self.at, end, suffix))
        self.at = end

    def _ends(self, at: int) -> bool:
        """Whether no word goes on at `at`."""
        return at >= len(self.text) or self.text[at] in _CLOSING or BLANK.match(self.text, at) is not None

    def _begins(self, at: int) -> bool:
        """Whether a word may begin at `at`, seen from what stands before it."""
        return at == 0 or self.text[at - 1] in _BEFORE_QUOTE or BLANK.match(self.text, at - 1) is not None

    def _suffix_end(self, at: int) -> int:
        match = SUFFIX.match(self.text, at)
        return match.end() if match else at

    def _signs(self, end: int) -> None:
        """One `-` before a word excludes it, `+` and any other run (`--help`) is passed over; alone they are punctuation."""
        if self._ends(end):
            self._emit(Kind.WORD, end)
            return
        before = self.at - 1
        free = before < 0 or self.text[before] in "(（|&" or BLANK.match(self.text, before) is not None
        if free and self.text[self.at : end] in ("-", "－"):
            self._emit(Kind.NOT, end)
        self.at = self._literal_at = end

    def _quote(self) -> None:
        """A quoted phrase; a quote that opens nothing is passed over."""
        if not self._opens(self.at):
            self._notes.add("a quote without a partner was ignored", self.at, self.at + 1)
            self.at += 1
            return
        close = self._closing_quote(self.at)
        if close < 0:
            self._notes.add("the quote is never closed: read to the end of the query", self.at, len(self.text))
            self._emit(Kind.PHRASE, len(self.text), plain(self.text[self.at :]))
            return
        end = self._suffix_end(close + 1)
        self._emit(Kind.PHRASE, end, plain(self.text[self.at : close]), self.text[close + 1 : end])

    def _opens(self, at: int) -> bool:
        char = self.text[at]
        if char in _ONLY_CLOSERS or (self._ends(at + 1) and at == self._last_quote):
            return False
        return char in _SURE_OPENERS or self._begins(at) or at < self._last_quote

    def _closing_quote(self, at: int) -> int:
        for quotes in (_CLOSING_QUOTES[self.text[at]], QUOTES):
            places = [place for quote in quotes if (place := self.text.find(quote, at + 1)) >= 0]
            if places:
                return min(places)
        return -1

    def _word(self) -> None:
        """A word, an operator, or a field name with its value."""
        if hashes := _HASHES.match(self.text, self.at):
            self._emit(Kind.FIELD, hashes.end(), "tag")
            self._values("tag")
            return
        name = _NAME.match(self.text, self.at)
        if name and name[1].lower() in FIELDS and self._field(name):
            return
        hint = unknown_field_hint(name[1]) if name and len(name[1]) > 1 and self._is_value(name.end()) else None
        if name and hint:
            self._notes.add(hint, name.start(), name.end())
        end = self._word_end(self.at)
        word = self.text[self.at : end]
        is_operator = word in OPERATORS and self.at != self._literal_at
        self._emit(Kind[word] if is_operator else Kind.WORD, end)

    def _is_value(self, at: int) -> bool:
        """Whether a word, a phrase or a group begins at `at`, as after the colon of a field."""
        char = self.text[at : at + 1]
        return char.isalnum() or (char != "" and char in QUOTES + _OPENING)

    def _word_end(self, start: int, stop: re.Pattern[str] = _STOP) -> int:
        """Where the word that begins at `start` ends; brackets that open and close inside it belong to it."""
        at = start
        while found := stop.search(self.text, at):
            at = found.start()
            char = self.text[at]
            is_inch = at > start and char in _INCH_MARKS and self.text[at - 1].isdecimal()
            if at > start and at in self._glued and self.text[start:at] not in OPERATORS:
                at = self._glued[at] + 1
            elif is_inch or (char in _COMMAS and self._ends(at + 1)):
                at += 1
            else:
                return at
        return len(self.text)

    def _field(self, name: re.Match[str]) -> bool:
        """A known field name and its value; False where the colon is mere text (`Title: subtitle`, `source://x`)."""
        value = name.end()
        if self.text.startswith("//", value):
            return False
        if self._ends(value):
            if not name[1].islower():
                return False
            value = self._value_after_space(value)
            where = (name.start(), name.end())
            if value < 0:
                self._notes.add(f"{name[0]} has no value: searched as a word", *where)
                return False
            self._notes.add(f"read as a field; {name[0]} needs no space after it", *where)
        field = FIELDS[name[1].lower()]
        self._emit(Kind.FIELD, name.end(), field)
        self.at = value
        self._values(field)
        return True

    def _value_after_space(self, at: int) -> int:
        """Where the value begins that follows `field: `; -1 if an operator, a bracket or nothing follows."""
        blank = BLANK.match(self.text, at)
        value = blank.end() if blank else at
        if self._ends(value) or self.text[value] in "|&" or self.text[value : self._word_end(value)] in OPERATORS:
            return -1
        return value

    def _values(self, field: str) -> None:
        """The value of a field, or several with commas between them."""
        self._value(field)
        while field in LIST_FIELDS and self.at < len(self.text) and self.text[self.at] in _COMMAS and not self._ends(self.at + 1):
            self._emit(Kind.COMMA, self.at + 1)
            self._value(field)

    def _value(self, field: str) -> None:
        """One value: quoted, `[a TO b]` for dates, or a word in which no operator or field is looked for.

        An opening bracket is left to `step`: `title:(a b)`.
        """
        brackets = _DATE_BRACKETS.match(self.text, self.at) if field in DATE_FIELDS else None
        single = _SINGLE_QUOTED.match(self.text, self.at)
        if brackets:
            self._emit(Kind.PHRASE, brackets.end(), plain(brackets[0]))
        elif single:
            self._emit(Kind.PHRASE, single.end(), plain(single[1]))
        else:
            self._pass_over_marks(field)
            if self.at < len(self.text) and self.text[self.at] in QUOTES:
                self._quote()
            elif not self._ends(self.at) and self.text[self.at] not in _OPENING:
                end = self._word_end(self.at, _LIST_STOP if field in LIST_FIELDS else _STOP)
                if end > self.at:
                    self._emit(Kind.WORD, end)

    def _pass_over_marks(self, field: str) -> None:
        """`title:-word`: the sign excludes nothing there, and the reader is told where it would."""
        marks = _MARKS.match(self.text, self.at)
        if not marks or self._ends(marks.end()):
            return
        is_signed_date = field in DATE_FIELDS and self.text[marks.end()] not in QUOTES + _OPENING
        if is_signed_date:
            return  # `after:-7d`
        if "-" in marks[0]:
            self._notes.add(f"a - after the colon is ignored: to exclude write -{field}:…", self.at, marks.end())
        self.at = marks.end()


def _glued_brackets(text: str) -> dict[int, int]:
    """Opening -> closing bracket for the pairs with no blank between them: `f(x)`."""
    pairs: dict[int, int] = {}
    if not any(bracket in text for bracket in _OPENING):
        return pairs
    open_brackets: list[int] = []
    for found in _BRACKET_OR_BLANK.finditer(text):
        if found[0] in _OPENING:
            open_brackets.append(found.start())
        elif found[0] not in _CLOSING:
            open_brackets.clear()
        elif open_brackets:
            pairs[open_brackets.pop()] = found.start()
    return pairs
