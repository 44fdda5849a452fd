"""What tests of commits share: a small index, commits to it, and which files are named and present."""

from __future__ import annotations

from pathlib import Path

from index.analysis import Analyzer
from index.embedded import EmbeddedIndex
from index.schema import ZoneWeights
from tests import invented

ARTICLES = invented.articles(12)


def index_at(folder: Path, weights: ZoneWeights | None = None) -> EmbeddedIndex:
    return EmbeddedIndex(folder / "index", Analyzer(), weights or ZoneWeights())


def commit(index: EmbeddedIndex, number: int, *, rebuild: bool = False) -> None:
    """A commit of one more article (a rebuild: of all up to it)."""
    with index.writer(rebuild=rebuild) as writer:
        for article in ARTICLES[: number + 1] if rebuild else ARTICLES[number : number + 1]:
            writer.add(article)
        writer.set_change(number + 1)


def named(index: EmbeddedIndex) -> set[str]:
    """The files of the current commit, manifest included."""
    manifest = index.current().manifest
    return {*manifest.files, manifest.name}


def present(index: EmbeddedIndex) -> set[str]:
    """All files and folders below the index, by name."""
    return {path.name for path in index.path.rglob("*")}
