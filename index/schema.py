"""The one field table: what is indexed of an article, from which every engine makes its own schema.

The text of an article is one field of one position space, title first, then a gap, then the body, indexed twice: as written
(`surface`, with positions, for phrases and exact words) and stemmed (`stem`). A posting's weight is its term frequency
summed over the zones, each times the zone's weight. That is BM25F with one length for all zones (Robertson, Zaragoza,
Taylor, "Simple BM25 extension to multiple weighted fields", CIKM 2004; Lucene's CombinedFieldQuery): one posting list a
term, whatever the number of zones. The weights are therefore part of the index.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

# Value of the column `published` for an article without a date; smaller than any real time.
UNDATED = -(2**62)

# Weighted lengths are kept in whole sixteenths, so that a zone weight such as 1.5 adds up exactly.
LENGTH_UNIT = 16

# Positions left out between title and body, so that no phrase reaches from one into the other.
TITLE_GAP = 100

Kind = Literal["positions", "terms", "keyword", "time", "number", "name", "stored"]


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One indexed field. positions, terms: text with and without positions; keyword: whole folded values; time, number,
    name: a column; stored: kept, not searched.

    cluster: the field of the same content on a cluster (`index.cluster.mapping`); None where none is needed: Lucene keeps the
    lengths itself, and the article is the document's source.
    """

    name: str
    kind: Kind
    holds: str
    cluster: str | None = None


FIELDS = (
    Field("id", "keyword", "the article's id", "id"),
    Field("surface", "positions", "words of title and body as written, folded", "surface"),
    Field("stem", "terms", "the same words, stemmed", "scored"),
    Field("title", "positions", "words of the title as written, folded", "title"),
    Field("title_stem", "terms", "words of the title, stemmed", "title.scored"),
    Field("author", "positions", "words of the author", "author"),
    Field("url", "positions", "words of the URL", "url"),
    Field("source", "keyword", "key of the source", "index.source_key"),
    Field("tag", "keyword", "keys of the tags", "index.tag_keys"),
    Field("lang", "keyword", "language code", "index.lang_key"),
    Field("published", "time", "seconds since 1970 UTC, UNDATED if there is no date", "published"),
    Field("length", "number", "weighted length of title and body in LENGTH_UNITs"),
    Field("source_name", "name", "the source as printed", "source"),
    Field("article", "stored", "the whole article as JSON"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class ZoneWeights:
    """How much an occurrence counts by where it stands. lead: the first lead_words words of the body."""

    title: float = 4.0
    lead: float = 1.5
    body: float = 1.0
    lead_words: int = 30
