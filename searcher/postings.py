"""Postings: what a lookup matches in a snapshot, with scores.

Give `PostingsReader` a lookup of `searcher.lowering`; it reads postings and positions and gives back Matches over the live
documents of all segments. `searcher.evaluation` keeps them.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from searcher.expansion import Expansion
from searcher.lowering import AnyForm, Sequence
from searcher.matches import Dense, Known, collected, gathered
from searcher.phrases import PhraseReader
from searcher.ranking import inverse_document_frequency
from searcher.snapshot import Segment, Snapshot
from searcher.vocabulary import expanded

Array = np.ndarray[Any, np.dtype[Any]]

# What a set is reckoned at beside its arrays.
_OVERHEAD = 400


class PostingsReader:
    """Reads one snapshot; safe for threads."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def term(self, field: str, term: str) -> Known:
        """The documents of a term, with its part of the score."""
        documents, scores = self._scored(field, term)
        return gathered(documents, scores, self._snapshot.size)

    def holders(self, field: str, term: str) -> Known:
        """The documents of a term, as a filter."""
        documents, _ = self._postings(field, term, weighted=False)
        return gathered(documents, 0.0, self._snapshot.size)

    def any_form(self, surface: str, stem: str, form: AnyForm) -> Known:
        """The documents of a stem; the form as written adds to the score.

        Every document of the form is one of the stem: both are indexed of each token.
        """
        share = self._snapshot.profile.surface
        documents, scores = self._scored(stem, form.stem)
        found = gathered(documents, (1 - share) * scores, self._snapshot.size)
        if share and not isinstance(found.scores, float):  # nobody else holds the set yet
            written, gained = self._scored(surface, form.term)
            places = written if isinstance(found, Dense) else documents.searchsorted(written)
            found.scores[places] += share * gained
        return found

    def sequence(self, field: str, sequence: Sequence) -> Known:
        """The documents of a phrase or of words near one another, with the scores of all its words."""
        if len(sequence.terms) == 1:
            return self.term(field, sequence.terms[0])
        found = []
        for segment in self._snapshot.segments:
            reader = PhraseReader(segment.reader, field, self._snapshot.positions, segment.offset)
            found.append(reader.documents(sequence.terms, sequence.slop) + segment.offset)
        documents = self._live(np.concatenate(found)) if found else _NO_DOCUMENTS
        scores = np.zeros(len(documents))
        if len(documents):
            for term, times in Counter(sequence.terms).items():
                scores += times * self._scores_at(field, term, documents)
        return gathered(documents, scores, self._snapshot.size)

    def expansion(self, field: str, expansion: Expansion, score: float) -> Known:
        """The documents that hold any of the words that an expansion stands for, each with this score."""
        found = [expanded(segment.reader, field, expansion) + segment.offset for segment in self._snapshot.segments]
        documents = self._live(np.concatenate(found)) if found else _NO_DOCUMENTS
        return collected(documents, score, self._snapshot.size)

    def _scored(self, field: str, term: str) -> tuple[Array, Array]:
        """The live documents of a term and its BM25 in each."""
        documents, weights = self._postings(field, term, weighted=True)
        return documents, self._bm25(field, len(documents), weights, documents)

    def _scores_at(self, field: str, term: str, documents: Array) -> Array:
        """BM25 of a term in some of the documents that hold it: a phrase leaves few."""
        holders, weights = self._postings(field, term, weighted=True)
        return self._bm25(field, len(holders), weights[holders.searchsorted(documents)], documents)

    def _bm25(self, field: str, frequency: int, weights: Array, documents: Array) -> Array:
        """Titles have no length of their own: all count as average."""
        snapshot = self._snapshot
        dampening = snapshot.title_dampening if field.startswith("title") else snapshot.dampening[documents]
        return snapshot.profile.bm25(inverse_document_frequency(snapshot.articles, frequency), weights, dampening)

    def _postings(self, field: str, term: str, *, weighted: bool) -> tuple[Array, Array]:
        key = term.encode("utf-8")
        read = [self._in_segment(segment, field, key, weighted=weighted) for segment in self._snapshot.segments]
        if len(read) == 1:
            documents, weights = read[0]
        elif read:
            documents, weights = (np.concatenate(arrays) for arrays in zip(*read, strict=True))
        else:
            return _NO_DOCUMENTS, _NO_WEIGHTS
        live = self._snapshot.live
        if live is None:
            return documents, weights
        held = live[documents]
        return documents[held], weights[held] if weighted else weights

    def _in_segment(self, segment: Segment, name: str, key: bytes, *, weighted: bool) -> tuple[Array, Array]:
        field = segment.reader.field(name)
        number = field.terms.find(key)
        if number is None:
            return _NO_DOCUMENTS, _NO_WEIGHTS
        documents = field.documents(number)
        return documents + segment.offset if segment.offset else documents, field.weights(number) if weighted else _NO_WEIGHTS

    def _live(self, documents: Array) -> Array:
        live = self._snapshot.live
        return documents if live is None else documents[live[documents]]


_NO_DOCUMENTS = np.empty(0, np.int64)
_NO_WEIGHTS = np.empty(0)


def size_of(matches: Known) -> int:
    """Bytes."""
    scores = 0 if isinstance(matches.scores, float) else matches.scores.nbytes
    return _OVERHEAD + int(scores) + int(matches.mask.nbytes if isinstance(matches, Dense) else matches.documents.nbytes)
