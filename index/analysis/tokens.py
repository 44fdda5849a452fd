"""TokenTable: the tokens of several texts in columns; `bounds` and `expanded`: what such columns are computed with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TokenTable:
    """Tokens of several texts, one text after the other.

    counts: tokens of each text; terms: a term number a token; positions: the token's position in its text;
    spans: positions of each text; starts, ends: of the part at each position, in code points of its text.
    """

    counts: Int64s
    terms: Int32s
    positions: Int32s
    spans: Int64s
    starts: Int32s
    ends: Int32s


def concatenated(tables: Sequence[TokenTable]) -> TokenTable:
    """The texts of all tables, in sequence."""
    columns = {
        field.name: [np.empty(0, np.int64 if field.name in ("counts", "spans") else np.int32)]
        + [getattr(table, field.name) for table in tables]
        for field in fields(TokenTable)
    }
    return TokenTable(**{name: np.concatenate(column) for name, column in columns.items()})
