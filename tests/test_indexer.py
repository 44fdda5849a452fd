"""The bulk indexer: what it writes is what `index_document` says of each article, however the articles came."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import Analyzer
from index.analysis.bulk import BulkAnalyzer
from index.arrays import offsets_of
from index.article import Article, storable
from index.bulk import Indexer, pool
from index.bulk.former import read_deleted
from index.bulk.texts import pack_texts
from index.codec.records import Offsets, pack_text, read_card, read_text
from index.codec.segment import SegmentReader
from index.document import IndexDocument, Posting, index_document
from index.errors import IndexNotWritten
from index.manifest import IndexSettings, Manifest, SegmentEntry
from index.schema import ZoneWeights
from tests.invented import articles

ANALYZER = Analyzer()
WEIGHTS = ZoneWeights(title=3.3, lead=1.7, body=1.1, lead_words=5)
SETTINGS = IndexSettings(ANALYZER.fingerprint, ANALYZER.language, WEIGHTS)
WORDS = ("surface", "title", "author", "url")
WITHOUT_POSITIONS = ("stem", "title_stem", "id", "source", "tag", "lang")


class Index:
    """An index in a directory, one commit after the other."""

    def __init__(self, directory: Path, weights: ZoneWeights = WEIGHTS) -> None:
        self.directory = directory
        self.settings = dataclasses.replace(SETTINGS, weights=weights)
        self.manifest = Manifest(0, 0, self.settings, (), {})

    def commit(self, added: Iterable[Article] = (), deleted: Iterable[str] = (), workers: int = 1) -> None:
        generation = self.manifest.generation + 1
        indexer = Indexer(self.directory, self.manifest, self.settings, ANALYZER, 64, workers=workers)
        with contextlib.closing(indexer):
            for article_id in deleted:
                indexer.delete(article_id)
            for article in added:
                indexer.add(article)
            entries = indexer.finish(generation)
        self.manifest = dataclasses.replace(self.manifest, generation=generation, segments=entries)
        for name in self.files() - self.named_files():  # as the owner of the generations does
            (self.directory / name).unlink()

    def files(self) -> set[str]:
        return {file.name for file in self.directory.iterdir()}

    def named_files(self) -> set[str]:
        entries = self.manifest.segments
        return {name for entry in entries for name in (entry.file, entry.deleted_file) if name is not None}

    def documents(self) -> dict[str, IndexDocument]:
        """Everything in it, by id, in the shape of `index_document`."""
        found: dict[str, IndexDocument] = {}
        for entry in self.manifest.segments:
            for article_id, document in _documents(self.directory, entry):
                assert article_id not in found, f"{article_id} is there twice"
                found[article_id] = document
        return found


def _documents(directory: Path, entry: SegmentEntry) -> list[tuple[str, IndexDocument]]:
    reader = SegmentReader(directory / entry.file)
    deleted = set(read_deleted(directory, entry).tolist())
    assert (reader.articles, len(deleted)) == (entry.articles, entry.deleted)
    live = [document for document in range(reader.articles) if document not in deleted]
    assert entry.length == sum(int(reader.column("length")[document]) for document in live)
    postings: list[dict[str, dict[str, Posting]]] = [
        {name: {} for name in (*WORDS, *WITHOUT_POSITIONS)} for _ in range(reader.articles)
    ]
    for name in (*WORDS, *WITHOUT_POSITIONS):
        _add_field(reader, name, postings)
    names = [None, *reader.source_names()]
    _check_stems(reader)
    return [(_card(reader, document).id or "", _document(reader, document, postings, names)) for document in live]


def _add_field(reader: SegmentReader, name: str, postings: list[dict[str, dict[str, Posting]]]) -> None:
    field = reader.field(name)
    texts = [field.terms[number].decode("utf-8") for number in range(len(field.terms))]
    assert [text.encode() for text in texts] == sorted(text.encode() for text in texts)
    for number, text in enumerate(texts):
        documents = field.documents(number).tolist()
        assert documents, f"{text!r} is in {name} for no article"
        positions = field.positions(number) if name in WORDS else np.empty(0, np.int64)
        for document, weight in zip(documents, field.weights(number).tolist(), strict=True):
            own: tuple[int, ...] = ()
            if name in WORDS:
                low, high = field.bases[document], field.bases[document + 1]
                own = tuple((positions[(positions >= low) & (positions < high)] - low).tolist())
            postings[document][name][text] = Posting(weight, own)


def _check_stems(reader: SegmentReader) -> None:
    surface, stem = reader.field("surface").terms, reader.field("stem").terms
    for number, own in enumerate(reader.stem_numbers().tolist()):
        assert ANALYZER.stem(surface[number].decode()) == stem[own].decode()


def _card(reader: SegmentReader, document: int) -> Article:
    card = read_card(reader.records("card").raw(document))
    text = read_text(reader.records("text").raw(document), card.title)
    return Article(**{**card._asdict(), "tags": tuple(card.tags), "seen_on": tuple(card.seen_on)}, body=text.body)


def _document(
    reader: SegmentReader, document: int, postings: list[dict[str, dict[str, Posting]]], names: Sequence[str | None]
) -> IndexDocument:
    return IndexDocument(
        postings=postings[document],
        published=int(reader.column("published")[document]),
        length=int(reader.column("length")[document]),
        source_name=names[int(reader.column("source")[document])],
        article=json.dumps(_card(reader, document).to_mapping(), ensure_ascii=False, separators=(",", ":")),
    )


def expected(kept: Iterable[Article], weights: ZoneWeights = WEIGHTS) -> dict[str, IndexDocument]:
    """What the definition says."""
    found = {}
    for article in kept:
        document = index_document(article, ANALYZER, weights)
        plain = {
            name: {term: posting._replace(positions=()) for term, posting in document.postings[name].items()}
            for name in WITHOUT_POSITIONS
        }
        found[str(article.id)] = dataclasses.replace(document, postings={**document.postings, **plain})
    return found


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path)


def test_invented_articles(index: Index) -> None:
    """Every posting, weight, position, column and record of 300 articles is that of the definition."""
    given_articles = articles(300)

    index.commit(given_articles)

    assert index.documents() == expected(given_articles)


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), min_size=1, max_size=6))
def test_texts_are_packed_as_one_by_one(texts: list[tuple[str, str]]) -> None:
    """Many texts packed at once are the bytes of each packed alone, whatever characters they hold."""
    made = [Article(title=storable(title), body=storable(body)) for title, body in texts]
    table = BulkAnalyzer(ANALYZER).analyze([text for article in made for text in (article.title, article.body)])
    bounds = offsets_of(table.spans)
    offsets = [Offsets(table.starts[low:high], table.ends[low:high]) for low, high in itertools.pairwise(bounds.tolist())]

    packed = list(pack_texts(made, table))

    assert packed == [
        pack_text(article.title, article.body, offsets[2 * number], offsets[2 * number + 1])
        for number, article in enumerate(made)
    ]


@pytest.fixture
def small_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes a run of every few articles."""
    monkeypatch.setattr("index.bulk.indexer._BATCH_CHARS", 2_000)
    monkeypatch.setattr("index.bulk.inverter._LEAST_ROOM", 0)


def test_many_runs(index: Index, small_runs: None) -> None:
    """Articles that were inverted in many runs are in one segment at the end, each as the definition says."""
    given_articles = articles(400)

    index.commit(given_articles)

    assert len(index.manifest.segments) == 1
    assert index.documents() == expected(given_articles)


def test_workers(index: Index, small_runs: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes write what one process would."""
    monkeypatch.setattr("index.bulk.indexer._POOL_CHARS", 1)
    given_articles = articles(400)

    index.commit(given_articles, workers=3)

    assert index.documents() == expected(given_articles)


def test_replaced_in_the_same_commit(index: Index, small_runs: None) -> None:
    """Of additions under one id the last counts, and none that a deletion followed, though each may be in another run."""
    first, second = articles(100), [dataclasses.replace(article, title="Once more") for article in articles(100)]

    with contextlib.closing(Indexer(index.directory, None, SETTINGS, ANALYZER, 64)) as indexer:
        for article in (*first, *second):
            indexer.add(article)
        for article in first[:10]:
            indexer.delete(str(article.id))
        for article in first[:5]:
            indexer.add(article)
        index.manifest = dataclasses.replace(index.manifest, segments=indexer.finish(1))

    assert index.documents() == expected([*first[:5], *second[10:]])


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_sequence_of_commits(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """After any additions, replacements and deletions, in any commits, the index is that of the articles that are left."""
    index = Index(tmp_path_factory.mktemp("index"))
    known = articles(30, seed=data.draw(st.integers(0, 3)))
    live: dict[str, Article] = {}
    for _ in range(data.draw(st.integers(1, 5))):
        added = data.draw(st.lists(st.sampled_from(known), max_size=12))
        title = data.draw(st.sampled_from(["", "state of war "]))
        changed = [dataclasses.replace(article, title=title + article.title) for article in added]
        deleted = data.draw(st.lists(st.sampled_from([str(article.id) for article in known]), max_size=8))
        index.commit(changed, deleted)
        live = {article_id: article for article_id, article in live.items() if article_id not in deleted}
        live |= {str(article.id): article for article in changed}

        assert index.documents() == expected(live.values())
        assert index.files() == index.named_files()


def test_other_texts(index: Index) -> None:
    """Empty words, long words, signs, other scripts, a title alone and times outside of what clocks know are indexed too."""
    texts = ["—", "x" * 70_000, "中国人民 " * 300, "a\u0301 " * 50, "🙂🙂", "#NoKings #x", "no " * 70_000, "\u2028"]
    given_articles = [
        Article(title=text[:300], body=text, id=f"strange\n{number}", published="0001-01-01", published_precision="day")
        for number, text in enumerate(texts)
    ]

    index.commit(given_articles)

    assert index.documents() == expected(given_articles)


def test_nothing(index: Index) -> None:
    """A commit without articles has no segment, and neither has one whose articles are all deleted."""
    index.commit()
    assert index.manifest.segments == ()

    index.commit(articles(3))
    index.commit(deleted=[str(article.id) for article in articles(3)])

    assert index.manifest.segments == ()


def test_a_change_that_is_given_up(index: Index, small_runs: None) -> None:
    """A writer that is closed before it is finished leaves no file, and the index as it was."""
    index.commit(articles(50))
    before = index.files()

    with contextlib.closing(Indexer(index.directory, index.manifest, SETTINGS, ANALYZER, 64)) as indexer:
        for article in articles(100, seed=2):
            indexer.add(article)

    assert index.files() == before
    assert index.documents() == expected(articles(50))


def test_a_worker_that_dies(index: Index, small_runs: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the system kills a worker, the writer says so, and leaves no file."""
    monkeypatch.setattr("index.bulk.indexer._POOL_CHARS", 1)
    indexer = Indexer(index.directory, None, SETTINGS, ANALYZER, 64, workers=2)
    with contextlib.closing(indexer), pytest.raises(IndexNotWritten, match="a worker process of the indexer ended"):
        for article in articles(40):
            indexer.add(article)
        for process in children(os.getpid()):
            os.kill(process, signal.SIGKILL)
        for article in articles(400, seed=2):
            indexer.add(article)
        indexer.finish(1)

    assert index.files() == set()


def test_a_worker_that_cannot_write(index: Index, small_runs: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system refuses a worker is an OSError in the writer, with its number."""
    monkeypatch.setattr("index.bulk.indexer._POOL_CHARS", 1)
    directory = index.directory / "gone"
    directory.mkdir()
    indexer = Indexer(directory, None, SETTINGS, ANALYZER, 64, workers=2)
    directory.rmdir()

    with contextlib.closing(indexer), pytest.raises(OSError, match="FileNotFoundError") as caught:
        for article in articles(400):
            indexer.add(article)
        indexer.finish(1)

    assert caught.value.errno == errno.ENOENT


SCRIPT = """
import sys
from pathlib import Path
import index.bulk.indexer
from index.analysis import Analyzer
from index.article import Article
from index.bulk import Indexer, pool
from index.manifest import IndexSettings
from index.schema import ZoneWeights

index.bulk.indexer._POOL_CHARS = 1
index.bulk.indexer._BATCH_CHARS = 1000
analyzer = Analyzer()
settings = IndexSettings(analyzer.fingerprint, analyzer.language, ZoneWeights())
indexer = Indexer(Path(sys.argv[1]), None, settings, analyzer, 64, workers=2)
for number in range(200):
    indexer.add(Article(title="Strike at the port", body="Nobody works.", id=str(number)))
"""


def test_a_script_without_a_guard(tmp_path: Path) -> None:
    """A program read from standard input, which cannot be imported again, may use workers."""
    script = SCRIPT + "entries = indexer.finish(1)\nindexer.close()\nprint(entries[0].articles)\n"

    done = subprocess.run([sys.executable, "-", str(tmp_path)], input=script, capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("200\n", "")


def test_a_killed_program_leaves_no_worker(tmp_path: Path) -> None:
    """Workers end with the program that started them, even if it is killed."""
    script = SCRIPT + "print('ready', flush=True)\nsys.stdin.read()\n"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        workers = children(program.pid)
        assert len(workers) == 2
        program.kill()

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(is_running(worker) for worker in workers):
        time.sleep(0.05)
    assert not any(is_running(worker) for worker in workers)


def children(process: int) -> list[int]:
    """The processes that a process has started (Linux)."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_worker_ignores_ctrl_c_before_it_imports_anything(tmp_path: Path) -> None:
    """Ctrl-C reaches a worker also while it is importing: it leaves what is to be done to the parent, without a traceback."""
    (tmp_path / "index" / "bulk").mkdir(parents=True)
    for package in ("index", "index/bulk"):
        (tmp_path / package / "__init__.py").touch()
    worker = "import signal\nprint(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)\ndef main(): pass\n"
    (tmp_path / "index" / "bulk" / "worker.py").write_text(worker)

    command = [sys.executable, "-c", pool._COMMAND, str(tmp_path), *sys.path]

    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True\n"
