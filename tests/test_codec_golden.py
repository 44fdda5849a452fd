"""An index of format version 1, written once and kept, is read for ever: by stock Whoosh, by our engine, to the last posting."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from whoosh import index as whoosh_index

from index.analysis import Analyzer
from index.article import Article
from index.codec.container import VERSION, Container
from index.codec.records import read_card, read_text
from index.codec.segment import SegmentReader
from index.embedded import EmbeddedIndex
from searcher.config import Config
from searcher.embedded import EmbeddedEngine
from searcher.engine import SearchRequest
from searcher.parser import parse
from tests.golden_index import WEIGHTS, make
from tests.test_codec_articles import ids_by_number

GOLDEN = Path(__file__).parent / "golden" / "index-1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy, as readers leave locks beside what they read."""
    return Path(shutil.copytree(GOLDEN / "index", tmp_path / "index"))


@pytest.fixture
def expected() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
    return found


def index_of(folder: Path) -> EmbeddedIndex:
    return EmbeddedIndex(folder, Analyzer(), WEIGHTS)


def test_its_files_are_those_of_its_manifest(folder: Path) -> None:
    """Every file has the size and hash that the manifest gives, and every page of every container is whole."""
    current = index_of(folder).current()
    assert current.manifest.articles == 14
    assert [segment.deleted for segment in current.manifest.segments] == [1]
    for name, entry in current.manifest.files.items():
        content = (folder / current.directory / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry.size, entry.sha256)
        if not name.endswith(".toc"):
            Container(folder / current.directory / name).verify()
            assert int.from_bytes(content[8:12], "little") == 1


def test_stock_whoosh_reads_every_posting(folder: Path, expected: dict[str, Any]) -> None:
    """Stock Whoosh finds every article, column, term, weight and position that was written, and nothing else."""
    with whoosh_index.open_dir(str(folder / index_of(folder).current().directory)).reader() as reader:
        names = ids_by_number(reader)
        columns = {name: reader.column_reader(name) for name in ("published", "length", "source_name")}
        assert sorted(names.values()) == sorted(expected["articles"])
        for number, stored in reader.iter_docs():
            assert json.loads(stored["article"]) == expected["articles"][names[number]]
            published, length, source = expected["columns"][names[number]]
            assert [columns[name][number] for name in columns] == [published, length, source.encode()]
        for field, terms in expected["postings"].items():
            found: dict[str, Any] = {}
            for term in reader.lexicon(field):
                matcher = reader.postings(field, term)
                while matcher.is_active():
                    positions = matcher.value_as("positions") if matcher.supports("positions") else None
                    found.setdefault(term.decode(), {})[names[matcher.id()]] = [matcher.weight(), positions]
                    matcher.next()
            wanted = {
                term: {
                    name: [weight, positions if field in ("surface", "title", "author", "url") else None]
                    for name, (weight, positions) in postings.items()
                }
                for term, postings in terms.items()
            }
            assert found == wanted, field


def test_our_reader_reads_every_posting(folder: Path, expected: dict[str, Any]) -> None:
    """So does our own reader of segments, without Whoosh."""
    current = index_of(folder).current()
    (entry,) = current.manifest.segments
    reader = SegmentReader(folder / current.directory / entry.file)
    ids = reader.field("id")
    names = {int(ids.documents(number)[0]): ids.terms[number].decode() for number in range(len(ids.terms))}
    for field, terms in expected["postings"].items():
        found = reader.field(field)
        for term, postings in terms.items():
            number = found.terms.find(term.encode())
            assert number is not None
            documents = [names[document] for document in found.documents(number).tolist()]
            weights = dict(zip(documents, found.weights(number).tolist(), strict=True))
            assert {name: weight for name, weight in weights.items() if name != "gone"} == {
                name: weight for name, (weight, _) in postings.items()
            }


QUERIES = {
    "strike": ["ferry"],
    '"port calder"': ["budget", "ferry"],
    "harbor -rain": ["budget", "ferry", "notice"],
    "ferries": ["ferry", "old"],
    "title:weather": [f"weather-{day}" for day in range(1, 9)],
    'source:"The Q&A Post"': ["budget", "exhibition"],
    "北京": ["exhibition"],
    "rep*": ["budget", "old"],
    "tag:strikes": ["ferry"],
    "deleted": [],
    "lang:de OR notice": ["codes", "notice"],
}


@pytest.mark.parametrize("text", list(QUERIES))
def test_our_engine_answers_from_it(folder: Path, text: str) -> None:
    """The engine finds the articles that hold the words, and shows them."""
    engine = EmbeddedEngine(index_of(folder), Config())
    result = engine.search(SearchRequest(parse(text).query, limit=50))
    assert sorted(hit.id for hit in result.hits) == QUERIES[text]
    assert result.total == len(QUERIES[text])
    engine.close()


def test_its_records_hold_the_articles(folder: Path, expected: dict[str, Any]) -> None:
    """Every article comes back whole from its two records."""
    current = index_of(folder).current()
    (entry,) = current.manifest.segments
    reader = SegmentReader(folder / current.directory / entry.file)
    found = {}
    for document in range(reader.articles):
        card = read_card(reader.records("card").raw(document))
        body = read_text(reader.records("text").raw(document), card.title).body
        found[card.id] = Article.from_mapping({**card._asdict(), "body": body}).to_mapping()
    assert {name: found[name] for name in expected["articles"]} == expected["articles"]


@pytest.mark.skipif(VERSION != 1, reason="the program writes a later format now")
def test_the_program_still_writes_this_format(tmp_path: Path) -> None:
    """Made anew, the segment has the same sections of the same types; where it has others, the version has to rise."""
    make(tmp_path)
    assert sections(tmp_path / "index") == sections(GOLDEN / "index")


def sections(folder: Path) -> list[tuple[str, str]]:
    (path,) = folder.glob("gen-*/*.columns")
    container = Container(path)
    return [(name, container.array(name).dtype.str) for name in container.names()]
