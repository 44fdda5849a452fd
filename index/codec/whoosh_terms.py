"""Reads terms for stock Whoosh: ColumnsTermsReader, its cursor over the terms of a field, and what Whoosh asks of a term."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from whoosh.codec import base
from whoosh.reading import TermInfo, TermNotFound

from index.codec.field_reader import FieldReader
from index.codec.segment import SegmentReader
from index.codec.whoosh_matcher import PostingsMatcher
from index.codec.whoosh_names import field_name, section_name

_TERMS = ".terms"


class ColumnsTermsReader(base.TermsReader):
    """The terms of a segment, ordered by field and by byte. Nothing is shared between calls but read-only arrays."""

    def __init__(self, reader: SegmentReader) -> None:
        self._reader = reader
        sections = {name.removesuffix(_TERMS) for name in reader.container.names() if name.endswith(_TERMS)}
        self._fields = sorted(map(field_name, sections))

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return self._find(*term) is not None

    def indexed_field_names(self) -> list[str]:
        """Fields with terms."""
        return list(self._fields)

    def cursor(self, fieldname: str, fieldobj: Any) -> ColumnsCursor | base.EmptyCursor:
        """A place among the terms of a field."""
        if fieldname not in self._fields:
            return base.EmptyCursor()
        return ColumnsCursor(self, fieldname, self._field(fieldname), fieldobj)

    def terms(self) -> Iterator[tuple[str, bytes]]:
        """All (field, term)."""
        return (term for field in self._fields for term in self._from(field, b""))

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        """Those of a field from a term on, and those of the fields after it; none if there is no such field."""
        if fieldname not in self._fields:
            return
        yield from self._from(fieldname, prefix)
        for field in self._fields[self._fields.index(fieldname) + 1 :]:
            yield from self._from(field, b"")

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        """All ((field, term), TermInfo)."""
        return ((term, self.term_info(*term)) for term in self.terms())

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        """Those of `terms_from`."""
        return ((term, self.term_info(*term)) for term in self.terms_from(fieldname, prefix))

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        """The statistics of a term; deleted documents count."""
        field, number = self._found(fieldname, text)
        return self.info(fieldname, field, number)

    def frequency(self, fieldname: str, text: bytes) -> float:
        """The weight of a term in all documents; KeyError if there is no such term."""
        field, number = self._known(fieldname, text)
        return float(field.weights(number).sum())

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        """Documents of a term; KeyError if there is no such term."""
        field, number = self._known(fieldname, text)
        return field.count(number)

    def matcher(self, fieldname: str, text: bytes, format_: Any, scorer: Any = None) -> PostingsMatcher:
        """The postings of a term."""
        field, number = self._found(fieldname, text)
        return PostingsMatcher(self._reader.container, field, number, format_, term=(fieldname, text), scorer=scorer)

    def info(self, fieldname: str, field: FieldReader, number: int) -> TermInfo:
        """The statistics of a term by its number; they are counted when asked for, in time that grows with its documents."""
        documents, weights = field.documents(number), field.weights(number)
        lengths = self._lengths(fieldname, documents)
        return TermInfo(
            weight=float(weights.sum()),
            df=len(documents),
            minlength=int(lengths.min()) if len(lengths) else 0,
            maxlength=int(lengths.max(initial=0)),
            maxweight=float(weights.max()),
            minid=int(documents[0]),
            maxid=int(documents[-1]),
        )

    def close(self) -> None:
        """Lets go of the file."""
        self._reader.close()

    def _lengths(self, fieldname: str, documents: Any) -> Any:
        """The lengths of documents in a field, where they have any."""
        name = f"{section_name(fieldname)}.lengths"
        if name not in self._reader.container:
            return np.empty(0, np.int64)
        lengths = self._reader.column(name)[documents]
        return lengths[lengths > 0]

    def _field(self, fieldname: str) -> FieldReader:
        return self._reader.field(section_name(fieldname))

    def _from(self, fieldname: str, first: bytes) -> Iterator[tuple[str, bytes]]:
        terms = self._field(fieldname).terms
        return ((fieldname, terms[number]) for number in range(terms.first_from(first), len(terms)))

    def _find(self, fieldname: str, text: bytes) -> tuple[FieldReader, int] | None:
        if fieldname not in self._fields:
            return None
        field = self._field(fieldname)
        number = field.terms.find(text)
        return None if number is None else (field, number)

    def _found(self, fieldname: str, text: bytes) -> tuple[FieldReader, int]:
        found = self._find(fieldname, text)
        if found is None:
            raise TermNotFound(f"No term {fieldname}:{text!r}")
        return found

    def _known(self, fieldname: str, text: bytes) -> tuple[FieldReader, int]:
        """As `_found`, with the error that Whoosh's reader expects of counts and turns into 0."""
        found = self._find(fieldname, text)
        if found is None:
            raise KeyError((fieldname, text))
        return found


class ColumnsCursor(base.FieldCursor):
    """A place among the terms of a field; after the last it is not valid and gives None."""

    def __init__(self, reader: ColumnsTermsReader, fieldname: str, field: FieldReader, fieldobj: Any) -> None:
        self._reader = reader
        self._fieldname = fieldname
        self._field = field
        self._fieldobj = fieldobj
        self._at = 0

    def first(self) -> Any:
        """Goes to the first term."""
        self._at = 0
        return self.text()

    def find(self, string: Any) -> Any:
        """Goes to the first term that is not less."""
        self._at = self._field.terms.first_from(string if isinstance(string, bytes) else self._fieldobj.to_bytes(string))
        return self.text()

    def next(self) -> Any:
        """Goes to the next term."""
        self._at = min(self._at + 1, len(self._field.terms))
        return self.text()

    def text(self) -> Any:
        """The term, as the field reads it."""
        return self._fieldobj.from_bytes(self._field.terms[self._at]) if self.is_valid() else None

    def term_info(self) -> TermInfo | None:
        """Its statistics."""
        return self._reader.info(self._fieldname, self._field, self._at) if self.is_valid() else None

    def is_valid(self) -> bool:
        """Whether there is a term here."""
        return self._at < len(self._field.terms)
