"""Keywords: ids, sources, tags and languages of a run of articles, to the keyword fields of a segment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from index.article import Article
from index.codec.container import ContainerWriter
from index.codec.fields import FieldWriter, Postings
from index.codec.terms import narrowest, pack_terms
from index.document import keyword

KEYWORD_FIELDS = ("id", "source", "tag", "lang")


class Keywords:
    """Which documents each keyword is of."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in KEYWORD_FIELDS}
        self._keys: dict[str, str] = {}  # of the values met so far, which are few
        self._sources: list[str | None] = []

    def add(self, articles: Sequence[Article]) -> None:
        """More articles."""
        for document, article in enumerate(articles, len(self._sources)):
            self._add("id", [article.id or ""], document)
            self._add("source", [self._key(article.source or "")], document)
            self._add("tag", {self._key(tag) for tag in article.tags}, document)
            self._add("lang", [self._key(article.lang or "")], document)
            self._sources.append(article.source)

    def write(self, container: ContainerWriter, folder: Path) -> None:
        """Appends the sections of the fields and those of the column `source`."""
        for name in KEYWORD_FIELDS:
            found = sorted((key.encode("utf-8"), documents) for key, documents in self._documents[name].items())
            counts = np.array([len(documents) for _, documents in found], np.int64)
            documents = np.array([document for _, documents in found for document in documents], np.int64)
            with FieldWriter(folder) as writer:
                writer.add(Postings([key for key, _ in found], counts, documents))
                writer.finish(container, name)
        write_sources(container, self._sources)

    def _key(self, value: str) -> str:
        found = self._keys.get(value)
        if found is None:
            found = self._keys[value] = keyword(value)
        return found

    def _add(self, name: str, keys: Iterable[str], document: int) -> None:
        for key in keys:
            if key:
                self._documents[name][key].append(document)


def write_sources(container: ContainerWriter, sources: Sequence[str | None]) -> None:
    """Appends the column `source` and its names. sources: of each document; None or empty for none."""
    names = sorted({source for source in sources if source})
    numbers = {name: number for number, name in enumerate(names, 1)}
    column = np.array([numbers.get(source or "", 0) for source in sources], np.int64)
    text, starts = pack_terms(name.encode("utf-8") for name in names)
    container.add("source", narrowest(column))
    container.add("source.names", text)
    container.add("source.names.starts", starts)
