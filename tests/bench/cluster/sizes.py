"""What an article weighs on the cluster: by what the files of the index hold, and by field.

By files: the cluster says how many bytes there are of each kind of file. By field: the index is copied by the cluster itself
into one whose mapping lacks the field, and the difference is the field's. Both after merging into one segment a shard.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import partial
from typing import Any

from tests.bench.cluster.figures import Size
from tests.bench.cluster.ground import Ground
from tests.bench.cluster.ingest import CHUNK, Spent, mapping, own_settings, spend
from tests.bench.corpus import Document

# What Lucene keeps in files of these kinds.
PARTS = {
    "articles (_source)": ("fdt", "fdx", "fdm"),
    "terms": ("tim", "tip", "tmd", "fst"),
    "documents and counts of terms": ("doc", "psm"),
    "positions": ("pos", "pay"),
    "lengths": ("nvd", "nvm"),
    "columns (sorting, facets)": ("dvd", "dvm", "dvs"),
    "numbers and dates": ("kdd", "kdi", "kdm"),
}
FIELDS = ("surface", "scored", "title", "index.keys", "index.contents", "index.lead")


def weigh(ground: Ground, corpus: str, articles: Sequence[Document], *, fields: bool, ids: bool = True) -> Size:
    """Ingests the articles into one shard and weighs it."""
    name = "bench-size"
    ground.drop(name)
    with ground.archive(name, shards=1, replicas=0) as archive:
        spent = Spent()
        for start in range(0, len(articles), CHUNK):
            chunk = [mapping(article, ids=ids) for article in articles[start : start + CHUNK]]
            spend(ground, spent, len(chunk), partial(archive.add, chunk))
    index = ground.index(name)
    ground.settle(index)
    held = ground.client.count(index=index)["count"]
    fresh = ground.bytes(index)
    merged = _merged(ground, index)
    without = {field: (merged - _bytes_without(ground, index, field)) / held for field in FIELDS} if fields else {}
    size = Size(
        corpus=corpus,
        articles=held,
        text=sum(len((article.title + article.body).encode()) for article in articles) / len(articles),
        fresh=fresh / held,
        merged=merged / held,
        parts={part: size / held for part, size in _parts(ground, index).items()},
        fields=without,
        rate=spent.rate(),
    )
    ground.drop(name)
    return size


def _merged(ground: Ground, index: str) -> int:
    ground.client.indices.forcemerge(index=index, params={"max_num_segments": 1})
    # The merged segments go when the copy of the shard is next committed and looked at anew.
    ground.client.indices.flush(index=index, params={"force": "true", "wait_if_ongoing": "true"})
    ground.settle(index)
    return ground.bytes(index)


def _parts(ground: Ground, index: str) -> dict[str, int]:
    files = ground.files(index)
    parts = {part: sum(files.pop(kind, 0) for kind in kinds) for part, kinds in PARTS.items()}
    return {**parts, "rest": sum(files.values())}


def _bytes_without(ground: Ground, index: str, field: str) -> int:
    """The bytes of a copy of the index that does not index the field."""
    made = ground.client.indices.get(index=index)[index]
    properties = copy.deepcopy(made["mappings"]["properties"])
    _take_out(properties, field)
    body = {"settings": {"index": own_settings(made)}, "mappings": {**made["mappings"], "properties": properties}}
    name = f"{index}-without"
    ground.client.indices.create(index=name, body=body)
    ground.client.reindex(body={"source": {"index": index}, "dest": {"index": name}}, params={"refresh": "true"})
    weight = _merged(ground, name)
    ground.client.indices.delete(index=name)
    return weight


def _take_out(properties: dict[str, Any], dotted: str) -> None:
    """Takes a field out, and its name out of what others are copied into."""
    *parents, name = dotted.split(".")
    within = properties
    for parent in parents:
        within = within[parent]["properties"]
    taken = within.pop(name)
    for field in _all_fields(properties):
        if "copy_to" in field:
            field["copy_to"] = [target for target in field["copy_to"] if target != dotted]
    if "copy_to" in taken and dotted != "index.lead":
        # Its words are still those of the fields they were copied into: what is left is text that is copied only.
        within[name] = {"type": "text", "index": False, "norms": False, "copy_to": taken["copy_to"]}


def _all_fields(properties: dict[str, Any]) -> list[dict[str, Any]]:
    found = list(properties.values())
    return found + [inner for field in found for inner in _all_fields(field.get("properties", {}))]
