"""Our engine, through its public Python calls; the result cache is off and no facets are counted, as peers count none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import searcher
from searcher import Archive
from tests.bench.corpus import Document
from tests.bench.engines import LIMIT, folder_size
from tests.bench.queries import Query


# The package imports its parts when they are first asked for; naming Archive does that before anything is timed.
class Ours:
    """Building keeps the articles in the store and indexes them; `reindex` is the second half alone."""

    cannot = frozenset[str]()

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._archive: Archive | None = None

    def build(self, articles: Iterable[Document]) -> int:
        """Keeps and indexes the articles."""
        with searcher.open(self._folder, result_cache=0) as archive:
            archive.add(
                {"id": a.id, "title": a.title, "body": a.body, "source": a.source, "published": a.published} for a in articles
            )
            return archive.stats().articles

    def reindex(self) -> int:
        """Makes the index anew from the store; the number of articles."""
        with searcher.open(self._folder, result_cache=0) as archive:
            return archive.rebuild().articles

    def open(self) -> None:
        """Opens the archive."""
        self._archive = searcher.open(self._folder, result_cache=0)

    def close(self) -> None:
        """Closes the archive."""
        self._opened().close()
        self._archive = None

    def search(self, query: Query, *, snippets: bool) -> list[str]:
        """Asks by text, as people do."""
        result = self._opened().search(query.typed or written(query), limit=LIMIT, snippets=snippets, facets=False)
        return [hit.id for hit in result.hits]

    def sizes(self) -> dict[str, int]:
        """The index, and the store beside it."""
        index = folder_size(self._folder / "index")
        return {"index": index, "store": folder_size(self._folder) - index}

    def _opened(self) -> Archive:
        if self._archive is None:
            raise RuntimeError("the archive is not open: call open() first")
        return self._archive


def written(query: Query) -> str:
    """The query in our language. AND is written out: words side by side would be asked for again, fewer, if nothing is found."""
    some = " OR ".join(query.some)
    parts = [*query.every, f"({some})" if query.parts() != {"some"} and some else some]
    parts += [f'"{" ".join(query.phrase)}"'] if query.phrase else []
    parts += [f"NOT {word}" for word in query.none]
    parts += [f"{query.prefix}*"] if query.prefix else []
    parts += [f"{query.fuzzy}~"] if query.fuzzy else []
    parts += [f'source:"{query.source}"'] if query.source else []
    parts += [f"date:{query.month}"] if query.month else []
    return " AND ".join(part for part in parts if part)
