"""Articles as rows of the store and back: `seal` makes of an article what is stored of it, `from_row` makes it again."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import zstandard

from index.article import Article, normalized
from index.errors import ArticleError, StoreError

# The columns of an Article, in the order of its fields; a row read with them becomes an Article again.
FIELDS = "id, url, title, body, source, author, published, published_precision, published_origin, tags, lang, role, seen_on"
BODY = FIELDS.split(", ").index("body")

# SQLite's own limit is a billion bytes a row; a text of a hundred million is a broken file, not an article.
MAX_CHARACTERS = 100_000_000
_MAX_UTF8 = 4 * MAX_CHARACTERS

CHECKSUM_BYTES = 16

_encode_json = json.JSONEncoder(ensure_ascii=False).encode

# Measured on 18,677 newswire items (800 bytes) and 10,000 mixed ones (4.5 KB): level 1 leaves 0.55 and 0.45 of a body in
# 8 and 26 microseconds, which is less than writing the rest twice (log and file) takes; level 3 leaves 0.55 and 0.45 too,
# in half as much time again. A trained dictionary leaves 0.39 of both, but has to be trained (1.3 s on 1,500 of the longer
# ones), kept, versioned and read before the first article.
_LEVEL = 1


class _Codecs(threading.local):
    """zstandard's contexts may not be shared between threads that run at once, and are costly to make."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        self.decompressor = zstandard.ZstdDecompressor()


_codecs = _Codecs()


@dataclasses.dataclass(frozen=True, slots=True)
class Sealed:
    """An article with its values of FIELDS and their checksum. It exists for articles that can be stored only."""

    article: Article
    row: tuple[str | None, ...]
    checksum: bytes


def seal(article: Article) -> Sealed:
    """The article made ready to be stored; ArticleError if it cannot be."""
    row = to_row(article)
    return Sealed(article, row, checksum(row))


def to_row(article: Article) -> tuple[str | None, ...]:
    """The values of FIELDS, the body as text."""
    return (
        article.id,
        article.url,
        article.title,
        article.body,
        article.source,
        article.author,
        article.published,
        article.published_precision,
        article.published_origin,
        _json(article.tags),
        article.lang,
        article.role,
        _json(article.seen_on),
    )


def from_row(row: Sequence[Any]) -> Article:
    """The article of a row of FIELDS as stored; StoreError if its body was damaged."""
    return Article(
        id=row[0],
        url=row[1],
        title=row[2],
        body=unpacked(row[3], row[0]),
        source=row[4],
        author=row[5],
        published=row[6],
        published_precision=row[7],
        published_origin=row[8],
        tags=_texts(row[9]),
        lang=row[10],
        role=row[11],
        seen_on=_texts(row[12]),
    )


def packed(body: str) -> bytes:
    """A body as stored: one zstandard frame, with its own checksum, so that a flipped bit never reads as text."""
    return _codecs.compressor.compress(body.encode())


def unpacked(stored: bytes, article_id: str) -> str:
    """The body of a stored one; StoreError if it was damaged."""
    try:
        # The size comes from the frame: asked first, lest a damaged one make us ask for all memory.
        if zstandard.frame_content_size(stored) <= _MAX_UTF8:
            return _codecs.decompressor.decompress(stored).decode()
    except (zstandard.ZstdError, UnicodeDecodeError, TypeError):
        pass
    raise StoreError(f"article {article_id}: its stored body is damaged; restore the store from a backup, or ingest it again")


def checksum(row: Sequence[str | None]) -> bytes:
    """SHA-256, cut to 128 bits, of a row of FIELDS with the lengths, so that no text can move to the next column unseen.

    ArticleError if the row cannot be stored, which is found out on the way.
    """
    sealed = "".join(["-" if value is None else f"{len(value)}:{value}" for value in row])
    if len(sealed) > MAX_CHARACTERS:
        raise ArticleError(f"an article may be {MAX_CHARACTERS:,} characters long, this one is {len(sealed):,}")
    if "\x00" in sealed:
        raise ArticleError("an article may not hold the character NUL; `Article.from_mapping` leaves it out")
    try:
        return sha256(sealed.encode()).digest()[:CHECKSUM_BYTES]
    except UnicodeEncodeError:
        raise ArticleError("an article may not hold half a surrogate pair; `Article.from_mapping` repairs it") from None


def source_key(source: str | None) -> str | None:
    """A source as compared: `REUTERS ` and `Reuters` are one, and so are names of signs only that are the same."""
    if source is None:
        return None
    return normalized(source) or source.casefold()


def _json(texts: tuple[str, ...]) -> str:
    return _encode_json(texts) if texts else "[]"


def _texts(stored: str) -> tuple[str, ...]:
    return () if stored == "[]" else tuple(json.loads(stored))
