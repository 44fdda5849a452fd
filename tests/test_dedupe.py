"""What counts as a copy, what does not, and what becomes of two copies."""

from __future__ import annotations

import dataclasses
import random
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article, Origin, Precision, normalized
from index.dedupe import containment, fingerprint, is_copy, is_version, join
from index.identity import canonical_url, content_digest, derived_ids
from index.wording import shingles, words_of

TOPICS = "harbor council ferry budget engineer bridge storm mayor ticket school river crane union winter market signal"

GOLDEN_SHINGLES = [4869780888017219180, 14822057989742725665, 2433501359946867327]
GOLDEN_CONTENT = "d9b4dedfb4601a90"
GOLDEN_IDS = ["3g2n5x5umanjaugx", "wgw5emcdvvtkafo3", "bi4tr57m3v4bodb4"]

_few_words = st.lists(st.sampled_from(["harbor", "ferry", "late", "Ünion", "9", "b"]), max_size=4).map(" ".join)
_name = st.none() | st.sampled_from(["Harbor Post", "harbor post", "The Harbor Post", "Coast Times"])
_dates: st.SearchStrategy[tuple[str | None, Precision, Origin]] = st.sampled_from(
    [
        (None, "unknown", "unknown"),
        ("2025-05-01", "month", "absolute"),
        ("2025-05-27", "day", "absolute"),
        ("2025-05-26", "day", "absolute"),
        ("2025-05-27T08:00:00Z", "hour", "relative"),
        ("2025-05-27T08:30:00Z", "minute", "relative"),
    ]
)


@st.composite
def copies(draw: st.DrawFn) -> Article:
    published, precision, origin = draw(_dates)
    return Article(
        title=draw(_few_words),
        body=draw(_few_words),
        id=draw(st.none() | st.sampled_from("ab")),
        url=draw(st.none() | st.sampled_from(["https://a.example/1", "https://a.example/1?utm_source=x", "https://b.example/1"])),
        source=draw(_name),
        author=draw(_name),
        published=published,
        published_precision=precision,
        published_origin=origin,
        tags=draw(st.lists(st.sampled_from("xyz"), unique=True).map(tuple)),
        lang=draw(st.none() | st.sampled_from(["en", "en-GB"])),
        role=draw(st.sampled_from(["main", "related"])),
        seen_on=draw(st.lists(st.sampled_from("pqr"), unique=True).map(lambda pages: tuple(sorted(pages)))),
    )


@settings(deadline=None)
@given(copies(), copies(), copies())
def test_join_does_not_depend_on_order(one: Article, two: Article, three: Article) -> None:
    """Joining copies is commutative, associative and idempotent, so any order of arrival gives the same article."""
    assert join(one, two) == join(two, one)
    assert join(join(one, two), three) == join(one, join(two, three))
    assert join(one, one) == one
    assert join(join(one, two), two) == join(one, two)


def test_join_keeps_the_best_of_both() -> None:
    """The longest text stays with its title, the absolute date beats the finer relative one, pages seen on add up."""
    short = Article("Ferry late", "Short.", published="2025-05-27", published_precision="day", published_origin="absolute",
                    role="main", seen_on=("a",), tags=("ferry",))  # fmt: skip
    full = Article("Ferry is late", "The long text.", source="Harbor Post", published="2025-05-27T08:30:00Z",
                   published_precision="minute", published_origin="relative", role="related", seen_on=("b",))  # fmt: skip
    joined = join(short, full)
    assert (joined.title, joined.body, joined.source) == ("Ferry is late", "The long text.", "Harbor Post")
    assert (joined.published, joined.published_origin, joined.role) == ("2025-05-27", "absolute", "main")
    assert (joined.seen_on, joined.tags) == (("a", "b"), ("ferry",))


def story(words: int, seed: int = 1, *, title: str = "Council delays the harbor ferry again") -> Article:
    rng = random.Random(seed)
    topics = TOPICS.split()
    body = " ".join(rng.choice(topics) + rng.choice(["", "s", "ed", "ing", "er"]) for _ in range(words))
    return Article(title=title, body=body)


def copied(original: Article, body: str, title: str | None = None) -> bool:
    changed = dataclasses.replace(original, body=body, title=title or original.title)
    one, other = fingerprint(original), fingerprint(changed)
    assert is_copy(one, other) == is_copy(other, one)
    return is_copy(one, other)


@pytest.mark.parametrize("words", [60, 200, 1000])
@pytest.mark.parametrize("share", [0.2, 0.35, 0.5, 0.8, 0.95])
def test_a_cut_off_text_is_a_copy(words: int, share: float) -> None:
    """A text cut off anywhere, also inside a word and with dots after it, is a copy of the whole."""
    whole = story(words)
    cut = whole.body[: int(len(whole.body) * share)]
    assert copied(whole, cut + " …")


@pytest.mark.parametrize("seed", range(10))
def test_an_edited_text_is_a_copy(seed: int) -> None:
    """With 3 of 100 words replaced, and advertising in between, a text is still a copy, under another title too."""
    whole = story(300, seed)
    words, rng = whole.body.split(), random.Random(seed)
    for place in rng.sample(range(300), 9):
        words[place] = "edited"
    words.insert(150, "\n\nAdvertisement\n\n")
    assert copied(whole, " ".join(words), title="A wholly different headline for it")


def test_layout_case_and_quotes_make_no_difference() -> None:
    """Texts with the same words are the same content: case, punctuation, quotes, line ends, width and ligatures aside."""
    plain = Article("Mayor's plan: a 'fine' one", 'The office of the mayor says "no".\nMore tomorrow.')
    styled = Article("MAYOR’S plan — a ‘fine’ one", "The oﬃce of the ＭＡＹＯＲ says “no”. More tomorrow!")
    assert fingerprint(plain).content == fingerprint(styled).content


FED = (
    "The central bank entered the government securities market to arrange {amount} billion dlrs of customer repurchase "
    "agreements, a spokesman for the bank said. Dealers said that funds were trading at {rate} pct at the time of the "
    "indirect injection of temporary reserves to the banking system, and that they had expected the bank to do so today."
)
WEATHER = (
    "It will be a mostly sunny day in {city} with light winds from the west and a high of {high} degrees in the afternoon. "
    "Tonight clouds will move in from the coast and the low will be {low} degrees. Tomorrow there is a chance of rain of "
    "{rain} percent, with a high of {high2} degrees; the weekend stays dry, and the outlook for next week is unsettled."
)
EARNINGS = "Shr {a} cts vs {b} cts. Net {c} mln vs {d} mln. Revs {e} mln vs {f} mln. Avg shrs {g} mln vs {h} mln. Nine mths. " * 3


@pytest.mark.parametrize(
    ("template", "one", "other"),
    [
        (FED, {"amount": "1.5", "rate": "6"}, {"amount": "2", "rate": "6"}),
        (FED, {"amount": "two", "rate": "six"}, {"amount": "three", "rate": "six"}),
        (FED, {"amount": "1", "rate": "6 1/4"}, {"amount": "1", "rate": "6 3/8"}),
        (
            WEATHER,
            {"city": "Porthaven", "high": 21, "low": 12, "rain": 40, "high2": 19},
            {"city": "Porthaven", "high": 22, "low": 12, "rain": 40, "high2": 19},
        ),
        (EARNINGS, dict(zip("abcdefgh", range(10, 18), strict=True)), dict(zip("abcdefgh", [*range(10, 17), 99], strict=True))),
    ],
)
def test_templates_with_other_numbers_are_no_copies(template: str, one: dict[str, object], other: dict[str, object]) -> None:
    """Market reports, weather and earnings share nearly all their words, and are different stories all the same."""
    title = "Central bank adds reserves to the market"
    first, second = (fingerprint(Article(title, template.format(**values))) for values in (one, other))
    assert containment(first.shingles, second.shingles) > 0.5
    assert not is_copy(first, second)


def test_an_item_inside_a_digest_is_no_copy() -> None:
    """A short story that stands word for word in the middle of a morning digest stays a story of its own."""
    item, before, after = story(80, 1), story(200, 2), story(200, 3)
    assert not copied(item, f"{before.body} {item.body} {after.body}", title="Morning briefing: all the news of today")


def test_short_texts_need_the_title() -> None:
    """A teaser is a copy of the story that it begins, but only under the same title, and not under a general one."""
    teaser, full = "The ferry to the islands will be", "The ferry to the islands will be late on Monday, the council said. " * 5
    title = "Council delays the harbor ferry again"
    assert is_copy(fingerprint(Article(title, teaser)), fingerprint(Article(title, full)))
    assert not is_copy(fingerprint(Article("Another story about the ferry", teaser)), fingerprint(Article(title, full)))
    assert not is_copy(fingerprint(Article("Editorial", teaser)), fingerprint(Article("Editorial", full)))


def test_copies_share_keys() -> None:
    """A copy cut down to a fifth and one with another title still share keys, without which they would not be compared."""
    whole = story(800)
    cut = dataclasses.replace(whole, body=" ".join(whole.body.split()[:160]))
    retitled = dataclasses.replace(whole, title="Wholly different words up here")
    assert set(fingerprint(whole).strong_keys) & set(fingerprint(cut).keys)
    assert len(set(fingerprint(whole).keys) & set(fingerprint(retitled).keys)) >= 16
    assert not set(fingerprint(whole).keys) & set(fingerprint(story(800, 2, title="Some other story here now")).keys)


def test_versions_share_a_title_or_text() -> None:
    """Under one URL a rewritten story is a version; a story that merely shares the address is another article."""
    first = story(200, 1)
    half_new = " ".join(first.body.split()[100:]) + story(200, 2).body
    rewritten = dataclasses.replace(first, title="Ferry: all the news", body=half_new)
    assert is_version(fingerprint(first), fingerprint(rewritten))
    assert not is_version(fingerprint(first), fingerprint(story(200, 3, title="Another thing altogether now")))


@settings(deadline=None)
@given(st.text())
def test_words_are_those_of_normalized(text: str) -> None:
    """Apart from scripts without spaces, words are those that `normalized` leaves; UTF-8 is always valid."""
    words = words_of(text)
    assert b"".join(words).decode() == normalized(text).replace(" ", "") or any(ord(c) >= 0xE00 for c in text)


def test_scripts_without_spaces_have_a_word_for_every_character() -> None:
    """Han, kana and Thai count by character, so that their texts have n-grams like others; Latin between stays whole."""
    assert [word.decode() for word in words_of("港口2025年と渡船Ferry")] == ["港", "口", "2025", "年", "と", "渡", "船", "ferry"]


def test_hashes_never_change() -> None:
    """Stored hashes are compared with new ones for ever: these are those of the first version."""
    words = words_of("The ferry to the islands is late")
    assert [int(hashed) for hashed in shingles(words)] == GOLDEN_SHINGLES
    assert content_digest(b"title", words).hex().startswith(GOLDEN_CONTENT)
    assert list(islice(derived_ids(b"title", words), 3)) == GOLDEN_IDS


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://www.Harbor.example/News/1/", "harbor.example/News/1"),
        ("http://harbor.example:80/News/1#top", "harbor.example/News/1"),
        ("https://harbor.example:8443/News/1", "harbor.example:8443/News/1"),
        ("https://harbor.example/?p=1&utm_source=feed&fbclid=2", "harbor.example?p=1"),
        ("https://harbor.example/a?y=2&x=1", "harbor.example/a?x=1&y=2"),
        ("https://harbor.example/", None),
        ("https://harbor.example/?utm_source=feed", None),
        ("mailto:desk@harbor.example", None),
        ("/News/1", None),
        ("https://[broken", None),
        ("https://harbor.example:port/1", None),
        (None, None),
    ],
)
def test_canonical_urls(url: str | None, canonical: str | None) -> None:
    """URLs of one page are one; an address of a whole site, or of no web page, is no identity."""
    assert canonical_url(url) == canonical
