"""Comparison: the whole article store against a commit of the index, on all cores.

Give `disagreements` the commit and the store; it gives back, by article id, what is wrong with each article that differs.
Analyzing every article anew is most of the work (1 ms for each 700 characters), so each worker, a plain subprocess of this
interpreter, reads the store itself and compares its share of the articles.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from index.agreement import IndexedArticles
from index.errors import IndexDamaged, SearcherError
from index.manifest import Manifest
from index.store import ArticleStore

_COMMAND = "import sys; sys.path[:] = sys.argv[5:]; from index.comparison import main; main()"
# Fewer articles are compared sooner than a process has started.
_LEAST_FOR_WORKERS = 1000
_MOST_WORKERS = 8


def disagreements(directory: Path, manifest: Manifest, store: ArticleStore) -> dict[str, str]:
    """What is wrong, by article id, in words that go on after the id. IndexOutdated if another analysis made the index."""
    indexed = IndexedArticles(directory, manifest)
    kept = set(store.ids())
    found = dict.fromkeys(kept - indexed.ids, "is not in the index")
    found |= dict.fromkeys(indexed.ids - kept, "is not in the store")
    found |= dict.fromkeys(indexed.twice, "is in the index twice")
    workers = min(os.cpu_count() or 1, _MOST_WORKERS)
    if len(kept) < _LEAST_FOR_WORKERS or workers == 1 or not sys.executable:
        return found | _differing(indexed, store, 0, 1)
    processes = [_start(directory / manifest.name, store.path, number, workers) for number in range(workers)]
    for process in processes:
        found |= _result(process)
    return found


def _differing(indexed: IndexedArticles, store: ArticleStore, share: int, shares: int) -> dict[str, str]:
    """The articles that are in both and differ, of one share of the store."""
    found = {}
    for number, article in enumerate(store.iter_articles()):
        if number % shares == share and article.id in indexed.ids and (names := indexed.differences(article)):
            found[str(article.id)] = f"differs from the store in {', '.join(names)}"
    return found


def _start(manifest: Path, store: Path, share: int, shares: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _COMMAND, str(manifest), str(store), str(share), str(shares), *sys.path]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves


def _result(process: subprocess.Popen[str]) -> dict[str, str]:
    printed, _ = process.communicate()
    if process.returncode:
        raise SearcherError(f"a process that compared index and store ended early (status {process.returncode}); try again")
    answer: dict[str, dict[str, str] | str] = json.loads(printed)
    if not isinstance(answer["found"], dict):
        raise IndexDamaged(answer["found"])
    return answer["found"]


def main() -> None:
    """A worker: compares the share that its arguments name, and prints what it found, or the error that it met."""
    manifest, store_path, share, shares = sys.argv[1:5]
    found: dict[str, str] | str
    try:
        indexed = IndexedArticles(Path(manifest).parent, Manifest.from_json(Path(manifest).read_bytes()))
        with ArticleStore.open(Path(store_path), read_only=True) as store:
            found = _differing(indexed, store, int(share), int(shares))
    except SearcherError as error:
        found = str(error)
    print(json.dumps({"found": found}))
