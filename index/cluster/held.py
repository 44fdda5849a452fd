"""Held: an article as the cluster holds it, read by its id. Such reads see every acknowledged write at once, refreshed or not.

    held = Lookup(connection, alias).held(["1", "2"])      # by id, without those that there are not

`Head` is what is known beside an article, read without its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from index.cluster.connection import Connection, path_of
from index.cluster.documents import Facts, checksum_of, document_id, facts_of, from_document, to_document
from index.dedupe import fingerprint
from index.schema import ZoneWeights
from index.store.merging import keys_of
from index.store.values import Entry

# Articles of 5 KB make answers of a few megabytes.
_AT_ONCE = 500
_HEADS_AT_ONCE = 5000
_HEAD = "id,index.given,index.captured,index.checksum,index.contents,index.lines"


class Version(NamedTuple):
    """Of a document as it was read; a write may be asked to fail if it changed since. concrete: the index it was read from."""

    concrete: str
    seq_no: int
    primary_term: int

    def of(self, concrete: str) -> Version:
        """For a write into this index; one that is not the one read from is no longer written to, so it will fail."""
        return self._replace(concrete=concrete)


class Held(NamedTuple):
    """An article with all that is known of it. arrived, lines: see `index.cluster.documents.Facts`."""

    entry: Entry
    arrived: int
    lines: tuple[str, ...]
    version: Version


class Head(NamedTuple):
    """What is known of an article, without its text. checksum: of all its fields, hexadecimal like the others."""

    given: bytes | None
    captured: str | None
    checksum: str | None
    contents: tuple[str, ...]
    lines: tuple[str, ...]


class Lookup:
    """Reads documents of the articles by id."""

    def __init__(self, connection: Connection, target: str) -> None:
        self._connection = connection
        self._target = target

    def held(self, article_ids: Iterable[str]) -> dict[str, Held]:
        """The articles of these ids, by id, in no order."""
        return {held.entry.article.id or "": held for held in map(held_of, self.documents(article_ids))}

    def heads(self, article_ids: Iterable[str]) -> dict[str, Head]:
        """What is known of the articles of these ids, by id."""
        names = {document_id(article_id): article_id for article_id in article_ids}
        found = {}
        for document in self._found(names, _HEADS_AT_ONCE, {"_source_includes": _HEAD}):
            source = document["_source"]
            facts = facts_of(source)
            head = Head(_bytes(facts.given), facts.captured, checksum_of(source), facts.contents, facts.lines)
            found[names[document["_id"]]] = head
        return found

    def existing(self, article_ids: Iterable[str]) -> set[str]:
        """Those of the ids that there are."""
        names = {document_id(article_id): article_id for article_id in article_ids}
        return {names[document["_id"]] for document in self._found(names, _HEADS_AT_ONCE, {"_source": False})}

    def documents(self, article_ids: Iterable[str]) -> Iterator[Mapping[str, Any]]:
        """The documents of these ids as the cluster gives them, in order, without those that there are not."""
        return self._found(map(document_id, article_ids), _AT_ONCE, {})

    def _found(self, document_ids: Iterable[str], at_once: int, params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """In bodies, not in paths: on the way to a cluster there may be proxies that make another path of `a%2Fb` or `..`."""
        ids = iter(document_ids)
        while some := list(islice(ids, at_once)):
            answer = self._connection.request("POST", path_of(self._target, "_mget"), body={"ids": some}, params=params)
            yield from (document for document in answer["docs"] if document.get("found"))


def held_of(document: Mapping[str, Any]) -> Held:
    """What a document as the cluster gives it holds; IndexDamaged if it is none of ours."""
    source = document["_source"]
    article, facts = from_document(source), facts_of(source)
    given = _bytes(facts.given)
    if facts.contents:
        own, *variants = map(bytes.fromhex, facts.contents)
        entry = Entry(article, given, facts.captured, (own, *sorted(variants)), facts.url_key, tuple(sorted(facts.keys)))
    else:  # written by another client
        mark = fingerprint(article)
        keys = tuple(sorted(keys_of(mark, owned=given is not None)))
        entry = Entry(article, given, facts.captured, (mark.content,), mark.url_key, keys)
    version = Version(document["_index"], document["_seq_no"], document["_primary_term"])
    return Held(entry, facts.arrived or 0, facts.lines, version)


def document_of(entry: Entry, weights: ZoneWeights, arrived: int, lines: tuple[str, ...]) -> dict[str, Any]:
    """The document that holds an entry."""
    given = entry.given.hex() if entry.given is not None else None
    contents = tuple(content.hex() for content in entry.contents)
    facts = Facts(given, entry.captured, contents, entry.url_key, entry.keys, arrived, lines)
    return to_document(entry.article, weights, facts)


def _bytes(text: str | None) -> bytes | None:
    return bytes.fromhex(text) if text is not None else None
