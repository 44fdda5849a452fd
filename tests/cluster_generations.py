"""What tests of generations on a cluster share: specs, articles with ids, an index filled with them, and what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from index.analysis import Analyzer
from index.article import Article
from index.cluster.bulk import Operation
from index.cluster.connection import Connection
from index.cluster.documents import Facts, document_id, from_document, to_document
from index.cluster.generations import ClusterIndex
from index.cluster.mapping import IndexSpec
from index.cluster.settings import ClusterSettings
from index.schema import ZoneWeights

ANALYZER = Analyzer()
# Whole numbers, lest the cluster analyze each body twice.
SPEC = IndexSpec.of(ANALYZER, ZoneWeights(title=2, lead=2), 1.8, 0.72)
OTHER_SPEC = IndexSpec.of(ANALYZER, ZoneWeights(title=3, lead=2), 1.2, 0.5)
OTHER_LEADS = IndexSpec.of(ANALYZER, ZoneWeights(title=2, lead=2, lead_words=3), 1.8, 0.72)


@contextmanager
def made_index(settings: ClusterSettings) -> Iterator[ClusterIndex]:
    """The first generation, with its copies where there are nodes for them; its connection is closed afterwards."""
    connection = Connection(settings)
    made = ClusterIndex(connection, settings, SPEC)
    made.ensure()
    connection.request("GET", f"/_cluster/health/{made.name}", params={"wait_for_status": "green"})
    yield made
    connection.close()


def article_of(number: int, text: str = "body") -> Article:
    return Article(f"Title {number}", f"{text} of number {number} with some more words", id=f"a{number}", source="Reuters")


def put_of(article: Article, spec: IndexSpec = SPEC) -> Operation:
    return Operation("index", document_id(article.id or ""), to_document(article, spec.weights, Facts()))


def fill(index: ClusterIndex, count: int) -> dict[str, Article]:
    articles = {f"a{i}": article_of(i) for i in range(count)}
    assert {one.outcome for one in index.bulk_writer().write(map(put_of, articles.values()))} == {"created"}
    index.refresh()
    return articles


def held_by(index: ClusterIndex) -> dict[str, Article]:
    index.refresh()
    found = index.connection.request("POST", f"/{index.name}/_search", body={"size": 10_000})
    return {hit["_id"]: from_document(hit["_source"]) for hit in found["hits"]["hits"]}


def with_spec(index: ClusterIndex, spec: IndexSpec) -> ClusterIndex:
    return ClusterIndex(index.connection, index.settings, spec)
