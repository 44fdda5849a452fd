"""Pages beyond what a cluster gives by number, and ids as a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from index.article import Article
from index.cluster.points import PointInTime
from searcher.cluster import paging
from searcher.cluster.engine import ClusterEngine
from searcher.engine import SearchRequest, Sort
from searcher.query import Or, Word
from tests.cluster.nodes import Cluster
from tests.cluster_engines import Made, engines

START = datetime(2025, 1, 1, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def make(cluster: Cluster) -> Iterator[Callable[..., Made]]:
    with engines(cluster) as made:
        yield made


@pytest.fixture(scope="module")
def deep(make: Callable[..., Made]) -> ClusterEngine:
    """12,000 tiny articles in three shards."""
    articles = [
        Article(
            f"War {number % 7}",
            "short text " * (number % 3 + 1),
            id=f"d{number * 7919 % 12_000:05d}",
            published=f"20{number % 20 + 10}-05-0{number % 9 + 1}" if number % 5 else None,
            source=f"s{number % 4}",
        )
        for number in range(12_000)
    ]
    return make(articles, shards=3)[0]


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
def test_pages_beyond_what_a_cluster_gives_by_number_join(deep: ClusterEngine, sort: Sort) -> None:
    """Pages from 9,000 on, of any length and in any sequence, hold each match once, in the order of one long walk."""
    request = SearchRequest(Or((Word("war"), Word("3"))), sort=sort, snippets=False, facets=False)
    whole = deep.search(request._replace(limit=12_000))
    ids = [hit.id for hit in whole.hits]
    assert whole.total == len(set(ids)) == 12_000
    deep.close()
    for offset, limit in ((11_990, 10), (9_000, 1_500), (10_500, 10), (10_510, 10), (10_000, 2_500), (9_995, 10), (11_999, 5)):
        found = deep.search(request._replace(offset=offset, limit=limit))
        assert [hit.id for hit in found.hits] == ids[offset : offset + limit], (offset, limit)
        assert found.total == 12_000
    beyond = deep.search(request._replace(offset=50_000))
    assert (beyond.total, beyond.hits) == (12_000, ())


def test_deep_pages_have_the_facets_and_texts_of_any_page(deep: ClusterEngine) -> None:
    """Total, facets and snippets of a page beyond 10,000 are those of the first, under filters too."""
    request = SearchRequest(Word("war"), sources=("s1", "s2", "s3"), after=START - timedelta(days=365 * 30))
    first = deep.search(request)
    last = deep.search(request._replace(offset=first.total - 3, limit=10_003))
    assert (last.total, last.facets, len(last.hits)) == (first.total, first.facets, 3)
    everything = deep.search(SearchRequest(Word("war"), offset=11_000, limit=2))
    assert everything.facets == deep.search(SearchRequest(Word("war"))).facets
    assert all(hit.snippets and hit.title_marks for hit in everything.hits)


def test_deep_pages_begin_where_the_last_one_ended(deep: ClusterEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next page of the same search is one request; another search walks anew; a point in time that is gone is made anew."""
    deep.close()
    asked: list[Any] = []
    search = PointInTime.search

    def counted(self: PointInTime, *request: Any) -> Any:
        asked.append(request)
        return search(self, *request)

    monkeypatch.setattr(PointInTime, "search", counted)
    request = SearchRequest(Word("war"), limit=20, snippets=False, facets=False)
    pages = [deep.search(request._replace(offset=offset)).hits for offset in (11_000, 11_020, 11_040)]
    assert len(asked) == 3 + 2  # to 10,000, to 11,000, and a page each
    monkeypatch.undo()
    for walk in opened_walks(deep):
        walk.point.close()
    again = [deep.search(request._replace(offset=offset)).hits for offset in (11_040, 11_020, 11_000)]
    assert again == pages[::-1]


def opened_walks(engine: ClusterEngine) -> list[Any]:
    assert engine._opened is not None
    return list(engine._opened.deep._walks.values())


def test_points_in_time_are_few_and_closed(deep: ClusterEngine) -> None:
    """As many searches as are paged through, no more than a handful of points in time is open, none after the engine closed."""
    opened = [deep.search(SearchRequest(Word("war", boost=1 + i), offset=11_000, snippets=False)) for i in range(12)]
    assert len({result.total for result in opened}) == 1
    walks = opened_walks(deep)
    assert len(walks) == paging._KEPT_WALKS
    deep.close()
    assert all(walk.point.search({"query": {"match_all": {}}}) is None for walk in walks)


def test_ids_are_streamed_beyond_the_window(deep: ClusterEngine) -> None:
    """`articles` gives every id once, ascending, though the cluster forgets the point in time on the way."""
    stream = deep.articles(Word("war"))
    ids = [next(stream) for _ in range(20)]
    deep._connection.request("DELETE", "/_search/point_in_time/_all")
    ids += stream
    assert ids == [f"d{number:05d}" for number in range(12_000)]


def test_ids_longer_than_a_keyword_are_streamed_too(make: Callable[..., Made]) -> None:
    """An id that the cluster cannot sort by is given with the others, last."""
    long = ["é" * 8_191 + str(number) for number in range(3)]
    articles = [Article("War", "text", id=one) for one in ("b", *long, "a")]
    engine, _ = make(articles)
    found = list(engine.articles(Word("war")))
    assert found[:2] == ["a", "b"]
    assert sorted(found[2:]) == sorted(long)
