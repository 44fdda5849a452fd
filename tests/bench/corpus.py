"""Articles to measure with: give a JSON Lines file, get a sample of it, or a larger corpus made of its sentences.

`prepare` writes what the engines read, one JSON list an article, so that parsing costs all of them the same and little.
"""

from __future__ import annotations

import gzip
import itertools
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

SEED = 20261121
# An article of the enlarged corpus is told in sentences of so many others. One would repeat articles, many would make
# every word meet every other; news has its few topics.
DONORS = 3
# Where a sentence ends, the blank after it included; joined again, sentences give the text.
_END = re.compile(r"(?<=[.!?])\s+|(?<=[.!?][\"'”’)\]])\s+|(?<=[。！？])|\n+")


class Document(NamedTuple):
    """An article as the benchmark knows it. moment: `published` in seconds since 1970, for engines without dates."""

    id: str
    title: str
    body: str
    source: str | None
    published: str | None
    moment: int | None


def read(path: Path) -> Iterator[Document]:
    """The articles of a JSON Lines file (plain or .gz) that have a title and a body; numbered anew, so that ids are unique."""
    number = itertools.count()
    with _opened(path) as lines:
        for line in lines:
            mapping = json.loads(line)
            title, body = mapping.get("title"), mapping.get("body") or mapping.get("text") or mapping.get("content")
            if title and title.strip() and body and body.strip():
                published, moment = _time(mapping.get("published") or mapping.get("date"))
                yield Document(str(next(number)), title, body, mapping.get("source") or None, published, moment)


def sample(articles: Iterable[Document], count: int | None, seed: int = SEED) -> list[Document]:
    """So many of the articles, each as likely as any other, in their order; all of them for None."""
    if count is None:
        return list(articles)
    rng = random.Random(seed)
    chosen: list[tuple[int, Document]] = []
    for position, article in enumerate(articles):
        if position < count:
            chosen.append((position, article))
        elif (slot := rng.randrange(position + 1)) < count:
            chosen[slot] = (position, article)
    return [article for _, article in sorted(chosen)]


def enlarge(articles: Sequence[Document], count: int, seed: int = SEED) -> Iterator[Document]:
    """So many articles: the given ones, then new ones made of their sentences and as long as they are. Streams.

    Lengths stay, and nearly the company that words keep. What changes: words of one topic are in more articles than before
    (a fifth to a half more, in newswire), and the vocabulary does not grow, as in real text it would.
    """
    yield from articles[:count]
    rng = random.Random(seed)
    sentences = [split_sentences(article.body) for article in articles]
    for number in range(len(articles), count):
        like = articles[rng.randrange(len(articles))]
        body = _recombined(rng, sentences, len(like.body))
        title = _crossed(like.title, articles[rng.randrange(len(articles))].title)
        yield like._replace(id=f"x{number}", title=title, body=body)


def split_sentences(body: str) -> list[str]:
    """The sentences of a text with the blanks that follow them; together they are the text."""
    ends = (match.end() for match in _END.finditer(body))
    return [body[start:end] for start, end in itertools.pairwise([0, *ends, len(body)]) if start < end]


def prepare(path: Path, articles: Iterable[Document]) -> tuple[int, int]:
    """Writes the articles as the engines read them; their number, and the bytes of their titles and bodies."""
    count = text = 0
    with path.open("w", encoding="utf-8") as out:
        for article in articles:
            out.write(json.dumps(article, ensure_ascii=False) + "\n")
            count += 1
            text += len(article.title.encode()) + len(article.body.encode())
    return count, text


def prepared(path: Path) -> Iterator[Document]:
    """The articles of a prepared file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Document(*json.loads(line))


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return cast("IO[str]", gzip.open(path, "rt", encoding="utf-8", newline="\n"))
    return path.open(encoding="utf-8", newline="\n")


def _time(value: Any) -> tuple[str, int] | tuple[None, None]:
    """Time as ISO 8601 in UTC and in seconds; neither where the corpus has none that can be read."""
    if not isinstance(value, str):
        return None, None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None, None
    aware = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    return aware.isoformat().replace("+00:00", "Z"), int(aware.timestamp())


def _recombined(rng: random.Random, sentences: Sequence[Sequence[str]], length: int) -> str:
    """A body of about this length: sentences of a few articles in any order; of some more if those few are too short."""
    parts: list[str] = []
    missing = length
    while missing > 0:
        pool = [part for _ in range(DONORS) for part in sentences[rng.randrange(len(sentences))]]
        rng.shuffle(pool)
        for part in pool:
            if missing < len(part) / 2 and parts:
                return "".join(parts).strip()
            parts.append(part if part[-1].isspace() else part + " ")
            missing -= len(parts[-1])
    return "".join(parts).strip()


def _crossed(first: str, second: str) -> str:
    """The first half of one title and the second half of another."""
    head, tail = first.split(), second.split()
    return " ".join([*head[: (len(head) + 1) // 2], *tail[len(tail) // 2 :]])
