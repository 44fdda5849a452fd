"""Arithmetic of runs laid end to end in arrays, for all who build or read such arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def offsets_of(counts: Array) -> Array:
    """Where each of runs laid end to end begins, and the end of the last: n + 1 numbers for n counts."""
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def ranges(starts: Array, counts: Array) -> Array:
    """The numbers starts[0], starts[0] + 1, ... (counts[0] of them), starts[1], ...; the indices of slices end to end."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - ends + counts, counts) + np.arange(total)
