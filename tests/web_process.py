"""The real command in a process of its own, as tests of the served pages need it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

TIMEOUT_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class Served:
    """A running `searcher serve`: where its pages are, and the process."""

    url: str
    process: subprocess.Popen[str]


def run_searcher(*arguments: str) -> str:
    """Runs `searcher` and gives back what it printed; fails if the command fails."""
    done = subprocess.run(
        [sys.executable, "-m", "searcher", *arguments],
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextlib.contextmanager
def served(data: Path | None = None, *, config: Path | None = None) -> Iterator[Served]:
    """Runs `searcher serve --port 0` over the data directory, or what the file of settings names, until the context ends."""
    archive = ["--data", str(data)] if data else ["--config", str(config)]
    process = subprocess.Popen(
        [sys.executable, "-m", "searcher", *archive, "serve", "--port", "0"],
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), process.communicate(timeout=TIMEOUT_SECONDS)
        yield Served(url, process)
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT_SECONDS)


def _environment() -> dict[str, str]:
    """This process's environment without settings of the person who runs the tests, and with this project to import."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEARCHER_")}
    root = str(Path(__file__).resolve().parent.parent)
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
