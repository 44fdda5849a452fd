"""How good the ranking is: nDCG@10 and mean average precision on judged collections.

A collection is a folder with docs.jsonl[.gz] (id, title, text), queries.jsonl (id, text) and qrels.tsv (query, id, grade). The
words of a query are joined by OR. Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (2002), with
gain 2^grade - 1.

    python -m tests.quality.ranking COLLECTION...     prints a line for each
"""

from __future__ import annotations

import gzip
import json
import math
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import searcher

DEPTH = 1000


def measure(folder: Path) -> tuple[float, float]:
    """(nDCG@10, MAP) of a collection, both means over the queries that have a relevant article."""
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines():
        query, article_id, grade = line.split("\t")
        grades[query][article_id] = int(grade)
    with tempfile.TemporaryDirectory() as data, searcher.open(data, result_cache=0) as archive:
        archive.add(
            {"id": str(d["id"]), "title": d.get("title") or "-", "body": d.get("text") or d.get("body") or "-"}
            for d in _json_lines(folder, "docs.jsonl")
        )
        scores = []
        for query in _json_lines(folder, "queries.jsonl"):
            judged = grades[str(query["id"])]
            if any(grade > 0 for grade in judged.values()):
                ranked = search(archive, query["text"])
                scores.append((ndcg(ranked, judged), average_precision(ranked, judged)))
    return sum(score[0] for score in scores) / len(scores), sum(score[1] for score in scores) / len(scores)


def search(archive: searcher.Archive, text: str) -> list[str]:
    """Ids, best first, of articles with any of the words."""
    words = " OR ".join(re.findall(r"[a-z0-9]+", text.lower()))
    return [hit.id for hit in archive.search(words, limit=DEPTH, snippets=False, facets=False).hits]


def ndcg(ranked: list[str], judged: Mapping[str, int], depth: int = 10) -> float:
    """Normalized discounted cumulated gain of the first `depth`."""
    ideal = _gain(sorted(judged.values(), reverse=True)[:depth])
    return _gain(judged.get(article_id, 0) for article_id in ranked[:depth]) / ideal if ideal else 0.0


def average_precision(ranked: list[str], judged: Mapping[str, int]) -> float:
    """Precision at each relevant article found, summed, over the number of relevant ones."""
    relevant = {article_id for article_id, grade in judged.items() if grade > 0}
    places = [place for place, article_id in enumerate(ranked, 1) if article_id in relevant]
    return sum(found / place for found, place in enumerate(places, 1)) / len(relevant)


def _gain(grades: Iterable[int]) -> float:
    return float(sum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1)))


def _json_lines(folder: Path, name: str) -> list[dict[str, Any]]:
    plain = folder / name
    text = plain.read_text("utf-8") if plain.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes()).decode("utf-8")
    return [json.loads(line) for line in text.split("\n") if line.strip()]


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        gain, precision = measure(Path(argument))
        print(f"{Path(argument).name:16s} nDCG@10 {gain:.3f}  MAP {precision:.3f}", flush=True)
