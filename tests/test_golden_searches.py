"""Searches as data: tests/golden/searches, run on every engine there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import searcher
from searcher import SearchResult
from tests.engines import ENGINES, configured

SET: dict[str, list[dict[str, Any]]] = yaml.safe_load((Path(__file__).parent / "golden/searches/world.yml").read_text("utf-8"))


@pytest.fixture(scope="module", params=ENGINES)
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[searcher.Archive]:
    with configured(request, tmp_path_factory.mktemp("world")) as config, searcher.open(config) as archive:
        archive.add({**article, "published": _iso(article.get("published"))} for article in SET["articles"])
        yield archive


def _iso(value: Any) -> str | None:
    """YAML reads a date as a date."""
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.mark.parametrize("case", SET["searches"], ids=lambda case: f"{case['comment']}: {case['query']}")
def test_search(archive: searcher.Archive, case: dict[str, Any]) -> None:
    """The search finds its articles, marks its words, and is relaxed only where it says so."""
    result = archive.search(case["query"])
    found = [hit.id for hit in result.hits]

    assert (found if case.get("ordered") else sorted(found)) == (case["finds"] if case.get("ordered") else sorted(case["finds"]))
    assert result.total == len(case["finds"])
    assert any("no article has all" in note.text for note in result.notes) is case.get("relaxed", False)
    if "marks" in case:
        assert marked(result) == case["marks"]
    if "text" in case:
        assert case["text"] in result.hits[0].snippets[0].text


def marked(result: SearchResult) -> list[str]:
    """What is marked in the first hit, title first."""
    hit = result.hits[0]
    in_title = [hit.title[start:end] for start, end in hit.title_marks]
    return in_title + [snippet.text[start:end] for snippet in hit.snippets for start, end in snippet.marks]


@pytest.mark.parametrize("case", SET["searches"], ids=lambda case: f"{case['comment']}: {case['query']}")
def test_interpretation_asks_the_same(archive: searcher.Archive, case: dict[str, Any]) -> None:
    """The query as it says it was read, asked again, finds the same."""
    result = archive.search(case["query"])
    again = archive.search(result.interpreted)

    assert [hit.id for hit in again.hits] == [hit.id for hit in result.hits]
