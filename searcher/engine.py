"""The border between asking and answering: SearchRequest in, EngineResult out, and Engine, which turns one into the other.

Types only. An engine receives the query tree, never user text; it gives back our types, never its own; it lets no foreign
exception pass; what it cannot do is UnsupportedQuery, never a silent difference. Scores compare only inside one result.

What every search makes, some of it by the dozen, are named tuples: a frozen dataclass takes four times as long to make, and
a page of ten hits with three snippets each is forty of them. They compare like tuples; JSON gets them by `to_mapping`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from searcher.query import Note, Query

if TYPE_CHECKING:
    from index.article import Article
    from index.writer import IndexStats

Sort = Literal["relevance", "newest", "oldest"]
Span = tuple[int, int]


class SearchRequest(NamedTuple):
    """What an engine is asked. Hashable: the result cache keeps results by it.

    sources: any of these (as `source:` in a query). after, before: published in [after, before), aware UTC.
    Ties are broken by newest, then id, in every sort order; undated articles come last in newest and oldest.
    """

    query: Query
    limit: int = 10
    offset: int = 0
    sort: Sort = "relevance"
    sources: tuple[str, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    snippets: bool = True
    facets: bool = True


class Snippet(NamedTuple):
    """A passage of the body: marks are [start, end) in text, start is where text begins in the body (code points)."""

    text: str
    marks: tuple[Span, ...]
    start: int


class Hit(NamedTuple):
    """One found article."""

    id: str
    url: str | None
    title: str
    title_marks: tuple[Span, ...]
    source: str | None
    published: str | None
    published_precision: str
    score: float
    snippets: tuple[Snippet, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class FacetValue:
    """How many matches have this value; value None counts those that have none."""

    value: str | None
    count: int


class Facets(NamedTuple):
    """source: most frequent first. month: `2025-05`, oldest first, undated (None) last.

    Each counts the matches under all filters but its own, so that a reader sees what choosing another value would give.
    """

    source: tuple[FacetValue, ...] = ()
    month: tuple[FacetValue, ...] = ()


class EngineResult(NamedTuple):
    """An engine's answer: exact total, the hits of the page asked for, facets, and the generation that answered.

    notes: remarks for the reader, such as a prefix that stands for more words than are looked up.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Facets
    generation: int
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search gives to people and programs: the engine's answer, and how the query was read.

    page counts from 1; pages is 0 when nothing matched. took_ms is wall time in milliseconds.
    """

    query: str
    interpreted: str
    notes: tuple[Note, ...]
    total: int
    hits: tuple[Hit, ...]
    facets: Facets
    page: int
    pages: int
    generation: int
    took_ms: float

    def to_mapping(self) -> dict[str, Any]:
        """The JSON shape of interface SearchResult."""
        return {
            "query": self.query,
            "interpreted": self.interpreted,
            "notes": [{"text": note.text, "start": note.start, "end": note.end} for note in self.notes],
            "total": self.total,
            "hits": [{**hit._asdict(), "snippets": [snippet._asdict() for snippet in hit.snippets]} for hit in self.hits],
            "facets": {"source": _values(self.facets.source), "month": _values(self.facets.month)},
            "page": self.page,
            "pages": self.pages,
            "generation": self.generation,
            "took_ms": self.took_ms,
        }


def _values(facet: tuple[FacetValue, ...]) -> list[dict[str, Any]]:
    return [{"value": one.value, "count": one.count} for one in facet]


class Engine(Protocol):
    """One implementation of search: `searcher.embedded`, `searcher.cluster.engine`. Safe to share between threads.

    What writes an index is another matter (`searcher.backend`): on a cluster the store writes it.
    """

    name: str

    def search(self, request: SearchRequest) -> EngineResult:
        """Answers from the newest generation; IndexMissing, IndexDamaged, UnsupportedQuery or an error of a cluster if not."""
        ...

    def version(self) -> Hashable:
        """A value that changes whenever answers may; cheap, for caches. Numbers of generations begin anew with a new index.

        An engine that cannot tell gives one that never comes again.
        """
        ...

    def articles(self, query: Query) -> Iterable[str]:
        """The ids of all matches, for export and delete."""
        ...

    def spans(self, article: Article, query: Query) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Where the query is satisfied in title and body: the marks of the article page."""
        ...

    def stats(self) -> IndexStats:
        """Size and state of the index; IndexMissing if there is none."""
        ...

    def close(self) -> None:
        """Releases files and connections; the engine cannot be used afterwards."""
        ...
