"""Examples for the start page, made from what is in the archive, so that every one of them finds something."""

from __future__ import annotations

import re

from searcher import Hit, SearchResult
from web.syntax import Example

_LEAST_LETTERS = 4


def examples(newest: SearchResult) -> list[Example]:
    """A few searches from the newest articles, the most frequent source and the latest month."""
    found = []
    for hit in newest.hits:
        pair = _word_pair(hit)
        if pair:
            found.append(Example(" ".join(pair), "all these words"))
            found.append(Example(f'"{" ".join(pair)}"', "exactly this phrase"))
            found.append(Example(f"title:{pair[1]}", "in the title"))
            break
    sources = [value.value for value in newest.facets.source if value.value and '"' not in value.value]
    if sources:
        found.append(Example(f'source:"{sources[0]}"', "from one source"))
    months = [value.value for value in newest.facets.month if value.value]
    if months:
        found.append(Example(f"date:{months[-1]}", "from one month"))
    return found


def _word_pair(hit: Hit) -> tuple[str, str] | None:
    """The two neighboring words of the title that say most, by length; None if it has no two proper words in a row."""
    pairs = re.findall(r"(?=\b([^\W\d_]+) ([^\W\d_]+)\b)", hit.title)
    telling = [pair for pair in pairs if min(map(len, pair)) >= _LEAST_LETTERS]
    return max(telling, key=lambda pair: len(pair[0]) + len(pair[1]), default=None)
