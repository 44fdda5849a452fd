"""The requests that our engine sends, recorded where they leave us, and sent again by the official client as they are.

    with recording() as requests: engine.search(request)
    [request.send(client) for request in requests]

So the bare client is asked for exactly what we ask for: body, parameters, index. `highlighted` asks for the same page with the
cluster's own highlighter in place of the bodies that we make snippets of.
"""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from unittest.mock import patch

from opensearchpy import OpenSearch, Urllib3HttpConnection

from tests.bench.queries import Query


@dataclasses.dataclass(frozen=True, slots=True)
class Sent:
    """One request. body: decoded; a list for the lines of _msearch."""

    method: str
    path: str
    params: dict[str, Any]
    body: Any

    @property
    def is_search(self) -> bool:
        """Whether it asks for hits; others ask how the index is made, or for texts."""
        return self.path.partition("?")[0].endswith(("_search", "_msearch"))

    @property
    def index(self) -> str:
        """What is searched."""
        return self.path.strip("/").rpartition("/")[0]

    def send(self, client: OpenSearch, index: str | None = None) -> dict[str, Any]:
        """Sends it by the method that the client has for it; to another index if one is given."""
        # A copy, since the client takes its own options out of the parameters.
        method = client.msearch if self.path.endswith("_msearch") else client.search
        return cast("dict[str, Any]", method(index=index or self.index, body=self.body, params=dict(self.params)))


@contextmanager
def recording() -> Iterator[list[Sent]]:
    """Collects what any client in this process sends meanwhile."""
    sent: list[Sent] = []
    unpatched = Urllib3HttpConnection.perform_request

    def recorded(node: Urllib3HttpConnection, method: str, url: str, params: Any = None, body: Any = None, **named: Any) -> Any:
        sent.append(Sent(method, url, dict(params or {}), _decoded(body)))
        return unpatched(node, method, url, params, body, **named)

    with patch.object(Urllib3HttpConnection, "perform_request", recorded):
        yield sent


def highlighted(sent: Sent, query: Query, count: int, characters: int) -> Sent:
    """The same page without the bodies, with so many passages of each made by the cluster; the words in them as asked for."""
    body = copy.deepcopy(sent.body)
    pages = [line for line in body if "query" in line] if isinstance(body, list) else [body]
    for page in pages:
        if page.get("size", 10):
            page["_source"] = _without_body(page.get("_source"))
            page["highlight"] = {
                "type": "unified",
                "require_field_match": False,
                "highlight_query": _asked(query),
                "fields": {
                    "body": {"number_of_fragments": count, "fragment_size": characters},
                    "title": {"number_of_fragments": 0},
                },
            }
    return dataclasses.replace(sent, body=body)


def _without_body(source: Any) -> Any:
    if isinstance(source, list):
        return [name for name in source if name != "body"]
    if isinstance(source, dict):
        includes = [name for name in source.get("includes", ()) if name != "body"]
        return {"includes": includes, "excludes": [*source.get("excludes", ()), "body"]}
    return {"excludes": ["body"]}


def _asked(query: Query) -> dict[str, Any]:
    """What is to be marked, said in the plainest way: the words, the phrase, what begins so or is spelt nearly so."""
    words = " ".join((*query.every, *query.some))
    clauses: list[dict[str, Any]] = [{"match": {"surface": words}}] if words else []
    clauses += [{"match_phrase": {"surface": " ".join(query.phrase)}}] if query.phrase else []
    clauses += [{"prefix": {"surface": query.prefix}}] if query.prefix else []
    clauses += [{"fuzzy": {"surface": {"value": query.fuzzy, "fuzziness": 1}}}] if query.fuzzy else []
    return {"bool": {"should": clauses}}


def _decoded(body: Any) -> Any:
    """A body as values, whatever it was handed over as."""
    if isinstance(body, bytes | str):
        lines = [json.loads(line) for line in body.splitlines() if line.strip()]
        return lines[0] if len(lines) == 1 else lines
    return copy.deepcopy(body)
