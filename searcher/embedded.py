"""EmbeddedEngine: answers from the Whoosh index of the data directory.

Give it a SearchRequest; it compiles the query tree, walks all matches of Whoosh's matchers with exact totals, filters and
counts facets over columns, sorts, and makes hits with snippets. One snapshot of one generation answers each request; a
newer generation is opened when CURRENT changes. Stock Whoosh readers are not safe to share, so requests take turns.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from index.article import Article
from index.document import keyword
from index.embedded import EmbeddedIndex, EmbeddedWriter, naming_damage
from index.errors import ArticleNotFound
from index.writer import IndexStats
from searcher.compilation import Compiler
from searcher.config import Config
from searcher.engine import EngineResult, Facets, Hit, SearchRequest, Span
from searcher.facets import count_facets
from searcher.matches import Filters, Match, collect, page_of
from searcher.query import Query
from searcher.ranking import RankingProfile
from searcher.snapshot import Snapshot
from searcher.snippets import SnippetOptions, make_snippets
from searcher.spans import AnalyzedArticle, find_spans


class EmbeddedEngine:
    """The Engine that needs nothing but files."""

    name = "embedded"

    def __init__(self, index: EmbeddedIndex, config: Config) -> None:
        ranking, snippets = config.ranking, config.snippets
        self._index = index
        self._profile = RankingProfile(ranking.k1, ranking.b, ranking.surface)
        self._snippet_options = SnippetOptions(snippets.count, snippets.max_chars)
        self._expansions = config.limits.expansions
        self._aliases = {keyword(alias): keyword(name) for alias, name in config.sources}
        self._lock = threading.RLock()
        self._snapshot: Snapshot | None = None
        self._signature: tuple[int, int, int] | None = None

    def search(self, request: SearchRequest) -> EngineResult:
        """All matches counted, the page asked for as hits."""
        with self._reading() as snapshot:
            matches, notes = self._matches(snapshot, request.query)
            filters = Filters.of(request, self._aliases)
            facets = count_facets(snapshot, matches, filters) if request.facets else Facets()
            matches = [match for match in matches if filters.accept(snapshot, match)]
            page = page_of(snapshot, matches, request)
            hits = tuple(self._hit(snapshot, match, request) for match in page)
            return EngineResult(len(matches), hits, facets, snapshot.generation, tuple(notes))

    def generation(self) -> int:
        """The number of the generation that would answer now."""
        with self._reading() as snapshot:
            return snapshot.generation

    def article(self, article_id: str) -> Article:
        """The article as the index holds it; ArticleNotFound if it does not."""
        with self._reading() as snapshot:
            docnum = snapshot.docnum(article_id)
            if docnum is None:
                raise ArticleNotFound(article_id)
            return snapshot.article(docnum)

    def articles(self, query: Query) -> list[str]:
        """The ids of all matches, ascending."""
        with self._reading() as snapshot:
            matches, _ = self._matches(snapshot, query)
            return sorted(snapshot.article_id(match.docnum) for match in matches)

    def spans(self, article: Article, query: Query) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Marks of title and body, by the analysis of the index."""
        with self._reading() as snapshot:
            return find_spans(query, AnalyzedArticle.of(article, snapshot.analyzer), snapshot.analyzer)

    def writer(self, *, rebuild: bool = False) -> AbstractContextManager[EmbeddedWriter]:
        """A writer of the index; the caller holds the archive's write lock."""
        return self._index.writer(rebuild=rebuild)

    def stats(self) -> IndexStats:
        """Numbers of the current generation."""
        return self._index.stats()

    def close(self) -> None:
        """Closes the open generation."""
        with self._lock:
            if self._snapshot is not None:
                self._snapshot.close()
                self._snapshot = None

    @contextmanager
    def _reading(self) -> Iterator[Snapshot]:
        with self._lock, naming_damage(self._index.path):
            yield self._newest()

    def _newest(self) -> Snapshot:
        signature = _signature(self._index.path / "CURRENT")
        if self._snapshot is None or signature != self._signature:
            opened = Snapshot.open(self._index, self._profile)
            if self._snapshot is not None:
                self._snapshot.close()
            self._snapshot, self._signature = opened, signature
        return self._snapshot

    def _matches(self, snapshot: Snapshot, query: Query) -> tuple[list[Match], list[str]]:
        compiler = Compiler(snapshot.reader, snapshot.analyzer, self._profile.surface, self._aliases, self._expansions)
        return collect(snapshot, compiler.compile(query)), compiler.notes

    def _hit(self, snapshot: Snapshot, match: Match, request: SearchRequest) -> Hit:
        article = snapshot.article(match.docnum)
        title_marks: tuple[Span, ...] = ()
        body_marks: tuple[Span, ...] = ()
        if request.snippets:
            analyzed = AnalyzedArticle.of(article, snapshot.analyzer)
            title_marks, body_marks = find_spans(request.query, analyzed, snapshot.analyzer)
        return Hit(
            id=str(article.id),
            url=article.url,
            title=article.title,
            title_marks=title_marks,
            source=article.source,
            published=article.published,
            published_precision=article.published_precision,
            score=match.score,
            snippets=make_snippets(article.body, body_marks, self._snippet_options) if request.snippets else (),
        )


def _signature(file: Path) -> tuple[int, int, int] | None:
    """Changes whenever the file is replaced; None if there is none."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
