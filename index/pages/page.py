"""The values between reading an input and storing its articles: what was read, what became of it, what could not be."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Literal

from index.article import Article

Fate = Literal["kept", "title", "source", "date", "tags", "caption", "boilerplate", "blank"]


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """A decoded page before cleaning.

    origin: where it came from, as it will stand in `seen_on` (absolute path, or URL where known).
    captured: when it was saved (aware, UTC); relative dates are resolved against it, never against now.
    """

    origin: str
    text: str
    captured: datetime
    media: Literal["text", "html"]


@dataclasses.dataclass(frozen=True, slots=True)
class LineFate:
    """What became of one input line (numbered from 1), by which rule of which profile, for `searcher inspect`.

    text is what was kept or dropped; one line may have several fates (an `Advertisement` cut out of a paragraph).
    article: index into CleanedPage.articles that the line went to, None for a dropped line.
    """

    line: int
    fate: Fate
    rule: str
    text: str
    article: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class CleanedPage:
    """What cleaning made of a Page: articles without ids, main one first, and the reasons. Notes are for people."""

    articles: tuple[Article, ...]
    lines: tuple[LineFate, ...] = ()
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """One readable unit of input: a page with its articles, or one line of a JSON Lines file.

    path: as given by the user or found in a folder, `-` for standard input. line: in a JSON Lines file, else None.
    digest: sha256 hex of the raw page, None for JSON Lines. captured: as on Page, None for JSON Lines.
    cleaning: fingerprint of the rules that made the articles of a page; the same page under other rules is looked at again.
    """

    path: str
    line: int | None
    articles: tuple[Article, ...]
    digest: str | None = None
    captured: datetime | None = None
    notes: tuple[str, ...] = ()
    cleaning: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Quarantined:
    """An input that could not be read, and why, in words for people. line: in a JSON Lines file, else None."""

    path: str
    line: int | None
    reason: str
