"""Messages between the Indexer and its workers: JSON in UTF-8, its length before it, over pipes. None is pickled."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from operator import attrgetter
from typing import IO, Any

from index.article import Article

_LENGTH = struct.Struct("<Q")
_FIELDS = tuple(Article.__dataclass_fields__)
_values = attrgetter(*_FIELDS)
_LISTS = tuple(_FIELDS.index(name) for name in ("tags", "seen_on"))


def send(stream: IO[bytes], message: Any) -> None:
    """Writes one message; BrokenPipeError if nobody reads."""
    content = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """The next message; EOFError if the other side has closed the pipe or died."""
    head = stream.read(_LENGTH.size)
    content = stream.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
    if not content:
        raise EOFError
    return json.loads(content)


def packed(articles: Sequence[Article]) -> list[Any]:
    """Articles as JSON."""
    return [_values(article) for article in articles]


def unpacked(rows: Sequence[list[Any]]) -> list[Article]:
    """The articles again."""
    for row in rows:
        for place in _LISTS:
            row[place] = tuple(row[place])
    return [Article(*row) for row in rows]
