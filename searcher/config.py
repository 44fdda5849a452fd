"""Config: every setting of the project, checked. Give `load_config` the options of the command line, get a Config back.

All settings have defaults and all are optional; the classes below are the one table of them (`SETTINGS` lists it flat).
Precedence, strongest first: an option of the command line, SEARCHER_DATA, the configuration file, the default.
"""

# ruff: noqa: RUF009 - `setting` and `section` are dataclasses.field with a description
from __future__ import annotations

import dataclasses
import os
from datetime import tzinfo
from pathlib import Path
from typing import Literal

import Stemmer

from index.errors import ConfigError
from searcher.settings import (
    Aliases,
    Choice,
    Folder,
    Integer,
    Number,
    Section,
    Text,
    TimeZone,
    section,
    setting,
    settings_of,
    zone,
)

DEFAULT_FILE = Path("searcher.yml")


def languages() -> tuple[str, ...]:
    """The names that `language` takes: a stemming algorithm each, and "none" for no stemming."""
    return (*sorted(Stemmer.algorithms()), "none")


def _engines() -> tuple[str, ...]:
    return ("embedded",)


@dataclasses.dataclass(frozen=True, slots=True)
class RankingConfig(Section):
    """How much counts what in the score (BM25F)."""

    title: float = setting(4.0, Number(0, 100), "weight of a match in the title")
    lead: float = setting(1.5, Number(0, 100), "weight of a match in the first words of the body")
    body: float = setting(1.0, Number(0, 100), "weight of a match in the rest of the body")
    lead_words: int = setting(30, Integer(0, 10_000), "how many words at the start of the body are its lead")
    k1: float = setting(1.8, Number(0, 10), "how much repeated matches add; 0: a word counts once")
    b: float = setting(0.72, Number(0, 1), "how much long articles are marked down; 0: not at all")
    surface: float = setting(0.2, Number(0, 1), "share of the score that goes by the very form that was asked for")


@dataclasses.dataclass(frozen=True, slots=True)
class SnippetConfig(Section):
    """How much of an article is shown with a hit."""

    count: int = setting(3, Integer(0, 20), "most snippets of one hit")
    max_chars: int = setting(300, Integer(40, 5_000), "longest snippet, in characters")


@dataclasses.dataclass(frozen=True, slots=True)
class IndexingConfig(Section):
    """What making the index may take."""

    memory_mb: int = setting(
        256, Integer(64, 1_000_000), "megabytes that indexing works with; its last merge and the programs themselves come on top"
    )


@dataclasses.dataclass(frozen=True, slots=True)
class WebConfig(Section):
    """The search page that `searcher serve` shows."""

    title: str = setting("Searcher", Text(), "name of the page")
    per_page: int = setting(10, Integer(1, 1_000), "hits on one page")
    host: str = setting("127.0.0.1", Text(), "address to listen on; 0.0.0.0 lets other machines in")
    port: int = setting(8000, Integer(0, 65_535), "port to listen on; 0: any free one")
    threads: int = setting(4, Integer(1, 256), "requests answered at the same time")


@dataclasses.dataclass(frozen=True, slots=True)
class LimitsConfig(Section):
    """What one search may cost; beyond it the search is refused or cut short, and says so."""

    query_chars: int = setting(4096, Integer(1, 4096), "longest query that the search page and the API take, in characters")
    max_page_size: int = setting(100, Integer(1, 10_000), "most hits that one request to the page or the API may ask for")


@dataclasses.dataclass(frozen=True, slots=True)
class Config(Section):
    """All settings. Immutable and hashable; file: where they were read from, None for defaults and for Python's own."""

    data: Path = setting(Path("var"), Folder(), "folder of the article store and the index; made if missing")
    language: str = setting("english", Choice(languages), "language whose word forms are matched; none: words as they are")
    timezone: str = setting("UTC", TimeZone(), "time zone of dates in queries and on pages")
    engine: Literal["embedded"] = setting("embedded", Choice(_engines), "what answers searches")
    profiles: Path | None = setting(None, Folder(must_exist=True, optional=True), "folder of site profiles of your own (YAML)")
    sources: tuple[tuple[str, str], ...] = setting((), Aliases(), "other names of a source, as `alias: name`")
    ranking: RankingConfig = section(RankingConfig, "how hits are ranked")
    snippets: SnippetConfig = section(SnippetConfig, "what is shown of a hit")
    indexing: IndexingConfig = section(IndexingConfig, "what making the index may take")
    web: WebConfig = section(WebConfig, "the search page")
    limits: LimitsConfig = section(LimitsConfig, "what one search may cost")
    file: Path | None = dataclasses.field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Checks each setting, and those that depend on one another."""
        Section.__post_init__(self)
        if self.web.per_page > self.limits.max_page_size:
            raise ConfigError(
                f"web.per_page ({self.web.per_page}) must not be above limits.max_page_size ({self.limits.max_page_size})"
            )

    @property
    def tzinfo(self) -> tzinfo:
        """The time zone as Python's datetime takes it."""
        return zone(self.timezone)


SETTINGS = tuple(settings_of(Config))

# Keys that older files may hold, and what came of them.
_RETIRED = {"limits.expansions": "a prefix, wildcard or fuzzy word now stands for every word that fits"}


def load_config(path: Path | None = None, *, data: Path | None = None) -> Config:
    """Reads the file at path, else at SEARCHER_CONFIG, else searcher.yml here if there is one; ConfigError says where it fails.

    data stands above SEARCHER_DATA, which stands above `data:` of the file. Empty environment variables count as unset.
    """
    file = path or _from_environment("SEARCHER_CONFIG") or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    config = Config() if file is None else _read(file)
    data = data or _from_environment("SEARCHER_DATA")
    return dataclasses.replace(config, data=data) if data else config


def _from_environment(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value) if value else None


def _read(file: Path) -> Config:
    # YAML is imported only when there is something to read: `searcher query` must start fast.
    from searcher.config_file import read_settings  # noqa: PLC0415 - see above

    return dataclasses.replace(read_settings(file, Config, _RETIRED), file=file)
