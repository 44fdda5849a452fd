"""Integrity: is a commit on disk what was written? Give a commit's directory and manifest, get what is wrong, file by file.

`damaged_files` reads every byte once; `damaged_contents` also asks whether what the files hold belongs together.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from index.analysis import Analyzer
from index.bulk.former import read_deleted
from index.codec.container import Container
from index.codec.segment import SegmentReader
from index.errors import IndexDamaged
from index.files import sha256_of
from index.manifest import FileEntry, Manifest, SegmentEntry
from index.store import Problem
from index.toc import read_toc, toc_name


def damaged_files(directory: Path, manifest: Manifest) -> Iterator[Problem]:
    """Files that are missing, cut short or otherwise not those that the manifest lists."""
    for name, entry in sorted(manifest.files.items()):
        file = directory / name
        try:
            what = _difference(file, entry)
        except OSError as error:
            what = f"cannot be read ({error})"
        if what:
            yield Problem(str(file), f"{what}; run `searcher rebuild`")


def damaged_contents(directory: Path, manifest: Manifest) -> Iterator[Problem]:
    """Pages that differ from their checksums, counts that differ from the manifest's, terms led to wrong stems, a table of
    contents that disagrees.
    """
    analyzer = Analyzer(manifest.settings.language)
    for entry in manifest.segments:
        for file in filter(None, (entry.file, entry.deleted_file)):
            yield from _pages(directory / file)
        yield from _counts(directory, entry)
        yield from _stems(directory, entry, analyzer)
    yield from _table_of_contents(directory, manifest)


def _difference(file: Path, entry: FileEntry) -> str | None:
    size = file.stat().st_size
    if size != entry.size:
        return f"has {size:,} bytes, expected {entry.size:,}"
    if sha256_of(file) != entry.sha256:
        return "is not as it was written: its SHA-256 is not that in the manifest"
    return None


def _pages(file: Path) -> Iterator[Problem]:
    try:
        Container(file).verify()
    except IndexDamaged as error:
        yield Problem(str(file), str(error))


def _counts(directory: Path, entry: SegmentEntry) -> Iterator[Problem]:
    segment = SegmentReader(directory / entry.file)
    deleted = read_deleted(directory, entry)
    live_length = int(segment.column("length").sum()) - int(segment.column("length")[deleted].sum())
    found = SegmentEntry(entry.segment, segment.articles, len(deleted), entry.deleted_file, live_length)
    if found != entry:
        yield Problem(str(directory / entry.file), f"holds {found}, the manifest says {entry}; run `searcher rebuild`")


def _stems(directory: Path, entry: SegmentEntry, analyzer: Analyzer) -> Iterator[Problem]:
    segment = SegmentReader(directory / entry.file)
    words, stems = segment.field("surface").terms, segment.field("stem").terms
    numbers = segment.stem_numbers().tolist()
    pairs = zip(words.texts(0, len(words)), numbers, strict=True)
    wrong = [word for word, number in pairs if stems[number].decode("utf-8") != analyzer.stem(word)]
    if wrong:
        yield Problem(str(directory / entry.file), f"gives {wrong[0]!r} another stem than the analysis; run `searcher rebuild`")


def _table_of_contents(directory: Path, manifest: Manifest) -> Iterator[Problem]:
    file = directory / toc_name(manifest.generation)
    try:
        contents = read_toc(file)
    except IndexDamaged as error:
        yield Problem(str(file), str(error))
        return
    listed = {one.segment_id(): (one.doc_count_all(), sorted(one.deleted_docs())) for one in contents.segments}
    expected = {entry.segment: (entry.articles, read_deleted(directory, entry).tolist()) for entry in manifest.segments}
    if contents.generation != manifest.generation or listed != expected:
        yield Problem(str(file), "lists other segments or deletions than the manifest; run `searcher rebuild`")
