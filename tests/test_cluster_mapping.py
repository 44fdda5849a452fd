"""The index on a cluster: what it is created with, articles as documents and back, and scores that are ours."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import Analyzer
from index.article import Article
from index.cluster.bulk import BulkWriter, Operation
from index.cluster.connection import Connection
from index.cluster.documents import (
    MAX_ID_BYTES,
    MAX_KEY_CHARS,
    Facts,
    checksum_of,
    cut_key,
    document_id,
    facts_of,
    from_document,
    lead,
    to_document,
)
from index.cluster.mapping import Copies, IndexSpec, index_body, mappings
from index.cluster.settings import ClusterSettings
from index.document import keyword
from index.errors import ArticleError, ConfigError, IndexDamaged, IndexOutdated
from index.schema import FIELDS, ZoneWeights
from index.store import seal
from searcher.query import Word
from tests.oracle import Oracle

ANALYZER = Analyzer()
WEIGHTS = ZoneWeights()
K1, B, SURFACE = 1.8, 0.72, 0.2
SPEC = IndexSpec.of(ANALYZER, WEIGHTS, K1, B)

# What seal() lets pass: anything but NUL and half surrogate pairs.
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60)
some = texts.filter(bool)
absent_or = st.one_of(st.none(), some)
dates = st.dates().map(str)
articles = st.builds(
    Article,
    title=some,
    body=some,
    id=some,
    url=absent_or,
    source=absent_or,
    author=absent_or,
    published=st.one_of(st.none(), dates),
    published_precision=st.sampled_from(["day", "month", "unknown"]),
    published_origin=st.sampled_from(["absolute", "relative", "unknown"]),
    tags=st.lists(some, max_size=3).map(tuple),
    lang=absent_or,
    role=st.sampled_from(["main", "related"]),
    seen_on=st.lists(some, max_size=3).map(tuple),
)
words = st.sampled_from(
    "rain COVID-19 don't e-mail x-ray-machine U.S. US 中国人民 covid1中国 AT&T C++ #Tag #covid19 9/11 50,000 3D-printed Xi's "
    "co-operation naïve 2.7.4 a.b.c.d 日本 ... — '".split()
)


@pytest.fixture
def connection(cluster_settings: ClusterSettings) -> Iterator[Connection]:
    made = Connection(cluster_settings)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("weights", "copies"),
    [
        (ZoneWeights(), Copies(2, 8, 1, 2)),
        (ZoneWeights(1, 1, 1), Copies(1, 1, 0, 1)),
        (ZoneWeights(2.25, 1.5, 1.25), Copies(4, 9, 1, 5)),
        (ZoneWeights(0.0625, 0.0625, 0.0625), Copies(16, 1, 0, 1)),
        (ZoneWeights(4, 1.1, 1), Copies(16, 64, 2, 16)),
    ],
)
def test_weights_are_copies(weights: ZoneWeights, copies: Copies) -> None:
    """A zone's weight is how often its text is copied, by the smallest scale that makes whole numbers of all."""
    assert IndexSpec.of(ANALYZER, weights, K1, B).copies == copies


def test_weights_that_are_no_whole_copies_are_said_to_be_rounded() -> None:
    """Weights finer than a sixteenth are rounded, and the spec says so; others are not."""
    assert IndexSpec.of(ANALYZER, ZoneWeights(4, 1.1, 1), K1, B).rounded
    assert not SPEC.rounded
    assert not IndexSpec.of(ANALYZER, ZoneWeights(0.0625, 0.0625, 0.0625), K1, B).rounded


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (ZoneWeights(4, 0.5, 1), r"ranking\.lead is 0\.5 and ranking\.body 1.*set ranking\.lead to ranking\.body or more"),
        (ZoneWeights(0, 1, 1), r"ranking\.title is 0 .*could not be found"),
        (ZoneWeights(4, 1, 0), r"ranking\.body 0.*could not be found"),
        (ZoneWeights(0.01, 1, 1), "come to 0 copies of the title"),
        (ZoneWeights(100, 1.0625, 1), "come to 1600 copies of the title.*256 in all"),
    ],
)
def test_weights_that_a_cluster_cannot_have_are_refused(weights: ZoneWeights, message: str) -> None:
    """Weights that copying cannot express are an error of the configuration, with the numbers."""
    with pytest.raises(ConfigError, match=message):
        IndexSpec.of(ANALYZER, weights, K1, B)


def test_the_index_says_what_it_was_made_with() -> None:
    """`_meta`, as JSON, gives the spec again; one of another format or without its values asks for what helps."""
    meta = json.loads(json.dumps(mappings(SPEC)["_meta"]))

    assert IndexSpec.from_meta(meta, "x") == SPEC
    with pytest.raises(IndexOutdated, match="has the format 99, this version of searcher reads 1"):
        IndexSpec.from_meta({**meta, "format": 99}, "x")
    with pytest.raises(IndexOutdated, match="does not say how it was made.*searcher rebuild"):
        IndexSpec.from_meta({**meta, "weights": {"title": 4}}, "x")


def test_every_field_of_the_table_is_mapped() -> None:
    """All that the embedded engine indexes has its place in the mapping, and nothing is mapped by chance."""
    tree = mappings(SPEC)
    places = {field.cluster for field in FIELDS if field.cluster}

    assert places <= set(_names(tree))
    assert {field.name for field in FIELDS if field.cluster is None} == {"length", "article"}
    assert tree["dynamic"] is False
    assert tree["properties"]["index"]["dynamic"] is False


@given(articles)
@settings(max_examples=300, deadline=None)
def test_an_article_comes_back_from_its_document(article: Article) -> None:
    """Whatever its texts hold, an article is the same after JSON, and so are the facts beside it."""
    facts = Facts("ab" * 16, "2025-05-27T08:30:00Z", ("c" * 32,), 2**46, (1, 2**46), 7, ("page\n1",))
    source = json.loads(json.dumps(to_document(article, WEIGHTS, facts)))

    assert from_document(source) == article
    assert facts_of(source) == facts
    assert checksum_of(source) == seal(article).checksum.hex()


def test_absent_facts_are_absent() -> None:
    """What is not known is left out of a document, and read as not known."""
    source = to_document(Article("T", "...", id="1"), WEIGHTS, Facts())

    assert set(source["index"]) == {"checksum", "digest"}
    assert facts_of(source) == Facts()


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
def test_what_cannot_be_stored_is_refused_before_it_is_sent(text: str) -> None:
    """NUL and half surrogate pairs are an ArticleError here as in the store on this machine; so is a missing id."""
    with pytest.raises(ArticleError):
        to_document(Article("T", text, id="1"), WEIGHTS, Facts())
    with pytest.raises(ArticleError, match="needs an id"):
        to_document(Article("T", "B"), WEIGHTS, Facts())


@pytest.mark.parametrize("change", [{"title": None}, {"tags": [1]}, {"body": 3}, {"source": []}])
def test_a_document_of_others_is_damage(change: Mapping[str, Any]) -> None:
    """A document that searcher did not write so is IndexDamaged, not an article with holes."""
    source = {**to_document(Article("T", "B", id="1"), WEIGHTS, Facts()), **change}

    with pytest.raises(IndexDamaged, match="'1' is not as searcher wrote it"):
        from_document(source)
    with pytest.raises(IndexDamaged, match="is not as searcher wrote it"):
        from_document({"id": "1"})


@given(st.lists(st.one_of(texts, st.just("é" * 300), st.just("sha256:" + "0" * 64)), unique=True))
def test_document_ids(ids: Sequence[str]) -> None:
    """Different ids never share a document, and each is one that a cluster takes."""
    made = [document_id(one) for one in ids]

    assert len(set(made)) == len(ids)
    assert all(0 < len(one.encode()) <= MAX_ID_BYTES for one in made)


@given(st.lists(st.one_of(texts, st.text("ab", min_size=500, max_size=530)), unique=True))
def test_cut_keys(keys: Sequence[str]) -> None:
    """Different keys stay different when cut, short ones stay as they are, and no key is more than Lucene takes."""
    made = [cut_key(one) for one in keys]

    assert len(set(made)) == len(keys)
    assert all(cut == key for cut, key in zip(made, keys, strict=True) if len(key) <= MAX_KEY_CHARS)
    assert all(len(cut.encode()) < 32_766 for cut in made)


@given(st.lists(words, max_size=12), st.sampled_from([" ", ", ", "\n\n"]), st.integers(0, 15))
@settings(max_examples=500, deadline=None)
def test_the_lead_holds_the_terms_of_the_first_positions(chosen: Sequence[str], between: str, count: int) -> None:
    """A lead has the terms that stand at the first positions of the body, and no other; joined forms over the cut are missing."""
    body = between.join(chosen)
    kept = [token for token in ANALYZER.analyze(body) if token.position < count]
    cut = ANALYZER.analyze(lead(body, count))
    end = max((token.end for token in cut), default=0)

    assert {token.position for token in cut} == {token.position for token in kept}
    assert {(t.term, t.position) for t in cut} <= {(t.term, t.position) for t in kept}
    whole = {(t.term, t.position) for t in kept if not _reaches_over(t, kept, body, count)}
    assert whole <= {(t.term, t.position) for t in cut}, end


def _reaches_over(token: Any, kept: Sequence[Any], body: str, count: int) -> bool:
    """Whether a term covers text of a position that is no part of the lead."""
    outside = [t.start for t in ANALYZER.analyze(body) if t.position >= count]
    return any(token.start <= start < token.end for start in outside)


ODD = (
    Article(
        "Plain title", "Plain body.", id="plain", source="Reuters", tags=("World News", "élan"), lang="en", published="2025-05-27"
    ),
    Article("T" * 40_000, "b" * 40_000, id="i" * 40_000, source="s" * 40_000, author="a" * 40_000, tags=("t" * 40_000,)),
    Article("\U0001f600", "...", id="\x01/ ?#é", url="http://x/?q=\U0001f600", published="0001-01-01"),
    Article("X", "word " * 50_000, id="sha256:1", published="9999-12-31T23:59:59Z", published_precision="minute"),
    Article("line\nend", "tab\there \u2028 \x7f", id="control", lang="zh-Hant", seen_on=tuple(f"p{i}" for i in range(2000))),
)


def test_the_cluster_takes_every_article(connection: Connection, cluster_name: str) -> None:
    """Endless words, ids, sources and tags, dates at the ends of time: all are taken, come back as they were, and are found by
    their keys, cut alike on both sides.
    """
    _fill(connection, cluster_name, ODD)

    for article in ODD:
        path = {"docs": [{"_id": document_id(article.id or "")}]}
        (found,) = connection.request("POST", f"/{cluster_name}/_mget", body=path)["docs"]
        assert from_document(found["_source"]) == article
        filters = {"index.tag_keys": article.tags, "index.source_key": filter(None, [article.source])}
        for field, values in filters.items():
            for value in values:
                hits = _search(connection, cluster_name, {"term": {field: cut_key(keyword(value))}})
                assert [hit["_id"] for hit in hits] == [found["_id"]]
    dated = _search(connection, cluster_name, {"range": {"published": {"lt": "2000-01-01"}}})
    assert [hit["_source"]["published"] for hit in dated] == ["0001-01-01"]


def _simple_articles(seed: int, count: int, body: int) -> list[Article]:
    """Articles of plain words: no compounds, so no term is laid over another."""
    rng = random.Random(seed)
    vocabulary = "rain sun winds cloudy storms flooding rivers talks meeting elections voting ministers markets".split()
    return [
        Article(rng.choice(vocabulary), " ".join(rng.choices(vocabulary, k=rng.randint(1, body))), id=f"a{i}")
        for i in range(count)
    ]


@pytest.mark.parametrize("weights", [ZoneWeights(lead_words=4), ZoneWeights(1, 1, 1), ZoneWeights(2, 1.75, 1.25, 3)])
def test_frequencies_and_lengths_are_ours(connection: Connection, cluster_name: str, weights: ZoneWeights) -> None:
    """What Lucene counts of an article is u times what the embedded engine counts, lead and all; its average twice that."""
    kept = _simple_articles(1, 30, 4)
    spec = IndexSpec.of(ANALYZER, weights, K1, B)
    _fill(connection, cluster_name, kept, spec)
    oracle = Oracle(kept, weights, K1, B, SURFACE)
    scale = spec.copies.scale
    checked = 0
    for form, term, prefix in [("stem", "flood", ""), ("term", "flooding", "="), ("stem", "minist", ""), ("term", "sun", "=")]:
        for hit in _search(connection, cluster_name, {"term": {"scored": prefix + term}}, explain=True):
            i = next(i for i, one in enumerate(kept) if one.id == hit["_id"])
            told = dict(_values(hit["_explanation"]))
            assert told["freq"] == scale * oracle._frequency(form, term, None, i)
            if scale * oracle.lengths[i] < 40:
                assert told["dl"] == scale * oracle.lengths[i]
            assert told["avgdl"] == pytest.approx(2 * scale * oracle.average, rel=1e-6)
            checked += 1
    assert checked > 20


@pytest.mark.parametrize("weights", [ZoneWeights(lead_words=4), ZoneWeights(1, 1, 1, 3), ZoneWeights(3, 1.5, 1, 2)])
@pytest.mark.parametrize("field", [None, "title"])
def test_scores_are_ours(connection: Connection, cluster_name: str, weights: ZoneWeights, field: str | None) -> None:
    """Of articles whose lengths Lucene keeps exactly, each score is that of the brute-force oracle, by any weights."""
    kept = _simple_articles(2, 40, 4)
    spec = IndexSpec.of(ANALYZER, weights, K1, B)
    _fill(connection, cluster_name, kept, spec)
    oracle = Oracle(kept, weights, K1, B, SURFACE)
    assert max(oracle.lengths) * spec.copies.scale < 40

    for word in ("flooding", "rain", "ministers", "voting", "storm", "Meetings"):
        expected = {found.article.id: found.score for found in oracle.search(Word(word, field=field))}
        got = _scores(connection, cluster_name, spec, word, field)
        assert got == pytest.approx(expected, rel=1e-4)


def test_long_articles_score_nearly_alike(connection: Connection, cluster_name: str) -> None:
    """Lucene rounds a length to a byte, by at most an eighth; what is left of that in a score is under 5 per cent."""
    kept = _simple_articles(3, 60, 400)
    _fill(connection, cluster_name, kept)
    oracle = Oracle(kept, WEIGHTS, K1, B, SURFACE)

    for word in ("flooding", "rain", "ministers"):
        expected = {found.article.id: found.score for found in oracle.search(Word(word))}
        assert _scores(connection, cluster_name, SPEC, word, None) == pytest.approx(expected, rel=0.05)


def _scores(connection: Connection, name: str, spec: IndexSpec, word: str, field: str | None) -> dict[str, float]:
    """Scores of a word as its parts are documented in `searcher.ranking`."""
    scored = "title.scored" if field == "title" else "scored"
    boost = spec.boost(connection.version(), title=field == "title")
    (term,) = ANALYZER.phrase(word)
    stem = {"term": {scored: {"value": ANALYZER.stem(term), "boost": (1 - SURFACE) * boost}}}
    written = {"term": {scored: {"value": "=" + term, "boost": SURFACE * boost}}}
    hits = _search(connection, name, {"bool": {"must": [stem], "should": [written]}})
    return {hit["_id"]: hit["_score"] for hit in hits}


def _fill(connection: Connection, name: str, kept: Sequence[Article], spec: IndexSpec = SPEC) -> None:
    connection.request("PUT", f"/{name}", body=index_body(spec, shards=1, replicas=0))
    operations = (Operation("index", document_id(a.id or ""), to_document(a, spec.weights, Facts())) for a in kept)
    written = list(BulkWriter(connection, name, alias=False).write(operations))
    assert {one.outcome for one in written} == {"created"}, written
    connection.request("POST", f"/{name}/_refresh")


def _search(connection: Connection, name: str, query: Mapping[str, Any], *, explain: bool = False) -> list[dict[str, Any]]:
    body = {"query": query, "size": 1000, "explain": explain}
    found = connection.request("POST", f"/{name}/_search", body=body, params={"search_type": "dfs_query_then_fetch"})
    hits: list[dict[str, Any]] = found["hits"]["hits"]
    return hits


def _values(explanation: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Names and values of the leaves of an explanation: freq, dl, avgdl and the like."""
    for one in explanation["details"]:
        if one["details"]:
            yield from _values(one)
        else:
            yield one["description"].split(",")[0], one["value"]


def _names(tree: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for part in ("properties", "fields"):
        for name, one in tree.get(part, {}).items():
            yield prefix + name
            yield from _names(one, f"{prefix}{name}.")
