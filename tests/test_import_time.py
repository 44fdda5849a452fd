"""Starting up costs little: what a command does not need is not imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"flask", "werkzeug", "jinja2", "waitress", "bs4", "lxml", "trafilatura", "yaml", "msgspec", "dateparser", "opensearchpy"}


def imported(*arguments: str, folder: Path) -> tuple[int, set[str]]:
    """The exit code of a command and the names of the packages that were imported when it ended."""
    script = (
        "import json, sys\n"
        "from searcher.cli.main import run\n"
        f"code = run({list(arguments)!r})\n"
        "print('\\n' + json.dumps([code, sorted({name.partition('.')[0] for name in sys.modules})]), file=sys.stderr)\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEARCHER_")}
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment | {"PYTHONPATH": str(ROOT)},
        timeout=120,
        check=False,
    )
    code, names = json.loads(ran.stderr.splitlines()[-1])
    return code, set(names)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive of one article."""
    folder = tmp_path_factory.mktemp("archive")
    (folder / "a.jsonl").write_text('{"title": "Ferry sails", "body": "The ferry to Brask sailed.", "id": "a1"}\n')
    code, _ = imported("ingest", "a.jsonl", folder=folder)
    assert code == 0
    return folder


@pytest.mark.parametrize(
    "command", ["query ferry --json", "query ferry", "show a1", "stats", "export", "--help", "query -h", "config show"]
)
def test_light_commands_import_no_heavy_package(folder: Path, command: str) -> None:
    """Searching and reading need neither web server, HTML parsers nor YAML."""
    code, names = imported(*command.split(), folder=folder)

    assert code == 0
    assert not names & HEAVY


def test_yaml_is_imported_for_a_file(folder: Path, tmp_path: Path) -> None:
    """The check above can fail: a configuration file does bring in YAML."""
    (tmp_path / "searcher.yml").write_text(f"data: {folder / 'var'}\n")
    code, names = imported("query", "ferry", folder=tmp_path)

    assert (code, "yaml" in names) == (0, True)
