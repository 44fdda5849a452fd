"""The values between an answer of a cluster and an error of ours: Answer, as it came, and Trouble, as it is understood.

A Trouble is more than an error: it also says whether the same request may go well a little later, or at another node. That
is all that retries go by; `error` makes the exception when they are at their end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from index.errors import ClusterRefused, SearcherError, UnsupportedQuery

ENGINE = "opensearch"


class Answer(NamedTuple):
    """One answer of HTTP. host: the URL it came from; what: method and path; retry_after_s: as its header asks.

    signed: whether user and password had been sent.
    """

    host: str
    what: str
    status: int
    content_type: str
    text: str
    retry_after_s: float | None = None
    sent_bytes: int = 0
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong, and what that means for trying again.

    again: the same may go well a little later. elsewhere: another node may do better at once.
    sent: the request may have had its effect on the cluster, so only one that can be repeated may be sent again.
    wait_s: the cluster asks to wait so long. missing: a cluster has answered, and it has not what was asked for.
    status and name: of the answer and of the error in it.
    """

    kind: type[SearcherError]
    happened: str
    advice: str = ""
    again: bool = False
    elsewhere: bool = False
    sent: bool = True
    wait_s: float | None = None
    missing: bool = False
    status: int | None = None
    name: str = ""

    def error(self, tries: str = "") -> SearcherError:
        """The error to raise; tries: how often and where it was tried, if more than once."""
        if self.kind is UnsupportedQuery:
            return UnsupportedQuery(ENGINE, self.happened)
        message = f"{self.happened}{f' ({tries})' if tries else ''}{f'; {self.advice}' if self.advice else ''}"
        if issubclass(self.kind, ClusterRefused):
            return self.kind(message, status=self.status, kind=self.name)
        return self.kind(message)
