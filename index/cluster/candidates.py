"""Candidates: which articles on the cluster could be copies of some offered ones; give it fingerprints, get ids.

The same choice as of `index.store.merging.Merger` on its tables: by URL, by words, then by shared keys, each bounded; made with
one search for each kind and all the fingerprints of a batch. What was refreshed is seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from index.cluster.connection import Connection, path_of
from index.dedupe import Fingerprint
from index.store.merging import MAX_ARTICLES_OF_KEY, MAX_CANDIDATES

# The most hits of one search that a cluster gives with its usual settings, and the most values of one query.
_MAX_HITS = 10_000
_MAX_VALUES = 50_000


class _Hit(NamedTuple):
    """An article found, by when it arrived. values: those of the field that it was looked for by."""

    arrived: int
    id: str
    values: tuple[Any, ...]


class Candidates:
    """Looks for candidates in one index. Remembers keys that too many articles have: they find no copies."""

    def __init__(self, connection: Connection, target: str) -> None:
        self._connection = connection
        self._target = target
        self._frequent: set[int] = set()

    def find(self, marks: Sequence[Fingerprint], *, thorough: bool) -> set[str]:
        """Ids of all articles that one of the fingerprints could belong to.

        thorough: keys are looked up even for an article whose very words are found, since that one may be gone in a moment.
        """
        found = self._by_content(marks)
        ids = {article_id for some in found.values() for article_id in some}
        ids |= self._by_url(marks)
        return ids | self._by_keys([mark for mark in marks if thorough or mark.content.hex() not in found])

    def _by_content(self, marks: Sequence[Fingerprint]) -> dict[str, set[str]]:
        """By digest: the oldest article of these words, and the oldest that a copy of these words was joined to."""
        digests = {mark.content.hex() for mark in marks}
        own: dict[str, _Hit] = {}
        joined: dict[str, _Hit] = {}
        for hit in sorted(self._hits("contents", digests)):
            for place, content in enumerate(hit.values):
                (joined if place else own).setdefault(content, hit)
        return {
            digest: {kind[digest].id for kind in (own, joined) if digest in kind}
            for digest in digests & (own.keys() | joined.keys())
        }

    def _by_url(self, marks: Sequence[Fingerprint]) -> set[str]:
        keys = {mark.url_key for mark in marks if mark.url_key is not None}
        found: dict[int, list[str]] = defaultdict(list)
        for hit in sorted(self._hits("url_key", keys)):
            found[hit.values[0]].append(hit.id)
        return {article_id for some in found.values() for article_id in some[:MAX_CANDIDATES]}

    def _by_keys(self, marks: Sequence[Fingerprint]) -> set[str]:
        wanted = {key for mark in marks for key in mark.keys} - self._frequent
        holders: dict[int, list[_Hit]] = defaultdict(list)
        for hit in self._hits("keys", wanted):
            for key in wanted.intersection(hit.values):
                holders[key].append(hit)
        self._frequent.update(key for key, hits in holders.items() if len(hits) > MAX_ARTICLES_OF_KEY)
        return {article_id for mark in marks for article_id in self._best(mark, holders)}

    def _best(self, mark: Fingerprint, holders: Mapping[int, Sequence[_Hit]]) -> list[str]:
        """Those who share a strong key or any two, most shared keys first, then oldest first."""
        shared: Counter[_Hit] = Counter()
        strong: set[_Hit] = set()
        for key in mark.keys:
            hits = () if key in self._frequent else holders.get(key, ())
            shared.update(hits)
            if key in mark.strong_keys:
                strong.update(hits)
        likely = (hit for hit, count in shared.items() if count > 1 or hit in strong)
        return [hit.id for hit in sorted(likely, key=lambda hit: (-shared[hit], hit))[:MAX_CANDIDATES]]

    def _hits(self, field: str, values: Iterable[Any]) -> set[_Hit]:
        """Articles that have one of these values; of a single value that very many have, some."""
        wanted = sorted(values)
        found: set[_Hit] = set()
        for start in range(0, len(wanted), _MAX_VALUES):
            found.update(self._split_hits(field, wanted[start : start + _MAX_VALUES]))
        return found

    def _split_hits(self, field: str, values: Sequence[Any]) -> Iterator[_Hit]:
        answer = self._connection.request("POST", path_of(self._target, "_search"), body=_request(field, values))
        if answer["hits"]["total"]["value"] > _MAX_HITS and len(values) > 1:
            half = len(values) // 2
            yield from self._split_hits(field, values[:half])
            yield from self._split_hits(field, values[half:])
            return
        for hit in answer["hits"]["hits"]:
            fields, source = hit.get("fields", {}), hit.get("_source", {})
            # An id that is too long to be indexed is no candidate.
            if "id" in fields:
                held = source.get("index", {}).get(field) or fields.get(f"index.{field}", ())
                yield _Hit(fields.get("index.arrived", [0])[0], fields["id"][0], tuple(held))


def _request(field: str, values: Sequence[Any]) -> dict[str, Any]:
    """What is read of a hit comes from columns, but for digests: they have none, and few articles are found by them."""
    name = f"index.{field}"
    with_source = field == "contents"
    columns = ["id", "index.arrived", *([] if with_source else [name])]
    read: dict[str, Any] = {"_source": [name]} if with_source else {"_source": False, "stored_fields": "_none_"}
    return {
        "query": {"bool": {"filter": [{"terms": {name: values}}]}},
        "size": _MAX_HITS,
        "sort": ["_doc"],
        "track_total_hits": True,
        "docvalue_fields": columns,
        **read,
    }
