"""FormerSegment: a segment of the commit before, and what this commit deletes in it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from index.codec.container import Container, ContainerWriter
from index.codec.segment import SegmentReader
from index.codec.terms import narrowest
from index.manifest import SegmentEntry

Array = np.ndarray[Any, np.dtype[Any]]

_SECTION = "documents"


class FormerSegment:
    """Open until `close`."""

    def __init__(self, directory: Path, entry: SegmentEntry) -> None:
        self.entry = entry
        self.reader = SegmentReader(directory / entry.file)
        self._directory = directory
        self._before = read_deleted(directory, entry)
        self._new: set[int] = set()

    def delete(self, article_id: bytes) -> None:
        """Deletes the article of this id, if it is here."""
        field = self.reader.field("id")
        term = field.terms.find(article_id)
        if term is not None:
            self._new.update(field.documents(term).tolist())

    def deleted(self) -> Array:
        """All deleted documents, ascending."""
        return np.union1d(self._before, np.array(sorted(self._new), np.int64))

    def written(self, generation: int) -> SegmentEntry | None:
        """The entry of this commit, its deletions written and synced; None if nothing is left of the segment."""
        deleted = self.deleted()
        if len(deleted) == len(self._before):
            return self.entry
        if len(deleted) == self.entry.articles:
            return None
        name = f"{self.entry.segment}.{generation}.deleted"
        with ContainerWriter(self._directory / name) as container:
            container.add(_SECTION, narrowest(deleted))
        gone = np.setdiff1d(deleted, self._before)
        length = self.entry.length - int(self.reader.column("length")[gone].sum(dtype=np.int64))
        return dataclasses.replace(self.entry, deleted=len(deleted), deleted_file=name, length=length)

    def close(self) -> None:
        """Lets go of the file."""
        self.reader.close()


def read_deleted(directory: Path, entry: SegmentEntry) -> Array:
    """The deleted documents of a segment as of its entry, ascending."""
    if entry.deleted_file is None:
        return np.empty(0, np.int64)
    return Container(directory / entry.deleted_file).array(_SECTION).astype(np.int64)
