"""Bulk analysis: arrays that say what `Analyzer.analyze` says, and the two other ways to find written words."""

from __future__ import annotations

import re
import sys
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.analysis import Analyzer, bulk, scan, wordtable
from index.analysis.analyzer import COUNTRY_WORDS, terms_of_word
from index.analysis.bulk import BulkAnalyzer, TokenTable, Vocabulary
from index.analysis.compounds import simple_terms
from index.analysis.marks import MARKS
from index.analysis.patterns import patterns
from index.analysis.words import find_words

# The definition of a written word as it reads most plainly: one alternation a character. Ours takes runs instead.
PLAIN_CHUNK = re.compile(
    rf"#?[^\W_](?:[^\W_]|[{MARKS}]|[-\u2010\u2011'\u2018\u2019\u02bc\uff07./&_](?=[^\W_])|(?<=\d),(?=\d))*"
    r"(?:(?:\+\+|#)(?![^\W\d_]))?"
)
# Characters that meet in words: letters and digits of several scripts, a digit that is no decimal, every connector, marks.
TROUBLE = "aZs09٣½²'’ʼ＇-‐‑./&,_#+ \n\u00ad\u0301\u200d中国カéß\U0001f600\U00020000\ud800"
FRAGMENTS = ("US", "U.S.", "++", "a++", "a#", "#t", "'s", "n't", "1,2", "x-r", "A&B", "_", ", ")
TEXTS = st.lists(st.one_of(st.sampled_from(TROUBLE), st.sampled_from(FRAGMENTS), st.characters()), max_size=30).map("".join)
ASCII_TEXTS = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.characters(max_codepoint=127)), max_size=30).map("".join)
# Pieces and what may hold them together, as compounds of news and technical articles are made.
PIECES = st.sampled_from(("a", "ab", "State", "US", "usa", "no", "N", "t", "s", "re", "7", "19", "1000", "ét", "x" * 21))
GLUES = st.sampled_from(("", "-", "-", "'", "’", ".", "/", "_", ",", "&", "‑", "⁠", " "))
COMPOUNDS = st.lists(st.tuples(PIECES, GLUES), min_size=1, max_size=9).map(lambda parts: "".join(p + g for p, g in parts))
EDGES = (
    "",
    "#",
    "a",
    "a#b",
    "a##b",
    "a#1",
    "a++#b",
    "C++17",
    "C++x",
    "a++",
    "a+++",
    "#a#",
    "1,2,b",
    "\u0301a\u0301\u0301'b",
    "a\u0301#",
)
TABLE: dict[str, list[dict[str, Any]]] = yaml.safe_load((Path(__file__).parent / "golden/analysis.yml").read_text("utf-8"))

Found = list[tuple[str, int]]


class Row(NamedTuple):
    """A token as both ways tell it; start and end are those of the part at its position."""

    term: str
    stem: str
    position: int
    start: int
    end: int


def found_plainly(text: str) -> Found:
    return [(match[0], match.start()) for match in PLAIN_CHUNK.finditer(text)]


def scanned(text: str) -> Found:
    chunks = scan.scan(text)
    return list(zip(chunks.words, chunks.starts.tolist(), strict=True))


def one_by_one(analyzer: Analyzer, text: str) -> list[Row]:
    rows: list[Row] = []
    for _, group in groupby(analyzer.analyze(text), key=lambda token: token.position):
        tokens = list(group)
        rows.extend(Row(t.term, t.stem, t.position, tokens[0].start, tokens[0].end) for t in tokens)
    return rows


def in_bulk(vocabulary: Vocabulary, table: TokenTable) -> list[list[Row]]:
    """The rows of each text, read off the table."""
    stems = [vocabulary.stems[number] for number in vocabulary.stem_of]
    texts = []
    token = place = 0
    for tokens, span in zip(table.counts.tolist(), table.spans.tolist(), strict=True):
        texts.append(
            [
                Row(
                    vocabulary.terms[term],
                    stems[term],
                    position,
                    int(table.starts[place + position]),
                    int(table.ends[place + position]),
                )
                for term, position in zip(
                    table.terms[token : token + tokens].tolist(), table.positions[token : token + tokens].tolist(), strict=True
                )
            ]
        )
        token += tokens
        place += span
    assert (token, place) == (len(table.terms), len(table.starts))
    return texts


@given(TEXTS)
@settings(deadline=None)
@example("a\u0301,1")
def test_words_are_those_of_the_plain_definition(text: str) -> None:
    """Our pattern, its twin for ASCII and the scan find what the plain one finds, in texts full of marks and connectors."""
    expected = found_plainly(text)

    assert [(match[0], match.start()) for match in patterns(is_ascii=False).chunk.finditer(text)] == expected
    assert [(match[0], match.start()) for match in find_words(text)] == expected
    assert scanned(text) == expected


@given(ASCII_TEXTS)
@settings(deadline=None)
def test_words_of_ascii_are_those_of_the_plain_definition(text: str) -> None:
    """The same for texts of ASCII, which take ways of their own."""
    assert [(match[0], match.start()) for match in find_words(text)] == found_plainly(text)
    assert scanned(text) == found_plainly(text)


@pytest.mark.parametrize("text", EDGES)
def test_words_at_the_edges_of_a_text(text: str) -> None:
    """Words that touch the text's ends or each other are found where they are, in ASCII and beyond."""
    assert scanned(text) == found_plainly(text)
    assert scanned(text + " é") == found_plainly(text + " é")


def test_every_character_is_told_by_the_scan() -> None:
    """Each code point between letters and after a comma is what the plain pattern takes it for."""
    known = " ".join(f"a{char}b1,{char}" for char in map(chr, range(scan.TABLE_END)))
    beyond = "".join(map(chr, range(scan.TABLE_END, sys.maxunicode + 1)))

    assert scanned(known) == found_plainly(known)
    assert scanned(beyond) == found_plainly(beyond) == []


@given(COMPOUNDS)
@settings(deadline=None, max_examples=300)
def test_simple_compounds_are_cut_as_all_are(text: str) -> None:
    """What the short way makes of a compound is what the long way does, whatever it leaves to it."""
    for match in find_words(text):
        short = simple_terms(match[0])
        assert short is None or short == [tuple(term) for term in terms_of_word(match[0])]


@pytest.mark.parametrize(
    "word",
    [
        "state-owned",
        "Xi's",
        "company\u2019s",
        "covid19",
        "10-year-old",
        "and/or",
        "snake_case",
        "f16/f35",
        "ports'S",
        "3-0",
        "2024/05/06",
        "/".join(["co-op"] * 4),
        "-".join(["no"] * 6),
        "x" * 20 + "-" + "y" * 21,
        "Z\u00fcrich",
    ],
)
def test_common_compounds_are_simple(word: str) -> None:
    """The commonest shapes go the short way, with and without a joined form, and it gives what the long way does."""
    assert simple_terms(word) == [tuple(term) for term in terms_of_word(word)]


@pytest.mark.parametrize(
    "word", ("e-mail", "U.S.A", "v2.0", "1,000", "AT&T", "C++", "#tag", "don't", "US-China", "café-bar", "they're", "x.y")
)
def test_other_compounds_are_not(word: str) -> None:
    """What has rules of its own is left to the long way."""
    assert simple_terms(word) is None


@given(st.lists(st.one_of(TEXTS, ASCII_TEXTS, COMPOUNDS), max_size=6), st.sampled_from(["english", "german", "none"]))
@settings(deadline=None)
def test_tokens_are_those_of_the_analyzer(texts: list[str], language: str) -> None:
    """Terms, stems, positions, order and the offsets of parts are those of one text at a time."""
    analyzer = Analyzer(language)
    bulk_analyzer = BulkAnalyzer(analyzer)
    table = bulk_analyzer.analyze(texts)

    assert in_bulk(bulk_analyzer.vocabulary, table) == [one_by_one(analyzer, text) for text in texts]


def test_tokens_of_the_table_of_cases() -> None:
    """The cases that document the analysis give the same tokens in bulk."""
    analyzer = Analyzer()
    texts = [case["text"] for case in TABLE["terms"] + TABLE["stems"]]
    bulk_analyzer = BulkAnalyzer(analyzer)
    table = bulk_analyzer.analyze(texts)

    assert in_bulk(bulk_analyzer.vocabulary, table) == [one_by_one(analyzer, text) for text in texts]


@pytest.mark.parametrize("word", sorted(COUNTRY_WORDS))
def test_the_country_is_two_terms(word: str) -> None:
    """Each way to write the country gives both its terms, one text at a time and in bulk, alone and in a compound."""
    analyzer = Analyzer()
    bulk_analyzer = BulkAnalyzer(analyzer)
    table = bulk_analyzer.analyze([word, f"{word}/China"])

    assert [token.term for token in analyzer.analyze(word)] == ["usa", "us"]
    assert [[row.term for row in rows] for rows in in_bulk(bulk_analyzer.vocabulary, table)] == [
        ["usa", "us"],
        ["usa", "us", "china"],
    ]


@given(st.lists(st.lists(TEXTS, max_size=3), min_size=2, max_size=4))
@settings(deadline=None, max_examples=50)
def test_numbers_never_change(batches: list[list[str]]) -> None:
    """What a table says holds after later batches, whose words it met before or not."""
    analyzer = Analyzer()
    bulk_analyzer = BulkAnalyzer(analyzer)
    tables = [bulk_analyzer.analyze(texts) for texts in batches]

    for texts, table in zip(batches, tables, strict=True):
        assert in_bulk(bulk_analyzer.vocabulary, table) == [one_by_one(analyzer, text) for text in texts]
    assert len(bulk_analyzer.vocabulary.terms) == len(set(bulk_analyzer.vocabulary.terms))
    assert len(bulk_analyzer.vocabulary.stems) == len(set(bulk_analyzer.vocabulary.stems))


@given(st.lists(TEXTS, max_size=8))
@settings(deadline=None, max_examples=50)
def test_neither_blocks_nor_a_full_table_change_anything(texts: list[str]) -> None:
    """Blocks of a few characters and a word table thrown away each time give the tables of one large block."""
    usual = BulkAnalyzer(Analyzer())
    expected = usual.analyze(texts)
    small = BulkAnalyzer(Analyzer())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "_BLOCK_CHARS", 20)
        patch.setattr(wordtable, "_KEPT_CHARS", 1)
        table = small.analyze(texts)

    assert in_bulk(small.vocabulary, table) == in_bulk(usual.vocabulary, expected)


def test_reset_starts_a_new_vocabulary() -> None:
    """After a reset numbers start at 0 again, and the vocabulary before it still explains its table."""
    bulk_analyzer = BulkAnalyzer(Analyzer())
    table, vocabulary = bulk_analyzer.analyze(["Ports and ships"]), bulk_analyzer.vocabulary
    bulk_analyzer.reset()
    later = bulk_analyzer.analyze(["Harbours"])

    assert [vocabulary.terms[number] for number in table.terms] == ["ports", "and", "ships"]
    assert later.terms.tolist() == [0]
    assert bulk_analyzer.vocabulary.terms == ["harbours"]
    assert bulk_analyzer.vocabulary.stems == ["harbour"]


@pytest.mark.parametrize("texts", [[], [""], ["", " .", ""]])
def test_texts_without_words(texts: list[str]) -> None:
    """No text and no word give empty columns of the types promised."""
    table = BulkAnalyzer(Analyzer()).analyze(texts)

    assert table.counts.tolist() == table.spans.tolist() == [0] * len(texts)
    assert {table.counts.dtype, table.spans.dtype} == {np.dtype(np.int64)}
    assert all(
        column.dtype == np.int32 and len(column) == 0 for column in (table.terms, table.positions, table.starts, table.ends)
    )


def test_types_are_those_promised() -> None:
    """Tokens come as 32-bit numbers, counts as 64-bit ones."""
    table = BulkAnalyzer(Analyzer()).analyze(["co-operation in the U.S.", "中国人"])

    assert {column.dtype for column in (table.terms, table.positions, table.starts, table.ends)} == {np.dtype(np.int32)}
    assert {column.dtype for column in (table.counts, table.spans)} == {np.dtype(np.int64)}


def test_a_long_word_is_one_block() -> None:
    """Words far longer than a block, with 20,000 parts, are analyzed like short ones."""
    analyzer = Analyzer()
    texts = ["x " + "a" * 150_000, "a-" * 20_000 + "b", "中" * 20_000]
    bulk_analyzer = BulkAnalyzer(analyzer)

    assert in_bulk(bulk_analyzer.vocabulary, bulk_analyzer.analyze(texts)) == [one_by_one(analyzer, text) for text in texts]
