"""Article: one cleaned news item, the frozen value that every stage hands on.

Give it JSON (`Article.from_mapping`) or the fields; it gives back JSON (`to_mapping`). Use it for articles in any
stage: cleaned, stored, indexed, shown. Not for raw pages (`index.pages`) nor for search hits (`searcher.engine`).
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any, Literal, get_args

from index.errors import ArticleError

Precision = Literal["minute", "hour", "day", "month", "unknown"]
Origin = Literal["absolute", "relative", "unknown"]
Role = Literal["main", "related"]
_PRECISIONS, _ORIGINS, _ROLES = get_args(Precision), get_args(Origin), get_args(Role)

# Names under which other programs write our fields.
_ALIASES = {"body": ("text", "content"), "published": ("date",)}


@dataclasses.dataclass(frozen=True, slots=True)
class Article:
    """One article. Absent values are None (JSON null); `id` is None only before the store has given one.

    published: ISO 8601. A date (`2025-05-27`) for the precisions day and month, a UTC time to the second
        (`2025-05-27T08:30:00Z`) for minute and hour; None when undated, and then precision is "unknown".
    published_origin: "absolute" as printed, "relative" resolved against the time of capture ("3 hours ago").
    seen_on: every page (path or URL) the article was seen on, sorted.
    """

    title: str
    body: str
    id: str | None = None
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: str | None = None
    published_precision: Precision = "unknown"
    published_origin: Origin = "unknown"
    tags: tuple[str, ...] = ()
    lang: str | None = None
    role: Role = "main"
    seen_on: tuple[str, ...] = ()

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Article:
        """Reads the JSON shape (`text`, `content` stand for body, `date` for published); ArticleError if it cannot.

        Unknown keys are ignored. A published time without precision gets the precision it is written in; a time
        without a zone is UTC.
        """
        text = {name: _text(mapping, name) for name in ("title", "body", "id", "url", "source", "author", "lang")}
        if not text["title"]:
            raise ArticleError("an article needs a title that is not empty")
        if not text["body"]:
            raise ArticleError("an article needs a body (or text, or content) that is not empty")
        published, precision = canonical_time(_first(mapping, "published"))
        stated = mapping.get("published_precision")
        origin = mapping.get("published_origin")
        if published is None:
            precision, origin = "unknown", "unknown"
        elif stated is not None and stated != "unknown":
            precision = _one_of(stated, "published_precision", _PRECISIONS)
            published = _written_to(published, precision)
        return cls(
            title=text["title"],
            body=text["body"],
            id=text["id"],
            url=text["url"],
            source=text["source"],
            author=text["author"],
            published=published,
            published_precision=precision,
            published_origin=_one_of(origin or "absolute", "published_origin", _ORIGINS),
            tags=_strings(mapping, "tags"),
            lang=text["lang"],
            role=_one_of(mapping.get("role") or "main", "role", _ROLES),
            seen_on=tuple(sorted(set(_strings(mapping, "seen_on")))),
        )

    def to_mapping(self) -> dict[str, Any]:
        """The JSON shape of interface Article, keys in the documented order."""
        return {
            "id": self.id,
            "url": self.url,
            "title": self.title,
            "body": self.body,
            "source": self.source,
            "author": self.author,
            "published": self.published,
            "published_precision": self.published_precision,
            "published_origin": self.published_origin,
            "tags": list(self.tags),
            "lang": self.lang,
            "role": self.role,
            "seen_on": list(self.seen_on),
        }


def canonical_time(value: object) -> tuple[str | None, Precision]:
    """ISO 8601 text, date or datetime -> (our written form, precision it is written in); ArticleError otherwise.

    `2025-05` is a month, `2025-05-27` a day, anything with a clock time a minute; no zone means UTC.
    """
    if value is None or value == "":
        return None, "unknown"
    if isinstance(value, date):
        return canonical_time(value.isoformat())
    if not isinstance(value, str):
        raise ArticleError(f"published must be ISO 8601 text such as 2025-05-27, got {value!r}")
    text = value.strip()
    try:
        if len(text) == 7:
            return date.fromisoformat(text + "-01").isoformat(), "month"
        if len(text) == 10:
            return date.fromisoformat(text).isoformat(), "day"
        return format_time(datetime.fromisoformat(text)), "minute"
    except (ValueError, OverflowError):
        raise ArticleError(f"published must be ISO 8601 such as 2025-05-27 or 2025-05-27T08:30:00Z, got {value!r}") from None


def format_time(moment: datetime) -> str:
    """A datetime as UTC text to the second, `2025-05-27T08:30:00Z`; a naive one is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return aware.astimezone(timezone.utc).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def parse_time(published: str) -> datetime:
    """The inverse of what an Article holds: the start of the written day, or the written moment; aware, UTC."""
    moment = datetime.fromisoformat(published)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _written_to(published: str, precision: Precision) -> str:
    if precision in ("day", "month"):
        return published[:10]
    return published if len(published) > 10 else published + "T00:00:00Z"


def _first(mapping: Mapping[str, Any], name: str) -> Any:
    value = mapping.get(name)
    if value is None or value == "":
        present = (mapping.get(alias) for alias in _ALIASES.get(name, ()))
        return next((other for other in present if other is not None and other != ""), None)
    return value


def _text(mapping: Mapping[str, Any], name: str) -> Any:
    value = _first(mapping, name)
    if value is None:
        return None
    if isinstance(value, int) and name == "id":
        return str(value)
    if not isinstance(value, str):
        raise ArticleError(f"{name} must be text, got {type(value).__name__}")
    cleaned = storable(value).strip() if name != "id" else storable(value)
    return cleaned or None


def storable(text: str) -> str:
    """Text that UTF-8 and SQLite can hold: no NUL, no lone surrogates, line ends as newlines."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text:
        text = text.replace("\x00", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def normalized(text: str) -> str:
    """Text for comparing, not for showing: NFKC, case folded, every run of other than letters and digits one space."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split())


def _strings(mapping: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = mapping.get(name)
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ArticleError(f"{name} must be a list of texts, got {type(value).__name__}")
    strings = []
    for one in value:
        if not isinstance(one, str):
            raise ArticleError(f"{name} must hold texts only, got {type(one).__name__}")
        if one.strip():
            strings.append(storable(one).strip())
    return tuple(dict.fromkeys(strings))


def _one_of(value: object, name: str, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise ArticleError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")
    return value
