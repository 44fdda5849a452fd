"""What stock Whoosh finds of a commit, and what it and hostile files may not do to one."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from whoosh.index import TOC

from index import files, publishing
from index.embedded import EmbeddedIndex
from index.errors import IndexDamaged
from index.storage import DurableStorage
from index.toc import read_toc, toc_name
from index.whoosh_schema import whoosh_schema
from tests.generations import ARTICLES, commit, index_at, named, present


@pytest.fixture
def index(tmp_path: Path) -> EmbeddedIndex:
    """An index of two commits."""
    index = index_at(tmp_path)
    commit(index, 0)
    commit(index, 1)
    return index


def test_the_table_of_contents_says_what_the_manifest_says(index: EmbeddedIndex) -> None:
    """Segments, their documents and their deletions are the same for stock Whoosh."""
    with index.writer() as writer:
        writer.delete(str(ARTICLES[0].id))
        writer.add(ARTICLES[2])
    current = index.current()
    contents = read_toc(index.path / current.directory / toc_name(current.manifest.generation))

    assert contents.generation == current.manifest.generation
    assert {one.segment_id(): (one.doc_count_all(), one.deleted_count()) for one in contents.segments} == {
        entry.segment: (entry.articles, entry.deleted) for entry in current.manifest.segments
    }
    assert set(contents.field_names) == set(whoosh_schema().names())


class Gadget:
    """A pickle of it runs what `__reduce__` says."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (self.command,)


def test_a_hostile_table_of_contents_runs_nothing(index: EmbeddedIndex, tmp_path: Path) -> None:
    """A pickle that names anything but our few classes is refused, naming it; so is an opaque heap of bytes."""
    current = index.current()
    file = index.path / current.directory / toc_name(current.manifest.generation)
    ran = tmp_path / "ran"
    file.unlink()
    TOC(whoosh_schema(), [Gadget(f"touch {ran}")], current.manifest.generation).write(DurableStorage(file.parent), "MAIN")
    with pytest.raises(IndexDamaged, match=r"refers to (posix|nt)\.system"):
        read_toc(file)
    assert not ran.exists()
    for content in (b"", b"\0" * 100, pickle.dumps([1]), file.read_bytes()[:40]):
        file.write_bytes(content)
        with pytest.raises(IndexDamaged, match="table of contents"):
            read_toc(file)


def test_stock_whoosh_cannot_delete_what_a_manifest_names(index: EmbeddedIndex) -> None:
    """Storage of ours ignores the deletion of a commit's files, and deletes others."""
    directory = index.path / index.current().directory
    storage = DurableStorage(directory)
    (directory / "MAIN_other.seg").write_bytes(b"x")
    for name in (*named(index), "MAIN_other.seg"):
        storage.delete_file(name)
    assert named(index) <= present(index)
    assert "MAIN_other.seg" not in present(index)


def test_a_commit_of_stock_whoosh_does_no_harm(index: EmbeddedIndex) -> None:
    """Our readers do not see it, our files stay, and the next commit of ours goes on from our own state."""
    directory = index.path / index.current().directory
    before = named(index)
    writer = DurableStorage(directory).open_index().writer()
    writer.add_document()
    writer.commit()
    assert before <= present(index)
    assert index.current().manifest.articles == 2
    commit(index, 2)
    assert index.current().manifest.articles == 3
    assert len(read_toc(directory / toc_name(index.current().manifest.generation)).segments) == len(
        index.current().manifest.segments
    )


def test_a_manifest_may_not_lead_elsewhere(index: EmbeddedIndex) -> None:
    """A manifest that names a path, or not all its segments need, is refused, though CURRENT vouches for its bytes."""
    current = index.current()
    file = index.path / current.directory / current.manifest.name
    mapping = json.loads(file.read_bytes())
    entry = next(iter(mapping["files"].values()))
    for files_listed in ({}, {**mapping["files"], "../CURRENT": entry}):
        publisher = publishing.Publisher(index._generations)
        content = json.dumps({**mapping, "files": files_listed}).encode()
        file.write_bytes(content)
        pointer = publishing.Pointer(current.directory, file.name, publishing.hashlib.sha256(content).hexdigest())
        files.replace_file(publisher.path / "CURRENT", pointer.to_json())
        with pytest.raises(IndexDamaged, match="the manifest"):
            index.current()
