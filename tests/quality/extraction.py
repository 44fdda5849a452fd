"""Scores cleaning against gold text: give a folder of pages with a gold.jsonl, get precision, recall and F1.

The measure is that of the article extraction benchmark: shingles of four words, as multisets, between gold and cleaned
body; precision and recall averaged over the pages, and F1 of the averages. Titles, authors and days are counted as right
or wrong where the gold names one.

    python -m tests.quality.extraction FOLDER      # holds gold.jsonl and the pages, beside it or in pages/
"""

from __future__ import annotations

import dataclasses
import json
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.article import Article, normalized
from index.pages.page import Reading
from index.pages.read import read_inputs

SHINGLE = 4


@dataclasses.dataclass(frozen=True, slots=True)
class Score:
    """How well a set of pages was cleaned; the last three are shares of the pages whose gold names a title, author, day."""

    pages: int
    precision: float
    recall: float
    title: float
    author: float
    day: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """All runs of four words, or the whole text where it has fewer."""
    words = re.findall(r"\w+", text)
    return (
        Counter(tuple(words[start : start + SHINGLE]) for start in range(max(1, len(words) - SHINGLE + 1)))
        if words
        else Counter()
    )


def compare(gold: str, got: str) -> tuple[float, float]:
    """Precision and recall of one body."""
    expected, found = shingles(gold), shingles(got)
    shared = sum((expected & found).values())
    precision = shared / found.total() if found else (0.0 if expected else 1.0)
    return precision, shared / expected.total() if expected else 1.0


def measure(folder: Path) -> Score:
    """Cleans every page that has a gold body and scores all of them together."""
    pairs = [(gold, _cleaned(path)) for gold, path in _pages(folder)]
    bodies = [compare(gold["body"], article.body if article else "") for gold, article in pairs]
    return Score(
        pages=len(pairs),
        precision=statistics.mean(precision for precision, _ in bodies),
        recall=statistics.mean(recall for _, recall in bodies),
        title=_share(pairs, "title", lambda article: article.title),
        author=_share(pairs, "author", lambda article: article.author),
        day=_share(pairs, "published", lambda article: (article.published or "")[:10], length=10),
    )


def _pages(folder: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    with (folder / "gold.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            gold = json.loads(line)
            if gold.get("body"):
                beside = folder / f"{gold['id']}.html"
                yield gold, beside if beside.exists() else folder / "pages" / beside.name


def _cleaned(path: Path) -> Article | None:
    (found,) = read_inputs([path])
    return found.articles[0] if isinstance(found, Reading) else None


def _share(pairs: list[tuple[dict[str, Any], Article | None]], name: str, of: Any, length: int | None = None) -> float:
    """The share of right values among the pages whose gold has one as text; case and punctuation do not count."""
    named = [
        (gold[name][:length], article) for gold, article in pairs if isinstance(gold.get(name), str) and gold[name] != "None"
    ]
    right = [article is not None and normalized(of(article) or "") == normalized(wanted) for wanted, article in named]
    return sum(right) / len(right) if right else 1.0


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        score = measure(Path(argument))
        print(
            f"{Path(argument).resolve().name}: {score.pages} pages, precision {score.precision:.4f}, recall {score.recall:.4f},"
            f" F1 {score.f1:.4f}; right: titles {score.title:.2f}, authors {score.author:.2f}, days {score.day:.2f}"
        )
