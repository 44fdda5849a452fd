"""Archive: one data directory as one object; command line, web page and Python all go through it.

It holds the article store (the truth), the parser and an engine, makes SearchRequests and gives back SearchResults.
`searcher.open` makes one. Safe to share between threads; several processes may read while one writes.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timezone
from types import TracebackType
from typing import Any, cast, get_args

from index.analysis import Analyzer
from index.article import Article
from index.embedded import EmbeddedIndex
from index.errors import ArticleError, ArticleNotFound, IndexMissing, RequestError
from index.ingest import IngestReport, Progress, ingest
from index.pages.page import Quarantined, Reading
from index.schema import ZoneWeights
from index.store import ArticleStore
from searcher.cache import ResultCache
from searcher.config import Config
from searcher.dates import Side, parse_bound
from searcher.embedded import EmbeddedEngine
from searcher.engine import Engine, EngineResult, SearchRequest, SearchResult, Sort, Span
from searcher.maintenance import IndexProgress, Maintenance
from searcher.parser import parse
from searcher.query import Note, ParsedQuery, Query
from searcher.relaxation import relaxations
from searcher.reports import ArchiveStats, CheckReport, IndexReport
from searcher.unparse import unparse


class Archive:
    """The articles of one data directory, searchable. Use `searcher.open`; close it, or use it as a context manager."""

    def __init__(self, config: Config, *, result_cache: int = 256) -> None:
        ranking = config.ranking
        weights = ZoneWeights(ranking.title, ranking.lead, ranking.body, ranking.lead_words)
        index = EmbeddedIndex(config.data / "index", Analyzer(config.language), weights)
        self.config = config
        self._engine: Engine = EmbeddedEngine(index, config)
        self._store = ArticleStore.open(config.data / "articles.sqlite3")
        self._maintenance = Maintenance(config.data, self._store, index, self._engine)
        self._cache = ResultCache(result_cache)

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
        if sort not in get_args(Sort):
            raise RequestError(f"sort must be one of {', '.join(get_args(Sort))}, got {sort!r}")
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
            interpreted=unparse(answered, self.config.tzinfo),
            notes=notes,
            total=result.total,
            hits=result.hits,
            facets=result.facets,
            page=page,
            pages=math.ceil(result.total / limit),
            generation=result.generation,
            took_ms=round((time.perf_counter() - started) * 1000, 3),
        )

    def article(self, article_id: str) -> Article:
        """The article as kept; ArticleNotFound if there is none with this id."""
        article = self._store.get(article_id)
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
        report = self.ingest(_as_readings(articles))
        if report.quarantined:
            first, count = report.quarantined[0], len(report.quarantined)
            raise ArticleError(f"article {first.line}: {first.reason} ({count:,} such; the other {report.articles:,} are kept)")
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
        with self._maintenance.writing():
            if index:
                self._maintenance.require_same_settings()
            report = ingest(self._store, readings, captured=captured, progress=progress)
            if index:
                self._maintenance.update(index_progress)
            return report

    def export(self, query: str | Query | None = None) -> Iterator[Article]:
        """All articles, or all that match, by id."""
        if query is None:
            yield from self._store.iter_articles()
            return
        for article_id in self._engine.articles(self._parse(query).query):
            article = self._store.get(article_id)
            if article is not None:
                yield article

    def select(self, *, source: str | None = None, before: datetime | None = None) -> list[str]:
        """The ids of the articles of a source, or published before a moment (undated ones never are)."""
        return self._store.select(source=source, before=before)

    def delete(self, article_ids: Iterable[str]) -> int:
        """Deletes articles from store and index; the number that there were."""
        with self._maintenance.writing():
            self._maintenance.require_same_settings()
            deleted = self._store.delete(article_ids)
            if deleted:
                self._maintenance.update()
            return deleted

    def update(self, progress: IndexProgress | None = None) -> IndexReport:
        """Indexes what changed in the store since the index was made. IndexOutdated if only a rebuild can."""
        with self._maintenance.writing():
            return self._maintenance.update(progress)

    def rebuild(self, progress: IndexProgress | None = None) -> IndexReport:
        """Makes the index anew from the store, beside the old one, and switches at the end."""
        with self._maintenance.writing():
            return self._maintenance.rebuild(progress)

    def stats(self) -> ArchiveStats:
        """How much is kept and indexed."""
        summary = self._store.summary()
        try:
            index = self._engine.stats()
        except IndexMissing:
            index = None
        return ArchiveStats(summary.articles, summary.sources, summary.earliest, summary.latest, index)

    def check(self, *, deep: bool = False) -> CheckReport:
        """Looks for damage: files and counts; deep: every article of the store against the index."""
        return self._maintenance.check(deep=deep)

    def close(self) -> None:
        """Closes store and index."""
        self._engine.close()
        self._store.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _parse(self, query: str | Query) -> ParsedQuery:
        if isinstance(query, str):
            return parse(query, timezone=self.config.tzinfo)
        return ParsedQuery(unparse(query, self.config.tzinfo), query)

    def _bound(self, value: str | date | None, side: Side) -> datetime | None:
        if value is None or value == "":
            return None
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=self.config.tzinfo)
        text = value.isoformat() if isinstance(value, date) else value
        return parse_bound(text, side, datetime.now(timezone.utc), self.config.tzinfo)

    def _relaxed_if_empty(self, request: SearchRequest, parsed: ParsedQuery) -> tuple[Query, EngineResult, tuple[Note, ...]]:
        result = self._answer(request)
        if result.total == 0:
            for relaxed, remark in relaxations(request.query):
                second = self._answer(dataclasses.replace(request, query=relaxed))
                if second.total:
                    told = Note(remark, 0, len(parsed.text))
                    return relaxed, second, (*parsed.notes, told, *_remarks(second, parsed))
        return request.query, result, (*parsed.notes, *_remarks(result, parsed))

    def _answer(self, request: SearchRequest) -> EngineResult:
        if not self._cache.enabled:
            return self._engine.search(request)
        kept = self._cache.get(self._engine.generation(), request)
        if kept is None:
            kept = self._engine.search(request)
            self._cache.put(request, kept)
        return kept


def _remarks(result: EngineResult, parsed: ParsedQuery) -> tuple[Note, ...]:
    return tuple(Note(text, 0, len(parsed.text)) for text in result.notes)


def _as_readings(articles: Iterable[Article | Mapping[str, Any]]) -> Iterator[Reading | Quarantined]:
    for number, item in enumerate(articles, 1):
        try:
            article = item if isinstance(item, Article) else Article.from_mapping(item)
        except ArticleError as error:
            yield Quarantined("", number, str(error))
        else:
            yield Reading("", number, (article,))
