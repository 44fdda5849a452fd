"""The store on a cluster joins what the store in a file joins: same articles in, same outcomes, same articles kept."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article import Article
from index.cluster.settings import ClusterSettings
from index.cluster.store import ClusterStore
from index.ingest import ingest
from index.pages.page import Reading
from index.store import ArticleStore, Merged, Offered, Record, Sealed, Store, StoreBatch, seal
from tests.stores import cluster_store

pytestmark = pytest.mark.cluster

WORDS = ["harbor", "council", "ferry", "budget", "engineer", "bridge", "storm", "mayor", "ticket", "school", "river", "crane"]
STORIES = [" ".join(f"{word}{number}" for number in range(8) for word in WORDS[story:]) for story in range(3)]
EDITED = [story.replace("ferry3", "ship") for story in STORIES]
TIMES = [None, datetime(2025, 5, 1, tzinfo=timezone.utc), datetime(2025, 5, 2, tzinfo=timezone.utc)]

_bodies = st.builds(lambda text, cut: text[:cut], st.sampled_from(STORIES + EDITED), st.sampled_from([40, 300, 500, 2000]))
articles = st.builds(
    Article,
    title=st.sampled_from(["The harbor ferry is late", "A market opens on Saturday", "News"]),
    body=_bodies,
    id=st.sampled_from([None, None, None, "1", "2"]),
    url=st.sampled_from([None, None, "https://a.example/1", "https://a.example/2"]),
    source=st.sampled_from([None, "Post", "Coast Times"]),
    seen_on=st.sampled_from([(), ("p",), ("q",)]),
)
captured_articles = st.tuples(articles, st.sampled_from(TIMES))


@pytest.fixture
def on_cluster(cluster_settings: ClusterSettings) -> Iterator[ClusterStore]:
    with cluster_store(cluster_settings) as store:
        store._index.ensure()
        yield store


def stored(store: Store, batch: Sequence[tuple[Article, datetime | None]]) -> list[Merged]:
    sealed = [(seal(article), captured) for article, captured in batch]

    def work(inside: StoreBatch) -> list[Merged]:
        return [inside.merge(each, captured=captured) for each, captured in sealed]

    return store.transact(work, [offered(each) for each, _ in sealed])


def offered(each: Sealed) -> Offered:
    return Offered("", "", None, None, known=False, content=None, articles=(each,))


def emptied(store: ClusterStore) -> None:
    store.delete(list(store.ids()))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(captured_articles, max_size=6), max_size=4))
def test_both_stores_join_alike(on_cluster: ClusterStore, batches: list[list[tuple[Article, datetime | None]]]) -> None:
    """For any batches of articles with and without ids, copies, cut ones and versions under one address, both stores tell the
    same outcomes and keep the same articles, with the same owners and times of capture.
    """
    emptied(on_cluster)
    with tempfile.TemporaryDirectory() as folder, ArticleStore.open(Path(folder) / "articles.sqlite3") as in_file:
        for batch in batches:
            assert stored(on_cluster, batch) == stored(in_file, batch)
        assert list(on_cluster.iter_articles()) == list(in_file.iter_articles())
        assert [core(record) for record in on_cluster.records()] == [core(record) for record in in_file.records()]


def core(record: Record) -> tuple[Article, str | None, str | None]:
    return record.article, record.given, record.captured


_pages = st.builds(
    lambda path, digest, cleaning, captured, found: Reading(
        path,
        None,
        tuple(dataclasses.replace(each, id=None, seen_on=(path,)) for each in found),
        digest,
        captured,
        cleaning=cleaning,
    ),
    st.sampled_from(["/a.html", "/b.html"]),
    st.sampled_from(["d1", "d2"]),
    st.sampled_from(["", "r1", "r2"]),
    st.sampled_from(TIMES[1:]),
    st.lists(articles, max_size=3),
)
_lines = st.builds(
    lambda line, each: Reading("/news.jsonl", line, (each,)), st.integers(1, 3), articles.filter(lambda each: each.id is not None)
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.lists(_pages | _lines, max_size=4), st.sampled_from(TIMES)), max_size=4))
def test_both_stores_ingest_alike(on_cluster: ClusterStore, ingests: list[tuple[list[Reading], datetime | None]]) -> None:
    """Pages that come again, changed, or cleaned by other rules, and lines of a file, are counted and kept alike."""
    emptied(on_cluster)
    if on_cluster._connection.request("HEAD", f"/{on_cluster._pages.name}", missing_ok=True):
        on_cluster._connection.request("DELETE", f"/{on_cluster._pages.name}")
    with tempfile.TemporaryDirectory() as folder, ArticleStore.open(Path(folder) / "articles.sqlite3") as in_file:
        for readings, captured in ingests:
            reports = [ingest(store, readings, captured=captured) for store in (on_cluster, in_file)]
            assert reports[0] == reports[1]
        assert list(on_cluster.iter_articles()) == list(in_file.iter_articles())
