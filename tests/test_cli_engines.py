"""The command line on either engine, in a process of its own: what is documented for programs holds on both."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.cluster.connection import Connection
from searcher.config import Config, cluster_settings
from tests.cluster.nodes import Cluster
from tests.engines import ENGINES, configured, written
from tests.test_cli_process import ARTICLES, made_archive, searcher

RANKING = {"title": 4.0, "lead": 1.5, "body": 1.0, "lead_words": 30, "k1": 1.8, "b": 0.72, "surface": 0.2}


@pytest.fixture(scope="module", params=ENGINES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the settings of an archive that holds the invented articles; tests that change it make their own."""
    folder = tmp_path_factory.mktemp("archive")
    with configured(request, folder) as config:
        yield made_archive(settled(config, folder))


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A folder with the settings of an empty archive."""
    with configured(request, tmp_path) as config:
        yield settled(config, tmp_path)


def settled(config: Config, folder: Path) -> Path:
    """Puts the settings where a command in this folder finds them."""
    written(config, folder).rename(folder / "searcher.yml")
    return folder


def test_ingest_again_changes_nothing(empty: Path) -> None:
    """The same input again: all unchanged, said so, exit code 0; the JSON has the documented keys."""
    made_archive(empty)
    again = searcher("ingest", "news.jsonl.gz", folder=empty)
    report = json.loads(searcher("ingest", "--json", "news.jsonl.gz", folder=empty).stdout)

    assert (again.returncode, again.stdout, again.stderr) == (0, b"+0 new, 4 unchanged\n", b"Nothing changed.\n")
    assert list(report) == ["pages", "articles", "new", "updated", "unchanged", "duplicates", "quarantined"]


def test_ingest_with_bad_input(empty: Path) -> None:
    """A broken line and a missing file are told and skipped, exit code 5; the rest is found at once."""
    lines = json.dumps(ARTICLES[0]) + "\n{broken\n"
    done = searcher("ingest", "--json", "-", "missing.txt", folder=empty, stdin=lines.encode())
    report = json.loads(done.stdout)

    assert (done.returncode, report["new"]) == (5, 1)
    assert [one["line"] for one in report["quarantined"]] == [2, None]
    assert searcher("query", "ferry", folder=empty).returncode == 0


def test_query_finds(folder: Path) -> None:
    """Exit code 0 and the hits; 1 for none; -word excludes; the filters filter."""
    found = json.loads(searcher("query", "ferry", "--json", folder=folder).stdout)
    assert {hit["id"] for hit in found["hits"]} == {"n1", "n2"}
    for arguments, ids in (
        (["ferry", "-silt"], ["n1"]),
        (["ferry", "--source", "Northern Wire"], ["n2"]),
        (["ferry", "--after", "2025-05-27"], ["n2"]),
        (["ferry", "--before", "2025-05-26"], ["n1"]),
        (["ferry", "--sort", "newest"], ["n2", "n1"]),
        (["ferry", "--sort", "oldest", "--limit", "1", "--page", "2"], ["n2"]),
        (['"ferry to brask"'], ["n1"]),
    ):
        lines = searcher("query", *arguments, "--jsonl", folder=folder).stdout.splitlines()
        assert [json.loads(line)["id"] for line in lines] == ids, arguments
    assert searcher("query", "unicorn", folder=folder).returncode == 1


def test_query_from_a_pipe(folder: Path) -> None:
    """`query -` takes the query from standard input."""
    done = searcher("query", "-", "--csv", folder=folder, stdin=b'"captain ode"\n')

    assert [row["id"] for row in csv.DictReader(io.StringIO(done.stdout.decode()))] == ["n1"]


def test_an_impossible_request(folder: Path) -> None:
    """What a search cannot be asked for is one line and exit code 2."""
    done = searcher("query", "ferry", "--after", "someday", folder=folder)

    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)


def test_show_and_export_agree(folder: Path) -> None:
    """`show --json` prints what `export` prints; an unknown id is exit code 1; a query chooses what is exported."""
    exported = [json.loads(line) for line in searcher("export", folder=folder).stdout.splitlines()]

    assert {one["id"] for one in exported} == {"n1", "n2", "n3", "n4"}
    assert json.loads(searcher("show", exported[0]["id"], "--json", folder=folder).stdout) == exported[0]
    assert searcher("show", "nobody", folder=folder).returncode == 1
    chosen = searcher("export", "source:northern", "-honey", folder=folder)
    assert {json.loads(line)["id"] for line in chosen.stdout.splitlines()} <= {"n2"}


def test_export_can_be_ingested(folder: Path, tmp_path: Path) -> None:
    """A new archive made from an export holds the same articles under the same ids."""
    done = searcher("export", "--output", str(tmp_path / "all.jsonl"), folder=folder)
    assert done.returncode == 0, done.stderr
    searcher("ingest", "all.jsonl", folder=tmp_path)

    ids = {json.loads(line)["id"] for line in searcher("export", folder=tmp_path).stdout.splitlines()}
    assert ids == {"n1", "n2", "n3", "n4"}


def test_delete_update_rebuild_stats_check(empty: Path) -> None:
    """The life of an archive: deleting shows at once, rebuilding keeps the rest, stats and check agree."""
    made_archive(empty)
    assert searcher("delete", "--before", "2025-05-27", folder=empty).returncode == 2
    assert json.loads(searcher("delete", "--before", "2025-05-27", "--yes", "--json", folder=empty).stdout) == {"deleted": 1}
    assert searcher("query", "captain", folder=empty).returncode == 1
    assert searcher("query", "silt", folder=empty).returncode == 0
    updated = json.loads(searcher("update", "--json", folder=empty).stdout)
    assert list(updated) == ["articles", "generation", "seconds", "bytes"]
    assert json.loads(searcher("rebuild", "--json", folder=empty).stdout)["articles"] == 3
    stats = json.loads(searcher("stats", "--json", folder=empty).stdout)
    assert (stats["articles"], stats["sources"], stats["index"]["articles"]) == (3, 2, 3)
    assert set(stats["index"]) >= {"generation", "articles", "bytes", "segments", "engine", "change"}
    assert stats["ranking"] == RANKING
    assert json.loads(searcher("check", "--deep", "--json", folder=empty).stdout) == {"ok": True, "problems": []}


def test_a_rebuild_keeps_the_old_index(cluster: Cluster, cluster_config: Config, tmp_path: Path) -> None:
    """On a cluster rebuild tells what it keeps and how to drop it; stats shows it; --drop-old deletes it and answers go on."""
    made_archive(settled(cluster_config, tmp_path))
    name = cluster_config.cluster.index
    rebuilt = searcher("rebuild", folder=tmp_path)
    assert f"What it replaced is kept ({name}-000001); `searcher rebuild --drop-old` deletes that.".encode() in rebuilt.stderr
    assert rebuilt.stdout.endswith(b", generation 2\n")
    stats = json.loads(searcher("stats", "--json", folder=tmp_path).stdout)["cluster"]
    assert (stats["index"], stats["old_indexes"]) == (f"{name}-000002", [f"{name}-000001"])
    assert (stats["version"], stats["shards"]) == (cluster.version, cluster_config.cluster.shards)

    assert searcher("rebuild", "--drop-old", folder=tmp_path).stdout == f"deleted {name}-000001\n".encode()
    assert json.loads(searcher("stats", "--json", folder=tmp_path).stdout)["cluster"]["old_indexes"] == []
    assert searcher("query", "ferry", folder=tmp_path).returncode == 0


def test_no_data_directory_is_made(cluster: Cluster, cluster_config: Config, tmp_path: Path) -> None:
    """Beside its settings an archive on a cluster leaves nothing on this machine, whatever is done to it."""
    made_archive(settled(cluster_config, tmp_path))
    for line in ("query ferry", "update", "rebuild", "delete n1 --yes", "stats", "check --deep", "export", "show n2"):
        assert searcher(*line.split(), folder=tmp_path).returncode == 0, line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["news.jsonl.gz", "searcher.yml"]


def test_articles_not_refreshed_yet_are_found_after_an_update(cluster: Cluster, cluster_config: Config, tmp_path: Path) -> None:
    """`ingest --no-index` keeps and says what is next; `update` makes it found at once."""
    settled(cluster_config, tmp_path)
    (tmp_path / "a.jsonl").write_text(json.dumps(ARTICLES[0]) + "\n")
    done = searcher("ingest", "--no-index", "a.jsonl", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"Next: searcher update\n")
    assert searcher("update", folder=tmp_path).returncode == 0
    assert searcher("query", "ferry", folder=tmp_path).returncode == 0


@pytest.mark.parametrize("line", ["query ferry", "show n1", "stats", "ingest -", "rebuild", "export", "delete n1 --yes"])
def test_a_cluster_that_is_down_is_one_line(cluster_down: Path, line: str) -> None:
    """Nobody listens: one line that names the address, exit code 3, nothing on standard output."""
    done = searcher(*line.split(), folder=cluster_down, stdin=json.dumps(ARTICLES[0]).encode())

    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (3, b"", 1), done.stderr
    assert b"127.0.0.1:9" in done.stderr


def test_check_tells_that_the_cluster_is_down(cluster_down: Path) -> None:
    """What check finds is its result: that nobody answers is a problem, on standard output, exit code 3."""
    done = searcher("check", "--json", folder=cluster_down)
    report = json.loads(done.stdout)

    assert (done.returncode, report["ok"], len(report["problems"])) == (3, False, 1)
    assert "127.0.0.1:9" in report["problems"][0]["what"]


@pytest.fixture
def cluster_down(tmp_path: Path) -> Path:
    """Settings of a cluster where nobody listens."""
    (tmp_path / "searcher.yml").write_text("engine: opensearch\ncluster: {hosts: 'http://127.0.0.1:9', retries: 1}\n")
    return tmp_path


def test_an_archive_that_was_never_made(cluster: Cluster, cluster_config: Config, tmp_path: Path) -> None:
    """Asking a cluster that holds nothing of this name is exit code 3 and says what to do; no index is made by it."""
    settled(cluster_config, tmp_path)
    asked = searcher("query", "ferry", folder=tmp_path)
    assert (asked.returncode, asked.stderr.count(b"\n")) == (3, 1)
    assert b"ingest" in asked.stderr
    stats = searcher("stats", "--json", folder=tmp_path)
    assert (stats.returncode, json.loads(stats.stdout)["index"]) == (3, None)
    for line in ("query ferry", "export", "show a1", "delete a1 --yes", "copy --to backup"):
        assert searcher(*line.split(), folder=tmp_path).returncode == 3, line


def test_an_index_of_somebody_else_is_not_read(cluster: Cluster, cluster_config: Config, tmp_path: Path) -> None:
    """Articles are not looked for in an index that searcher did not make: one line says whose it is, and it stays as it is."""
    settled(cluster_config, tmp_path)
    with closing(Connection(cluster_settings(cluster_config))) as connection:
        document = f"/{cluster_config.cluster.index}/_doc/x"
        connection.request("PUT", document, body={"x": "y"}, params={"refresh": "true"})
        for line in ("export", "show x", "delete x --yes"):
            done = searcher(*line.split(), folder=tmp_path)
            assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (3, b"", 1), line
            assert b"did not make" in done.stderr
        assert connection.request("GET", document)["_source"] == {"x": "y"}


def test_config_show_of_a_cluster(tmp_path: Path) -> None:
    """The settings of the cluster are shown and can be read again; the password of the environment is not among them."""
    (tmp_path / "searcher.yml").write_text("engine: opensearch\ncluster: {hosts: 'http://127.0.0.1:9', shards: 5}\n")
    secret = {"SEARCHER_CLUSTER_USER": "ada", "SEARCHER_CLUSTER_PASSWORD": "hidden-word"}
    shown = searcher("config", "show", folder=tmp_path, **secret)
    assert (shown.returncode, b"hidden-word" in shown.stdout + shown.stderr) == (0, False)
    (tmp_path / "searcher.yml").write_bytes(shown.stdout)
    assert searcher("config", "show", folder=tmp_path).stdout == shown.stdout
    assert b"shards: 5" in shown.stdout


def test_the_environment_names_the_cluster(cluster: Cluster, cluster_config: Config, tmp_path: Path) -> None:
    """SEARCHER_CLUSTER_HOSTS stands above the file, as SEARCHER_CONFIG names it."""
    made_archive(settled(cluster_config, tmp_path))
    elsewhere = dataclasses.replace(cluster_config.cluster, hosts="http://127.0.0.1:9", retries=0)
    (tmp_path / "other").mkdir()
    other = written(dataclasses.replace(cluster_config, cluster=elsewhere), tmp_path / "other")

    def queried(**environment: str) -> subprocess.CompletedProcess[bytes]:
        return searcher("query", "ferry", folder=tmp_path / "other", SEARCHER_CONFIG=str(other), **environment)

    assert queried().returncode == 3
    assert queried(SEARCHER_CLUSTER_HOSTS=cluster_config.cluster.hosts or "").returncode == 0
