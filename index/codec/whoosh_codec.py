"""ColumnsCodec: our segments as a codec of stock Whoosh, which reads, searches, deletes and merges them as it does its own.

Give it to a stock writer (`ix.writer(codec=ColumnsCodec())`) and the segment becomes a container; or give ColumnsSegment.of
an entry of a manifest, put it into a table of contents, and `whoosh.index.open_dir` reads what the bulk indexer wrote. Our
engine needs none of this: Whoosh is how others read our indexes, and how the tests check us. FORMAT.md says what is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec import base
from whoosh.filedb.filestore import FileStorage

from index.codec.segment import SegmentReader
from index.codec.whoosh_documents import ArticleReader, DocumentReader
from index.codec.whoosh_fields import FieldPostingsWriter
from index.codec.whoosh_terms import ColumnsTermsReader
from index.codec.whoosh_writer import DocumentWriter, SegmentDraft
from index.manifest import SegmentEntry

EXTENSION = ".columns"
_DELETED_TYPE = np.dtype("<u4")


class ColumnsSegment(base.Segment):
    """What a table of contents says of a segment. It is pickled there, with nothing but builtins in its state."""

    def __init__(self, indexname: str, segid: str | None = None, articles: int = 0, deleted: Iterable[int] = ()) -> None:
        super().__init__(indexname)
        if segid is not None:
            self.segid = segid
        self._articles = articles
        self._deleted = set(deleted)
        self._draft: SegmentDraft | None = None

    @classmethod
    def of(cls, entry: SegmentEntry, deleted: Iterable[int]) -> ColumnsSegment:
        """The segment of a manifest's entry. deleted: the numbers of its deleted documents."""
        indexname, _, segid = entry.segment.rpartition("_")
        return cls(indexname, segid, entry.articles, map(int, deleted))

    def __getstate__(self) -> dict[str, Any]:
        deleted = np.array(sorted(self._deleted), _DELETED_TYPE).tobytes()
        return {"indexname": self.indexname, "segid": self.segid, "articles": self._articles, "deleted": deleted}

    def __setstate__(self, state: dict[str, Any]) -> None:
        deleted = np.frombuffer(state["deleted"], _DELETED_TYPE).tolist()
        ColumnsSegment.__init__(self, state["indexname"], state["segid"], state["articles"], deleted)

    def codec(self) -> ColumnsCodec:
        """The codec that reads it."""
        return ColumnsCodec()

    def path(self, storage: Any) -> Path:
        """Its container."""
        return _folder(storage) / f"{self.segment_id()}{EXTENSION}"

    def draft(self, storage: Any) -> SegmentDraft:
        """The container while it is written, one for both writers of a segment."""
        if self._draft is None:
            self._draft = SegmentDraft(self.path(storage))
        return self._draft

    def is_draft(self) -> bool:
        """Whether its container is not yet written to the end."""
        return self._draft is not None and not self._draft.is_closed

    def should_assemble(self) -> bool:
        """Never: a segment is one file already."""
        return False

    def set_doc_count(self, doccount: int) -> None:
        """Called by the writer at the end."""
        self._articles = doccount

    def doc_count_all(self) -> int:
        """Documents, deleted ones included."""
        return self._articles

    def deleted_count(self) -> int:
        """Deleted documents."""
        return len(self._deleted)

    def deleted_docs(self) -> Iterator[int]:
        """Their numbers."""
        return iter(self._deleted)

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        """Deletes a document, or takes the deletion back; the container stays as it is."""
        if delete:
            self._deleted.add(docnum)
        else:
            self._deleted.discard(docnum)

    def is_deleted(self, docnum: int) -> bool:
        """Whether a document is deleted."""
        return docnum in self._deleted


class ColumnsCodec(base.Codec):
    """The codec. It has no settings: an index written by any of them is read by any other."""

    # Whoosh would open a segment for its field lengths before the postings are written; ours is one file, and needs none.
    length_stats = False

    def per_document_writer(self, storage: Any, segment: ColumnsSegment) -> DocumentWriter:
        """Writes stored fields, lengths, columns, vectors."""
        return DocumentWriter(segment.draft(storage))

    def field_writer(self, storage: Any, segment: ColumnsSegment) -> FieldPostingsWriter:
        """Writes terms and postings."""
        return FieldPostingsWriter(segment.draft(storage))

    def terms_reader(self, storage: Any, segment: ColumnsSegment) -> ColumnsTermsReader:
        """Reads terms and postings."""
        return ColumnsTermsReader(SegmentReader(segment.path(storage)))

    def per_document_reader(self, storage: Any, segment: ColumnsSegment) -> DocumentReader:
        """Reads stored fields, lengths, columns, vectors."""
        if segment.is_draft():
            raise NotImplementedError(
                "ColumnsCodec cannot read a segment before its postings are written, as a writer of several processes"
                " asks; use procs=1 or multisegment=True"
            )
        reader = SegmentReader(segment.path(storage))
        kind = ArticleReader if ArticleReader.reads(reader) else DocumentReader
        return kind(reader, segment)

    def new_segment(self, storage: Any, indexname: str) -> ColumnsSegment:
        """An empty segment with a name of its own; TypeError at once if the storage is none of ours."""
        _folder(storage)
        return ColumnsSegment(indexname)


def _folder(storage: Any) -> Path:
    if not isinstance(storage, FileStorage):
        raise TypeError(f"ColumnsCodec maps files into memory and needs a FileStorage, got {type(storage).__name__}")
    return Path(storage.folder)
