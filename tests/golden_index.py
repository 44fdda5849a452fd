"""Makes tests/golden/index-1: a small index of format version 1 with what is expected of it, which a test opens for ever.

Run `python -m tests.golden_index FOLDER` to make one; it refuses a folder that is there. An index of a version that was
released is never made again: a new version gets a folder of its own beside the old ones.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from index.analysis import Analyzer
from index.article import Article
from index.document import index_document
from index.embedded import EmbeddedIndex
from index.schema import ZoneWeights

WEIGHTS = ZoneWeights(title=4.0, lead=1.5, body=1.0, lead_words=8)

ARTICLES = (
    Article(
        id="ferry",
        title="Ferry strike enters its second week",
        body=(
            "The ferry crews of Port Calder struck again on Monday. Passengers waited; the harbor stayed quiet.\n"
            "A mediator is expected, and the strike may end by Friday."
        ),
        url="https://harbor.example/2025/ferry-strike",
        source="Harbor Times",
        author="Ada O'Brien",
        published="2025-05-26",
        published_precision="day",
        published_origin="absolute",
        tags=("Strikes", "Port Calder"),
        lang="en",
        seen_on=("page-1", "page-2"),
    ),
    Article(
        id="budget",
        title="Council's budget: 50,000 for the harbor",
        body="The council voted 9–4. “Not enough,” said the mayor of Zürich’s twin town, Port Calder, on the F-16 noise report.",
        source="The Q&A Post",
        published="2025-05-27T08:30:00Z",
        published_precision="minute",
        published_origin="relative",
        tags=("Budget",),
        lang="en",
    ),
    Article(
        id="exhibition",
        title="北京 exhibition opens",
        body="An exhibition from 北京 (Beijing) opens in the old customs house. Entry is free until June.",
        url="https://post.example/beijing",
        source="The Q&A Post",
        author="Lin Wei",
        published="1969-07-20",
        published_precision="day",
        published_origin="absolute",
        lang="en",
        role="related",
    ),
    Article(id="notice", title="Notice", body="Harbor closed."),
    Article(
        id="codes",
        title="What the AT&T code C++ says",
        body="The code " + "ab" * 40 + " is one word. " + " ".join(["Words, words, words."] * 12),
        source="Gulf 24/7",
        lang="de",
    ),
    Article(id="old", title="An old article", body="It was replaced.", source="Harbor Times"),
    Article(
        id="gone", title="A deleted article", body="It was deleted, and no search for the ferry finds it.", tags=("Strikes",)
    ),
    *(
        Article(id=f"weather-{day}", title="Weather", body=f"Rain over the harbor on day {day}.", lang="en")
        for day in range(1, 9)
    ),
)
REPLACED = Article(id="old", title="A new article", body="It replaced the old one, and ferries are in it.", source="Gulf 24/7")


def live_articles() -> list[Article]:
    """What the index holds in the end."""
    return sorted(
        (REPLACED if article.id == "old" else article for article in ARTICLES if article.id != "gone"),
        key=lambda article: str(article.id),
    )


def make(folder: Path) -> None:
    """Writes the index and beside it `expected.json`."""
    index = EmbeddedIndex(folder / "index", Analyzer(), WEIGHTS)
    with index.writer() as writer:
        for article in ARTICLES:
            writer.add(article)
        writer.set_change(len(ARTICLES))
    with index.writer() as writer:
        writer.add(REPLACED)
        writer.set_change(len(ARTICLES) + 1)
    # A commit that only deletes leaves the segment as it is, and the deletion in a file of its own.
    with index.writer() as writer:
        writer.delete("gone")
        writer.set_change(len(ARTICLES) + 2)
    content = json.dumps(expected(), ensure_ascii=False, separators=(",", ":"))
    (folder / "expected.json").write_text(content + "\n", encoding="utf-8")


def expected() -> dict[str, Any]:
    """By the slow, obvious way: the articles, their columns, and for each field and term its weight and positions in each."""
    articles, columns = {}, {}
    postings: dict[str, dict[str, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for article in live_articles():
        document = index_document(article, Analyzer(), WEIGHTS)
        articles[str(article.id)] = article.to_mapping()
        columns[str(article.id)] = [document.published, document.length, document.source_name or ""]
        for field, terms in document.postings.items():
            for term, posting in terms.items():
                postings[field][term][str(article.id)] = [posting.weight, list(posting.positions)]
    return {"articles": articles, "columns": columns, "postings": postings}


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True)
    make(target)
    print(f"{sum(file.stat().st_size for file in target.rglob('*') if file.is_file()):,} bytes in {target}")
