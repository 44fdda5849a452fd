"""merge_segments: several segments to one, without their deleted articles, as arrays.

The fields are merged in two parts, files of their own, so that two processes can do it at the same time (`merge_part`);
`assemble` then writes the segment: columns, records, and the parts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.arrays import offsets_of
from index.bulk.dictionaries import Dictionaries
from index.bulk.keywords import write_sources
from index.bulk.merging import merge_field
from index.bulk.sources import Source
from index.codec.container import Container, ContainerWriter
from index.codec.field_reader import FieldReader
from index.codec.gaps import encode_steps
from index.codec.records import frame_maker, train_dictionary
from index.codec.terms import narrowest

Array = np.ndarray[Any, np.dtype[Any]]

# Measured on newswire, `surface` with its positions takes as long to merge as all the others.
PARTS = (("surface",), ("stem", "title", "title_stem", "author", "url", "id", "source", "tag", "lang"))
# Fields whose parts hold the new numbers of terms too, as `F.numbers.N` for the N-th source, to make `surface.stems` of.
_NUMBERED = ("surface", "stem")
_PIECE = 1 << 20
_SAMPLES = 1000


def merge_part(sources: Sequence[Source], names: Sequence[str], path: Path) -> None:
    """Merges these fields into a container, which is not synced."""
    with ContainerWriter(path, durable=False) as container:
        for name in names:
            numbers = merge_field(sources, name, container, path.parent)
            for source in sources:
                source.reader.container.release()
            if name in _NUMBERED:
                for place, own in enumerate(numbers):
                    container.add(_numbers(name, place), own)


def assemble(sources: Sequence[Source], parts: Sequence[tuple[Path, Callable[[], object]]], path: Path) -> None:
    """Writes the merged segment. parts: the files of all PARTS, each with what returns when the file is there."""
    with ContainerWriter(path) as container:
        container.meta["articles"] = sum(source.live for source in sources)
        container.add("published", np.concatenate([source.column("published") for source in sources]))
        container.add("length", narrowest(np.concatenate([source.column("length").astype(np.int64) for source in sources])))
        write_sources(container, [name for source in sources for name in _source_names(source)])
        for name in Dictionaries._fields:
            _merge_records(sources, name, container)
            for source in sources:
                source.reader.container.release()
        for _, wait in parts:
            wait()
        opened = [Container(part) for part, _ in parts]
        for part in opened:
            for section in part.names():
                if not section.startswith(tuple(f"{name}.numbers." for name in _NUMBERED)):
                    container.add_pieces(section, *_copied(part, section))
                    part.release()
        container.add("surface.stems", _merged_stems(sources, opened))


def _numbers(name: str, place: int) -> str:
    return f"{name}.numbers.{place}"


def _merged_stems(sources: Sequence[Source], parts: Sequence[Container]) -> Array:
    """For each merged term the number of its merged stem, as they are written."""
    holder = {name: next(part for part in parts if _numbers(name, 0) in part) for name in _NUMBERED}
    stems = np.zeros(len(FieldReader(holder["surface"], "surface").terms), np.int64)
    for number, source in enumerate(sources):
        terms = holder["surface"].array(_numbers("surface", number))
        kept = terms >= 0
        stems[terms[kept]] = holder["stem"].array(_numbers("stem", number))[source.reader.stem_numbers()[kept]]
    return encode_steps(stems)


def _source_names(source: Source) -> list[str | None]:
    names = [None, *source.reader.source_names()]
    return [names[number] for number in source.column("source").tolist()]


def _copied(part: Container, section: str) -> tuple[np.dtype[Any], Iterator[Array]]:
    dtype, count = part.part(section, 0, 0).dtype, part.count(section)
    return dtype, (part.part(section, start, min(start + _PIECE, count)) for start in range(0, count, _PIECE))


def _merge_records(sources: Sequence[Source], name: str, container: ContainerWriter) -> None:
    dictionary = _dictionary(sources, name)
    sizes: list[Array] = [np.empty(0, np.int64)]
    container.add_pieces(name, np.dtype(np.uint8), _frames(sources, name, dictionary, sizes))
    container.add(f"{name}.starts", narrowest(offsets_of(np.concatenate(sizes))))
    container.add(f"{name}.dictionary", np.frombuffer(dictionary, np.uint8))


def _dictionary(sources: Sequence[Source], name: str) -> bytes:
    """That of the largest source; a new one if that has none."""
    largest = max(sources, key=lambda source: source.live)
    found = largest.reader.records(name).dictionary
    return found or train_dictionary(_samples(sources, name))


def _samples(sources: Sequence[Source], name: str) -> list[bytes]:
    step = max(1, sum(source.live for source in sources) // _SAMPLES)
    return [
        source.reader.records(name).raw(document) for source in sources for document in range(0, source.reader.articles, step)
    ]


def _frames(sources: Sequence[Source], name: str, dictionary: bytes, sizes: list[Array]) -> Iterator[Array]:
    """The frames of all kept documents; those made with another dictionary are made anew. Appends their sizes."""
    make = frame_maker(dictionary)
    for source in sources:
        records = source.reader.records(name)
        if records.dictionary == dictionary:
            yield from _same_frames(source, name, sizes)
            continue
        kept = source.kept()
        for document in range(source.reader.articles) if kept is None else np.flatnonzero(kept).tolist():
            frame = np.frombuffer(make(records.raw(document)), np.uint8)
            sizes.append(np.array([len(frame)]))
            yield frame


def _same_frames(source: Source, name: str, sizes: list[Array]) -> Iterator[Array]:
    """The frames as they are, as many at once as lie together."""
    starts = source.reader.container.array(f"{name}.starts").astype(np.int64)
    edges = [-1, *source.deleted.tolist(), source.reader.articles]
    for before, end in itertools.pairwise(edges):
        sizes.append(np.diff(starts[before + 1 : end + 1]))
        for start in range(int(starts[before + 1]), int(starts[end]), _PIECE):
            yield source.reader.container.part(name, start, min(start + _PIECE, int(starts[end])))
