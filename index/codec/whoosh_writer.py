"""Writes what stock Whoosh says of documents: stored fields, field lengths, columns, vectors.

A SegmentDraft is the container under way. Whoosh gives documents and postings to two writers; the documents come first
(DocumentWriter, here), the fields are appended after them (`index.codec.whoosh_fields`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from whoosh.codec import base

from index.codec.container import ContainerWriter
from index.codec.records import RecordWriter
from index.codec.terms import narrowest
from index.codec.whoosh_columns import ColumnWriter, NumberWriter, writer_of
from index.codec.whoosh_names import section_name
from index.codec.whoosh_values import pack_stored, to_record

UNFINISHED = "a document was begun and not ended, as add_document failed; nothing of it is kept: call cancel, not commit"


class SegmentDraft:
    """The container of a segment while it is written. Nothing is on disk before something is to be kept.

    documents: how many there are, once their writer is closed; is_torn: whether it was closed within one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.documents = 0
        self.is_torn = False
        self.is_closed = False
        self._container: ContainerWriter | None = None

    @property
    def folder(self) -> Path:
        """Where temporary files may lie."""
        return self.path.parent

    @property
    def container(self) -> ContainerWriter:
        """The file; made when first asked for."""
        if self._container is None:
            self._container = ContainerWriter(self.path)
        return self._container

    def close(self) -> None:
        """Completes the file, if there is one."""
        self.is_closed = True
        if self._container is not None:
            self._container.meta["articles"] = self.documents
            self._container.close()


class DocumentWriter(base.PerDocumentWriter):
    """Whoosh's calls for each document: start_doc, for each field add_field and the like, finish_doc."""

    def __init__(self, draft: SegmentDraft) -> None:
        self.is_closed = False
        self._draft = draft
        self._documents = 0
        self._stored: dict[str, Any] | None = None
        self._records = RecordWriter(draft.folder)
        self._lengths: dict[str, NumberWriter] = {}
        self._columns: dict[str, ColumnWriter] = {}
        self._vectors: dict[str, RecordWriter] = {}
        self._vector_counts: dict[str, int] = {}

    def start_doc(self, docnum: int) -> None:
        """Begins the next document."""
        if self._stored is not None:
            raise ValueError(UNFINISHED)
        if docnum != self._documents:
            raise ValueError(f"document {docnum} came where {self._documents} was expected")
        self._stored = {}

    def add_field(self, fieldname: str, fieldobj: Any, value: Any, length: int) -> None:  # noqa: ARG002 - Whoosh's signature
        """Takes the stored value, if any, and the length in words, 0 for none."""
        if value is not None and self._stored is not None:
            self._stored[fieldname] = value
        if length:
            self._lengths.setdefault(fieldname, NumberWriter("Q")).add(self._documents, length)

    def add_column_value(self, fieldname: str, columnobj: Any, value: Any) -> None:
        """Takes a value of a column."""
        if fieldname not in self._columns:
            self._columns[fieldname] = writer_of(columnobj)
        self._columns[fieldname].add(self._documents, value)

    def add_vector_items(self, fieldname: str, fieldobj: Any, items: Iterable[tuple[str, float, bytes]]) -> None:
        """Takes the terms of the document in one field, each with its weight and payload."""
        vector = [[text, weight, to_record(fieldobj.vector, payload).hex()] for text, weight, payload in items]
        if not vector:
            return
        if fieldname not in self._vectors:
            self._vectors[fieldname] = RecordWriter(self._draft.folder)
        self._pad_vectors(fieldname, self._documents)
        self._vectors[fieldname].add(json.dumps(vector).encode("ascii"))
        self._vector_counts[fieldname] = self._documents + 1

    def finish_doc(self) -> None:
        """Ends the document."""
        if self._stored:
            self._records.add(pack_stored(self._stored))
        else:
            self._records.add_frame(b"")
        self._stored = None
        self._documents += 1

    def close(self) -> None:
        """Appends the sections."""
        self.is_closed = True
        self._draft.is_torn = self._stored is not None
        self._draft.documents = self._documents
        if self._documents and not self._draft.is_torn:
            self._finish(self._draft.container)
        for records in (self._records, *self._vectors.values()):
            records.close()

    def _finish(self, container: ContainerWriter) -> None:
        documents = self._documents
        self._records.finish(container, "stored")
        for field, lengths in self._lengths.items():
            container.add(f"{section_name(field)}.lengths", narrowest(lengths.values(documents)))
        for field, column in self._columns.items():
            column.finish(container, f"{section_name(field)}.column", documents)
        for field, vectors in self._vectors.items():
            self._pad_vectors(field, documents)
            vectors.finish(container, f"{section_name(field)}.vectors")

    def _pad_vectors(self, fieldname: str, documents: int) -> None:
        for _ in range(self._vector_counts.get(fieldname, 0), documents):
            self._vectors[fieldname].add_frame(b"")
