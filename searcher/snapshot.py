"""Snapshot: one generation of the embedded index, open for reading: documents, columns and the scores of terms."""

from __future__ import annotations

import dataclasses
import json
from bisect import bisect_right
from typing import Any

from whoosh import scoring
from whoosh.searching import Searcher

from index.analysis import Analyzer
from index.article import Article
from index.embedded import EmbeddedIndex
from index.errors import IndexDamaged
from index.schema import LENGTH_UNIT
from searcher.ranking import RankingProfile, inverse_document_frequency


@dataclasses.dataclass(slots=True)
class Leaf:
    """A segment: its searcher, the document number of its first document, and its columns."""

    searcher: Any
    offset: int
    published: Any
    source_name: Any


class Snapshot:
    """Answers from one generation until closed; the analyzer is the one that the index was made with."""

    def __init__(self, whoosh: Any, generation: int, analyzer: Analyzer, model: scoring.WeightingModel) -> None:
        self.generation = generation
        self.analyzer = analyzer
        self.searcher = Searcher(whoosh.reader(), weighting=model)
        self.reader = self.searcher.reader()
        self._whoosh = whoosh
        # An index without articles has one leaf all the same, whose reader has no columns.
        leaves = [(leaf, offset) for leaf, offset in self.searcher.leaf_searchers() if leaf.doc_count_all()]
        self.leaves = [_leaf(leaf, offset) for leaf, offset in leaves]
        self._offsets = [leaf.offset for leaf in self.leaves]

    @classmethod
    def open(cls, index: EmbeddedIndex, profile: RankingProfile) -> Snapshot:
        """Opens the current generation. An index made with an older analysis is refused: its terms would not be met."""
        current = index.current()
        analyzer = index.analyzer
        if current.settings.language != analyzer.language:
            analyzer = Analyzer(current.settings.language)
        if current.settings.analysis != analyzer.fingerprint:
            raise IndexDamaged(
                f"the index was made by {current.settings.analysis!r}, this version needs {analyzer.fingerprint!r}; "
                "run `searcher rebuild`"
            )
        return cls(index.open(current), current.generation, analyzer, _Bm25Model(profile, current.average_length))

    def docnum(self, article_id: str) -> int | None:
        """The document number of an article, None if it is not in the index."""
        key = article_id.encode("utf-8")
        if ("id", key) not in self.reader:
            return None
        return next(iter(self.reader.postings("id", key).all_ids()), None)

    def article(self, docnum: int) -> Article:
        """The whole article."""
        return Article.from_mapping(self._stored(docnum))

    def article_id(self, docnum: int) -> str:
        """Its id."""
        return str(self._stored(docnum)["id"])

    def published(self, docnum: int) -> int:
        """Seconds since 1970, or UNDATED."""
        leaf = self._leaf_of(docnum)
        return int(leaf.published[docnum - leaf.offset])

    def source_name(self, docnum: int) -> str | None:
        """The source as printed."""
        leaf = self._leaf_of(docnum)
        return leaf.source_name[docnum - leaf.offset].decode("utf-8") or None

    def close(self) -> None:
        """Closes the files."""
        self.searcher.close()
        self._whoosh.close()

    def _stored(self, docnum: int) -> dict[str, Any]:
        stored: dict[str, Any] = json.loads(self.reader.stored_fields(docnum)["article"])
        return stored

    def _leaf_of(self, docnum: int) -> Leaf:
        return self.leaves[bisect_right(self._offsets, docnum) - 1]


def _leaf(searcher: Any, offset: int) -> Leaf:
    reader = searcher.reader()
    return Leaf(searcher, offset, reader.column_reader("published"), reader.column_reader("source_name"))


class _Bm25Model(scoring.WeightingModel):
    """`searcher.ranking` at Whoosh's seam: document frequencies of the whole index, lengths from our exact column."""

    def __init__(self, profile: RankingProfile, average_length: float) -> None:
        self.profile = profile
        self.average_length = average_length

    def scorer(self, searcher: Any, fieldname: str, text: bytes, qf: int = 1) -> scoring.BaseScorer:
        parent = searcher.get_parent()
        idf = inverse_document_frequency(parent.doc_count_all(), parent.doc_frequency(fieldname, text))
        lengths = None if fieldname.startswith("title") else searcher.reader().column_reader("length")
        return _Bm25Scorer(self.profile, idf, lengths, self.average_length * LENGTH_UNIT)


class _Bm25Scorer(scoring.BaseScorer):
    def __init__(self, profile: RankingProfile, idf: float, lengths: Any, average: float) -> None:
        self.profile = profile
        self.idf = idf
        self.lengths = lengths
        self.average = average

    def score(self, matcher: Any) -> float:
        relative_length = 1.0 if self.lengths is None else self.lengths[matcher.id()] / self.average
        return self.profile.bm25(self.idf, matcher.weight(), relative_length)
