"""Stored values, payloads and columns are kept without pickle: all come back equal, and what cannot be kept is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import columns, fields, formats, index
from whoosh.analysis import SpaceSeparatedTokenizer

from index.codec.container import Container
from index.codec.segment import SegmentReader
from index.codec.whoosh_codec import ColumnsCodec
from index.codec.whoosh_names import field_name, section_name
from index.codec.whoosh_values import pack_stored, read_stored, to_payload, to_record
from tests.codec_indexes import both, build

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=())),
    st.binary(),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.decimals(allow_nan=False),
)
hashable = st.one_of(st.text(), st.binary(), st.integers(), st.dates(), st.tuples(st.text(), st.integers()))
values = st.recursive(
    plain | hashable,
    lambda inner: st.one_of(
        st.lists(inner),
        st.lists(inner).map(tuple),
        st.sets(hashable),
        st.frozensets(hashable),
        st.dictionaries(hashable, inner),
    ),
    max_leaves=8,
)


def with_types(value: Any) -> Any:
    """A value as something that differs wherever a type differs: 1 from True, lists from tuples."""
    if isinstance(value, dict):
        return dict, [(with_types(key), with_types(one)) for key, one in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value), [with_types(one) for one in value]
    return type(value), value


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(min_size=1), values, max_size=4))
def test_stored_values_come_back(stored: dict[str, Any]) -> None:
    """Any nesting of the values that can be stored comes back equal, of the same types, in the same order."""
    assert with_types(read_stored(pack_stored(stored))) == with_types(stored)


def test_moments_with_zones_and_odd_floats_come_back() -> None:
    """Aware times keep their offset; infinities stay what they are."""
    stored = {"when": datetime(2025, 5, 1, 12, tzinfo=UTC), "much": float("inf"), "zero": -0.0}
    assert str(read_stored(pack_stored(stored))) == str(stored)


class Level(IntEnum):
    LOW = 1


@pytest.mark.parametrize("value", [object(), Level.LOW, {"deep": [Level.LOW]}, np.float64(1.0), 1j, range(3)])
def test_values_that_cannot_be_kept_are_named(value: Any) -> None:
    """A value that would come back as something else is a TypeError that names the field, its type and what may be stored."""
    with pytest.raises(TypeError, match="the stored field 'extra' cannot be kept: got a value of type .*, expected one of str"):
        pack_stored({"extra": value})


FORMATS = {
    "existence": (formats.Existence(), ""),
    "frequency": (formats.Frequency(), "frequency"),
    "positions": (formats.Positions(), "positions"),
    "characters": (formats.Characters(), "characters"),
    "position boosts": (formats.PositionBoosts(), "position_boosts"),
    "character boosts": (formats.CharacterBoosts(), "character_boosts"),
}


@pytest.mark.parametrize("name", list(FORMATS))
def test_payloads_come_back_to_the_byte(name: str) -> None:
    """The payload of every stock format is kept as numbers, and made again to the byte."""
    format_, _ = FORMATS[name]
    payloads = [payload for _, _, _, payload in format_.word_values("a b a c a b " * 60, SpaceSeparatedTokenizer(), mode="index")]
    assert len(payloads) == 3
    for payload in payloads:
        record = to_record(format_, payload)
        assert not payload[4:] or payload[4:] not in record, "what follows the frequency is a pickle"
        assert to_payload(format_, record) == payload


class Reversed(formats.Format):
    """A format that is not Whoosh's own."""

    def word_values(self, value: str, analyzer: Any, **options: Any) -> Any:
        return ((token.text, 1, 1.0, token.text[::-1].encode()) for token in analyzer(value, **options))

    def decode_reversed(self, payload: bytes) -> str:
        return payload.decode()


def test_payloads_of_other_formats_are_kept_as_they_are(tmp_path: Path) -> None:
    """A format of someone else's finds its own bytes again, also after a merge."""
    of = fields.Schema(word=fields.FieldType(Reversed(), SpaceSeparatedTokenizer()))
    opened = build(tmp_path / "index", "ours", [[{"word": "abc de"}], [{"word": "abc"}]], of)
    with opened.writer(codec=ColumnsCodec()) as writer:
        writer.optimize = True
    with index.open_dir(str(tmp_path / "index")).reader() as reader:
        matcher = reader.postings("word", "abc")
        assert list(matcher.items_as("reversed")) == [(0, "cba"), (1, "cba")] or matcher.value_as("reversed") == "cba"


def test_positions_of_documents_do_not_touch(tmp_path: Path) -> None:
    """The last position of a document and the first of the next are never neighbors, so that no phrase spans both."""
    of = fields.Schema(text=fields.TEXT(analyzer=SpaceSeparatedTokenizer()))
    build(tmp_path / "index", "ours", [[{"text": "a b"}, {}, {"text": "c"}]], of)
    (path,) = (tmp_path / "index").glob("*.columns")
    field = SegmentReader(path).field("text")
    assert [field.positions(number).tolist() for number in range(3)] == [[0], [1], [3]]
    assert field.bases.tolist() == [0, 3, 3, 5]


def test_payloads_that_the_weights_tell_are_not_kept(tmp_path: Path) -> None:
    """Frequencies take no room of their own, unless boosts part them from the weights; then both are right."""
    of = fields.Schema(
        plain=fields.TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False),
        boosted=fields.TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False, field_boost=1.5),
    )
    opened = build(tmp_path / "index", "ours", [[{"plain": "a a b", "boosted": "a a b"}]], of)
    (path,) = (tmp_path / "index").glob("*.columns")
    assert "plain.values" not in Container(path)
    assert "boosted.values" in Container(path)
    with opened.reader() as reader:
        for field, weight in (("plain", 2.0), ("boosted", 3.0)):
            matcher = reader.postings(field, "a")
            assert (matcher.value_as("frequency"), matcher.weight()) == (2, weight)


COLUMNS = {
    "numbers": (columns.NumericColumn("i", default=-7), [5, None, -3, 2**31 - 1, None]),
    "bytes of a number": (columns.NumericColumn("B"), [0, 255, None, 1, 2]),
    "floats": (columns.NumericColumn("d"), [0.5, None, -1e300, 3.25, 0.0]),
    "narrow floats": (columns.NumericColumn("f"), [0.1, None, 2.0, 3.5, 1.0]),
    "large numbers": (columns.NumericColumn("Q"), [2**64 - 1, 0, None, 1, 7]),
    "any bytes": (columns.VarBytesColumn(), [b"", b"\n\0", None, b"x" * 300, b"y"]),
    "fixed bytes": (columns.FixedBytesColumn(3), [b"abc", None, b"\0\0\1", b"xyz", None]),
    "names": (columns.RefBytesColumn(), [b"dock", b"pier", None, b"dock", b""]),
    "bits": (columns.BitColumn(), [True, False, None, True, None]),
    "bits on disk": (columns.BitColumn(compress_at=0), [True, False, None, True, True]),
    "compressed": (columns.CompressedBytesColumn(), [b"a" * 500, b"b", b"c", b"d", b"a" * 500]),
}


@pytest.mark.parametrize("name", list(COLUMNS))
def test_every_kind_of_column(tmp_path: Path, name: str) -> None:
    """Columns of every stock kind give what they give in Whoosh's own codec, the default for documents without a value."""
    column, rows = COLUMNS[name]
    of = fields.Schema(id=fields.ID, value=fields.COLUMN(column))
    given_rows = [{"id": "x"} | ({} if row is None else {"value": row}) for row in rows]
    for opened, other in [both(tmp_path, [given_rows], of)]:
        with opened.reader() as left, other.reader() as right:
            for number in range(len(rows)):
                ours, theirs = left.column_reader("value"), right.column_reader("value")
                assert ours[number] == theirs[number]
                assert ours.sort_key(number) == theirs.sort_key(number)
            assert list(left.column_reader("value")) == [right.column_reader("value")[number] for number in range(len(rows))]


def test_numeric_columns_are_arrays(tmp_path: Path) -> None:
    """A column of numbers is a section of that type, with the default filled in."""
    of = fields.Schema(value=fields.COLUMN(columns.NumericColumn("i", default=-7)))
    build(tmp_path / "index", "ours", [[{}, {"value": 5}, {}]], of)
    (path,) = (tmp_path / "index").glob("*.columns")
    assert Container(path).array("value.column").dtype == np.dtype("<i4")
    assert Container(path).array("value.column").tolist() == [-7, 5, -7]


@pytest.mark.parametrize(
    "column",
    [
        columns.PickleColumn(columns.VarBytesColumn()),
        columns.CompressedBlockColumn(),
        columns.ClampedNumericColumn(columns.PickleColumn(columns.VarBytesColumn())),
    ],
)
def test_columns_of_pickles_are_refused(tmp_path: Path, column: Any) -> None:
    """Columns that Whoosh pickles are a clear error, before anything is written."""
    opened = build(tmp_path / "index", "ours", [], fields.Schema(value=fields.COLUMN(column)))
    writer = opened.writer(codec=ColumnsCodec())
    with pytest.raises(TypeError, match=f"keeps no pickles.*{'Pickle|Block'}"):
        writer.add_document(value=b"x")
    writer.cancel()


def test_numbers_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    """A number too large for its column fails when it is added, not when the segment is written."""
    opened = build(tmp_path / "index", "ours", [], fields.Schema(value=fields.COLUMN(columns.NumericColumn("b"))))
    writer = opened.writer(codec=ColumnsCodec())
    with pytest.raises(OverflowError):
        writer.add_document(value=128)
    writer.cancel()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("a.%2E5", min_size=1, max_size=6), unique=True))
def test_names_of_fields_are_names_of_sections(names: list[str]) -> None:
    """Names with dots and percent signs neither meet each other nor the sections of other fields."""
    sections = [section_name(name) for name in names]
    assert len(set(sections)) == len(names)
    assert not any("." in section for section in sections)
    assert [field_name(section) for section in sections] == names


def test_fields_with_awkward_names(tmp_path: Path) -> None:
    """Fields named like the sections of others keep apart."""
    names = ("body", "body.terms", "body.weights.values", "stored", "100%", "100%2E")
    of = fields.Schema(**{name: fields.TEXT(analyzer=SpaceSeparatedTokenizer(), stored=True) for name in names})
    document = {name: f"a a word{number}" for number, name in enumerate(names)}
    with build(tmp_path / "index", "ours", [[document]], of).reader() as reader:
        assert sorted(reader.indexed_field_names()) == sorted(names)
        assert reader.stored_fields(0) == document
        for number, name in enumerate(names):
            assert list(reader.lexicon(name)) == [b"a", f"word{number}".encode()]
            assert reader.postings(name, "a").value_as("positions") == [0, 1]


def test_dates_and_times_in_order() -> None:
    """The types of `datetime` are told apart though a datetime is a date."""
    stored = {
        "a": datetime(2025, 1, 2),
        "b": date(2025, 1, 2),
        "c": time(3, 4),
        "d": timedelta(days=-1, microseconds=5),
        "e": Decimal("1.10"),
    }
    assert with_types(read_stored(pack_stored(stored))) == with_types(stored)
    assert str(read_stored(pack_stored(stored))["e"]) == "1.10"
