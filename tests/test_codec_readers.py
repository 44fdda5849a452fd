"""Every call of a Whoosh reader answers on our codec what it answers on Whoosh's own, the conformance suite's first part."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import analysis, fields, formats, query, scoring
from whoosh.matching import ReadTooFar
from whoosh.reading import TermNotFound
from whoosh.searching import Searcher
from whoosh.util.numeric import byte_to_length, length_to_byte

from tests.codec_indexes import both, build, documents, schema

FIELDS = ("body", "stemmed", "chars", "counts", "boosted", "boosts", "exists", "vectored", "tags", "grams", "gramwords", "number")
SEGMENTS = {"one segment": [documents(50)], "three segments": [documents(25, 2), documents(1, 3), documents(25, 4)]}


@pytest.fixture(scope="module", params=list(SEGMENTS))
def readers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """A reader of our codec and one of Whoosh's over the same documents."""
    ours, theirs = both(tmp_path_factory.mktemp("readers"), SEGMENTS[request.param])
    with ours.reader() as left, theirs.reader() as right:
        yield left, right


def rounded(length: int) -> int:
    """A length as Whoosh's own codec keeps it, in one byte."""
    return int(byte_to_length(length_to_byte(length)))


def info(found: Any) -> list[Any]:
    lengths = [rounded(found.min_length()), rounded(found.max_length())]
    return [found.weight(), found.doc_frequency(), *lengths, found.max_weight(), found.min_id(), found.max_id()]


def postings(matcher: Any) -> list[Any]:
    found = []
    while matcher.is_active():
        views = {view: matcher.value_as(view) for view in VIEWS if matcher.supports(view)}
        found.append((matcher.id(), pytest.approx(matcher.weight()), matcher.value() or b"", views))
        matcher.next()
    return found


VIEWS = ("frequency", "weight", "positions", "position_boosts", "characters", "character_boosts")


def test_counts(readers: tuple[Any, Any]) -> None:
    """Numbers of documents, deletions and field lengths are equal."""
    ours, theirs = readers
    for reader in (ours, theirs):
        assert reader.doc_count() == reader.doc_count_all() == len(list(reader.all_doc_ids()))
    assert ours.doc_count() == theirs.doc_count()
    assert ours.has_deletions() is theirs.has_deletions() is False
    assert not ours.is_deleted(0)
    for field in FIELDS[:-1]:
        assert ours.field_length(field) == theirs.field_length(field)
        for document in range(ours.doc_count_all()):
            # Whoosh's own codec answers None for a document without the field.
            assert rounded(ours.doc_field_length(document, field)) == (theirs.doc_field_length(document, field) or 0)
    for field in ("body", "counts", "boosts"):
        assert rounded(ours.min_field_length(field)) == theirs.min_field_length(field)
        assert rounded(ours.max_field_length(field)) == theirs.max_field_length(field)
    assert ours.doc_field_length(0, "id", 7) == theirs.doc_field_length(0, "id", 7) == 7


def test_terms(readers: tuple[Any, Any]) -> None:
    """All terms of all fields are there in one order, from any term on, by prefix and by field."""
    ours, theirs = readers
    assert set(ours.indexed_field_names()) == set(theirs.indexed_field_names())
    assert list(ours.all_terms()) == list(theirs.all_terms())
    for field in FIELDS:
        assert list(ours.lexicon(field)) == list(theirs.lexicon(field))
        assert list(ours.field_terms(field)) == list(theirs.field_terms(field))
    for field, text in (("body", ""), ("body", "st"), ("body", "zz"), ("tags", "n"), ("body", "strike"), ("place", "")):
        assert list(ours.terms_from(field, text)) == list(theirs.terms_from(field, text))
        assert list(ours.expand_prefix(field, text)) == list(theirs.expand_prefix(field, text))


def test_term_infos(readers: tuple[Any, Any]) -> None:
    """Statistics of every term are equal, asked for one by one and all together."""
    ours, theirs = readers
    for (term, left), (other, right) in zip(ours, theirs, strict=True):
        assert term == other
        assert info(left) == pytest.approx(info(right), rel=1e-6)
        assert info(ours.term_info(*term)) == pytest.approx(info(right), rel=1e-6)
        assert ours.doc_frequency(*term) == theirs.doc_frequency(*term)
        assert ours.frequency(*term) == pytest.approx(theirs.frequency(*term))
        assert term in ours
    left_from, right_from = (list(reader.iter_from("body", "st")) for reader in readers)
    assert [term for term, _ in left_from] == [term for term, _ in right_from]
    left_prefix, right_prefix = (list(reader.iter_prefix("body", "st")) for reader in readers)
    assert [(text, info(found)) for text, found in left_prefix] == [(text, info(found)) for text, found in right_prefix]
    assert list(ours.most_frequent_terms("body", 5)) == list(theirs.most_frequent_terms("body", 5))
    assert list(ours.most_distinctive_terms("body", 5)) == list(theirs.most_distinctive_terms("body", 5))


def test_terms_that_are_not_there(readers: tuple[Any, Any]) -> None:
    """Unknown terms and fields are unknown in the same way."""
    for reader in readers:
        assert ("body", "nothing") not in reader
        assert ("nofield", "port") not in reader
        assert reader.frequency("body", "nothing") == reader.doc_frequency("body", "nothing") == 0
        for call in (reader.term_info, reader.postings):
            with pytest.raises(TermNotFound):
                call("body", "nothing")
            with pytest.raises(TermNotFound):
                call("nofield", "port")


def test_postings(readers: tuple[Any, Any]) -> None:
    """Postings of every term of every format are equal: document, weight, payload to the byte, each view of it."""
    ours, theirs = readers
    for field in FIELDS:
        for term in theirs.lexicon(field):
            assert postings(ours.postings(field, term)) == postings(theirs.postings(field, term)), (field, term)
            assert ours.first_id(field, term) == theirs.first_id(field, term)
    left, right = (list(reader.iter_postings()) for reader in readers)
    assert [posting[:3] for posting in left] == [posting[:3] for posting in right]


def test_vectors(readers: tuple[Any, Any]) -> None:
    """Term vectors are equal in every document, and so is who has one."""
    ours, theirs = readers
    for document in range(ours.doc_count_all()):
        assert ours.has_vector(document, "vectored") == theirs.has_vector(document, "vectored")
        assert not ours.has_vector(document, "body")
        if ours.has_vector(document, "vectored"):
            assert postings(ours.vector(document, "vectored")) == postings(theirs.vector(document, "vectored"))
            for view in ("weight", "frequency", "positions"):
                left, right = (list(reader.vector_as(view, document, "vectored")) for reader in readers)
                assert left == right


def test_stored_fields(readers: tuple[Any, Any]) -> None:
    """Stored fields come back equal and of the same types."""
    ours, theirs = readers
    for document in range(ours.doc_count_all()):
        assert ours.stored_fields(document) == theirs.stored_fields(document)
        assert list(map(type, ours.stored_fields(document).values())) == list(map(type, theirs.stored_fields(document).values()))
    assert list(ours.all_stored_fields()) == list(theirs.all_stored_fields())
    assert list(ours.iter_docs()) == list(theirs.iter_docs())


def test_columns(readers: tuple[Any, Any]) -> None:
    """Columns of numbers, times and names give the same values, sort keys and reversed sort keys."""
    ours, theirs = readers
    every = range(ours.doc_count_all())
    for field in schema().names():
        assert bool(ours.has_column(field)) == bool(theirs.has_column(field))
    for field in ("number", "when", "place"):
        # Whoosh cannot translate the value of a document without a date.
        left, right = (reader.column_reader(field, translate=field != "when") for reader in readers)
        assert len(left) == len(right)
        assert list(left) == list(right)
        assert [left[number] for number in every] == [right[number] for number in every]
        assert [left.sort_key(number) for number in every] == [right.sort_key(number) for number in every]
    if ours.is_atomic():
        left, right = (reader.column_reader("number", reverse=True, translate=False) for reader in readers)
        assert [left.sort_key(number) for number in every] == [right.sort_key(number) for number in every]
        assert list(left.load()) == list(right.load())


def test_cursors_and_spelling(readers: tuple[Any, Any]) -> None:
    """A cursor walks and finds the same terms; terms within a distance and suggestions are the same."""
    ours, theirs = readers
    if ours.is_atomic():
        for field in ("body", "tags", "id"):
            left, right = ours.cursor(field), theirs.cursor(field)
            for text in ("", "port", "stri", "中", "zzz"):
                assert left.find(text) == right.find(text)
                assert (left.is_valid(), left.text()) == (right.is_valid(), right.text())
                assert left.next() == right.next()
            assert left.first() == right.first()
            while right.is_valid():
                assert left.text() == right.text()
                assert info(left.term_info()) == pytest.approx(info(right.term_info()))
                assert left.next() == right.next()
            assert left.is_valid() is False
            assert left.text() is left.next() is left.term_info() is None
        assert ours.cursor("kept").text() is None
    for word in ("strkie", "wra", "port", "zurich"):
        for distance in (1, 2):
            assert sorted(ours.terms_within("body", word, distance)) == sorted(theirs.terms_within("body", word, distance))
        assert ours.corrector("body").suggest(word, limit=3) == theirs.corrector("body").suggest(word, limit=3)
    assert sorted(ours.terms_within("spelled", "striker", 1)) == sorted(theirs.terms_within("spelled", "striker", 1))


SIZES = (1, 2, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025)


@pytest.fixture(scope="module")
def sized(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """One term for each size, in so many of 2,500 documents, with various frequencies."""
    rng = random.Random(5)
    texts: list[list[str]] = [[] for _ in range(2500)]
    for size in SIZES:
        for document in rng.sample(range(len(texts)), size):
            texts[document] += [f"t{size}"] * rng.choice((1, 1, 1, 2, 3, 40))
    for text in texts:
        rng.shuffle(text)
    of = fields.Schema(body=fields.TEXT(analyzer=analysis.SpaceSeparatedTokenizer()))
    ours, theirs = both(tmp_path_factory.mktemp("sized"), [[{"body": " ".join(text) or "none"} for text in texts]], of)
    with ours.reader() as left, theirs.reader() as right:
        yield left, right


@pytest.mark.parametrize("size", SIZES)
def test_postings_of_every_size(sized: tuple[Any, Any], size: int) -> None:
    """Lists about the sizes of a block and of a skip table are read and skipped through alike."""
    ours, theirs = sized
    term = ("body", f"t{size}")
    assert ours.doc_frequency(*term) == size
    assert postings(ours.postings(*term)) == postings(theirs.postings(*term))
    for target in range(0, 2500, 61):
        left, right = ours.postings(*term), theirs.postings(*term)
        while right.is_active():
            left.skip_to(right.id() + target)
            right.skip_to(right.id() + target)
            assert left.is_active() == right.is_active()
            if right.is_active():
                assert (left.id(), left.weight()) == (right.id(), right.weight())
                left.next()
                right.next()
        assert not left.is_active()


def test_the_matcher_protocol(sized: tuple[Any, Any]) -> None:
    """A matcher copies, resets, tells its term and its end; there is nothing beyond the end."""
    ours, _ = sized
    matcher = ours.postings("body", "t129")
    assert matcher.term() == ("body", b"t129")
    assert matcher.is_leaf()
    assert not matcher.supports_block_quality()
    first = matcher.id()
    copied = matcher.copy()
    matcher.next()
    assert copied.id() == first != matcher.id()
    matcher.skip_to(0)
    assert matcher.id() != first, "skip_to never goes back"
    matcher.reset()
    assert matcher.id() == first
    assert list(matcher.all_ids()) == [posting[0] for posting in postings(matcher.copy())]
    matcher.skip_to(10**9)
    assert not matcher.is_active()
    assert not matcher.replace().is_active()
    for call in (matcher.next, lambda: matcher.skip_to(1)):
        with pytest.raises(ReadTooFar):
            call()


def test_matchers_in_many_threads(sized: tuple[Any, Any]) -> None:
    """One reader serves threads that read and skip at the same time."""
    ours, theirs = sized
    expected = {size: postings(theirs.postings("body", f"t{size}")) for size in SIZES}
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for size in SIZES:
                assert postings(ours.postings("body", f"t{size}")) == expected[size]
        except BaseException as error:  # reported by the test itself
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_scorers_get_what_they_ask(sized: tuple[Any, Any]) -> None:
    """A scorer given to a term's matcher scores its postings."""
    ours, _ = sized
    matcher = ours.postings("body", "t2", scorer=scoring.WeightScorer(1))
    assert matcher.score() == matcher.weight()


def test_an_empty_index_and_an_empty_segment(tmp_path: Path) -> None:
    """An index without documents can be read, and so can a segment with documents and no terms."""
    assert build(tmp_path / "empty", "ours", []).doc_count() == 0
    with build(tmp_path / "bare", "ours", [[{"kept": 1}, {}]]).reader() as reader:
        assert reader.doc_count() == 2
        assert list(reader.all_terms()) == []
        assert list(reader.all_stored_fields()) == [{"kept": 1}, {}]
        assert reader.field_length("body") == reader.min_field_length("body") == reader.max_field_length("body") == 0


texts = st.lists(st.text("ab ü中\n", max_size=12), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.lists(texts, min_size=1, max_size=3))
def test_any_corpus(tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]]) -> None:
    """Whatever the texts and however they fall into segments, postings, order and scores are those of Whoosh's own codec."""
    of = fields.Schema(
        text=fields.TEXT(analyzer=analysis.SimpleAnalyzer(), stored=True),
        grams=fields.NGRAM(1, 2),
        characters=fields.FieldType(formats.CharacterBoosts(), analysis.SimpleAnalyzer(), scorable=True),
    )
    rows = [[{"text": text, "grams": text, "characters": text} for text in batch] for batch in batches]
    ours, theirs = both(tmp_path_factory.mktemp("any"), rows, of)
    with ours.reader() as left, theirs.reader() as right:
        assert list(left.all_terms()) == list(right.all_terms())
        for field, term in right.all_terms():
            assert postings(left.postings(field, term)) == postings(right.postings(field, term))
        words = [*(term.decode() for term in right.lexicon("text")), "none"]
        any_word = query.Or([query.Term("text", word) for word in words])
        for asked in (any_word, query.Phrase("text", words[:2], slop=2)):
            found, expected = (Searcher(reader).search(asked, limit=None, optimize=False) for reader in (left, right))
            assert list(found.items()) == list(expected.items())
        assert list(left.all_stored_fields()) == list(right.all_stored_fields())
