"""ClusterStore: what it gives back of what was stored, what it deletes, what a copy of an archive carries over."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from index.article import Article
from index.cluster.settings import ClusterSettings
from index.cluster.store import ClusterStore
from index.errors import IndexDamaged, IndexMissing
from index.ingest import ingest
from index.pages.page import Reading
from index.store import ArticleStore, Record
from tests.stores import STORES, AnyStore, cluster_store, opened_store, state_of

pytestmark = pytest.mark.cluster

SOURCES = ["Post", "POST ", "Café", "Cafe", "St. John's", "St John s", "新聞", None, "!!!", "…", "ΣΊΣΥΦΟΣ", "σίσυφος", "x" * 600]
DATES = [
    ("2025-05-26", "day"),
    ("2025-05-26T23:59:59Z", "minute"),
    ("2025-05-27", "day"),
    ("2025-05-27T00:00:00Z", "minute"),
    ("2025-05-27T00:00:01Z", "minute"),
    ("2025-05-01", "month"),
    ("0987-01-01", "day"),
    (None, "unknown"),
]


def article(number: int, **fields: object) -> Article:
    story = Article(f"Story number {number} about the harbor", f"word{number} ferry{number} council{number} " * 30)
    return dataclasses.replace(story, **fields)  # type: ignore[arg-type]


def lines(*articles: Article) -> list[Reading]:
    return [Reading("", number, (each,)) for number, each in enumerate(articles, start=1)]


@pytest.fixture
def on_cluster(cluster_settings: ClusterSettings) -> Iterator[ClusterStore]:
    with cluster_store(cluster_settings) as store:
        yield store


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[ArticleStore]:
    with ArticleStore.open(tmp_path / "articles.sqlite3") as store:
        yield store


@pytest.fixture(params=STORES)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyStore]:
    with opened_store(request, tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    "read",
    [
        ClusterStore.count,
        ClusterStore.summary,
        lambda store: list(store.ids()),
        lambda store: list(store.iter_articles()),
        lambda store: list(store.records()),
        lambda store: store.select(source="Post"),
        lambda store: store.get("1"),
        lambda store: list(store.get_many(["1"])),
        lambda store: store.delete(["1"]),
    ],
    ids=["count", "summary", "ids", "articles", "records", "select", "get", "get_many", "delete"],
)
def test_a_store_that_is_not_there_says_so(on_cluster: ClusterStore, read: Callable[[ClusterStore], object]) -> None:
    """What is read or deleted where there is no index, perhaps since it was deleted under a server, is IndexMissing and not an
    archive without articles; it makes nothing on the cluster.
    """
    with pytest.raises(IndexMissing, match="ingest"):
        read(on_cluster)
    assert on_cluster._index.generations() == {}


def test_nothing_was_seen_before_the_first_ingest(on_cluster: ClusterStore) -> None:
    """No path is known where nothing was ever remembered, and asking makes nothing on the cluster."""
    assert on_cluster.paths_seen(["a"]) == set()
    assert on_cluster._index.generations() == {}


def test_all_that_was_stored_comes_back(on_cluster: ClusterStore) -> None:
    """Every field of an article is given back as it was, by id, in a list, and in the order asked for."""
    full = Article(
        "Ferry “late”: 渡輪 ",
        "Text\nwith lines, \u2028 and 🎈 signs.",
        id="a/b ?%#",
        url="https://a.example/1?x=1",
        source="Post",
        author="A. Writer",
        published="2025-05-27T08:30:00Z",
        published_precision="minute",
        published_origin="relative",
        tags=("b", "a"),
        lang="en",
        role="related",
        seen_on=("p", "q"),
    )
    plain = Article("Other", "body", id="z" * 600)
    longest = Article("Third", "body", id="y" * 9000)
    hashed = Article("Fourth", "body", id="sha256:" + "0" * 64)
    kept = [full, hashed, longest, plain]
    assert ingest(on_cluster, lines(*reversed(kept))).new == 4
    assert [on_cluster.get(each.id or "") for each in kept] == kept
    assert list(on_cluster.iter_articles()) == kept
    assert list(on_cluster.ids()) == [each.id for each in kept]
    assert list(on_cluster.get_many([plain.id or "", "none", full.id or "", plain.id or ""])) == [plain, full, plain]
    assert ingest(on_cluster, lines(*kept)).unchanged == 4


def test_select_and_summary_are_those_of_the_store_in_a_file(on_cluster: ClusterStore, in_file: ArticleStore) -> None:
    """Sources are told apart as there, however printed, dates compared as there, and the numbers are exact."""
    kept = [
        article(10 * s + d, id=f"{s}-{d}", source=source, published=published, published_precision=precision)
        for s, source in enumerate(SOURCES)
        for d, (published, precision) in enumerate(DATES)
    ]
    for store in (on_cluster, in_file):
        assert ingest(store, lines(*kept)).new == len(kept)
    assert on_cluster.summary() == in_file.summary()
    assert on_cluster.count() == in_file.count() == len(kept)
    for source in [*SOURCES, "post", "cafe", "none such", "st john's"]:
        assert on_cluster.select(source=source) == in_file.select(source=source), source
    for day in ("2025-05-26", "2025-05-27", "2025-05-27T00:00:01", "2025-05-27T00:00:01.500000", "0987-01-02", "0001-01-01"):
        before = datetime.fromisoformat(day).replace(tzinfo=timezone.utc)
        assert on_cluster.select(before=before) == in_file.select(before=before), day
        assert on_cluster.select(source="Café", before=before) == in_file.select(source="Café", before=before)


def test_a_listing_is_of_one_moment(on_cluster: ClusterStore) -> None:
    """A listing that was begun goes on as things were, over many pages, while articles are stored, changed and deleted."""
    kept = [article(number, id=f"{number:03}") for number in range(450)]
    ingest(on_cluster, lines(*kept))
    listing = on_cluster.iter_articles()
    first = next(listing)
    on_cluster.delete(["001", "449"])
    ingest(on_cluster, lines(article(7, id="0005"), article(9, id="300")))
    assert [first, *listing] == kept
    assert on_cluster.count() == 449


def test_deleting_counts_what_there_was(on_cluster: ClusterStore) -> None:
    """Ids that there are not, or twice, do not count; what was deleted is gone for every read, and comes back if stored."""
    ingest(on_cluster, lines(*(article(number, id=str(number)) for number in range(5))))
    assert on_cluster.delete(["1", "none", "3", "1"]) == 2
    assert (list(on_cluster.ids()), on_cluster.get("1"), on_cluster.count()) == (["0", "2", "4"], None, 3)
    assert on_cluster.delete(["1"]) == 0
    assert on_cluster.merge(article(1, id="1")).outcome == "new"
    assert list(on_cluster.ids()) == ["0", "1", "2", "4"]


def test_one_source_of_very_many_copies(on_cluster: ClusterStore) -> None:
    """Very many articles of one opening and title are kept apart, and a copy without an id still finds the one of its words."""
    opening = "the market opened with no great change in any of its parts "
    kept = [Article("Market report of the day", f"{opening} {number} " * 20, id=f"{number:03}") for number in range(150)]
    ingest(on_cluster, lines(*kept))
    assert on_cluster.merge(dataclasses.replace(kept[40], id=None, seen_on=("p",))).article_id == "040"
    assert on_cluster.merge(Article("Market report of the day", f"{opening} 999 " * 20)).outcome == "new"


def filled(store: AnyStore) -> list[Article]:
    """Owned and nameless articles, with a variant, as an archive has them."""
    owned = [article(number, id=f"own-{number}") for number in range(5)]
    nameless = [article(number, seen_on=(f"/{number}.html",)) for number in range(10, 15)]
    longer = article(10, body=article(10).body + "and so on", seen_on=("/longer.html",))
    captured = datetime(2025, 5, 27, tzinfo=timezone.utc)
    ingest(store, [Reading(each.seen_on[0], None, (each,), f"d{each.seen_on[0]}", captured) for each in [*nameless, longer]])
    ingest(store, lines(*owned, article(3, seen_on=("/copy.html",))))
    return list(store.iter_articles())


@pytest.mark.parametrize("direction", ["from a file", "from a cluster"])
def test_a_copy_holds_all_that_is_known(
    target: AnyStore, on_cluster: ClusterStore, in_file: ArticleStore, direction: str
) -> None:
    """A copy has the same articles, owners and joins: what was unchanged before is so in the copy. Copied again, nothing is
    written; what changed at its origin since is carried over.
    """
    origin: AnyStore = in_file if direction == "from a file" else on_cluster
    if origin is on_cluster and isinstance(target, ClusterStore):
        target = in_file  # both parameters would be one index
    articles = filled(origin)
    records = list(origin.records())
    assert [record.article for record in records] == articles == sorted(articles, key=lambda each: each.id or "")
    assert sum(len(record.variants) for record in records) == 1
    assert target.put_records(iter(records)) == len(articles)
    assert (list(target.iter_articles()), list(target.records())) == (articles, records)
    before = state_of(target)
    assert (target.put_records(records), state_of(target)) == (0, before)

    assert ingest(target, lines(*(article(number, id=f"own-{number}") for number in range(5)))).unchanged == 5
    assert ingest(target, lines(article(10), article(12), article(3))).unchanged == 3

    ingest(origin, lines(article(77, id="own-2"), article(78)))
    assert target.put_records(origin.records()) == 2
    assert target.get("own-2") == article(77, id="own-2")
    assert list(target.iter_articles()) == list(origin.iter_articles())


def test_a_copy_goes_on_where_it_was_stopped(target: AnyStore) -> None:
    """What was copied before the origin failed stays, and the rest is copied by the same call again."""
    records = [Record(article(number, id=f"{number:04}", body=f"Ferry {number}."), None, None, ()) for number in range(1200)]

    def failing() -> Iterator[Record]:
        yield from records[:700]
        raise OSError("the origin went away")

    with pytest.raises(OSError, match="went away"):
        target.put_records(failing())
    kept = target.count()
    assert 0 < kept <= 700
    assert target.put_records(records) == 1200 - kept
    assert list(target.ids()) == [record.article.id for record in records]


@pytest.mark.parametrize("article_id", ["a/b", "..", ".", "_search", "a%2Fb", "a,b", "*", "sha256:x", "x" * 600, "é\n"])
def test_any_id_is_an_id(on_cluster: ClusterStore, article_id: str) -> None:
    """Ids that mean something in a path, or are too long for a cluster, find their article and no other."""
    kept = article(1, id=article_id)
    ingest(on_cluster, lines(kept, article(2, id="another")))

    assert (on_cluster.get(article_id), list(on_cluster.get_many([article_id]))) == (kept, [kept])
    assert ingest(on_cluster, lines(kept)).unchanged == 1
    assert (on_cluster.delete([article_id]), list(on_cluster.ids())) == (1, ["another"])


def test_half_a_surrogate_pair_is_no_id(on_cluster: ClusterStore) -> None:
    """What no article can be called finds nothing, and not the article whose id it would be if it were repaired."""
    ingest(on_cluster, lines(article(1, id="?")))

    assert (on_cluster.get("\ud800"), list(on_cluster.get_many(["\ud800"])), on_cluster.delete(["\ud800"])) == (None, [], 0)


def test_what_is_no_article_is_told_and_can_be_deleted(on_cluster: ClusterStore) -> None:
    """A document of another client's that is no article is named by the error, and deleted by that name."""
    ingest(on_cluster, lines(article(1, id="1")))
    on_cluster._connection.request("PUT", f"/{on_cluster._index.name}/_doc/strange", body={"body": "text"})

    with pytest.raises(IndexDamaged, match="strange"):
        list(on_cluster.ids())
    assert on_cluster.delete(["strange"]) == 1
    assert list(on_cluster.ids()) == ["1"]


def test_archives_whose_names_begin_alike(cluster_settings: ClusterSettings) -> None:
    """An archive never meets the indexes of another whose name begins with its own: not in rebuilds, nor in its health."""
    names = [cluster_settings.name, f"{cluster_settings.name}-2", f"{cluster_settings.name}-02"]
    for number, name in enumerate(names, start=1):
        with cluster_store(dataclasses.replace(cluster_settings, name=name)) as store:
            page = Reading("page.html", None, (article(number, id=str(number)),), digest=f"{number}")
            ingest(store, [page])
            store._index.rebuild()
    with cluster_store(cluster_settings) as store:
        mine = {f"{names[0]}-000001", f"{names[0]}-000002", f"{names[0]}-pages"}
        assert set(store._connection.health()["indices"]) == mine
        assert store._index.drop_old() == (f"{names[0]}-000001",)
        assert store._index.problems(deep=True) == []
    for number, name in enumerate(names, start=1):
        with cluster_store(dataclasses.replace(cluster_settings, name=name)) as store:
            assert list(store.ids()) == [str(number)]
            assert list(store._index.generations()) == ([2] if number == 1 else [1, 2])


def test_what_is_known_of_pages_is_checked_too(on_cluster: ClusterStore) -> None:
    """Copies of the memories of pages that are away are told, as those of articles are."""
    ingest(on_cluster, [Reading("page.html", None, (article(1, id="1"),), digest="1")])
    pages = f"{on_cluster._index.name}-pages"
    on_cluster._connection.request("PUT", f"/{pages}/_settings", body={"index.number_of_replicas": 9})

    # The index of the articles is so young that its own copies may still be on their way.
    assert [problem.what[:8] for problem in on_cluster._index.problems() if problem.file == pages] == ["yellow: "]
