"""How query text is read: the golden cases (tests/golden/queries), and what a table cannot say."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from searcher.fields import MAX_CHARACTERS, MAX_DEPTH, MAX_LEAVES
from searcher.parser import parse
from searcher.query import All, And, DateRange, Or, Phrase, Word
from searcher.unparse import unparse
from tests.query_trees import tree_text

NOW = datetime(2026, 11, 21, 20, 17, 35, tzinfo=UTC)  # a Saturday
ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "tests/golden/queries").glob("*.yml"))
CASES = [(path.stem, case) for path in FILES for case in yaml.safe_load(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[f"{name}:{case['text']!a}" for name, case in CASES])
def test_golden_query(case: dict[str, Any]) -> None:
    """A query text gives the tree, the interpretation and the notes that the golden file states."""
    parsed = parse(case["text"], now=NOW)

    assert tree_text(parsed.query) == case["tree"]
    assert unparse(parsed.query) == case["interpreted"]
    assert [f"{note.start}-{note.end} {note.text}" for note in parsed.notes] == case.get("notes", [])


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[f"{name}:{case['text']!a}" for name, case in CASES])
def test_interpretation_reads_as_the_same_query(case: dict[str, Any]) -> None:
    """What is shown as the interpretation can be typed: it gives the same tree."""
    assert tree_text(parse(case["interpreted"], now=NOW).query) == case["tree"]


def test_golden_cases_are_many_and_named_once() -> None:
    """The golden table covers the language (more than 300 texts) and states no text twice."""
    texts = [case["text"] for _, case in CASES]

    assert len(texts) > 300
    assert len(set(texts)) == len(texts)


def test_text_is_kept_as_typed() -> None:
    """ParsedQuery holds the query text unchanged, also what could not be read."""
    text = ' ((putin\x00 "unclosed \ud800'

    assert parse(text).text == text


def test_notes_point_at_what_they_speak_of() -> None:
    """A note's offsets are code points of the text: they cut out the very words, also beyond the BMP."""
    text = "😀😀 putin sorce:rt date:'last week'"

    spans = [text[note.start : note.end] for note in parse(text, now=NOW).notes]

    assert spans == ["😀😀", "sorce:", "'last week'"]


def test_days_are_those_of_the_time_zone() -> None:
    """`date:` means the local day; the tree holds it in UTC and the interpretation names it in the same zone."""
    shanghai = ZoneInfo("Asia/Shanghai")

    query = parse("date:2025-05-27", timezone=shanghai).query

    assert query == DateRange(datetime(2025, 5, 26, 16, tzinfo=UTC), datetime(2025, 5, 27, 16, tzinfo=UTC))
    assert unparse(query, shanghai) == "date:2025-05-27"
    assert parse(unparse(query)).query == query


def test_now_is_the_clock_by_default() -> None:
    """Without `now`, today is the day the test runs on."""
    before = datetime.now(UTC)
    query = parse("date:today").query
    after = datetime.now(UTC)

    assert isinstance(query, DateRange)
    assert query.start is not None
    assert query.start.date() in (before.date(), after.date())


def test_naive_now_is_local_time() -> None:
    """A `now` without a zone is a time of the time zone asked for."""
    naive = datetime(2026, 11, 21, 1, 0)
    tokyo = ZoneInfo("Asia/Tokyo")

    assert parse("date:today", now=naive, timezone=tokyo).query == parse("date:2026-11-21", timezone=tokyo).query


def test_long_text_is_cut_between_words_with_a_note() -> None:
    """Beyond MAX_CHARACTERS a query is cut at a blank, and a note covers what was left out."""
    text = "ab " * MAX_CHARACTERS

    (note,) = [note for note in parse(text).notes if "too long" in note.text]

    assert (note.end, text[note.start]) == (len(text), " ")
    assert note.start <= MAX_CHARACTERS


def test_one_long_word_is_cut() -> None:
    """One word of a million characters becomes a word of MAX_CHARACTERS, with a note."""
    parsed = parse("x" * 1_000_000)

    assert parsed.query == Word("x" * MAX_CHARACTERS)
    assert len(parsed.notes) == 1


def test_words_beyond_the_limit_are_ignored_with_one_note() -> None:
    """A query has at most MAX_LEAVES leaves; one note says where the rest begins."""
    text = " ".join(f"w{number}" for number in range(MAX_LEAVES + 50))

    parsed = parse(text)

    assert isinstance(parsed.query, And)
    assert len(parsed.query.children) == MAX_LEAVES
    assert [text[note.start :].split()[0] for note in parsed.notes] == [f"w{MAX_LEAVES}"]


def test_alternatives_beyond_the_limit_leave_no_idle_operators() -> None:
    """Past the limit the ORs of ignored words earn no remarks of their own."""
    parsed = parse(" OR ".join(f"w{number}" for number in range(MAX_LEAVES + 50)))

    assert isinstance(parsed.query, Or)
    assert len(parsed.query.children) == MAX_LEAVES
    assert len(parsed.notes) == 1


def test_brackets_nest_to_a_limit() -> None:
    """Brackets up to MAX_DEPTH group; deeper ones are ignored with a note, and what is inside is still searched."""
    deep = "-(a OR " * MAX_DEPTH + "b" + ")" * MAX_DEPTH
    deeper = "(" * (MAX_DEPTH + 3) + "putin" + ")" * (MAX_DEPTH + 3)

    assert parse(deep).notes == ()
    assert parse(deeper).query == Word("putin")
    assert sum("deep" in note.text for note in parse(deeper).notes) == 3


def test_notes_are_limited() -> None:
    """Thousands of repairs give a screenful of notes, the last of which counts the others."""
    parsed = parse(") " * 1000 + "putin")

    assert len(parsed.notes) == 20
    assert parsed.notes[-1].text == "981 more remarks"


def test_phrase_of_several_quote_styles_holds_no_quotes() -> None:
    """Quotes inside a phrase are not part of its text, so that any quotes may be written round it."""
    assert parse("„he said «yes» loudly“").query == Phrase("he said «yes» loudly".replace("«", "").replace("»", ""))


def test_blank_is_everything_and_punctuation_is_nothing() -> None:
    """An empty search box shows the archive; a search for `???` finds nothing and says why."""
    assert parse("").query == parse(" \t\u3000\n").query == All()
    assert parse("???").query == Or(())
    assert parse("???").notes


def test_reading_a_query_imports_nothing_heavy() -> None:
    """The query language needs the standard library only, so that a search from the shell starts at once."""
    code = (
        "import sys, types; package = types.ModuleType('searcher'); package.__path__ = ['searcher'];"
        "sys.modules['searcher'] = package; import searcher.grammar, searcher.parser;"
        "print(sorted({name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))"
    )

    output = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert output.stdout.strip() == "['__main__', 'index', 'searcher']"
