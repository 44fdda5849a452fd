"""PageMemory: which inputs were read, and the articles each gave, so that no input is taken in twice.

A page is remembered in a document of its path, in an index of its own (`{name}-pages`), which is only ever read by id. A line of
a file is remembered with the article it gave, since a document for each would double their number; so it is forgotten with the
article, and a line that only met what was known already is not remembered: taken in again, it meets it again.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from index.article import format_time
from index.cluster.bulk import Operation, own_alias
from index.cluster.connection import Connection, path_of
from index.cluster.held import Version
from index.cluster.settings import ClusterSettings
from index.errors import ClusterRefused, IndexMissing

_AT_ONCE = 1000

# Of the lines that gave an article the latest so many are remembered.
LINES_KEPT = 16
_PLACE_CHARS, _HASH_BYTES = 11, 8

_BODY: Mapping[str, Any] = {
    "mappings": {"dynamic": False, "_meta": {"made_by": "searcher", "format": 1}, "properties": {"path": {"type": "keyword"}}}
}


@dataclasses.dataclass(frozen=True, slots=True)
class Remembered:
    """A page as it once was: when it had been captured, and the ids of the articles that it gave."""

    captured: str | None
    articles: tuple[str, ...]


@dataclasses.dataclass(slots=True)
class PathMemory:
    """What is known of a path: what it held, by digest. version: of its document, None if there is none."""

    version: Version | None = None
    pages: dict[str, Remembered] = dataclasses.field(default_factory=dict)
    changed: bool = False


class PageMemory:
    """The memories of the paths that one batch asks for. Changes are kept here until `operations` are written."""

    def __init__(self, paths: Mapping[str, PathMemory]) -> None:
        self._paths = dict(paths)

    def page(self, path: str, digest: str, captured: datetime | None) -> Remembered | None:
        """The page of this digest; None if it was not remembered, or with another time of capture than the one given."""
        found = self._path(path).pages.get(digest)
        if found is None or (captured is not None and found.captured != format_time(captured)):
            return None
        return found

    def remember_path(self, path: str) -> None:
        """Remembers that there was input of this path."""
        memory = self._path(path)
        memory.changed = memory.changed or memory.version is None

    def remember(self, path: str, digest: str, captured: datetime | None, article_ids: Iterable[str]) -> None:
        """Remembers a page and the articles it gave."""
        memory = self._path(path)
        page = Remembered(format_time(captured) if captured else None, tuple(sorted(set(article_ids))))
        memory.changed = memory.changed or memory.version is None or memory.pages.get(digest) != page
        memory.pages[digest] = page

    def cleaned_before(self, path: str, content: str) -> dict[str, Remembered]:
        """What a page of this content gave under any rules of cleaning, by digest."""
        pages = self._path(path).pages.items()
        return {digest: page for digest, page in pages if digest.startswith(f"{content} ")}

    def forget(self, path: str, digests: Iterable[str]) -> None:
        """Forgets pages of a path."""
        memory = self._path(path)
        for digest in digests:
            del memory.pages[digest]
            memory.changed = True

    def operations(self) -> Iterator[Operation]:
        """What has to be written. A document that another writer changed meanwhile is a conflict."""
        for path, memory in self._paths.items():
            if not memory.changed:
                continue
            pages = [
                {"digest": digest, "captured": page.captured, "articles": list(page.articles)}
                for digest, page in memory.pages.items()
            ]
            source = {"path": path, "pages": pages}
            if memory.version is None:
                yield Operation("create", _document_id(path), source)
            else:
                yield Operation("index", _document_id(path), source, *memory.version)

    def _path(self, path: str) -> PathMemory:
        return self._paths.setdefault(path, PathMemory())


class PageIndex:
    """The index of the memories of pages; made when something is first remembered."""

    def __init__(self, connection: Connection, settings: ClusterSettings) -> None:
        self._connection = connection
        self._settings = settings
        self.name = f"{settings.name}-pages"

    def seen(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths of which there are memories."""
        return set(self._read(paths, {"_source_includes": "path"}))

    def load(self, paths: Iterable[str]) -> dict[str, PathMemory]:
        """The memories of these paths, as far as there are any."""
        found = {}
        for path, document in self._read(paths, {}).items():
            version = Version(document["_index"], document["_seq_no"], document["_primary_term"])
            pages = {
                page["digest"]: Remembered(page["captured"], tuple(page["articles"])) for page in document["_source"]["pages"]
            }
            found[path] = PathMemory(version, pages)
        return found

    def ensure(self) -> None:
        """Makes the index if there is none."""
        if self._connection.request("HEAD", path_of(self.name), missing_ok=True):
            return
        settings = {"number_of_shards": 1, "number_of_replicas": self._settings.replicas}
        body = {**_BODY, "settings": settings, "aliases": {own_alias(self.name): {}}}
        try:
            self._connection.request("PUT", path_of(self.name), body=body)
        except ClusterRefused as error:
            if error.kind != "resource_already_exists_exception":
                raise

    def _read(self, paths: Iterable[str], params: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
        wanted = [_document_id(path) for path in paths]
        found = {}
        for start in range(0, len(wanted), _AT_ONCE):
            body = {"ids": wanted[start : start + _AT_ONCE]}
            try:
                answer = self._connection.request("POST", path_of(self.name, "_mget"), body=body, params=params)
            except IndexMissing:
                return {}
            found.update({document["_source"]["path"]: document for document in answer["docs"] if document.get("found")})
        return found


def line_of(path: str, line: int, digest: str) -> str:
    """A line as it is remembered with its article: the place, then what it held, each as a short hash."""
    return _hashed(f"{path}\n{line}") + _hashed(digest)


def with_lines(lines: tuple[str, ...], new: Iterable[str]) -> tuple[str, ...]:
    """The lines of an article with new ones; of each place the latest stays."""
    by_place = {line[:_PLACE_CHARS]: line for line in lines}
    for line in new:
        by_place.pop(line[:_PLACE_CHARS], None)
        by_place[line[:_PLACE_CHARS]] = line
    return tuple(by_place.values())[-LINES_KEPT:]


def _hashed(text: str) -> str:
    digest = sha256(text.encode("utf-8", "surrogateescape")).digest()[:_HASH_BYTES]
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def _document_id(path: str) -> str:
    return sha256(path.encode("utf-8", "surrogateescape")).hexdigest()
