"""Records: cards and texts come back from a container as they were, whatever is in them."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import Analyzer
from index.article import Article
from index.codec.container import Container, ContainerWriter
from index.codec.records import (
    Offsets,
    Records,
    RecordWriter,
    pack_card,
    pack_text,
    read_card,
    read_text,
    train_dictionary,
)
from index.codec.runs import pack_offsets, plain_runs, unpack_offsets
from tests import invented

ANALYZER = Analyzer()
TEXTS = st.text(alphabet="aZ9é½ -'.,&#_\n中国ÄÖß’“”€😀\u0301\u00ad", max_size=80)


def token_offsets(text: str) -> Offsets:
    """Where the first token at each position stands, from the analyzer."""
    first = {token.position: token for token in reversed(ANALYZER.analyze(text))}
    places = [(first[position].start, first[position].end) for position in sorted(first)]
    table = np.array(places, np.int64).reshape(-1, 2)
    return Offsets(table[:, 0], table[:, 1])


@given(TEXTS)
@settings(deadline=None)
def test_runs_are_longest_stretches(text: str) -> None:
    """Runs ascend without overlap, and no ASCII letter or digit stands outside of them."""
    runs = plain_runs(text)
    covered = {place for start, end in zip(*runs, strict=True) for place in range(start, end)}

    assert all(start < end for start, end in zip(*runs, strict=True))
    assert (runs.starts[1:] >= runs.ends[:-1]).all()
    assert {place for place, char in enumerate(text) if char.isascii() and char.isalnum()} <= covered


@given(TEXTS, st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9)), max_size=20))
@settings(deadline=None)
def test_any_offsets_come_back(text: str, steps: list[tuple[int, int]]) -> None:
    """Tokens that have nothing to do with the runs of the text are kept just as well."""
    ends = np.cumsum([gap + length for gap, length in steps], dtype=np.int64)
    tokens = Offsets(ends - np.array([length for _, length in steps], np.int64), ends)
    again = unpack_offsets(text, pack_offsets(text, tokens))

    assert again.starts.tolist() == tokens.starts.tolist()
    assert again.ends.tolist() == tokens.ends.tolist()


@given(TEXTS, TEXTS)
@settings(deadline=None)
def test_texts_come_back(title: str, body: str) -> None:
    """Body and offsets of the analyzer's tokens are read as they were packed."""
    tokens = token_offsets(title), token_offsets(body)
    text = read_text(pack_text(title, body, *tokens), title)

    assert text.body == body
    for read, packed in zip((text.title_tokens.offsets(), text.body_tokens.offsets()), tokens, strict=True):
        assert read.starts.tolist() == packed.starts.tolist()
        assert read.ends.tolist() == packed.ends.tolist()


def test_offsets_far_apart_come_back() -> None:
    """Gaps and lengths that no two bytes hold are kept."""
    body = "a" + " " * 70_000 + "b" * 70_000
    text = read_text(pack_text("t", body, token_offsets("t"), token_offsets(body)), "t")

    assert text.body_tokens.offsets().starts.tolist() == [0, 70_001]
    assert text.body_tokens.offsets().ends.tolist() == [1, 140_001]


def test_records_of_a_container(tmp_path: Path) -> None:
    """Records compressed with a trained dictionary are read one by one, and frames may be copied to another container."""
    articles = invented.articles(400)
    raws = [pack_card(article) for article in articles]
    dictionary = train_dictionary(raws)
    writer = RecordWriter(tmp_path, dictionary)
    for raw in raws:
        writer.add(raw)
    with ContainerWriter(tmp_path / "one") as container:
        writer.finish(container, "card")
    writer.close()
    records = Records(Container(tmp_path / "one"), "card")
    copy = RecordWriter(tmp_path, records.dictionary)
    for document in reversed(range(len(articles))):
        copy.add_frame(records.frame(document))
    with ContainerWriter(tmp_path / "two") as container:
        copy.finish(container, "card")
    copied = Records(Container(tmp_path / "two"), "card")

    assert dictionary
    for document, article in enumerate(articles):
        assert read_card(records.raw(document))._asdict().items() <= article.to_mapping().items()
        assert copied.raw(len(articles) - 1 - document) == raws[document]


def test_too_few_samples_make_no_dictionary() -> None:
    """A handful of records is compressed without a dictionary instead of failing."""
    assert train_dictionary([b"few"] * 5) == b""


def test_empty_samples_teach_nothing() -> None:
    """Records that are mostly empty make a dictionary or none (unsifted, they crash the process)."""
    long = [bytes(random.Random(seed).choices(b"abcdefgh ", k=4000)) for seed in range(3)]
    assert train_dictionary([b""] * 297 + long) == b""
    assert train_dictionary([b""] * 297 + [b"short"] * 200 + long)


def test_a_card_leaves_out_what_is_usual() -> None:
    """Of an article of which little is known the card is short, and yet comes back whole; cards share no lists."""
    bare = Article(id="a", title="Weather", body="Rain.")
    assert pack_card(bare) == b'["a",null,"Weather"]'
    for article in (bare, Article(id="a", title="", body="Rain.", lang="en"), Article(id="a", title="", body="", tags=("x",))):
        assert read_card(pack_card(article))._asdict().items() <= article.to_mapping().items()
    read_card(pack_card(bare)).tags.append("x")
    assert read_card(pack_card(bare)).tags == []
