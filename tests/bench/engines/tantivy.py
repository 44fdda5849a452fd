"""tantivy-py: a writer with a thread for each core and 512 MB, merged as its policy says; matches are counted (its default)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tantivy

from tests.bench.corpus import Document
from tests.bench.engines import LIMIT, folder_size
from tests.bench.queries import Query, month_bounds

HEAP = 512_000_000
TEXT = ["title", "body"]
BOOSTS = {"title": 2.0}
# One edit, an exchange of neighbors counted as one, whole words.
FUZZY = dict.fromkeys(TEXT, (False, 1, True))


class Tantivy:
    """Words, phrases and fuzzy words go through its own parser; what has no syntax there is put together as queries."""

    cannot = frozenset[str]()

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index: Any = None
        self._searcher: Any = None

    def build(self, articles: Iterable[Document]) -> int:
        """Adds, commits and waits for merges."""
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("id", stored=True, tokenizer_name="raw")
        schema.add_text_field("source", tokenizer_name="raw", index_option="basic")
        schema.add_integer_field("moment", indexed=True, fast=True)
        for field in TEXT:
            schema.add_text_field(field, stored=True, tokenizer_name="en_stem")
        writer = tantivy.Index(schema.build(), str(self._folder)).writer(HEAP, os.cpu_count() or 1)
        count = 0
        for count, article in enumerate(articles, 1):  # noqa: B007 - counts what streams by
            writer.add_document(_document(article))
        writer.commit()
        writer.wait_merging_threads()
        return count

    def open(self) -> None:
        """Opens index and searcher."""
        self._index = tantivy.Index.open(str(self._folder))
        self._searcher = self._index.searcher()

    def close(self) -> None:
        """Drops both; tantivy frees what nothing refers to."""
        self._index = self._searcher = None

    def search(self, query: Query, *, snippets: bool) -> list[str]:
        """Scores title and body, reads the stored documents."""
        asked = self._query(query)
        found = self._searcher.search(asked, LIMIT)
        documents = [self._searcher.doc(address) for _, address in found.hits]
        if snippets:
            generator = tantivy.SnippetGenerator.create(self._searcher, asked, self._index.schema, "body")
            for document in documents:
                generator.snippet_from_doc(document).to_html()
        return [document["id"][0] for document in documents]

    def sizes(self) -> dict[str, int]:
        """All its files."""
        return {"index": folder_size(self._folder)}

    def _query(self, query: Query) -> tantivy.Query:
        clauses = [clause for clause in (self._words(query), self._prefix(query), self._fuzzy(query)) if clause is not None]
        clauses += self._filters(query)
        return clauses[0] if len(clauses) == 1 else tantivy.Query.boolean_query([(tantivy.Occur.Must, one) for one in clauses])

    def _words(self, query: Query) -> tantivy.Query | None:
        text = parsed(query)
        return self._index.parse_query(text, TEXT, field_boosts=BOOSTS) if text else None

    def _prefix(self, query: Query) -> tantivy.Query | None:
        if not query.prefix:
            return None
        either = [tantivy.Query.regex_query(self._index.schema, field, f"{query.prefix}.*") for field in TEXT]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, one) for one in either])

    def _fuzzy(self, query: Query) -> tantivy.Query | None:
        return self._index.parse_query(query.fuzzy, TEXT, field_boosts=BOOSTS, fuzzy_fields=FUZZY) if query.fuzzy else None

    def _filters(self, query: Query) -> list[tantivy.Query]:
        schema, filters = self._index.schema, []
        if query.source:
            filters.append(tantivy.Query.term_query(schema, "source", query.source, "basic"))
        if query.month:
            start, end = month_bounds(query.month)
            kind = tantivy.FieldType.Integer
            filters.append(tantivy.Query.range_query(schema, "moment", kind, start, end, include_upper=False))
        return [tantivy.Query.const_score_query(one, 0.0) for one in filters]


def parsed(query: Query) -> str:
    """The words of the query in tantivy's language; mere alternatives are its default."""
    if query.parts() - {"typed"} == {"some"}:
        return " ".join(query.some)
    parts = [f"+{word}" for word in query.every]
    parts += [f"+({' '.join(query.some)})"] if query.some else []
    parts += [f'+"{" ".join(query.phrase)}"'] if query.phrase else []
    return " ".join(parts + [f"-{word}" for word in query.none])


def _document(article: Document) -> tantivy.Document:
    document = tantivy.Document(id=article.id, title=article.title, body=article.body)
    if article.source is not None:
        document.add_text("source", article.source)
    if article.moment is not None:
        document.add_integer("moment", article.moment)
    return document
