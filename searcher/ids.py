"""IdOrder: the order of articles by id, the last word between articles that tie in everything else.

The terms of the field `id` are sorted, so the number of a document's id among them is its place in its segment. That column
takes 13 ms to make for 43,383 articles and 0.8 s for a million, so it is made when many documents tie for the first time;
the ids of a few are read from their cards. Between segments the ids themselves are compared, of no more documents than
can be chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from index.codec.records import read_card
from index.codec.segment import SegmentReader

Array = np.ndarray[Any, np.dtype[Any]]

# Ids of so many documents are read from their cards, some 20 us each, as long as there is no column.
_FEW = 64


class IdOrder:
    """offsets: the number of the first document of each segment."""

    def __init__(self, segments: Sequence[SegmentReader], offsets: Sequence[int]) -> None:
        self._segments = segments
        self._offsets = np.array(offsets, np.int64)

    def least(self, documents: Array, count: int) -> Array:
        """The indices of those documents that have the least ids, so many of them, in no order."""
        if len(documents) <= _FEW:
            return self.places(documents).argsort()[:count]
        numbers, which = self._numbers[documents], self._segment_of(documents)
        candidates = []
        for segment in range(len(self._segments)):
            here = np.flatnonzero(which == segment)
            candidates.append(here[numbers[here].argpartition(count)[:count]] if len(here) > count else here)
        together = np.concatenate(candidates)
        return together[self.places(documents[together]).argsort()[:count]]

    def places(self, documents: Array) -> Array:
        """Numbers that are in the order of the ids of these documents."""
        if len(self._segments) == 1 and (len(documents) > _FEW or "_numbers" in self.__dict__):
            return self._numbers[documents]
        ids = [self._id(document, which) for document, which in zip(documents, self._segment_of(documents), strict=True)]
        places = np.empty(len(ids), np.int64)
        places[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
        return places

    def sorted(self, documents: Array) -> list[str]:
        """The ids of documents, ascending."""
        ids = (self._id(document, which) for document, which in zip(documents, self._segment_of(documents), strict=True))
        return [article_id.decode("utf-8") for article_id in sorted(ids)]

    def _id(self, document: int, which: int) -> bytes:
        if "_numbers" in self.__dict__:
            return self._segments[which].field("id").terms[int(self._numbers[document])]
        records = self._segments[which].records("card")
        return read_card(records.raw(int(document - self._offsets[which]))).id.encode("utf-8")

    def _segment_of(self, documents: Array) -> Array:
        return self._offsets.searchsorted(documents, side="right") - 1

    @cached_property
    def _numbers(self) -> Array:
        """For each document the number of its id among the ids of its segment."""
        columns = []
        for segment in self._segments:
            field = segment.field("id")
            documents, counts = field.documents_of(0, len(field.terms))
            numbers = np.zeros(segment.articles, np.uint32)
            numbers[documents] = np.repeat(np.arange(len(counts)), counts)
            columns.append(numbers)
        return np.concatenate(columns)
