"""EmbeddedEngine: answers from the index of the data directory.

Give it a SearchRequest; it evaluates the query tree over one snapshot, narrows by the filters, counts facets, chooses the
page and makes hits with snippets. A newer commit is opened when CURRENT changes: one thread opens it while the others go on
with the one they have. Requests share a snapshot without a lock, and it goes when the last of them lets go of it.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np

from index.article import Article
from index.document import keyword
from index.embedded import EmbeddedIndex
from index.writer import IndexStats
from searcher.config import Config
from searcher.density import SnippetOptions
from searcher.engine import EngineResult, Facets, Hit, SearchRequest, Span
from searcher.evaluation import Evaluator
from searcher.facets import count_facets
from searcher.filters import Filters
from searcher.marking import MarkedArticle, MarkReader, mark_articles
from searcher.matches import Known, Sparse, listing
from searcher.ordering import Page, page
from searcher.phrases import PhraseReader
from searcher.query import Fuzzy, Phrase, Prefix, Query, Wildcard, Word
from searcher.ranking import RankingProfile
from searcher.snapshot import Snapshot
from searcher.snippets import make_snippets
from searcher.spans import AnalyzedArticle, find_spans

Array = np.ndarray[Any, np.dtype[Any]]


# The best documents of a word that are remembered, and about how many bytes each takes.
_KEPT_BEST = 50
_BYTES_A_PLACE = 128


class _Opened(NamedTuple):
    """A snapshot, and what CURRENT looked like when it was opened."""

    snapshot: Snapshot
    signature: tuple[int, int, int] | None


class EmbeddedEngine:
    """The Engine that needs nothing but files."""

    name = "embedded"

    def __init__(self, index: EmbeddedIndex, config: Config) -> None:
        ranking, snippets = config.ranking, config.snippets
        self._index = index
        self._profile = RankingProfile(ranking.k1, ranking.b, ranking.surface)
        self._snippet_options = SnippetOptions(snippets.count, snippets.max_chars)
        self._aliases = {keyword(alias): keyword(name) for alias, name in config.sources}
        self._opening = threading.Lock()
        self._opened: _Opened | None = None

    def search(self, request: SearchRequest) -> EngineResult:
        """All matches counted, the page asked for as hits."""
        snapshot = self._newest()
        matches = Evaluator(snapshot, self._aliases).evaluate(request.query)
        filters = Filters.of(request, self._aliases)
        matches, facets = _narrowed(snapshot, matches, filters, request)
        chosen = _chosen(snapshot, matches, filters, request)
        return EngineResult(matches.count, self._hits(snapshot, chosen, request), facets, snapshot.generation)

    def version(self) -> Hashable:
        """What CURRENT looks like now."""
        return self._index.signature()

    def articles(self, query: Query) -> list[str]:
        """The ids of all matches, ascending."""
        snapshot = self._newest()
        matches = Evaluator(snapshot, self._aliases).evaluate(query)
        return snapshot.ids.sorted(matches.documents)

    def spans(self, article: Article, query: Query) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Marks of title and body, by the analysis of the index."""
        return find_spans(query, AnalyzedArticle.of(article, self._newest().analyzer))

    def stats(self) -> IndexStats:
        """Numbers of the current generation."""
        return self._index.stats()

    def close(self) -> None:
        """Lets go of the snapshot; its files are closed when no request reads them."""
        self._opened = None

    def _newest(self) -> Snapshot:
        opened, signature = self._opened, self._index.signature()
        if opened is not None and opened.signature == signature:
            return opened.snapshot
        with self._opening:
            opened = self._opened
            if opened is None or opened.signature != signature:
                # The signature is older than what is opened, if they differ: then the next request opens once more.
                current, pin = self._index.pinned()
                directory = self._index.path / current.directory
                snapshot = Snapshot(directory, current.manifest, self._index.analyzer, self._profile, pin)
                opened = self._opened = _Opened(snapshot, signature)
        return opened.snapshot

    def _hits(self, snapshot: Snapshot, chosen: Page, request: SearchRequest) -> tuple[Hit, ...]:
        if not request.snippets:
            return tuple(_hit(snapshot, document, score) for document, score in chosen)
        marked = _marked(snapshot, [document for document, _ in chosen], request.query)
        return tuple(self._marked_hit(marked[document], score) for document, score in chosen)

    def _marked_hit(self, marked: MarkedArticle, score: float) -> Hit:
        card = marked.card
        snippets = make_snippets(marked.text.body, marked.body_marks, self._snippet_options)
        return Hit(
            card.id,
            card.url,
            card.title,
            marked.title_marks,
            card.source,
            card.published,
            card.published_precision,
            score,
            snippets,
        )


def _chosen(snapshot: Snapshot, matches: Known, filters: Filters, request: SearchRequest) -> Page:
    """The page asked for. Of a lone word or phrase the best are remembered with its matches: choosing them is half its time."""
    end = request.offset + request.limit
    is_lone = isinstance(request.query, Word | Phrase | Prefix | Wildcard | Fuzzy)
    if not is_lone or filters.any or request.sort != "relevance" or end > _KEPT_BEST:
        return page(snapshot, matches, request.sort, request.offset, request.limit)
    best = snapshot.best.get(request.query)
    if best is None:
        best = page(snapshot, matches, request.sort, 0, _KEPT_BEST)
        snapshot.best.put(request.query, best, _BYTES_A_PLACE * len(best) + _BYTES_A_PLACE)
    return best[request.offset : end]


def _narrowed(snapshot: Snapshot, matches: Known, filters: Filters, request: SearchRequest) -> tuple[Known, Facets]:
    """The matches that pass the filters, and the facets, each under all filters but its own."""
    if not (filters.any or request.facets):
        return matches, Facets()
    documents, scores = listing(matches)
    from_sources = filters.of_sources(snapshot, documents)
    in_time = filters.of_time(snapshot, documents)
    facets = Facets()
    if request.facets:
        facets = count_facets(snapshot, _where(documents, in_time), _where(documents, from_sources))
    if not filters.any:
        return matches, facets
    held = np.ones(len(documents), np.bool_)
    for mask in (from_sources, in_time):
        if mask is not None:
            held &= mask
    return Sparse(documents[held], scores if isinstance(scores, float) else scores[held]), facets


def _where(documents: Array, mask: Array | None) -> Array:
    return documents if mask is None else documents[mask]


def _hit(snapshot: Snapshot, document: int, score: float) -> Hit:
    card = snapshot.card(document)
    return Hit(card.id, card.url, card.title, (), card.source, card.published, card.published_precision, score)


def _marked(snapshot: Snapshot, documents: Sequence[int], query: Query) -> dict[int, MarkedArticle]:
    """The articles with their marks, found segment by segment."""
    by_segment = defaultdict(list)
    for document in documents:
        by_segment[snapshot.segment_of(document)].append(document)
    marked: dict[int, MarkedArticle] = {}
    for segment, held in by_segment.items():
        cards = {document - segment.offset: snapshot.card(document) for document in held}
        surface = PhraseReader(segment.reader, "surface", snapshot.positions, segment.offset)
        reader = MarkReader(segment.reader, surface, snapshot.analyzer)
        marked.update(zip(held, mark_articles(reader, cards, query), strict=True))
    return marked
