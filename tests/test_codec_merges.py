"""Deletes, updates and merges by stock writers, within our codec and across it and Whoosh's own, lose and invent nothing."""

from __future__ import annotations

import io
import os
import pickle
import pickletools
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import index, query, writing
from whoosh.filedb.filestore import RamStorage
from whoosh.multiproc import SerialMpWriter

from index.codec.container import Container
from index.codec.whoosh_codec import ColumnsCodec, ColumnsSegment
from index.manifest import SegmentEntry
from tests.codec_indexes import CODECS, both, build, documents, schema


def content(opened: Any) -> dict[str, Any]:
    """All that an index says of each document that is not deleted, by its id: stored fields, columns, lengths, postings."""
    found: dict[str, Any] = {}
    with opened.reader() as reader:
        # Segment by segment, as Whoosh's reader of several columns confuses documents of segments that lack one.
        for leaf, _ in reader.leaf_readers():
            found |= segment_content(leaf)
        assert reader.doc_count() == len(found)
    return found


def segment_content(reader: Any) -> dict[str, Any]:
    columns = {name: reader.column_reader(name, translate=False) for name in ("number", "when", "place")}
    names = {number: stored["id"] for number, stored in reader.iter_docs()}
    found: dict[str, Any] = {}
    for number, stored in reader.iter_docs():
        found[names[number]] = {
            "stored": stored,
            "columns": {name: column[number] for name, column in columns.items()},
            "length": reader.doc_field_length(number, "body"),
            "vector": list(reader.vector_as("frequency", number, "vectored")) if reader.has_vector(number, "vectored") else None,
            "postings": [],
        }
    for field, term, number, weight, payload in reader.iter_postings():
        # Whoosh gives all words for spelling to the first document.
        if not field.startswith("spell_"):
            found[names[number]]["postings"].append((field, term, round(weight, 5), payload or b""))
    return found


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("MAIN_*") if path.name != "MAIN_WRITELOCK")


@pytest.mark.parametrize("made", list(CODECS))
@pytest.mark.parametrize("merged", list(CODECS))
def test_a_merge_keeps_everything(tmp_path: Path, made: str, merged: str) -> None:
    """Segments of either codec, merged by a writer of either, hold what they held before; deleted documents are gone."""
    opened = build(tmp_path / "index", made, [documents(40, 1), [{**one, "id": f"e{one['id']}"} for one in documents(30, 2)]])
    with opened.writer(codec=CODECS[merged]()) as writer:
        writer.merge = False
        writer.delete_by_term("id", "d3")
        writer.delete_by_query(query.Prefix("id", "ed2"))
    before = content(index.open_dir(str(tmp_path / "index")))
    assert "d3" not in before
    assert not any(name.startswith("ed2") for name in before)
    with opened.writer(codec=CODECS[merged]()) as writer:
        writer.optimize = True
    after = index.open_dir(str(tmp_path / "index"))
    with after.reader() as reader:
        assert reader.is_atomic()
        assert not reader.has_deletions()
        assert reader.doc_count_all() == len(before)
    assert content(after) == before
    assert len(files(tmp_path / "index")) == 1, "the files of merged segments are removed"


def test_mixed_indexes(tmp_path: Path) -> None:
    """An index with segments of both codecs answers as one of Whoosh's alone, and merges both ways."""
    batches = [documents(20, seed) for seed in range(4)]
    for number, batch in enumerate(batches):
        for document in batch:
            document["id"] = f"{number}{document['id']}"
    mixed, plain = build(tmp_path / "mixed", "ours", batches[:1]), build(tmp_path / "plain", "whoosh", batches)
    for number, batch in enumerate(batches[1:]):
        writer = mixed.writer(codec=CODECS[("whoosh", "ours", "whoosh")[number]]())
        for document in batch:
            writer.add_document(**document)
        writer.commit(merge=False)
    mixed = index.open_dir(str(tmp_path / "mixed"))
    assert len({name.rpartition(".")[2] for name in files(tmp_path / "mixed")}) == 2
    expected = content(plain)
    for codec in ("ours", "whoosh", "ours"):
        assert content(mixed) == expected
        with mixed.searcher() as left, plain.searcher() as right:
            asked = query.And([query.Prefix("body", "s"), query.Term("flag", "t")])
            found = [
                [(hit["id"], round(hit.score, 6)) for hit in searcher.search(asked, limit=None, optimize=False)]
                for searcher in (left, right)
            ]
            assert sorted(found[0]) == sorted(found[1])
        with mixed.writer(codec=CODECS[codec]()) as writer:
            writer.optimize = True


def test_updates_replace_documents(tmp_path: Path) -> None:
    """`update_document` replaces a document of any segment by its unique field, commit after commit."""
    opened = build(tmp_path / "index", "ours", [documents(10)])
    for turn in range(12):
        with opened.writer(codec=ColumnsCodec()) as writer:
            writer.update_document(id=f"d{turn % 5}", body=f"turn {turn}")
    opened = index.open_dir(str(tmp_path / "index"))
    assert opened.doc_count() == 10
    with opened.searcher() as searcher:
        assert [searcher.document(id=f"d{number}")["body"] for number in range(5)] == [
            f"turn {turn}" for turn in (10, 11, 7, 8, 9)
        ]
        assert [hit["id"] for hit in searcher.search(query.Term("body", "turn"), limit=None)] != []
        assert len(searcher.search(query.Term("body", "10"))) == 1
        assert len(searcher.search(query.Term("body", "3"))) == 0


def test_an_index_of_which_all_is_deleted(tmp_path: Path) -> None:
    """When every document is deleted and the index merged, what is left is an index of nothing that still opens and grows."""
    opened = build(tmp_path / "index", "ours", [documents(5), documents(5, 2)])
    with opened.writer(codec=ColumnsCodec()) as writer:
        writer.merge = False
        writer.delete_by_query(query.Every())
    with opened.writer(codec=ColumnsCodec()) as writer:
        writer.optimize = True
    assert content(index.open_dir(str(tmp_path / "index"))) == {}
    with opened.writer(codec=ColumnsCodec()) as writer:
        writer.add_document(id="new", body="port")
    with index.open_dir(str(tmp_path / "index")).searcher() as searcher:
        assert [hit["id"] for hit in searcher.search(query.Term("body", "port"))] == ["new"]


def test_a_canceled_writer_changes_nothing(tmp_path: Path) -> None:
    """After cancel the index is what it was, and the next commit takes away what the canceled one left."""
    opened = build(tmp_path / "index", "ours", [documents(5)])
    before = content(opened)
    writer = opened.writer(codec=ColumnsCodec())
    writer.add_document(id="x", body="canceled")
    writer.cancel()
    assert content(index.open_dir(str(tmp_path / "index"))) == before
    with opened.writer(codec=ColumnsCodec()) as writer:
        writer.add_document(id="y", body="kept")
        writer.merge = False
    assert len(files(tmp_path / "index")) == 2


def test_a_failed_document_is_not_committed(tmp_path: Path) -> None:
    """A document that cannot be kept fails by name; the writer then refuses to commit, cancels, and the next one works."""
    opened = build(tmp_path / "index", "ours", [documents(5)])
    writer = opened.writer(codec=ColumnsCodec())
    writer.add_document(id="w", body="port")
    with pytest.raises(TypeError, match="'kept' cannot be kept: got a value of type object"):
        writer.add_document(id="x", body="port", kept=object())
    for call in (lambda: writer.add_document(id="y", body="port"), lambda: writer.commit(merge=False)):
        with pytest.raises(ValueError, match="call cancel"):
            call()
    writer.cancel()
    with opened.writer(codec=ColumnsCodec()) as writer:
        writer.add_document(id="z", body="port")
    assert {"w", "x", "y"}.isdisjoint(content(index.open_dir(str(tmp_path / "index"))))


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["add", "delete", "update", "merge"]), st.integers(0, 9), st.sampled_from(list(CODECS))),
        max_size=8,
    )
)
def test_any_history(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, str]]) -> None:
    """Whatever is added, deleted, updated and merged, by writers of either codec, the index holds what Whoosh's alone holds."""
    folder = tmp_path_factory.mktemp("history")
    pair = both(folder, [documents(6)])
    for number, (step, target, codec) in enumerate(steps):
        for opened, chosen in zip(pair, (codec, "whoosh"), strict=True):
            with opened.writer(codec=CODECS[chosen]()) as writer:
                writer.merge = step == "merge"
                writer.optimize = step == "merge" and target > 4
                if step in ("add", "merge"):
                    writer.add_document(id=f"n{number}", body="port war port", number=number, vectored="war")
                elif step == "delete":
                    writer.delete_by_term("id", f"d{target}")
                else:
                    writer.update_document(id=f"d{target}", body=f"union {number}", place="dock")
    left, right = (index.open_dir(str(folder / name)) for name in ("ours", "whoosh"))
    assert content(left) == content(right)


READER = """
import sys
from whoosh import index, query
with index.open_dir(sys.argv[1]).searcher() as searcher:
    print(*sorted(hit["id"] for hit in searcher.search(query.Term("body", "port"), limit=None)))
"""


def test_another_process_reads_it(tmp_path: Path) -> None:
    """A process that never heard of our codec opens the index with stock Whoosh and finds the same."""
    opened = build(tmp_path / "index", "ours", [documents(30), documents(10, 2)])
    with opened.writer() as writer:
        writer.merge = False
        writer.delete_by_term("id", "d4")
    with index.open_dir(str(tmp_path / "index")).searcher() as searcher:
        expected = sorted(hit["id"] for hit in searcher.search(query.Term("body", "port"), limit=None))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-c", READER, str(tmp_path / "index")]
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert printed.split() == expected != []


class Recording(pickle.Unpickler):
    """Notes every global that a pickle names."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.names: set[str] = set()

    def find_class(self, module: str, name: str) -> Any:
        self.names.add(f"{module}.{name}")
        return super().find_class(module, name)


def test_the_state_of_a_segment_is_builtins() -> None:
    """A pickled segment names one class and nothing else, and comes back with its name, counts and deletions."""
    entry = SegmentEntry("MAIN_abc", articles=7, deleted=3, deleted_file="MAIN_abc.2.deleted", length=5)
    segment = ColumnsSegment.of(entry, [6, 1, 2])
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        unpickler = Recording(io.BytesIO(pickle.dumps(segment, protocol)))
        again = unpickler.load()
        assert unpickler.names <= {"index.codec.whoosh_codec.ColumnsSegment", "_codecs.encode", "__builtin__.bytes"}
        assert again.segment_id() == "MAIN_abc"
        assert (again.doc_count_all(), again.doc_count(), again.deleted_count()) == (7, 4, 3)
        assert sorted(again.deleted_docs()) == [1, 2, 6]
        assert not again.should_assemble()
        assert isinstance(again.codec(), ColumnsCodec)
    again.delete_document(6, delete=False)
    again.delete_document(0)
    assert sorted(again.deleted_docs()) == [0, 1, 2]
    assert segment.is_deleted(6)


def test_no_file_holds_a_pickle(tmp_path: Path) -> None:
    """Of all stock fields, those that Whoosh pickles too, no section of a container can be read as a pickle."""
    build(tmp_path / "index", "ours", [documents(20)])
    (name,) = files(tmp_path / "index")
    container = Container(tmp_path / "index" / name)
    container.verify()
    for section in container.names():
        assert b"\x80\x02" not in container.array(section).tobytes() or not _unpickles(container.array(section).tobytes()), (
            section
        )


def _unpickles(content: bytes) -> bool:
    for at in range(len(content) - 1):
        if content[at : at + 2] == b"\x80\x02":
            try:
                list(pickletools.genops(content[at:]))
            except ValueError:
                continue
            return True
    return False


def test_writers_of_several_processes(tmp_path: Path) -> None:
    """Whoosh's writer of several processes works with segments of their own, and is refused by name otherwise."""
    opened = build(tmp_path / "index", "ours", [])
    with pytest.raises(NotImplementedError, match="multisegment=True"):
        writer = SerialMpWriter(opened, procs=2, codec=ColumnsCodec())
        for document in documents(6):
            writer.add_document(**document)
        writer.commit()
    writer.cancel()
    writer = opened.writer(procs=2, multisegment=True, codec=ColumnsCodec())
    for document in documents(6):
        writer.add_document(**document)
    writer.commit()
    assert set(content(index.open_dir(str(tmp_path / "index")))) == {f"d{number}" for number in range(6)}


def test_wrapping_writers(tmp_path: Path) -> None:
    """Whoosh's asynchronous and buffered writers write through our codec."""
    opened = build(tmp_path / "index", "ours", [])
    background = writing.AsyncWriter(opened, writerargs={"codec": ColumnsCodec()})
    background.add_document(id="a", body="port")
    background.commit()
    buffered = writing.BufferedWriter(opened, period=None, limit=2, writerargs={"codec": ColumnsCodec()})
    for number in range(3):
        buffered.add_document(id=f"b{number}", body="port")
    buffered.close()
    opened = index.open_dir(str(tmp_path / "index"))
    with opened.searcher() as searcher:
        assert sorted(hit["id"] for hit in searcher.search(query.Term("body", "port"))) == ["a", "b0", "b1", "b2"]


def test_storages_without_files_are_refused() -> None:
    """An index in memory cannot be of our codec, and says so when the writer is made."""
    opened = RamStorage().create_index(schema())
    with pytest.raises(TypeError, match="FileStorage, got RamStorage"):
        opened.writer(codec=ColumnsCodec())
