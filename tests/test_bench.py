"""The benchmark measures what it says: engines are asked alike and answer alike, figures are whole, corpora made to order."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench import comparison, corpus
from tests.bench.__main__ import main
from tests.bench.engines import LIMIT, Engine, load
from tests.bench.engines.whoosh import Whoosh
from tests.bench.measure import TreeMemory, memory, timing
from tests.bench.queries import CLASSES, Query, draw_queries, month_bounds
from tests.bench.report import number, ratio, table
from tests.bench.worker import Worker, WorkerDied

ARTICLES = 60
# Words of open syllables keep their form under every stemmer.
SYLLABLES = ("ba", "do", "ka", "lu", "mo", "na", "po", "ru", "ta", "zo")


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of invented articles: some words in many of them, most in few; names, sources, dates."""
    rng = random.Random(7)
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(2, 5))) for _ in range(600)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    names = [f"{rng.choice(words).title()} {rng.choice(words).title()}" for _ in range(8)]

    def sentence(length: int) -> str:
        return " ".join(rng.choices(words, weights, k=length))

    file = tmp_path_factory.mktemp("corpus") / "articles.jsonl"
    with file.open("w") as out:
        for number in range(ARTICLES):
            body = " ".join(f"{sentence(4)} {rng.choice(names)} {sentence(5)}." for _ in range(rng.randint(3, 9)))
            published = f"2025-{number % 12 + 1:02d}-05T10:00:00Z"
            line = {"title": sentence(7), "body": body, "source": f"Paper {number % 4}", "published": published}
            out.write(json.dumps(line) + "\n")
        out.write(json.dumps({"title": "no body, so no article", "body": " "}) + "\n")
    return file


@pytest.fixture(scope="module")
def documents(articles: Path) -> list[corpus.Document]:
    return list(corpus.read(articles))


@pytest.fixture(scope="module")
def report(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """What a run with ours and FTS5 on one and two times the articles prints, and its JSON."""
    file = tmp_path_factory.mktemp("bench") / "figures.json"
    options = ["--peers", "fts5", "--growth-peers", "fts5", "--growth", "1,2", "--queries", "2", "--rounds", "1"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "COLD_RUNS", 1)  # each starts two processes
        done = CliRunner().invoke(main, [str(articles), *options, "--json", str(file)], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout, json.loads(file.read_text())


@pytest.fixture(scope="module")
def ours(documents: list[corpus.Document], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    yield from opened("ours", documents, tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module", params=["fts5", "whoosh", "tantivy"])
def peer(
    request: pytest.FixtureRequest, documents: list[corpus.Document], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Each of the others; tantivy only where `make bench` has installed it."""
    if request.param == "tantivy":
        pytest.importorskip("tantivy")
    yield from opened(request.param, documents, tmp_path_factory.mktemp(request.param))


def opened(name: str, documents: list[corpus.Document], folder: Path) -> Iterator[Engine]:
    engine = load(name, folder)
    assert engine.build(documents) == ARTICLES
    engine.open()
    yield engine
    engine.close()


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from numbers(part)
    elif isinstance(value, int | float):
        yield value


def test_a_run_measures_every_class(report: tuple[str, dict[str, Any]]) -> None:
    """Both engines have times of every class, without and with snippets, at both sizes; FTS5 none of fuzzy words."""
    _, figures = report

    assert [one["articles"] for one in figures["comparisons"]] == [ARTICLES, 2 * ARTICLES]
    for one in figures["comparisons"]:
        for mode in ("plain", "snippets"):
            asked = {name: set(by_engine) for name, by_engine in one[mode].items()}
            assert asked == {name: {"ours", "fts5"} - ({"fts5"} if name == "fuzzy" else set()) for name in CLASSES}


def test_a_run_gives_finite_numbers(report: tuple[str, dict[str, Any]]) -> None:
    """Nothing in the figures is infinite, not a number or negative, and times and sizes are above zero."""
    _, figures = report
    first = figures["comparisons"][0]

    assert all(math.isfinite(value) and value >= 0 for value in numbers(figures))
    assert all(value > 0 for value in numbers([first["builds"], first["openings"], first["cold"]]))
    assert all(timed["p50_ms"] > 0 for by_engine in first["plain"].values() for timed in by_engine.values())
    assert first["builds"]["ours"]["sizes"].keys() == {"index", "store"}
    assert first["reindex"]["articles"] == ARTICLES


def test_the_report_names_machine_and_classes(report: tuple[str, dict[str, Any]]) -> None:
    """The Markdown tells of the processor and of Python, and each class has its row in every table of queries."""
    text, figures = report

    assert f"Python {figures['machine']['Python']}" in text
    assert figures["machine"]["processor"] in text
    assert {name: text.count(f"| {name} |") for name in CLASSES} == dict.fromkeys(CLASSES, 4)
    assert all(line.count("|") == text_columns for line, text_columns in columns(text))


def columns(text: str) -> Iterator[tuple[str, int]]:
    """Each line of a table, with the number of bars of the table's head."""
    for block in text.split("\n\n"):
        lines = block.splitlines()
        if lines[0].startswith("|"):
            yield from ((line, lines[0].count("|")) for line in lines)


# What people type into ours may be asked again with fewer words, so peers need not find the same.
@pytest.mark.parametrize("name", [name for name in CLASSES if name != "question"])
def test_engines_answer_alike(name: str, documents: list[corpus.Document], ours: Engine, peer: Engine) -> None:
    """A query means the same to ours and to a peer: as many hits, and the same ones where all fit on the page."""
    for query in draw_queries(documents, 10, [name])[name]:
        if not query.parts() & peer.cannot:
            found, expected = ours.search(query, snippets=False), peer.search(query, snippets=False)
            # Whoosh counts an exchange of neighboring letters as two edits.
            assert len(found) == len(expected) or (query.fuzzy and isinstance(peer, Whoosh)), query
            assert len(found) == LIMIT or set(found) >= set(expected), query
            assert peer.search(query, snippets=True) == expected


def test_queries_made_from_an_article_find_some(documents: list[corpus.Document], ours: Engine) -> None:
    """What is made from the words of an article finds articles."""
    drawn = draw_queries(documents, 10, ["words", "name", "question", "source", "date"])

    assert all(ours.search(query, snippets=False) for queries in drawn.values() for query in queries)


def test_queries_are_the_same_each_time(documents: list[corpus.Document]) -> None:
    """The same articles give the same queries, which survive the way to an engine's process."""
    first, second = draw_queries(documents, 5), draw_queries(documents, 5)

    assert first == second
    assert list(first) == list(CLASSES)
    for query in (query for queries in first.values() for query in queries):
        assert Query.from_mapping(json.loads(json.dumps(query.to_mapping()))) == query


def test_classes_that_a_corpus_does_not_yield_are_left_out(documents: list[corpus.Document]) -> None:
    """Without dates and sources there are no queries for them."""
    bare = [document._replace(source=None, published=None, moment=None) for document in documents]

    assert set(CLASSES) - set(draw_queries(bare, 2)) == {"source", "date"}


def test_an_enlarged_corpus_has_the_count_asked_for(documents: list[corpus.Document]) -> None:
    """Any count is kept, the given articles come first, ids are unique, and the same seed gives the same articles."""
    for count in (1, ARTICLES, ARTICLES + 1, 5 * ARTICLES):
        made = list(corpus.enlarge(documents, count))
        assert len(made) == len({document.id for document in made}) == count
        assert made[:ARTICLES] == documents[:count]
        assert made == list(corpus.enlarge(documents, count))
    assert made != list(corpus.enlarge(documents, count, seed=1))


def test_an_enlarged_corpus_is_like_its_source(documents: list[corpus.Document]) -> None:
    """New articles are made of sentences that were there, are new, and as long as the old ones on average."""
    known = {sentence.strip() for document in documents for sentence in corpus.split_sentences(document.body)}
    made = list(corpus.enlarge(documents, 20 * ARTICLES))[ARTICLES:]
    lengths = [sum(len(document.body) for document in group) / len(group) for group in (documents, made)]

    assert {sentence.strip() for document in made for sentence in corpus.split_sentences(document.body)} <= known
    assert {document.body for document in made}.isdisjoint({document.body for document in documents})
    assert lengths[1] == pytest.approx(lengths[0], rel=0.1)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab .!?。\n”", max_size=60))
def test_sentences_are_the_text(body: str) -> None:
    """Cutting loses nothing."""
    assert "".join(corpus.split_sentences(body)) == body


def test_a_sample_keeps_order_and_count(documents: list[corpus.Document]) -> None:
    """A sample is the same each time, in the order of the file, without repeats; asked for more, it is all."""
    chosen = corpus.sample(documents, 20)
    places = [documents.index(document) for document in chosen]

    assert len(chosen) == 20
    assert places == sorted(set(places))
    assert chosen == corpus.sample(documents, 20)
    assert corpus.sample(documents, 1000) == corpus.sample(documents, None) == documents


def test_articles_are_read_as_engines_need_them(tmp_path: Path, documents: list[corpus.Document]) -> None:
    """Blank articles are dropped, times are in UTC and in seconds, and a prepared file gives the articles back."""
    count, texts = corpus.prepare(tmp_path / "prepared.jsonl", documents)

    assert (count, documents[1].published, documents[1].moment) == (ARTICLES, "2025-02-05T10:00:00Z", 1738749600)
    assert texts == sum(len((document.title + document.body).encode()) for document in documents)
    assert list(corpus.prepared(tmp_path / "prepared.jsonl")) == documents
    assert month_bounds("2025-12") == (1764547200, 1767225600)


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="this system does not tell")
def test_memory_counts_child_processes() -> None:
    """What a child of a process takes is in its memory, and in the peak after the child has ended."""
    before = memory(os.getpid())
    hold = "import sys; held = bytes(range(256)) * 200_000; print(flush=True); sys.stdin.read()"
    start = [sys.executable, "-c", hold]
    with (
        TreeMemory(os.getpid()) as watched,
        subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child,
    ):
        assert child.stdout
        child.stdout.readline()
        during = memory(os.getpid())
        for _ in range(300):  # until there was a sample meanwhile, 30 s at most
            if watched.peak < before.pss + 50e6:
                time.sleep(0.1)
    after = memory(os.getpid())

    assert during.anonymous - before.anonymous > 50e6
    assert watched.peak - before.pss > 50e6
    assert after.anonymous - before.anonymous < 25e6


def test_percentiles_and_ratios() -> None:
    """The 95th percentile is the nearest rank, numbers have about three digits, and what is missing is a dash."""
    timed = timing([millisecond / 1e3 for millisecond in range(100, 0, -1)], hits=3.5, first=[0.2])

    assert (timed.p50_ms, timed.p95_ms, timed.queries, timed.hits, timed.first_ms) == (50.5, 95.0, 100, 3.5, 200.0)
    assert [number(value) for value in (1234.5, 56.78, 1.234, 0.0456, None)] == ["1,234", "56.8", "1.23", "0.046", "–"]
    assert [ratio(1.0, 4.0), ratio(None, 4.0), ratio(1.0, None)] == ["0.25", "–", "–"]
    assert table(("a", "b"), [("x", "1")]) == "| a | b |\n| --- | ---: |\n| x | 1 |"


def test_an_engine_that_dies_is_named(tmp_path: Path) -> None:
    """A process that ends before it answers is reported with its engine and what was asked of it."""
    with pytest.raises(WorkerDied, match="fts5 ended with code 1 while asked to build"), Worker("fts5", tmp_path) as worker:
        worker.ask("build", articles=str(tmp_path / "missing"))


def test_what_cannot_be_measured_is_said(tmp_path: Path, articles: Path) -> None:
    """An unknown engine or class, a bad factor and a file without articles end with a message and a code."""
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    for arguments, message in (
        ([str(articles), "--peers", "lucene"], "lucene: not known; there are tantivy, fts5, whoosh"),
        ([str(articles), "--growth", "1,x"], "should be whole numbers from 1"),
        ([str(empty)], "holds no article"),
    ):
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code != 0
        assert message in done.stderr
