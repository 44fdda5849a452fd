"""What was acknowledged survives a kill: a child process stores batches, prints their ids, and is killed at some moment."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from index.store import ArticleStore

ROOT = Path(__file__).resolve().parent.parent

# Prints a line of ids after each batch has been committed, and "open" when the store is open.
CHILD = """
import sys
from pathlib import Path
from index.article import Article
from index.store import ArticleStore

start = int(sys.argv[2])
with ArticleStore.open(Path(sys.argv[1])) as store:
    print("open", flush=True)
    for first in range(start, start + 1_000_000, 7):
        with store.batch():
            stored = [
                store.merge(Article(f"Story {n} of the day", f"word{n} " * (n % 90 + 1), str(n) if n % 2 else None)).article_id
                for n in range(first, first + 7)
            ]
            store.delete(stored[:1])
        print(*stored[1:], flush=True)
"""


def start_child(path: Path, start: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CHILD, str(path), str(start)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT)


def test_acknowledged_articles_survive_a_kill(tmp_path: Path) -> None:
    """After each of ten kills the store opens, is sound, holds every acknowledged article, and holds whole batches only."""
    path, rng, acknowledged = tmp_path / "articles.sqlite3", random.Random(7), set[str]()
    for round_number in range(10):
        child = start_child(path, round_number * 1_000_000)
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        time.sleep(rng.uniform(0.0, 0.25))
        child.send_signal(signal.SIGKILL)
        output, _ = child.communicate()
        # The last line may be torn, and then it was not acknowledged.
        acknowledged.update(article_id for line in output.split("\n")[:-1] for article_id in line.split())
        with ArticleStore.open(path) as store:
            ids = set(store.ids())
            assert acknowledged <= ids
            assert len(ids) % 6 == 0
            assert store.check(deep=True) == []
    assert len(acknowledged) > 60


def test_a_file_size_limit_takes_nothing_acknowledged(tmp_path: Path) -> None:
    """Where the system refuses to let the file grow, the child ends with our error, and every acknowledged article is there."""
    path = tmp_path / "articles.sqlite3"

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), "0"],
        capture_output=True, text=True, env=environment, cwd=ROOT, preexec_fn=limit, timeout=60, check=False,
    )  # fmt: skip
    assert "index.errors.StoreError" in child.stderr and str(path) in child.stderr
    acknowledged = {article_id for line in child.stdout.split("\n")[1:] for article_id in line.split()}
    with ArticleStore.open(path) as store:
        assert acknowledged == set(store.ids()) != set()
        assert store.check(deep=True) == []
