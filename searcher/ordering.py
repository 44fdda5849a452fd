"""Ordering: the page of a result, chosen without sorting the result.

Give `page` the matches and a request's sort, offset and limit; it gives back document numbers and scores. Order is by score
(rounded, so that the order of summing never decides), then newest, then id; or by date, then id. Each key in turn
narrows the candidates to those that can still reach the page, and the next is looked at for ties only.

The first cut is by maxima of blocks (`at_least`): one pass at memory speed, then a look into the few blocks that matter. On a
million scores it takes 0.4 ms, where numpy's partition takes 2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from index.schema import UNDATED
from searcher.engine import Sort
from searcher.matches import Known, Sparse, listing
from searcher.snapshot import Snapshot

Array = np.ndarray[Any, np.dtype[Any]]
Page: TypeAlias = "list[tuple[int, float]]"

# Scores that differ by less are equal.
_SCORE_UNITS = 1e6
_TOLERANCE = 1e-6
# Up to so many values numpy's partition is as fast as block maxima.
_FEW = 4096
# More candidates than this are narrowed key by key before they are sorted.
_MANY = 256


def page(snapshot: Snapshot, matches: Known, sort: Sort, offset: int, limit: int) -> Page:
    """Number and score of the matches from offset to offset + limit, in order."""
    wanted = min(offset + limit, matches.count)
    if offset >= wanted:
        return []
    scores = matches.scores
    if sort != "relevance" or isinstance(scores, float):
        documents, scores = listing(matches)
        keys = [_date_key(snapshot, documents, sort)]
    else:
        documents, scores = _candidates(matches, scores, wanted)
        if len(documents) <= _MANY:
            return _sorted(snapshot, documents, scores, wanted)[offset:]
        keys = [np.rint(scores * _SCORE_UNITS), snapshot.published[documents]]
    if len(documents) > max(_MANY, wanted):
        best = _best(snapshot, documents, keys, wanted)
        documents, keys = documents[best], [key[best] for key in keys]
        scores = scores if isinstance(scores, float) else scores[best]
    order = np.lexsort(keys[::-1])[::-1]
    order = _ties_by_id(snapshot, documents, keys, order, slice(max(offset - 1, 0), wanted))[offset:wanted]
    shown = documents[order].tolist()
    return list(zip(shown, [scores] * len(shown) if isinstance(scores, float) else scores[order].tolist(), strict=True))


def _sorted(snapshot: Snapshot, documents: Array, scores: Array, wanted: int) -> Page:
    """The first `wanted` of a few documents; for so few, sorting rows is faster than sorting arrays."""
    rounded = np.rint(scores * _SCORE_UNITS).tolist()
    rows = sorted(zip(rounded, snapshot.published[documents].tolist(), documents.tolist(), scores.tolist(), strict=True))
    rows.reverse()
    chosen: list[tuple[float, int, int, float]] = []
    while len(chosen) < min(wanted, len(rows)):
        first = last = len(chosen)
        while last < len(rows) and rows[last][:2] == rows[first][:2]:
            last += 1
        tied = rows[first:last]
        if len(tied) > 1:
            places = snapshot.ids.places(np.array([row[2] for row in tied])).tolist()
            tied = [row for _, row in sorted(zip(places, tied, strict=True))]
        chosen += tied
    return [(document, score) for _, _, document, score in chosen[:wanted]]


def _candidates(matches: Known, scores: Array, wanted: int) -> tuple[Array, Array]:
    """Documents with their scores: those that can be among the best `wanted`, and others."""
    best = at_least(scores, wanted, _TOLERANCE)
    if isinstance(matches, Sparse):
        return matches.documents[best], scores[best]
    best = best[matches.mask[best]]
    if len(best) >= wanted:
        return best, scores[best]
    # Where boosts are negative, what does not match has a better score, 0, than what does.
    documents = matches.documents
    return documents, scores[documents]


def _date_key(snapshot: Snapshot, documents: Array, sort: Sort) -> Array:
    """Greater is first; undated documents are last in every sort order."""
    published = snapshot.published[documents]
    return np.where(published == UNDATED, UNDATED, -published) if sort == "oldest" else published


def _best(snapshot: Snapshot, documents: Array, keys: Sequence[Array], wanted: int) -> Array:
    """The indices of the `wanted` documents of greatest key, the first key first, those that tie then by least id."""
    tied = np.arange(len(documents))
    sure: list[Array] = []
    for key in keys:
        better, tied = _narrowed(tied, key, wanted)
        sure.append(better)
        wanted -= len(better)
    if len(tied) > wanted:
        tied = tied[snapshot.ids.least(documents[tied], wanted)]
    return np.concatenate((*sure, tied))


def _narrowed(indices: Array, key: Array, wanted: int) -> tuple[Array, Array]:
    """The indices that are certainly among the `wanted` of greatest key, and those that tie for the places left."""
    if len(indices) <= wanted:
        return indices, indices[:0]
    values = key if len(key) == len(indices) else key[indices]
    near = at_least(values, wanted, 0)
    close = values[near]
    least = np.partition(close, len(near) - wanted)[len(near) - wanted]
    return indices[near[close > least]], indices[near[close == least]]


def _ties_by_id(snapshot: Snapshot, documents: Array, keys: Sequence[Array], order: Array, shown: slice) -> Array:
    """The order, in which neighbors that tie in all keys are put by their ids if any of them is shown."""
    tied = np.ones(len(order) - 1, np.bool_)
    for key in keys:
        ordered = key[order]
        tied &= ordered[1:] == ordered[:-1]
    if not tied[shown].any():
        return order
    groups = np.concatenate(([0], np.cumsum(~tied)))
    return order[np.lexsort((snapshot.ids.places(documents[order]), groups))]


def at_least(values: Array, wanted: int, tolerance: float) -> Array:
    """The indices of all values that are not less than the wanted-th greatest, less a tolerance; of some others as well.

    Value i belongs to block i % blocks. Maxima of blocks are values of different documents, so the wanted-th greatest of
    them is a lower bound, and a block whose maximum is below it holds nothing of interest.
    """
    count = len(values)
    if wanted >= count:
        return np.arange(count)
    blocks = 1 << int(count * wanted).bit_length() // 2
    rows = count // blocks
    if count <= _FEW or rows < 4 or 4 * wanted > blocks:
        return np.flatnonzero(values >= np.partition(values, count - wanted)[count - wanted] - tolerance)
    table = values[: rows * blocks].reshape(rows, blocks)
    maxima = table.max(axis=0)
    bound = np.partition(maxima, blocks - wanted)[blocks - wanted] - tolerance
    near = np.flatnonzero(maxima >= bound)
    row, column = np.nonzero(table[:, near] >= bound)
    rest = np.flatnonzero(values[rows * blocks :] >= bound)
    return np.concatenate((row * blocks + near[column], rest + rows * blocks))
