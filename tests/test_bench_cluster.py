"""The benchmark of the cluster measures what it says, and what docs/scaling.md says is what it computes."""

from __future__ import annotations

import dataclasses
import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.bench.cluster.__main__ import main
from tests.bench.cluster.capacity import Assumed, fit, needs
from tests.bench.cluster.figures import Copies, Figures, Layout, Pair, Rate, Served, Size, load
from tests.bench.cluster.replay import Sent, highlighted
from tests.bench.cluster.report import capacity, markdown
from tests.bench.queries import Query
from tests.cluster.nodes import Cluster

DOCS = Path(__file__).resolve().parent.parent / "docs"
RATE = Rate(1000, 500.0, 0.5, 4.0)
SIZE = Size("news", 1000, 800.0, 2100.0, 2000.0, {"terms": 500.0}, {"surface": 400.0}, Rate(1000, 600.0, 0.5, 2.0))


def laid(articles: int, shards: int, processor_ms: float) -> Layout:
    return Layout(articles, shards, 1, 2000.0, {"and2": Served(3.0, 5.0, processor_ms, articles / 10)})


FIGURES = Figures(
    {"cores": "2"},
    plain={"and2": Pair(5, 4.0, 6.0, 3.5, 5.0, 1.1, 0.2, 0.3, 9.5)},
    ingest={"ours": RATE, "bare": Rate(1000, 550.0, 0.2, 4.0)},
    sizes=(SIZE,),
    growth=(laid(1_000_000, 3, 1.6), laid(2_000_000, 3, 2.1)),
    layouts=(laid(1_000_000, 1, 1.2), laid(1_000_000, 6, 2.2)),
    copies=(Copies(5000, RATE),),
    matching={"one word": 20.0, "four words, any": 50.0},
)


def test_figures_survive_their_file(tmp_path: Path) -> None:
    """What is written as JSON is read back the same."""
    FIGURES.save(tmp_path / "figures.json")

    assert load(tmp_path / "figures.json") == FIGURES


def test_processor_time_is_fitted_to_shards_and_matches() -> None:
    """1 ms and 0.2 ms a shard are found again; 20 ns a match, a tenth matching, is 2 ms a million; none is negative."""
    model = fit(FIGURES)
    odd = fit(dataclasses.replace(FIGURES, layouts=(laid(10, 3, 3.0), laid(10, 1, 0.9))))

    assert (model.base, model.per_shard, model.per_million) == pytest.approx((1.0, 0.2, 2.0))
    assert model.query_ms(10_000_000, 10) == pytest.approx(23.0)
    assert min(odd.base, odd.per_shard, odd.per_million) >= 0


def test_capacity_is_what_the_formulas_say() -> None:
    """A billion articles of 2,000 bytes: 2 TB a copy, 67 shards of 30 GB, disks for two copies twice, time for two copies."""
    (need,) = needs(FIGURES, SIZE, Assumed(), [10**9])

    assert (need.copy_gb, need.shards, need.nodes) == (2000.0, 67, 6)
    assert need.ingest_hours == pytest.approx(1e9 * 4.0 / 3.6e6 / (6 * 8 * 0.5))
    assert need.query_ms == pytest.approx(1.0 + 67 * 0.2 + 2000)
    assert need.queries == pytest.approx(6 * 8 * 0.5 * 1000 / need.query_ms)
    assert need.lone_ms == pytest.approx(need.query_ms / 48)
    assert needs(FIGURES, SIZE, Assumed(), [10])[0].nodes == 3


def test_the_document_says_what_the_figures_say() -> None:
    """docs/scaling.md holds the tables of docs/scaling.json, measured and extrapolated, word for word."""
    text, figures = (DOCS / "scaling.md").read_text(), load(DOCS / "scaling.json")

    for block in (*markdown(figures).split("\n\n"), *capacity(figures, Assumed()).split("\n\n")):
        assert block.strip() in text


def test_the_highlighter_is_asked_for_the_same_page() -> None:
    """The bare client's request with marks differs in the bodies that it leaves out and the passages that it asks for, only."""
    body = {"query": {"match_all": {}}, "size": 10, "_source": ["title", "body"]}
    sent = highlighted(
        Sent("POST", "/news/_search", {"search_type": "dfs_query_then_fetch"}, body), Query(every=("port",)), 3, 300
    )
    asked = sent.body.pop("highlight")

    assert sent.body == body | {"_source": ["title"]}
    assert (sent.index, sent.params) == ("news", {"search_type": "dfs_query_then_fetch"})
    assert asked["highlight_query"] == {"bool": {"should": [{"match": {"surface": "port"}}]}}
    assert body["_source"] == ["title", "body"]


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small file of invented articles, with dates, sources and enough words for queries of every class that is asked."""
    rng = random.Random(3)
    words = ["".join(rng.choices(("ba", "do", "ka", "lu", "mo", "na"), k=rng.randint(2, 5))) for _ in range(300)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    file = tmp_path_factory.mktemp("corpus") / "news.jsonl"
    with file.open("w") as out:
        for number in range(80):
            body = " ".join(" ".join(rng.choices(words, weights, k=9)) + "." for _ in range(5))
            line = {"title": " ".join(rng.choices(words, k=7)), "body": body, "source": f"Paper {number % 4}"}
            out.write(json.dumps({**line, "published": f"2025-{number % 12 + 1:02d}-05T10:00:00Z"}) + "\n")
    return file


def test_a_run_measures_every_part(cluster: Cluster, articles: Path, tmp_path: Path) -> None:
    """On 80 articles each part gives its figures: us and the bare client the same hits, sizes whose parts sum up, rates."""
    file = tmp_path / "figures.json"
    options = ["--queries", "1", "--rounds", "1", "--growth", "40,80", "--hosts", ",".join(cluster.urls), "--figures", str(file)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tests.bench.cluster.serving.AT_LEAST_S", 0.01)
        patched.setattr("tests.bench.cluster.ground.IDLE_S", 0.1)
        patched.setattr("tests.bench.cluster.growth.NAMELESS", 5)
        patched.setattr("tests.bench.cluster.matching.DOCUMENTS", 300)
        patched.setattr("tests.bench.cluster.matching.AT_LEAST_S", 0.01)
        done = CliRunner().invoke(main, ["measure", str(articles), *options], catch_exceptions=False)
    figures = load(file)

    assert done.exit_code == 0
    assert done.stdout == markdown(figures)
    assert figures.plain.keys() == figures.facets.keys() == figures.snippets.keys()
    assert all(pair.ours_p50 > 0 and pair.bare_p50 > 0 for pair in figures.snippets.values())
    assert {way: rate.articles for way, rate in figures.ingest.items()} == dict.fromkeys(("ours", "bare", "made", "copies"), 80)
    assert sum(figures.sizes[0].parts.values()) == pytest.approx(figures.sizes[0].merged, rel=0.05)
    assert [(one.articles, one.shards) for one in figures.growth] == [(40, 3), (80, 3)]
    assert {(one.shards, one.replicas) for one in figures.layouts} >= {(1, 0), (3, 0), (6, 0)}
    assert [one.held for one in figures.copies] == [40, 80]
    assert figures.matching.keys() == {"one word", "four words, any"}
