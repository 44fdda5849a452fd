"""Generations on a cluster: one index becomes current after another, whatever is written, killed or started meanwhile."""

from __future__ import annotations

import dataclasses
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from index.analysis import Analyzer
from index.article import Article
from index.cluster import lease, rebuilding, reindexing
from index.cluster.bulk import Operation, own_alias
from index.cluster.connection import Connection
from index.cluster.documents import Facts, document_id, from_document, to_document
from index.cluster.generations import ClusterIndex
from index.cluster.mapping import IndexSpec, index_body
from index.cluster.settings import ClusterSettings
from index.errors import (
    ArchiveBusy,
    ClusterRefused,
    ClusterUnavailable,
    IndexDamaged,
    IndexMissing,
    IndexNotWritten,
    IndexOutdated,
)
from index.schema import ZoneWeights
from tests.cluster.proxy import Fault, Proxy

ROOT = Path(__file__).resolve().parent.parent
ANALYZER = Analyzer()
SPEC = IndexSpec.of(ANALYZER, ZoneWeights(), 1.8, 0.72)
OTHER_SPEC = IndexSpec.of(ANALYZER, ZoneWeights(title=3), 1.2, 0.5)
OTHER_LEADS = IndexSpec.of(ANALYZER, ZoneWeights(lead_words=3), 1.8, 0.72)


@pytest.fixture
def connection(cluster_settings: ClusterSettings) -> Iterator[Connection]:
    made = Connection(cluster_settings)
    yield made
    made.close()


@pytest.fixture
def index(connection: Connection, cluster_settings: ClusterSettings) -> ClusterIndex:
    made = ClusterIndex(connection, cluster_settings, SPEC)
    made.ensure()
    connection.request("GET", f"/_cluster/health/{made.name}", params={"wait_for_status": "green"})
    return made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease is taken for dead sooner; its owner renews it every two seconds."""
    monkeypatch.setattr(lease, "DEAD_AFTER_S", 5.0)


def _article(number: int, text: str = "body") -> Article:
    return Article(f"Title {number}", f"{text} of number {number} with some more words", id=f"a{number}", source="Reuters")


def _put(article: Article, spec: IndexSpec = SPEC) -> Operation:
    return Operation("index", document_id(article.id or ""), to_document(article, spec.weights, Facts()))


def _fill(index: ClusterIndex, count: int) -> dict[str, Article]:
    articles = {f"a{i}": _article(i) for i in range(count)}
    assert {one.outcome for one in index.bulk_writer().write(map(_put, articles.values()))} == {"created"}
    index.refresh()
    return articles


def _held(index: ClusterIndex) -> dict[str, Article]:
    index.refresh()
    found = index.connection.request("POST", f"/{index.name}/_search", body={"size": 10_000})
    return {hit["_id"]: from_document(hit["_source"]) for hit in found["hits"]["hits"]}


def _with(index: ClusterIndex, spec: IndexSpec) -> ClusterIndex:
    return ClusterIndex(index.connection, index.settings, spec)


def test_before_the_first_there_is_none(connection: Connection, cluster_settings: ClusterSettings) -> None:
    """Without an index that is said, and nothing is made by asking, deleting or comparing."""
    index = ClusterIndex(connection, cluster_settings, SPEC)

    with pytest.raises(IndexMissing, match=cluster_settings.name):
        index.current()
    with pytest.raises(IndexMissing):
        index.rebuild()
    index.require_same_spec()
    assert index.generations() == {}


def test_the_first_is_made_once(connection: Connection, cluster_settings: ClusterSettings) -> None:
    """Many processes that start at once make one index and all get it; it answers, and takes changes, by its alias."""
    connections = [Connection(cluster_settings) for _ in range(8)]
    ready = threading.Barrier(len(connections))

    def start(one: Connection) -> Any:
        ready.wait()
        return ClusterIndex(one, cluster_settings, SPEC).ensure()

    with ThreadPoolExecutor(len(connections)) as pool:
        made = list(pool.map(start, connections))
    for one in connections:
        one.close()
    index = ClusterIndex(connection, cluster_settings, SPEC)

    assert set(made) == {index.current()}
    assert (made[0].index, made[0].number, made[0].spec) == (f"{cluster_settings.name}-000001", 1, SPEC)
    assert index.generations() == {1: made[0].index}
    assert _fill(index, 3) == _held(index)


@pytest.mark.parametrize("alias", [False, True], ids=["index", "alias"])
def test_what_is_not_ours_is_left_alone(connection: Connection, cluster_settings: ClusterSettings, alias: bool) -> None:
    """An index or alias of somebody else's under our name is refused with what to do, and not touched."""
    name = cluster_settings.name
    theirs = f"{name}-theirs" if alias else name
    connection.request("PUT", f"/{theirs}", body={"aliases": {name: {}} if alias else {}})
    index = ClusterIndex(connection, cluster_settings, SPEC)

    for act in (index.ensure, index.current, index.rebuild, index.stats):
        with pytest.raises(ClusterRefused, match=r"did not make .*choose another name in cluster\.index"):
            act()
    assert set(connection.request("GET", f"/{name}*")) == {theirs}
    assert connection.request("GET", f"/{theirs}")[theirs]["mappings"] == {}


def test_a_lost_alias_is_told(index: ClusterIndex) -> None:
    """If the alias was removed, no empty index is made in place of the one that holds the articles; nor with two behind it."""
    actions = [{"remove": {"index": f"{index.name}-000001", "alias": index.name}}]
    index.connection.request("POST", "/_aliases", body={"actions": actions})
    with pytest.raises(IndexDamaged, match=f"no index is current, though there are {index.name}-000001"):
        index.ensure()

    second = {"aliases": {index.name: {}}, "mappings": index_body(SPEC, shards=1, replicas=0)["mappings"]}
    del second["mappings"]["properties"]
    index.connection.request("PUT", f"/{index.name}-000002", body=second)
    index.connection.request("PUT", f"/{index.name}-000001/_alias/{index.name}")
    with pytest.raises(IndexDamaged, match="expected one index"):
        index.ensure()


def test_another_spec_asks_for_a_rebuild(index: ClusterIndex) -> None:
    """An index made with other settings takes no changes, names the differences, and is as wanted after a rebuild."""
    index.require_same_spec()
    changed = _with(index, OTHER_SPEC)
    differences = r"k1 1\.8 -> 1\.2, b 0\.72 -> 0\.5, title 4\.0 -> 3"
    with pytest.raises(IndexOutdated, match=rf"{differences}.*nothing was changed; run `searcher rebuild`"):
        changed.require_same_spec()
    assert "was made with other settings" in changed.problems()[0].what
    changed.rebuild()

    changed.require_same_spec()
    assert changed.problems(deep=True) == []
    with pytest.raises(IndexOutdated):
        index.require_same_spec()


def test_another_format_asks_for_another_version(index: ClusterIndex) -> None:
    """An index of a format that this version does not know is told as such, and takes neither changes nor a rebuild."""
    meta = {**SPEC.to_meta(), "format": 99}
    index.connection.request("PUT", f"/{index.name}/_mapping", body={"_meta": meta})

    for act in (index.current, index.require_same_spec, index.rebuild):
        with pytest.raises(IndexOutdated, match="has the format 99"):
            act()


@pytest.mark.parametrize("spec", [SPEC, OTHER_SPEC, OTHER_LEADS], ids=["same", "weights", "leads"])
def test_a_rebuild_keeps_every_article(index: ClusterIndex, spec: IndexSpec) -> None:
    """The next generation holds every article with the derived values of its spec; the old one stays until it is dropped."""
    articles = _fill(index, 700)
    changed = _with(index, spec)
    told: list[tuple[int, int]] = []
    made = changed.rebuild(lambda done, total: told.append((done, total)))

    assert (made.index, made.number, made.spec) == (f"{index.name}-000002", 2, spec)
    assert _held(changed) == articles
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
            numbers = [number for number in rng.sample(range(600), 20) if number % threads == mine]
            wanted = {f"a{n}": _article(n, f"written {count} by {mine}") if rng.random() < 0.7 else None for n in numbers}
            operations = [_put(article) if article else Operation("delete", name) for name, article in wanted.items()]
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
def test_nothing_written_during_a_rebuild_is_lost(index: ClusterIndex, spec: IndexSpec) -> None:
    """While others put and delete articles all the time, rebuilds lose no change and bring back nothing deleted."""
    articles: dict[str, Article | None] = dict(_fill(index, 600))
    changed = _with(index, spec)
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
        _with(index, SPEC).rebuild()
    finally:
        articles.update(writers.stop())

    assert _held(index) == {name: article for name, article in articles.items() if article is not None}
    assert None in articles.values()
    assert [one for one in index.problems() if "yellow" not in one.what] == []


def test_a_second_rebuild_is_refused(index: ClusterIndex) -> None:
    """While one process rebuilds, another that tries gets ArchiveBusy with who it is, and does the first no harm."""
    articles = _fill(index, 50)
    other = Connection(index.settings)
    with lease.Lease.taken(index.connection, f"{index.name}-lock"), pytest.raises(ArchiveBusy, match=r"process \d+ on .*, since"):
        ClusterIndex(other, index.settings, SPEC).rebuild()
    index.rebuild()
    other.close()

    assert _held(index) == articles
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
    articles = _fill(index, 30)
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
    assert _held(index) == articles
    assert index.problems(deep=True) == []
    assert [one.outcome for one in index.bulk_writer().write([_put(_article(1, "new"))])] == ["updated"]


def test_a_copy_that_differs_is_not_switched_to(index: ClusterIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """Articles missing from the new index, for whatever reason, are found before the switch; the old index stays current."""
    _fill(index, 30)

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
    articles = _fill(index, 30)
    start = reindexing._start
    starts: list[str] = []

    def forgetful(*args: Any) -> str:
        starts.append(start(*args))
        return "nowhere:1" if len(starts) < 3 else starts[-1]

    monkeypatch.setattr(reindexing, "_start", forgetful)
    index.rebuild()
    assert len(starts) == 3
    assert _held(index) == articles

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
from tests.test_cluster_generations import OTHER_SPEC

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
    articles = _fill(index, 100)
    _killed_while_rebuilding(index.settings, stage)
    left = [one.what for one in index.problems() if "yellow" not in one.what]

    assert _held(index) == articles
    assert any("half made" in what for what in left) == (stage != "switched")
    assert any("closed for changes" in what for what in left) == (stage == "closed")
    made = index.rebuild()
    assert made.number == 3
    assert _held(index) == articles
    assert [one for one in index.problems(deep=True) if "yellow" not in one.what] == []
    assert 2 in index.generations() or stage != "switched"


def test_a_killed_rebuild_locks_nobody_out(index: ClusterIndex, impatient: None) -> None:
    """The index that a killed rebuild left closed is opened again by the next one who writes."""
    articles = _fill(index, 20)
    _killed_while_rebuilding(index.settings, "closed")
    assert index.current().blocked
    (written,) = index.bulk_writer().write([_put(_article(3, "after"))])

    assert written.outcome == "updated"
    assert not index.current().blocked
    assert list(index.generations()) == [1]
    assert _held(index) == {**articles, "a3": _article(3, "after")}
    assert not index.recover()


def test_what_others_closed_stays_closed(index: ClusterIndex) -> None:
    """An index that its owner has closed for changes is told, and not opened by us."""
    index.connection.request("PUT", f"/{index.name}-000001/_block/write")

    assert not index.recover()
    assert index.current().blocked
    assert [one.what for one in index.problems()][-1].startswith("closed for changes (index.blocks.write): not by searcher")


def test_deep_check_finds_what_was_changed_behind_our_back(index: ClusterIndex) -> None:
    """An article changed, one moved to another id, one with wrong keys and one that is none: each is told, and no other."""
    _fill(index, 20)
    target = f"/{index.name}/_doc"
    for name, change in (("a1", {"title": "forged"}), ("a2", {"index": {**_index_of(index, "a2"), "source_key": "other"}})):
        source = {**index.connection.request("GET", f"{target}/{name}")["_source"], **change}
        index.connection.request("PUT", f"{target}/{name}", body=source)
    index.connection.request("PUT", f"{target}/a99", body=index.connection.request("GET", f"{target}/a3")["_source"])
    index.connection.request("PUT", f"{target}/b", body={"title": 1})

    assert index.problems() == []
    told = sorted(one.what.split(";")[0] for one in index.problems(deep=True))
    assert told[0] == "article a1: differs from its checksum"
    assert told[1] == "article a2: is indexed under other values than its own"
    assert told[2] == "article a99: is kept under another id than its own ('a3')"
    assert told[3].startswith("article b: cannot be read")
    assert len(told) == 4


def _index_of(index: ClusterIndex, name: str) -> dict[str, Any]:
    found: dict[str, Any] = index.connection.request("GET", f"/{index.name}/_doc/{name}")["_source"]["index"]
    return found


def test_health_is_told(index: ClusterIndex) -> None:
    """Copies for which there is no node make the index yellow, a shard without any red: check and stats say so."""
    index.connection.request("PUT", f"/{index.name}-000001/_settings", body={"index.number_of_replicas": 9})
    (problem,) = index.problems()
    assert problem.what.startswith("yellow: ")
    assert "cluster.replicas" in problem.what
    assert index.stats().health == f"yellow, {_active(index)} shards of 20"

    nowhere = {"settings": {"index.routing.allocation.require._name": "nobody", "index.number_of_shards": 1}}
    body = {**nowhere, "mappings": index_body(SPEC, shards=1, replicas=0)["mappings"]}
    body["mappings"].pop("properties")
    actions = [
        {"remove": {"index": f"{index.name}-000001", "alias": index.name}},
        {"add": {"index": f"{index.name}-000002", "alias": index.name}},
    ]
    index.connection.request("PUT", f"/{index.name}-000002", body=body, params={"wait_for_active_shards": 0})
    index.connection.request("POST", "/_aliases", body={"actions": actions})
    assert index.problems()[0].what.startswith("red: ")
    with pytest.raises(ClusterUnavailable):
        index.rebuild()
    assert index.generations().keys() == {1, 2}


def _active(index: ClusterIndex) -> int:
    found = index.connection.request("GET", f"/_cluster/health/{index.name}")
    return int(found["active_shards"])


def test_stats_count_what_is_there(index: ClusterIndex) -> None:
    """Articles that can be found, changes taken, primary bytes and segments, and the engine's name."""
    articles = _fill(index, 40)
    list(index.bulk_writer().write([Operation("delete", name) for name in list(articles)[:10]]))
    index.refresh()
    stats = index.stats()

    assert (stats.generation, stats.articles, stats.engine, stats.change) == (1, 30, "opensearch", 50)
    assert stats.bytes > 0
    assert stats.segments > 0
    assert dataclasses.asdict(stats)["health"].startswith("green, ")


def test_own_alias_moves_with_the_switch(index: ClusterIndex) -> None:
    """Only the current generation has the alias by which conditional writes reach it."""
    index.rebuild()

    first, second = (index.connection.request("GET", f"/{name}")[name]["aliases"] for name in index.generations().values())
    assert first == {}
    assert set(second) == {index.name, own_alias(f"{index.name}-000002")}
    assert _sequence(second[index.name]) == [("is_write_index", True)]


def _sequence(alias: dict[str, Any]) -> Sequence[tuple[str, Any]]:
    return sorted(alias.items())


def test_a_switch_whose_answer_is_lost_is_a_switch(
    index: ClusterIndex, proxy: Callable[..., Proxy], cluster_settings: ClusterSettings
) -> None:
    """If the connection ends after the alias was moved, the rebuild has succeeded all the same, and nothing of it is undone."""
    articles = _fill(index, 30)
    between = proxy()
    between.inject(Fault(path="/_aliases", times=1, cut="after"))
    connection = Connection(dataclasses.replace(cluster_settings, hosts=(between.url,)))
    made = ClusterIndex(connection, cluster_settings, SPEC).rebuild()
    connection.close()

    assert [one.status for one in between.requests if one.path.startswith("/_aliases")] == [0]
    assert made.number == 2
    assert index.current() == made
    assert _held(index) == articles
