"""Merging segments: which are merged, and that the result is the segment that its articles would have been made into."""

from __future__ import annotations

import contextlib
import dataclasses
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import Analyzer
from index.article import Article
from index.bulk import Indexer
from index.bulk.dictionaries import Dictionaries, learned
from index.bulk.inverter import Batch, Inverter, Plan
from index.bulk.policy import MOST_DELETED, SMALL, Size, to_merge
from index.bulk.segments import PARTS, assemble, merge_part
from index.bulk.sources import in_sequence
from index.codec.container import Container
from index.codec.gaps import encode_lists, encode_long
from index.codec.segment import SegmentReader
from index.manifest import IndexSettings, Manifest
from index.schema import ZoneWeights
from tests.invented import articles

ANALYZER = Analyzer()
NONE = Dictionaries()


def written(prefix: Path, made: list[Article], dictionaries: Dictionaries = NONE) -> Path:
    inverter = Inverter(Plan(prefix, ZoneWeights(), dictionaries, 64 << 20), ANALYZER)
    inverter.add(Batch(0, made))
    return inverter.finish()[0].path


def merged(folder: Path, segments: list[tuple[Path, list[int]]]) -> Path:
    sources = in_sequence([(SegmentReader(path), np.array(deleted, np.int64)) for path, deleted in segments])
    files = [folder / f"part{number}" for number in range(len(PARTS))]
    for names, file in zip(PARTS, files, strict=True):
        merge_part(sources, names, file)
    assemble(sources, [(file, lambda: None) for file in files], folder / "merged.columns")
    return folder / "merged.columns"


def sections(path: Path) -> dict[str, tuple[str, bytes]]:
    """Everything in a container but for the compressed records, whose raw bytes are compared instead."""
    reader, container = SegmentReader(path), Container(path)
    container.verify()
    found = {
        name: (container.array(name).dtype.str, container.array(name).tobytes())
        for name in container.names()
        if name.split(".")[0] not in Dictionaries._fields
    }
    for name in Dictionaries._fields:
        found[name] = ("raw", b"".join(reader.records(name).raw(document) for document in range(reader.articles)))
    return found


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_merge_is_what_one_run_would_be(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Segments merged without their deleted articles are byte for byte, records aside, one segment of what is left."""
    folder = tmp_path_factory.mktemp("merge")
    rng = random.Random(data.draw(st.integers(0, 99)))
    segments, left = [], []
    for number in range(data.draw(st.integers(1, 4))):
        made = articles(rng.randint(1, 25), seed=rng.randint(0, 10**6))
        deleted = sorted(rng.sample(range(len(made)), rng.choice([0, 0, len(made) // 2, len(made) - 1])))
        segments.append((written(folder / f"s{number}", made), deleted))
        left += [article for place, article in enumerate(made) if place not in deleted]

    assert sections(merged(folder, segments)) == sections(written(folder / "whole", left))


def test_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the pieces of a merge, the result is the same."""
    monkeypatch.setattr("index.bulk.merging._PIECE_BYTES", 100)
    groups = [articles(40, seed=seed) for seed in (1, 2, 3)]
    segments = [(written(tmp_path / f"s{number}", made), [5, 6]) for number, made in enumerate(groups)]
    left = [article for made in groups for place, article in enumerate(made) if place not in (5, 6)]

    assert sections(merged(tmp_path, segments)) == sections(written(tmp_path / "whole", left))


@given(gaps=st.lists(st.sampled_from([0, 1, 254, 255, 256, 65535, 70_000, 2**32]), max_size=1500), chunk=st.integers(1, 700))
def test_a_long_list_is_encoded_like_any(gaps: list[int], chunk: int) -> None:
    """A list that comes in chunks has the bytes of one that comes whole."""
    numbers = np.cumsum(np.array(gaps, np.int64))

    encoded = encode_long(lambda: (numbers[start : start + chunk] for start in range(0, len(numbers), chunk)))

    assert encoded.tobytes() == encode_lists(numbers, np.array([len(numbers)]))[0].tobytes()


def test_records_of_other_dictionaries(tmp_path: Path) -> None:
    """Records are copied where the dictionary is that of the largest segment, and made anew where it is another."""
    many, few = articles(400), articles(50, seed=2)
    dictionaries = learned(many)
    assert all(dictionaries)
    segments = [(written(tmp_path / "a", many, dictionaries), [0, 7]), (written(tmp_path / "b", few), [])]

    path = merged(tmp_path, segments)

    reader = SegmentReader(path)
    assert reader.records("text").dictionary == dictionaries.text
    assert reader.records("text").frame(0) == SegmentReader(tmp_path / "aa.columns").records("text").frame(1)
    left = [article for place, article in enumerate(many) if place not in (0, 7)] + few
    assert sections(path) == sections(written(tmp_path / "whole", left))


@given(sizes=st.lists(st.tuples(st.integers(1, 10**6), st.floats(0, 1)), max_size=20), new=st.integers(0, 10**5))
def test_what_a_merge_leaves(sizes: list[tuple[int, float]], new: int) -> None:
    """What is not merged has few deletions and, if anything is new, is larger than all that is merged together."""
    segments = [Size(count, int(count * part)) for count, part in sizes]

    chosen = to_merge(segments, new)

    rest = [size for place, size in enumerate(segments) if place not in chosen]
    assert all(size.deleted <= MOST_DELETED * size.articles for size in rest)
    if new:
        assert all(size.live > max(SMALL, new) for size in rest)


@pytest.mark.parametrize("step", [1, 7, 300, 5000])
def test_segments_stay_few(step: int) -> None:
    """Articles that come a few at a time lie in a number of segments that grows with the logarithm, and are written as often."""
    sizes: list[int] = []
    rewritten = commits = 0
    while sum(sizes) < 200_000:
        chosen = to_merge([Size(size, 0) for size in sizes], step)
        rewritten += sum(sizes[place] for place in chosen)
        sizes = [size for place, size in enumerate(sizes) if place not in chosen] + [step + sum(sizes[place] for place in chosen)]
        commits += 1
        assert len(sizes) <= 12

    # Below SMALL a segment is written with every commit, above it at most once for each doubling.
    assert rewritten <= commits * SMALL + 12 * 200_000


def test_small_updates_take_little_disk(tmp_path: Path) -> None:
    """A hundred updates of five articles take at most half as much disk again as one of five hundred."""
    made = [dataclasses.replace(article, id=f"b{number}") for number, article in enumerate(articles(500))]
    settings_ = IndexSettings(ANALYZER.fingerprint, ANALYZER.language, ZoneWeights())

    def size_after(directory: Path, step: int) -> int:
        manifest = Manifest(0, 0, settings_, (), {})
        directory.mkdir()
        for generation, start in enumerate(range(0, len(made), step), 1):
            with contextlib.closing(Indexer(directory, manifest, settings_, ANALYZER, 64)) as indexer:
                for article in made[start : start + step]:
                    indexer.add(article)
                entries = indexer.finish(generation)
            manifest = dataclasses.replace(manifest, generation=generation, segments=entries)
        assert manifest.articles == len(made)
        return sum((directory / entry.file).stat().st_size for entry in manifest.segments)

    assert size_after(tmp_path / "many", 5) <= 1.5 * size_after(tmp_path / "one", 500)
