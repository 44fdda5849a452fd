"""Stock Whoosh reads, searches, deletes and merges what the bulk indexer wrote; the slow `index_document` says what is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from whoosh import index as whoosh_index
from whoosh import query, sorting

from index.analysis import Analyzer
from index.article import Article
from index.document import IndexDocument, index_document
from index.embedded import EmbeddedIndex
from index.schema import UNDATED, ZoneWeights
from tests.codec_indexes import CODECS
from tests.invented import articles

WEIGHTS = ZoneWeights(title=3.0, lead=1.5, lead_words=10)
ARTICLES = articles(60, seed=3)
DELETED = {str(article.id) for article in ARTICLES[::9]}
LIVE = [article for article in ARTICLES if article.id not in DELETED]


def made(folder: Path) -> Path:
    """The directory of an index of all articles, some deleted by a later commit."""
    index = EmbeddedIndex(folder, Analyzer(), WEIGHTS)
    with index.writer() as writer:
        for article in ARTICLES:
            writer.add(article)
    with index.writer() as writer:
        for article_id in sorted(DELETED):
            writer.delete(article_id)
    return folder / index.current().directory


def opened(directory: Path) -> Any:
    return whoosh_index.open_dir(str(directory))


def documents(of: list[Article]) -> dict[str, IndexDocument]:
    return {str(article.id): index_document(article, Analyzer(), WEIGHTS) for article in of}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("articles") / "index")


@pytest.fixture(scope="module")
def searcher(directory: Path) -> Iterator[Any]:
    with opened(directory).searcher() as found:
        yield found


def ids_by_number(reader: Any) -> dict[int, str]:
    """The id of each document, by the field `id` itself."""
    found = {}
    for term in reader.lexicon("id"):
        matcher = reader.postings("id", term)
        if matcher.is_active():
            found[matcher.id()] = term.decode()
    return found


def check(reader: Any, expected: dict[str, IndexDocument]) -> None:
    """The reader holds these documents: postings, positions, stored articles, columns."""
    names = ids_by_number(reader)
    assert sorted(names.values()) == sorted(expected)
    columns = {name: reader.column_reader(name) for name in ("published", "length", "source_name")}
    for number, stored in reader.iter_docs():
        document = expected[names[number]]
        assert stored == {"article": document.article}
        assert columns["published"][number] == document.published
        assert columns["length"][number] == document.length
        assert columns["source_name"][number] == (document.source_name or "").encode()
    for field in next(iter(expected.values())).postings:
        found: dict[str, dict[str, tuple[float, tuple[int, ...]]]] = {name: {} for name in expected}
        for term in reader.lexicon(field):
            matcher = reader.postings(field, term)
            while matcher.is_active():
                positions = tuple(matcher.value_as("positions")) if matcher.supports("positions") else ()
                found[names[matcher.id()]][term.decode()] = (pytest.approx(matcher.weight()), positions)
                matcher.next()
        has_positions = field in ("surface", "title", "author", "url")
        for name, document in expected.items():
            wanted = document.postings[field]
            assert found[name] == {term: (one.weight, one.positions if has_positions else ()) for term, one in wanted.items()}


def test_everything_is_there(searcher: Any) -> None:
    """Every posting, position, column and stored article of every article that is not deleted, and no other."""
    reader = searcher.reader()
    assert (reader.doc_count(), reader.doc_count_all()) == (len(LIVE), len(ARTICLES))
    assert reader.has_deletions()
    check(reader, documents(LIVE))


def test_stock_queries(searcher: Any) -> None:
    """Terms, phrases, prefixes and operators of stock Whoosh find the articles that have them."""
    expected = documents(LIVE)

    def found(asked: Any) -> set[str]:
        names = ids_by_number(searcher.reader())
        return {names[number] for number in searcher.search(asked, limit=None).docs()}

    def holding(term: str) -> set[str]:
        return {name for name, document in expected.items() if term in document.postings["surface"]}

    def phrase(first: str, second: str) -> set[str]:
        both = holding(first) & holding(second)
        at = {name: [set(expected[name].postings["surface"][term].positions) for term in (first, second)] for name in both}
        return {name for name, (left, right) in at.items() if {place + 1 for place in left} & right}

    war, china = query.Term("surface", "war"), query.Term("surface", "china")
    assert found(war) == holding("war") != set()
    assert found(query.And([war, china])) == holding("war") & holding("china")
    assert found(query.Or([war, china])) == holding("war") | holding("china")
    assert found(query.AndNot(war, china)) == holding("war") - holding("china")
    assert found(query.Prefix("surface", "strik")) == holding("strike") | holding("strikes")
    assert found(query.Phrase("surface", ["united", "states"])) == phrase("united", "states")
    assert found(query.Phrase("surface", ["of", "the"])) == phrase("of", "the")
    assert found(query.Every()) == set(expected)
    assert found(query.Term("source", "harbor times")) == {
        name for name, one in expected.items() if one.source_name == "Harbor Times"
    }


def test_sorting_and_grouping_by_columns(searcher: Any) -> None:
    """Whoosh sorts by the column of times, and groups by that of sources."""
    expected = documents(LIVE)
    names = ids_by_number(searcher.reader())
    results = searcher.search(query.Every(), limit=None, sortedby="published")
    by_time = [expected[names[hit.docnum]].published for hit in results]
    assert by_time == sorted(by_time)
    assert by_time[0] == UNDATED
    groups = searcher.search(query.Every(), limit=None, groupedby=sorting.FieldFacet("source_name")).groups()
    assert {name: len(numbers) for name, numbers in groups.items()} == {
        name: sum((one.source_name or "").encode() == name for one in expected.values()) for name in groups
    }


@pytest.mark.parametrize("codec", list(CODECS))
def test_stock_deletes_and_merges(tmp_path: Path, codec: str) -> None:
    """A stock writer of either codec deletes in a segment of the bulk indexer and merges it; all that is left is as it was."""
    directory = made(tmp_path / "index")
    gone = {str(article.id) for article in LIVE[:5]}
    with opened(directory).writer(codec=CODECS[codec]()) as writer:
        writer.merge = False
        for article_id in sorted(gone):
            assert writer.delete_by_term("id", article_id) == 1
    left = documents([article for article in LIVE if article.id not in gone])
    with opened(directory).reader() as reader:
        check(reader, left)
    with opened(directory).writer(codec=CODECS[codec]()) as writer:
        writer.optimize = True
    with opened(directory).reader() as reader:
        assert reader.doc_count_all() == len(left)
        check(reader, left)
