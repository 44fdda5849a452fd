"""Invented articles for tests: a small vocabulary, so that random queries meet, full of the words that go wrong."""

from __future__ import annotations

import random

from index.article import Article

WORDS = (
    "putin visit visits visited china state states union war wars in of the and us US U.S. USA usa may will not to be or"
    " Xi's company’s Zürich zurich COVID-19 covid19 covid F-16 F16 9/11 50,000 50000 AT&T C++ e-mail email state-of-the-art"
    " co-operation cooperation O'Brien don't 中国人民 中国 北京 AI #NoKings NoKings soviet port strike strikes minister 2024"
).split()
SOURCES = ("Harbor Times", "The Q&A Post", "Gulf 24/7", None)
TAGS = ("NoKings", "Climate", "World Cup")


def articles(count: int, seed: int = 1) -> list[Article]:
    """Articles of random words; the same seed gives the same articles."""
    rng = random.Random(seed)
    return [_article(rng, number) for number in range(count)]


def _article(rng: random.Random, number: int) -> Article:
    sentences = [" ".join(rng.choices(WORDS, k=rng.randint(3, 14))) + "." for _ in range(rng.randint(1, 9))]
    published = f"2025-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}" if rng.random() < 0.8 else None
    return Article(
        id=f"a{number:04d}",
        title=" ".join(rng.choices(WORDS, k=rng.randint(1, 7))),
        body=" ".join(sentences),
        source=rng.choice(SOURCES),
        author=rng.choice(("Ada O'Brien", "Lin Wei", None)),
        url=rng.choice((f"https://news.example.com/world/{number}", None)),
        published=published,
        published_precision="day" if published else "unknown",
        published_origin="absolute" if published else "unknown",
        tags=tuple(rng.sample(TAGS, rng.randint(0, 2))),
        lang=rng.choice(("en", "de", None)),
    )
