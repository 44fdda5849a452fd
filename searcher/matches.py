"""Matches: every document that a query matches, then filtered, sorted and cut to the page asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

from whoosh.searching import SearchContext

from index.document import keyword
from index.schema import UNDATED
from searcher.engine import SearchRequest, Sort
from searcher.snapshot import Snapshot
from searcher.whoosh_queries import walk

# Scores that differ by less are equal: the order of summing must not decide between two articles.
_SCORE_DIGITS = 6

_EARLIEST = UNDATED + 1


class Match(NamedTuple):
    """A matching document."""

    docnum: int
    score: float


@dataclasses.dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a request: source keys (empty: any) and times in seconds, after <= published < before."""

    sources: frozenset[str]
    after: int | None
    before: int | None

    @classmethod
    def of(cls, request: SearchRequest, aliases: Mapping[str, str]) -> Filters:
        """Resolves source names and aliases to keys."""
        keys = (keyword(source) for source in request.sources)
        return cls(
            frozenset(aliases.get(key, key) for key in keys),
            int(request.after.timestamp()) if request.after else None,
            int(request.before.timestamp()) if request.before else None,
        )

    def accept(self, snapshot: Snapshot, match: Match) -> bool:
        """True if the match passes all filters."""
        return self.accept_source(snapshot, match) and self.accept_time(snapshot, match)

    def accept_source(self, snapshot: Snapshot, match: Match) -> bool:
        """True if no sources are asked for or the match is from one of them."""
        if not self.sources:
            return True
        return keyword(snapshot.source_name(match.docnum) or "") in self.sources

    def accept_time(self, snapshot: Snapshot, match: Match) -> bool:
        """True if the match was published in the time asked for; undated ones only where no time is asked for."""
        if self.after is None and self.before is None:
            return True
        published = snapshot.published(match.docnum)
        return (_EARLIEST if self.after is None else self.after) <= published and (self.before is None or published < self.before)


def collect(snapshot: Snapshot, query: Any) -> list[Match]:
    """Every match with its score, by document number."""
    matches: list[Match] = []
    for leaf in snapshot.leaves:
        matcher = query.matcher(leaf.searcher, SearchContext(weighting=leaf.searcher.weighting))
        matches.extend(Match(docnum + leaf.offset, score) for docnum, score in walk(matcher))
    return matches


def page_of(snapshot: Snapshot, matches: list[Match], request: SearchRequest) -> list[Match]:
    """The matches from offset to offset + limit in the order asked for; ties by newest, then by id.

    Ids are read from disk only for ties that reach into the page.
    """
    keyed = sorted(((_order(snapshot, match, request.sort), match) for match in matches), key=lambda pair: pair[0])
    start, end = request.offset, min(len(keyed), request.offset + request.limit)
    if start >= end:
        return []
    low, high = start, end
    while low > 0 and keyed[low - 1][0] == keyed[start][0]:
        low -= 1
    while high < len(keyed) and keyed[high][0] == keyed[end - 1][0]:
        high += 1
    tied = sorted(keyed[low:high], key=lambda pair: (pair[0], snapshot.article_id(pair[1].docnum)))
    return [match for _, match in tied[start - low : end - low]]


def _order(snapshot: Snapshot, match: Match, sort: Sort) -> tuple[float, float]:
    published = snapshot.published(match.docnum)
    if sort == "relevance":
        return -round(match.score, _SCORE_DIGITS), -published
    if sort == "newest":
        return -published, 0.0
    return (float("inf") if published == UNDATED else published), 0.0
