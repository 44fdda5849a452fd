"""Damaged indexes: `check` finds what is wrong, `check --deep` also what disagrees with the store, searches never lie."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import searcher
from index import comparison
from index.agreement import postings_sum
from index.article import Article
from index.codec.container import ContainerWriter
from index.codec.gaps import decode_steps, encode_steps
from index.codec.segment import SegmentReader
from index.codec.whoosh_codec import ColumnsSegment
from index.commits import EmbeddedWriter
from index.document import Posting
from index.files import sha256_of
from index.generations import Current, Pointer
from index.manifest import FileEntry
from index.toc import toc_name, write_toc
from tests import invented
from tests.torture.damage import damage

ALTERED = Article(
    id="x1",
    title="Ferry to Brask sails again",
    body="The ferry sailed. Nobody on board complained, said Ada.",
    source="Harbor Times",
    author="Lin Wei",
    url="https://news.example.com/ferry",
    published="2025-03-04",
    published_precision="day",
    published_origin="absolute",
    tags=("Ferries",),
    lang="en",
)
# What an index would hold of ALTERED if it were made wrongly, and the fields that a deep check must name.
DRIFTS: list[tuple[dict[str, object], set[str]]] = [
    ({"title": "Ferry to Brask goes again"}, {"surface", "stem", "title", "title_stem", "offsets of the title"}),
    ({"body": "The ferry sailed. Somebody on board complained, said Ada."}, {"surface", "stem", "body"}),
    ({"body": "The ferry sailed. Nobody on board said, complained Ada."}, {"surface", "body"}),
    ({"body": "The ferry sailed. Nobody on board complained, said  Ada."}, {"body", "offsets of the body"}),
    ({"body": "The ferry sailed: nobody on board complained, said Ada."}, {"body"}),
    ({"source": "Harbour Times"}, {"source", "source_name"}),
    ({"source": None}, {"source", "source_name"}),
    ({"author": "Wei Lin"}, {"author"}),
    ({"url": "https://news.example.com/ferries"}, {"url"}),
    ({"published": "2025-03-05"}, {"published"}),
    ({"tags": ()}, {"tag", "tags"}),
    ({"lang": "de"}, {"lang"}),
    ({"seen_on": ("page",)}, {"seen_on"}),
]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[searcher.Archive]:
    """An archive of some articles in two segments or so, some deleted."""
    with searcher.open(tmp_path / "data") as archive:
        archive.add([*invented.articles(60), ALTERED])
        archive.delete([f"a{number:04d}" for number in range(0, 20, 3)])
        yield archive


def rebuilt(archive: searcher.Archive, monkeypatch: pytest.MonkeyPatch, drift: Callable[[Article], Article | None]) -> None:
    """Makes the index anew, of other articles than the store has."""
    add = EmbeddedWriter.add

    def add_drifted(writer: EmbeddedWriter, article: Article) -> None:
        drifted = drift(article)
        if drifted is not None:
            add(writer, drifted)

    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedWriter, "add", add_drifted)
        archive.rebuild()


def test_random_damage_is_found_and_never_believed(tmp_path: Path) -> None:
    """Flipped bits and cut files anywhere: `check` names the file, each search is right or refused with an error of ours."""
    outcome = damage(tmp_path, 60, 20, articles=150)
    assert outcome.failures == []
    assert outcome.counts["found by check"] == 80
    assert outcome.counts["searches refused"] > 0
    assert outcome.counts["searches answered"] > 0


@pytest.mark.parametrize(("drift", "fields"), DRIFTS, ids=lambda value: next(iter(value)) if isinstance(value, dict) else "")
def test_a_deep_check_names_article_and_field(
    archive: searcher.Archive, monkeypatch: pytest.MonkeyPatch, drift: dict[str, object], fields: set[str]
) -> None:
    """An index that holds anything else of one article than the store is told from a right one."""
    rebuilt(archive, monkeypatch, lambda article: dataclasses.replace(article, **drift) if article.id == "x1" else article)
    assert archive.check().ok
    (problem,) = archive.check(deep=True).problems
    assert problem.what.startswith("article x1 differs from the store in ")
    assert fields <= set(problem.what.removeprefix("article x1 differs from the store in ").partition(";")[0].split(", "))
    archive.rebuild()
    assert archive.check(deep=True).ok


def test_missing_and_strange_articles_are_named(archive: searcher.Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check counts; a deep one says which articles only one of the two has."""
    rebuilt(archive, monkeypatch, lambda article: None if article.id in ("x1", "a0004") else article)
    assert "52 articles are in the index, 54 in the store" in archive.check().problems[0].what
    rebuilt(archive, monkeypatch, lambda article: dataclasses.replace(article, id="y1") if article.id == "x1" else article)
    assert archive.check().ok
    assert [problem.what.split(";")[0] for problem in archive.check(deep=True).problems] == [
        "article x1 is not in the index",
        "article y1 is not in the store",
    ]


def test_worker_processes_find_the_same(archive: searcher.Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one process finds, several find that share the work."""
    wrong = {"a0004", "a0005", "a0007", "x1"}
    rebuilt(archive, monkeypatch, lambda article: dataclasses.replace(article, lang="fr") if article.id in wrong else article)
    alone = archive.check(deep=True).problems
    monkeypatch.setattr(comparison, "_LEAST_FOR_WORKERS", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    assert archive.check(deep=True).problems == alone
    assert {problem.what.split()[1] for problem in alone} == wrong


def test_a_table_of_contents_that_disagrees_is_named(archive: searcher.Archive) -> None:
    """Stock Whoosh would show deleted articles: the deep check compares its deletions with ours."""
    current = archive._backend._index.current()
    manifest = current.manifest
    directory = archive._backend._index.path / current.directory
    toc = directory / toc_name(manifest.generation)
    toc.unlink()
    write_toc(directory, manifest.generation, [ColumnsSegment.of(entry, [0]) for entry in manifest.segments])
    files = {**manifest.files, toc.name: FileEntry(toc.stat().st_size, sha256_of(toc))}
    vouch_for(archive, Current(current.directory, dataclasses.replace(manifest, files=files)))

    assert archive.check().ok
    (problem,) = archive.check(deep=True).problems
    assert problem.file == str(toc)
    assert "deletions" in problem.what


def test_a_wrong_stem_is_named(archive: searcher.Archive) -> None:
    """Which stem a word is led to is part of the index: a segment, whole otherwise, that has one wrong is told."""
    current = archive._backend._index.current()
    entry = current.manifest.segments[0]
    file = archive._backend._index.path / current.directory / entry.file
    segment = SegmentReader(file)
    word = segment.field("surface").terms.find(b"visits")
    with ContainerWriter(file.with_suffix(".new")) as writer:
        writer.meta = segment.container.meta
        for name in segment.container.names():
            array = segment.container.array(name).copy()
            if name == "surface.stems":
                numbers = decode_steps(array)
                numbers[word] += 1
                array = encode_steps(numbers)
            writer.add(name, array)
    file.with_suffix(".new").replace(file)
    files = {**current.manifest.files, entry.file: FileEntry(file.stat().st_size, sha256_of(file))}
    vouch_for(archive, Current(current.directory, dataclasses.replace(current.manifest, files=files)))

    assert archive.check().ok
    assert "gives 'visits' another stem" in archive.check(deep=True).problems[0].what


def test_counts_of_the_manifest_are_checked(archive: searcher.Archive) -> None:
    """The summed length decides scores: a manifest that has it wrong is told by a deep check."""
    current = archive._backend._index.current()
    first, *others = current.manifest.segments
    wrong = dataclasses.replace(first, length=first.length + 1)
    vouch_for(archive, Current(current.directory, dataclasses.replace(current.manifest, segments=(wrong, *others))))
    assert "the manifest says" in archive.check(deep=True).problems[0].what


def vouch_for(archive: searcher.Archive, current: Current) -> None:
    """Makes CURRENT lead to a manifest with these contents."""
    content = current.manifest.to_json()
    (archive._backend._index.path / current.directory / current.manifest.name).write_bytes(content)
    pointer = Pointer(current.directory, current.manifest.name, hashlib.sha256(content).hexdigest())
    (archive._backend._index.path / "CURRENT").write_bytes(pointer.to_json())


def test_the_command_names_each_file_and_ends_with_3(archive: searcher.Archive, tmp_path: Path) -> None:
    """`searcher check` reports all damaged files of the index, as text and as JSON, without a traceback."""
    current = archive._backend._index.current()
    directory = archive._backend._index.path / current.directory
    names = sorted(current.manifest.files)
    for name in names[:-1]:
        content = (directory / name).read_bytes()
        (directory / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    command = [sys.executable, "-m", "searcher", "--data", str(tmp_path / "data"), "check"]
    plain = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (plain.returncode, "Traceback" in plain.stderr) == (3, False)
    assert [name in plain.stdout for name in names] == [True] * (len(names) - 1) + [False]
    as_json = subprocess.run([*command, "--deep", "--json"], capture_output=True, text=True, check=False)
    assert as_json.returncode == 3
    assert len(json.loads(as_json.stdout)["problems"]) == len(names) - 1
    (directory / names[-1]).unlink()
    missing = subprocess.run(command, capture_output=True, text=True, check=False)
    assert missing.returncode == 3
    assert names[-1] in missing.stdout


postings = st.dictionaries(
    st.text(max_size=3),
    st.builds(
        Posting,
        st.sampled_from([1.0, 1.5, 4.0, 5.5]),
        st.lists(st.integers(0, 300), max_size=4, unique=True).map(lambda found: tuple(sorted(found))),
    ),
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(postings, postings, st.booleans())
def test_sums_tell_postings_apart(one: dict[str, Posting], other: dict[str, Posting], positional: bool) -> None:
    """Two documents have the same sum if and only if they have the same postings, positions where they count."""

    def compared(found: dict[str, Posting]) -> set[tuple[object, ...]]:
        return {(term, posting.weight, posting.positions if positional else ()) for term, posting in found.items()}

    same = postings_sum(one, positional=positional) == postings_sum(other, positional=positional)
    assert same == (compared(one) == compared(other))
