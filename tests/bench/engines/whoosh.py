"""Stock Whoosh 2.7: stemming, no stop words, one writer process with 512 MB.

Asked with optimize=False: with its default, an OR can loop for ever. So it scores, and counts, every match.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from whoosh import analysis, fields, index, qparser
from whoosh import query as queries

from tests.bench.corpus import Document
from tests.bench.engines import LIMIT, folder_size
from tests.bench.queries import Query, month_bounds

LIMIT_MB = 512
TEXT = ["title", "body"]


class Whoosh:
    """Parsed by its MultifieldParser, title and body."""

    cannot = frozenset[str]()

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._searcher: Any = None
        self._parser: Any = None

    def build(self, articles: Iterable[Document]) -> int:
        """Adds and commits."""
        stemming = analysis.StemmingAnalyzer(stoplist=None)
        schema = fields.Schema(
            id=fields.ID(stored=True),
            title=fields.TEXT(analyzer=stemming, stored=True, field_boost=2.0),
            body=fields.TEXT(analyzer=stemming, stored=True),
            source=fields.ID,
            moment=fields.NUMERIC(bits=64, signed=True),
        )
        writer = index.create_in(self._folder, schema).writer(limitmb=LIMIT_MB)
        count = 0
        for count, article in enumerate(articles, 1):  # noqa: B007 - counts what streams by
            known = {name: value for name, value in article._asdict().items() if value is not None and name != "published"}
            writer.add_document(**known)
        writer.commit()
        return count

    def open(self) -> None:
        """Opens a searcher and makes the parser."""
        opened = index.open_dir(self._folder)
        self._searcher = opened.searcher()
        self._parser = qparser.MultifieldParser(TEXT, opened.schema)
        self._parser.add_plugin(qparser.FuzzyTermPlugin())

    def close(self) -> None:
        """Closes the searcher."""
        self._searcher.close()

    def search(self, query: Query, *, snippets: bool) -> list[str]:
        """Scores every match."""
        found = self._searcher.search(self._query(query), limit=LIMIT, optimize=False)
        if snippets:
            for hit in found:
                hit.highlights("body")
        return [hit["id"] for hit in found]

    def sizes(self) -> dict[str, int]:
        """All its files."""
        return {"index": folder_size(self._folder)}

    def _query(self, query: Query) -> Any:
        clauses = [self._parser.parse(parsed(query))]
        clauses += [queries.Term("source", query.source)] if query.source else []
        if query.month:
            start, end = month_bounds(query.month)
            clauses.append(queries.NumericRange("moment", start, end, endexcl=True))
        return queries.And(clauses) if len(clauses) > 1 else clauses[0]


def parsed(query: Query) -> str:
    """The words of the query in Whoosh's language."""
    parts = list(query.every)
    parts += ["(" + " OR ".join(query.some) + ")"] if query.some else []
    parts += [f'"{" ".join(query.phrase)}"'] if query.phrase else []
    parts += [f"{query.prefix}*"] if query.prefix else []
    parts += [f"{query.fuzzy}~1"] if query.fuzzy else []
    return " ".join(parts + [f"NOT {word}" for word in query.none])
