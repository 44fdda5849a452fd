"""One token -> one leaf of the query tree: `mil*` a Prefix, `col?r` a Wildcard, `putn~` a Fuzzy, `#war` a tag, else a Word.

A leaf's text is the token as written without the marks that were understood and without closing punctuation. Every text
made here reads as the same leaf when it is written out again (`searcher.unparse`). A token without a letter or digit
gives None and a note.
"""

from __future__ import annotations

import re
from typing import NamedTuple, cast

from searcher.fields import KEYWORD_FIELDS, LARGEST_SLOP
from searcher.lexer import Token, plain
from searcher.notes import Notebook, shown
from searcher.query import All, FieldName, Fuzzy, Phrase, Prefix, Query, Wildcard, Word

# A weight beyond this drowns every other word of the query; three decimals are more than anyone can tell apart.
MAX_BOOST = 100.0
_BOOST_DECIMALS = 3
# More words than this between the words of a phrase is no phrase any more, and the search for it costs as much as AND.
MAX_SLOP = LARGEST_SLOP
MAX_EDITS = 2

# What may follow a word, read backwards: closing punctuation, `^2.5`, `~`, `~1`; not `~123`, which is part of an address.
_TAIL_REVERSED = re.compile(r"(?:[?!,;:？！，、；：。…'‘’]|[\d.]*\^|(?:\d*\.)?\d?~)*")
_SIMPLE_PATTERN = re.compile(r"\.*([\w*?](?:[\w*?.\-]*[\w*?])?)\.*")
_STARS = re.compile(r"\*+")
_ONE_CHARACTER = re.compile(r"(?<=\w)\?(?=\w)")


class Scope(NamedTuple):
    """What the brackets round a token say about it: its field, unless it names one itself, and its weight."""

    field: str | None = None
    boost: float = 1.0

    @property
    def index_field(self) -> FieldName | None:
        """The field for a leaf; the date filters never get that far."""
        return cast("FieldName | None", self.field)

    def boosted(self, boost: float) -> Scope:
        """The scope with its weight multiplied, kept within what a weight may be."""
        if boost == 1:
            return self
        product = round(min(self.boost * boost, MAX_BOOST), _BOOST_DECIMALS)
        return self._replace(boost=product or 10**-_BOOST_DECIMALS)


def has_letter(text: str) -> bool:
    """Whether there is a letter or digit, of any script, to search for."""
    return text.isalnum() or any(map(str.isalnum, text))


def read_word(token: Token, scope: Scope, notes: Notebook) -> Query | None:
    """The leaf for a token without quotes."""
    written = token.text.lstrip("#＃") if scope.field == "tag" else token.text
    body, tail = _without_tail(written)
    if scope.field == "url":
        body = _without_stars(body)
    if _STARS.fullmatch(body):
        if scope.field:
            notes.add(f"* matches every article, also one without {scope.field}", token.start, token.end)
        return All()
    if not has_letter(body):
        notes.add(f"nothing to search for in {shown(token.text)}", token.start, token.end)
        return None
    tilde, boost = read_suffix(tail, token, notes)
    scope = scope.boosted(boost)
    is_literal = scope.field == "url" or _has_any(body, "(（") or (scope.field in KEYWORD_FIELDS and _has_any(body, ",，"))
    if is_literal:
        return _word(body, scope)
    pattern = _pattern(body, scope)
    if pattern is not None:
        if tilde is not None:
            notes.add("a word with * or ? cannot be fuzzy as well: ~ was ignored", token.start, token.end)
        return pattern
    distance = None if tilde is None else _distance(tilde, token, notes)
    if distance:
        return Fuzzy(body, distance, scope.index_field, scope.boost)
    return _word(body, scope)


def read_phrase(token: Token, scope: Scope, notes: Notebook) -> Query | None:
    """The leaf for a quoted token."""
    if not has_letter(token.text):
        inside = shown(token.text) if token.text else "empty quotes"
        notes.add(f"nothing to search for in {inside}", token.start, token.end)
        return None
    tilde, boost = read_suffix(token.suffix, token, notes)
    scope = scope.boosted(boost)
    if scope.field in KEYWORD_FIELDS:
        return Word(token.text, scope.index_field, scope.boost)
    if "*" in token.text:
        notes.add("* in quotes is no wildcard: the words are searched as written", token.start, token.end)
    slop = 0 if tilde is None else _slop(tilde, token, notes)
    return Phrase(token.text, scope.index_field, slop, scope.boost)


def read_suffix(suffix: str, token: Token, notes: Notebook) -> tuple[str | None, float]:
    """`~2^3` -> what stands after the last ~ (None: no ~), and the weight (1 where it cannot be read)."""
    tilde, boost = None, 1.0
    for mark in re.findall(r"[~^][\d.]*", suffix):
        if mark[0] == "~":
            tilde = mark[1:]
        else:
            boost = _boost(mark[1:], token, notes)
    return tilde, boost


def _without_tail(text: str) -> tuple[str, str]:
    """A word, and what follows it: `putin~1^2,` -> `putin`, `~1^2,`. Read backwards, so that it takes linear time."""
    if text[-1:].isalpha():  # most words: no tail ends with a letter
        return text, ""
    match = _TAIL_REVERSED.match(text[::-1])
    cut = len(text) - (match.end() if match else 0)
    body, tail = text[:cut], text[cut:]
    if has_letter(tail) and not has_letter(body) and not body.startswith("*"):  # `~50` is about fifty, not a fuzzy nothing
        first = next(at for at, char in enumerate(text) if char.isalnum())
        return _without_tail(text[first:])
    return body, tail


def _pattern(body: str, scope: Scope) -> Query | None:
    """Prefix or Wildcard, if the word has a wildcard in it. A closing `?` was cut off before: it asks a question."""
    if "://" in body or ("*" not in body and not _ONE_CHARACTER.search(body)):
        return None
    simple = _SIMPLE_PATTERN.fullmatch(body)
    pattern = _STARS.sub("*", simple[1] if simple else body)
    if pattern.find("*") == len(pattern) - 1 and not _ONE_CHARACTER.search(pattern) and has_letter(pattern):
        return Prefix(pattern[:-1], scope.index_field, scope.boost)
    return Wildcard(pattern, scope.index_field, scope.boost)


def _without_stars(body: str) -> str:
    """An address without `*.` before and `/*` after it: its words are matched wherever they stand in a URL."""
    while body.startswith("*") or body.endswith("*"):
        bare = _without_tail(body.lstrip("*./-+'‘’‚‛").rstrip("*"))[0]
        if not has_letter(bare) or _has_any(bare, "(（"):
            break
        body = bare
    return body


def _word(body: str, scope: Scope) -> Word:
    return Word(plain(body) if scope.field in KEYWORD_FIELDS else body, scope.index_field, scope.boost)


def _has_any(text: str, chars: str) -> bool:
    return any(char in text for char in chars)


def _boost(number: str, token: Token, notes: Notebook) -> float:
    try:
        boost = round(float(number), _BOOST_DECIMALS)
    except ValueError:
        boost = 0.0
    if 0 < boost <= MAX_BOOST:
        return boost
    notes.add(f"^ takes a weight above 0 and up to {MAX_BOOST:g}, as in word^2: it was ignored", token.start, token.end)
    return 1.0


def _distance(number: str, token: Token, notes: Notebook) -> int:
    if number in ("", "0", "1", "2"):
        return int(number or 1)
    notes.add(f"~ after a word takes 1 or 2 edits: read as ~{MAX_EDITS}", token.start, token.end)
    return MAX_EDITS


def _slop(number: str, token: Token, notes: Notebook) -> int:
    if not number.isdecimal():
        notes.add('~ after a phrase needs a whole number, as in "a b"~5: it was ignored', token.start, token.end)
        return 0
    slop = min(int(number[:9]), MAX_SLOP)
    if slop < int(number[:9]):
        notes.add(f"at most {MAX_SLOP} words may stand between the words of a phrase: read as ~{slop}", token.start, token.end)
    return slop
