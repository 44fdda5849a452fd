"""Ingest through us beside the official client's bulk helper, in turns: chunks of the same articles into indexes made alike.

    ours        JSON Lines with ids -> `Archive.ingest`: read, checked, made into documents, written, found by searches
    bare        documents finished beforehand -> `helpers.bulk` and a refresh
    made        JSON lines -> documents as we make them -> `helpers.bulk` and a refresh: no store, nothing remembered
    copies      JSON Lines without ids -> `Archive.ingest`, which looks for copies of each

An earlier pass through us, not timed, gives the finished documents and warms the cluster up.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from opensearchpy import helpers

from index.article import Article
from index.cluster.documents import Facts, document_id, to_document
from index.pages.read import read_inputs
from searcher import Archive
from tests.bench.cluster.figures import Rate
from tests.bench.cluster.ground import Ground
from tests.bench.corpus import Document
from tests.bench.measure import processor_seconds

CHUNK = 1000
WAYS = ("ours", "bare", "made", "copies")


@dataclasses.dataclass(slots=True)
class Spent:
    """What one way took so far."""

    articles: int = 0
    seconds: float = 0.0
    client_ms: float = 0.0
    cluster_ms: float = 0.0

    def rate(self) -> Rate:
        """By the article."""
        return Rate(self.articles, self.articles / self.seconds, self.client_ms / self.articles, self.cluster_ms / self.articles)


def measure_ingest(ground: Ground, articles: Sequence[Document], ways: Iterable[str] = WAYS) -> dict[str, Rate]:
    """Each way takes each chunk; who begins changes from chunk to chunk."""
    name = "bench-ingest"
    ground.drop(name)
    chunks = [articles[start : start + CHUNK] for start in range(0, len(articles), CHUNK)]
    with (
        ground.archive(f"{name}-first") as first,
        ground.archive(f"{name}-ours") as ours,
        ground.archive(f"{name}-copies") as copies,
    ):
        files = [_written(ground.folder / f"chunk-{number}.jsonl", chunk) for number, chunk in enumerate(chunks)]
        nameless = [_written(ground.folder / f"nameless-{n}.jsonl", chunk, ids=False) for n, chunk in enumerate(chunks)]
        first.ingest(read_inputs(files))
        ours.ingest(read_inputs([]))
        twins = {way: _twin(ground, ground.index(f"{name}-first"), f"{name}-{way}") for way in ("bare", "made")}
        spent = {way: Spent() for way in ways}
        for number, (file, without) in enumerate(zip(files, nameless, strict=True)):
            finished = _documents(ground, f"{name}-first", chunks[number])
            work: dict[str, Callable[[], Any]] = {
                "ours": partial(_ingest, ours, file),
                "bare": partial(_bulk, ground, twins["bare"], finished),
                "made": partial(_bulk_made, ground, twins["made"], file, first),
                "copies": partial(_ingest, copies, without),
            }
            for way in itertools.islice(itertools.cycle(spent), number % len(spent), number % len(spent) + len(spent)):
                spend(ground, spent[way], len(chunks[number]), work[way])
    ground.drop(name)
    return {way: taken.rate() for way, taken in spent.items()}


def spend(ground: Ground, spent: Spent, articles: int, work: Callable[[], Any]) -> None:
    """Does the work and adds what it took."""
    before, began = processor_seconds(), time.perf_counter()
    with ground.processor() as cluster:
        work()
        spent.seconds += time.perf_counter() - began
        spent.client_ms += (processor_seconds() - before) * 1e3
    spent.cluster_ms += cluster[0]
    spent.articles += articles


def _written(path: Path, articles: Iterable[Document], *, ids: bool = True) -> Path:
    with path.open("w") as out:
        for article in articles:
            out.write(json.dumps(mapping(article, ids=ids)) + "\n")
    return path


def mapping(article: Document, *, ids: bool = True) -> dict[str, Any]:
    """The article as a line of JSON gives it."""
    fields = {"title": article.title, "body": article.body, "source": article.source, "published": article.published}
    return {"id": article.id, **fields} if ids else fields


def _twin(ground: Ground, index: str, name: str) -> str:
    """An empty index made like the other."""
    made = ground.client.indices.get(index=index)[index]
    ground.client.indices.create(index=name, body={"settings": {"index": own_settings(made)}, "mappings": made["mappings"]})
    ground.settle(name)
    return name


def own_settings(made: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an index that another can be made with."""
    given = ("creation_date", "provided_name", "uuid", "version")
    return {key: value for key, value in made["settings"]["index"].items() if key not in given}


def _documents(ground: Ground, name: str, articles: Sequence[Document]) -> list[dict[str, Any]]:
    found = ground.client.mget(index=name, body={"ids": [document_id(article.id) for article in articles]})
    return [{"_id": document["_id"], "_source": document["_source"]} for document in found["docs"]]


def _made(file: Path, archive: Archive) -> Iterator[dict[str, Any]]:
    """Documents made of lines on the way, as `Archive.ingest` makes them."""
    weights = archive.config.ranking.weights
    with file.open() as lines:
        for line in lines:
            article = Article.from_mapping(json.loads(line))
            yield {"_id": document_id(str(article.id)), "_source": to_document(article, weights, Facts())}


def _bulk(ground: Ground, index: str, documents: Iterable[dict[str, Any]]) -> None:
    helpers.bulk(ground.client, ({**document, "_index": index} for document in documents))
    ground.client.indices.refresh(index=index)


def _bulk_made(ground: Ground, index: str, file: Path, archive: Archive) -> None:
    _bulk(ground, index, _made(file, archive))


def _ingest(archive: Archive, file: Path) -> None:
    archive.ingest(read_inputs([file]))
