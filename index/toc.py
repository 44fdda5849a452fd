"""Whoosh's table of contents of a commit: writes it for stock Whoosh, and reads it back without trusting it.

The file holds two pickles, the schema and the segments, and a pickle can run any program. So it is read with an unpickler
that knows the few classes that ours are made of and refuses all else. Only checks and tests read it: our readers go by the
manifest, where nothing is pickled.
"""

from __future__ import annotations

import dataclasses
import io
import pickle
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from whoosh.fields import ensure_schema
from whoosh.filedb.structfile import StructFile
from whoosh.index import TOC

from index.errors import IndexDamaged
from index.storage import DurableStorage
from index.whoosh_schema import whoosh_schema

INDEX_NAME = "MAIN"

# Every global that a table of contents of ours has in its pickles. `re._compile` and `bytes` make values only.
_KNOWN = {
    ("__builtin__", "bytes"),
    ("builtins", "bytes"),
    ("re", "_compile"),
    ("whoosh.analysis.tokenizers", "RegexTokenizer"),
    ("whoosh.columns", "NumericColumn"),
    ("whoosh.columns", "RefBytesColumn"),
    ("whoosh.fields", "COLUMN"),
    ("whoosh.fields", "FieldType"),
    ("whoosh.fields", "STORED"),
    ("whoosh.fields", "Schema"),
    ("whoosh.formats", "Existence"),
    ("whoosh.formats", "Positions"),
    ("index.codec.whoosh_codec", "ColumnsSegment"),
}
# What Whoosh and pickle raise on bytes that are no table of contents.
_DAMAGE = (OSError, EOFError, pickle.UnpicklingError, struct.error, LookupError, TypeError, ValueError, AttributeError)


@dataclasses.dataclass(frozen=True, slots=True)
class TableOfContents:
    """Its generation, the names of the fields of its schema, and its segments (stock Whoosh's Segment values)."""

    generation: int
    field_names: tuple[str, ...]
    segments: tuple[Any, ...]


def toc_name(generation: int) -> str:
    """The name that Whoosh looks for."""
    return str(TOC._filename(INDEX_NAME, generation))


def write_toc(directory: Path, generation: int, segments: Sequence[Any]) -> None:
    """Writes the table of contents of a commit; it is on disk afterwards."""
    TOC(whoosh_schema(), list(segments), generation).write(DurableStorage(directory), INDEX_NAME)


def read_toc(path: Path) -> TableOfContents:
    """A table of contents that `write_toc` wrote; IndexDamaged names what else is in it."""
    try:
        with path.open("rb") as file:
            return _read(StructFile(file), path)
    except _DAMAGE as error:
        raise IndexDamaged(f"{path} cannot be read as a table of contents ({error!r}); run `searcher rebuild`") from error


def _read(stream: Any, path: Path) -> TableOfContents:
    """The layout is that of `whoosh.index.TOC.write`: sizes, byte order, versions, schema, generation, unused, segments."""
    for _size in ("int", "long", "float"):
        stream.read_varint()
    stream.read_int()
    stream.read_int()
    for _part in ("major", "minor", "build"):
        stream.read_varint()
    schema = ensure_schema(_Unpickler(io.BytesIO(stream.read_string()), path).load())
    generation = stream.read_int()
    stream.read_int()
    segments = _Unpickler(stream.file, path).load()
    return TableOfContents(generation, tuple(schema.names()), tuple(segments))


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: Any, path: Path) -> None:
        super().__init__(file)
        self._path = path

    def find_class(self, module: str, name: str) -> Any:
        """The class of a global that is known."""
        if (module, name) not in _KNOWN:
            raise IndexDamaged(
                f"{self._path} refers to {module}.{name}, which no table of contents of ours does; nothing was run"
            )
        return super().find_class(module, name)
