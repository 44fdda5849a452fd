"""searcher: full-text search over an archive of articles.

    import searcher
    with searcher.open("var") as archive:
        result = archive.search('putin "state visit"', limit=10)

`open` gives the Archive of a data directory, or of a cluster (`engine: opensearch`); everything else here is what it takes and
gives back.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.article import Article
    from index.errors import (
        ArchiveBusy,
        ArticleError,
        ArticleNotFound,
        ClusterDenied,
        ClusterRefused,
        ClusterUnavailable,
        ConfigError,
        IndexDamaged,
        IndexMissing,
        IndexNotWritten,
        IndexOutdated,
        PageError,
        RequestError,
        SearcherError,
        StoreError,
        UnsupportedQuery,
    )
    from index.ingest import IngestReport
    from index.writer import IndexStats
    from searcher.archive import Archive
    from searcher.config import Config, load_config
    from searcher.engine import Facets, FacetValue, Hit, SearchRequest, SearchResult, Snippet
    from searcher.query import Note
    from searcher.reports import ArchiveStats, CheckReport, ClusterState, CopyReport, IndexReport

__version__ = "0.1.0"

__all__ = [
    "Archive",
    "ArchiveBusy",
    "ArchiveStats",
    "Article",
    "ArticleError",
    "ArticleNotFound",
    "CheckReport",
    "ClusterDenied",
    "ClusterRefused",
    "ClusterState",
    "ClusterUnavailable",
    "Config",
    "ConfigError",
    "CopyReport",
    "FacetValue",
    "Facets",
    "Hit",
    "IndexDamaged",
    "IndexMissing",
    "IndexNotWritten",
    "IndexOutdated",
    "IndexReport",
    "IndexStats",
    "IngestReport",
    "Note",
    "PageError",
    "RequestError",
    "SearchRequest",
    "SearchResult",
    "SearcherError",
    "Snippet",
    "StoreError",
    "UnsupportedQuery",
    "load_config",
    "open",
]

# Where the names above come from. Each is imported when it is first asked for: `searcher --help` needs no engine, and
# `searcher query` neither SQLite nor what ingest needs.
_HOMES = {
    "index.article": ("Article",),
    "index.errors": (
        *("ArchiveBusy", "ArticleError", "ArticleNotFound", "ConfigError"),
        *("ClusterDenied", "ClusterRefused", "ClusterUnavailable"),
        *("IndexDamaged", "IndexMissing", "IndexNotWritten", "IndexOutdated"),
        *("PageError", "RequestError", "SearcherError", "StoreError", "UnsupportedQuery"),
    ),
    "index.ingest": ("IngestReport",),
    "index.writer": ("IndexStats",),
    "searcher.archive": ("Archive",),
    "searcher.config": ("Config", "load_config"),
    "searcher.engine": ("FacetValue", "Facets", "Hit", "SearchRequest", "SearchResult", "Snippet"),
    "searcher.query": ("Note",),
    "searcher.reports": ("ArchiveStats", "CheckReport", "ClusterState", "CopyReport", "IndexReport"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def _from_home(name: str) -> Any:
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = _from_home(name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def open(  # noqa: A001 - as io.open
    data: str | os.PathLike[str] | Config = "var",
    *,
    result_cache: int = 256,
    wait: float = 10.0,
    on_wait: Callable[[str], None] | None = None,
) -> Archive:
    """The archive of a data directory (made if missing) or of a whole configuration.

    A path reads no configuration file: all other settings are the defaults. result_cache: results kept in memory, 0 none.
    wait: seconds that a change waits for another process that is writing, before ArchiveBusy; on_wait is told once, in words.
    """
    made: type[Archive] = _from_home("Archive")
    settings: type[Config] = _from_home("Config")
    config = dataclasses.replace(settings(), data=Path(data)) if isinstance(data, (str, os.PathLike)) else data
    return made(config, result_cache=result_cache, wait=wait, on_wait=on_wait)
