"""Inputs become readings: give paths, get one Reading or Quarantined for each page and each line of JSON Lines, in order.

Nothing that is wrong with an input stops the run: it is quarantined with its reason. What is wrong with the site
profiles (ConfigError) does, since it would be wrong for every page.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO, cast

from index.errors import PageError, SearcherError
from index.pages.clean import clean_page, cleaning_of
from index.pages.decode import decode_page, media_of
from index.pages.files import explain, iter_files, open_regular, read_bounded, shown
from index.pages.jsonl import MAX_DOCUMENT_BYTES, read_document, read_lines, shape_of
from index.pages.page import Page, Quarantined, Reading
from index.pages.profiles import Profiles

STDIN = "-"
_JSON_LINES = (".jsonl", ".ndjson")
_JSON = (*_JSON_LINES, ".json")
_GZIP = b"\x1f\x8b"
_HEAD_BYTES = 65_536
_NOW_NOTE = "the time of capture is now, the time of reading standard input; --captured states another"

Finding = Reading | Quarantined


def read_inputs(
    paths: Iterable[str | Path], *, captured: datetime | None = None, profiles: Profiles | None = None
) -> Iterator[Finding]:
    """Reads files, folders and `-` (standard input): text dumps, HTML, JSON Lines, each also gzipped.

    Args:
        paths: What to read, in this order.
        captured: When the pages were saved; else each file's time of last change. Naive times are UTC.
        profiles: The site profiles; those of the package if none are given.
    """
    reader = _Reader(profiles or Profiles.load(), _aware(captured))
    for path in paths:
        if os.fspath(path) == STDIN:
            yield from reader.read_stdin(sys.stdin.buffer)
            continue
        for file in iter_files(Path(path)):
            yield from reader.read_file(file) if isinstance(file, Path) else (file,)


def read_page(path: str | Path, *, captured: datetime | None = None) -> Page:
    """One file (or `-`) as a decoded page, for looking at what cleaning makes of it; PageError when it cannot be read."""
    if os.fspath(path) == STDIN:
        raw, changed, origin = read_bounded(sys.stdin.buffer), datetime.now(timezone.utc), STDIN
    else:
        stream, changed = open_regular(Path(path))
        with stream:
            raw, origin = read_bounded(stream), _origin(Path(path))
    return _page(raw, origin, _aware(captured) or changed)


class _Reader:
    """Reads one input after another with the same profiles and time of capture."""

    def __init__(self, profiles: Profiles, captured: datetime | None) -> None:
        self._profiles = profiles
        self._captured = captured

    def read_file(self, path: Path) -> Iterator[Finding]:
        name = shown(path)
        try:
            stream, changed = open_regular(path)
        except PageError as error:
            yield Quarantined(name, None, str(error))
            return
        with stream:
            if _bare_name(name).endswith(_JSON):
                yield from _guarded(name, lambda: _json(stream, name))
            else:
                yield from _guarded(name, lambda: self._read_page(stream, name, _origin(path), changed))

    def read_stdin(self, stream: BinaryIO) -> Iterator[Finding]:
        """The kind of input is told by how it begins; the time of capture is now, unless it was stated."""
        buffered = _buffered(stream)
        if _looks_like_json(buffered.peek(_HEAD_BYTES)):
            yield from _guarded(STDIN, lambda: _json(buffered, STDIN))
            return
        note = () if self._captured else (_NOW_NOTE,)
        now = datetime.now(timezone.utc)
        yield from _guarded(STDIN, lambda: self._read_page(buffered, STDIN, STDIN, now, note))

    def _read_page(
        self, stream: BinaryIO, name: str, origin: str, changed: datetime, notes: tuple[str, ...] = ()
    ) -> Iterator[Finding]:
        raw = read_bounded(stream)
        page = _page(raw, origin, self._captured or changed)
        try:
            cleaned = clean_page(page, self._profiles)
        except SearcherError:
            raise
        except Exception as error:  # one page that breaks the cleaning must not end the run over all the others
            raise PageError(f"cleaning it failed ({type(error).__name__}: {error}); please report this page") from error
        if not cleaned.articles:
            raise PageError("the page has no article")
        yield Reading(
            path=name,
            line=None,
            articles=cleaned.articles,
            digest=hashlib.sha256(raw).hexdigest(),
            captured=page.captured,
            notes=(*notes, *cleaned.notes),
            cleaning=cleaning_of(page, self._profiles),
        )


def _page(raw: bytes, origin: str, captured: datetime) -> Page:
    text = decode_page(raw)
    return Page(origin, text, captured, media_of(text, _bare_name(origin)))


def _json(stream: BinaryIO, name: str) -> Iterator[Finding]:
    """JSON Lines are streamed, gzipped or not; one JSON value over many lines is read whole, up to a limit."""
    buffered = _buffered(stream)
    if buffered.peek(2)[:2] == _GZIP:
        buffered = io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=buffered)), _HEAD_BYTES)
    if _bare_name(name).endswith(_JSON_LINES) or shape_of(buffered.peek(_HEAD_BYTES)) == "lines":
        yield from read_lines(buffered, name)
        return
    raw = buffered.read(MAX_DOCUMENT_BYTES + 1)
    if len(raw) > MAX_DOCUMENT_BYTES:
        raise PageError(
            f"it is one JSON value of more than {MAX_DOCUMENT_BYTES // 1_000_000} MB; write it as JSON Lines, an article a line"
        )
    yield from read_document(raw, name)


def _guarded(name: str, read: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings, and what goes wrong on the way as the last of them."""
    try:
        yield from read()
    except PageError as error:
        yield Quarantined(name, None, str(error))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Quarantined(name, None, f"its gzip is broken ({error}); what came before was read")
    except OSError as error:
        yield Quarantined(name, None, explain(error))


def _looks_like_json(head: bytes) -> bool:
    if head.startswith(_GZIP):
        head = _inflated(head)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"{") or (start.startswith(b"[") and start[1:].lstrip()[:1] in (b"{", b"]"))


def _inflated(head: bytes) -> bytes:
    """The beginning of what a gzip stream holds; nothing if it is broken, which reading it will tell."""
    try:
        return zlib.decompressobj(wbits=31).decompress(head, _HEAD_BYTES)
    except zlib.error:
        return b""


def _buffered(stream: BinaryIO) -> io.BufferedReader:
    return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, stream), _HEAD_BYTES)


def _bare_name(name: str) -> str:
    return name.lower().removesuffix(".gz")


def _origin(path: Path) -> str:
    return Path(shown(os.path.normpath(path.absolute()))).as_posix()


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
