"""The analysis on the cluster: the tokens of `Analyzer`, whatever the text; no text is refused."""

from __future__ import annotations

import json
import re
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.analysis import Analyzer, fold
from index.analysis.analyzer import is_stemmed
from index.analysis.words import find_words
from index.cluster.analysis import MAX_TERM_CHARS, SCORED, STEMS, SURFACE, TERMS, WRITTEN_PREFIX, analysis_settings, supports
from index.cluster.stemming import overrides
from index.errors import ConfigError
from searcher.config import languages

if TYPE_CHECKING:
    from tests.cluster.nodes import Cluster

TABLE: dict[str, list[dict[str, Any]]] = yaml.safe_load((Path(__file__).parent / "golden/analysis.yml").read_text("utf-8"))
PAGES = sorted((Path(__file__).parent.parent / "index/samples/pages").iterdir())
ANALYZER = Analyzer()


def _is_old(char: str) -> bool:
    """Whether it was a character in the year 2002: no release of Python or Java is older."""
    return unicodedata.ucd_3_2_0.category(char) not in ("Cn", "Cs")


# What `index.cluster.folds` says it does not fold: several words or characters in one, numbers of CJK that count as letters,
# Arabic marks with a space, a mark that folds to a letter, half-width Hangul, Cherokee. And letters that begin with a mark when
# they are folded (Thai and Lao `am`), where a word begins with them.
UNFOLDED = re.compile(
    "[\u037a\u0345\u0e33\u0eb3\u13a0-\u13fd\u3038-\u303a\u309f\u30ff\u3192-\u3195\u3220-\u3229\u3280-\u3289\uab70-\uabbf"
    "\ufc5e-\ufc63\ufdfa\ufdfb\ufe70-\ufe7e\uff65-\uffdc]"
)
# Signs of `&` with letters of CJK in them, or with a mark behind that makes a word of its own, or one behind the other.
UNSIGNED = re.compile(
    "[^\\W\\d_]*[中国カ\U00020000][^\\W\\d_]*&|&[^\\W\\d_]*[中国カ\U00020000]|&[^\\W\\d_]+&"
    "|&[^\\W\\d_]{1,3}[\u00ad\u200d\u2060]*[\u0300-\u036f\ufe0f]"
)
# Characters that meet in words, and pieces of words; as in the tests of bulk analysis.
TROUBLE = "aZsS09٣²'’ʼ＇-‐‑./&,_#+| \n\u00ad\u0301\u200d\ufe0f中国カéи\U0001f600\U00020000\ue000\ufdd0（"
FRAGMENTS = (
    "US",
    "U.S.",
    "usa",
    "u.s.a",
    "C++",
    "a#",
    "#t",
    "'s",
    "’ve",
    "n't",
    "1,000",
    "2.7",
    "x-r",
    "A&B",
    "AT&T",
    "1️⃣",
    "Straße",
    "2½ ",
    "й",
    ", ",
)
PIECES = ("a", "ab", "State", "US", "usa", "no", "N", "t", "s", "re", "7", "19", "1000", "ét", "x" * 21, "中", "हिन्दी")
GLUES = ("", "-", "-", "'", "’", ".", "/", "_", ",", "&", "‑", "\u2060", " ", "#")
# Not what folds to ASCII, and so may make an ending or `us`, nor what folds to several characters.
OTHERS = st.characters(max_codepoint=0x2FFF).filter(
    lambda c: c.isascii() or (_is_old(c) and len(fold(c)) == 1 and not fold(c).isascii() and not UNFOLDED.match(c))
)
NASTY = st.lists(st.one_of(st.sampled_from(TROUBLE), st.sampled_from(FRAGMENTS), OTHERS), max_size=25).map("".join)
COMPOUNDS = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(GLUES)), min_size=1, max_size=9).map(
    lambda parts: "".join(piece + glue for piece, glue in parts)
)
TEXTS = st.lists(st.one_of(NASTY, COMPOUNDS).filter(lambda text: not UNSIGNED.search(text)), min_size=10, max_size=60)

# Ends every text sent, so that none is without a token; positions jump between texts.
LAST = "\nlast"
GAP = 50

Tokens = list[tuple[int, str]]
Analyze = Callable[[str, Sequence[str]], list[Tokens]]


@pytest.fixture(scope="module")
def index(cluster: Cluster) -> Iterator[str]:
    """The address of an index with the analyzers for English, and a field for each."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    fields = {
        "text": {"type": "text", "analyzer": SURFACE, "copy_to": ["scored"], "term_vector": "with_positions_offsets"},
        "scored": {"type": "text", "analyzer": SCORED, "index_options": "freqs", "similarity": "boolean"},
    }
    _request(f"{cluster.urls[0]}/{name}", _index_body("english", fields), "PUT")
    yield f"{cluster.urls[0]}/{name}"
    cluster.delete_indices(name)


@pytest.fixture(scope="module")
def analyze(index: str) -> Analyze:
    """The tokens that an analyzer of the cluster makes of each text, as (position, term), sorted."""
    return lambda analyzer, texts: _analyze(index, analyzer, texts)


def _index_body(language: str, fields: dict[str, Any]) -> dict[str, Any]:
    index = {"number_of_shards": 1, "number_of_replicas": 0, "analyze.max_token_count": 1_000_000}
    return {
        "settings": {"index": index, "analysis": analysis_settings(language)},
        "mappings": {"dynamic": False, "properties": fields},
    }


def _request(url: str, body: Any, method: str = "POST") -> Any:
    from tests.cluster.nodes import ask  # noqa: PLC0415 - as in conftest

    host, _, path = url.removeprefix("http://").partition("/")
    return ask(f"http://{host}", f"/{path}", body, method=method, timeout_s=120)


def _analyze(index: str, analyzer: str, texts: Sequence[str]) -> list[Tokens]:
    found = _request(f"{index}/_analyze", {"analyzer": analyzer, "text": [text + LAST for text in texts]})["tokens"]
    rows: list[Tokens] = []
    first, before = 0, -2 * GAP
    for token in found:
        if token["position"] > before + GAP:
            rows.append([])
            first = token["position"]
        before = token["position"]
        rows[-1].append((before - first, token["token"]))
    assert len(rows) == len(texts)
    return [sorted(row) for row in rows]


def expected(text: str) -> Tokens:
    return sorted((token.position, token.term) for token in ANALYZER.analyze(text + LAST))


def at_positions(tokens: Tokens) -> list[set[str]]:
    return [{term for position, term in tokens if position == place} for place in range(tokens[-1][0])]


def test_terms_of_the_table(analyze: Analyze) -> None:
    """Each text of the table gives its terms on the cluster, position by position."""
    cases = TABLE["terms"]
    rows = analyze(SURFACE, [case["text"] for case in cases])

    assert [at_positions(row) for row in rows] == [[set(terms.split("|")) for terms in case["terms"]] for case in cases]


def test_stems_of_the_table(analyze: Analyze) -> None:
    """Each text of the table gives its stems, and beside each the surface form it is the stem of."""
    cases = TABLE["stems"]
    rows = [at_positions(row) for row in analyze(SCORED, [case["text"] for case in cases])]
    stems = [[{term for term in terms if not term.startswith(WRITTEN_PREFIX)} for terms in row] for row in rows]
    written = [[{term[1:] for term in terms if term.startswith(WRITTEN_PREFIX)} for terms in row] for row in rows]

    assert stems == [[set(terms.split("|")) for terms in case["stems"]] for case in cases]
    assert written == [at_positions(expected(case["text"])) for case in cases]


@given(texts=TEXTS)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_tokens_are_those_of_the_analyzer(analyze: Analyze, texts: list[str]) -> None:
    """Whatever is written, the cluster finds the terms of `Analyzer` at its positions."""
    assert analyze(SURFACE, texts) == [expected(text) for text in texts]


def test_every_character_is_of_the_same_class(analyze: Analyze) -> None:
    """Alone, between letters and between digits, a character is to the cluster what it is to `Analyzer`."""
    codes = [*range(0x21, 0x3400), *range(0x3400, 0xD800, 97), *range(0xF900, 0x10000), *range(0x10000, 0x20000, 7)]
    characters = [c for c in map(chr, codes) if _is_old(c) and not UNFOLDED.match(c)]
    texts = [f"{c} a{c}b 1{c}2" for c in characters]
    differ = []
    for first in range(0, len(texts), 1000):
        batch = texts[first : first + 1000]
        differ += [(text, row) for text, row in zip(batch, analyze(SURFACE, batch), strict=True) if row != expected(text)]

    assert not differ


def test_words_of_the_sample_pages(index: str, analyze: Analyze) -> None:
    """Every written word of the sample pages gives the terms of `Analyzer`, and its stem."""
    words = sorted({match[0] for page in PAGES for match in find_words(page.read_text("utf-8", errors="replace"))})
    assert len(words) > 500
    assert analyze(SURFACE, words) == [expected(word) for word in words]

    terms = sorted({token.term for word in words for token in ANALYZER.analyze(word)})
    assert stems(index, terms) == [ANALYZER.stem(term) for term in terms]


def test_overridden_stems_are_ours(index: str) -> None:
    """English words to which Lucene gives other stems have ours on the cluster; a term of other than letters is its own."""
    words = [rule.split(" => ")[0] for rule in overrides("english")]
    others = ["1990s", "at&t", "c++", "#runs", "covid19", "as", "हिन्दी", "中国"]

    assert len(words) > 500
    assert not [word for word in others if is_stemmed(word)]
    assert stems(index, [*words, *others]) == [ANALYZER.stem(term) for term in [*words, *others]]


def stems(index: str, terms: Sequence[str]) -> list[str]:
    return [token["token"] for token in _request(f"{index}/_analyze", {"analyzer": STEMS, "text": list(terms)})["tokens"]]


def test_terms_are_split_at_white_space_alone(index: str) -> None:
    """TERMS leaves terms that are analyzed already as they are, however long."""
    terms = ["at&t", "c++", "1000.50", "#no", "=us", "中国", "x" * 5000]
    found = _request(f"{index}/_analyze", {"analyzer": TERMS, "text": " ".join(terms)})["tokens"]

    assert [(token["token"], token["position"]) for token in found] == [(term, place) for place, term in enumerate(terms)]


# Repeated, each makes a text of one long word, of very many short ones, or of very many attempts at one.
UNITS = (
    *("a", "-", "a-", "a.", "1.", ",000", "'s", "n't", "#", "#a", "#a-", "a1", "a&", "++", "U.S.", "e-mail "),
    *(
        "\u0301",
        "\u00ad",
        "中",
        "中a",
        "한",
        "½",
        "ﷺ",
        "İ",
        "1\ufe0f\u20e3",
        "\U00020000",
        "\ue000",
        "\0",
        "\r\n",
        "\ud83d\ude00",
    ),
)


@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_no_text_is_refused(index: str, unit: str) -> None:
    """A text of 30,000 characters is indexed, whatever it is made of."""
    text = "1" * (unit == ",000") + unit * (30_000 // len(unit))

    assert _request(f"{index}/_doc", {"text": text})["result"] == "created"


def test_a_long_word_is_cut(analyze: Analyze) -> None:
    """A word beyond what Lucene takes as a term is indexed by its beginning; the words behind keep their positions."""
    assert analyze(SURFACE, ["中" * 3 + " " + "é" * 40_000]) == [
        sorted([*expected("中中中")[:-1], (3, "e" * MAX_TERM_CHARS), (4, "last")])
    ]


def test_settings_are_small() -> None:
    """The settings stay small enough to be kept by every node for every index."""
    assert len(json.dumps(analysis_settings("english"))) < 200_000


def test_languages() -> None:
    """A language whose stemmer OpenSearch lacks is refused in words that name those it has; all others are taken."""
    missing = {language for language in languages() if not supports(language)}

    assert missing == {"czech", "esperanto", "persian", "polish", "sesotho"}
    for language in missing:
        with pytest.raises(ConfigError, match=f"no stemmer for '{language}'; expected one of arabic, "):
            analysis_settings(language)


def test_every_language_is_known_to_the_cluster(cluster: Cluster) -> None:
    """An index of each language can be made, and stems."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    try:
        for language in filter(supports, languages()):
            index = f"{cluster.urls[0]}/{name}-{language}"
            _request(index, _index_body(language, {}), "PUT")
            assert stems(index, ["a1"]) == ["a1"]
            _request(index, None, "DELETE")
    finally:
        cluster.delete_indices(name)
