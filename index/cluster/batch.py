"""ClusterBatch: what may be done to the articles on a cluster in one try of a batch; `ClusterStore.transact` gives and writes it.

Nothing is sent while the batch is worked on: all that it may touch was read before (`index.cluster.loading`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from index.article import Article, format_time
from index.cluster.bulk import Operation
from index.cluster.catalog import Generation
from index.cluster.documents import document_id
from index.cluster.held import document_of
from index.cluster.journal import Journal
from index.cluster.loading import Loaded
from index.cluster.memory import line_of, with_lines
from index.store.merging import is_news, require_title
from index.store.rows import Sealed
from index.store.scratch import entry_of_new
from index.store.values import Entry, Merged


class ClusterBatch:
    """One try. It sees what it has done itself; articles must be among those that were offered to the batch."""

    def __init__(self, loaded: Loaded, journal: Journal) -> None:
        self._loaded = loaded
        self._journal = journal
        self._scratch = loaded.scratch
        self._calls = 0
        self._new: dict[str, tuple[Sealed, str | None]] = {}
        self._new_lines: dict[str, list[str]] = {}
        self._lines = {line for head in loaded.heads.values() for line in head.lines}
        self._lines.update(line for held in loaded.held.values() for line in held.lines)
        self.memory = loaded.memory
        self.merged: dict[int, tuple[Merged, Sealed]] = {}

    def merge(self, article: Sealed, *, captured: datetime | None = None) -> Merged:
        """As `index.store.Batch.merge`, by the same rules."""
        place = self._next_call()
        self._journal.require_taken(place)
        if place in self._journal.settled:
            return self._journal.settled[place]
        require_title(article.article)
        result = self._merged_plainly(article, captured) or self._merged(article, captured)
        self.merged[place] = result, article
        return result

    def page_seen(self, path: str, digest: str, *, line: int | None = None, captured: datetime | None = None) -> int | None:
        """As `index.store.Batch.page_seen`; of a line, only if an article was written because of it."""
        place = self._next_call()
        if place not in self._journal.seen:
            self._journal.seen[place] = self._count_seen(path, digest, line, captured)
        return self._journal.seen[place]

    def remember_path(self, path: str) -> None:
        """As `index.store.Batch.remember_path`."""
        self.memory.remember_path(path)

    def remember_page(
        self, path: str, digest: str, article_ids: Iterable[str], *, line: int | None = None, captured: datetime | None = None
    ) -> None:
        """Remembers a page with every version it had; a line with the article that is written because of it."""
        if line is None:
            self.memory.remember(path, digest, captured, article_ids)
            return
        self.memory.remember_path(path)
        for article_id in article_ids:
            self._new_lines.setdefault(article_id, []).append(line_of(path, line, digest))

    def withdraw(self, path: str, digest: str) -> dict[str, Article]:
        """As `index.store.Batch.withdraw`. What an earlier try took in under the same id since is not withdrawn again."""
        place = self._next_call()
        pages = self.memory.cleaned_before(path, digest)
        self.memory.forget(path, list(pages))
        former = self._journal.withdrawn.get(place)
        if former is None:
            ids = dict.fromkeys(article_id for page in pages.values() for article_id in page.articles)
            found = {article_id: article for article_id in ids if (article := self._withdrawn(article_id)) is not None}
        else:
            settled = self._journal.settled_ids()
            found = {each: article for each, article in former.items() if each in settled or self._withdrawn(each) is not None}
        self._journal.withdrawn[place] = found
        return found

    def writes(self, current: Generation, clock: Callable[[], int]) -> Iterator[tuple[str, Operation]]:
        """The articles to be written, by id; for this generation alone, since the next may be made with other weights.

        Documents are made on the way, while others are being sent.
        clock: gives the number of the moment, larger each time.
        """
        for sealed, captured in self._new.values():
            yield self._write(entry_of_new(sealed, captured), current, clock)
        for entry in self._scratch.written() if self._scratch else ():
            yield self._write(entry, current, clock)

    def deletions(self) -> Iterator[tuple[str, Operation]]:
        """The articles to be deleted, by id; to be sent after the writes, so that nothing is ever missing in between."""
        for article_id in self._scratch.deleted() if self._scratch else ():
            yield article_id, Operation("delete", document_id(article_id), None, *self._loaded.held[article_id].version)

    def _write(self, entry: Entry, current: Generation, clock: Callable[[], int]) -> tuple[str, Operation]:
        article_id = entry.article.id or ""
        held = self._loaded.held.get(article_id)
        lines = with_lines(held.lines if held else (), self._new_lines.get(article_id, ()))
        arrived = held.arrived if held else clock()
        document = document_of(entry, current.spec.weights, arrived, lines)
        if held is None:
            return article_id, Operation("create", document_id(article_id), document, current.index)
        return article_id, Operation("index", document_id(article_id), document, *held.version.of(current.index))

    def _merged_plainly(self, offered: Sealed, captured: datetime | None) -> Merged | None:
        """Of an article with an id: kept as a new one, or known as it is; None if it takes a look at more."""
        article_id = offered.article.id
        if article_id is None or article_id not in self._loaded.plain:
            return None
        head = self._loaded.heads.get(article_id)
        if head is None:
            self._new[article_id] = offered, format_time(captured) if captured else None
            return Merged(article_id, "new")
        return None if is_news(head.given, offered) else Merged(article_id, "unchanged")

    def _merged(self, offered: Sealed, captured: datetime | None) -> Merged:
        if self._scratch is None:
            raise AssertionError("the article was not offered to the batch")
        return self._scratch.merger.merge(offered, captured, self._loaded.marks.get(id(offered)))

    def _withdrawn(self, article_id: str) -> Article | None:
        return self._scratch.merger.withdraw(article_id) if self._scratch else None

    def _count_seen(self, path: str, digest: str, line: int | None, captured: datetime | None) -> int | None:
        if line is not None:
            return 1 if captured is None and line_of(path, line, digest) in self._lines else None
        page = self.memory.page(path, digest, captured)
        return len(page.articles) if page is not None and all(map(self._is_there, page.articles)) else None

    def _is_there(self, article_id: str) -> bool:
        if article_id in self._loaded.held:
            return self._scratch is not None and self._scratch.holds(article_id)
        known = article_id in self._loaded.present or article_id in self._loaded.heads or article_id in self._new
        return known or (self._scratch is not None and self._scratch.holds(article_id))

    def _next_call(self) -> int:
        self._calls += 1
        return self._calls
