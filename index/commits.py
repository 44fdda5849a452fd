"""Commits: `commit_to` gives a writer; what it took becomes the current commit at a clean exit, and nothing of it otherwise.

The order on disk: segments, deletions and Whoosh's table of contents, each synced; the manifest with their sizes and hashes;
the names of all of them; at last CURRENT. Whatever fails or is killed on the way, CURRENT leads to a whole commit, the old
one or the new. Only what writes imports this module, and with it Whoosh.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.analysis import Analyzer
from index.article import Article
from index.bulk import Indexer
from index.bulk.former import read_deleted
from index.codec.whoosh_codec import ColumnsSegment
from index.errors import IndexNotWritten, IndexOutdated
from index.files import sha256_of
from index.generations import Generations
from index.manifest import FileEntry, IndexSettings, Manifest, SegmentEntry
from index.publishing import Publisher
from index.toc import toc_name, write_toc


class EmbeddedWriter:
    """Takes the changes of one commit."""

    def __init__(self, indexer: Indexer, change: int) -> None:
        self.change = change
        self._indexer = indexer

    def add(self, article: Article) -> None:
        """Indexes the article, replacing what the index holds under its id."""
        self._indexer.add(article)

    def delete(self, article_id: str) -> None:
        """Removes the article if the index holds it."""
        self._indexer.delete(article_id)

    def set_change(self, change: int) -> None:
        """Up to which change of the store the index will be true."""
        self.change = change


@contextmanager
def commit_to(
    generations: Generations, settings: IndexSettings, analyzer: Analyzer, memory_mb: int, *, rebuild: bool
) -> Iterator[EmbeddedWriter]:
    """A writer whose changes become visible together. The caller holds the archive's write lock.

    IndexNotWritten if the system fails us: then the index is as it was (or as it was to be, if only the last sync failed),
    and what nobody needs is removed as far as the system lets us.
    """
    publisher = Publisher(generations)
    former = publisher.former(rebuild=rebuild)
    if former is not None and not rebuild and former.manifest.settings != settings:
        raise IndexOutdated(f"the index in {publisher.path} was made with other settings; run `searcher rebuild`")
    publisher.collect_orphans()
    try:
        with _naming_failure(publisher.path):
            if rebuild or former is None:
                directory, followed = publisher.new_directory(), None
            else:
                directory, followed = publisher.path / former.directory, former.manifest
            indexer = Indexer(directory, followed, settings, analyzer, memory_mb)
            try:
                writer = EmbeddedWriter(indexer, change=former.manifest.change if former else 0)
                yield writer
                generation = publisher.next_generation()
                segments = indexer.finish(generation)
            finally:
                indexer.close()
            files = _files(directory, generation, segments, followed)
            current = publisher.publish(directory, Manifest(generation, writer.change, settings, segments, files))
    except BaseException:
        publisher.collect_orphans()
        raise
    publisher.collect_around(current, former)


def _files(
    directory: Path, generation: int, segments: tuple[SegmentEntry, ...], followed: Manifest | None
) -> dict[str, FileEntry]:
    """Writes the table of contents; all files of the commit, those that are new read once more for their hashes."""
    write_toc(directory, generation, [ColumnsSegment.of(entry, read_deleted(directory, entry)) for entry in segments])
    known = followed.files if followed is not None else {}
    names = [name for entry in segments for name in (entry.file, entry.deleted_file) if name is not None]
    return {name: known.get(name) or _file_entry(directory / name) for name in (*names, toc_name(generation))}


def _file_entry(file: Path) -> FileEntry:
    return FileEntry(file.stat().st_size, sha256_of(file))


@contextmanager
def _naming_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IndexNotWritten(
            f"the index in {path} could not be written ({error}); what it held before is whole, and the articles are kept; "
            "mend the cause, then run `searcher update`"
        ) from error
