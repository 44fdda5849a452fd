"""JSON Lines are streamed, an article a line; broken lines are quarantined with line and column."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.pages.page import Quarantined, Reading
from index.pages.read import read_inputs


def read(path: Path | str) -> list[Reading | Quarantined]:
    return list(read_inputs([path]))


def line(**more: Any) -> str:
    return json.dumps({"id": "a1", "title": "Rain", "body": "It rained.", **more})


def titles(found: list[Reading | Quarantined]) -> list[str]:
    return [one.articles[0].title if isinstance(one, Reading) else f"! {one.line}" for one in found]


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "a.jsonl.gz", "a.json.gz", "A.JSONL"])
def test_an_article_a_line(tmp_path: Path, name: str) -> None:
    """Each line is an article, under any of the names, gzipped or not; blank lines are nothing."""
    raw = f"{line()}\n\n{line(title='Wind')}\r\n   \n{line(title='Sun')}".encode()
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    found = read(tmp_path / name)
    assert titles(found) == ["Rain", "Wind", "Sun"]
    assert [one.line for one in found] == [1, 3, 5]
    assert all(isinstance(one, Reading) and one.digest is None and one.captured is None for one in found)


def test_the_record_is_kept_as_given(tmp_path: Path) -> None:
    """Id and seen_on stay as they are in the record; the file is not a page that the article was seen on."""
    record = {
        "id": "x-1",
        "url": "https://a.example/1",
        "title": "Rain",
        "text": "It rained.",
        "date": "2025-05-27",
        "seen_on": ["b", "a"],
    }
    (tmp_path / "a.jsonl").write_text(json.dumps(record))
    (found,) = read(tmp_path / "a.jsonl")
    assert isinstance(found, Reading)
    assert found.articles == (Article.from_mapping(record),)
    assert (found.articles[0].id, found.articles[0].seen_on) == ("x-1", ("a", "b"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"title": "Rain", "body" "It rained."}', "broken JSON: Expecting ':' delimiter at column 26"),
        ('{"title": "Rain"', "broken JSON"),
        ("not json", "broken JSON: Expecting value at column 1"),
        ('{"title": "Rain"}', "an article needs a body"),
        ('{"body": "It rained."}', "an article needs a title"),
        ('{"title": "Rain", "body": ["It"]}', "body must be text"),
        ("[1, 2]", "this is an array"),
        ('"text"', "this is a text"),
        ("5", "this is a number"),
        ("null", "this is null"),
        ("[" * 100_000, "cannot be read"),
        ("\ufeffx", "broken JSON"),
    ],
)
def test_broken_lines_are_quarantined(tmp_path: Path, text: str, reason: str) -> None:
    """A line that is no article is told with its number, and the lines round it are read."""
    (tmp_path / "a.jsonl").write_text(f"{line()}\n{text}\n{line(title='Wind')}\n", encoding="utf-8")
    found = read(tmp_path / "a.jsonl")
    assert titles(found) == ["Rain", "! 2", "Wind"]
    assert isinstance(found[1], Quarantined)
    assert reason in found[1].reason


def test_a_line_in_another_encoding(tmp_path: Path) -> None:
    """JSON is UTF-8; a line that is not names the byte."""
    (tmp_path / "a.jsonl").write_bytes(line().encode() + b'\n{"title": "caf\xe9", "body": "x"}\n')
    found = read(tmp_path / "a.jsonl")
    assert titles(found) == ["Rain", "! 2"]
    assert isinstance(found[1], Quarantined)
    assert "not UTF-8" in found[1].reason
    assert "byte 15" in found[1].reason


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    """A file that begins with a byte order mark is read like any other."""
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + line().encode())
    assert titles(read(tmp_path / "a.jsonl")) == ["Rain"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_of_50_mb_takes_no_memory(tmp_path: Path, packed: bool) -> None:
    """A line beyond the limit is skipped in pieces; the lines before and after it are read."""
    path = tmp_path / ("a.jsonl.gz" if packed else "a.jsonl")
    with gzip.open(path, "wb", compresslevel=1) if packed else path.open("wb") as file:
        file.write(line().encode() + b'\n{"title": "')
        for _ in range(50):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n' + line(title="Wind").encode() + b"\n")
    tracemalloc.start()
    try:
        found = read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert titles(found) == ["Rain", "! 2", "Wind"]
    assert isinstance(found[1], Quarantined)
    assert "longer than 20 MB" in found[1].reason
    assert peak < 45_000_000


def test_lines_are_streamed(tmp_path: Path) -> None:
    """The first article is there before the rest of the file was read, and memory does not grow with the file."""
    path = tmp_path / "a.jsonl"
    path.write_text((line(body="word " * 2000) + "\n") * 3000)
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_inputs([path])) == 3000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 25_000_000
    assert peak < 5_000_000


def test_one_array_of_articles(tmp_path: Path) -> None:
    """A .json file may hold one array; an item that is no article is told by its place."""
    (tmp_path / "a.json").write_text(
        json.dumps([json.loads(line()), {"title": "no body"}, 7, json.loads(line(title="Wind"))], indent=2)
    )
    found = read(tmp_path / "a.json")
    assert [one.articles[0].title for one in found if isinstance(one, Reading)] == ["Rain", "Wind"]
    assert [one.reason.split(":", maxsplit=1)[0] for one in found if isinstance(one, Quarantined)] == [
        "item 2 of its JSON array",
        "item 3 of its JSON array",
    ]


def test_one_object_over_many_lines(tmp_path: Path) -> None:
    """A .json file may hold one article, written over many lines."""
    (tmp_path / "a.json").write_text(json.dumps(json.loads(line()), indent=2))
    assert titles(read(tmp_path / "a.json")) == ["Rain"]


@pytest.mark.parametrize(
    ("text", "line_number", "reason"),
    [
        ("[]", None, "array is empty"),
        ('[\n{"title": }\n]', 2, "column 11"),
        ("", None, "it is empty"),
        ("\n\n", None, "it is empty"),
    ],
)
def test_bad_documents(tmp_path: Path, text: str, line_number: int | None, reason: str) -> None:
    """What is wrong with a JSON file as a whole is told, with the line where there is one."""
    (tmp_path / "a.json").write_text(text)
    (found,) = read(tmp_path / "a.json")
    assert isinstance(found, Quarantined)
    assert (found.line, reason in found.reason) == (line_number, True)


def test_torn_gzip_gives_what_came_before(tmp_path: Path) -> None:
    """A gzip file cut short gives the lines before the cut, then its reason."""
    rows = "".join(line(title=f"Rain {number}", body=f"{number * 7919} " * 50) + "\n" for number in range(2000))
    packed = gzip.compress(rows.encode())
    (tmp_path / "a.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    found = read(tmp_path / "a.jsonl.gz")
    assert titles(found)[:2] == ["Rain 0", "Rain 1"]
    assert isinstance(found[-1], Quarantined)
    assert "its gzip is broken" in found[-1].reason


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input_may_be_json_lines(monkeypatch: pytest.MonkeyPatch, pack: Any) -> None:
    """JSON Lines are known on standard input by how they begin."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pack(f"{line()}\n{line(title='Wind')}\n".encode()))))
    found = read("-")
    assert titles(found) == ["Rain", "Wind"]
    assert [(one.path, one.line) for one in found] == [("-", 1), ("-", 2)]


def test_lone_surrogates_are_survived(tmp_path: Path) -> None:
    """Half of an emoji, cut off by some program, becomes a replacement character and not an error."""
    (tmp_path / "a.jsonl").write_text('{"title": "Rain \\ud83d", "body": "x"}')
    (found,) = read(tmp_path / "a.jsonl")
    assert isinstance(found, Reading)
    assert found.articles[0].title.encode() == b"Rain ?"
