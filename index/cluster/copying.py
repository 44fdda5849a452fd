"""Records of articles, for copies of an archive: a document as a Record, and records of another store into documents."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from index.cluster.bulk import BulkWriter, Operation
from index.cluster.catalog import Generation
from index.cluster.connection import growing_s
from index.cluster.documents import document_id, facts_of, from_document
from index.cluster.held import Head, Held, Lookup, document_of
from index.dedupe import fingerprint
from index.errors import ArchiveBusy, ClusterRefused
from index.store.merging import keys_of
from index.store.rows import seal
from index.store.scratch import Scratch
from index.store.values import Entry, Record

_AT_ONCE = 500
_TRIES = 10
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.02, 2.0


def record_of(source: Mapping[str, Any]) -> Record:
    """The record of a `_source`."""
    facts = facts_of(source)
    return Record(from_document(source), facts.given, facts.captured, tuple(sorted(facts.contents[1:])))


class RecordWriter:
    """Keeps records, each on condition that its document is as it was read."""

    def __init__(self, lookup: Lookup, writer: BulkWriter, current: Callable[[], Generation], clock: Callable[[], int]) -> None:
        """current: gives the generation to write to, and the weights that documents are made with."""
        self._lookup = lookup
        self._writer = writer
        self._current = current
        self._clock = clock

    def put(self, records: Iterable[Record]) -> int:
        """How many were not kept already, just so."""
        waiting, written = iter(records), 0
        while some := list(islice(waiting, _AT_ONCE)):
            heads = self._lookup.heads(record.article.id or "" for record in some)
            new = {record.article.id or "": record for record in some if not _is_kept(record, heads.get(record.article.id or ""))}
            self._put(new, [article_id for article_id in new if article_id in heads])
            written += len(new)
        return written

    def _put(self, records: dict[str, Record], known: Sequence[str]) -> None:
        """known: ids under which there is something else already."""
        for attempt in range(1, _TRIES + 1):
            current = self._current()
            held = self._lookup.held(known) if known else {}
            conflicts = set()
            for written in self._writer.write(self._operations(records, held, current)):
                if written.outcome == "refused":
                    raise ClusterRefused(f"the cluster does not take the article {written.operation.id!r} ({written.reason})")
                if written.outcome == "conflict":
                    conflicts.add(written.operation.id)
            records = {each: record for each, record in records.items() if document_id(each) in conflicts}
            known = list(records)
            if not records:
                return
            time.sleep(growing_s(attempt, _FIRST_WAIT_S, _LONGEST_WAIT_S))
        raise ArchiveBusy("other machines kept changing the articles that were to be copied; run the same command again")

    def _operations(self, records: Mapping[str, Record], held: Mapping[str, Held], current: Generation) -> Iterator[Operation]:
        for article_id, record in records.items():
            if article_id not in held:
                document = document_of(entry_of_record(record), current.spec.weights, self._clock(), ())
                yield Operation("create", document_id(article_id), document, current.index)
        with contextlib.closing(Scratch()) as scratch:
            scratch.load(one.entry for one in held.values())
            for article_id in held:
                scratch.merger.restore(records[article_id])
            for entry in scratch.written():
                one = held[entry.article.id or ""]
                document = document_of(entry, current.spec.weights, one.arrived, one.lines)
                yield Operation("index", document_id(entry.article.id or ""), document, *one.version.of(current.index))


def entry_of_record(record: Record) -> Entry:
    """The entry of a record under an id that nobody has: what restoring it into a scratch would give."""
    mark = fingerprint(record.article)
    given = bytes.fromhex(record.given) if record.given is not None else None
    variants = {bytes.fromhex(variant) for variant in record.variants} - {mark.content}
    keys = tuple(sorted(keys_of(mark, owned=given is not None)))
    return Entry(record.article, given, record.captured, (mark.content, *sorted(variants)), mark.url_key, keys)


def _is_kept(record: Record, head: Head | None) -> bool:
    """Whether all of a record is known."""
    if head is None:
        return False
    given = head.given.hex() if head.given is not None else None
    same = (given, head.captured, head.checksum) == (record.given, record.captured, seal(record.article).checksum.hex())
    return same and set(record.variants) <= set(head.contents)
