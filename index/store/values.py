"""The values the article store hands out: what a merge did, what changed, what is kept, what is damaged. Types only."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Literal

Outcome = Literal["new", "updated", "unchanged", "duplicate"]


@dataclasses.dataclass(frozen=True, slots=True)
class Merged:
    """Where an offered article is kept now, and what that took.

    "new": it was not known. "updated": text or metadata of the kept article changed. "duplicate": a copy of an
    article kept already, seen on a page not yet remembered. "unchanged": nothing at all was written.
    """

    article_id: str
    outcome: Outcome


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """The latest change of one article. seq grows with every change of the store and is never used twice."""

    seq: int
    article_id: str
    deleted: bool


@dataclasses.dataclass(frozen=True, slots=True)
class StoreSummary:
    """How much is kept: articles, distinct sources, first and last publication (None where nothing is dated)."""

    articles: int
    sources: int
    earliest: datetime | None
    latest: datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file of the archive, in words for people."""

    file: str
    what: str
