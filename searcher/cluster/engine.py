"""ClusterEngine: answers from an index on an OpenSearch cluster.

Give it a SearchRequest; it compiles the query tree, asks the cluster once (total, hits, facets and texts come in one answer) and
makes hits with marks and snippets of the texts it sends. Pages beyond what a cluster gives by number are walked to
(`searcher.cluster.paging`). A rebuild switches the alias that is asked: the answer says which index gave it, and if that is
not the one whose analysis the query was compiled by, it is compiled and asked again.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, NamedTuple

from index.analysis import Analyzer
from index.article import Article
from index.cluster.connection import Connection, path_of
from index.cluster.generations import ClusterIndex
from index.cluster.listing import Listing
from index.cluster.trouble import ENGINE
from index.document import keyword
from index.errors import IndexOutdated
from index.writer import IndexStats
from searcher.cluster.compilation import Compiler, Json
from searcher.cluster.facets import aggregations, read_facets, sources_page
from searcher.cluster.filters import Filters
from searcher.cluster.hits import read_hits, shown_fields
from searcher.cluster.marks import TextMarker
from searcher.cluster.paging import SEARCH_PARAMS, WINDOW, DeepPages, order
from searcher.config import Config
from searcher.density import SnippetOptions
from searcher.engine import EngineResult, Facets, SearchRequest, Span
from searcher.query import Query
from searcher.spans import AnalyzedArticle, find_spans

# Switches of the alias in the midst of one search, after which something else is wrong.
_MOST_SWITCHES = 5


class _Opened(NamedTuple):
    """A generation, and what its queries are made and its texts are marked with."""

    index_name: str
    number: int
    compiler: Compiler
    marker: TextMarker
    deep: DeepPages


class ClusterEngine:
    """The Engine that asks a cluster. Safe to share between threads and, made anew in each, processes."""

    name = ENGINE

    def __init__(self, index: ClusterIndex, connection: Connection, config: Config) -> None:
        self._index = index
        self._connection = connection
        self._surface = config.ranking.surface
        self._snippet_options = SnippetOptions(config.snippets.count, config.snippets.max_chars)
        self._aliases = {keyword(alias): keyword(name) for alias, name in config.sources}
        self._path = path_of(index.name, "_search")
        self._analyzer = Analyzer(config.language)
        self._opening = threading.Lock()
        self._opened: _Opened | None = None

    def search(self, request: SearchRequest) -> EngineResult:
        """All matches counted, the page asked for as hits."""
        opened = self._newest()
        for _ in range(_MOST_SWITCHES):
            filters = Filters.of(request, opened.compiler)
            body = _body(request, opened.compiler, filters)
            answer = self._answer(request, body, opened)
            if self._is_from(opened, answer):
                return self._result(request, body, opened, answer)
            opened = self._reopened(opened)
        raise IndexOutdated(f"the index {self._index.name} was rebuilt {_MOST_SWITCHES} times during one search; try again")

    def version(self) -> Hashable:
        """Never equal to another: others may write at any time, and to ask whether they did takes as long as a search."""
        return object()

    def articles(self, query: Query) -> Iterator[str]:
        """The ids of all matches as they are when the first is asked for, ascending."""
        opened = self._reopened(None)
        return Listing(self._connection, opened.index_name).ids_of(opened.compiler.compile_filter(query))

    def spans(self, article: Article, query: Query) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Marks of title and body, by the analysis of the index."""
        return find_spans(query, AnalyzedArticle.of(article, self._newest().marker.analyzer))

    def stats(self) -> IndexStats:
        """Numbers of the current generation."""
        return self._index.stats()

    def close(self) -> None:
        """Lets the cluster forget points in time; the connection is its owner's."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.deep.close()

    def _answer(self, request: SearchRequest, body: Json, opened: _Opened) -> Any:
        if request.offset + request.limit > WINDOW:
            key = (request.query, request.sort, request.sources, request.after, request.before)
            return opened.deep.answer(key, body, request.offset, request.limit)
        paged = {**body, "from": request.offset, "size": request.limit}
        return self._connection.request("POST", self._path, body=paged, params=SEARCH_PARAMS)

    def _result(self, request: SearchRequest, body: Json, opened: _Opened, answer: Mapping[str, Any]) -> EngineResult:
        found = answer["hits"]
        facets = read_facets(answer, lambda: self._all_sources(body)) if request.facets else Facets()
        hits = read_hits(found["hits"], request, opened.marker, self._snippet_options)
        return EngineResult(found["total"]["value"], hits, facets, opened.number)

    def _all_sources(self, body: Json) -> Iterator[Mapping[str, Any]]:
        """Every source of the matches of a request that asks for facets, under its filter of time."""
        narrowed = {"bool": {"filter": [body["query"], body["aggs"]["sources"]["filter"]]}}
        after = None
        while True:
            asked = {"query": narrowed, "size": 0, "aggs": {"all": sources_page(after)}}
            found = self._connection.request("POST", self._path, body=asked)["aggregations"]["all"]
            yield from found["buckets"]
            after = found.get("after_key")
            if after is None:
                return

    def _newest(self) -> _Opened:
        opened = self._opened
        return self._reopened(None) if opened is None else opened

    def _is_from(self, opened: _Opened, answer: Mapping[str, Any]) -> bool:
        """Whether the answer is of this generation; one without hits does not tell, and the alias is looked up."""
        hits = answer["hits"]["hits"]
        if hits:
            return bool(hits[0]["_index"] == opened.index_name)
        aliased = self._connection.request("GET", path_of("_alias", self._index.name), missing_ok=True)
        return aliased is not None and opened.index_name in aliased

    def _reopened(self, old: _Opened | None) -> _Opened:
        """The current generation, made ready; old: the one that is not it any more, if another thread has not seen to it."""
        with self._opening:
            if self._opened is not None and self._opened is not old and old is not None:
                return self._opened
            current = self._index.current()
            if self._opened is not None:
                if self._opened.index_name == current.index:
                    return self._opened
                self._opened.deep.close()
            analyzer = self._analyzer if self._analyzer.language == current.spec.language else Analyzer(current.spec.language)
            if analyzer.fingerprint != current.spec.analysis:
                raise IndexOutdated(
                    f"the index {current.index} was made by {current.spec.analysis!r}, this version needs "
                    f"{analyzer.fingerprint!r}; run `searcher rebuild`"
                )
            version = self._connection.version()
            compiler = Compiler(
                analyzer,
                surface=self._surface,
                factor=current.spec.boost(version),
                title_factor=current.spec.boost(version, title=True),
                aliases=self._aliases,
            )
            deep = DeepPages(self._connection, self._index.name)
            self._opened = _Opened(current.index, current.number, compiler, TextMarker(analyzer), deep)
            return self._opened


def _body(request: SearchRequest, compiler: Compiler, filters: Filters) -> Json:
    """The search request but for its page. Filters narrow hits after the facets are counted, or else from the beginning."""
    query = compiler.compile(request.query)
    body: Json = {
        "query": query,
        "sort": order(request.sort),
        "track_total_hits": True,
        "track_scores": True,
        "_source": shown_fields(request),
    }
    if request.facets:
        body["aggs"] = aggregations(filters)
        if filters.listed:
            body["post_filter"] = {"bool": {"filter": filters.listed}}
    elif filters.listed:
        body["query"] = {"bool": {"must": [query], "filter": filters.listed}}
    return body
