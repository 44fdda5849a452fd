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

# All that `searcher query WORDS` may bring in from outside the standard library. Numpy alone is half of its time: whatever
# is added here should be worth its milliseconds (`python -X importtime -m searcher query WORDS`).
QUERY_PACKAGES = {"searcher", "index", "click", "numpy", "Stemmer", "zstandard"}
# Parts of the standard library that take 3 to 40 ms and that a search does without.
QUERY_DOES_WITHOUT = {
    *("asyncio", "concurrent.futures", "csv", "difflib", "email", "html", "http", "multiprocessing", "sqlite3"),
    *("ssl", "subprocess", "unittest", "urllib.request", "xml", "zoneinfo"),
}
# Ours that only other commands need, or queries that are more than words.
QUERY_LEAVES_OUT = {
    *("index.bulk", "index.commits", "index.dedupe", "index.ingest", "index.pages", "index.store", "index.whoosh_schema"),
    *(
        "index.cluster",
        "searcher.grammar",
        "searcher.adding",
        "searcher.checking",
        "searcher.cluster",
        "searcher.reports",
        "searcher.writeside",
        "searcher.cli.ingest",
        "web",
    ),
}


def imported(*arguments: str, folder: Path) -> tuple[int, set[str]]:
    """The exit code of a command and the names of the modules that were imported when it ended, but for Python's own start."""
    script = (
        "import json, sys\n"
        "before = set(sys.modules)\n"
        "from searcher.cli.main import run\n"
        f"code = run({list(arguments)!r})\n"
        "print('\\n' + json.dumps([code, sorted(set(sys.modules) - before)]), file=sys.stderr)\n"
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


def packages(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def outside(names: set[str]) -> set[str]:
    """Packages that are no part of Python; numpy makes a module object of its own for compiled code, whose name varies."""
    return {name for name in packages(names) - sys.stdlib_module_names if not name.startswith(("_", "cython_runtime"))}


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
    assert not packages(names) & HEAVY


@pytest.mark.parametrize("command", ["query ferry", "query ferry brask --jsonl", "query ferry --no-snippets --sort newest"])
def test_a_search_for_words_imports_what_is_listed(folder: Path, command: str) -> None:
    """A new import on the way from words to hits has to be put on the list, after a look at what it costs."""
    code, names = imported(*command.split(), folder=folder)

    assert code == 0
    assert outside(names) <= QUERY_PACKAGES
    assert names & (QUERY_DOES_WITHOUT | QUERY_LEAVES_OUT) == set()


def test_the_list_can_be_broken(folder: Path) -> None:
    """The check above can fail: a phrase needs the grammar, an ingest SQLite and the parsers of pages."""
    assert "searcher.grammar" in imported("query", '"ferry to brask"', folder=folder)[1]
    assert {"sqlite3", "searcher.writeside", "bs4"} <= imported("ingest", "a.jsonl", folder=folder)[1]


@pytest.mark.parametrize("command", ["--help", "query -h", "config show", "--version"])
def test_help_and_settings_need_no_engine(folder: Path, command: str) -> None:
    """What opens no archive does not wait for numpy."""
    code, names = imported(*command.split(), folder=folder)

    assert code == 0
    assert "numpy" not in names


def test_the_command_line_asks_numpy_for_no_threads(folder: Path) -> None:
    """The number of threads is set before numpy could start any, unless the user has set it."""
    script = "import os, sys, searcher.cli; print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
    kept = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"} | {"PYTHONPATH": str(ROOT)}
    for given, seen in (({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")):
        ran = subprocess.run([sys.executable, "-c", script], env=kept | given, capture_output=True, text=True, check=True)
        assert ran.stdout.split() == [seen, "False"]


def test_yaml_is_imported_for_a_file(folder: Path, tmp_path: Path) -> None:
    """The check for heavy packages can fail: a configuration file does bring in YAML."""
    (tmp_path / "searcher.yml").write_text(f"data: {folder / 'var'}\n")
    code, names = imported("query", "ferry", folder=tmp_path)

    assert (code, "yaml" in names) == (0, True)
