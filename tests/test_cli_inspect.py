"""`searcher inspect`: every line and its fate, for any kind of input, with nothing stored."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.cli_fakes import CommandLine, FakeArchive

PAGE = "Ferry sails again\n\nThe ferry to Brask sailed on Monday, nine days after the storm had torn away its landing stage."


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """A command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "SEARCHER_DATA", "SEARCHER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return CommandLine(FakeArchive(), capsys)


def test_each_line_has_a_fate(cli: CommandLine, tmp_path: Path) -> None:
    """The table has each line of the page with fate and rule, then its articles and the sum; no folder is made."""
    Path("page.txt").write_text(PAGE)
    ran = cli("inspect", "page.txt")
    lines = ran.out.splitlines()

    assert (ran.code, ran.err, lines[0]) == (0, "", "page.txt")
    assert [line.split()[0] for line in lines[1:4]] == ["1", "2", "3"]
    assert [line.split()[2] for line in (lines[1], lines[3])] == ["title", "kept"]
    assert "article 1 (main): Ferry sails again · no source · undated" in lines
    assert lines[-2] == "1 article from 3 lines: 1 title, 1 blank, 1 kept"
    assert [path.name for path in tmp_path.iterdir()] == ["page.txt"]


def test_the_table_keeps_within_the_width(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts are cut to the terminal's width; a pipe gets them whole."""
    Path("page.txt").write_text(PAGE)
    assert "its landing stage." in cli("inspect", "page.txt").out
    monkeypatch.setenv("COLUMNS", "60")
    rows = cli("inspect", "page.txt").out.splitlines()[1:4]

    assert max(map(len, rows)) <= 60
    assert rows[2].endswith("…")


def test_articles_are_what_ingest_would_store(cli: CommandLine) -> None:
    """--articles prints JSON Lines, from pages and JSON Lines alike, with dates reckoned from --captured."""
    Path("page.txt").write_text(PAGE)
    with gzip.open("more.jsonl.gz", "wt") as file:
        file.write('{"title": "Silt", "body": "Silt rises.", "id": "b2"}\n')
    ran = cli("inspect", "--articles", "--captured", "2025-06-17", "page.txt", "more.jsonl.gz")
    first, second = map(json.loads, ran.out.splitlines())

    assert ran.code == 0
    assert (first["title"], first["id"], first["seen_on"]) == ("Ferry sails again", None, [str(Path("page.txt").absolute())])
    assert (second["title"], second["id"]) == ("Silt", "b2")


def test_what_cannot_be_read_is_told(cli: CommandLine) -> None:
    """Bad input is named on stderr and gives exit code 5, in both forms; the rest is shown."""
    Path("binary").write_bytes(bytes(range(256)) * 8)
    Path("lines.jsonl").write_text('{"title": "Silt", "body": "Silt rises."}\n{broken\n')
    for form in ((), ("--articles",)):
        ran = cli("inspect", *form, "missing.txt", "binary", "lines.jsonl")
        assert ran.code == 5
        assert [line.split(":")[1].strip() for line in ran.err.splitlines()] == ["missing.txt", "binary", "lines.jsonl"]
        assert "quarantined: lines.jsonl:2: " in ran.err
        assert "Silt" in ran.out


def test_a_line_of_json_is_shown_as_its_article(cli: CommandLine) -> None:
    """A file of articles has no lines to clean: each is shown with its place."""
    Path("lines.jsonl").write_text('{"title": "Silt", "body": "Silt rises.", "date": "2025-05"}\n')

    assert cli("inspect", "lines.jsonl").out == ("lines.jsonl:1\narticle 1 (main): Silt · no source · 2025-05\n1 article\n\n")


def test_a_wrong_profile_is_told(cli: CommandLine) -> None:
    """A mistake in a site profile is one line and exit code 2."""
    Path("profiles").mkdir()
    Path("profiles/site.yml").write_text("nonsense: 1\n")
    Path("searcher.yml").write_text("profiles: profiles\n")
    ran = cli("inspect", "page.txt")

    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert ran.err.startswith("searcher: profiles/site.yml:1: ")
