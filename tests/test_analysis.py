"""Analysis: the table of cases, and what holds for any text."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import searcher
from index.analysis import Analyzer, fold
from index.analysis.marks import INVISIBLE, MARKS
from index.analysis.patterns import patterns

TABLE: dict[str, list[dict[str, Any]]] = yaml.safe_load((Path(__file__).parent / "golden/analysis.yml").read_text("utf-8"))
ANALYZER = Analyzer()

# Letters, digits and connectors of every kind, so that generated texts are full of compounds.
TEXTS = st.text(st.one_of(st.sampled_from("aAbZ09'’-./&,_#+ \u00ad\u0301中国éßİ\n"), st.characters(codec="utf-8")), max_size=60)


def at_positions(text: str, form: str) -> list[str]:
    tokens = ANALYZER.analyze(text)
    return ["|".join(getattr(t, form) for t in group) for _, group in groupby(tokens, key=lambda t: t.position)]


@pytest.mark.parametrize("case", TABLE["terms"], ids=lambda case: case["text"])
def test_terms_of_the_table(case: dict[str, Any]) -> None:
    """Each text of the table gives its terms, position by position."""
    assert at_positions(case["text"], "term") == case["terms"]


@pytest.mark.parametrize("case", TABLE["stems"], ids=lambda case: case["text"])
def test_stems_of_the_table(case: dict[str, Any]) -> None:
    """Each text of the table gives its stems."""
    assert at_positions(case["text"], "stem") == case["stems"]


@pytest.fixture(scope="module")
def archive_of_bodies(tmp_path_factory: pytest.TempPathFactory) -> Any:
    bodies = sorted({case["body"] for case in TABLE["finds"]})
    with searcher.open(tmp_path_factory.mktemp("analysis")) as archive:
        archive.add({"id": str(i), "title": "-", "body": body} for i, body in enumerate(bodies))
        yield archive, bodies


@pytest.mark.parametrize("case", TABLE["finds"], ids=lambda case: f"{case['query']} in {case['body']}")
def test_queries_of_the_table(archive_of_bodies: Any, case: dict[str, Any]) -> None:
    """Each query of the table finds its body, or does not, in a real index."""
    archive, bodies = archive_of_bodies
    found = {bodies[int(hit.id)] for hit in archive.search(case["query"], limit=1000).hits}

    assert (case["body"] in found) is case["found"]


@given(TEXTS)
@settings(deadline=None)
def test_tokens_lie_in_the_text_by_position(text: str) -> None:
    """Offsets lie in the text and hold something; positions never go back and leave no gap."""
    tokens = ANALYZER.analyze(text)

    assert all(0 <= t.start < t.end <= len(text) for t in tokens)
    assert [t.position for t in tokens] == sorted(t.position for t in tokens)
    assert {t.position for t in tokens} == set(range(max((t.position for t in tokens), default=-1) + 1))


@given(TEXTS)
@settings(deadline=None)
def test_a_text_finds_itself_as_a_phrase(text: str) -> None:
    """The terms of a text asked for as a phrase stand in it at successive positions: both sides cut alike."""
    terms = ANALYZER.phrase(text)
    at = {(t.term, t.position) for t in ANALYZER.analyze(text)}
    starts = {position for _, position in at}

    assert not terms or any(all((term, start + i) in at for i, term in enumerate(terms)) for start in starts)


@given(TEXTS)
@settings(deadline=None)
def test_case_and_accents_do_not_matter(text: str) -> None:
    """Folding is idempotent, and a letter's composed and decomposed form fold alike."""
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(TEXTS)
@settings(deadline=None)
def test_a_cached_word_is_analyzed_as_a_fresh_one(text: str) -> None:
    """The cache changes nothing."""
    assert Analyzer().analyze(text) == ANALYZER.analyze(text)


def test_marks_are_those_of_unicode() -> None:
    """The written-out class holds every combining mark of the BMP that this Python knows, and the invisible joiners."""
    pattern = re.compile(f"[{MARKS}]")
    marks = {chr(c) for c in range(0x300, 0x10000) if unicodedata.category(chr(c)).startswith("M")}

    assert {c for c in map(chr, range(0x80, 0x10000)) if pattern.match(c)} - set(INVISIBLE) == marks


def test_long_words_take_linear_time() -> None:
    """A word of 100,000 characters, or of connectors, is cut without backtracking (this test would hang)."""
    for word in ("a" * 10**5, "a-" * 10**5, "1," * 10**5, "a.b" * 10**5, "'" * 10**5, "1" * 10**5):
        assert patterns(is_ascii=False).chunk.search("x " + word)
        ANALYZER.analyze(word)


def test_unknown_language_is_refused() -> None:
    """A language without a stemmer is an error that lists those there are."""
    with pytest.raises(ValueError, match="klingon.*english"):
        Analyzer("klingon")
