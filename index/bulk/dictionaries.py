"""Dictionaries: what Zstandard knows beforehand of the records of a segment, learned from articles like them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from index.article import Article
from index.codec.records import pack_card, train_dictionary

# To learn from more takes longer and gains nothing: 1,000 newswire items take 0.2 s. Of long articles the beginnings teach as
# much as the whole, 470 of them in 0.2 s instead of 0.6: the records of others became no larger.
_SAMPLES = 1000
_SAMPLE_CHARS = 4000


class Dictionaries(NamedTuple):
    """One for each kind of records; empty for none."""

    card: bytes = b""
    text: bytes = b""


def learned(articles: Sequence[Article]) -> Dictionaries:
    """Dictionaries for articles like these; empty if they are too few."""
    samples = every(articles)
    cards = train_dictionary([pack_card(article) for article in samples])
    return Dictionaries(cards, train_dictionary([article.body[:_SAMPLE_CHARS].encode("utf-8") for article in samples]))


def every(items: Sequence[Article]) -> Sequence[Article]:
    """At most _SAMPLES of them, spread evenly."""
    return items[:: max(1, -(-len(items) // _SAMPLES))]
