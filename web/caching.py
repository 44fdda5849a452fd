"""Conditional answers: a page that has not changed since the browser last saw it costs a 304 and no body.

The tag is a digest of what the answer says, not of when it was made, so it changes with the index generation, with the
query, with what a relative date means today and with the look of the pages, and with nothing else. It is weak: the time
a search took is left out.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import Response, current_app, request

from searcher import SearchResult

# Key of the application's configuration: a digest of its templates, code and settings.
APPEARANCE = "APPEARANCE"


def search_digest(result: SearchResult) -> dict[str, Any]:
    """The parts of a result that make two answers differ (JSON values)."""
    mapping = result.to_mapping()
    del mapping["took_ms"]
    return mapping


def conditional(response: Response, *parts: Any) -> Response:
    """Tags the response with a digest of the parts (JSON values); 304 without a body if the client has it already."""
    text = json.dumps([current_app.config[APPEARANCE], *parts], sort_keys=True, ensure_ascii=True)
    response.set_etag(hashlib.sha256(text.encode()).hexdigest()[:24], weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
