"""The query tree in the query language of the cluster: what is asked of which field, with which weight, as a filter or not."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from index.analysis import Analyzer
from index.cluster.documents import MAX_KEY_CHARS, cut_key
from index.errors import UnsupportedQuery
from searcher.cluster.compilation import MOST_CLAUSES, Compiler, published
from searcher.fields import MAX_CHARACTERS, MAX_LEAVES
from searcher.parser import parse
from searcher.query import All, And, DateRange, Fuzzy, Not, Or, Phrase, Prefix, Query, Undated, Wildcard, Word


def compiler(surface: float = 0.25) -> Compiler:
    """With numbers that products of show where each went."""
    return Compiler(Analyzer(), surface=surface, factor=8.0, title_factor=4.0, aliases={"ht": "harbor times"})


def compiled(query: Query) -> Any:
    return compiler().compile(query)


def term(field: str, value: str, boost: float | None = None) -> dict[str, Any]:
    return {"term": {field: {"value": value} if boost is None else {"value": value, "boost": boost}}}


def form(field: str, word: str, boost: float | None = None) -> dict[str, Any]:
    match = {"query": word, "analyzer": "searcher_stems"}
    return {"match": {field: match if boost is None else {**match, "boost": boost}}}


def filtered(query: dict[str, Any]) -> dict[str, Any]:
    return {"bool": {"filter": [query]}}


def places(word: str, field: str = "surface") -> dict[str, Any]:
    return {"match_phrase": {field: {"query": word, "analyzer": "searcher_terms"}}}


def test_a_word_asks_for_its_stem_and_scores_its_form_besides() -> None:
    """Any form must be there, the form as written adds its share; both weighted by boost and the factor of the field. What has
    no other stem, such as a number, is an exact term.
    """
    assert compiled(Word("Visits", boost=2)) == {
        "bool": {"must": [form("scored", "visits", 12.0)], "should": [term("scored", "=visits", 4.0)]}
    }
    assert compiled(Word("visits", "title")) == {
        "bool": {"must": [form("title.scored", "visits", 3.0)], "should": [term("title.scored", "=visits")]}
    }
    assert compiled(Not(Word("2024")))["bool"]["filter"][0]["bool"]["must_not"] == [term("scored", "2024")]
    assert compiler(surface=0).compile(Word("visits")) == form("scored", "visits", 8.0)


def test_a_compound_is_its_parts_in_sequence_or_its_joined_form() -> None:
    """`co-operation` finds both spellings, each scored by its own words; one with a digit finds its parts alone."""
    found = compiled(Word("co-operation"))["bool"]

    assert found["minimum_should_match"] == 1
    assert found["should"] == [
        {"bool": {"must": [term("scored", "=co", 8.0), term("scored", "=operation", 8.0)], "filter": [places("co operation")]}},
        {"bool": {"must": [form("scored", "cooperation", 6.0)], "should": [term("scored", "=cooperation", 2.0)]}},
    ]
    assert compiled(Word("covid-19")) == {
        "bool": {"must": [term("scored", "=covid", 8.0), term("scored", "=19", 8.0)], "filter": [places("covid 19")]}
    }


def test_a_phrase_filters_by_its_places_and_scores_by_its_words() -> None:
    """Words of a phrase count as often as they stand in it; near words are an unordered interval with that many gaps."""
    assert compiled(Phrase("to be to", "title", boost=0.5)) == {
        "bool": {
            "must": [term("title.scored", "=to", 4.0), term("title.scored", "=be", 2.0)],
            "filter": [places("to be to", "title")],
        }
    }
    assert compiled(Phrase("Visits")) == term("scored", "=visits", 8.0)
    near = compiled(Phrase("war china", slop=3))["bool"]["filter"]
    match = {"query": "war china", "analyzer": "searcher_terms", "ordered": False, "max_gaps": 3}
    assert near == [{"intervals": {"surface": {"match": match}}}]


def test_expansions_score_their_weight_and_take_every_term() -> None:
    """Prefix, wildcard and fuzzy words score a constant; nothing cuts the words they stand for; signs of patterns are escaped."""
    assert compiled(Prefix("Zür", boost=2.5)) == {
        "constant_score": {"filter": {"prefix": {"surface": {"value": "zur"}}}, "boost": 2.5}
    }
    assert compiled(Wildcard("w***r?", "title"))["constant_score"]["filter"] == {"wildcard": {"title": {"value": "w*r?"}}}
    fuzzy = compiled(Fuzzy("putn", 2))["constant_score"]["filter"]["fuzzy"]["surface"]
    assert fuzzy == {
        "value": "putn",
        "fuzziness": 2,
        "prefix_length": 1,
        "transpositions": True,
        "rewrite": "constant_score",
    }
    assert compiled(Wildcard("a\\*", "source")) == filtered({"wildcard": {"index.source_key": {"value": "a*"}}})
    assert compiled(Wildcard("\\*", "source")) == filtered({"wildcard": {"index.source_key": {"value": "\\\\*"}}})


def test_fields_of_whole_values_are_filters_by_their_keys() -> None:
    """Sources go by their key or that of which they are an alias, tags by key or hashtag, long keys by the cut form."""
    assert compiled(Word("HT", "source")) == filtered(term("index.source_key", "harbor times"))
    assert compiled(Word("EN", "lang", boost=9)) == filtered(term("index.lang_key", "en"))
    assert compiled(Word("World Cup", "tag")) == filtered(
        {
            "bool": {
                "should": [term("index.tag_keys", "world cup"), term("surface", "#worldcup")],
                "minimum_should_match": 1,
            }
        }
    )
    long = "x" * (MAX_KEY_CHARS + 1)
    assert compiled(Word(long, "source")) == filtered(term("index.source_key", cut_key(long)))
    assert compiler().sources(["HT", "Gulf 24/7", "ht"]) == {"terms": {"index.source_key": ["gulf 24 7", "harbor times"]}}


def test_words_of_author_and_address_are_filters() -> None:
    """Author and address hold words in sequence, unstemmed, and add nothing to the score."""
    assert compiled(Word("wei", "author")) == filtered(term("author", "wei"))
    assert compiled(Phrase("news example com", "url")) == filtered(places("news example com", "url"))
    assert compiled(Prefix("exa", "url")) == filtered({"prefix": {"url": {"value": "exa"}}})


def test_dates_are_whole_seconds_and_undated_articles_their_own_case() -> None:
    """Bounds are UTC seconds, closed below and open above, and never beyond what a datetime can be."""
    start = datetime(2025, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    assert compiled(DateRange(start, start + timedelta(seconds=90, microseconds=7))) == filtered(
        {
            "range": {
                "published": {"gte": "2025-01-01T00:00:00Z", "lt": "2025-01-01T00:01:30Z", "format": "strict_date_optional_time"}
            }
        }
    )
    assert published(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9))), None)["range"]["published"]["gte"][:4] == "0001"
    assert compiled(DateRange(None, None)) == filtered({"exists": {"field": "published"}})
    assert compiled(Undated()) == filtered({"bool": {"must_not": [{"exists": {"field": "published"}}]}})


def test_only_what_scores_is_asked_for_scores() -> None:
    """Under Not and with weight 0 a word is its stem alone, in filter context; a filter within Or is worth 0."""
    war = form("scored", "war")
    assert compiled(And((Word("china", boost=0), Not(Word("war"))))) == filtered(
        {"bool": {"filter": [form("scored", "china")], "must_not": [war]}}
    )
    assert compiled(Not(Word("war"))) == filtered({"bool": {"filter": [{"match_all": {}}], "must_not": [war]}})
    either = compiled(Or((Prefix("wa"), Word("en", "lang"))))["bool"]
    assert either["should"][1] == {"constant_score": {"filter": term("index.lang_key", "en"), "boost": 0.0}}
    assert compiler().compile_filter(And((Word("war"), Prefix("ch")))) == filtered(
        {"bool": {"filter": [war, {"prefix": {"surface": {"value": "ch"}}}]}}
    )


def test_what_is_repeated_is_asked_for_once_and_counts_as_often() -> None:
    """Equal brothers become one clause of their summed weight, through all levels."""
    thrice = compiled(Or((Prefix("wa"), Prefix("wa"), Prefix("wa"))))
    assert thrice["constant_score"]["boost"] == 3.0
    nested = compiled(And((Or((Prefix("wa"), Prefix("wa"))), Or((Prefix("wa"), Prefix("wa"))))))
    assert nested["constant_score"]["boost"] == 4.0


@pytest.mark.parametrize("query", [Or(()), Word("…"), Phrase("—"), Or((Word("?"), Or(())))])
def test_what_holds_no_word_matches_nothing(query: Query) -> None:
    """An empty Or and a leaf without letters or digits find nothing."""
    assert "match_none" in str(compiled(query))
    assert "scored" not in str(compiled(query))


@pytest.mark.parametrize("query", [And(()), All(), And((All(),))])
def test_what_asks_for_nothing_matches_everything(query: Query) -> None:
    """An empty And finds every article, with score 0."""
    assert compiled(query) == filtered({"match_all": {}})


@pytest.mark.parametrize("query", [Word("war", boost=-1), Or((Prefix("wa", boost=-0.5), Word("x"))), Word("war", boost=1e39)])
def test_weights_that_lucene_cannot_take_are_refused(query: Query) -> None:
    """Negative weights, and those beyond 32-bit numbers, are UnsupportedQuery; where nothing scores they do not matter."""
    with pytest.raises(UnsupportedQuery, match="opensearch engine cannot answer a word of weight"):
        compiled(query)
    assert "war" in str(compiled(Not(Word("war", boost=-1))))


def test_fuzzy_words_of_three_edits_are_refused() -> None:
    """Lucene knows two edits at most."""
    with pytest.raises(UnsupportedQuery, match="fuzzy word of 3 edits"):
        compiled(Fuzzy("kubernetes", 3))


def test_the_longest_queries_of_the_page_fit() -> None:
    """As many words as a query may hold are half of what a cluster takes; what is beyond is refused here, with the number."""
    words = [f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(MAX_LEAVES)]
    text = " ".join(words)
    assert len(text) <= MAX_CHARACTERS
    query = parse(text).query
    assert isinstance(query, And)
    assert len(query.children) == MAX_LEAVES
    assert str(compiled(query)).count("'term'") == str(compiled(query)).count("'match'") == MAX_LEAVES
    parts = Word("/".join(f"{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}{chr(97 + i // 676)}" for i in range(MOST_CLAUSES)))
    with pytest.raises(UnsupportedQuery, match="query of 1,025 words and parts of words"):
        compiled(parts)
