"""The embedded index on disk: generations of a Whoosh index, written beside one another, one of them current.

    <data>/index/CURRENT            JSON: which directory is current, its generation, what it was made with
    <data>/index/gen-000001/        a Whoosh index (TOC and segments)

`rebuild` writes a new directory and then replaces CURRENT in one rename, so readers see the old index or the new one and
never a half. `update` commits into the current directory (Whoosh swaps its TOC in one rename) and then raises the
generation in CURRENT; if the process dies between the two, the next update does the same changes again, which is harmless.
The generation grows with every commit; `change` says up to which change of the article store the index is true.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pickle
import shutil
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from whoosh import index as whoosh_index
from whoosh.codec import default_codec
from whoosh.writing import SegmentWriter

from index.analysis import Analyzer
from index.article import Article
from index.document import IndexDocument, index_document
from index.errors import IndexDamaged, IndexMissing, SearcherError
from index.files import fsync_directory, replace_file
from index.schema import LENGTH_UNIT, ZoneWeights, whoosh_schema
from index.writer import IndexStats

_FORMAT = 1
# What Whoosh raises on torn or rotten files; it has no exception of its own for them.
_DAMAGE = (
    OSError,
    EOFError,
    pickle.UnpicklingError,
    struct.error,
    zlib.error,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ImportError,
    AssertionError,
    OverflowError,
)
# Megabytes of postings, by Whoosh's own estimate, that it keeps in memory before it writes a sorted run.
_POOL_MB = 256


@dataclasses.dataclass(frozen=True, slots=True)
class IndexSettings:
    """What an index is made with; an index made with other settings needs a rebuild to take these on."""

    analysis: str
    language: str
    weights: ZoneWeights


@dataclasses.dataclass(frozen=True, slots=True)
class Current:
    """The content of CURRENT. average_length: mean weighted length of the articles, in words."""

    directory: str
    generation: int
    change: int
    average_length: float
    settings: IndexSettings


class EmbeddedIndex:
    """The folder of generations. Readers ask `current` and open its directory; one process at a time may write."""

    def __init__(self, path: Path, analyzer: Analyzer, weights: ZoneWeights) -> None:
        self.path = path
        self.analyzer = analyzer
        self.settings = IndexSettings(analyzer.fingerprint, analyzer.language, weights)

    def current(self) -> Current:
        """The generation to read; IndexMissing if there is none, IndexDamaged if CURRENT cannot be read."""
        file = self.path / "CURRENT"
        try:
            return _decode(json.loads(file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise IndexMissing(f"there is no index in {self.path.parent}; run `searcher ingest` or `searcher rebuild`") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexDamaged(f"{file} cannot be read ({error}); run `searcher rebuild`") from error

    def open(self, current: Current) -> Any:
        """The Whoosh index of a generation; IndexDamaged if its files are missing or torn."""
        directory = self.path / current.directory
        with naming_damage(directory):
            return whoosh_index.open_dir(str(directory))

    @contextmanager
    def writer(self, *, rebuild: bool = False) -> Iterator[EmbeddedWriter]:
        """Changes become visible together at a clean exit. The caller holds the archive's write lock."""
        previous = self._previous()
        if rebuild or previous is None:
            directory = self._new_directory()
            whoosh = whoosh_index.create_in(str(directory), whoosh_schema())
        else:
            directory = self.path / previous.directory
            whoosh = self.open(previous)
        writer = EmbeddedWriter(whoosh, self.analyzer, self.settings.weights)
        try:
            yield writer
            average = writer.commit()
        except BaseException:
            writer.cancel()
            if rebuild:
                shutil.rmtree(directory, ignore_errors=True)
            raise
        finally:
            whoosh.close()
        _sync(directory)
        change = writer.change if writer.change is not None else (previous.change if previous else 0)
        generation = previous.generation + 1 if previous else 1
        self._publish(Current(directory.name, generation, change, average, self.settings))
        self._collect_garbage({directory.name} | ({previous.directory} if previous else set()))

    def stats(self) -> IndexStats:
        """Numbers of the current generation; bytes are those of its directory."""
        current = self.current()
        directory = self.path / current.directory
        with naming_damage(directory), contextlib.closing(self.open(current)) as whoosh:
            files = [file.stat().st_size for file in directory.iterdir() if file.is_file()]
            segments = len(whoosh._segments())
            return IndexStats(current.generation, whoosh.doc_count(), sum(files), segments, "embedded", current.change)

    def _previous(self) -> Current | None:
        try:
            return self.current()
        except (IndexMissing, IndexDamaged):
            return None

    def _new_directory(self) -> Path:
        self.path.mkdir(parents=True, exist_ok=True)
        taken = [int(path.name[4:]) for path in self.path.glob("gen-*") if path.name[4:].isdigit()]
        directory = self.path / f"gen-{max(taken, default=0) + 1:06d}"
        directory.mkdir()
        return directory

    def _publish(self, current: Current) -> None:
        text = json.dumps({"format": _FORMAT, **dataclasses.asdict(current)}, indent=1)
        replace_file(self.path / "CURRENT", text.encode("utf-8"))

    def _collect_garbage(self, kept: set[str]) -> None:
        """The generation before stays until the next one: a reader may have read CURRENT and not opened its files yet."""
        for directory in self.path.glob("gen-*"):
            if directory.name not in kept:
                shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def naming_damage(path: Path) -> Iterator[None]:
    """Turns what Whoosh raises when it reads damaged files into IndexDamaged; our own errors pass."""
    try:
        yield
    except SearcherError:
        raise
    except Exception as error:
        # Of a torn block Whoosh says so in a bare Exception.
        if not isinstance(error, _DAMAGE) and type(error) is not Exception:
            raise
        raise IndexDamaged(f"the index in {path} cannot be read ({error!r}); run `searcher rebuild`") from error


class EmbeddedWriter:
    """Writes documents of prepared postings through Whoosh's segment writer."""

    def __init__(self, whoosh: Any, analyzer: Analyzer, weights: ZoneWeights) -> None:
        self.change: int | None = None
        self._analyzer = analyzer
        self._weights = weights
        codec = default_codec()
        # Whoosh would look up a field length for each posting, a third of the time of a rebuild; ours are a column.
        codec.length_stats = False
        self._writer = SegmentWriter(whoosh, limitmb=_POOL_MB, codec=codec)
        self._reader = whoosh.reader() if whoosh.doc_count_all() else None
        self._whoosh = whoosh

    def add(self, article: Article) -> None:
        """Indexes the article, replacing what the index holds under its id."""
        self.delete(str(article.id))
        _add_document(self._writer, index_document(article, self._analyzer, self._weights))

    def delete(self, article_id: str) -> None:
        """Removes the article if the index holds it."""
        key = article_id.encode("utf-8")
        if self._reader is not None and ("id", key) in self._reader:
            for docnum in self._reader.postings("id", key).all_ids():
                self._writer.delete_document(docnum)

    def set_change(self, change: int) -> None:
        """Up to which change of the store the index will be true."""
        self.change = change

    def commit(self) -> float:
        """Makes the changes visible; gives back the mean weighted length."""
        self._close_reader()
        self._writer.commit()
        return _average_length(self._whoosh.reader())

    def cancel(self) -> None:
        """Drops the changes and releases the lock."""
        self._close_reader()
        if not self._writer.is_closed:
            self._writer.cancel()

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def _add_document(writer: Any, document: IndexDocument) -> None:
    """What SegmentWriter.add_document does, but from postings instead of from text (whoosh.md: its pool is the seam)."""
    schema, docnum, add_posting = writer.schema, writer.docnum, writer.pool.add
    per_document = writer.perdocwriter
    per_document.start_doc(docnum)
    for name, postings in document.postings.items():
        encode = schema[name].format.encode
        for term, posting in postings.items():
            add_posting((name, term.encode("utf-8"), docnum, posting.weight, encode(posting.positions)))
        per_document.add_field(name, schema[name], None, 0)
    per_document.add_field("article", schema["article"], document.article, 0)
    values = {"published": document.published, "length": document.length}
    for name, value in values.items():
        per_document.add_column_value(name, schema[name].column_type, value)
    if document.source_name is not None:
        per_document.add_column_value("source_name", schema["source_name"].column_type, document.source_name.encode("utf-8"))
    per_document.finish_doc()
    writer._added = True
    writer.docnum += 1


def _average_length(reader: Any) -> float:
    total = 0
    for leaf, _ in reader.leaf_readers():
        if not leaf.doc_count_all():  # the reader of an index without segments has no columns
            continue
        column = leaf.column_reader("length")
        total += sum(column[docnum] for docnum in range(leaf.doc_count_all()))
    count = reader.doc_count_all()
    reader.close()
    return total / LENGTH_UNIT / count if count else 1.0


def _decode(mapping: dict[str, Any]) -> Current:
    if mapping["format"] != _FORMAT:
        raise ValueError(f"its format is {mapping['format']}, expected {_FORMAT}")
    settings = mapping["settings"]
    return Current(
        directory=str(mapping["directory"]),
        generation=int(mapping["generation"]),
        change=int(mapping["change"]),
        average_length=float(mapping["average_length"]),
        settings=IndexSettings(settings["analysis"], settings["language"], ZoneWeights(**settings["weights"])),
    )


def _sync(directory: Path) -> None:
    for file in directory.iterdir():
        if file.is_file():
            descriptor = os.open(file, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    fsync_directory(directory)
    fsync_directory(directory.parent)
