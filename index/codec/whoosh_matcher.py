"""PostingsMatcher: the postings of one term as a matcher of stock Whoosh.

All documents of the term are decoded at once, weights and payloads when first asked for; the payload in Whoosh's own bytes is
made only for who asks for it. A copy shares the decoded lists, which never change, so matchers may run in several threads.
"""

from __future__ import annotations

import copy
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

import numpy as np
from whoosh import formats
from whoosh.matching import LeafMatcher, NullMatcher, ReadTooFar
from whoosh.system import pack_uint

from index.codec.container import Container
from index.codec.field_reader import FieldReader
from index.codec.whoosh_values import to_payload


class PostingsMatcher(LeafMatcher):
    """field, number: the term by its number in its field; format_: how Whoosh encodes payloads of the field."""

    def __init__(
        self, container: Container, field: FieldReader, number: int, format_: Any, *, term: tuple[str, bytes], scorer: Any = None
    ) -> None:
        self.format = format_
        self.scorer = scorer
        self._term = term
        self._container = container
        self._field = field
        self._number = number
        self._ids: list[int] = field.documents(number).tolist()
        self._weights: list[float] | None = None
        self._positions: list[list[int]] | None = None
        self._at = 0

    def is_active(self) -> bool:
        """Whether there is a posting here."""
        return self._at < len(self._ids)

    def reset(self) -> None:
        """Goes to the first."""
        self._at = 0

    def copy(self) -> PostingsMatcher:
        """Another at the same place."""
        return copy.copy(self)

    def replace(self, minquality: float = 0) -> Any:  # noqa: ARG002 - Whoosh's signature
        """A matcher of nothing once this one is at its end."""
        return self if self.is_active() else NullMatcher()

    def supports_block_quality(self) -> bool:
        """No: collectors then take every posting, which is always right."""
        return False

    def id(self) -> int:
        """The document; at the end the last one, for which matchers of several terms ask before they ask if they may."""
        return self._ids[min(self._at, len(self._ids) - 1)]

    def all_ids(self) -> Iterator[int]:
        """All documents from here on."""
        return iter(self._ids[self._at :])

    def next(self) -> None:
        """Goes to the next posting."""
        if not self.is_active():
            raise ReadTooFar
        self._at += 1

    def skip_to(self, id: int) -> None:  # noqa: A002 - Whoosh's name
        """Goes to the first posting, from here on, of this document or a later one."""
        if not self.is_active():
            raise ReadTooFar
        self._at = bisect_left(self._ids, id, self._at)

    def weight(self) -> float:
        """The weight of the posting."""
        if self._weights is None:
            self._weights = self._field.weights(self._number).tolist()
        return self._weights[self._at]

    def value(self) -> bytes:
        """The payload in Whoosh's bytes."""
        if type(self.format) is formats.Positions:
            payload: bytes = self.format.encode(self._document_positions())
            return payload
        if f"{self._field.name}.values" in self._container:
            return to_payload(self.format, self._record())
        return pack_uint(int(self.weight())) if type(self.format) is formats.Frequency else b""

    def value_as(self, astype: str) -> Any:
        """The payload as the format reads it."""
        if type(self.format) is formats.Positions and astype == "positions":
            return self._document_positions()
        return super().value_as(astype)

    def _document_positions(self) -> list[int]:
        if self._positions is None:
            positions = self._field.positions(self._number)
            bases = self._field.bases
            first = bases[self._ids]
            low = np.searchsorted(positions, first)
            high = np.searchsorted(positions, bases[np.array(self._ids) + 1])
            self._positions = [
                (positions[start:stop] - base).tolist() for start, stop, base in zip(low, high, first, strict=True)
            ]
        return self._positions[self._at]

    def _record(self) -> bytes:
        posting = int(self._field.postings[self._number]) + self._at
        name = f"{self._field.name}.values"
        starts = self._container.part(f"{name}.starts", posting, posting + 2)
        return self._container.part(name, int(starts[0]), int(starts[1])).tobytes()
