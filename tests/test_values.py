"""The values of a search: nodes of the query tree, requests, hits and results."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.engine import EngineResult, Facets, FacetValue, Hit, SearchRequest, SearchResult, Snippet
from searcher.query import All, And, DateRange, Fuzzy, Not, Note, Or, Phrase, Prefix, Query, Undated, Wildcard, Word

TEXT = st.text(max_size=3)
LEAVES: st.SearchStrategy[Query] = st.one_of(
    *(TEXT.map(kind) for kind in (Word, Phrase, Prefix, Wildcard, Fuzzy)),
    st.builds(Word, TEXT, st.sampled_from([None, "title"]), st.sampled_from([1.0, 2.0])),
    st.sampled_from([Undated(), All(), DateRange(None, None)]),
)
TREES: st.SearchStrategy[Query] = st.recursive(
    LEAVES,
    lambda trees: st.one_of(
        st.builds(And, st.lists(trees, max_size=2).map(tuple), st.booleans()),
        st.builds(Or, st.lists(trees, max_size=2).map(tuple)),
        st.builds(Not, trees),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(TREES, TREES)
def test_trees_are_equal_when_they_read_the_same(one: Query, other: Query) -> None:
    """Equality and hash go by the kinds and fields of all nodes, which is what repr prints."""
    assert (one == other) is (repr(one) == repr(other))
    assert (one != other) is (repr(one) != repr(other))
    assert len({one, other}) == 1 + (one != other)


@pytest.mark.parametrize("kind", [Word, Phrase, Prefix, Wildcard, Fuzzy])
def test_nodes_of_another_kind_are_other_nodes(kind: Any) -> None:
    """The same fields do not make the same question: results of one are never given out for another."""
    others: set[Any] = {Word, Phrase, Prefix, Wildcard, Fuzzy} - {kind}
    for other in others:
        assert kind("ferry") != other("ferry")
        assert SearchRequest(kind("ferry")) != SearchRequest(other("ferry"))
        assert {SearchRequest(kind("ferry")): 1}.get(SearchRequest(other("ferry"))) is None
    assert kind("ferry") != tuple(kind("ferry"))


def test_nodes_are_never_false_and_never_change() -> None:
    """A node without fields is a node like any other (`query or All()`), and no field can be set."""
    assert all((All(), Undated(), Or(()), And(()), Word("")))
    for value in (Word("a"), All(), SearchRequest(All()), Note("a", 0, 1), Snippet("a", (), 0), Facets()):
        with pytest.raises(AttributeError):
            setattr(value, "text", "b")  # noqa: B010 - a checker of types would refuse the plain form


def test_a_result_as_json() -> None:
    """Every field of a result is in its mapping, nested ones as mappings too."""
    snippet = Snippet("The ferry.", ((4, 9),), 7)
    hit = Hit("a1", None, "Ferry", ((0, 5),), "Gazette", "2025-05-27", "day", 1.5, (snippet,))
    facets = Facets((FacetValue("Gazette", 1),), (FacetValue("2025-05", 1), FacetValue(None, 2)))
    result = SearchResult("ferry", "ferry", (Note("odd", 0, 2),), 3, (hit,), facets, 1, 1, 4, 0.5)

    assert result.to_mapping() == {
        "query": "ferry",
        "interpreted": "ferry",
        "notes": [{"text": "odd", "start": 0, "end": 2}],
        "total": 3,
        "hits": [
            {
                "id": "a1",
                "url": None,
                "title": "Ferry",
                "title_marks": ((0, 5),),
                "source": "Gazette",
                "published": "2025-05-27",
                "published_precision": "day",
                "score": 1.5,
                "snippets": [{"text": "The ferry.", "marks": ((4, 9),), "start": 7}],
            }
        ],
        "facets": {
            "source": [{"value": "Gazette", "count": 1}],
            "month": [{"value": "2025-05", "count": 1}, {"value": None, "count": 2}],
        },
        "page": 1,
        "pages": 1,
        "generation": 4,
        "took_ms": 0.5,
    }
    assert list(result.to_mapping()) == list(SearchResult.__dataclass_fields__)
    assert EngineResult(3, (hit,), facets, 4).notes == ()
