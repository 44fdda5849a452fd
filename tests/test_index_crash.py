"""An index survives the death of its writer: real processes, killed at random moments."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import searcher
from tests import invented

COUNT = 600


def start(data: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "searcher", "--data", str(data), *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def duration(data: Path, *arguments: str) -> float:
    """How long the command takes when nobody kills it, in seconds."""
    began = time.monotonic()
    assert start(data, *arguments).wait() == 0
    return time.monotonic() - began


def test_a_killed_writer_leaves_the_old_index_or_the_new(tmp_path: Path) -> None:
    """After each kill of a rebuild or update the archive opens, finds every article, and the next update makes it whole."""
    rng = random.Random(3)
    with searcher.open(tmp_path) as archive:
        archive.add(invented.articles(COUNT))
    longest = duration(tmp_path, "rebuild")
    for round_number in range(8):
        if round_number % 2:
            lines = [json.dumps({"id": f"r{round_number}-{i}", "title": "more", "body": "walrus"}) for i in range(60)]
            (tmp_path / "more.jsonl").write_text("\n".join(lines))
            assert start(tmp_path, "ingest", "--no-index", str(tmp_path / "more.jsonl")).wait() == 0
        writer = start(tmp_path, "update" if round_number % 2 else "rebuild")
        time.sleep(rng.uniform(0.3, 1.0) * longest)
        writer.send_signal(signal.SIGKILL)
        writer.wait()

        with searcher.open(tmp_path) as archive:
            assert archive.search("", limit=1, facets=False).total >= COUNT
            archive.update()
            assert archive.check(deep=True).ok
            assert archive.stats().index.articles == archive.stats().articles
    assert len(list((tmp_path / "index").glob("gen-*"))) <= 2
