"""What one more matching article costs a query: nanoseconds of the cluster's processor, on an index made for nothing else.

Real articles take too long to ingest for a count that shows it, and how long they are matters little to a query. So the index
holds many documents of a few words, merged into one segment; each word stands in a known share of them. It is asked as our
engine asks for a word and for four of them, with our order and exact totals, and the slope over the matches is what is sought.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from opensearchpy import helpers

from tests.bench.cluster.ground import Ground

DOCUMENTS = 400_000
AT_LEAST_S = 3.0
# Shares of the documents that a word is in; four words of each, so that they can be asked for together.
SHARES = (0.01, 0.1, 0.2, 0.4)
WORDS = 4
KINDS = {"one word": 1, "four words, any": WORDS}
_NAME = "bench-matching"
_MAPPING = {
    "dynamic": False,
    "properties": {
        "scored": {"type": "text", "analyzer": "whitespace", "index_options": "freqs"},
        "published": {"type": "date"},
        "id": {"type": "keyword"},
    },
}


def measure_matching(ground: Ground) -> dict[str, float]:
    """By kind of query, nanoseconds a match."""
    ground.drop(_NAME)
    settings = {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1"}
    ground.client.indices.create(index=_NAME, body={"settings": settings, "mappings": _MAPPING})
    helpers.bulk(ground.client, _documents(), chunk_size=5000)
    ground.client.indices.refresh(index=_NAME)
    ground.client.indices.forcemerge(index=_NAME, params={"max_num_segments": 1})
    ground.settle(_NAME)
    slopes = {}
    for kind, words in KINDS.items():
        taken = [_asked(ground, share, words) for share in SHARES]
        slopes[kind] = float(np.polyfit([matches for matches, _ in taken], [ms for _, ms in taken], 1)[0]) * 1e6
    ground.drop(_NAME)
    return slopes


def _documents() -> Iterator[dict[str, Any]]:
    rng = random.Random(23)
    for number in range(DOCUMENTS):
        held = [_word(share, which) for share in SHARES for which in range(WORDS) if rng.random() < share]
        text = " ".join([*held, *(f"={word}" for word in held), *rng.choices(("sea", "port", "grain"), k=rng.randint(1, 9))])
        published = f"20{rng.randrange(24):02d}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        yield {"_index": _NAME, "_id": str(number), "scored": text, "published": published, "id": str(number)}


def _word(share: float, which: int) -> str:
    return f"w{share}-{which}"


def _asked(ground: Ground, share: float, words: int) -> tuple[int, float]:
    """Matches of a query, and the processor milliseconds that it takes."""
    body = {
        "query": {"bool": {"should": [_compiled(_word(share, which)) for which in range(words)], "minimum_should_match": 1}},
        "sort": [{"_score": "desc"}, {"published": {"order": "desc", "missing": "_last"}}, {"id": "asc"}],
        "track_total_hits": True,
        "track_scores": True,
        "_source": ["id"],
        "size": 10,
    }
    params = {"search_type": "dfs_query_then_fetch"}
    found = ground.client.search(index=_NAME, body=body, params=dict(params))
    began = time.perf_counter()
    asked = 0
    with ground.processor() as spent:
        while not asked or time.perf_counter() - began < AT_LEAST_S:
            ground.client.search(index=_NAME, body=body, params=dict(params))
            asked += 1
    return found["hits"]["total"]["value"], spent[0] / asked


def _compiled(word: str) -> dict[str, Any]:
    """A word as `searcher.cluster.compilation` asks for it: its stem, and for more score as it is written."""
    stem, written = ({"term": {"scored": {"value": value, "boost": 0.3}}} for value in (word, f"={word}"))
    return {"bool": {"must": [stem], "should": [written]}}
