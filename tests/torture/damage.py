"""Random bit flips and truncations of the files of an index: `check` finds each, and no search ever gives a wrong answer."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import searcher
from index.errors import SearcherError
from tests import invented
from tests.torture.outcome import Outcome

QUERIES = (
    "",
    "us",
    "putin visit",
    '"state visit"',
    "war OR strike OR minister",
    "port -strike",
    "vis*",
    "source:harbor",
    "tag:climate",
    'author:"Lin Wei"',
    "after:2025-06 china",
    "title:xi",
    "minster~",
    '"union state"~3',
)


def damage(folder: Path, flips: int, truncations: int, *, articles: int = 400, seed: int = 5) -> Outcome:
    """Harms one file at a time, looks, and mends it again."""
    outcome, rng = Outcome("damage"), random.Random(seed)
    data = folder / "data"
    files = _make(data, articles)
    answers = {query: _answer(data, query) for query in QUERIES}
    harms: list[tuple[str, Callable[[bytes], bytes]]] = [("flip", lambda content: _flipped(content, rng))] * flips
    harms += [("truncation", lambda content: content[: rng.randrange(len(content))])] * truncations
    for number, (kind, harm) in enumerate(harms):
        file = files[number % len(files)]
        content = file.read_bytes()
        file.write_bytes(harm(content))
        try:
            _examine(data, file, outcome, f"{kind} {number} of {file.name}", {q: answers[q] for q in rng.sample(QUERIES, 5)})
        finally:
            file.write_bytes(content)
        outcome.counts[f"{kind} of {file.suffix[1:] or file.name}"] += 1
    outcome.require(not _problems(data), "the mended index has problems")
    return outcome


def _make(data: Path, articles: int) -> list[Path]:
    """An index of several segments with deletions; the files of its commit."""
    everything = invented.articles(articles)
    with searcher.open(data) as archive:
        archive.add(everything[: articles // 2])
        archive.add(everything[articles // 2 : -9])
        archive.delete([str(article.id) for article in everything[:articles:13]])
        archive.add(everything[-9:])
        current = archive._backend._index.current()
    directory = data / "index" / current.directory
    return [data / "index/CURRENT", directory / current.manifest.name, *(directory / name for name in current.manifest.files)]


def _examine(data: Path, file: Path, outcome: Outcome, where: str, answers: dict[str, Any]) -> None:
    with outcome.expecting(where):
        problems = _problems(data)
        outcome.require(any(file.name in problem for problem in problems), f"{where}: check says {problems}")
        outcome.counts["found by check"] += bool(problems)
    for query, expected in answers.items():
        with outcome.expecting(f"{where}, {query!r}"):
            try:
                right = _answer(data, query) == expected
            except SearcherError as error:
                outcome.counts["searches refused"] += 1
                outcome.require("searcher rebuild" in str(error), f"{where}: says {error}")
                continue
            outcome.counts["searches answered"] += 1
            outcome.require(right, f"{where}: wrong answer to {query!r}")


def _problems(data: Path) -> list[str]:
    with searcher.open(data) as archive:
        return [f"{problem.file}: {problem.what}" for problem in archive.check().problems]


def _answer(data: Path, query: str) -> Any:
    """All that a search says but the time it took."""
    with searcher.open(data, result_cache=0) as archive:
        mapping = archive.search(query, limit=20).to_mapping()
    del mapping["took_ms"]
    return mapping


def _flipped(content: bytes, rng: random.Random) -> bytes:
    at, bit = rng.randrange(len(content)), rng.randrange(8)
    return content[:at] + bytes([content[at] ^ (1 << bit)]) + content[at + 1 :]
