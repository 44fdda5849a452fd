"""Columns of stock Whoosh in a container: numbers as an array, every other kind as the bytes that Whoosh itself writes.

`writer_of` gives what collects the values of a column, `reader_of` a stock ColumnReader over the section.
"""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from whoosh import columns
from whoosh.filedb.structfile import BufferFile, StructFile

from index.codec.container import Container, ContainerWriter

Array = np.ndarray[Any, np.dtype[Any]]

_ARRAY_TYPES = frozenset("bBhHiIqQfd")


class ColumnWriter(Protocol):
    """Collects the values of one column, documents ascending; documents may be left out."""

    def add(self, docnum: int, value: Any) -> None:
        """Adds the value of a document."""

    def finish(self, container: ContainerWriter, name: str, documents: int) -> None:
        """Appends the section."""


class NumberWriter:
    """Numbers of a type code of `array`, with a default for documents left out; TypeError if the default is no such number."""

    def __init__(self, typecode: str, default: float = 0) -> None:
        self._values: array[Any] = array(typecode)
        self._default = array(typecode, [default])

    def add(self, docnum: int, value: float) -> None:
        """Adds the number of a document; OverflowError if the type cannot hold it."""
        self._fill(docnum)
        self._values.append(value)

    def values(self, documents: int) -> Array:
        """All numbers, one for each document."""
        self._fill(documents)
        return np.frombuffer(self._values, self._values.typecode)

    def finish(self, container: ContainerWriter, name: str, documents: int) -> None:
        """Appends the section."""
        container.add(name, self.values(documents))

    def _fill(self, documents: int) -> None:
        self._values.extend(self._default * (documents - len(self._values)))


class _StockWriter:
    """The column as Whoosh writes it, in memory."""

    def __init__(self, column: Any) -> None:
        self._bytes = io.BytesIO()
        self._writer = column.writer(StructFile(self._bytes))

    def add(self, docnum: int, value: Any) -> None:
        self._writer.add(docnum, value)

    def finish(self, container: ContainerWriter, name: str, documents: int) -> None:
        self._writer.finish(documents)
        container.add(name, np.frombuffer(self._bytes.getvalue(), np.uint8))


def writer_of(column: Any) -> ColumnWriter:
    """What collects a column; TypeError if the column would pickle."""
    if _is_array(column):
        return NumberWriter(column._typecode, column.default_value())
    _refuse_pickle(column)
    return _StockWriter(column)


def reader_of(container: Container, name: str, column: Any, documents: int) -> Any:
    """A stock reader of the section; each call gives one of its own, as some keep a place in their file."""
    section = container.array(name)
    if _is_array(column):
        return NumberReader(section, column.default_value())
    _refuse_pickle(column)
    return column.reader(BufferFile(section.data), 0, len(section), documents)


class NumberReader(columns.ColumnReader):
    """Reads a column of numbers.

    default: what documents beyond the end have. Whoosh's reader of several segments takes those of a segment without the
    column to be in the segment before it.
    """

    def __init__(self, values: Array, default: float = 0) -> None:
        self._values = values
        self._default = default
        self._reverse = False

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, docnum: int) -> Any:
        return self._values[docnum].item() if docnum < len(self._values) else self._default

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values.tolist())

    def sort_key(self, docnum: int) -> Any:
        """What to sort by."""
        return 0 - self[docnum] if self._reverse else self[docnum]

    def load(self) -> list[Any]:
        """All values."""
        return list(self)

    def set_reverse(self) -> None:
        """Makes `sort_key` count down."""
        self._reverse = True


class NameReader(columns.ColumnReader):
    """Reads a column of names. numbers: for each document 0 for none, n for the n-th of the names."""

    def __init__(self, numbers: Array, names: Sequence[str]) -> None:
        self._numbers = numbers
        self._names = [b"", *(name.encode("utf-8") for name in names)]

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, docnum: int) -> bytes:
        return self._names[int(self._numbers[docnum])]


def _is_array(column: Any) -> bool:
    return type(column) is columns.NumericColumn and column._typecode in _ARRAY_TYPES


def _refuse_pickle(column: Any) -> None:
    if isinstance(column, (columns.PickleColumn, columns.CompressedBlockColumn)):
        raise TypeError(
            f"ColumnsCodec keeps no pickles, and a {type(column).__name__} is made of them; use VarBytesColumn or NumericColumn"
        )
    if isinstance(column, columns.WrappedColumn):
        _refuse_pickle(column._child)
