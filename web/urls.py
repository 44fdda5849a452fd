"""Which addresses found in scraped pages may become links."""

from __future__ import annotations

import re

# Anything else (javascript:, data:, file:, a leading tab) stays text. No whitespace or control characters: browsers
# drop some of them, so that what is checked would not be what is followed.
_WEB_URL = re.compile(r"https?://[^\s\x00-\x20\x7f\\]+", re.IGNORECASE)


def web_url(url: str | None) -> str | None:
    """The url if it is a plain http or https address, else None."""
    return url if url is not None and _WEB_URL.fullmatch(url) else None
