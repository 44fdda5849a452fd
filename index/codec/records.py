"""Records: what a segment keeps of each article to show it: a card (all but the body) and a text (body and token offsets).

Each record is a Zstandard frame of its own, made with the dictionary of its segment, so that one is read without the others
and yet short ones compress as well as in blocks. `pack_card` and `pack_text` make the raw bytes, `read_card` and `read_text`
read them; RecordWriter and Records move compressed ones to and from a container.
"""

from __future__ import annotations

import json
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import zstandard

from index.arrays import offsets_of
from index.article import Article
from index.codec.container import Container, ContainerWriter
from index.codec.runs import Corrections, Offsets, corrected, pack_offsets, plain_runs
from index.codec.terms import narrowest

__all__ = [
    "Card",
    "Offsets",
    "RecordWriter",
    "Records",
    "Text",
    "frame_maker",
    "pack_card",
    "pack_text",
    "read_card",
    "read_text",
    "read_texts",
    "text_record",
    "train_dictionary",
]

Array = np.ndarray[Any, np.dtype[Any]]

# Bytes of the body, positions of the title, runs dropped, tokens added, bytes of each number that follows.
_HEAD = struct.Struct("<IIIIB")
_UNSIGNED: dict[int, np.dtype[Any]] = {2: np.dtype("<u2"), 4: np.dtype("<u4")}

# The fields of an article of which nothing is known. What a card ends with that is as here, it leaves out.
_USUAL_CARD = '["",null,"",null,null,null,"unknown","unknown",[],null,"main",[]]'
_USUAL = json.loads(_USUAL_CARD)

# Measured on 18,677 newswire items: level 6 takes 0.024 s more for each MB of text and saves 5 % of it.
_LEVEL = 3
# What every frame begins with, left out of each.
_MAGIC = zstandard.FRAME_HEADER
# Of the same items, a dictionary of 110 KB, learned from the first 1,000, saves 4 % beside one of 38 KB, and 25 % beside none.
_DICTIONARY_BYTES = 112640
_LEAST_DICTIONARY_BYTES = 1024
# Zstandard asks for samples of many times the size of the dictionary; so many were enough.
_SAMPLES_TO_DICTIONARY = 7
_LEAST_SAMPLES = 200
_IN_MEMORY = 1 << 22
_PIECE = 1 << 20


class Card(NamedTuple):
    """An article but for its body; fields as in Article, tags and seen_on as lists."""

    id: str
    url: str | None
    title: str
    source: str | None
    author: str | None
    published: str | None
    published_precision: str
    published_origin: str
    tags: list[str]
    lang: str | None
    role: str
    seen_on: list[str]


class TokenSpans(NamedTuple):
    """Where the token at each position of a text stands: `length` entries from `first` on of arrays that also hold those of
    other texts, offsets there counted from `base`.
    """

    starts: Array
    ends: Array
    first: int
    length: int
    base: int

    def span(self, position: int) -> tuple[int, int]:
        """[start, end) of one token."""
        place = self.first + position
        return self.starts.item(place) - self.base, self.ends.item(place) - self.base

    def offsets(self) -> Offsets:
        """Those of all."""
        held = slice(self.first, self.first + self.length)
        return Offsets(self.starts[held] - self.base, self.ends[held] - self.base)


class Text(NamedTuple):
    """The body, and where the tokens of title and body stand."""

    body: str
    title_tokens: TokenSpans
    body_tokens: TokenSpans


def pack_card(article: Article) -> bytes:
    """The raw card of an article."""
    mapping = article.to_mapping()
    values = [mapping[name] for name in Card._fields]
    while values and values[-1] == _USUAL[len(values) - 1]:
        values.pop()
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def read_card(raw: bytes) -> Card:
    """The card again."""
    values = json.loads(raw)
    return Card._make(values + json.loads(_USUAL_CARD)[len(values) :])


def pack_text(title: str, body: str, title_offsets: Offsets, body_offsets: Offsets) -> bytes:
    """The raw text of an article. Offsets count from the beginning of the title and of the body."""
    moved = len(title) + 1
    starts = np.concatenate((title_offsets.starts, body_offsets.starts + moved))
    ends = np.concatenate((title_offsets.ends, body_offsets.ends + moved))
    dropped, added = pack_offsets(_joined(title, body), Offsets(starts, ends))
    numbers = (_gaps(dropped), _gaps(added.starts), added.ends - added.starts)
    width = 2 if all(not len(array) or array.max() < 1 << 16 for array in numbers) else 4
    packed = b"".join(array.astype(f"<u{width}").tobytes() for array in numbers)
    return text_record(body, (len(title_offsets.starts), len(dropped), len(added.starts)), packed, width)


def text_record(body: str, counts: tuple[int, int, int], numbers: bytes, width: int) -> bytes:
    """The raw text of an article, of its parts. counts: positions of the title, runs dropped, tokens added."""
    content = body.encode("utf-8")
    return b"".join((_HEAD.pack(len(content), *counts, width), content, numbers))


def read_text(raw: bytes, title: str) -> Text:
    """The text again; title: that of the card."""
    return read_texts([raw], [title])[0]


def read_texts(raws: Sequence[bytes], titles: Sequence[str]) -> list[Text]:
    """Many texts again. The runs of all are looked for in one pass: a page of ten takes 0.4 ms, one by one 1.05."""
    parts = [_Parts.of(raw) for raw in raws]
    texts = [_joined(title, part.body) for title, part in zip(titles, parts, strict=True)]
    bases = offsets_of(np.array([len(text) + 1 for text in texts], np.int64))
    runs = plain_runs("\n".join(texts))
    first_runs = runs.starts.searchsorted(bases)
    dropped = np.concatenate([part.dropped + first for part, first in zip(parts, first_runs, strict=False)])
    starts = np.concatenate([part.added_starts + base for part, base in zip(parts, bases, strict=False)])
    added = Offsets(starts, starts + np.concatenate([part.added_lengths for part in parts]))
    tokens = corrected(runs, Corrections(dropped, added))
    first_tokens, text_bases = tokens.starts.searchsorted(bases).tolist(), bases.tolist()
    found = []
    for number, (title, part) in enumerate(zip(titles, parts, strict=True)):
        first, base = first_tokens[number], text_bases[number]
        in_body = first_tokens[number + 1] - first - part.title_count
        of_title = TokenSpans(*tokens, first, part.title_count, base)
        of_body = TokenSpans(*tokens, first + part.title_count, in_body, base + len(title) + 1)
        found.append(Text(part.body, of_title, of_body))
    return found


class _Parts(NamedTuple):
    """What a raw text holds."""

    body: str
    title_count: int
    dropped: Array
    added_starts: Array
    added_lengths: Array

    @classmethod
    def of(cls, raw: bytes) -> _Parts:
        size, title_count, dropped_count, added_count, width = _HEAD.unpack_from(raw)
        at = _HEAD.size + size
        body = str(memoryview(raw)[_HEAD.size : at], "utf-8")
        numbers = np.frombuffer(raw, _UNSIGNED[width], dropped_count + 2 * added_count, at)
        dropped = numbers[:dropped_count].cumsum(dtype=np.int64)
        starts = numbers[dropped_count : dropped_count + added_count].cumsum(dtype=np.int64)
        return cls(body, title_count, dropped, starts, numbers[dropped_count + added_count :])


def _joined(title: str, body: str) -> str:
    return f"{title}\n{body}"


def _gaps(numbers: Array) -> Array:
    return np.diff(numbers, prepend=0)


def train_dictionary(samples: Sequence[bytes]) -> bytes:
    """A dictionary for records like these; empty if they are too few to learn from."""
    # zstandard 0.25 crashes the process if too many are empty.
    telling: list[bytes | bytearray | memoryview[int]] = [sample for sample in samples if sample]
    size = min(_DICTIONARY_BYTES, sum(map(len, telling)) // _SAMPLES_TO_DICTIONARY)
    if len(telling) < _LEAST_SAMPLES or size < _LEAST_DICTIONARY_BYTES:
        return b""
    return zstandard.train_dictionary(size, telling, level=_LEVEL).as_bytes()


def frame_maker(dictionary: bytes) -> Callable[[bytes], bytes]:
    """What makes the frame of a raw record, less its magic number; for one thread."""
    prepared = _prepared(dictionary)
    compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=prepared, write_checksum=False, write_dict_id=False)
    return lambda raw: compressor.compress(raw)[len(_MAGIC) :]


class RecordWriter:
    """Collects the records of a segment, document after document. folder: where a temporary file may lie."""

    def __init__(self, folder: Path, dictionary: bytes = b"") -> None:
        self._dictionary = dictionary
        self._make_frame = frame_maker(dictionary)
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder))  # noqa: SIM115 - closed by `close`
        self._sizes: list[int] = []

    def add(self, raw: bytes) -> None:
        """Appends a record."""
        self.add_frame(self._make_frame(raw))

    def add_frame(self, frame: bytes) -> None:
        """Appends a record that was compressed with the same dictionary."""
        self._file.write(frame)
        self._sizes.append(len(frame))

    def finish(self, container: ContainerWriter, name: str) -> None:
        """Appends the sections."""
        container.add_pieces(name, np.dtype(np.uint8), self._pieces())
        container.add(f"{name}.starts", narrowest(offsets_of(np.array(self._sizes, np.int64))))
        container.add(f"{name}.dictionary", np.frombuffer(self._dictionary, np.uint8))

    def close(self) -> None:
        """Drops the temporary file."""
        self._file.close()

    def _pieces(self) -> Iterator[Array]:
        self._file.seek(0)
        while content := self._file.read(_PIECE):
            yield np.frombuffer(content, np.uint8)


class Records:
    """The records of one kind of a segment; safe to share between threads."""

    def __init__(self, container: Container, name: str) -> None:
        self.dictionary = container.array(f"{name}.dictionary").tobytes()
        self._container = container
        self._name = name
        self._starts = container.array(f"{name}.starts")
        self._prepared = _prepared(self.dictionary)
        # A decompressor must not be used by two threads at once.
        self._local = threading.local()

    def frame(self, document: int) -> bytes:
        """A record as compressed."""
        return self._container.part(self._name, int(self._starts[document]), int(self._starts[document + 1])).tobytes()

    def raw(self, document: int) -> bytes:
        """A record as it was added."""
        decompressor = getattr(self._local, "decompressor", None)
        if decompressor is None:
            decompressor = self._local.decompressor = zstandard.ZstdDecompressor(dict_data=self._prepared)
        raw: bytes = decompressor.decompress(_MAGIC + self.frame(document))
        return raw


def _prepared(dictionary: bytes) -> zstandard.ZstdCompressionDict | None:
    return zstandard.ZstdCompressionDict(dictionary) if dictionary else None
