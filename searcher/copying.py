"""copy_records: the records of one store into another, told as they go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from searcher.reports import CopyReport

if TYPE_CHECKING:
    from index.store import Record
    from searcher.backend import IndexProgress


class RecordTarget(Protocol):
    """A store that records can be put into."""

    def put_records(self, records: Iterable[Record]) -> int:
        """Keeps records; how many were not kept already, just so."""
        ...


def copy_records(target: RecordTarget, records: Iterable[Record], count: int, progress: IndexProgress | None) -> CopyReport:
    """Puts all records, count of them when they were counted; what was written on the way stays if this is interrupted."""
    seen = 0

    def told() -> Iterator[Record]:
        nonlocal seen
        for record in records:
            yield record
            seen += 1
            if progress is not None:
                progress(min(seen, count), count)

    written = target.put_records(told())
    return CopyReport(seen, written, seen - written)
