"""The values the article store hands out: what a merge did, what changed, what is kept, what is damaged. Types only."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Literal

from index.article import Article
from index.store.rows import Sealed

Outcome = Literal["new", "updated", "unchanged", "duplicate"]


@dataclasses.dataclass(frozen=True, slots=True)
class Merged:
    """Where an offered article is kept now, and what that took.

    "new": it was not known. "updated": text or metadata of the kept article changed. "duplicate": a copy of an
    article kept already, seen on a page not yet remembered. "unchanged": nothing at all was written.
    """

    article_id: str
    outcome: Outcome


@dataclasses.dataclass(frozen=True, slots=True)
class Offered:
    """One input that is about to be stored in a batch: all that the batch may be asked about it, and the articles it gave.

    path, digest, line, captured: as for `Batch.page_seen`. known: whether its path was ever remembered. content: the digest
    for `Batch.withdraw` of a page that may have been cleaned by other rules before, else None.
    """

    path: str
    digest: str
    line: int | None
    captured: datetime | None
    known: bool
    content: str | None
    articles: tuple[Sealed, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """All that a store knows of one article, for a copy of the store.

    given: checksum (hex) of what came under its id, None for an id of ours. captured: when the page was saved that the text was
    last taken from. variants: digests (hex) of copies joined to it, sorted.
    """

    article: Article
    given: str | None
    captured: str | None
    variants: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """An article with all that a merge goes by.

    given, captured: as in a Record. contents: the digest of its own words, then those of its variants. url_key, keys: what copies
    find it by, see `index.dedupe`.
    """

    article: Article
    given: bytes | None
    captured: str | None
    contents: tuple[bytes, ...]
    url_key: int | None
    keys: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """The latest change of one article. seq grows with every change of the store and is never used twice."""

    seq: int
    article_id: str
    deleted: bool


@dataclasses.dataclass(frozen=True, slots=True)
class StoreSummary:
    """How much is kept: articles, distinct sources, first and last publication (None where nothing is dated)."""

    articles: int
    sources: int
    earliest: datetime | None
    latest: datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file of the archive, or with an index on a cluster, in words for people."""

    file: str
    what: str
