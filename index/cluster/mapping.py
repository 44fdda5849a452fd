"""The mapping: `index_body` gives the settings and mappings of an index on the cluster, made from the one field table.

`scored` is our BM25F with the parts that every cluster has. A zone's weight is how often its text is copied into the field:
`copy_to` may name one target several times, so with weights 4, 1.5 and 1 the title is copied 8 times, the body twice and the
lead, cut by us into a field of its own, once more. All is counted u = 2 times, which k1 takes up. Two further things differ in
Lucene and are taken up by the numbers of the similarity:

    its average length counts every token, the length of an article only the positions; `scored` holds a stem and a written
    form at each position, so its average is twice ours:           k1' = u k1 (1 + b),  b' = 2 b / (1 + b)
    k1' (1 - b' + b' dl / (2 avg))  =  u (k1 (1 - b + b length / average))
    a term's part lacks our factor k1 + 1, or has k1' + 1 for it:  `IndexSpec.boost`

What is left: lengths of more than some forty tokens are rounded (Lucene keeps a byte), terms laid over others (joined forms,
bigrams) count in the average alone, deleted articles count until their segment is merged, sums are of 32 bits.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from index.analysis import Analyzer
from index.cluster.analysis import SCORED, SURFACE, analysis_settings
from index.errors import ConfigError, IndexOutdated
from index.schema import FIELDS, TITLE_GAP, ZoneWeights

MADE_BY = "searcher"
# Raise it whenever an index made before could not be read or written by this code.
FORMAT = 1

BM25F = "searcher_bm25f"
TITLE_BM25 = "searcher_title"

# Keywords above this are not indexed; four bytes a character stay below the 32,766 bytes that Lucene takes as one term. No key
# of ours is that long (`index.cluster.documents.cut_key`); an id or the printed name of a source may be.
MAX_KEYWORD_CHARS = 8191

_SCALES = (1, 2, 4, 8, 16)
# Each copy is analyzed anew: the work for an article grows with their number.
_MAX_COPIES = 256
# The first version of OpenSearch whose BM25 leaves out the factor k1 + 1.
_NO_FACTOR_SINCE = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Copies:
    """How often each zone's text is copied into `scored`. scale: how many copies a weight of 1 stands for."""

    scale: int
    title: int
    lead: int
    body: int


@dataclasses.dataclass(frozen=True, slots=True)
class IndexSpec:
    """What an index is made with: an index made with another spec needs a rebuild to take this one on.

    analysis: fingerprint of the Analyzer. ConfigError if the weights cannot be had on a cluster.
    """

    analysis: str
    language: str
    weights: ZoneWeights
    k1: float
    b: float

    def __post_init__(self) -> None:
        """Refuses weights that copies cannot express."""
        _ = self.copies

    @classmethod
    def of(cls, analyzer: Analyzer, weights: ZoneWeights, k1: float, b: float) -> IndexSpec:
        """The spec of an index analyzed like this and scored by these numbers."""
        return cls(analyzer.fingerprint, analyzer.language, weights, k1, b)

    @property
    def copies(self) -> Copies:
        """Copies with the smallest scale that makes them whole numbers, or rounded with the largest."""
        return _copies(self.weights)

    @property
    def rounded(self) -> bool:
        """Whether the index weighs zones by the nearest sixteenth only, since the weights are no whole ones."""
        copies, weights = self.copies, self.weights
        exact = (weights.title, weights.lead - weights.body, weights.body)
        return any(abs(copied - weight * copies.scale) > _WHOLE for copied, weight in zip(_of(copies), exact, strict=True))

    def boost(self, version: tuple[int, ...], *, title: bool = False) -> float:
        """What a term's score of a cluster of this version is to be multiplied by to be ours; title: in `title.scored`."""
        k1 = self.k1 if title else self._cluster_k1
        return (self.k1 + 1) / (1 if version[0] >= _NO_FACTOR_SINCE else k1 + 1)

    @property
    def similarity(self) -> dict[str, Any]:
        """The similarities of the index settings."""
        return {
            BM25F: {"type": "BM25", "k1": self._cluster_k1, "b": 2 * self.b / (1 + self.b)},
            TITLE_BM25: {"type": "BM25", "k1": self.k1, "b": 0.0},
        }

    @property
    def _cluster_k1(self) -> float:
        return self.copies.scale * self.k1 * (1 + self.b)

    def to_meta(self) -> dict[str, Any]:
        """The `_meta` of the mapping, by which an index is known as ours."""
        return {"made_by": MADE_BY, "format": FORMAT, **dataclasses.asdict(self)}

    @classmethod
    def from_meta(cls, meta: Mapping[str, Any], index: str) -> IndexSpec:
        """The spec an index was made with. IndexOutdated for an index of another format."""
        if meta.get("format") != FORMAT:
            raise IndexOutdated(
                f"the index {index} has the format {meta.get('format')!r}, this version of searcher reads {FORMAT}; "
                "use the version that made it, or copy its articles into an index of another name"
            )
        try:
            weights = ZoneWeights(**{name: meta["weights"][name] for name in ZoneWeights.__slots__})
            return cls(str(meta["analysis"]), str(meta["language"]), weights, float(meta["k1"]), float(meta["b"]))
        except (KeyError, TypeError, ValueError, ConfigError) as error:
            raise IndexOutdated(f"the index {index} does not say how it was made ({error!r}); run `searcher rebuild`") from None


# Weights are decimal fractions; a copy more or less is 1.
_WHOLE = 1e-9


def _copies(weights: ZoneWeights) -> Copies:
    if weights.lead < weights.body:
        raise ConfigError(
            f"ranking.lead is {weights.lead:g} and ranking.body {weights.body:g}: the opensearch engine adds to the weight of "
            "the first words and cannot take from it; set ranking.lead to ranking.body or more"
        )
    if weights.title <= 0 or weights.body <= 0:
        raise ConfigError(
            f"ranking.title is {weights.title:g} and ranking.body {weights.body:g}: with the opensearch engine words of a zone "
            "without weight could not be found; set both above 0 (0.0625 is the least that counts)"
        )
    exact = (weights.title, weights.lead - weights.body, weights.body)
    whole = (u for u in _SCALES if all(abs(round(weight * u) - weight * u) <= _WHOLE for weight in exact))
    scale = next(whole, _SCALES[-1])
    title, lead, body = (round(weight * scale) for weight in exact)
    if not title or not body or title + lead + body > _MAX_COPIES:
        raise ConfigError(
            f"ranking weights title {weights.title:g}, lead {weights.lead:g}, body {weights.body:g} come to {title} copies of "
            f"the title, {lead} of the lead and {body} of the body; the opensearch engine takes from 1 copy of title and body to "
            f"{_MAX_COPIES} in all; use whole numbers, or halves such as 1.5"
        )
    return Copies(scale, title, lead, body)


def _of(copies: Copies) -> tuple[int, int, int]:
    return copies.title, copies.lead, copies.body


def index_body(spec: IndexSpec, *, shards: int, replicas: int) -> dict[str, Any]:
    """What an index is created with."""
    return {"settings": index_settings(spec, shards=shards, replicas=replicas), "mappings": mappings(spec)}


def index_settings(spec: IndexSpec, *, shards: int, replicas: int) -> dict[str, Any]:
    """Settings of the index. What is said here holds against templates of the cluster's owner.

    DOCUMENT replication: a copy that was refreshed has all that was acknowledged, on which reading what was just written rests.
    """
    return {
        "number_of_shards": shards,
        "number_of_replicas": replicas,
        "refresh_interval": REFRESH_INTERVAL,
        "codec": "best_compression",
        "replication.type": "DOCUMENT",
        "translog.durability": "request",
        "analysis": analysis_settings(spec.language),
        "similarity": spec.similarity,
    }


# Other readers see what was written within so much; a change made by an archive is refreshed at its end.
REFRESH_INTERVAL = "5s"


def mappings(spec: IndexSpec) -> dict[str, Any]:
    """Mappings of the index. Nothing but these fields is indexed; the rest of an article is in `_source` alone."""
    properties: dict[str, Any] = {}
    for field in FIELDS:
        if field.cluster is not None:
            _place(properties, field.cluster, _BY_KIND[field.kind])
    # The same words and stems as in `title`, counted alone: `title:` asks there.
    title = properties["title"]
    properties["scored"] = {**properties["scored"], "norms": True, "similarity": BM25F}
    for name, copied in _copied_from(spec.copies).items():
        _place(properties, name, {**(title if name == "title" else _UNINDEXED), "copy_to": copied})
    for name, made in _FACTS.items():
        _place(properties, name, made)
    return {"dynamic": False, "_meta": spec.to_meta(), "properties": properties}


def _place(properties: dict[str, Any], dotted: str, made: Mapping[str, Any]) -> None:
    """Puts a field where its dotted name says: under an object, or beside the text that it is another reading of."""
    *parents, name = dotted.split(".")
    for parent in parents:
        above = properties.setdefault(parent, {"dynamic": False, "properties": {}})
        properties = above.setdefault("fields" if "type" in above else "properties", {})
    properties[name] = dict(made)


def _copied_from(copies: Copies) -> dict[str, list[str]]:
    """The fields that each zone's text is copied into, named as often as it is to count."""
    return {
        "title": ["surface", *["scored"] * copies.title],
        "body": ["surface", *["scored"] * copies.body],
        "index.lead": ["scored"] * copies.lead,
    }


_BY_KIND: Mapping[str, dict[str, Any]] = {
    "positions": {
        "type": "text",
        "analyzer": SURFACE,
        "index_options": "positions",
        "norms": False,
        "position_increment_gap": TITLE_GAP,
        "similarity": TITLE_BM25,
    },
    "terms": {"type": "text", "analyzer": SCORED, "index_options": "freqs", "norms": False, "similarity": TITLE_BM25},
    "keyword": {"type": "keyword", "ignore_above": MAX_KEYWORD_CHARS},
    "name": {"type": "keyword", "ignore_above": MAX_KEYWORD_CHARS},
    "time": {"type": "date", "format": "strict_date_optional_time"},
}
_UNINDEXED = {"type": "text", "index": False, "norms": False}

# What the store knows of an article beside it (`index.cluster.documents`). Given and captured are read with the article, never
# looked for.
_FACTS: Mapping[str, dict[str, Any]] = {
    "index.checksum": {"type": "keyword", "index": False},
    "index.digest": {"type": "integer"},
    "index.given": {"type": "keyword", "index": False},
    "index.captured": {"type": "keyword", "index": False, "doc_values": False},
    "index.contents": {"type": "keyword", "doc_values": False},
    "index.url_key": {"type": "long"},
    "index.keys": {"type": "long"},
    "index.arrived": {"type": "long", "index": False},
}
