"""One adapter an engine, all of one shape: give a folder, build an index there from articles, open it, search it.

What is fair: title and body are indexed with English stemming, positions and no stop words, and kept in the index; a title
counts double where the engine can say so; source and time of publication are indexed as the engine does it best; the ten
best ids are read from what the engine stores. Each engine runs with its defaults where nothing is said here.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar, Protocol

from tests.bench.corpus import Document
from tests.bench.queries import Query

LIMIT = 10


class Engine(Protocol):
    """What the benchmark asks of an engine. Made with the folder that is its own."""

    # Parts of a Query that it cannot answer; queries with one of them are not put to it.
    cannot: ClassVar[frozenset[str]]

    def __init__(self, folder: Path) -> None: ...

    def build(self, articles: Iterable[Document]) -> int:
        """Indexes the articles, commits, closes; their number."""

    def open(self) -> None:
        """Makes ready to search, as a program does once."""

    def close(self) -> None:
        """Lets go of what open took."""

    def search(self, query: Query, *, snippets: bool) -> list[str]:
        """The ids of the LIMIT best; with snippets, one of each body is made and thrown away."""

    def sizes(self) -> Mapping[str, int]:
        """Bytes on disk, by part: "index", and "store" where articles are kept beside it."""


# Name -> module and class. A module is imported only in the process of its engine: what it imports is in its memory.
ENGINES = {
    "ours": ("tests.bench.engines.ours", "Ours"),
    "tantivy": ("tests.bench.engines.tantivy", "Tantivy"),
    "fts5": ("tests.bench.engines.fts5", "Fts5"),
    "whoosh": ("tests.bench.engines.whoosh", "Whoosh"),
}


def load(name: str, folder: Path) -> Engine:
    """The adapter of an engine over a folder, made if missing."""
    module, adapter = ENGINES[name]
    folder.mkdir(parents=True, exist_ok=True)
    engine: Engine = getattr(importlib.import_module(module), adapter)(folder)
    return engine


def folder_size(folder: Path) -> int:
    """Bytes of all files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
