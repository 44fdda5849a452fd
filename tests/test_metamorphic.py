"""Rules that hold between the answers to related questions, on either engine: no right answer has to be known for them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

import searcher
from index.article import Article
from searcher.config import Config
from searcher.query import And, Not, Or, Phrase, Prefix, Query, Word
from tests import invented
from tests.engines import ENGINES, configured

ARTICLES = 150
ROUNDS = 25


@pytest.fixture(scope="module", params=ENGINES)
def config(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    with configured(request, tmp_path_factory.mktemp("metamorphic")) as config:
        yield config


@pytest.fixture(scope="module")
def archive(config: Config) -> Iterator[searcher.Archive]:
    with searcher.open(config) as archive:
        archive.add(invented.articles(ARTICLES))
        yield archive


def found(archive: searcher.Archive, query: Query | str) -> set[str]:
    result = archive.search(query, limit=1000, snippets=False, facets=False)
    ids = {hit.id for hit in result.hits}
    assert len(ids) == len(result.hits) == result.total
    return ids


def drawn(seed: int) -> Iterator[tuple[Query, Query]]:
    """Pairs of words, phrases and prefixes of the invented vocabulary."""
    rng = random.Random(seed)
    for _ in range(ROUNDS):
        yield _leaf(rng), _leaf(rng)


def _leaf(rng: random.Random) -> Query:
    first, second = rng.choices(invented.WORDS, k=2)
    kinds = (Word(first), Word(first, field="title"), Phrase(f"{first} {second}"), Phrase(f"{first} {second}", slop=4))
    return rng.choice((*kinds, Prefix(first[:3].lower())))


def test_and_is_the_intersection(archive: searcher.Archive) -> None:
    """A AND B finds what both find, so a part of each, in whichever order they stand."""
    for a, b in drawn(1):
        both = found(archive, And((a, b)))
        assert both == found(archive, a) & found(archive, b) == found(archive, And((b, a)))


def test_or_is_the_union(archive: searcher.Archive) -> None:
    """A OR B finds what either finds, so at least as much as each."""
    for a, b in drawn(2):
        either = found(archive, Or((a, b)))
        assert either == found(archive, a) | found(archive, b) == found(archive, Or((b, a)))


def test_not_is_the_complement(archive: searcher.Archive) -> None:
    """NOT A finds the rest of the archive, NOT NOT A what A finds, A AND NOT B the difference."""
    everything = found(archive, "")
    assert len(everything) == ARTICLES
    for a, b in drawn(3):
        assert found(archive, Not(a)) == everything - found(archive, a)
        assert found(archive, Not(Not(a))) == found(archive, a)
        assert found(archive, And((a, Not(b)))) == found(archive, a) - found(archive, b)


def test_a_phrase_is_part_of_its_words(archive: searcher.Archive) -> None:
    """A phrase finds a part of what its words find together; letting more words between them never finds less."""
    rng = random.Random(4)
    met = 0
    for _ in range(ROUNDS):
        first, second = rng.choices([word for word in invented.WORDS if word.isalpha() and word.isascii()], k=2)
        exact = found(archive, f'"{first} {second}"')
        grown = [found(archive, f'"{first} {second}"~{slop}') for slop in (1, 3, 8)]
        words = found(archive, And((Word(first), Word(second))))
        assert exact <= grown[0] <= grown[1] <= grown[2] <= words
        met += len(exact)
    assert met


def test_a_longer_prefix_finds_less(archive: searcher.Archive) -> None:
    """Each letter more finds a part of what was found, and the whole word one of them."""
    for word in ("visited", "strikes", "cooperation", "minister"):
        sets = [found(archive, f"{word[:length]}*") for length in range(1, len(word) + 1)]
        assert all(longer <= shorter for shorter, longer in pairwise(sets))
        assert found(archive, f'"{word}"') <= sets[-1]


def test_filters_partition(archive: searcher.Archive) -> None:
    """Sources divide what is found, and so do months and undated ones; the facets have counted them."""
    for query in ("", "visit OR strike", "-putin"):
        result = archive.search(query, limit=1)
        by_source = [archive.search(query, sources=[one.value], limit=1) for one in result.facets.source if one.value]
        none = sum(one.count for one in result.facets.source if one.value is None)
        assert sum(one.total for one in by_source) + none == result.total
        months = [one.value for one in result.facets.month if one.value]
        dated = [archive.search(query, after=month, before=month, limit=1).total for month in months]
        assert dated == [one.count for one in result.facets.month if one.value]
        undated = found(archive, f"({query or 'date:none'}) date:none")
        assert sum(dated) + len(undated) == result.total


def test_weights_find_the_same(archive: searcher.Archive) -> None:
    """A weight changes scores and never what is found."""
    for word in ("visit", "strike", "putin"):
        assert found(archive, f"{word}^3 OR us") == found(archive, f"{word}^0 OR us") == found(archive, f"{word} OR us")


def test_a_rebuild_changes_nothing(config: Config, archive: searcher.Archive) -> None:
    """The same questions have the same answers after a rebuild: articles, facets, marks, and the order by date."""
    queries = ("visit", '"state visit"', "strike OR port", "-us", "zur*", "source:gulf", "")
    before = [unnumbered(archive.search(query, limit=30, sort="newest")) for query in queries]
    archive.rebuild()
    assert [unnumbered(archive.search(query, limit=30, sort="newest")) for query in queries] == before


def unnumbered(result: searcher.SearchResult) -> dict[str, object]:
    left_out = ("took_ms", "generation")
    mapping = result.to_mapping()
    hits = [{name: value for name, value in hit.items() if name != "score"} for hit in mapping["hits"]]
    return {name: value for name, value in mapping.items() if name not in left_out} | {"hits": hits}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_order_of_ingest_is_irrelevant(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Taken in one by one, turned round and changed on the way, the same articles answer as those taken in at once."""
    articles = invented.articles(60, seed=9)
    shuffled = list(articles)
    random.Random(5).shuffle(shuffled)
    answers = []
    for number, batches in enumerate(([articles], [_outdated(shuffled[:30]), shuffled[20:], shuffled[:20]])):
        with (
            configured(request, tmp_path_factory.mktemp(f"order{number}"), engine=engine) as config,
            searcher.open(config) as archive,
        ):
            for batch in batches:
                archive.add(batch)
            queries = ("visit", "us strike", '"state visit"', "-putin", "")
            answers.append([unnumbered(archive.search(query, limit=100, sort="newest")) for query in queries])
    assert answers[0] == answers[1]


def _outdated(articles: list[Article]) -> list[dict[str, object]]:
    """Former versions of the articles."""
    return [article.to_mapping() | {"body": f"Of old: {article.body}", "title": "Former title"} for article in articles]
