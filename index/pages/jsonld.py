"""The article that a page describes in JSON-LD (schema.org): give the tree, get what it states about the article."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from collections.abc import Iterator
from typing import Any

import lxml.html

_ARTICLE_TYPES = re.compile(r"(?:Article|Posting|Reportage|Report)$")
_MARKUP = re.compile(r"<[^<>]{1,500}>")
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_MAX_DEPTH = 20


@dataclasses.dataclass(frozen=True, slots=True)
class Stated:
    """What JSON-LD says of the article; empty where there is none. body has markup and entities resolved."""

    headline: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    body: str | None = None
    keywords: tuple[str, ...] = ()
    lang: str | None = None


def read_jsonld(tree: lxml.html.HtmlElement) -> Stated:
    """The first article (NewsArticle, BlogPosting, ...) that any of the page's JSON-LD scripts describes.

    The scripts are emptied: trafilatura would search them again, for minutes where they are broken.
    """
    scripts = [script for script in tree.iter("script") if "ld+json" in script.get("type", "").lower()]
    things = [thing for script in scripts for thing in _things(_loads(script.text or ""), 0)]
    for script in scripts:
        script.clear(keep_tail=True)
    for thing in things:
        if any(_ARTICLE_TYPES.search(name) for name in _texts(thing.get("@type"))):
            return _stated(thing)
    return Stated()


def _loads(text: str) -> Any:
    """The JSON value, None for text that is none; CMS leave raw line breaks in it, and CDATA and comment marks round it."""
    bare = _CDATA.sub("", text)
    start = min((place for place in (bare.find("{"), bare.find("[")) if place >= 0), default=0)
    end = max(bare.rfind("}"), bare.rfind("]")) + 1
    try:
        return json.loads(bare[start:end], strict=False)
    except (ValueError, RecursionError):
        return None


def _things(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _things(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item"):
            yield from _things(value.get(key), depth + 1)


def _stated(thing: dict[str, Any]) -> Stated:
    keywords = [keyword for text in _texts(thing.get("keywords")) for keyword in (text.split(",") if "," in text else [text])]
    return Stated(
        headline=_plain(thing.get("headline")) or _plain(thing.get("name")),
        author=", ".join(dict.fromkeys(_names(thing.get("author")))) or None,
        publisher=next(iter(_names(thing.get("publisher"))), None),
        published=next(iter(_texts(thing.get("datePublished") or thing.get("dateCreated"))), None),
        body=_body(thing.get("articleBody")),
        keywords=tuple(keyword.strip() for keyword in keywords if keyword.strip() and ":" not in keyword),
        lang=next(iter(_texts(thing.get("inLanguage"))), None),
    )


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]


def _names(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    named = [one.get("name") if isinstance(one, dict) else one for one in values]
    plain = [_plain(name) for named_one in named for name in (named_one if isinstance(named_one, list) else [named_one])]
    return [name for name in plain if name and "://" not in name]


def _plain(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    return " ".join(_MARKUP.sub(" ", html.unescape(value)).split()) or None


def _body(value: Any) -> str | None:
    """Paragraphs apart by a blank line, as the lines or the <p> elements of the stated text are."""
    if not isinstance(value, str):
        return None
    text = re.sub(r"(?i)<(?:/?p|br)\b[^<>]{0,500}>", "\n", html.unescape(value))
    lines = (" ".join(line.split()) for line in _MARKUP.sub(" ", text).splitlines())
    return "\n\n".join(line for line in lines if line) or None
