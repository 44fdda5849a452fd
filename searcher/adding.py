"""Articles at hand, made what `Archive.ingest` takes; for `Archive.add`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from index.article import Article
from index.errors import ArticleError
from index.ingest import IngestReport
from index.pages.page import Quarantined, Reading


def as_readings(articles: Iterable[Article | Mapping[str, Any]]) -> Iterator[Reading | Quarantined]:
    """A reading for each article, with its number as the line; those that are none quarantined."""
    for number, item in enumerate(articles, 1):
        try:
            article = item if isinstance(item, Article) else Article.from_mapping(item)
        except ArticleError as error:
            yield Quarantined("", number, str(error))
        else:
            yield Reading("", number, (article,))


def all_articles(report: IngestReport) -> IngestReport:
    """The report, if all were articles; ArticleError names the first that was none."""
    if report.quarantined:
        first, count = report.quarantined[0], len(report.quarantined)
        raise ArticleError(f"article {first.line}: {first.reason} ({count:,} such; the other {report.articles:,} are kept)")
    return report
