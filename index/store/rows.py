"""Articles as rows of the store and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from index.article import Article, normalized
from index.errors import ArticleError

# The columns of an Article, in the order of its fields; a row read with them becomes an Article again.
FIELDS = "id, url, title, body, source, author, published, published_precision, published_origin, tags, lang, role, seen_on"

# SQLite's own limit is a billion bytes a row; a text of a hundred million is a broken file, not an article.
MAX_CHARACTERS = 100_000_000


def to_row(article: Article) -> tuple[str | None, ...]:
    """The values of FIELDS."""
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
    """The article of a row of FIELDS."""
    return Article(
        id=row[0],
        url=row[1],
        title=row[2],
        body=row[3],
        source=row[4],
        author=row[5],
        published=row[6],
        published_precision=row[7],
        published_origin=row[8],
        tags=tuple(json.loads(row[9])),
        lang=row[10],
        role=row[11],
        seen_on=tuple(json.loads(row[12])),
    )


def checksum(row: Sequence[str | None]) -> bytes:
    """sha256 of a row of FIELDS, with the lengths, so that no text can move to the next column unseen.

    ArticleError if the row cannot be stored, which is found out on the way.
    """
    sealed = "".join(["-" if value is None else f"{len(value)}:{value}" for value in row])
    if len(sealed) > MAX_CHARACTERS:
        raise ArticleError(f"an article may be {MAX_CHARACTERS:,} characters long, this one is {len(sealed):,}")
    if "\x00" in sealed:
        raise ArticleError("an article may not hold the character NUL; `Article.from_mapping` leaves it out")
    try:
        return sha256(sealed.encode()).digest()
    except UnicodeEncodeError:
        raise ArticleError("an article may not hold half a surrogate pair; `Article.from_mapping` repairs it") from None


def source_key(source: str | None) -> str | None:
    """A source as compared: `REUTERS ` and `Reuters` are one, and so are names of signs only that are the same."""
    if source is None:
        return None
    return normalized(source) or source.casefold()


def _json(texts: tuple[str, ...]) -> str:
    return json.dumps(texts, ensure_ascii=False) if texts else "[]"
