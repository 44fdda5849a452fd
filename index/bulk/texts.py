"""pack_texts: the raw text records of many articles at once; byte for byte those of `index.codec.records.pack_text`.

Article by article, most of the time of an ingest would go into calls of numpy for a few hundred numbers each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from index.analysis.bulk import TokenTable
from index.arrays import offsets_of, ranges
from index.article import Article
from index.codec.records import text_record
from index.codec.runs import plain_runs

Array = np.ndarray[Any, np.dtype[Any]]

# Texts are joined until they have so many characters: beyond, the arrays leave the cache of the processor.
_BLOCK_CHARS = 200_000
_NARROW = 1 << 16


def pack_texts(articles: Sequence[Article], table: TokenTable) -> Iterator[bytes]:
    """The record of each article. table: the tokens of titles and bodies, in turn."""
    bounds = offsets_of(table.spans)
    for first, end in _blocks(articles):
        low, high = bounds[2 * first], bounds[2 * end]
        spans = table.spans[2 * first : 2 * end]
        yield from _pack_block(articles[first:end], spans, table.starts[low:high], table.ends[low:high])


def _blocks(articles: Sequence[Article]) -> Iterator[tuple[int, int]]:
    first = chars = 0
    for number, article in enumerate(articles, 1):
        chars += len(article.title) + len(article.body)
        if chars >= _BLOCK_CHARS or number == len(articles):
            yield first, number
            first, chars = number, 0


def _pack_block(articles: Sequence[Article], spans: Array, starts: Array, ends: Array) -> Iterator[bytes]:
    """starts, ends: of the token at each position of titles and bodies, counted in each of them."""
    texts = [text for article in articles for text in (article.title, article.body)]
    begins = offsets_of(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
    moved = np.repeat(begins[:-1], spans)
    runs = plain_runs("\n".join(texts))
    dropped, added = _differences(starts + moved, ends + moved, runs.starts, runs.ends)
    documents = begins[0::2]

    first_runs = np.searchsorted(runs.starts, documents)
    dropped_counts = np.diff(np.searchsorted(dropped, first_runs))
    dropped_gaps = _gaps(dropped, dropped_counts, first_runs[:-1])
    added_starts, added_ends = starts[added] + moved[added], ends[added] + moved[added]
    added_counts = np.diff(np.searchsorted(added_starts, documents))
    added_gaps = _gaps(added_starts, added_counts, documents[:-1])

    places = offsets_of(dropped_counts + 2 * added_counts)
    numbers = np.empty(int(places[-1]), np.uint32)
    numbers[ranges(places[:-1], dropped_counts)] = dropped_gaps
    numbers[ranges(places[:-1] + dropped_counts, added_counts)] = added_gaps
    numbers[ranges(places[:-1] + dropped_counts + added_counts, added_counts)] = added_ends - added_starts
    return _records(articles, spans[0::2], dropped_counts, added_counts, numbers)


def _differences(starts: Array, ends: Array, run_starts: Array, run_ends: Array) -> tuple[Array, Array]:
    """Which runs are no token, and which tokens are no run."""
    places = np.searchsorted(starts, run_starts)
    inside = np.minimum(places, max(len(starts) - 1, 0))
    kept = (starts[inside] == run_starts) & (ends[inside] == run_ends) if len(starts) else np.zeros(len(run_starts), bool)
    is_run = np.zeros(len(starts), bool)
    is_run[inside[kept]] = True
    return np.flatnonzero(~kept), np.flatnonzero(~is_run)


def _gaps(numbers: Array, counts: Array, bases: Array) -> Array:
    """Gaps between the numbers of each document, the first counted from its base."""
    gaps = np.diff(numbers, prepend=0)
    filled = counts > 0
    firsts = offsets_of(counts)[:-1][filled]
    gaps[firsts] = numbers[firsts] - bases[filled]
    return gaps


def _records(
    articles: Sequence[Article], title_spans: Array, dropped_counts: Array, added_counts: Array, numbers: Array
) -> Iterator[bytes]:
    places = offsets_of(dropped_counts + 2 * added_counts)
    wide = set((np.searchsorted(places, np.flatnonzero(numbers >= _NARROW), side="right") - 1).tolist())
    narrow = numbers.astype("<u2").tobytes()
    counts = zip(title_spans.tolist(), dropped_counts.tolist(), added_counts.tolist(), strict=True)
    bounds = places.tolist()
    for document, (article, count) in enumerate(zip(articles, counts, strict=True)):
        low, high = bounds[document], bounds[document + 1]
        packed = numbers[low:high].astype("<u4").tobytes() if document in wide else narrow[2 * low : 2 * high]
        yield text_record(article.body, count, packed, 4 if document in wide else 2)
