"""Ranking never gets worse unseen: floors on the sample pages, and on judged collections where they are given."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

import searcher
from index.pages.read import read_inputs
from tests.quality.ranking import average_precision, measure, ndcg, search

SAMPLES = Path(__file__).resolve().parents[2] / "index/samples/pages"
CAPTURED = datetime(2025, 11, 20, 12, tzinfo=timezone.utc)
# What is reached, rounded down in the third place; folder name of a collection -> nDCG@10, MAP.
FLOORS = {
    "time": (0.669, 0.602),
    "cranfield": (0.374, 0.315),
    "cisi": (0.383, 0.222),
    "medline": (0.707, 0.541),
    "adi": (0.495, 0.418),
    "npl_vaswani": (0.431, 0.279),
}


def test_the_opening_of_an_article_finds_it(tmp_path: Path) -> None:
    """The first 12 words of each sample article's body, in any order, rank it first nearly always (MRR at least 0.97)."""
    with searcher.open(tmp_path) as archive:
        archive.ingest(read_inputs([SAMPLES], captured=CAPTURED))
        articles = list(archive.export())
        ranks = [search(archive, " ".join(article.body.split()[:12])).index(str(article.id)) + 1 for article in articles[:60]]

    assert sum(1 / rank for rank in ranks) / len(ranks) >= 0.97


def test_measures_are_right() -> None:
    """Both measures give what was worked out by hand."""
    judged = {"a": 1, "b": 1, "c": 0}

    assert ndcg(["a", "b"], judged) == average_precision(["a", "b"], judged) == 1.0
    assert ndcg(["c"], judged) == average_precision([], judged) == 0.0
    assert average_precision(["c", "a", "c", "b"], judged) == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert ndcg(["c", "a"], judged) == pytest.approx(0.6309297536 / 1.6309297536)


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_judged_collections(name: str) -> None:
    """On the collections under SEARCHER_QRELS (a folder with one folder each) the figures of README are kept."""
    folder = Path(os.environ.get("SEARCHER_QRELS", "")) / name
    if "SEARCHER_QRELS" not in os.environ or not folder.is_dir():
        pytest.skip("SEARCHER_QRELS names no folder that holds this collection")
    gain, precision = measure(folder)

    assert gain >= FLOORS[name][0]
    assert precision >= FLOORS[name][1]
