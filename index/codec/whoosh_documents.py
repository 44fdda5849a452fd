"""Reads documents for stock Whoosh: stored fields, field lengths, columns, vectors, deletions.

DocumentReader reads segments that a stock writer made, ArticleReader those of the bulk indexer, whose stored field `article`
and columns are put together from the card, the text and the columns of our engine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from whoosh.codec import base
from whoosh.matching import ListMatcher

from index.article import Article
from index.codec.gaps import Array
from index.codec.records import read_card, read_text
from index.codec.segment import SegmentReader
from index.codec.whoosh_columns import NameReader, NumberReader, reader_of
from index.codec.whoosh_names import section_name
from index.codec.whoosh_values import read_stored, to_payload

_ARTICLE_FIELDS = tuple(Article(title="", body="").to_mapping())


class DocumentReader(base.PerDocumentReader):
    """reader: the container; segment: what the table of contents says of it, which knows the deletions."""

    def __init__(self, reader: SegmentReader, segment: Any) -> None:
        self._reader = reader
        self._segment = segment

    def close(self) -> None:
        """Lets go of the file."""
        self._reader.close()

    def doc_count(self) -> int:
        """Documents that are not deleted."""
        return self.doc_count_all() - int(self._segment.deleted_count())

    def doc_count_all(self) -> int:
        """All documents."""
        return self._reader.articles

    def has_deletions(self) -> bool:
        """Whether any are deleted."""
        return bool(self._segment.has_deletions())

    def is_deleted(self, docnum: int) -> bool:
        """Whether this one is."""
        return bool(self._segment.is_deleted(docnum))

    def deleted_docs(self) -> Iterator[int]:
        """The numbers of those that are."""
        return iter(self._segment.deleted_docs())

    def supports_columns(self) -> bool:
        """Yes."""
        return True

    def has_column(self, fieldname: str) -> bool:
        """Whether any document has a value."""
        return _column(fieldname) in self._reader.container

    def column_reader(self, fieldname: str, column: Any) -> Any:
        """A stock reader of the column."""
        return reader_of(self._reader.container, _column(fieldname), column, self.doc_count_all())

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        """Words of a field in a document; exact, where Whoosh's own codec keeps one byte."""
        lengths = self._lengths(fieldname)
        return int(lengths[docnum]) or default if len(lengths) else default

    def field_length(self, fieldname: str) -> int:
        """Words of a field in all documents, deleted ones included."""
        return int(self._lengths(fieldname).sum())

    def min_field_length(self, fieldname: str) -> int:
        """Those of the shortest document; 0 if one has none."""
        lengths = self._lengths(fieldname)
        return int(lengths.min()) if len(lengths) else 0

    def max_field_length(self, fieldname: str) -> int:
        """Those of the longest document."""
        return int(self._lengths(fieldname).max(initial=0))

    def has_vector(self, docnum: int, fieldname: str) -> bool:
        """Whether a document has a term vector in a field."""
        return bool(self._vector_frame(docnum, fieldname))

    def vector(self, docnum: int, fieldname: str, format_: Any) -> Any:
        """The vector, as a matcher whose ids are terms."""
        if not self.has_vector(docnum, fieldname):
            raise KeyError(f"field {fieldname!r} has no vector in document {docnum}")
        items = json.loads(self._reader.records(f"{section_name(fieldname)}.vectors").raw(docnum))
        payloads = [to_payload(format_, bytes.fromhex(record)) for _, _, record in items]
        return ListMatcher([text for text, _, _ in items], [weight for _, weight, _ in items], payloads, format_)

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        """The stored fields of a document."""
        records = self._reader.records("stored")
        return read_stored(records.raw(docnum)) if records.frame(docnum) else {}

    def _lengths(self, fieldname: str) -> Array:
        """The length of each document; empty if the field has none."""
        name = f"{section_name(fieldname)}.lengths"
        return self._reader.column(name) if name in self._reader.container else np.empty(0, np.uint8)

    def _vector_frame(self, docnum: int, fieldname: str) -> bytes:
        name = f"{section_name(fieldname)}.vectors"
        return self._reader.records(name).frame(docnum) if name in self._reader.container else b""


class ArticleReader(DocumentReader):
    """A segment of the bulk indexer."""

    @staticmethod
    def reads(reader: SegmentReader) -> bool:
        """Whether a container is such a segment."""
        return "card" in reader.container

    def has_column(self, fieldname: str) -> bool:
        """There are three, in every segment."""
        return fieldname in ("published", "length", "source_name")

    def column_reader(self, fieldname: str, column: Any) -> Any:  # noqa: ARG002 - Whoosh's signature
        """A stock reader of one of them."""
        if fieldname == "source_name":
            return NameReader(self._reader.column("source"), self._reader.source_names())
        return NumberReader(self._reader.column(fieldname))

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        """The whole article, as JSON."""
        card = read_card(self._reader.records("card").raw(docnum))
        body = read_text(self._reader.records("text").raw(docnum), card.title).body
        article = {name: getattr(card, name) for name in card._fields} | {"body": body}
        ordered = {name: article[name] for name in _ARTICLE_FIELDS}
        return {"article": json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))}


def _column(fieldname: str) -> str:
    return f"{section_name(fieldname)}.column"
