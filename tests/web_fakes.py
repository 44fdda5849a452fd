"""Invented articles, and an archive held in memory that answers searches over them well enough to draw every page.

`FakeArchive(articles)` has the methods of an Archive that the web room calls. It knows words, "phrases" and date:none;
its `failure` is raised by every call when set, and `result_changes` replace fields of the next results.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient

from searcher import Archive, Article, ArticleNotFound, Config, Facets, FacetValue, Hit, Note, RequestError, SearchResult, Snippet
from searcher.reports import ClusterState
from web import create_app
from web.context import bind_archive

GENERATION = 7

_TOPICS = (
    (
        "Ferry to Brask island runs again after storm",
        "The ferry to Brask island sailed again on Monday, nine days after the storm tore away its landing stage.",
    ),
    (
        "Harbor master warns of silt in the Orla channel",
        "Silt in the Orla channel has risen by half a meter since autumn, the harbor master said.",
    ),
    (
        "Lighthouse keepers' strike enters third week",
        "Keepers of the nine northern lights stayed out for a third week and asked for warmer coats.",
    ),
    (
        "Parliament of Vesland votes on the bread tax",
        "The parliament of Vesland voted late at night to keep the bread tax, by two votes.",
    ),
    (
        "Tram line four to reach the university in spring",
        "Tram line four will reach the university gate in spring, the city's engineers promised.",
    ),
    (
        "Honey harvest fails in the southern valleys",
        "Beekeepers in the southern valleys expect a third of last year's honey after the cold May.",
    ),
    (
        "Chess champion Ilse Marrow loses to a schoolgirl",
        "Ilse Marrow, champion for eleven years, resigned in forty moves against Tova Lind, thirteen.",
    ),
)
_SOURCES = ("Harbor Gazette", "Northern Wire", "The Tidal Post", "Emberton Courier")


def invented_articles() -> list[Article]:
    """Forty-two articles of four sources, January 2024 to June 2025, with every precision of date, ids a01 to a42."""
    articles = []
    for number in range(1, 43):
        title, lead = _TOPICS[number % len(_TOPICS)]
        published, precision = _published(number)
        articles.append(
            Article(
                id=f"a{number:02}",
                title=title if number <= len(_TOPICS) else f"{title}, report {number}",
                body=_body(number, lead),
                source=_SOURCES[number * number % 4 if number % 5 else 3],
                author="Runa Holt" if number % 2 else None,
                url=f"https://news.example/{number}" if number % 4 else None,
                published=published,
                published_precision=precision,
                published_origin="unknown" if published is None else "relative" if precision == "hour" else "absolute",
                tags=("ferry", "north coast") if number % 7 == 0 else (),
                lang="en",
                seen_on=(f"https://pages.example/front/{number}", "/archive/pages/front.txt"),
            )
        )
    return articles


def _body(number: int, lead: str) -> str:
    return "\n\n".join(
        (
            lead,
            f"Nobody at the {_SOURCES[number % 4]} could say how long it would last. "
            f"Report number {number} of the {'storm' if number % 3 else 'summer'} year follows.",
            "The ferry company declined to comment on the storm. “We shall see,” said its harbor office, and closed the shutter.",
        )
    )


def _published(number: int) -> tuple[str | None, Any]:
    if number % 11 == 0:
        return None, "unknown"
    year, month = divmod(number * 5 % 18, 12)
    day = f"{2024 + year}-{month + 1:02}-{number % 28 + 1:02}"
    if number % 9 == 0:
        return f"{day[:7]}-01", "month"
    if number % 4 == 0:
        return f"{day}T09:30:00Z", "minute"
    return (f"{day}T14:00:00Z", "hour") if number % 6 == 1 else (day, "day")


@dataclasses.dataclass(frozen=True)
class _IndexStats:
    generation: int = GENERATION


@dataclasses.dataclass(frozen=True)
class _Stats:
    articles: int
    sources: int
    earliest: datetime | None
    latest: datetime | None
    index: _IndexStats | None
    cluster: ClusterState | None = None


class FakeArchive:
    """See the module."""

    def __init__(self, articles: Iterable[Article] = ()) -> None:
        self.config = Config()
        self.articles = {article.id or "": article for article in articles}
        self.failure: Exception | None = None
        self.result_changes: dict[str, Any] = {}
        self.has_index = True
        self.cluster: ClusterState | None = None

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        page: int = 1,
        sort: str = "relevance",
        sources: Sequence[str] = (),
        after: str | None = None,
        before: str | None = None,
        snippets: bool = True,
        facets: bool = True,
    ) -> SearchResult:
        self._fail()
        for bound in (after, before):
            if bound and not re.fullmatch(r"\d{4}(-\d\d){0,2}", bound):
                raise RequestError(f"{bound!r} is not a date that can be read; expected 2025-05-27, 2025-05 or yesterday")
        worded = [article for article in self.articles.values() if self._matches(article, query)]
        dated = [article for article in worded if _in_range(article, after, before)]
        found = [article for article in dated if not sources or article.source in sources]
        found.sort(key=lambda article: article.id or "")
        if sort != "relevance":
            found.sort(key=lambda article: article.published or "", reverse=sort == "newest")
        first = (page - 1) * limit
        hits = tuple(self._hit(article, query, snippets) for article in found[first : first + limit])
        months = [article for article in worded if not sources or article.source in sources]
        result = SearchResult(
            query=query,
            interpreted=" AND ".join(query.split()),
            notes=(),
            total=len(found),
            hits=hits,
            facets=_facets(dated, months) if facets else Facets(),
            page=page,
            pages=-(-len(found) // limit),
            generation=GENERATION,
            took_ms=3.2,
        )
        return dataclasses.replace(result, **self.result_changes)

    def article(self, article_id: str) -> Article:
        self._fail()
        if article_id not in self.articles:
            raise ArticleNotFound(article_id)
        return self.articles[article_id]

    def marks(self, article: Article, query: str) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
        self._fail()
        return _spans(article.title, query), _spans(article.body, query)

    def stats(self) -> _Stats:
        self._fail()
        dates = sorted(datetime.fromisoformat(article.published[:10]) for article in self.articles.values() if article.published)
        names = {article.source for article in self.articles.values()}
        return _Stats(
            len(self.articles),
            len(names),
            dates[0] if dates else None,
            dates[-1] if dates else None,
            _IndexStats() if self.has_index else None,
            self.cluster,
        )

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _matches(self, article: Article, query: str) -> bool:
        text = f"{article.title}\n{article.body}".casefold()
        if "date:none" in query and article.published is not None:
            return False
        return all(term in text for term in _terms(query))

    def _hit(self, article: Article, query: str, snippets: bool) -> Hit:
        passages: list[Snippet] = []
        for found in re.finditer(r"[^\n]+", article.body) if snippets else ():
            marks = _spans(found.group(), query)
            if marks and len(passages) < 3:
                passages.append(Snippet(found.group(), marks, found.start()))
        return Hit(
            id=article.id or "",
            url=article.url,
            title=article.title,
            title_marks=_spans(article.title, query),
            source=article.source,
            published=article.published,
            published_precision=article.published_precision,
            score=1.0,
            snippets=tuple(passages),
        )


@functools.cache
def _application(config: Config) -> Flask:
    # One for each configuration, not for each test: compiling the templates costs more than a whole test.
    archive = FakeArchive()
    archive.config = config
    app = create_app(cast("Archive", archive))
    app.testing = False
    return app


def client_of(archive: FakeArchive) -> FlaskClient:
    """A client of the application over the archive, errors answered as in service."""
    app = _application(archive.config)
    bind_archive(app, cast("Archive", archive))
    return app.test_client()


def page_of(client: FlaskClient, address: str) -> BeautifulSoup:
    """The page at the address, which must be there."""
    response = client.get(address)
    assert response.status_code == 200, f"{address}: {response.status_code}"
    return BeautifulSoup(response.data, "lxml")


def one(page: Tag, selector: str) -> Tag:
    """The first element that the selector finds, which must be there."""
    found = page.select_one(selector)
    assert found is not None, f"nothing matches {selector}"
    return found


def note(text: str, start: int = 0, end: int = 0) -> Note:
    """A remark on the reading of a query."""
    return Note(text, start, end)


def _terms(query: str) -> list[str]:
    return [(phrase or word).casefold() for phrase, word in re.findall(r'"([^"]+)"|(\S+)', query) if word != "date:none"]


def _spans(text: str, query: str) -> tuple[tuple[int, int], ...]:
    terms = _terms(query)
    if not terms:
        return ()
    return tuple(found.span() for found in re.finditer("|".join(map(re.escape, terms)), text, re.IGNORECASE))


def _in_range(article: Article, after: str | None, before: str | None) -> bool:
    if not (after or before):
        return True
    published = article.published or ""
    return bool(published) and (not after or published >= after) and (not before or published[: len(before)] <= before)


def _facets(dated: list[Article], sourced: list[Article]) -> Facets:
    sources = Counter(article.source for article in dated)
    months = Counter(article.published[:7] if article.published else None for article in sourced)
    return Facets(
        tuple(FacetValue(value, count) for value, count in sorted(sources.items(), key=lambda item: (-item[1], item[0] or ""))),
        tuple(FacetValue(value, count) for value, count in sorted(months.items(), key=lambda item: item[0] or "9999")),
    )
