"""One field of a segment: what FieldWriter is given is what FieldReader gives, however it was cut, and whatever the weights."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.codec.container import Container, ContainerWriter
from index.codec.field_reader import FieldReader
from index.codec.fields import FREQUENT_WEIGHTS, RARE_BLOCK, FieldWriter, Postings
from index.codec.terms import TermDictionary, narrowest, pack_terms

Array = np.ndarray[Any, np.dtype[Any]]


@dataclasses.dataclass(frozen=True)
class Posting:
    document: int
    weight: float
    positions: tuple[int, ...]


Corpus = dict[bytes, list[Posting]]

positions = st.lists(st.integers(0, 400), min_size=1, max_size=4, unique=True).map(lambda drawn: tuple(sorted(drawn)))


@st.composite
def corpora(draw: st.DrawFn) -> Corpus:
    weights = st.sampled_from(draw(st.lists(st.floats(0.25, 900, width=32), min_size=1, max_size=30)))
    terms = sorted(draw(st.lists(st.binary(max_size=6), max_size=8, unique=True)))
    corpus = {}
    for term in terms:
        documents = sorted(draw(st.sets(st.integers(0, 30), min_size=1, max_size=20)))
        corpus[term] = [Posting(document, draw(weights), draw(positions)) for document in documents]
    return corpus


def spans_of(corpus: Corpus, documents: int) -> Array:
    spans = np.zeros(documents, np.int64)
    for postings in corpus.values():
        for posting in postings:
            spans[posting.document] = max(spans[posting.document], posting.positions[-1] + 1)
    return spans


def postings_of(corpus: Corpus, bases: Array) -> Postings:
    every = [posting for postings in corpus.values() for posting in postings]
    return Postings(
        terms=list(corpus),
        counts=np.array([len(postings) for postings in corpus.values()], np.int64),
        documents=np.array([posting.document for posting in every], np.int64),
        weights=np.array([posting.weight for posting in every]),
        position_counts=np.array([sum(len(one.positions) for one in postings) for postings in corpus.values()], np.int64),
        positions=np.array([bases[one.document] + position for one in every for position in one.positions], np.int64),
    )


def write(path: Path, corpus: Corpus, pieces: int = 1, documents: int = 31) -> Container:
    spans = spans_of(corpus, documents)
    bases = np.concatenate(([0], np.cumsum(spans)))
    values = np.unique([posting.weight for postings in corpus.values() for posting in postings])
    writer = FieldWriter(path.parent, values)
    terms = list(corpus)
    for cut in np.array_split(np.arange(len(terms)), pieces):
        writer.add(postings_of({terms[number]: corpus[terms[number]] for number in cut}, bases))
    with ContainerWriter(path) as container:
        writer.finish(container, "f", spans)
    writer.close()
    return Container(path)


@settings(max_examples=100, deadline=None)
@given(corpora())
def test_a_field_comes_back(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus) -> None:
    """Terms, documents, weights and positions of every term, and of every run of terms, are those written."""
    field = FieldReader(write(tmp_path_factory.mktemp("field") / "c", corpus), "f")
    assert [field.terms[number] for number in range(len(field.terms))] == list(corpus)
    for number, postings in enumerate(corpus.values()):
        documents = field.documents(number)
        assert documents.tolist() == [posting.document for posting in postings]
        assert field.count(number) == len(postings)
        assert field.weights(number).tolist() == [posting.weight for posting in postings]
        expected = [field.bases[posting.document] + place for posting in postings for place in posting.positions]
        assert field.positions(number).tolist() == expected
    for low in range(len(corpus) + 1):
        for high in range(low, len(corpus) + 1):
            run = list(corpus.values())[low:high]
            documents, counts = field.documents_of(low, high)
            assert documents.tolist() == [posting.document for postings in run for posting in postings]
            assert counts.tolist() == field.counts(low, high).tolist() == [len(postings) for postings in run]
            assert field.weights_of(low, high).tolist() == [posting.weight for postings in run for posting in postings]
            found, _ = field.positions_of(low, high)
            assert found.tolist() == [place for number in range(low, high) for place in field.positions(number).tolist()]


@settings(max_examples=100, deadline=None)
@given(corpora(), st.integers(2, 5))
def test_pieces_make_the_same_sections(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus, pieces: int) -> None:
    """A field written in several pieces, some of them empty, is to the byte the field written in one."""
    folder = tmp_path_factory.mktemp("field")
    write(folder / "one", corpus)
    write(folder / "many", corpus, pieces)
    assert (folder / "one").read_bytes() == (folder / "many").read_bytes()


@pytest.mark.parametrize("distinct", [1, FREQUENT_WEIGHTS - 1, FREQUENT_WEIGHTS, FREQUENT_WEIGHTS + 1, 255, 256, 257, 1000])
@pytest.mark.parametrize("size", [1, RARE_BLOCK - 1, RARE_BLOCK, RARE_BLOCK + 1, 3 * RARE_BLOCK + 7])
def test_rare_weights(tmp_path: Path, distinct: int, size: int) -> None:
    """Weights come back whatever their number and wherever a term begins among the blocks of rare ones."""
    rng = np.random.default_rng(distinct * 10_000 + size)
    weights = rng.integers(1, distinct + 1, size).astype(np.float64) / 4
    counts = np.array([cut for cut in (1, 2, 5, size // 3, size // 2) if cut < size], np.int64)
    counts = np.diff(np.concatenate(([0], np.unique(counts), [size])))
    writer = FieldWriter(tmp_path, np.unique(weights))
    documents = np.concatenate([np.arange(count) for count in counts])
    writer.add(Postings([b"%03d" % number for number in range(len(counts))], counts, documents, weights))
    with ContainerWriter(tmp_path / "c") as container:
        writer.finish(container, "f")
    field = FieldReader(Container(tmp_path / "c"), "f")
    starts = np.concatenate(([0], np.cumsum(counts)))
    assert field.weight_values().tolist() == np.unique(weights).tolist()
    assert field.weights_of(0, len(counts)).tolist() == weights.tolist()
    for number in range(len(counts)):
        assert field.weights(number).tolist() == weights[starts[number] : starts[number + 1]].tolist()


def test_fields_without_weights_and_positions(tmp_path: Path) -> None:
    """A field may have neither; every weight is then 1, and there are no positions."""
    writer = FieldWriter(tmp_path)
    writer.add(Postings([b"a", b"b"], np.array([2, 1]), np.array([0, 3, 2])))
    with ContainerWriter(tmp_path / "c") as container:
        writer.finish(container, "f")
    field = FieldReader(Container(tmp_path / "c"), "f")
    assert field.weights_of(0, 2).tolist() == [1.0, 1.0, 1.0]
    assert field.weight_values().tolist() == []
    assert not field.has_positions()
    assert not [name for name in Container(tmp_path / "c").names() if "weights" in name or "positions" in name]


def test_a_field_without_terms(tmp_path: Path) -> None:
    """A field of which no document has anything is written and read as any other."""
    writer = FieldWriter(tmp_path, np.empty(0))
    with ContainerWriter(tmp_path / "c") as container:
        writer.finish(container, "f", np.zeros(3, np.int64))
    field = FieldReader(Container(tmp_path / "c"), "f")
    assert len(field.terms) == 0
    assert field.terms.find(b"x") is None
    assert field.has_positions()
    assert field.bases.tolist() == [0, 0, 0, 0]


@settings(max_examples=100, deadline=None)
@given(
    st.sets(st.binary(max_size=5) | st.sampled_from([b"", b"\n", b"\0", b"a\n", b"a", b"\xff"]), max_size=30),
    st.binary(max_size=4),
)
def test_dictionary_of_any_bytes(terms: set[bytes], wanted: bytes) -> None:
    """Terms of any bytes, line feeds and zeros too, are found, and so is where one that is not there would be."""
    ordered = sorted(terms)
    dictionary = TermDictionary(*pack_terms(ordered))
    assert len(dictionary) == len(ordered)
    for number, term in enumerate(ordered):
        assert dictionary[number] == term
        assert dictionary.find(term) == number
    assert dictionary.find(wanted) == (ordered.index(wanted) if wanted in terms else None)
    assert dictionary.first_from(wanted) == sum(term < wanted for term in ordered)


@settings(max_examples=100, deadline=None)
@given(
    st.sets(st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=4), max_size=30),
    st.text("ab\U0010ffff", max_size=2),
)
def test_dictionary_of_text(words: set[str], prefix: str) -> None:
    """The terms with a prefix are one run, and runs of terms come as text."""
    ordered = sorted(words, key=lambda word: word.encode("utf-8"))
    dictionary = TermDictionary(*pack_terms(word.encode("utf-8") for word in ordered))
    low, high = dictionary.beginning_with(prefix.encode("utf-8"))
    assert dictionary.texts(low, high) == [word for word in ordered if word.startswith(prefix)]
    assert dictionary.texts(0, len(ordered)) == ordered


def test_narrowest_types() -> None:
    """Numbers are kept in the narrowest unsigned type that holds the greatest."""
    for greatest, kind in ((255, np.uint8), (256, np.uint16), (2**16, np.uint32), (2**32, np.uint64)):
        assert narrowest(np.array([0, greatest])).dtype == kind
    assert narrowest(np.empty(0, np.int64)).dtype == np.uint8
