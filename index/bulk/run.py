"""RunWriter: articles to one segment on disk.

Give it batches of articles; `finish` writes the segment. Its memory grows with tokens and documents, as `memory` estimates,
so that the caller can end the run in time; records go to disk as they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from index.analysis.bulk import BulkAnalyzer
from index.article import Article, parse_time
from index.bulk.dictionaries import Dictionaries
from index.bulk.keywords import Keywords
from index.bulk.texts import pack_texts
from index.bulk.words import WordFields
from index.codec.container import ContainerWriter
from index.codec.records import RecordWriter, pack_card
from index.codec.terms import narrowest
from index.schema import UNDATED, ZoneWeights

# Bytes that a run holds or needs when it is written, for each token and each document.
_TOKEN_BYTES = 14
_DOCUMENT_BYTES = 800


class RunWriter:
    """One segment in the making. path: its file; temporary files lie beside it.

    The analyzer must not be reset before `finish`; it may know more terms than those of the run.
    """

    def __init__(self, path: Path, analyzer: BulkAnalyzer, weights: ZoneWeights, dictionaries: Dictionaries) -> None:
        self.articles = 0
        self.path = path
        self._analyzer = analyzer
        self._words = WordFields(weights)
        self._keywords = Keywords()
        self._published: list[int] = []
        self._cards = RecordWriter(path.parent, dictionaries.card)
        self._texts = RecordWriter(path.parent, dictionaries.text)

    @property
    def memory(self) -> int:
        """Bytes that the run holds or will need when it is written, roughly; the vocabulary is the analyzer's."""
        return len(self._words) * _TOKEN_BYTES + self.articles * _DOCUMENT_BYTES

    def add(self, articles: Sequence[Article]) -> None:
        """Appends articles, which have ids."""
        table = self._analyzer.analyze([text for article in articles for text in (article.title, article.body)])
        self._words.add_text(table)
        for text in pack_texts(articles, table):
            self._texts.add(text)
        for article in articles:
            self._cards.add(pack_card(article))
        self._words.add("author", self._analyzer.analyze([article.author or "" for article in articles]))
        self._words.add("url", self._analyzer.analyze([article.url or "" for article in articles]))
        self._keywords.add(articles)
        self._published += [seconds(article.published) for article in articles]
        self.articles += len(articles)

    def finish(self) -> None:
        """Writes the segment, which is not synced."""
        with ContainerWriter(self.path, durable=False) as container:
            container.meta["articles"] = self.articles
            self._words.write(container, self.path.parent, self._analyzer.vocabulary)
            self._keywords.write(container, self.path.parent)
            container.add("published", np.array(self._published, np.int64))
            container.add("length", narrowest(self._words.lengths()))
            self._cards.finish(container, "card")
            self._texts.finish(container, "text")

    def close(self) -> None:
        """Drops the temporary files."""
        self._cards.close()
        self._texts.close()

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def seconds(published: str | None) -> int:
    """The column `published` of an article: seconds since 1970 UTC, UNDATED if it has no date."""
    return int(parse_time(published).timestamp()) if published else UNDATED
