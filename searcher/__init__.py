"""searcher: full-text search over an archive of articles.

    import searcher
    with searcher.open("var") as archive:
        result = archive.search('putin "state visit"', limit=10)

`open` gives the Archive of a data directory; everything else here is what it takes and gives back.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from index.article import Article
from index.errors import (
    ArchiveBusy,
    ArticleError,
    ArticleNotFound,
    ConfigError,
    IndexDamaged,
    IndexMissing,
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
from searcher.reports import ArchiveStats, CheckReport, IndexReport

__version__ = "0.1.0"

__all__ = [
    "Archive",
    "ArchiveBusy",
    "ArchiveStats",
    "Article",
    "ArticleError",
    "ArticleNotFound",
    "CheckReport",
    "Config",
    "ConfigError",
    "FacetValue",
    "Facets",
    "Hit",
    "IndexDamaged",
    "IndexMissing",
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


def open(data: str | os.PathLike[str] | Config = "var", *, result_cache: int = 256) -> Archive:  # noqa: A001 - as io.open
    """The archive of a data directory (made if missing) or of a whole configuration.

    A path reads no configuration file: all other settings are the defaults. result_cache: results kept in memory, 0 none.
    """
    config = data if isinstance(data, Config) else dataclasses.replace(Config(), data=Path(data))
    return Archive(config, result_cache=result_cache)
