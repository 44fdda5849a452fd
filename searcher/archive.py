"""Archive: one data directory, or one index of a cluster, as one object; command line, web page and Python all go through it.

It parses queries, makes SearchRequests of them and gives back SearchResults; all else is done by its backend
(`searcher.backend`), which `engine` of the configuration chooses. `searcher.open` makes one. Safe to share between threads;
several processes may read while one writes, or while many write on a cluster.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timezone
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast, get_args

from index.errors import ArticleNotFound, IndexMissing, RequestError
from searcher.cache import ResultCache
from searcher.config import Config
from searcher.dates import Side, parse_bound
from searcher.engine import Engine, EngineResult, SearchRequest, SearchResult, Sort, Span
from searcher.parser import parse
from searcher.query import Note, ParsedQuery, Query
from searcher.relaxation import relaxations
from searcher.unparse import unparse

if TYPE_CHECKING:
    from index.article import Article
    from index.ingest import IngestReport, Progress
    from index.pages.page import Quarantined, Reading
    from searcher.backend import Backend, IndexProgress
    from searcher.reports import ArchiveStats, CheckReport, CopyReport, IndexReport

_SORTS = get_args(Sort)


# Where the backend of each engine is. Imported when an archive is opened: neither engine needs what the other one does.
_BACKENDS = {
    "embedded": ("searcher.embedded_backend", "EmbeddedBackend"),
    "opensearch": ("searcher.cluster.backend", "ClusterBackend"),
}


class Archive:
    """The articles of a data directory or cluster, searchable. Use `searcher.open`; close it, or use it as a context manager."""

    def __init__(
        self,
        config: Config,
        *,
        result_cache: int = 256,
        wait: float = 10.0,
        on_wait: Callable[[str], None] | None = None,
    ) -> None:
        module, name = _BACKENDS[config.engine]
        self.config = config
        self._timezone = config.tzinfo
        self._backend: Backend = getattr(importlib.import_module(module), name)(config, wait=wait, on_wait=on_wait)
        self._engine: Engine = self._backend.engine
        self._cache = ResultCache(result_cache if self._backend.may_cache else 0)

    @property
    def place(self) -> str:
        """Where the articles are, in words for people."""
        return self._backend.place

    def search(
        self,
        query: str | Query,
        *,
        limit: int = 10,
        page: int = 1,
        sort: str = "relevance",
        sources: Iterable[str] = (),
        after: str | date | None = None,
        before: str | date | None = None,
        snippets: bool = True,
        facets: bool = True,
    ) -> SearchResult:
        """Articles that match, best first (or by date), page by page.

        after, before: a day, month, year or relative date as in queries, both inclusive. RequestError for a page or limit
        below 1, an unknown sort order or date; text itself never fails, result.notes say how it was read.
        """
        started = time.perf_counter()
        if not isinstance(limit, int) or not isinstance(page, int) or limit < 1 or page < 1:
            raise RequestError(f"limit and page are whole numbers from 1, got limit={limit!r}, page={page!r}")
        if sort not in _SORTS:
            raise RequestError(f"sort must be one of {', '.join(_SORTS)}, got {sort!r}")
        parsed = self._parse(query)
        request = SearchRequest(
            query=parsed.query,
            limit=limit,
            offset=(page - 1) * limit,
            sort=cast("Sort", sort),
            sources=(sources,) if isinstance(sources, str) else tuple(sources),
            after=self._bound(after, "after"),
            before=self._bound(before, "before"),
            snippets=snippets,
            facets=facets,
        )
        answered, result, notes = self._relaxed_if_empty(request, parsed)
        return SearchResult(
            query=parsed.text,
            interpreted=_written(answered, self._timezone),
            notes=notes,
            total=result.total,
            hits=result.hits,
            facets=result.facets,
            page=page,
            pages=-(-result.total // limit),
            generation=result.generation,
            took_ms=round((time.perf_counter() - started) * 1000, 3),
        )

    def article(self, article_id: str) -> Article:
        """The article as kept; ArticleNotFound if there is none with this id."""
        article = self._backend.store.get(article_id)
        if article is None:
            raise ArticleNotFound(article_id)
        return article

    def marks(self, article: Article, query: str | Query) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Where the query is satisfied in title and body, as in the hit that led here."""
        parsed = self._parse(query)
        asked = [parsed.query, *(relaxed for relaxed, _ in relaxations(parsed.query))]
        found = (self._engine.spans(article, one) for one in asked)
        return next((spans for spans in found if spans != ((), ())), ((), ()))

    def add(self, articles: Iterable[Article | Mapping[str, Any]]) -> IngestReport:
        """Keeps and indexes articles. If some are none, ArticleError names the first of them, and the others are kept."""
        adding = importlib.import_module("searcher.adding")  # searching does without; so in `stats`
        report: IngestReport = adding.all_articles(self.ingest(adding.as_readings(articles)))
        return report

    def ingest(
        self,
        readings: Iterable[Reading | Quarantined],
        *,
        captured: datetime | None = None,
        index: bool = True,
        progress: Progress | None = None,
        index_progress: IndexProgress | None = None,
    ) -> IngestReport:
        """Keeps what `index.pages.read.read_inputs` read, and brings the index up to date unless told not to."""
        change = self._backend.writeside
        return change.ingest(readings, captured=captured, index=index, progress=progress, index_progress=index_progress)

    def export(self, query: str | Query | None = None) -> Iterator[Article]:
        """All articles, or all that match, by id."""
        store = self._backend.store
        if query is None:
            yield from store.iter_articles()
            return
        yield from store.get_many(self._engine.articles(self._parse(query).query))

    def select(self, *, source: str | None = None, before: datetime | None = None) -> list[str]:
        """The ids of the articles of a source, or published before a moment (undated ones never are)."""
        return self._backend.store.select(source=source, before=before)

    def delete(self, article_ids: Iterable[str]) -> int:
        """Deletes articles from store and index; the number that there were."""
        return self._backend.writeside.delete(article_ids)

    def update(self, progress: IndexProgress | None = None) -> IndexReport:
        """Makes every change so far found by searches. IndexOutdated if only a rebuild can."""
        return self._backend.writeside.update(progress)

    def rebuild(self, progress: IndexProgress | None = None) -> IndexReport:
        """Makes the index anew from the articles, beside the old one, and switches at the end."""
        return self._backend.writeside.rebuild(progress)

    def drop_old(self) -> tuple[str, ...]:
        """Deletes the indexes that rebuilds on a cluster have replaced and kept; their names. The embedded engine keeps none."""
        return self._backend.writeside.drop_old()

    def copy_to(
        self, target: Archive, progress: IndexProgress | None = None, index_progress: IndexProgress | None = None
    ) -> CopyReport:
        """Copies every article into another archive; one that is there and the same is left alone, so that it may be done again.

        RequestError if both are the same archive.
        """
        if self._backend.identity() == target._backend.identity():
            raise RequestError(f"{self.place} cannot be copied onto itself; name another archive")
        store = self._backend.store
        return target._backend.writeside.take_in(store.records(), store.count(), progress, index_progress)

    def stats(self) -> ArchiveStats:
        """How much is kept and indexed, and by what."""
        try:
            summary = self._backend.store.summary()
        except IndexMissing:  # on a cluster, where nothing was ingested yet
            summary = importlib.import_module("index.store.values").StoreSummary(0, 0, None, None)
        try:
            index = self._engine.stats()
        except IndexMissing:
            index = None
        made: type[ArchiveStats] = importlib.import_module("searcher.reports").ArchiveStats
        backend = self._backend
        return made(
            summary.articles, summary.sources, summary.earliest, summary.latest, index, backend.ranking(), backend.cluster()
        )

    def check(self, *, deep: bool = False) -> CheckReport:
        """Looks for damage: files and counts; deep: every article of the store against the index."""
        return self._backend.writeside.check(deep=deep)

    def close(self) -> None:
        """Closes store and index."""
        self._backend.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _parse(self, query: str | Query) -> ParsedQuery:
        if isinstance(query, str):
            return parse(query, timezone=self._timezone)
        return ParsedQuery(unparse(query, self._timezone), query)

    def _bound(self, value: str | date | None, side: Side) -> datetime | None:
        if value is None or value == "":
            return None
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=self._timezone)
        text = value.isoformat() if isinstance(value, date) else value
        return parse_bound(text, side, datetime.now(timezone.utc), self._timezone)

    def _relaxed_if_empty(self, request: SearchRequest, parsed: ParsedQuery) -> tuple[Query, EngineResult, tuple[Note, ...]]:
        result = self._answer(request)
        if result.total == 0:
            for relaxed, remark in relaxations(request.query):
                second = self._answer(request._replace(query=relaxed))
                if second.total:
                    told = Note(remark, 0, len(parsed.text))
                    return relaxed, second, (*parsed.notes, told, *_remarks(second, parsed))
        return request.query, result, (*parsed.notes, *_remarks(result, parsed))

    def _answer(self, request: SearchRequest) -> EngineResult:
        if not self._cache.enabled:
            return self._engine.search(request)
        version = self._engine.version()
        kept = self._cache.get(version, request)
        if kept is None:
            kept = self._engine.search(request)
            self._cache.put(version, request, kept)
        return kept


# A tree is written in 1 to 12 us, and looked up in 0.3.
_written = lru_cache(maxsize=256)(unparse)


def _remarks(result: EngineResult, parsed: ParsedQuery) -> tuple[Note, ...]:
    return tuple(Note(text, 0, len(parsed.text)) for text in result.notes)
