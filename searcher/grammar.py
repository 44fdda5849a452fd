"""The grammar of the query language: any text -> a tree, with a note on every repair.

Tokens, then brackets, then recursive descent. Precedence: NOT before AND (written, or two words side by side) before OR;
brackets group. What could not be read is taken as text or left out, and a note says so, with its place in the text. Use
`searcher.parser.parse`, which asks here for all texts but plain words.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

from index.errors import RequestError
from searcher.dates import parse_limit, parse_period
from searcher.fields import DATE_FIELDS, KEPT_TREES, MAX_CHARACTERS, MAX_DEPTH, MAX_LEAVES
from searcher.leaves import Scope, has_letter, read_phrase, read_suffix, read_word
from searcher.lexer import BLANK, Kind, Token, lex
from searcher.normal import NOTHING, conjunction, disjunction, negation
from searcher.notes import Notebook
from searcher.query import All, DateRange, FieldName, ParsedQuery, Query, Undated, Word
from searcher.unparse import unparse

# `date:27 may 2025 to 3 june 2025` is the longest date written without quotes.
_MAX_DATE_WORDS = 7
_DATE_TAIL = re.compile(r"(?:[?!,;:]|\^[\d.]*|(?<!\.)\.)$")
_NO_DATE_MARK = re.compile(r"[^\w.\-/]+")
_ONE_VALUE_FIELDS: tuple[FieldName, ...] = ("source", "lang")
_UNDATED_WORDS = frozenset({"none", "undated", "unknown"})
_MAX_QUERY_IN_NOTE = 300


def parse_by_grammar(text: str, now: datetime | None = None, timezone: tzinfo = UTC) -> ParsedQuery:
    """What `searcher.parser.parse` gives, for any text."""
    kept = _timeless(text) if len(text) <= MAX_CHARACTERS else None
    return kept or _read(text, now or datetime.now(timezone), timezone)


@lru_cache(maxsize=KEPT_TREES)
def _timeless(text: str) -> ParsedQuery | None:
    """The tree of a text without dates, which is the same at any time and place; None if there are any."""
    if any(token.kind is Kind.FIELD and token.text in DATE_FIELDS for token in lex(text, Notebook())):
        return None
    return _read(text, datetime.now(UTC), UTC)


def _read(text: str, now: datetime, timezone: tzinfo) -> ParsedQuery:
    notes = Notebook()
    kept = _within_limit(text, notes)
    tokens = _balanced(lex(kept, notes), notes)
    query = _Parser(kept, tokens, notes, now, timezone).parse()
    return ParsedQuery(text, query, notes.collected())


def _within_limit(text: str, notes: Notebook) -> str:
    """The text up to MAX_CHARACTERS, cut between two words where there is a gap."""
    if len(text) <= MAX_CHARACTERS:
        return text
    kept = text[:MAX_CHARACTERS]
    gaps = [gap.start() for gap in BLANK.finditer(kept)]
    cut = gaps[-1] if gaps and gaps[-1] > MAX_CHARACTERS // 2 else MAX_CHARACTERS
    notes.add(f"the query is too long: only its first {cut} characters were read", cut, len(text))
    return text[:cut]


def _balanced(tokens: list[Token], notes: Notebook) -> list[Token]:
    """The tokens with every bracket paired; an opening bracket is given the suffix of its closing one."""
    kept: list[Token | None] = []
    open_at: list[int] = []
    for token in tokens:
        if token.kind is Kind.OPEN:
            open_at.append(len(kept))
            kept.append(token if len(open_at) <= MAX_DEPTH else None)
        elif token.kind is not Kind.CLOSE:
            kept.append(token)
        elif open_at:
            kept.append(_paired(kept, open_at.pop(), token, notes))
        else:
            notes.add("a closing bracket without an opening one was ignored", token.start, token.end)
    for at in reversed(open_at):
        if opening := kept[at]:
            notes.add("the bracket is never closed: read to the end of the query", opening.start, opening.end)
            kept.append(Token(Kind.CLOSE, "", tokens[-1].end, tokens[-1].end))
    return [token for token in kept if token]


def _paired(kept: list[Token | None], at: int, closing: Token, notes: Notebook) -> Token | None:
    opening = kept[at]
    if opening is None:
        notes.add(f"brackets more than {MAX_DEPTH} deep were ignored", closing.start, closing.end)
        return None
    kept[at] = opening._replace(suffix=closing.suffix)
    return closing


class _Parser:
    """Recursive descent over balanced tokens; each rule gives a tree, or None where nothing to search for was left."""

    def __init__(self, text: str, tokens: list[Token], notes: Notebook, now: datetime, timezone: tzinfo) -> None:
        self._text = text
        self._tokens = tokens
        self._notes = notes
        self._now = now
        self._timezone = timezone
        self._at = 0
        self._leaves = 0
        self._idle: list[Token] = []  # operators that join nothing

    def parse(self) -> Query:
        """The tree of the whole text."""
        query = self._disjunction(Scope())
        self._report_idle(as_words=query is None)
        if query is None and self._idle:
            query = conjunction([Word(token.text) for token in self._idle if token.text.isalpha()], implicit=True)
            query = NOTHING if isinstance(query, All) else query
        if query is None:
            query = NOTHING if BLANK.sub("", self._text) else All()
        return query

    def _report_idle(self, *, as_words: bool) -> None:
        idle = [] if self._leaves > MAX_LEAVES else self._idle  # past the limit it was the limit that left them idle
        for token in idle:
            became = "searched as a word" if as_words and token.text.isalpha() else "ignored"
            hint = f'; to search for the word write "{token.text}"' if became == "ignored" and token.text.isalpha() else ""
            self._notes.add(f"{token.text} has nothing to join here: {became}{hint}", token.start, token.end)

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next_is(self, kind: Kind) -> bool:
        token = self._peek()
        return token is not None and token.kind is kind

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _disjunction(self, scope: Scope) -> Query | None:
        """Alternatives with OR between them, up to a closing bracket or the end."""
        first = self._at
        alternatives: list[Query] = []
        mixed = False
        operator: Token | None = None
        while True:
            alternative, is_juxtaposed = self._conjunction(scope)
            if alternative is not None:
                alternatives.append(alternative)
                mixed = mixed or is_juxtaposed
            if operator and (alternative is None or len(alternatives) < 2):
                self._idle.append(operator)
            if not self._next_is(Kind.OR):
                break
            operator = self._take()
        if not alternatives:
            return None
        query = disjunction(alternatives)
        if mixed and len(alternatives) > 1:
            self._explain_grouping(query, first)
        return query

    def _explain_grouping(self, query: Query, first: int) -> None:
        """Web search engines read `a b OR c` as a AND (b OR c), researchers' databases as (a AND b) OR c, as here."""
        written = unparse(query)
        if len(written) <= _MAX_QUERY_IN_NOTE:
            start, end = self._tokens[first].start, self._tokens[self._at - 1].end
            self._notes.add(f"words side by side bind closer than OR: read as {written}", start, end)

    def _conjunction(self, scope: Scope) -> tuple[Query | None, bool]:
        """Operands side by side or with AND between them; and whether two of them were merely side by side."""
        first = self._at
        operands: list[Query] = []
        is_explicit = False
        operator: Token | None = None
        while (token := self._peek()) and token.kind not in (Kind.OR, Kind.CLOSE):
            if token.kind is Kind.AND:
                if operator or not operands:
                    self._idle.append(token)
                operator = operator or (token if operands else None)
                self._at += 1
                continue
            operand = self._operand(scope)
            if operand is not None:
                operands.append(operand)
                is_explicit = is_explicit or operator is not None
                operator = None
        if operator:
            self._idle.append(operator)
        if not operands:
            return None, False
        self._warn_of_contradiction(operands, first)
        return conjunction(operands, implicit=not is_explicit), len(operands) > 1 and not is_explicit

    def _warn_of_contradiction(self, operands: list[Query], first: int) -> None:
        """`after:2025 before:2024` and `source:rt source:scmp` are read as asked, but no article can match them."""
        start, end = self._tokens[first].start, self._tokens[self._at - 1].end
        ranges = [operand for operand in operands if isinstance(operand, DateRange)]
        starts = [each.start for each in ranges if each.start]
        ends = [each.end for each in ranges if each.end]
        if starts and ends and max(starts) >= min(ends):
            self._notes.add("no date lies within all of these dates", start, end)
        for field in _ONE_VALUE_FIELDS:
            values = [operand.text for operand in operands if isinstance(operand, Word) and operand.field == field]
            if len({value.casefold() for value in values}) > 1:
                self._notes.add(f"an article has only one {field}: {field}:a,b finds either", start, end)

    def _operand(self, scope: Scope) -> Query | None:
        """One leaf or group, with the NOTs before it."""
        negations: list[Token] = []
        while self._next_is(Kind.NOT):
            negations.append(self._take())
        token = self._peek()
        is_operand = token is not None and token.kind not in (Kind.AND, Kind.OR, Kind.CLOSE)
        operand = self._primary(scope) if is_operand else None
        if operand is None:
            self._idle += [token for token in negations if token.text == "NOT"]
            return None
        return negation(operand) if len(negations) % 2 else operand

    def _primary(self, scope: Scope) -> Query | None:
        token = self._take()
        if token.kind is Kind.OPEN:
            return self._group(token, scope)
        if token.kind is Kind.FIELD:
            return self._field(token, scope)
        if token.kind is Kind.COMMA:
            return None
        if scope.field in DATE_FIELDS:
            return self._date(token, scope.field)
        read = read_phrase if token.kind is Kind.PHRASE else read_word
        return self._leaf(read(token, scope, self._notes), token)

    def _group(self, opening: Token, scope: Scope) -> Query | None:
        tilde, boost = read_suffix(opening.suffix, opening, self._notes)
        if tilde is not None:
            self._notes.add("~ after a bracket was ignored: it belongs to a word or phrase", opening.start, opening.end)
        first = self._peek()
        query = self._disjunction(scope.boosted(boost))
        closing = self._take()
        if first is closing:
            self._notes.add("there is nothing in the brackets", opening.start, closing.end)
        return query

    def _field(self, field: Token, scope: Scope) -> Query | None:
        """The value of a field: a word, a phrase, a group; any of several with commas between them."""
        inner = scope._replace(field=field.text)
        values: list[Query] = []
        if not self._value_follows():
            name = self._text[field.start : field.end]
            self._notes.add(f"{name} has no value: searched as a word", field.start, field.end)
            return self._leaf(Word(name[:-1]), field) if has_letter(name) else None
        more = True
        while more and self._value_follows():
            value = self._primary(inner)
            if value is not None:
                values.append(value)
            more = self._next_is(Kind.COMMA)
        return disjunction(values) if values else None

    def _value_follows(self) -> bool:
        """Whether a value comes next, commas passed over."""
        while self._next_is(Kind.COMMA):
            self._at += 1
        token = self._peek()
        return token is not None and token.kind in (Kind.WORD, Kind.PHRASE, Kind.OPEN)

    def _date(self, token: Token, field: str) -> Query | None:
        """The value of a date field: as many of the words that follow as name one date, `date:last week` without quotes."""
        words = self._date_words(token)
        problem = ""
        for count in range(len(words), 0, -1):
            last = words[count - 1]
            try:
                leaf, remarks = self._filter(field, " ".join(word.text for word in words[:count]))
            except RequestError as error:
                problem = str(error)
                continue
            self._at += count - 1
            for remark in remarks:
                self._notes.add(remark, token.start, last.end)
            return self._leaf(leaf, token)
        return self._no_date(token, field, problem)

    def _date_words(self, token: Token) -> list[Token]:
        """The token and the words that follow it with blanks only between them."""
        words = [token]
        while token.kind is Kind.WORD and len(words) < _MAX_DATE_WORDS and self._at + len(words) - 1 < len(self._tokens):
            following = self._tokens[self._at + len(words) - 1]
            gap = self._text[words[-1].end : following.start]
            if following.kind is not Kind.WORD or not BLANK.fullmatch(gap):
                break
            words.append(following)
        return words

    def _filter(self, field: str, written: str) -> tuple[Query, tuple[str, ...]]:
        """The leaf for a date field, and what to remark on it; RequestError if the text is no date."""
        text = _DATE_TAIL.sub("", written)
        if field == "date" and text.casefold() in _UNDATED_WORDS:
            return Undated(), ()
        if field == "date":
            period = parse_period(text, self._now, self._timezone)
        else:
            period = parse_limit(text, "after" if field == "after" else "before", self._now, self._timezone)
        return DateRange(period.start, period.end), period.remarks

    def _no_date(self, token: Token, field: str, problem: str) -> Query | None:
        """What is no date is searched as the words it is made of; without any (`date:[`) as the name of the field."""
        self._notes.add(f"{problem}; searched as text", token.start, token.end)
        pieces = [piece.strip("._-/") for piece in _NO_DATE_MARK.split(token.text)]
        words = [piece for piece in pieces if has_letter(piece)] or [field]
        found = [leaf for word in words if (leaf := self._leaf(Word(word), token)) is not None]
        return conjunction(found, implicit=True) if found else None

    def _leaf(self, leaf: Query | None, token: Token) -> Query | None:
        """The leaf, unless the query has too many."""
        if leaf is None:
            return None
        self._leaves += 1
        if self._leaves == MAX_LEAVES + 1:
            self._notes.add(f"only the first {MAX_LEAVES} words are searched, the rest was ignored", token.start, len(self._text))
        return leaf if self._leaves <= MAX_LEAVES else None
