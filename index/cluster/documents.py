"""Documents: an article as the cluster keeps it, and back.

`to_document` gives the `_source`: the article's own fields at the top, as everywhere, and under `index` what is worked out of
them for searching (keys, lead) or known beside them (`Facts`). `from_document` gives the article again, exactly.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from index.analysis.patterns import is_cjk, patterns
from index.analysis.words import Part, find_words, split
from index.article import Article
from index.document import keyword
from index.errors import ArticleError, IndexDamaged
from index.schema import ZoneWeights
from index.store.rows import checksum, to_row

# The longest `_id` that a cluster takes.
MAX_ID_BYTES = 512
# Keys of sources, tags and languages longer than this many characters are cut, with a hash of the whole: Lucene refuses a
# document with a term of 32,766 bytes, and a key that is merely left out would not be found.
MAX_KEY_CHARS = 512
_HASHED = "sha256:"
# Sums of so short digests over half a billion documents are still exact in a double.
DIGEST_BYTES = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an article beside it.

    given: checksum (hex) of what came under a given id, None for an id of ours. captured: when the page was saved that the text
    was last taken from. contents: digests (hex) of its own words, then of those of copies joined to it. url_key, keys: see
    `index.dedupe`. arrived: when it was first kept, in microseconds since 1970; larger for one that was kept later by the same
    process. lines: the lines of files that it came from, see `index.cluster.memory`.
    """

    given: str | None = None
    captured: str | None = None
    contents: tuple[str, ...] = ()
    url_key: int | None = None
    keys: tuple[int, ...] = ()
    arrived: int | None = None
    lines: tuple[str, ...] = ()


def document_id(article_id: str) -> str:
    """The `_id` of an article: its id, or a hash of one that is too long to be one, or looks like such a hash.

    No article has half a surrogate pair in its id, but one may be asked for.
    """
    try:
        encoded = article_id.encode()
    except UnicodeEncodeError:
        return _HASHED + sha256(article_id.encode("utf-8", "surrogatepass")).hexdigest()
    if 0 < len(encoded) <= MAX_ID_BYTES and not article_id.startswith(_HASHED):
        return article_id
    return _HASHED + sha256(encoded).hexdigest()


def cut_key(key: str) -> str:
    """The form in which a key is indexed and asked for; all of it up to MAX_KEY_CHARS, so that prefixes of it are found."""
    if len(key) <= MAX_KEY_CHARS:
        return key
    return f"{key[:MAX_KEY_CHARS]} {sha256(key.encode()).hexdigest()}"


def to_document(article: Article, weights: ZoneWeights, facts: Facts) -> dict[str, Any]:
    """The `_source` of an article with an id; ArticleError if it cannot be stored. Absent values are left out of `index`."""
    if article.id is None:
        raise ArticleError("an article needs an id to be kept on a cluster")
    sealed = checksum(to_row(article)).hex()
    derived = {
        "checksum": sealed,
        "digest": _digest(sealed, facts),
        "lead": lead(article.body, weights.lead_words),
        "source_key": _key(article.source),
        "tag_keys": list(dict.fromkeys(filter(None, map(_key, article.tags)))),
        "lang_key": _key(article.lang),
        "given": facts.given,
        "captured": facts.captured,
        "contents": list(facts.contents),
        "url_key": facts.url_key,
        "keys": list(facts.keys),
        "arrived": facts.arrived,
        "lines": list(facts.lines),
    }
    return {**article.to_mapping(), "index": {name: value for name, value in derived.items() if value not in (None, [], "")}}


def from_document(source: Mapping[str, Any]) -> Article:
    """The article of a `_source`; IndexDamaged if it is none of ours."""
    try:
        return Article(
            title=_text(source["title"]),
            body=_text(source["body"]),
            id=_text(source["id"]),
            url=_text_or_none(source["url"]),
            source=_text_or_none(source["source"]),
            author=_text_or_none(source["author"]),
            published=_text_or_none(source["published"]),
            published_precision=source["published_precision"],
            published_origin=source["published_origin"],
            tags=tuple(map(_text, source["tags"])),
            lang=_text_or_none(source["lang"]),
            role=source["role"],
            seen_on=tuple(map(_text, source["seen_on"])),
        )
    except (KeyError, TypeError) as error:
        raise IndexDamaged(
            f"the document of the article {source.get('id')!r} is not as searcher wrote it ({error!r}); "
            "ingest the article again, or delete it"
        ) from None


def facts_of(source: Mapping[str, Any]) -> Facts:
    """What a `_source` says beside the article."""
    found = source.get("index") or {}
    return Facts(
        given=found.get("given"),
        captured=found.get("captured"),
        contents=tuple(found.get("contents", ())),
        url_key=found.get("url_key"),
        keys=tuple(found.get("keys", ())),
        arrived=found.get("arrived"),
        lines=tuple(found.get("lines", ())),
    )


def checksum_of(source: Mapping[str, Any]) -> str | None:
    """The checksum (hex) that was written with the article, None if there is none."""
    found = source.get("index")
    return found.get("checksum") if isinstance(found, Mapping) else None


def _digest(sealed: str, facts: Facts) -> int:
    """A number that stands for all that is kept of an article; two indexes are compared by sums of them."""
    known = [sealed, facts.given, facts.captured, facts.contents, facts.url_key, facts.keys, facts.arrived, facts.lines]
    return int.from_bytes(sha256(json.dumps(known).encode()).digest()[:DIGEST_BYTES])


def lead(body: str, words: int) -> str:
    """The beginning of a body whose terms stand at its first positions, as many as `words`.

    A written word that reaches over the end is cut, its parts set apart: together they might make a joined form that is none of
    the body's. So a joined form that reaches over the end counts in the body alone.
    """
    plain = patterns(body.isascii()).plain.fullmatch
    taken = 0
    end = 0
    for match in find_words(body) if words else ():
        parts = () if plain(match[0]) else split(match[0]).parts
        count = len(parts) or 1
        if taken + count > words:
            return body[: match.start()] + _apart(match[0], parts[: words - taken]) if parts else body[:end]
        taken, end = taken + count, match.end()
        if taken == words:
            return body[:end]
    return body[:end]


def _apart(word: str, parts: Sequence[Part]) -> str:
    """Parts of a written word, none joined to another; scripts without spaces stay together, since pairs of theirs are terms."""
    pieces: list[str] = []
    for before, part in zip([None, *parts], parts, strict=False):
        touching = before is not None and before.end == part.start and is_cjk(before.term) and is_cjk(part.term)
        pieces.append(("" if touching or before is None else " ") + word[part.start : part.end])
    return "".join(pieces)


def _key(value: str | None) -> str | None:
    return cut_key(keyword(value)) if value else None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, got {type(value).__name__}")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)
