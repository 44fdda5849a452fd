"""Ingest from many machines at once, kills and faults on the way: every article is kept once, with all pages it was seen on."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.article import Article
from index.cluster.settings import ClusterSettings
from index.errors import ArchiveBusy, ArticleError, ClusterUnavailable
from index.ingest import IngestReport, ingest
from index.pages.page import Reading
from index.store import Offered, StoreBatch, seal
from tests.cluster.proxy import Answer, Fault, Proxy
from tests.stores import cluster_store, problems_of

pytestmark = pytest.mark.cluster

MakeProxy = Callable[..., Proxy]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def cluster_settings(copied_settings: ClusterSettings) -> ClusterSettings:
    """Each shard is kept twice, as reads may be answered by either copy."""
    return copied_settings


def article(number: int, **fields: object) -> Article:
    story = Article(f"Story number {number} about the harbor", f"word{number} ferry{number} council{number} " * 30)
    return dataclasses.replace(story, **fields)  # type: ignore[arg-type]


def page(path: str, *articles: Article) -> Reading:
    return Reading(path, None, tuple(dataclasses.replace(each, seen_on=(path,)) for each in articles), digest=f"digest of {path}")


def lines(*articles: Article, path: str = "news.jsonl") -> list[Reading]:
    return [Reading(path, number, (each,)) for number, each in enumerate(articles, start=1)]


def total(reports: list[IngestReport]) -> tuple[int, int]:
    """Articles that someone found new, and all that were offered."""
    assert all(each.articles == each.new + each.updated + each.unchanged + each.duplicates for each in reports)
    return sum(each.new for each in reports), sum(each.articles for each in reports)


def at_once(settings: ClusterSettings, work: list[list[Reading]], batch_size: int) -> list[IngestReport]:
    """Each list is ingested by a machine of its own: a thread with its own connection and store."""
    start = threading.Barrier(len(work))

    def one(readings: list[Reading]) -> IngestReport:
        with cluster_store(settings) as store:
            start.wait(60)
            return ingest(store, readings, batch_size=batch_size)

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(one, work))


@pytest.mark.parametrize("machines", [2, 4])
def test_machines_that_bring_the_same_articles_at_once(cluster_settings: ClusterSettings, machines: int) -> None:
    """Every article is new to exactly one of them, kept once, and seen on the pages of all."""
    numbers = list(range(60))
    work = []
    for machine in range(machines):
        random.Random(machine).shuffle(numbers)
        work.append([page(f"/{machine}/{number}.html", article(number)) for number in numbers])
    reports = at_once(cluster_settings, work, batch_size=25)
    assert total(reports) == (60, 60 * machines)
    with cluster_store(cluster_settings) as store:
        kept = {each.title: each.seen_on for each in store.iter_articles()}
        expected = {article(n).title: tuple(f"/{machine}/{n}.html" for machine in range(machines)) for n in range(60)}
        assert (store.count(), kept) == (60, expected)
        assert [counts_of(ingest(store, readings)) for readings in work] == [(0, 0, 60, 0)] * machines
        assert problems_of(store) == []


def counts_of(report: IngestReport) -> tuple[int, int, int, int]:
    return report.new, report.updated, report.unchanged, report.duplicates


def test_machines_that_bring_articles_with_ids_at_once(cluster_settings: ClusterSettings) -> None:
    """The same file from three machines: each article is new to one of them and unchanged to the others; versions that differ
    end as one of them.
    """
    same = lines(*(article(number, id=str(number)) for number in range(90)))
    versions = [lines(*(article(number, id=f"v{number}", author=name) for number in range(30))) for name in ("A", "B", "C")]
    reports = at_once(cluster_settings, [same + each for each in versions], batch_size=40)
    with cluster_store(cluster_settings) as store:
        kept = {each.id: each for each in store.iter_articles()}
    assert len(kept) == 120
    assert all(kept[str(number)] == article(number, id=str(number)) for number in range(90))
    assert all(kept[f"v{number}"].author in ("A", "B", "C") for number in range(30))
    assert sum(each.new for each in reports) == 120


def test_a_writer_that_is_always_too_late_says_so(cluster_settings: ClusterSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another writer changes the article after every read, the batch ends in ArchiveBusy, and the other's text stays."""
    monkeypatch.setattr("index.cluster.store._TRIES", 3)
    with cluster_store(cluster_settings) as store, cluster_store(cluster_settings) as other:
        store.merge(article(1, id="1"))
        mine = seal(article(2, id="1"))
        turn = 10

        def work(batch: StoreBatch) -> None:
            nonlocal turn
            turn += 1
            other.merge(article(turn, id="1"))
            batch.merge(mine)

        with pytest.raises(ArchiveBusy, match="kept changing"):
            store.transact(work, [Offered("", "", None, None, known=False, content=None, articles=(mine,))])
        assert (turn, store.get("1")) == (13, article(13, id="1"))


def test_a_join_does_not_undo_another(cluster_settings: ClusterSettings) -> None:
    """An article that changed between read and write is read again: what both writers brought is kept, the outcome is true."""
    with cluster_store(cluster_settings) as store, cluster_store(cluster_settings) as other:
        store.merge(article(1, seen_on=("a",)))
        mine = seal(article(1, seen_on=("b",), author="Mine"))
        new = seal(article(2, id="2"))
        tries: list[int] = []

        def work(batch: StoreBatch) -> list[str]:
            if not tries:
                other.merge(article(1, seen_on=("c",), author="Of another"))
                other.merge(article(2, id="2"))
            tries.append(1)
            return [batch.merge(each).outcome for each in (mine, new)]

        outcomes = store.transact(work, [Offered("", "", None, None, known=False, content=None, articles=(mine, new))])
        assert (outcomes, len(tries)) == (["duplicate", "unchanged"], 2)
        (joined,) = (each for each in store.iter_articles() if each.id != "2")
        assert (joined.seen_on, joined.author) == (("a", "b", "c"), "Of another")


def test_an_article_that_one_read_missed_and_the_next_met(
    cluster_settings: ClusterSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of a shard that is behind answers that there is no such article, another one that there is: what is there is joined
    and not written over, and nobody is told that it was new to him too.
    """
    with cluster_store(cluster_settings) as store, cluster_store(cluster_settings) as behind:
        monkeypatch.setattr(behind._lookup, "heads", lambda _: {})
        store.merge(article(1, id="1", seen_on=("a",), author="First"))
        assert behind.merge(article(1, id="1", seen_on=("b",), author="Second")).outcome == "updated"
        assert behind.merge(article(2, id="2")).outcome == "new"
        assert store.get("1") == article(1, id="1", seen_on=("a", "b"), author="Second")


def test_lost_answers_and_refusals_change_nothing(cluster_settings: ClusterSettings, proxy: MakeProxy) -> None:
    """Where answers to writes are lost after the write was done, and others are refused with 429, the counts are true, and a
    second ingest finds everything unchanged.
    """
    between = proxy()
    through = dataclasses.replace(cluster_settings, hosts=(between.url,), timeout_s=10.0)
    work = [page(f"/{number}.html", article(number), article(number + 1)) for number in range(40)]
    work += lines(*(article(number, id=str(number)) for number in range(100, 160)))
    with cluster_store(through) as store:
        ingest(store, lines(article(99, id="99")))
        between.inject(Fault(path="/_bulk", times=2, cut="after"))
        between.inject(Fault(path="/_bulk", times=2, answer=Answer(429)))
        between.inject(Fault(path="/_bulk", times=1, cut="within"))
        first = ingest(store, work, batch_size=30)
        assert {each.status for each in between.requests if each.path.startswith("/_bulk")} == {0, 429, 200}
        between.clear()
        assert counts_of(first) == (101, 0, 0, 39)
        assert counts_of(ingest(store, work)) == (0, 0, 140, 0)
        assert store.count() == 102


def test_a_cluster_that_goes_away_in_the_middle(cluster_settings: ClusterSettings, proxy: MakeProxy) -> None:
    """When the cluster vanishes during an ingest it ends in our error, what was acknowledged is there, and the same ingest again
    does the rest, each article once.
    """
    between = proxy()
    through = dataclasses.replace(cluster_settings, hosts=(between.url,), timeout_s=5.0, retries=1)

    def readings() -> list[Reading]:
        return [page(f"/{number}.html", article(number)) for number in range(50)]

    def vanishing() -> Iterator[Reading]:
        for number, reading in enumerate(readings()):
            if number == 25:
                between.stop()
            yield reading

    with cluster_store(through) as store:
        store.merge(article(-1, id="-1"))
        with pytest.raises(ClusterUnavailable):
            ingest(store, vanishing(), batch_size=10)
        between.start()
        assert 20 <= store.count() - 1 <= 30
        report = ingest(store, readings(), batch_size=10)
        assert (report.articles, report.updated, store.count()) == (50, 0, 51)
        assert all(each.seen_on == (f"/{each.title.split()[2]}.html",) for each in store.iter_articles() if each.id != "-1")


def test_an_article_that_the_cluster_refuses_is_quarantined(cluster_settings: ClusterSettings, proxy: MakeProxy) -> None:
    """One article that the cluster does not take is reported with its reason; the others of its batch are kept and counted."""
    between = proxy()
    through = dataclasses.replace(cluster_settings, hosts=(between.url,))
    huge = article(1, id="huge", body="word " * 100)
    with cluster_store(through) as store:
        ingest(store, lines(article(0, id="0")))

        def refusing(answer: bytes) -> bytes:
            error = b'{"type":"mapper_parsing_exception","reason":"no room for this one"}'
            assert b'"create"' in answer
            return b'{"took":1,"errors":true,"items":[{"create":{"_id":"huge","status":400,"error":' + error + b"}}]}"

        between.inject(Fault(path="/_bulk", times=1, alter=refusing))
        report = ingest(store, lines(huge))
        assert [(each.line, "no room for this one" in each.reason) for each in report.quarantined] == [(1, True)]
        assert (report.new, report.updated) == (0, 0)
        with pytest.raises(ArticleError, match="title"):
            store.merge(article(3, title=" "))


# Ingests the same files over and over, as a process of its own.
CHILD = """
import sys
from index.article import Article
from index.cluster.settings import ClusterSettings
from index.ingest import ingest
from tests.stores import cluster_store
from tests.test_cluster_ingest import article, killed_work

settings = ClusterSettings(hosts=(sys.argv[1],), name=sys.argv[2], shards=2, replicas=int(sys.argv[3]))
with cluster_store(settings) as store:
    print("open", flush=True)
    ingest(store, killed_work(int(sys.argv[4])), batch_size=7)
    print("done", flush=True)
"""


def killed_work(round_number: int) -> list[Reading]:
    first = round_number * 100
    pages = [page(f"/{number}.html", article(number), article(number + 1)) for number in range(first, first + 40)]
    return [*pages, *lines(*(article(n, id=str(n)) for n in range(first + 50, first + 90)), path=f"/{round_number}.jsonl")]


def test_kills_lose_and_double_nothing(cluster_settings: ClusterSettings) -> None:
    """An ingesting process is killed at some moment, four times; the same ingest again does the rest, and once more nothing."""
    rng = random.Random(11)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    replicas = str(cluster_settings.replicas)
    killed = 0
    with cluster_store(cluster_settings) as store:
        store.merge(article(-1))
        for number in range(4):
            command = [sys.executable, "-c", CHILD, cluster_settings.hosts[0], cluster_settings.name, replicas, str(number)]
            child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
            assert child.stdout is not None
            assert child.stdout.readline() == "open\n"
            time.sleep(rng.uniform(0.2, 2.0))
            child.send_signal(signal.SIGKILL)
            output, _ = child.communicate()
            killed += "done" not in output
            work = killed_work(number)
            again = ingest(store, work)
            assert (again.articles, again.updated) == (120, 0)
            assert counts_of(ingest(store, work)) == (0, 0, 120, 0)
            assert store.count() == 1 + 81 * (number + 1)
        for each in store.iter_articles():
            story = int(each.title.split()[2])
            if each.id == str(story) or story == -1:
                continue
            expected = {
                f"/{n}.html" for n in (story - 1, story) if n // 100 == (story - (story % 100 == 40)) // 100 and n % 100 < 40
            }
            assert set(each.seen_on) == expected
        assert problems_of(store) == []
    assert killed


def test_readers_see_what_was_acknowledged(cluster_settings: ClusterSettings) -> None:
    """What one machine was told is kept, another one finds by id, counts and lists at once."""
    with cluster_store(cluster_settings) as one, cluster_store(cluster_settings) as other:
        for number in range(3):
            ingest(one, lines(article(number, id=str(number))))
            assert other.get(str(number)) == article(number, id=str(number))
            assert (other.count(), list(other.ids())) == (number + 1, [str(n) for n in range(number + 1)])
