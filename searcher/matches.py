"""Matches: the documents that a query, or a part of one, matches, with their scores; and how sets of them are combined.

Documents are numbered through the snapshot, from 0. A set takes one of three forms, and every operator takes and gives any
of them:

    Sparse   ascending document numbers          few matches
    Dense    a byte a document                   many matches; boolean operators run at memory speed
    Where    a test of documents, run when asked  filters over columns: only what other parts leave over is looked at

Scores are an array beside the documents (a dense one is 0 outside the matches), or one number for all of them. Nothing here
changes a set once made, so that the sets of a snapshot's words are shared by all requests and threads.

Measured on 43,383 articles: `&` of two masks 2 us, the sum of two dense scores 17 us; bisection of 5,000 numbers in 20,000
takes 160 us.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Scores: TypeAlias = "Array | float"

# A set is made dense if more than one document in so many matches; it then takes nine bytes a document of the snapshot, where a
# sparse one takes 16 a match: with 24, five times fewer words fit the cache. On a million articles an AND of three words takes
# 0.46 ms with 24, 0.60 with 8; elsewhere 8, 24 and 64 differ by less than the noise.
DENSE_SHARE = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Sparse:
    """documents: ascending; scores: one for each, or one number for all."""

    documents: Array
    scores: Scores

    @property
    def count(self) -> int:
        """How many match."""
        return len(self.documents)

    def find(self, documents: Array) -> tuple[Array, Scores]:
        """Which of these ascending documents match, as a mask, and the scores of those that do."""
        if not len(self.documents):
            return np.zeros(len(documents), np.bool_), 0.0
        places = self.documents.searchsorted(documents)
        held = self.documents.take(places, mode="clip") == documents
        return held, self.scores if isinstance(self.scores, float) else self.scores[places[held]]


@dataclasses.dataclass(frozen=True, slots=True)
class Dense:
    """mask: true for the matches; scores: one for each document of the snapshot, 0 outside the mask, or one number for all."""

    mask: Array
    scores: Scores
    count: int

    @property
    def documents(self) -> Array:
        """Ascending."""
        return np.flatnonzero(self.mask)

    def find(self, documents: Array) -> tuple[Array, Scores]:
        """Which of these ascending documents match, as a mask, and the scores of those that do."""
        held = self.mask[documents]
        return held, self.scores if isinstance(self.scores, float) else self.scores[documents[held]]


@dataclasses.dataclass(frozen=True, slots=True)
class Where:
    """The documents for which `test` is true; test takes an array of them. count: an upper bound. Scores are 0."""

    test: Callable[[Array], Array]
    count: int

    def find(self, documents: Array) -> tuple[Array, Scores]:
        """Which of these documents match, as a mask."""
        return self.test(documents), 0.0


Known: TypeAlias = Sparse | Dense
Matches: TypeAlias = Known | Where

NONE = Sparse(np.empty(0, np.int64), 0.0)


def known(matches: Matches, size: int) -> Known:
    """The same matches, the test of a Where run on all documents of a snapshot of this size."""
    return dense(matches.test(np.arange(size))) if isinstance(matches, Where) else matches


def dense(mask: Array, scores: Scores = 0.0) -> Dense:
    """The set that a mask says."""
    return Dense(mask, scores, int(np.count_nonzero(mask)))


def gathered(documents: Array, scores: Scores, size: int) -> Known:
    """The set of some ascending documents, in the form that their number asks for."""
    if len(documents) * DENSE_SHARE <= size:
        return Sparse(documents, scores)
    mask = np.zeros(size, np.bool_)
    mask[documents] = True
    if isinstance(scores, float):
        return Dense(mask, scores, len(documents))
    spread = np.zeros(size)
    spread[documents] = scores
    return Dense(mask, spread, len(documents))


def collected(documents: Array, score: float, size: int) -> Known:
    """The set of documents in any order, some of them repeated, each with the same score."""
    if len(documents) * DENSE_SHARE <= size:
        return Sparse(np.unique(documents), score)
    mask = np.zeros(size, np.bool_)
    mask[documents] = True
    return dense(mask, score)


def listing(matches: Known) -> tuple[Array, Scores]:
    """The documents, ascending, with their scores."""
    documents, scores = matches.documents, matches.scores
    return documents, scores if isinstance(matches, Sparse) or isinstance(scores, float) else scores[documents]


def scaled(matches: Matches, factor: float) -> Matches:
    """The same documents, their scores multiplied."""
    if factor == 1.0 or isinstance(matches, Where) or (isinstance(matches.scores, float) and matches.scores == 0.0):
        return matches
    return dataclasses.replace(matches, scores=matches.scores * factor)


def union(parts: Sequence[Matches], size: int) -> Matches:
    """What any part matches; scores add up."""
    sets = [part for part in (known(part, size) for part in parts) if part.count]
    if len(sets) <= 1:
        return sets[0] if sets else NONE
    if sum(part.count for part in sets) * DENSE_SHARE <= size:
        return _merged(sets)
    mask = _spread_mask(sets, size)
    if all(isinstance(part.scores, float) and part.scores == 0.0 for part in sets):
        return dense(mask)
    return dense(mask, _spread_scores(sets, size))


def _merged(sets: Sequence[Known]) -> Sparse:
    """Sorting what all sets hold together is a merge: timsort finds the ascending runs."""
    listed = [listing(part) for part in sets]
    together = np.concatenate([documents for documents, _ in listed])
    scores = np.concatenate([np.broadcast_to(scores, documents.shape) for documents, scores in listed])
    order = together.argsort(kind="stable")
    together = together[order]
    first = np.empty(len(together), np.bool_)
    first[0] = True
    np.not_equal(together[1:], together[:-1], out=first[1:])
    begins = np.flatnonzero(first)
    return Sparse(together[begins], np.add.reduceat(scores[order], begins))


def _spread_mask(sets: Sequence[Known], size: int) -> Array:
    masks = [part.mask for part in sets if isinstance(part, Dense)]
    mask = np.logical_or(*masks[:2]) if len(masks) > 1 else masks[0].copy() if masks else np.zeros(size, np.bool_)
    for other in masks[2:]:
        mask |= other
    for part in sets:
        if isinstance(part, Sparse):
            mask[part.documents] = True
    return mask


def _spread_scores(sets: Sequence[Known], size: int) -> Array:
    arrays = [part.scores for part in sets if isinstance(part, Dense) and not isinstance(part.scores, float)]
    scores = np.add(*arrays[:2]) if len(arrays) > 1 else arrays[0].copy() if arrays else np.zeros(size)
    for other in arrays[2:]:
        scores += other
    for part in sets:
        if isinstance(part, Sparse):
            scores[part.documents] += part.scores
        elif isinstance(part.scores, float) and part.scores:
            scores += part.mask * part.scores
    return scores


def intersection(parts: Sequence[Matches], excluded: Sequence[Matches], size: int) -> Matches:
    """What all parts match and none of the excluded; scores add up. There is at least one part.

    Smallest first: a part is asked only for the documents that all smaller ones hold.
    """
    first, *others = sorted(parts, key=lambda part: part.count)
    if isinstance(first, Where):
        first = known(first, size)
    if not others and not excluded:
        return first
    if isinstance(first, Dense):
        documents, scores, others = _common(first, others)
    else:
        documents, scores = listing(first)
    for part in others:
        held, gained = part.find(documents)
        documents, scores = documents[held], _kept(scores, held) + gained
    for part in excluded:
        held, _ = part.find(documents)
        np.logical_not(held, out=held)
        documents, scores = documents[held], _kept(scores, held)
    return Sparse(documents, scores)


def _common(first: Dense, others: Sequence[Matches]) -> tuple[Array, Scores, list[Matches]]:
    """The documents of all dense parts and their summed scores; the parts that are left."""
    denses = [part for part in others if isinstance(part, Dense)]
    mask = first.mask
    for part in denses:
        mask = mask & part.mask
    documents = np.flatnonzero(mask)
    scores: Scores = 0.0
    for part in (first, *denses):
        scores = scores + (part.scores if isinstance(part.scores, float) else part.scores[documents])
    return documents, scores, [part for part in others if not isinstance(part, Dense)]


def _kept(scores: Scores, held: Array) -> Scores:
    return scores if isinstance(scores, float) else scores[held]


def complement(matches: Matches, live: Array) -> Dense:
    """The live documents that do not match, each with score 0. live: a mask."""
    if isinstance(matches, Dense):
        return dense(live & ~matches.mask)
    mask = live.copy()
    if isinstance(matches, Where):
        mask &= ~matches.test(np.arange(len(live)))
    else:
        mask[matches.documents] = False
    return dense(mask)
