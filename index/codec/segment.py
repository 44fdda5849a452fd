"""SegmentReader: one segment, its fields, columns and stored records, as arrays.

Documents are numbered from 0 in the segment. Deleted ones are still here; what a commit has deleted is its manifest's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from index.codec.container import Container
from index.codec.field_reader import FieldReader
from index.codec.gaps import decode_steps
from index.codec.records import Records
from index.codec.stems import StemReader
from index.codec.terms import TermDictionary, narrowest

Array = np.ndarray[Any, np.dtype[Any]]

# Stems whose forms are remembered.
_KEPT_FORMS = 4096


class SegmentReader:
    """A segment open for reading; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self.container = Container(path)
        self.articles = int(self.container.meta["articles"])
        self._fields: dict[str, FieldReader] = {}
        self._records: dict[str, Records] = {}
        self._forms: dict[int, list[int]] = {}
        self._stem_numbers: Array | None = None

    def field(self, name: str) -> FieldReader:
        """A field of `index.schema`."""
        found = self._fields.get(name)
        if found is None:
            found = self._fields[name] = self._open_field(name)
        return found

    def _open_field(self, name: str) -> FieldReader:
        if name == "stem" and "surface.stems" in self.container:
            return StemReader(self.container, self.field("surface"), self.stem_numbers())
        return FieldReader(self.container, name)

    def column(self, name: str) -> Array:
        """A value for each document."""
        return self.container.array(name)

    def records(self, name: str) -> Records:
        """The records `card` or `text` (`index.codec.records`)."""
        found = self._records.get(name)
        if found is None:
            found = self._records[name] = Records(self.container, name)
        return found

    def source_names(self) -> list[str]:
        """Names of sources; the column `source` holds 0 for none and n for the n-th of them."""
        names = TermDictionary(self.container.array("source.names"), self.container.array("source.names.starts"))
        return names.texts(0, len(names))

    def stem_numbers(self) -> Array:
        """For each term of the field `surface` the number of its stem in the field `stem`."""
        if self._stem_numbers is None:
            self._stem_numbers = narrowest(decode_steps(self.container.array("surface.stems")))
        return self._stem_numbers

    def forms(self, stem: int) -> list[int]:
        """The terms of `surface` that have a stem of `stem`, by number."""
        found = self._forms.get(stem)
        if found is None:
            # A pass over all terms (545,000: 0.08 ms), so that the index need not hold the relation both ways.
            found = np.flatnonzero(self.stem_numbers() == stem).tolist()
            if len(self._forms) >= _KEPT_FORMS:
                self._forms.clear()
            self._forms[stem] = found
        return found

    def close(self) -> None:
        """Lets go of the file."""
        self._fields.clear()
        self._records.clear()
        self.container.close()
