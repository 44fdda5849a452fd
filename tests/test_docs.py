"""The documentation is true: README's commands run, its tables are complete, its Python works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from searcher.cli.main import COMMANDS
from searcher.config import SETTINGS
from searcher.fields import FIELDS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def commands() -> list[str]:
    """Every command line of README's console blocks, in order."""
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_the_tour_runs(tmp_path: Path) -> None:
    """Every command of the tour, one after the other as a reader would type them, ends well and prints something."""
    shutil.copytree(ROOT / "index/samples", tmp_path / "index/samples")
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    program = bin_dir / "searcher"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m searcher "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{bin_dir}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    for command in commands():
        done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout or done.stderr, command


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """README's Python block works as it stands."""
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(block, {})  # noqa: S102 - our own README

    assert capsys.readouterr().out.startswith("1 Ferry back in service ((")


def test_every_command_is_documented() -> None:
    """README names each command of the program."""
    assert [name for name in COMMANDS if f"searcher {name}" not in README] == []


def test_every_setting_is_documented() -> None:
    """README's table of settings is the table of the program."""
    rows = "\n".join(f"| `{s.name}` | {_shown(s.default)} | {s.help} |" for s in SETTINGS)
    table = README.split("<!-- settings -->")[1].split("<!-- /settings -->")[0].strip()

    assert table == rows.strip(), f"README's settings should read:\n{rows}"


def _shown(value: object) -> str:
    return "" if value is None or value == () else f"`{value}`"


def test_every_field_is_documented() -> None:
    """README's card of the query language has each field."""
    assert [field for field in set(FIELDS.values()) if f"`{field}:" not in README] == []


def test_links_lead_somewhere() -> None:
    """Every relative link of the documents names a file that is there."""
    for document in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md"):
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / document).read_text("utf-8")):
            assert (ROOT / target).exists(), f"{document}: {target}"
