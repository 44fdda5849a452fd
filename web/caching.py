"""Conditional answers: a page that has not changed since the browser last saw it costs a 304 and no body.

The tag is a digest of what the answer says, not of when it was made, so it changes with the index generation, with the
query and with what a relative date means today, and with nothing else. It is weak: the time a search took is left out.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import Response, request
from searcher import SearchResult


def search_digest(result: SearchResult) -> dict[str, Any]:
    """The parts of a result that make two answers differ."""
    mapping = result.to_mapping()
    del mapping["took_ms"]
    return mapping


def conditional(response: Response, *parts: Any) -> Response:
    """Tags the response with a digest of the parts (JSON values); 304 without a body if the client has it already."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    response.set_etag(hashlib.sha256(text.encode()).hexdigest()[:24], weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
