"""Every error that leaves this project, as one tree.

    SearcherError
    ├── ConfigError          searcher.yml or a site profile cannot be used          exit 2
    ├── RequestError         a search asks for what cannot be (page 0, unknown sort) exit 2
    ├── ArticleError         a value offered as an article is not one
    ├── ArticleNotFound      no article has this id                                 exit 1
    ├── PageError            one input cannot be read as a page (it is quarantined)  exit 5
    ├── UnsupportedQuery     an engine cannot answer this kind of query             exit 2
    ├── StoreError           the article store cannot be read or written            exit 3
    ├── IndexMissing         there is no index yet                                  exit 3
    ├── IndexDamaged         the index is there and cannot be used                  exit 3
    ├── IndexOutdated        other settings or another version made the index      exit 3
    ├── IndexNotWritten      a commit failed; the index is as it was                exit 3
    ├── ClusterUnavailable   no node of the cluster answers, or not completely      exit 3
    ├── ClusterDenied        the cluster lets us not in: password, rights, TLS      exit 3
    ├── ClusterRefused       the cluster answers, and refuses what it was asked     exit 3
    │   └── ClusterConflict  a document was changed by another in the meantime
    └── ArchiveBusy          another process is writing                             exit 4

A message says what happened, what was expected, what was found and what to do next.
"""

from __future__ import annotations


class SearcherError(Exception):
    """The root: catch this to catch all of ours. `exit_code` is what the command line ends with."""

    exit_code = 2


class ConfigError(SearcherError):
    """A configuration file or site profile cannot be used; the message begins with `file:line:`."""


class RequestError(SearcherError):
    """A search request is out of range (page 0, unknown sort order)."""


class ArticleError(SearcherError):
    """A value offered as an article lacks a title or body, or has a field of the wrong type."""


class ArticleNotFound(SearcherError):
    """No article has this id."""

    exit_code = 1

    def __init__(self, article_id: str) -> None:
        super().__init__(f"no article has the id {article_id!r}; `searcher query` prints ids with --json")
        self.article_id = article_id


class PageError(SearcherError):
    """One input cannot be read as a page: binary, empty, broken JSON, too large."""

    exit_code = 5


class UnsupportedQuery(SearcherError):
    """The engine cannot answer this kind of query."""

    def __init__(self, engine: str, feature: str) -> None:
        super().__init__(f"the {engine} engine cannot answer {feature}; leave that part of the query out")
        self.engine = engine
        self.feature = feature


class StoreError(SearcherError):
    """The article store cannot be opened, read or written."""

    exit_code = 3


class IndexMissing(SearcherError):
    """There is no index in the data directory, or of this name on the cluster."""

    exit_code = 3


class IndexDamaged(SearcherError):
    """An index is there and cannot be used: a file is missing, torn or of another version; what a cluster holds is not ours."""

    exit_code = 3


class IndexOutdated(SearcherError):
    """The index needs a rebuild: made with other settings, it still answers but takes no changes; of another format, neither."""

    exit_code = 3


class IndexNotWritten(SearcherError):
    """A commit of the index failed (the disk is full, a limit of the system is reached), or a rebuild's copy on a cluster."""

    exit_code = 3


class ClusterUnavailable(SearcherError):
    """No node of the cluster answers, it is overloaded, or a part of it is away; the same may go well later."""

    exit_code = 3


class ClusterDenied(SearcherError):
    """The cluster does not let us in: user or password, rights, TLS. Nothing changes until someone changes a setting."""

    exit_code = 3


class ClusterRefused(SearcherError):
    """The cluster refuses a request: mapping conflicts, limits, a full disk, a version that lacks what is needed.

    status and kind: what the cluster gave, its HTTP status and its word for the error ("mapper_parsing_exception"), if any.
    """

    exit_code = 3

    def __init__(self, message: str, *, status: int | None = None, kind: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


class ClusterConflict(ClusterRefused):
    """Another writer changed the document in the meantime. Caught by the store, which reads it again."""


class ArchiveBusy(SearcherError):
    """Another process holds the write lock; or, on a cluster, rebuilds, or kept changing the same articles."""

    exit_code = 4
