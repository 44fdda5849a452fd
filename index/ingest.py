"""ingest: give it a store and what was read from pages, and it stores the articles and reports what became of each.

The store may be a file or a cluster: all that is needed of it is `index.store.Store`.

Use it for inputs that may come again: pages and lines remembered from an earlier ingest are not stored a second time.
For articles at hand, `ArticleStore.merge` is enough.
"""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from index.article import Article
from index.errors import ArticleError
from index.pages.page import Quarantined, Reading
from index.store import Merged, Offered, Sealed, Store, StoreBatch, seal

# Called after each reading with the pages and the articles read so far.
Progress = Callable[[int, int], None]

# A batch is committed after so many articles or seconds. On an SSD batches of 100 are as fast as those of 1,000; the
# larger one is for disks where a sync takes 10 ms, the seconds are for pages that take long to read.
BATCH_ARTICLES = 1000
BATCH_SECONDS = 2.0

# Paths of articles that come from no file: at hand in a program, and from standard input.
_NAMELESS = ("", "-")

# Of the digest of a line, in hexadecimal digits: there is one for every article of a file of lines.
_DIGEST_LENGTH = 32


@dataclasses.dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did.

    pages: files and pages read; articles: what was seen in them, each of which was new, updated, unchanged, a
    duplicate (a copy of an article kept already, met in another place) or quarantined.
    """

    pages: int = 0
    articles: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    quarantined: tuple[Quarantined, ...] = ()

    def to_mapping(self) -> dict[str, Any]:
        """The report as JSON, keys in the documented order."""
        return {
            "pages": self.pages,
            "articles": self.articles,
            "new": self.new,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "duplicates": self.duplicates,
            "quarantined": [{"path": each.path, "line": each.line, "reason": each.reason} for each in self.quarantined],
        }


def ingest(
    store: Store,
    readings: Iterable[Reading | Quarantined],
    *,
    captured: datetime | None = None,
    progress: Progress | None = None,
    batch_size: int = BATCH_ARTICLES,
) -> IngestReport:
    """Stores what was read. Reading goes on while nothing is locked; only the storing of a batch is a transaction.

    captured: the time of capture that the user stated, if any; an input stored before under another one is looked at
    again. On KeyboardInterrupt what has been read is stored before it passes on. StoreError and ArchiveBusy pass too:
    the batches before are stored, and the same ingest again does the rest.
    """
    run = _Run(store, captured)
    try:
        for reading in readings:
            run.take(reading)
            if progress:
                progress(run.pages, run.articles)
            if run.waiting_articles >= batch_size or run.waiting_seconds() >= BATCH_SECONDS:
                run.store_waiting()
    except KeyboardInterrupt:
        run.store_waiting()
        raise
    run.store_waiting()
    return run.report()


@dataclasses.dataclass(slots=True)
class _Source:
    """Where readings that follow one another come from. place: the path, written one way.

    known: whether it was ingested before; None until the first of them is stored, when all sources of a batch are asked for.
    """

    place: str
    known: bool | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class _Waiting:
    """A reading that waits to be stored."""

    reading: Reading
    source: _Source

    def is_nameless(self) -> bool:
        """Whether it cannot be known again: the fifth line of standard input is not that of another day."""
        return self.reading.digest is None and self.source.place in _NAMELESS

    def is_known(self) -> bool:
        """Whether its source was ingested before."""
        return bool(self.source.known)


class _Stored(NamedTuple):
    """What a batch did."""

    outcomes: Counter[str]
    quarantined: list[Quarantined]


class _Run:
    """One ingest: the readings waiting to be stored, and the counts so far."""

    def __init__(self, store: Store, captured: datetime | None) -> None:
        self.pages = 0
        self.articles = 0
        self.waiting_articles = 0
        self._store = store
        self._captured = captured
        self._waiting: list[_Waiting] = []
        self._waiting_since = 0.0
        self._outcomes: Counter[str] = Counter()
        self._quarantined: list[Quarantined] = []
        self._path: str | None = None
        self._source = _Source("")

    def take(self, reading: Reading | Quarantined) -> None:
        """Counts a reading and lets it wait. The articles of a file of JSON follow one another and count as one page."""
        if isinstance(reading, Quarantined):
            self._quarantined.append(reading)
            return
        if reading.digest is not None or reading.path != self._path:
            self.pages += 1
        if reading.path != self._path:
            self._path = reading.path
            self._source = _Source(_place(reading.path))
        if not self._waiting:
            self._waiting_since = time.monotonic()
        self._waiting.append(_Waiting(reading, self._source))
        self.articles += len(reading.articles)
        self.waiting_articles += len(reading.articles)

    def waiting_seconds(self) -> float:
        """How long the oldest waiting reading has waited."""
        return time.monotonic() - self._waiting_since if self._waiting else 0.0

    def store_waiting(self) -> None:
        """Stores what waits in one transaction, and counts it when that has been committed."""
        if not self._waiting:
            return
        self._look_up_sources()
        unsealed: list[Quarantined] = []
        offered = [self._offered(waiting, unsealed) for waiting in self._waiting]
        if any(each.article.id is None for one in offered for each in one.articles):
            self._store.make_findable()
        stored = self._store.transact(partial(self._store_all, offered), offered)
        self._outcomes += stored.outcomes
        self._quarantined += unsealed + stored.quarantined
        self._waiting.clear()
        self.waiting_articles = 0

    def _look_up_sources(self) -> None:
        new = [waiting.source for waiting in self._waiting if waiting.source.known is None]
        seen = self._store.paths_seen({source.place for source in new}) if new else ()
        for source in new:
            source.known = source.place in seen

    def _offered(self, waiting: _Waiting, quarantined: list[Quarantined]) -> Offered:
        reading, known = waiting.reading, waiting.is_known()
        sealed = self._sealed(reading, quarantined)
        return Offered(
            path=waiting.source.place,
            digest=_digest(reading, sealed),
            line=reading.line,
            captured=self._captured,
            known=known and not waiting.is_nameless(),
            content=reading.digest if known and reading.cleaning else None,
            articles=tuple(sealed),
        )

    def _store_all(self, offered: list[Offered], batch: StoreBatch) -> _Stored:
        stored = _Stored(Counter(), [])
        for waiting, one in zip(self._waiting, offered, strict=True):
            self._store_one(batch, waiting, one, stored)
        for place in {waiting.source.place for waiting in self._waiting if waiting.is_nameless()}:
            batch.remember_path(place)
        return stored

    def _store_one(self, batch: StoreBatch, waiting: _Waiting, offered: Offered, done: _Stored) -> None:
        """Stores the articles of one reading and remembers it, unless one was refused: then it is tried again next time."""
        reading, place, digest = waiting.reading, offered.path, offered.digest
        outcomes, quarantined = done
        if offered.known and batch.page_seen(place, digest, line=reading.line, captured=offered.captured) is not None:
            outcomes["unchanged"] += len(reading.articles)
            return
        former = batch.withdraw(place, offered.content) if offered.content else {}
        stored = []
        for each in offered.articles:
            try:
                merged = batch.merge(each, captured=reading.captured)
            except ArticleError as error:
                quarantined.append(Quarantined(reading.path, reading.line, str(error)))
                continue
            before = former.get(merged.article_id)
            outcome = _outcome(merged, each.article, waiting.is_known()) if before is None else _change(before, each.article)
            outcomes[outcome] += 1
            stored.append(merged.article_id)
        if len(stored) == len(reading.articles) and not waiting.is_nameless():
            batch.remember_page(place, digest, stored, line=reading.line, captured=reading.captured)

    def _sealed(self, reading: Reading, quarantined: list[Quarantined]) -> list[Sealed]:
        sealed = []
        for article in reading.articles:
            try:
                sealed.append(seal(article))
            except ArticleError as error:
                quarantined.append(Quarantined(reading.path, reading.line, str(error)))
        return sealed

    def report(self) -> IngestReport:
        """The counts of all that was stored."""
        return IngestReport(
            pages=self.pages,
            articles=self.articles,
            new=self._outcomes["new"],
            updated=self._outcomes["updated"],
            unchanged=self._outcomes["unchanged"],
            duplicates=self._outcomes["duplicate"],
            quarantined=tuple(self._quarantined),
        )


def _change(before: Article, article: Article) -> str:
    """What it is for an article to be taken in anew from a page that gave it before."""
    return "unchanged" if dataclasses.replace(article, id=before.id) == before else "updated"


def _outcome(merged: Merged, article: Article, known: bool) -> str:
    """A copy that brought nothing is a duplicate too where it comes from a file never ingested before.

    Not so an article whose pages were all known, nor an id met again.
    """
    if merged.outcome == "unchanged" and article.id is None and not article.seen_on and not known:
        return "duplicate"
    return merged.outcome


def _place(path: str) -> str:
    return path if path in _NAMELESS else str(Path(path).resolve())


def _digest(reading: Reading, sealed: list[Sealed]) -> str:
    """Stands for the raw text of a page, or of a line, of which only the articles are left, and for how it was cleaned."""
    digest = reading.digest or sha256(b"".join([each.checksum for each in sealed])).hexdigest()[:_DIGEST_LENGTH]
    return f"{digest} {reading.cleaning}" if reading.cleaning else digest
