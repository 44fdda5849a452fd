"""Rebuilds on a cluster: one index becomes current after another, whatever is written, killed or started meanwhile."""

from __future__ import annotations

import dataclasses
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.cluster import lease, rebuilding, reindexing
from index.cluster.batch import ClusterBatch
from index.cluster.bulk import Operation
from index.cluster.changes import checkpoints
from index.cluster.connection import Connection
from index.cluster.generations import ClusterIndex
from index.cluster.mapping import IndexSpec, index_body
from index.cluster.settings import ClusterSettings
from index.cluster.store import ClusterStore
from index.errors import (
    ArchiveBusy,
    ClusterUnavailable,
    IndexNotWritten,
)
from index.store.rows import seal
from index.store.values import Offered
from tests.cluster.proxy import Fault, Proxy
from tests.cluster_generations import OTHER_LEADS, OTHER_SPEC, SPEC, article_of, fill, held_by, made_index, put_of, with_spec

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def index(cluster_settings: ClusterSettings) -> Iterator[ClusterIndex]:
    with made_index(cluster_settings) as made:
        yield made


@pytest.fixture
def copied_index(copied_settings: ClusterSettings) -> Iterator[ClusterIndex]:
    with made_index(copied_settings) as made:
        yield made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease is taken for dead sooner; its owner renews it every two seconds."""
    monkeypatch.setattr(lease, "DEAD_AFTER_S", 5.0)


@pytest.mark.parametrize("spec", [SPEC, OTHER_SPEC, OTHER_LEADS], ids=["same", "weights", "leads"])
def test_a_rebuild_keeps_every_article(index: ClusterIndex, spec: IndexSpec) -> None:
    """The next generation holds every article with the derived values of its spec; the old one stays until it is dropped."""
    articles = fill(index, 700)
    changed = with_spec(index, spec)
    told: list[tuple[int, int]] = []
    made = changed.rebuild(lambda done, total: told.append((done, total)))

    assert (made.index, made.number, made.spec) == (f"{index.name}-000002", 2, spec)
    assert held_by(changed) == articles
    assert told[-1] == (700, 700)
    assert changed.problems(deep=True) == []
    assert changed.stats().articles == 700
    assert list(changed.generations()) == [1, 2]
    assert changed.drop_old() == (f"{index.name}-000001",)
    assert list(changed.generations()) == [2]
    settings = index.connection.request("GET", f"/{made.index}/_settings")[made.index]["settings"]["index"]
    assert settings["number_of_replicas"] == str(index.settings.replicas)
    assert settings["refresh_interval"] != "-1"


def test_an_empty_index_can_be_rebuilt(index: ClusterIndex) -> None:
    """A rebuild of nothing is nothing, in a new index."""
    assert index.rebuild().number == 2
    assert index.stats().articles == 0
    assert index.rebuild().number == 3


class Writers:
    """Threads that put and delete articles until stopped, and know what was acknowledged last for each id."""

    def __init__(self, settings: ClusterSettings, threads: int) -> None:
        self.expected: dict[str, Article | None] = {}
        self.rounds = 0
        self._stop = threading.Event()
        self._settings = settings
        self._pool = ThreadPoolExecutor(threads)
        self._running = [self._pool.submit(self._write, number, threads) for number in range(threads)]

    def _write(self, mine: int, threads: int) -> None:
        """Each writer has ids of its own, so that what is acknowledged last is what must be there."""
        rng = random.Random(mine)
        connection = Connection(self._settings)
        writer = ClusterIndex(connection, self._settings, SPEC).bulk_writer()
        count = 0
        while not self._stop.is_set():
            count += 1
            numbers = [number for number in rng.sample(range(250), 20) if number % threads == mine]
            wanted = {f"a{n}": article_of(n, f"written {count} by {mine}") if rng.random() < 0.7 else None for n in numbers}
            operations = [put_of(article) if article else Operation("delete", name) for name, article in wanted.items()]
            for one in writer.write(operations):
                assert one.done, one
                self.expected[one.operation.id] = wanted[one.operation.id]
            self.rounds += 1
        connection.close()

    def stop(self) -> dict[str, Article | None]:
        self._stop.set()
        for one in self._running:
            one.result()
        self._pool.shutdown()
        return self.expected


@pytest.mark.parametrize("spec", [OTHER_SPEC, OTHER_LEADS], ids=["reindexed", "streamed"])
def test_nothing_written_during_a_rebuild_is_lost(copied_index: ClusterIndex, spec: IndexSpec) -> None:
    """While others put and delete articles all the time, rebuilds lose no change and bring back nothing deleted."""
    index = copied_index
    articles: dict[str, Article | None] = dict(fill(index, 250))
    changed = with_spec(index, spec)
    writers = Writers(index.settings, 3)
    try:
        while writers.rounds < 3:
            time.sleep(0.05)
        changed.rebuild()
        before = writers.rounds
        deadline = time.monotonic() + 60
        while writers.rounds == before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert writers.rounds > before, "nobody writes to the new index"
        with_spec(index, SPEC).rebuild()
    finally:
        articles.update(writers.stop())

    assert held_by(index) == {name: article for name, article in articles.items() if article is not None}
    assert None in articles.values()
    assert [one for one in index.problems() if "yellow" not in one.what] == []


def test_a_shard_that_moves_is_waited_for(index: ClusterIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that moves a shard to another node tells nothing of it for a moment; a rebuild asks again."""
    fill(index, 5)
    request = index.connection.request
    asked: list[str] = []

    def moving(method: str, path: str, **options: Any) -> Any:
        answer = request(method, path, **options)
        if path.endswith("/_stats/docs"):
            asked.append(path)
            if len(asked) == 1:
                del answer["indices"][f"{index.name}-000001"]["shards"]["0"]
        return answer

    monkeypatch.setattr(index.connection, "request", moving)
    assert checkpoints(index.connection, f"{index.name}-000001", 2).keys() == {0, 1}
    assert len(asked) == 2


def test_a_second_rebuild_is_refused(index: ClusterIndex) -> None:
    """While one process rebuilds, another that tries gets ArchiveBusy with who it is, and does the first no harm."""
    articles = fill(index, 50)
    other = Connection(index.settings)
    with lease.Lease.taken(index.connection, f"{index.name}-lock"), pytest.raises(ArchiveBusy, match=r"process \d+ on .*, since"):
        ClusterIndex(other, index.settings, SPEC).rebuild()
    index.rebuild()
    other.close()

    assert held_by(index) == articles
    assert lease.found(index.connection, f"{index.name}-lock") is None


def test_a_lease_that_was_taken_over_is_noticed(index: ClusterIndex, impatient: None) -> None:
    """Who was thought dead and lives finds that out before anything that must not be done twice, and gives nothing back."""
    name = f"{index.name}-lock"
    first = lease.Lease.taken(index.connection, name)
    first._stop()  # as if the process stood still
    second = lease.Lease.taken(index.connection, name)

    with pytest.raises(ArchiveBusy, match="another process took over"):
        first.require()
    first.release()
    second.require()
    second.release()
    assert lease.found(index.connection, name) is None


def test_a_rebuild_that_fails_changes_nothing(index: ClusterIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the new index cannot take an article, the error names it and why; the old index is current, open and as it was."""
    articles = fill(index, 30)
    body = index_body

    def narrow(*args: Any, **options: Any) -> dict[str, Any]:
        made = body(*args, **options)
        made["mappings"]["properties"]["source"] = {"type": "integer"}
        return made

    monkeypatch.setattr(rebuilding, "index_body", narrow)
    with pytest.raises(IndexNotWritten, match=r"article a\d+: mapper_parsing_exception.*'Reuters'|article a\d+: .*source"):
        index.rebuild()
    monkeypatch.undo()

    assert index.current().index == f"{index.name}-000001"
    assert list(index.generations()) == [1]
    assert held_by(index) == articles
    assert index.problems(deep=True) == []
    assert [one.outcome for one in index.bulk_writer().write([put_of(article_of(1, "new"))])] == ["updated"]


def test_a_copy_that_differs_is_not_switched_to(index: ClusterIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """Articles missing from the new index, for whatever reason, are found before the switch; the old index stays current."""
    fill(index, 30)

    def partial(connection: Connection, source: str, alias: str, progress: Any) -> None:
        body = {"source": {"index": source}, "dest": {"index": alias}, "max_docs": 29}
        connection.request("POST", "/_reindex", body=body)

    monkeypatch.setattr(rebuilding, "server_side_copy", partial)
    with pytest.raises(IndexNotWritten, match="29 articles, expected 30"):
        index.rebuild()

    assert index.current().index == f"{index.name}-000001"
    assert not index.current().blocked
    assert list(index.generations()) == [1]


def test_a_copy_that_is_lost_begins_anew(index: ClusterIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the cluster no longer knows of a copy (its node has died), it is started again; after some tries that is an error."""
    articles = fill(index, 30)
    start = reindexing._start
    starts: list[str] = []

    def forgetful(*args: Any) -> str:
        starts.append(start(*args))
        return "nowhere:1" if len(starts) < 3 else starts[-1]

    monkeypatch.setattr(reindexing, "_start", forgetful)
    index.rebuild()
    assert len(starts) == 3
    assert held_by(index) == articles

    monkeypatch.setattr(reindexing, "_start", lambda *_: "nowhere:1")
    with pytest.raises(ClusterUnavailable, match="has left the cluster"):
        index.rebuild()
    assert list(index.generations()) == [1, 2]


KILLED_AT = ("filling", "copied", "closed", "switched")
REBUILDING = """
import sys, time
from index.cluster import rebuilding
from index.cluster.connection import Connection
from index.cluster.generations import ClusterIndex
from index.cluster.settings import ClusterSettings
from index.cluster.store import ClusterStore
from tests.cluster_generations import OTHER_SPEC

stage, name, replicas, *hosts = sys.argv[1:]

def stand_still(*_):
    print("there", flush=True)
    time.sleep(600)

made = rebuilding.Rebuild
if stage == "filling":
    made._copy_all = stand_still
elif stage == "copied":
    made._give_copies = stand_still
elif stage == "closed":
    made._compare = stand_still
else:
    switch = made._switch
    made._switch = lambda *args: (switch(*args), stand_still())
settings = ClusterSettings(tuple(hosts), name, shards=2, replicas=int(replicas))
ClusterIndex(Connection(settings), settings, OTHER_SPEC).rebuild()
"""


def _killed_while_rebuilding(settings: ClusterSettings, stage: str) -> None:
    """Starts a process that rebuilds, and kills it when it has come to a stage."""
    command = [sys.executable, "-c", REBUILDING, stage, settings.name, str(settings.replicas), *settings.hosts]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("stage", KILLED_AT)
def test_a_killed_rebuild_is_cleaned_up_by_the_next(index: ClusterIndex, impatient: None, stage: str) -> None:
    """Killed with -9 wherever it is, a rebuild leaves one current index with every article, and the next cleans up."""
    articles = fill(index, 100)
    _killed_while_rebuilding(index.settings, stage)
    left = [one.what for one in index.problems() if "yellow" not in one.what]

    assert held_by(index) == articles
    assert any("half made" in what for what in left) == (stage != "switched")
    assert any("closed for changes" in what for what in left) == (stage == "closed")
    made = index.rebuild()
    assert made.number == 3
    assert held_by(index) == articles
    assert [one for one in index.problems(deep=True) if "yellow" not in one.what] == []
    assert 2 in index.generations() or stage != "switched"


def test_a_killed_rebuild_locks_nobody_out(index: ClusterIndex, impatient: None) -> None:
    """The index that a killed rebuild left closed is opened again by the next one who stores or deletes something."""
    articles = fill(index, 20)
    _killed_while_rebuilding(index.settings, "closed")
    assert index.current().blocked
    merged = ClusterStore(with_spec(index, SPEC)).merge(article_of(3, "after"))

    assert merged.outcome == "updated"
    assert not index.current().blocked
    assert list(index.generations()) == [1]
    assert held_by(index) == {**articles, "a3": article_of(3, "after")}
    assert not index.recover()


def test_a_switch_whose_answer_is_lost_is_a_switch(
    index: ClusterIndex, proxy: Callable[..., Proxy], cluster_settings: ClusterSettings
) -> None:
    """If the connection ends after the alias was moved, the rebuild has succeeded all the same, and nothing of it is undone."""
    articles = fill(index, 30)
    between = proxy()
    between.inject(Fault(path="/_aliases", times=1, cut="after"))
    connection = Connection(dataclasses.replace(cluster_settings, hosts=(between.url,)))
    made = ClusterIndex(connection, cluster_settings, SPEC).rebuild()
    connection.close()

    assert [one.status for one in between.requests if one.path.startswith("/_aliases")] == [0]
    assert made.number == 2
    assert index.current() == made
    assert held_by(index) == articles


def test_what_a_batch_brings_is_made_for_the_index_it_lands_in(index: ClusterIndex) -> None:
    """A batch worked out before a switch to other leads, and written after it, is made anew: articles new and known."""
    fill(index, 3)
    store = ClusterStore(index)
    offered = [seal(article_of(number, "after a switch")) for number in (1, 7)]
    tries: list[list[str]] = []

    def work(batch: ClusterBatch) -> list[str]:
        outcomes: list[str] = [batch.merge(each).outcome for each in offered]
        if not tries:
            with_spec(index, OTHER_LEADS).rebuild()
        tries.append(outcomes)
        return outcomes

    assert store.transact(work, [Offered("", "", None, None, False, None, tuple(offered))]) == ["updated", "new"]
    assert len(tries) == 2
    assert with_spec(index, OTHER_LEADS).problems(deep=True) == []
    assert held_by(index).keys() == {"a0", "a1", "a2", "a7"}


def test_a_switch_in_the_last_moment_is_not_undone(index: ClusterIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """If who was taken for dead switches while its work is being undone, what it made is current and is not deleted."""
    articles = fill(index, 20)
    late = with_spec(index, SPEC)
    generations = index.generations

    def switched_meanwhile() -> dict[int, str]:
        monkeypatch.undo()
        _switch_late(late)
        return generations()

    monkeypatch.setattr(index, "generations", switched_meanwhile)
    with lease.Lease.taken(index.connection, rebuilding.lock_of(index)) as taken:
        rebuilding.undo(index, taken)

    assert index.current().number == 2
    assert held_by(index) == articles


def _switch_late(index: ClusterIndex) -> None:
    """As a rebuild does, without its lease, which it lost."""
    made, old, new = rebuilding.Rebuild(index), index.current(), index.index_of(2)
    made._create(new)
    made._copy_all(old, new)
    made._switch(old, new)
