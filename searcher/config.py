"""Config: every setting of the project, checked. Give `load_config` the options of the command line, get a Config back.

All settings have defaults and all are optional; the classes below are the one table of them (`SETTINGS` lists it flat).
Precedence, strongest first: an option of the command line, SEARCHER_DATA and SEARCHER_CLUSTER_HOSTS, the configuration file,
the default. Credentials of a cluster are no settings: they come from a file or the environment when `cluster_settings` is
asked, and are in no Config.
"""

# ruff: noqa: RUF009 - `setting` and `section` are dataclasses.field with a description
from __future__ import annotations

import dataclasses
import os
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import Stemmer

from index.errors import ConfigError
from index.schema import ZoneWeights
from searcher.settings import (
    Aliases,
    Choice,
    File,
    Folder,
    Hosts,
    IndexName,
    Integer,
    Number,
    Section,
    Text,
    TimeZone,
    YesNo,
    section,
    setting,
    settings_of,
    zone,
)

if TYPE_CHECKING:
    from index.cluster.settings import ClusterSettings

DEFAULT_FILE = Path("searcher.yml")


def languages() -> tuple[str, ...]:
    """The names that `language` takes: a stemming algorithm each, and "none" for no stemming."""
    return (*sorted(Stemmer.algorithms()), "none")


def _engines() -> tuple[str, ...]:
    return ("embedded", "opensearch")


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

    @property
    def weights(self) -> ZoneWeights:
        """Those of the numbers that are part of an index."""
        return ZoneWeights(self.title, self.lead, self.body, self.lead_words)


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
class ClusterConfig(Section):
    """The OpenSearch cluster of `engine: opensearch`."""

    hosts: str | None = setting(
        None,
        Hosts(),
        "URLs of its nodes or of a proxy before them, with commas between; port 9200, or 443 of https, if none is written",
    )
    index: str = setting("searcher", IndexName(), "name of the archive on the cluster; its indexes have it before their numbers")
    credentials: Path | None = setting(
        None, File(), "file with user and password, on a line each or as `user:password`, that only you may read"
    )
    ca_file: Path | None = setting(
        None, File(), "certificates (PEM) of the authority that signed those of the nodes, if this machine does not know it"
    )
    verify: bool = setting(True, YesNo(), "whether certificates are checked; no: anyone on the way can read and change all")
    timeout_s: float = setting(30.0, Number(0.1, 3_600), "seconds to wait for an answer; with all retries, at most twice that")
    retries: int = setting(
        5, Integer(0, 100), "how often a request is sent again when the cluster is overloaded or does not answer"
    )
    shards: int = setting(
        3, Integer(1, 1_024), "parts that an index is made of, spread over the nodes; counts for the next rebuild"
    )
    replicas: int = setting(1, Integer(0, 100), "copies of each part besides the first; with 0, a node lost is articles lost")


@dataclasses.dataclass(frozen=True, slots=True)
class Config(Section):
    """All settings. Immutable and hashable; file: where they were read from, None for defaults and for Python's own."""

    data: Path = setting(Path("var"), Folder(), "folder of the article store and the index; made if missing")
    language: str = setting("english", Choice(languages), "language whose word forms are matched; none: words as they are")
    timezone: str = setting("UTC", TimeZone(), "time zone of dates in queries and on pages")
    engine: Literal["embedded", "opensearch"] = setting(
        "embedded", Choice(_engines), "what keeps articles and answers searches: this program, or an OpenSearch cluster"
    )
    profiles: Path | None = setting(None, Folder(must_exist=True, optional=True), "folder of site profiles of your own (YAML)")
    sources: tuple[tuple[str, str], ...] = setting((), Aliases(), "other names of a source, as `alias: name`")
    ranking: RankingConfig = section(RankingConfig, "how hits are ranked")
    snippets: SnippetConfig = section(SnippetConfig, "what is shown of a hit")
    indexing: IndexingConfig = section(IndexingConfig, "what making the index may take")
    web: WebConfig = section(WebConfig, "the search page")
    limits: LimitsConfig = section(LimitsConfig, "what one search may cost")
    cluster: ClusterConfig = section(ClusterConfig, "the OpenSearch cluster of `engine: opensearch`")
    file: Path | None = dataclasses.field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Checks each setting, and those that depend on one another."""
        Section.__post_init__(self)
        if self.web.per_page > self.limits.max_page_size:
            raise ConfigError(
                f"web.per_page ({self.web.per_page}) must not be above limits.max_page_size ({self.limits.max_page_size})"
            )
        if self.engine == "opensearch" and self.ranking.lead < self.ranking.body:
            raise ConfigError(
                f"ranking.lead ({self.ranking.lead:g}) must not be below ranking.body ({self.ranking.body:g}) "
                "with engine: opensearch, which can count the first words of the body more and not less"
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
    config = dataclasses.replace(config, data=data) if data else config
    hosts = os.environ.get("SEARCHER_CLUSTER_HOSTS")
    if hosts:
        try:
            config = dataclasses.replace(config, cluster=dataclasses.replace(config.cluster, hosts=hosts))
        except ConfigError as error:
            raise ConfigError(f"SEARCHER_CLUSTER_HOSTS: {error}") from None
    _require_hosts(config)
    return config


def read_config(file: Path) -> Config:
    """The settings of a file alone: neither options nor environment have a say, as for the other side of a copy."""
    config = _read(file)
    _require_hosts(config)
    return config


def cluster_settings(config: Config) -> ClusterSettings:
    """What it takes to reach the cluster of a configuration, credentials included; ConfigError if hosts are missing."""
    from index.cluster.settings import ClusterSettings  # noqa: PLC0415 - a search on the embedded engine does without
    from searcher.credentials import read_credentials  # noqa: PLC0415 - see above

    _require_hosts(config, always=True)
    cluster = config.cluster
    user, password = read_credentials(cluster.credentials)
    return ClusterSettings(
        hosts=tuple(host.strip().rstrip("/") for host in (cluster.hosts or "").split(",")),
        name=cluster.index,
        user=user,
        password=password,
        ca_file=cluster.ca_file,
        verify=cluster.verify,
        timeout_s=cluster.timeout_s,
        retries=cluster.retries,
        shards=cluster.shards,
        replicas=cluster.replicas,
    )


def _require_hosts(config: Config, *, always: bool = False) -> None:
    """Not part of the checks of a Config, which is made before the environment has its say."""
    if config.cluster.hosts is None and (always or config.engine == "opensearch"):
        where = f"{config.file}: " if config.file else ""
        raise ConfigError(
            f"{where}cluster.hosts is missing, expected with engine: opensearch; set it or SEARCHER_CLUSTER_HOSTS, such as http://127.0.0.1:9200"
        )


def _from_environment(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value) if value else None


def _read(file: Path) -> Config:
    # YAML is imported only when there is something to read: `searcher query` must start fast.
    from searcher.config_file import read_settings  # noqa: PLC0415 - see above

    return dataclasses.replace(read_settings(file, Config, _RETIRED), file=file)
