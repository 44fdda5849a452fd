"""Archive: the life of an archive from Python, and what a search gives back."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import searcher
from searcher.config import Config, RankingConfig
from searcher.query import And, Phrase, Word
from tests import invented
from tests.cluster.nodes import Cluster
from tests.engines import ENGINES, configured


@pytest.fixture(params=ENGINES)
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Config]:
    """Settings of an empty archive of either engine."""
    with configured(request, tmp_path) as config:
        yield config


@pytest.fixture
def archive(config: Config) -> Iterator[searcher.Archive]:
    with searcher.open(config) as archive:
        archive.add(invented.articles(120))
        yield archive


def ids(result: searcher.SearchResult) -> list[str]:
    return [hit.id for hit in result.hits]


def test_a_new_directory_is_made_and_empty(tmp_path: Path) -> None:
    """Opening makes the directory; with nothing in it stats count nothing and a search says that there is no index."""
    with searcher.open(tmp_path / "new" / "var") as archive:
        assert archive.stats().articles == 0
        assert archive.stats().index is None
        with pytest.raises(searcher.IndexMissing, match="searcher ingest"):
            archive.search("anything")


def test_a_cluster_without_an_index_says_so(cluster: Cluster, cluster_config: Config) -> None:
    """Stats count nothing; whatever else is asked says that there is no index, and none is made by that, nor a data directory."""
    with searcher.open(cluster_config) as archive:
        assert archive.stats().articles == 0
        assert archive.stats().index is None
        assert archive.stats().cluster is not None
        with pytest.raises(searcher.IndexMissing, match="ingest"):
            archive.search("anything")
        for ask in (lambda: archive.article("x1"), lambda: list(archive.export()), lambda: archive.delete(["x1"])):
            with pytest.raises(searcher.IndexMissing, match="ingest"):
                ask()
        assert archive.stats().index is None
    assert not cluster_config.data.exists()


def test_added_articles_are_found_and_shown(archive: searcher.Archive) -> None:
    """What was added can be searched, fetched by id, and counts in stats."""
    archive.add([{"id": "x1", "title": "A walrus in town", "text": "The walrus sleeps.", "date": "2025-05-27"}])

    assert ids(archive.search("walrus")) == ["x1"]
    assert archive.article("x1").published == "2025-05-27"
    assert archive.stats().articles == archive.stats().index.articles == 121
    with pytest.raises(searcher.ArticleNotFound, match="nobody"):
        archive.article("nobody")


def test_an_article_that_is_none_is_named(archive: searcher.Archive) -> None:
    """A mapping without body is an error that says which one; the others are kept and found."""
    with pytest.raises(searcher.ArticleError, match="article 2: .*body"):
        archive.add([{"id": "a", "title": "t", "body": "walrus"}, {"title": "t"}, {"id": "b", "title": "t", "body": "walrus"}])

    assert sorted(ids(archive.search("walrus"))) == ["a", "b"]


def test_an_update_replaces_and_a_delete_removes(archive: searcher.Archive) -> None:
    """The same id with another text answers by the new text only; a deleted article answers no more."""
    archive.add([{"id": "x1", "title": "t", "body": "walrus"}])
    archive.add([{"id": "x1", "title": "t", "body": "narwhal"}])
    assert ids(archive.search("walrus")) == []
    assert ids(archive.search("narwhal")) == ["x1"]

    assert archive.delete(["x1", "nobody"]) == 1
    assert ids(archive.search("narwhal")) == []


def test_rebuild_answers_as_the_index_it_replaces(archive: searcher.Archive) -> None:
    """A rebuilt index finds the same in the same order, under a higher generation."""
    before = {query: ids(archive.search(query, limit=200)) for query in ("visit", "us strike", '"state visit"', "-putin")}
    generation = archive.stats().index.generation
    report = archive.rebuild()

    assert {query: ids(archive.search(query, limit=200)) for query in before} == before
    assert report.generation == archive.search("visit").generation > generation


def test_an_open_archive_sees_what_another_writes(config: Config) -> None:
    """A reader opened before an update or rebuild answers from the new generation, without reopening."""
    with searcher.open(config) as writer, searcher.open(config) as reader:
        writer.add([{"id": "1", "title": "t", "body": "walrus"}])
        assert ids(reader.search("walrus")) == ["1"]
        writer.add([{"id": "2", "title": "t", "body": "walrus"}])
        assert sorted(ids(reader.search("walrus"))) == ["1", "2"]
        writer.rebuild()
        assert sorted(ids(reader.search("walrus"))) == ["1", "2"]
        assert reader.search("walrus").generation == writer.stats().index.generation


def test_pages_partition_the_hits(archive: searcher.Archive) -> None:
    """Pages of any size put together are the whole list, without gaps or repeats, in every sort order."""
    for sort in ("relevance", "newest", "oldest"):
        whole = archive.search("us OR visit", limit=1000, sort=sort)
        pages = [archive.search("us OR visit", limit=7, page=page, sort=sort) for page in range(1, 30)]

        assert [i for page in pages for i in ids(page)] == ids(whole)
        assert pages[0].pages == -(-whole.total // 7)


def test_sort_orders(archive: searcher.Archive) -> None:
    """Newest and oldest go by date with undated articles last, ties by id."""
    newest = archive.search("", limit=1000, sort="newest").hits
    oldest = archive.search("", limit=1000, sort="oldest").hits

    assert [(h.published, h.id) for h in newest if h.published] == sorted(
        ((h.published, h.id) for h in newest if h.published), key=lambda pair: (-int(pair[0].replace("-", "")), pair[1])
    )
    assert [(h.published, h.id) for h in oldest if h.published] == sorted((h.published, h.id) for h in oldest if h.published)
    for hits in (newest, oldest):
        undated = [h.published is None for h in hits]
        assert undated == sorted(undated)


def test_facets_count_what_is_there(archive: searcher.Archive) -> None:
    """Facets are the counts of the matches by source and month; each leaves its own filter out."""
    matching = [archive.article(i) for i in ids(archive.search("visit", limit=1000))]
    facets = archive.search("visit").facets
    assert {v.value: v.count for v in facets.source} == Counter(a.source for a in matching)
    assert {v.value: v.count for v in facets.month} == Counter(a.published and a.published[:7] for a in matching)

    filtered = archive.search("visit", sources=["Harbor Times"], after="2025-06")
    late = [a for a in matching if a.published and a.published >= "2025-06"]
    assert filtered.total == sum(a.source == "Harbor Times" for a in late)
    assert {v.value: v.count for v in filtered.facets.source} == Counter(a.source for a in late)
    assert {v.value: v.count for v in filtered.facets.month} == Counter(
        a.published and a.published[:7] for a in matching if a.source == "Harbor Times"
    )


def test_filters_are_inclusive(archive: searcher.Archive) -> None:
    """After and before include the named day, month or year; text, date and the query's own words agree."""
    expected = {a.id for a in invented.articles(120) if a.published and "2025-03-01" <= a.published <= "2025-05-31"}

    assert set(ids(archive.search("", limit=1000, after="2025-03", before="2025-05"))) == expected
    assert set(ids(archive.search("", limit=1000, after=date(2025, 3, 1), before=date(2025, 5, 31)))) == expected
    assert set(ids(archive.search("date:2025-03..2025-05", limit=1000))) == expected
    assert set(ids(archive.search("after:2025-03 before:2025-05", limit=1000))) == expected


def test_a_source_alias_stands_for_its_source(config: Config) -> None:
    """An alias from the configuration works in the query and in the filter."""
    with searcher.open(dataclasses.replace(config, sources=(("ht", "Harbor Times"),))) as archive:
        archive.add(invented.articles(30))
        named = ids(archive.search('source:"Harbor Times"', limit=100))

        assert named
        assert ids(archive.search("source:HT", limit=100)) == named == ids(archive.search("", sources=["ht"], limit=100))


@pytest.mark.parametrize("bad", [{"limit": 0}, {"page": 0}, {"sort": "best"}, {"after": "someday"}, {"before": "2025-13"}])
def test_bad_requests_are_refused(archive: searcher.Archive, bad: dict[str, object]) -> None:
    """A request out of range is an error that names what was given."""
    with pytest.raises(searcher.RequestError, match=str(next(iter(bad.values())))):
        archive.search("visit", **bad)


def test_a_page_beyond_the_last_is_empty(archive: searcher.Archive) -> None:
    """Not the last page again, as stock Whoosh would have it."""
    result = archive.search("visit", page=1000)

    assert result.total > 0
    assert result.hits == ()


def test_a_tree_is_asked_as_its_text(archive: searcher.Archive) -> None:
    """Search takes a query tree; the text it is read as asks for the same."""
    result = archive.search(And((Word("us"), Phrase("state visit"))), limit=100)

    assert ids(result) == ids(archive.search('us AND "state visit"', limit=100))
    assert ids(archive.search(result.interpreted, limit=100)) == ids(result)


def test_cached_results_end_with_their_generation(archive: searcher.Archive) -> None:
    """A result asked for twice is the same; after an update it is made anew."""
    first = archive.search("walrus")
    assert archive.search("walrus").total == first.total == 0
    archive.add([{"id": "x1", "title": "t", "body": "walrus"}])

    assert archive.search("walrus").total == 1


def test_changed_settings_ask_for_a_rebuild(config: Config) -> None:
    """With other weights the old index still answers, changes are refused with what to do, and rebuild cures it."""
    with searcher.open(config) as archive:
        archive.add(invented.articles(10))
    with searcher.open(dataclasses.replace(config, ranking=RankingConfig(title=9.0))) as archive:
        assert archive.search("us").total > 0
        with pytest.raises(searcher.IndexOutdated, match="searcher rebuild"):
            archive.add([{"id": "x1", "title": "t", "body": "walrus"}])
        assert archive.search("walrus").total == 0
        archive.rebuild()
        archive.add([{"id": "x1", "title": "t", "body": "walrus"}])

        assert archive.search("walrus").total == 1


def test_threads_share_an_archive(archive: searcher.Archive) -> None:
    """Searches of many threads beside a writing one all answer right, each from one generation."""
    expected = archive.search("us", limit=1000, facets=False).total
    failures: list[object] = []

    def search() -> None:
        for _ in range(20):
            result = archive.search("us", limit=1000, snippets=False)
            if not result.total == len(result.hits) >= expected:
                failures.append(result.total)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(5):
        archive.add([{"id": f"new{number}", "title": "t", "body": "us"}])
    for thread in threads:
        thread.join()

    assert failures == []
    assert archive.search("us", limit=1000).total == expected + 5


def test_export_gives_everything_or_what_matches(archive: searcher.Archive, tmp_path: Path) -> None:
    """What was exported and added to another archive is the same archive."""
    everything = list(archive.export())
    with searcher.open(tmp_path / "copy") as copy:
        copy.add(everything)
        assert list(copy.export()) == everything

    assert {a.id for a in archive.export("visit")} == set(ids(archive.search("visit", limit=1000)))


def test_marks_of_an_article(archive: searcher.Archive) -> None:
    """The article page marks what the hit marked, in title and body, also for a relaxed query."""
    archive.add([{"id": "x1", "title": "Walrus in town", "body": "A walrus sleeps. The walruses swim."}])
    article = archive.article("x1")
    title, body = archive.marks(article, "walrus unheard-of")

    assert [article.title[s:e] for s, e in title] == ["Walrus"]
    assert [article.body[s:e] for s, e in body] == ["walrus", "walruses"]


def test_an_index_without_articles_finds_nothing(config: Config) -> None:
    """An archive that lost its last article, or never had one, answers every question with nothing."""
    with searcher.open(config) as archive:
        archive.add([{"id": "x1", "title": "t", "body": "walrus"}])
        archive.delete(["x1"])
        archive.rebuild()

        assert archive.search("walrus").total == archive.search("").total == 0
        assert list(archive.export("walrus")) == []
        assert archive.check(deep=True).ok


def test_repeated_words_count_and_cost_little(archive: searcher.Archive) -> None:
    """A word written twice counts twice in the score, and two hundred times finds what it finds once."""
    once, twice = archive.search("us").hits[0].score, archive.search("us OR us").hits[0].score
    assert twice == pytest.approx(2 * once)
    assert archive.search("us " * 200).total == archive.search("us").total


def test_one_source_may_be_given_as_text(archive: searcher.Archive) -> None:
    """A text is one source, not a list of letters."""
    assert archive.search("", sources="Harbor Times").total == archive.search("", sources=["Harbor Times"]).total > 0


def test_marks_of_a_branch_that_does_not_hold(archive: searcher.Archive) -> None:
    """A branch of OR that fails by what it excludes, or by its date, marks nothing."""
    archive.add([{"id": "x1", "title": "t", "body": "apple banana cherry", "date": "2025-05-27"}])
    for query in ("apple OR (banana NOT (cherry OR foo))", "apple OR (banana NOT cher*)", "apple OR (banana date:2024)"):
        _, body = archive.marks(archive.article("x1"), query)
        assert body == ((0, 5),), query


def test_a_closed_archive_stays_closed(archive: searcher.Archive, tmp_path: Path) -> None:
    """After close nothing is opened again, used before or not."""
    unused = searcher.open(tmp_path / "var")
    for closed in (archive, unused):
        closed.close()
        with pytest.raises(searcher.StoreError, match="closed"):
            closed.article("x1")
