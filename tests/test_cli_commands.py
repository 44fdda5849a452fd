"""Help, settings and the commands that take in and give out, on an archive in memory: what each asks, prints and ends with."""

from __future__ import annotations

import gzip
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from index.ingest import IngestReport
from index.pages.page import Quarantined
from searcher.cli import session, settings
from searcher.cli.main import COMMANDS, root
from searcher.config import Config, load_config
from tests.cli_fakes import FERRY, SILT, CommandLine, faked


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return faked(monkeypatch, tmp_path, capsys)


@pytest.mark.parametrize("arguments", [(), ("-h",), ("--help",)])
def test_help_leads_with_examples(cli: CommandLine, arguments: tuple[str, ...]) -> None:
    """`searcher` alone and -h print the same help on stdout, examples before options, every command with its purpose."""
    ran = cli(*arguments)

    assert ran.code == 0
    assert ran.out.index("Examples:") < ran.out.index("Options:") < ran.out.index("Commands:")
    assert all(f"  {name} " in ran.out for name in COMMANDS)
    assert ran.out == cli("--help").out


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command(cli: CommandLine, name: str) -> None:
    """Each command has help with examples of itself, and the same purpose in the list of commands."""
    ran = cli(name, "-h")

    assert ran.code == 0
    assert f"Examples:\n  searcher {name}" in ran.out
    command = root.get_command(click.Context(root), name)
    assert command is not None
    assert (command.help or "").split("\n")[0] == COMMANDS[name][1]


def test_version(cli: CommandLine) -> None:
    """--version names program and version."""
    assert cli("--version").out.startswith("searcher 0.")


def test_ingest_tells_what_became_of_the_input(cli: CommandLine) -> None:
    """The summary counts on stdout; reasons and what to do next on stderr; exit code 5 for input that was left out."""
    cli.archive.ingested = IngestReport(
        3, 1120, 1078, 3, 37, 2, (Quarantined("a.txt", None, "binary"), Quarantined("b.jsonl", 7, "broken"))
    )
    ran = cli("ingest", "pages")

    assert (ran.code, ran.out) == (5, "+1,078 new, 3 updated, 37 unchanged, 2 duplicates, 2 quarantined\n")
    assert ran.err == "quarantined: a.txt: binary\nquarantined: b.jsonl:7: broken\nNext: searcher query WORDS\n"


def test_ingest_says_when_nothing_changed(cli: CommandLine) -> None:
    """The same input again changes nothing, and that is said."""
    cli.archive.ingested = IngestReport(1, 40, 0, 0, 40, 0, ())
    ran = cli("ingest", "pages")

    assert (ran.code, ran.out, ran.err) == (0, "+0 new, 40 unchanged\n", "Nothing changed.\n")


def test_ingest_options(cli: CommandLine) -> None:
    """--captured reaches the archive as a moment in the configured time zone; --no-index is handed on and told about."""
    cli.archive.config = Config(timezone="Asia/Tokyo")
    cli.archive.ingested = IngestReport(1, 1, 1)
    ran = cli("ingest", "--captured", "2025-06-17T08:30", "--no-index", "pages")
    method, options = cli.archive.asked[-1]

    assert (method, options["captured"], options["index"]) == ("ingest", datetime(2025, 6, 16, 23, 30, tzinfo=UTC), False)
    assert ran.err == "Next: searcher update\n"


@pytest.mark.parametrize("command", ["ingest pages", "update", "rebuild", "delete a1 --yes"])
def test_how_long_to_wait_for_another_writer(cli: CommandLine, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every writing command takes --wait in whole seconds, ten if nothing is said; a wait below none is wrong usage."""
    waits: list[float] = []
    monkeypatch.setattr(session, "open_archive", lambda _config, wait: waits.append(wait) or cli.archive)

    assert [cli(*command.split(), *option).code for option in ((), ("--wait", "0"), ("--wait", "60"))] == [0, 0, 0]
    assert waits == [10, 0, 60]
    assert cli(*command.split(), "--wait", "-1").code == 2


@pytest.mark.parametrize("when", ["yesterday", "2 hours ago", "17-06-2025", "2025-13-01", "", "0001-01-01T00:00+14:00"])
def test_captured_is_iso_8601(cli: CommandLine, when: str) -> None:
    """Another date than an ISO 8601 one is wrong usage that shows a right one."""
    ran = cli("ingest", "--captured", when, "pages")

    assert (ran.code, cli.archive.asked) == (2, [])
    assert "expected a date or time such as 2025-06-17 or 2025-06-17T08:30Z" in ran.err


def test_quiet_ingest(cli: CommandLine) -> None:
    """--quiet tells only what could not be read."""
    cli.archive.ingested = IngestReport(1, 1, 1, quarantined=(Quarantined("a\x1b[2J", None, "binary"),))

    assert (cli("ingest", "--quiet", "x").out, cli("ingest", "--quiet", "x").err) == ("", "quarantined: a␛[2J: binary\n")


def test_many_quarantined(cli: CommandLine) -> None:
    """Thousands of reasons do not bury the summary: the first are told, the others counted."""
    cli.archive.ingested = IngestReport(quarantined=tuple(Quarantined("a.jsonl", n, "broken") for n in range(1, 2001)))
    ran = cli("ingest", "x")

    assert len(ran.err.splitlines()) < 60
    assert "... and 1,950 more; --json lists them all." in ran.err


def test_interrupted_ingest(cli: CommandLine) -> None:
    """Ctrl-C says what is kept, exit code 130."""
    cli.archive.failure = KeyboardInterrupt()
    ran = cli("ingest", "x")

    assert ran.code == 130
    assert "What was stored stays; the same command goes on from there." in ran.err


def test_export(cli: CommandLine) -> None:
    """Export prints one article a line; a query, dashes and all, chooses among them."""
    ran = cli("export")

    assert [json.loads(line) for line in ran.out.splitlines()] == [FERRY.to_mapping(), SILT.to_mapping()]
    assert cli.archive.asked[-1] == ("export", (None,))
    cli("export", "ferry", "-silt")
    assert cli.archive.asked[-1] == ("export", ("ferry -silt",))


def test_export_to_a_file(cli: CommandLine, tmp_path: Path) -> None:
    """--output writes the file as a whole, with ordinary permissions, through a link, and leaves no draft behind."""
    (tmp_path / "real.jsonl").write_text("old")
    (tmp_path / "link.jsonl").symlink_to("real.jsonl")
    ran = cli("export", "--output", "link.jsonl")
    lines = (tmp_path / "real.jsonl").read_text(encoding="utf-8").splitlines()

    assert (ran.out, ran.err, len(lines)) == ("", "Wrote 2 articles to link.jsonl.\n", 2)
    assert (tmp_path / "link.jsonl").is_symlink()
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((tmp_path / "real.jsonl").stat().st_mode) == 0o666 & ~umask
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.jsonl", "real.jsonl", "var"]


def test_a_failed_export_leaves_the_file(cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where export fails halfway, the file is as it was and no draft stays."""
    (tmp_path / "out.jsonl").write_text("old")
    monkeypatch.setattr(cli.archive, "articles", {"a1": FERRY, "b2": None})
    with pytest.raises(AttributeError):
        cli("export", "--output", "out.jsonl")

    assert (tmp_path / "out.jsonl").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "var"]


def test_export_into_a_pipe_or_device(cli: CommandLine) -> None:
    """A device is written to, not replaced by a file; a folder that is not there is one line and exit code 2."""
    assert cli("export", "--output", "/dev/null").code == 0
    assert not Path("/dev/null").is_file()
    ran = cli("export", "--output", "none/out.jsonl")
    assert (ran.code, ran.err.count("\n")) == (2, 1)


def test_a_gzip_of_an_export_is_what_ingest_reads(cli: CommandLine) -> None:
    """Exported lines are compact JSON that survives compression and any line reader."""
    text = cli("export").out

    assert gzip.decompress(gzip.compress(text.encode())).decode() == text
    assert text.count("\n") == 2


@pytest.mark.parametrize(("command", "articles", "generation"), [("update", 2, 4), ("rebuild", 1, 5)])
def test_update_and_rebuild(cli: CommandLine, command: str, articles: int, generation: int) -> None:
    """Both report articles, time, size and generation, in words and as the documented JSON."""
    noun = "articles" if articles > 1 else "article"

    assert cli(command).out == f"{articles} {noun} indexed in 0.5 s, 2.5 MB, generation {generation}\n"
    assert list(json.loads(cli(command, "--json").out)) == ["articles", "generation", "seconds", "bytes"]


def test_a_kept_index_is_told_with_how_to_drop_it(cli: CommandLine) -> None:
    """What a rebuild on a cluster keeps is named on stderr and in the JSON; --drop-old deletes it and rebuilds nothing."""
    assert "old" not in cli("rebuild").err
    assert json.loads(cli("rebuild", "--drop-old", "--json").out) == {"dropped": []}
    assert cli("rebuild", "--drop-old").out == "there is no old index to delete\n"

    cli.archive.old_indexes = ("news-000001",)
    assert "What it replaced is kept (news-000001); `searcher rebuild --drop-old` deletes that." in cli("rebuild").err
    assert json.loads(cli("rebuild", "--json").out)["old_indexes"] == ["news-000001"]
    cli.archive.asked.clear()
    assert cli("rebuild", "--drop-old").out == "deleted news-000001\n"
    assert [method for method, _ in cli.archive.asked] == ["drop_old"]


def test_config_show_can_be_read_again(cli: CommandLine, tmp_path: Path) -> None:
    """What `config show` prints is a searcher.yml that gives the same settings, odd texts included."""
    written = (
        'data: "Ärchiv: #1"\ntimezone: Europe/Zurich\nsources: {"no: way": "null", x: "# y", "1": "yes"}\n'
        'ranking: {k1: 0.0000001}\nweb: {title: "24", host: "::1"}\nlimits: {query_chars: 7}\n'
    )
    (tmp_path / "searcher.yml").write_text(written, encoding="utf-8")
    before = load_config()
    ran = cli("config", "show")
    (tmp_path / "searcher.yml").write_text(ran.out, encoding="utf-8")

    assert load_config() == before
    assert before.sources == (("no: way", "null"), ("x", "# y"), ("1", "yes"))
    assert ran.err == "Read from searcher.yml.\n"


def test_config_show_tells_what_is_in_force(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options and environment are part of what is shown."""
    monkeypatch.setenv("SEARCHER_DATA", "env")

    assert "data: env " in cli("config", "show").out
    assert "data: option " in cli("--data", "option", "config", "show").out
    assert cli("config", "show").err == "There is no searcher.yml; these are the defaults.\n"


def test_config_keys(cli: CommandLine) -> None:
    """`config keys` is the table of the documentation."""
    assert cli("config", "keys").out.splitlines() == list(settings.key_table())
