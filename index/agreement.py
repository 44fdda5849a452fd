"""Agreement: does an index hold what the article store holds? Every posting, column and stored field, article by article.

Give `IndexedArticles` a commit; `differences(article)` names the fields of an article that are not as `index_document`, the
plain definition, makes them. To compare postings, which lie term by term, with articles, each (document, field) gets one
64-bit sum of mixed hashes over its postings (term, weight, positions): one pass over the terms fills a column of sums, and
an article's own postings give the sum to compare. Memory is 8 bytes an article and field whatever the size of the index;
a difference goes unseen once in 2**64.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from index.analysis import Analyzer, Token
from index.article import Article
from index.bulk.former import read_deleted
from index.codec.field_reader import FieldReader
from index.codec.records import Offsets, read_card, read_text
from index.codec.segment import SegmentReader
from index.document import Posting, index_document
from index.errors import IndexOutdated
from index.manifest import IndexSettings, Manifest, SegmentEntry
from index.schema import FIELDS

Array = np.ndarray[Any, np.dtype[Any]]

_SEARCHED = {field.name: field.kind == "positions" for field in FIELDS if field.kind in ("positions", "terms", "keyword")}

# Postings summed up at a time; their arrays take some 30 MB.
_POSTINGS_AT_ONCE = 500_000
_TERMS_KEPT = 500_000


class IndexedArticles:
    """The articles of a commit, to be compared with those of the store. IndexOutdated if another analysis made it.

    twice: ids that more than one document has.
    """

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self._settings: IndexSettings = manifest.settings
        self._analyzer = _RememberingAnalyzer(manifest.settings.language)
        if self._analyzer.fingerprint != manifest.settings.analysis:
            raise IndexOutdated(
                f"the index was made by {manifest.settings.analysis!r}, this version has {self._analyzer.fingerprint!r}: the two "
                "cannot be compared; run `searcher rebuild`"
            )
        self._segments = [_SegmentContent(directory, entry) for entry in manifest.segments]
        self._places: dict[str, tuple[_SegmentContent, int]] = {}
        self.twice: list[str] = []
        for segment in self._segments:
            for document, article_id in segment.live_articles():
                if article_id in self._places:
                    self.twice.append(article_id)
                self._places[article_id] = segment, document

    @property
    def ids(self) -> Set[str]:
        """The ids of all articles that can be found."""
        return self._places.keys()

    def differences(self, article: Article) -> list[str]:
        """The names of the fields that differ from the article's; the article must be in the index."""
        segment, document = self._places[str(article.id)]
        expected = index_document(article, self._analyzer, self._settings.weights)
        names = [
            name
            for name, positional in _SEARCHED.items()
            if segment.sums[name][document] != postings_sum(expected.postings.get(name, {}), positional=positional)
        ]
        columns = {"published": expected.published, "length": expected.length}
        names += [name for name, value in columns.items() if segment.reader.column(name)[document] != value]
        if segment.source_name(document) != expected.source_name:
            names.append("source_name")
        return list(dict.fromkeys(names + self._stored_differences(segment, document, article)))

    def _stored_differences(self, segment: _SegmentContent, document: int, article: Article) -> list[str]:
        card = read_card(segment.cards.raw(document))
        text = read_text(segment.texts.raw(document), card.title)
        mapping = article.to_mapping()
        names = [name for name, value in (card._asdict() | {"body": text.body}).items() if value != mapping[name]]
        for name, offsets, written in (
            ("offsets of the title", text.title_tokens.offsets(), article.title),
            ("offsets of the body", text.body_tokens.offsets(), article.body),
        ):
            if _pairs(offsets) != self._offsets(written):
                names.append(name)
        return names

    def _offsets(self, text: str) -> list[tuple[int, int]]:
        """Of the first token at each position, which is the word itself; what is laid over it comes after."""
        first: dict[int, tuple[int, int]] = {}
        for token in self._analyzer.analyze(text):
            first.setdefault(token.position, (token.start, token.end))
        return list(first.values())


class _RememberingAnalyzer(Analyzer):
    """Analyzes each of the last few texts once: postings and offsets are compared from the same tokens."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self._remembered = lru_cache(8)(super().analyze)

    def analyze(self, text: str) -> list[Token]:
        """As Analyzer does."""
        return self._remembered(text)


class _SegmentContent:
    def __init__(self, directory: Path, entry: SegmentEntry) -> None:
        self.reader = SegmentReader(directory / entry.file)
        self.cards, self.texts = self.reader.records("card"), self.reader.records("text")
        self.sums = {name: _field_sums(self.reader.field(name), entry.articles) for name in _SEARCHED}
        self._deleted = set(read_deleted(directory, entry).tolist())
        self._names: Sequence[str] = self.reader.source_names()
        self._sources = self.reader.column("source")

    def live_articles(self) -> Iterator[tuple[int, str]]:
        """Document number and id of the articles that are not deleted."""
        for document in range(self.reader.articles):
            if document not in self._deleted:
                yield document, read_card(self.cards.raw(document)).id

    def source_name(self, document: int) -> str | None:
        """The source as printed."""
        number = int(self._sources[document])
        return self._names[number - 1] if number else None


def postings_sum(postings: Mapping[str, Posting], *, positional: bool) -> int:
    """The sum over the postings of one document, from an IndexDocument."""
    if not postings:
        return 0
    keys = np.fromiter(map(_key, (term.encode("utf-8") for term in postings)), np.uint64, len(postings))
    weights = np.fromiter((posting.weight for posting in postings.values()), np.float64, len(postings))
    total = int(_weight_hashes(keys, weights).sum())
    if positional:
        counts = [len(posting.positions) for posting in postings.values()]
        positions = np.array([position for posting in postings.values() for position in posting.positions], np.int64)
        total += int(_position_hashes(np.repeat(keys, counts), positions).sum())
    return total % 2**64


def _field_sums(field: FieldReader, articles: int) -> Array:
    """The same sums for each document of a segment, from the posting lists."""
    sums = np.zeros(articles, np.uint64)
    for low, high in _runs_of_terms(field):
        keys = np.fromiter((_key(field.terms[term]) for term in range(low, high)), np.uint64, high - low)
        documents, counts = field.documents_of(low, high)
        np.add.at(sums, documents, _weight_hashes(np.repeat(keys, counts), field.weights_of(low, high)))
        if field.has_positions():
            places, counts = field.positions_of(low, high)
            documents = np.searchsorted(field.bases, places, "right") - 1
            np.add.at(sums, documents, _position_hashes(np.repeat(keys, counts), places - field.bases[documents]))
    return sums


def _runs_of_terms(field: FieldReader) -> Iterator[tuple[int, int]]:
    """Ranges [low, high) of terms with about as many postings as are summed up at a time."""
    ends = np.cumsum(field.counts(0, len(field.terms)))
    low = 0
    while low < len(ends):
        before = int(ends[low - 1]) if low else 0
        high = max(low + 1, int(np.searchsorted(ends, before + _POSTINGS_AT_ONCE, "right")))
        yield low, high
        low = high


@lru_cache(_TERMS_KEPT)
def _key(term: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(term, digest_size=8).digest(), "little")


def _weight_hashes(keys: Array, weights: Array) -> Array:
    return _mixed(keys ^ np.ascontiguousarray(weights, np.float64).view(np.uint64))


def _position_hashes(keys: Array, positions: Array) -> Array:
    # An odd factor, the golden ratio, keeps the positions of one term apart.
    return _mixed(keys + (positions.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15))


def _mixed(values: Array) -> Array:
    """The finalizer of splitmix64 (Steele, Lea, Flood 2014): every bit of the input changes half of those of the output."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


def _pairs(offsets: Offsets) -> list[tuple[int, int]]:
    return list(zip(offsets.starts.tolist(), offsets.ends.tolist(), strict=True))
