"""An archive in memory for the tests of the command line, and a way to run a command in this process.

`FakeArchive` records what it was asked in `asked` and answers with what its fields hold; `failure` is raised by every call.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.errors import ArticleNotFound
from index.ingest import IngestReport
from index.store import Problem
from index.writer import IndexStats
from searcher.cli import session
from searcher.cli.main import run
from searcher.config import Config
from searcher.engine import Facets, FacetValue, Hit, SearchResult, Snippet
from searcher.query import Note
from searcher.reports import ArchiveStats, CheckReport, ClusterState, CopyReport, IndexReport, Ranking

FERRY = Article(
    title="Ferry to Brask runs again",
    body="The ferry to Brask sailed on Monday.\n\nNobody was hurt.",
    id="a1",
    url="https://gazette.example/ferry",
    source="Harbor Gazette",
    published="2025-05-27T08:30:00Z",
    published_precision="minute",
    published_origin="absolute",
)
SILT = Article(title="Silt in the Orla", body="Silt has risen by half a meter.", id="b2", source="Northern Wire")

FERRY_HIT = Hit(
    id="a1",
    url="https://gazette.example/ferry",
    title="Ferry to Brask runs again",
    title_marks=((0, 5),),
    source="Harbor Gazette",
    published="2025-05-27T08:30:00Z",
    published_precision="minute",
    score=4.25,
    snippets=(Snippet("The ferry to Brask sailed on Monday.", ((4, 9),), 0),),
)
SILT_HIT = Hit("b2", None, "Silt in the Orla", (), None, None, "unknown", 1.5)


def result_of(*hits: Hit, **changes: Any) -> SearchResult:
    """A result with these hits on its only page."""
    result = SearchResult(
        query="ferry",
        interpreted="ferry",
        notes=(),
        total=len(hits),
        hits=hits,
        facets=Facets((FacetValue("Harbor Gazette", 1),), (FacetValue("2025-05", 1), FacetValue(None, 1))),
        page=1,
        pages=min(len(hits), 1),
        generation=3,
        took_ms=12.4,
    )
    return dataclasses.replace(result, **changes)


@dataclasses.dataclass
class FakeArchive:
    """Answers what its fields hold."""

    config: Config = dataclasses.field(default_factory=Config)
    articles: dict[str, Article] = dataclasses.field(default_factory=lambda: {"a1": FERRY, "b2": SILT})
    result: SearchResult = dataclasses.field(default_factory=lambda: result_of(FERRY_HIT, SILT_HIT))
    ingested: IngestReport = dataclasses.field(default_factory=IngestReport)
    index: IndexStats | None = dataclasses.field(default_factory=lambda: IndexStats(3, 2, 1_500_000, 1, "embedded", 9))
    ranking: Ranking | None = None
    cluster: ClusterState | None = None
    old_indexes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    failure: BaseException | None = None
    asked: list[tuple[str, Any]] = dataclasses.field(default_factory=list)
    closed: bool = False

    def _called(self, method: str, *arguments: Any, **options: Any) -> None:
        self.asked.append((method, options or arguments))
        if self.failure is not None:
            raise self.failure

    def search(self, query: str, **options: Any) -> SearchResult:
        """The result set before."""
        self._called("search", query=query, **options)
        return dataclasses.replace(self.result, query=query) if self.result.query == "ferry" else self.result

    def article(self, article_id: str) -> Article:
        """One of the articles."""
        self._called("article", article_id)
        if article_id not in self.articles:
            raise ArticleNotFound(article_id)
        return self.articles[article_id]

    def marks(self, _article: Article, query: str) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The same marks for all."""
        self._called("marks", query)
        return ((0, 5),), ((4, 9),)

    def ingest(self, _readings: Iterable[Any], **options: Any) -> IngestReport:
        """The report set before."""
        self._called("ingest", **options)
        return self.ingested

    def export(self, query: str | None = None) -> Iterator[Article]:
        """All articles."""
        self._called("export", query)
        yield from self.articles.values()

    def select(self, **options: Any) -> list[str]:
        """All ids."""
        self._called("select", **options)
        return list(self.articles)

    def delete(self, ids: Iterable[str]) -> int:
        """The number of ids given."""
        chosen = list(ids)
        self._called("delete", chosen)
        return len(chosen)

    def update(self, progress: Callable[[int, int], None]) -> IndexReport:
        """A report of two articles."""
        self._called("update")
        progress(2, 2)
        return IndexReport(2, 4, 0.51, 2_500_000)

    def rebuild(self, progress: Callable[[int, int], None]) -> IndexReport:
        """A report of one article."""
        self._called("rebuild")
        progress(2, 2)
        return IndexReport(1, 5, 0.5, 2_500_000, self.old_indexes)

    def drop_old(self) -> tuple[str, ...]:
        """All that there are."""
        self._called("drop_old")
        return self.old_indexes

    def copy_to(self, target: FakeArchive, progress: Callable[[int, int], None], _indexing: object) -> CopyReport:
        """A report of two articles, one of them unchanged."""
        self._called("copy_to", target)
        progress(2, 2)
        return CopyReport(2, 1, 1)

    @property
    def place(self) -> str:
        """The data directory."""
        return str(self.config.data)

    def stats(self) -> ArchiveStats:
        """Two articles of one moment."""
        self._called("stats")
        moment = datetime(2025, 5, 27, 8, 30, tzinfo=UTC)
        return ArchiveStats(2, 2, moment, moment, self.index, self.ranking, self.cluster)

    def check(self, *, deep: bool) -> CheckReport:
        """The problems set before."""
        self._called("check", deep=deep)
        return CheckReport(self.problems)

    def close(self) -> None:
        """Remembers that it was closed."""
        self.closed = True


@dataclasses.dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


class CommandLine:
    """Runs commands on a fake archive: `commands("query", "ferry")`."""

    def __init__(self, archive: FakeArchive, capsys: pytest.CaptureFixture[str]) -> None:
        self.archive = archive
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Ran:
        self._capsys.readouterr()
        code = run(arguments)
        captured = self._capsys.readouterr()
        return Ran(code, captured.out, captured.err)


def faked(monkeypatch: pytest.MonkeyPatch, folder: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """A command line in this folder whose archive is a fake one."""
    monkeypatch.chdir(folder)
    (folder / "var").mkdir()
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "SEARCHER_DATA", "SEARCHER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    archive = FakeArchive()
    monkeypatch.setattr(session, "open_archive", lambda _config, _wait: archive)
    return CommandLine(archive, capsys)


NOTE = Note("the quote was never closed", 0, 5)
