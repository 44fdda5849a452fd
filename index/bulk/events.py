"""Events: additions and deletions by id, in the order they came; of each id only the last counts.

An event is kept as 16 bytes of hash and its sequence number, so that a million of them take 24 MB, and the duplicates are
found by sorting. Two ids with the same 128 bits of BLAKE2 will not be met.
"""

from __future__ import annotations

from array import array
from hashlib import blake2b
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_HASH_BYTES = 16


class Events:
    """Additions are numbered from 0 in the order they come."""

    def __init__(self) -> None:
        self._hashes = array("Q")
        self._additions = array("q")
        self._count = 0

    def add(self, article_id: str) -> None:
        """An addition under this id."""
        self._append(article_id, self._count)
        self._count += 1

    def delete(self, article_id: str) -> None:
        """A deletion of what was added before under this id."""
        if self._count:
            self._append(article_id, -1)

    def superseded(self) -> Array:
        """The numbers of the additions that another event of their id followed, ascending."""
        hashes = np.frombuffer(self._hashes, np.uint64).reshape(-1, 2)
        order = np.lexsort((np.arange(len(hashes)), hashes[:, 1], hashes[:, 0]))
        followed = (hashes[order[:-1]] == hashes[order[1:]]).all(axis=1)
        additions = np.frombuffer(self._additions, np.int64)[order[:-1][followed]]
        return np.sort(additions[additions >= 0])

    def _append(self, article_id: str, addition: int) -> None:
        self._hashes.frombytes(blake2b(article_id.encode("utf-8"), digest_size=_HASH_BYTES).digest())
        self._additions.append(addition)
