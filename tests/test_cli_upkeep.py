"""The commands that take stock, delete, copy and serve, on an archive in memory: what each asks, prints and ends with."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.store import Problem
from searcher.cli import session
from searcher.config import Config
from searcher.reports import ClusterState, Ranking
from tests.cli_fakes import CommandLine, FakeArchive, faked


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return faked(monkeypatch, tmp_path, capsys)


class Keyboard(io.StringIO):
    """Standard input as a person's terminal."""

    def isatty(self) -> bool:
        """Somebody types."""
        return True


def test_copy_opens_both_sides(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """--to copies the archive in force to the other side, --from the other way; a file is read without the environment."""
    opened: list[FakeArchive] = []

    def opening(config: Config, _wait: float) -> FakeArchive:
        opened.append(FakeArchive(config))
        return opened[-1]

    monkeypatch.setattr(session, "open_archive", opening)
    monkeypatch.setenv("SEARCHER_DATA", "here")
    (tmp_path / "here").mkdir()
    (tmp_path / "other.yml").write_text("data: there\n")
    (tmp_path / "there").mkdir()

    for arguments, places in (
        (("--to", "folder"), ["here", "folder"]),
        (("--to", "other.yml"), ["here", "there"]),
        (("--from", "other.yml"), ["there", "here"]),
    ):
        ran = cli("copy", *arguments)
        assert ran.out == f"2 articles in {places[1]}: 1 copied, 1 unchanged\n", ran.err
        assert "Not copied: which pages and files were ingested" in ran.err
        assert [one.place for one in opened] == places
        assert opened[0].asked == [("copy_to", (opened[1],))]
        assert all(one.closed for one in opened)
        opened.clear()
    assert json.loads(cli("copy", "--to", "folder", "--json").out) == {"articles": 2, "copied": 1, "unchanged": 1}


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("copy", 2, "either --to TARGET or --from SOURCE"),
        ("copy --to a --from b", 2, "either --to TARGET or --from SOURCE"),
        ("copy --from nowhere", 3, "there is no archive in nowhere"),
        ("copy --to nowhere.yml", 2, "nowhere.yml"),
    ],
)
def test_copy_refuses(cli: CommandLine, line: str, code: int, message: str, tmp_path: Path) -> None:
    """Neither side or both, a source that is not there, a file that cannot be read: nothing is copied and no folder is made."""
    ran = cli(*line.split())

    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err
    assert not (tmp_path / "nowhere").exists()


def test_stats_of_a_cluster(cli: CommandLine) -> None:
    """Engine, ranking, cluster, health, shards and what rebuilds kept are told; in JSON as objects beside the index."""
    cli.archive.ranking = Ranking(4.0, 1.5, 1.0, 30, 1.8, 0.72, 0.2)
    cli.archive.cluster = ClusterState("news", "3.8.0", "yellow", 3, "news-000002", 3, 1, ("news-000001",))
    ran, document = cli("stats"), json.loads(cli("stats", "--json").out)

    assert "ranking     BM25F: title 4, first 30 words 1.5, body 1; k1 1.8, b 0.72, surface 0.2\n" in ran.out
    assert "cluster     news, OpenSearch 3.8.0, 3 nodes, yellow\n" in ran.out
    assert "shards      3, 1 more of each; news-000002\n" in ran.out
    assert "kept        news-000001 (`searcher rebuild --drop-old` deletes)\n" in ran.out
    assert document["ranking"]["lead"] == 1.5
    assert document["cluster"]["health"] == "yellow"


def test_delete_by_id(cli: CommandLine) -> None:
    """Ids that articles have are deleted, each once; others are named and no error."""
    ran = cli("delete", "a1", "zz", "a1", "--yes")

    assert (ran.code, ran.out) == (0, "deleted 1 article\n")
    assert "no article has the id 'zz'" in ran.err
    assert cli.archive.asked[-1] == ("delete", (["a1"],))


def test_delete_by_source_and_date(cli: CommandLine) -> None:
    """--before is the start of the named day, month or year in the configured time zone, so that day itself is kept."""
    cli.archive.config = Config(timezone="Asia/Tokyo")
    for written, moment in (
        ("2025-05-27", datetime(2025, 5, 26, 15, tzinfo=UTC)),
        ("2025-05", datetime(2025, 4, 30, 15, tzinfo=UTC)),
        ("2025", datetime(2024, 12, 31, 15, tzinfo=UTC)),
        ("2025-05-27T08:00Z", datetime(2025, 5, 27, 8, tzinfo=UTC)),
    ):
        ran = cli("delete", "--source", "X", "--before", written, "--yes", "--json")
        assert json.loads(ran.out) == {"deleted": 2}
        assert cli.archive.asked[-2] == ("select", {"source": "X", "before": moment})


def test_dry_run(cli: CommandLine) -> None:
    """--dry-run counts, deletes nothing and asks nothing."""
    assert cli("delete", "--source", "X", "--dry-run").out == "would delete 2 articles\n"
    assert json.loads(cli("delete", "--source", "X", "--dry-run", "--json").out) == {"deleted": 0, "would_delete": 2}
    assert "delete" not in {method for method, _ in cli.archive.asked}


def test_delete_asks(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal delete asks, on stderr; only yes deletes."""
    for typed, count in (("y\n", 2), ("n\n", 0), ("\n", 0)):
        monkeypatch.setattr(sys, "stdin", Keyboard(typed))
        ran = cli("delete", "--source", "X")
        assert "Delete 2 articles from var? [y/N]" in ran.err
        assert ran.out == f"deleted {count} articles\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("delete", "either IDs or --source and --before"),
        ("delete a1 --source X --yes", "either IDs or --source and --before"),
        ("delete a1", "Add --yes to delete"),
        ("delete --source X --before= --yes", "expected a date or time such as"),
        ("delete --before tomorrow --yes", "expected a date or time such as"),
    ],
)
def test_delete_refuses(cli: CommandLine, line: str, message: str) -> None:
    """Nothing to go by, both ways at once, no one to ask, a bad date: exit code 2 and nothing is deleted."""
    ran = cli(*line.split())

    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert not cli.archive.asked


def test_stats(cli: CommandLine) -> None:
    """The state of the archive in words, and as the documented JSON."""
    ran = cli("stats")
    document = json.loads(cli("stats", "--json").out)

    assert (ran.code, ran.err) == (0, "")
    assert "articles    2\n" in ran.out
    assert "earliest    2025-05-27T08:30:00Z\n" in ran.out
    assert list(document) == ["articles", "sources", "earliest", "latest", "index"]
    assert set(document["index"]) >= {"generation", "articles", "bytes", "segments", "engine"}


def test_stats_without_index(cli: CommandLine) -> None:
    """Without an index the rest is told all the same, exit code 3."""
    cli.archive.index = None
    ran = cli("stats", "--json")

    assert (ran.code, json.loads(ran.out)["index"]) == (3, None)
    assert "`searcher rebuild` makes one" in ran.err


def test_check(cli: CommandLine) -> None:
    """Sound: exit code 0. Damaged: each problem on a line of stdout, the way to mend it on stderr, exit code 3."""
    assert (cli("check").code, cli("check").out) == (0, "no damage found\n")
    assert json.loads(cli("check", "--deep", "--json").out) == {"ok": True, "problems": []}
    assert cli.archive.asked[-1] == ("check", {"deep": True})
    cli.archive.problems = (Problem("index/terms", "checksum differs"),)
    ran = cli("check")
    assert (ran.code, ran.out) == (3, "index/terms: checksum differs\n")
    assert "searcher rebuild" in ran.err


def test_serve(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Serve hands archive and address to the web room and prints the URL alone on stdout; options beat the settings."""
    (tmp_path / "searcher.yml").write_text("web: {port: 9000}\n")
    seen: list[tuple[object, ...]] = []

    def served(archive: object, host: str, port: int, announce: object) -> None:
        seen.append((archive, host, port))
        announce(f"http://{host}:{port}/")  # type: ignore[operator]

    monkeypatch.setattr("web.serve", served)

    assert cli("serve").out == "http://127.0.0.1:9000/\n"
    assert cli("serve", "--host", "::1", "--port", "0").out == "http://::1:0/\n"
    assert [one[1:] for one in seen] == [("127.0.0.1", 9000), ("::1", 0)]
    assert cli("serve", "--port", "70000").code == 2


def test_serve_on_a_taken_port(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that cannot be had is one line, not a traceback."""

    def refused(*_: object) -> None:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr("web.serve", refused)

    ran = cli("serve")

    assert (ran.code, ran.err) == (
        2,
        "searcher: cannot listen on 127.0.0.1:8000 ([Errno 98] Address already in use); choose another with --host or --port\n",
    )
