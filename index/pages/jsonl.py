"""JSON Lines become readings: give a stream of bytes, get one Reading or Quarantined for each line that is not blank.

A stream is read line by line and never held whole. The values may also be the items of one JSON array, or one object.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, Literal

from index.article import Article
from index.errors import ArticleError
from index.pages.page import Quarantined, Reading

MAX_LINE_BYTES = 20_000_000
MAX_DOCUMENT_BYTES = 100_000_000
_BOM = b"\xef\xbb\xbf"


def shape_of(head: bytes) -> Literal["lines", "document"]:
    """Whether a JSON file is an object a line, or one value over many lines. head: its beginning, a whole line if it is short."""
    start = head.removeprefix(_BOM).lstrip()
    if start.startswith(b"["):
        return "document"
    first, has_more, _ = start.partition(b"\n")
    try:
        json.loads(first)
    except ValueError:
        return "document" if has_more and first.strip() in (b"{", b"") else "lines"
    return "lines"


def read_lines(stream: BinaryIO, path: str) -> Iterator[Reading | Quarantined]:
    """One article a line, the lines numbered from 1."""
    number = found = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(_BOM)
        if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            _skip_line(stream)
            yield Quarantined(
                path,
                number,
                f"the line is longer than {MAX_LINE_BYTES // 1_000_000} MB; no article is, so a line break is missing",
            )
            found += 1
        elif not line.isspace():
            found += 1
            yield _reading(line, path, number)
    if not found:
        yield Quarantined(path, None, "it is empty")


def read_document(raw: bytes, path: str) -> Iterator[Reading | Quarantined]:
    """The items of one JSON array, or one object, as articles; an item is named by its place in the array, from 1."""
    try:
        value = json.loads(raw.removeprefix(_BOM).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        yield Quarantined(path, *_told(error))
        return
    items = value if isinstance(value, list) else [value]
    if not items:
        yield Quarantined(path, None, "its JSON array is empty")
    for place, item in enumerate(items, 1):
        try:
            yield Reading(path, None, (_article(item),))
        except ArticleError as error:
            where = f"item {place} of its JSON array: " if isinstance(value, list) else ""
            yield Quarantined(path, None, f"{where}{error}")


def _reading(line: bytes, path: str, number: int) -> Reading | Quarantined:
    try:
        return Reading(path, number, (_article(json.loads(line.decode("utf-8"))),))
    except ArticleError as error:
        return Quarantined(path, number, str(error))
    except (ValueError, RecursionError) as error:
        return Quarantined(path, number, _told(error)[1])


def _article(value: Any) -> Article:
    if not isinstance(value, dict):
        raise ArticleError(f"an article is a JSON object with title and body, and this is {_kind(value)}")
    return Article.from_mapping(value)


def _told(error: Exception) -> tuple[int | None, str]:
    """(line inside the document, reason) of what is wrong with JSON text."""
    if isinstance(error, json.JSONDecodeError):
        return error.lineno, f"it is broken JSON: {error.msg} at column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return None, f"it is not UTF-8, as JSON has to be: byte {error.start + 1} ({error.reason}); convert it first"
    return None, f"it is JSON that cannot be read ({error or 'nested too deeply'})"


def _kind(value: Any) -> str:
    names = {list: "an array", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")


def _skip_line(stream: BinaryIO) -> None:
    """Reads on to the next line in pieces, so that a line of any length takes no memory."""
    while piece := stream.readline(1 << 20):
        if piece.endswith(b"\n"):
            return
