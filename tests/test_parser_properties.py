"""What holds for every query text: it parses, in time, to a tree that can be written and read again."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher import grammar
from searcher.fields import MAX_CHARACTERS, MAX_LEAVES
from searcher.grammar import parse_by_grammar
from searcher.leaves import MAX_BOOST, MAX_EDITS, MAX_SLOP, has_letter
from searcher.normal import conjunction, disjunction, negation
from searcher.parser import parse, plain_words
from searcher.query import And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Undated, Wildcard, Word
from searcher.unparse import unparse

NOW = datetime(2026, 11, 21, 20, 17, 35, tzinfo=UTC)
# Operators, marks and names of the language between few letters: most strings of these are broken queries.
PIECES = [
    *(
        "a",
        "bc",
        "war",
        "é",
        "e\u0301",
        "中国",
        "2025",
        "-05",
        "1",
        "2",
        "f(x)",
        "x",
        "last week",
        "none",
        "TO",
        "=",
        "$",
        "@",
        "\\",
    ),
    *(" ", " ", " ", " ", "\u3000", "\x00", "\ud800", "\u200b", "_", "/", "`", "{", "}", "[", "]"),
    *("AND", "OR", "NOT", "|", "||", "&&", "-", "+", "(", ")", "（", "）", "~", "^", "*", "?", "~2", "^2.5", "!", ".", "..", ","),
    *('"', "“", "”", "„", "«", "»", "「", "」", "'", "‘", "’", "#", ":", "：", "://"),
    *("title:", "source:", "tag:", "url:", "author:", "lang:", "date:", "after:", "before:", "sorce:", "<", ">="),
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
PROPERTY = settings(max_examples=150, deadline=None)


def nodes(query: Query) -> Iterator[Query]:
    """The node and all below it."""
    yield query
    if isinstance(query, And | Or):
        for child in query.children:
            yield from nodes(child)
    elif isinstance(query, Not):
        yield from nodes(query.child)


def leaf_text(query: Query) -> str | None:
    if isinstance(query, Word | Phrase | Prefix | Fuzzy):
        return query.text
    return query.pattern if isinstance(query, Wildcard) else None


def assert_sound(text: str) -> None:
    """Every promise that the parser makes for any text."""
    parsed = parse(text, now=NOW)

    for note in parsed.notes:
        assert 0 <= note.start < note.end <= len(text), (text, note)
    leaves = [node for node in nodes(parsed.query) if not isinstance(node, And | Or | Not)]
    assert len(leaves) <= 2 * MAX_LEAVES  # All() may stand beside each
    for node in nodes(parsed.query):
        assert_normal(node)
    for leaf in leaves:
        assert_leaf(leaf)
    assert parse(unparse(parsed.query), now=NOW).query == parsed.query, (text, unparse(parsed.query))


def assert_normal(node: Query) -> None:
    """No group of one, none inside its like, no double Not."""
    if isinstance(node, And):
        assert len(node.children) > 1
        assert not any(isinstance(child, And) and child.implicit == node.implicit for child in node.children)
        assert not all(isinstance(child, Not) for child in node.children)
    if isinstance(node, Or):
        assert len(node.children) != 1
        assert not any(isinstance(child, Or | Not) for child in node.children)
    if isinstance(node, Not):
        assert not isinstance(node.child, Not)


def assert_leaf(leaf: Query) -> None:
    """A leaf has something to search for, and its numbers are within their limits."""
    text = leaf_text(leaf)
    assert text is None or (has_letter(text) and "\x00" not in text)
    if text is not None:
        text.encode()
    if isinstance(leaf, Word | Phrase | Prefix | Fuzzy | Wildcard):
        assert 0 < leaf.boost <= MAX_BOOST
    if isinstance(leaf, Phrase):
        assert 0 <= leaf.slop <= MAX_SLOP
    if isinstance(leaf, Fuzzy):
        assert 1 <= leaf.distance <= MAX_EDITS
    if isinstance(leaf, DateRange) and leaf.start and leaf.end:
        assert leaf.start < leaf.end
        assert leaf.start.tzinfo is leaf.end.tzinfo is UTC


@PROPERTY
@given(TEXTS)
def test_any_text_gives_a_sound_tree(text: str) -> None:
    """Any text parses to a normal tree of searchable leaves, notes within the text, and reads again as itself."""
    assert_sound(text)


def test_twenty_thousand_broken_queries() -> None:
    """Random strings of operators and marks keep every promise."""
    random_source = random.Random(20250527)
    for _ in range(20_000):
        length = random_source.randint(1, random_source.choice([4, 10, 25]))
        assert_sound("".join(random_source.choice(PIECES) for _ in range(length)))


WORDS = st.lists(
    st.one_of(st.text(st.characters(categories=("L", "N")), max_size=4), st.sampled_from(["AND", "or", "NOT", "b2b", "²", "x"])),
    max_size=6,
)


@PROPERTY
@given(st.one_of(TEXTS, WORDS.map(" ".join), WORDS.map("\u3000".join)))
def test_plain_words_are_read_as_the_grammar_reads_them(text: str) -> None:
    """The short way for texts of mere words gives the tree and notes of the long one; it is never taken for other texts."""
    assert parse(text, now=NOW) == parse_by_grammar(text, NOW)


@pytest.mark.parametrize("text", ["w " * MAX_LEAVES, "w " * (MAX_LEAVES + 1), "w" * MAX_CHARACTERS, "w" * (MAX_CHARACTERS + 1)])
def test_plain_words_at_the_limits(text: str) -> None:
    """The limits of a query are those of the grammar, for plain words too."""
    assert parse(text) == parse_by_grammar(text)


def test_which_texts_are_plain_words() -> None:
    """The property above says something: words go the short way, operators and marks the long one."""
    assert plain_words("bank shares") == ["bank", "shares"]
    assert plain_words(" Zürich\t中国 2025 ") == ["Zürich", "中国", "2025"]
    for text in ("", "a OR b", "a -b", "co-op", "title:a", "#a", "a_b", "a\u200bb", "e\u0301"):
        assert plain_words(text) == []


@PROPERTY
@given(TEXTS, st.sampled_from([" ", "\n", "\u3000", "\t  "]))
def test_surrounding_blanks_change_nothing(text: str, blank: str) -> None:
    """Blanks before and after a query do not change its tree."""
    assert parse(blank + text + blank, now=NOW).query == parse(text, now=NOW).query


@PROPERTY
@given(TEXTS)
def test_parsing_is_deterministic(text: str) -> None:
    """The same text at the same time gives the same tree and notes."""
    assert parse(text, now=NOW) == parse(text, now=NOW)


@PROPERTY
@given(st.lists(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), min_size=1, max_size=8))
def test_plain_words_are_taken_as_they_are(words: list[str]) -> None:
    """Lower-case words are searched as typed, all of them, without a remark."""
    parsed = parse(" ".join(words))

    assert [leaf_text(node) for node in nodes(parsed.query) if leaf_text(node)] == words
    assert parsed.notes == ()


FIELDS = st.sampled_from([None, None, "title", "author"])
BOOSTS = st.sampled_from([1.0, 1.0, 2.0, 0.5, 12.345])
WORDS = st.sampled_from(["a", "war", "C++", "co-op", "9/11", "AT&T", "$1,000.50", "f(x)", "OR", "NOT", "中国", "U.S."])
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
DAYS = MOMENTS.map(lambda moment: moment.replace(hour=0, minute=0, second=0, microsecond=0))
ENDS = st.none() | MOMENTS | DAYS


def date_range(first: datetime | None, last: datetime | None) -> Query:
    if first and last:
        return DateRange(min(first, last), max(first, last)) if first != last else Undated()
    return DateRange(first, last)


LEAVES = st.one_of(
    st.builds(Word, WORDS, FIELDS, BOOSTS),
    st.builds(Word, st.sampled_from(["rt", "Russia Today", "a,b", "AND"]), st.sampled_from(["source", "tag", "lang"]), BOOSTS),
    st.builds(Phrase, st.sampled_from(["state visit", "AND", "a (b"]), FIELDS, st.sampled_from([0, 5]), BOOSTS),
    st.builds(Prefix, st.sampled_from(["mil", "covid-19"]), FIELDS, BOOSTS),
    st.builds(Wildcard, st.sampled_from(["*ism", "col?r", "a*b"]), FIELDS, BOOSTS),
    st.builds(Fuzzy, st.sampled_from(["putn", "rusia"]), st.sampled_from([1, 2]), FIELDS, BOOSTS),
    st.builds(date_range, ENDS, ENDS),
    st.just(Undated()),
)
TREES = st.recursive(
    LEAVES,
    lambda trees: st.one_of(
        st.lists(trees, min_size=1, max_size=4).map(lambda children: conjunction(children, implicit=True)),
        st.lists(trees, min_size=1, max_size=4).map(conjunction),
        st.lists(trees, min_size=1, max_size=4).map(disjunction),
        trees.map(negation),
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(TREES)
def test_normal_trees_round_trip(tree: Query) -> None:
    """A tree built from `searcher.normal` is written as a text that parses to it again."""
    query = conjunction([tree])

    assert parse(unparse(query)).query == query


LONG = {
    "one word": "x" * 1_000_000,
    "open brackets": "(" * 100_000,
    "nested negated groups": "-(" * 100_000,
    "closing brackets": ")" * 100_000,
    "NOTs": "NOT " * 50_000,
    "minus signs": "-" * 100_000,
    "straight quotes": '"' * 100_000,
    "opening quotes": "“" * 100_000,
    "mixed quotes": '“a" ' * 50_000,
    "dates": "date:last " * 50_000,
    "words after a date": "date:" + "a to " * 50_000,
    "dots": "date:" + "." * 100_000,
    "commas": "source:" + "a," * 50_000,
    "tildes": "a" + "~1" * 50_000,
    "punctuation": "a" + ",~" * 50_000,
    "stars": "*a" * 50_000,
    "stars in an address": "url:x" + "*," * 50_000,
    "nested alternatives": "(a b OR " * 20_000,
    "glued brackets": "f(" * 2_000 + ")" * 2_000,
    "unknown fields": "foo:bar " * 20_000,
    "apostrophes": "'" * 100_000 + "x",
    "NUL": "\x00" * 100_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_hostile_texts_take_no_time(text: str) -> None:
    """The longest and most nested texts are read in well under a second (measured: below 0.1 s each)."""
    started = time.process_time()
    parse(text, now=NOW)

    assert time.process_time() - started < 1


@PROPERTY
@given(TEXTS)
def test_a_text_read_before_is_read_as_at_first(text: str) -> None:
    """Trees are kept between searches, but none that depends on the time: read later, dates are later ones."""
    parse(text, now=NOW)
    later = NOW + timedelta(days=400)
    again = parse(text, now=later)
    grammar._timeless.cache_clear()

    assert again == parse(text, now=later)


def test_relative_dates_move_on() -> None:
    """The property above says something: the same text on two days is two trees."""
    first, second = (parse("(war OR date:today) -x", now=NOW + timedelta(days=days)).query for days in (0, 1))
    assert first != second
