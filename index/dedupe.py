"""Copies of one article: give it two articles, and it says whether they are one story, and makes one article of them.

Use it when storing. The rules put precision first, since a false merge loses an article and a missed one merely shows
it twice. What is told apart are templated stories (market reports, weather, earnings): the same words round other
numbers. Candidates come from a few sampled hashes of word n-grams (Broder 1997; Schleimer, Wilkerson and Aiken 2003)
and are verified on the full texts.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from hashlib import blake2b

import numpy as np

from index.article import Article, parse_time
from index.identity import canonical_url, content_digest
from index.wording import Hashes, distinct, shingles, words_of

# Tuned on 18,677 newswire items, 12,206 technology and 2,705 company articles; tests/test_dedupe.py has the cases.
MIN_WORDS = 50  # fewer words say too little, if changed, unless they stand under the same title
MIN_WORDS_SAME_TITLE = 20
MIN_CUT_OFF = 30  # words that are unchanged the beginning of a longer text; fewer only under the same title
MIN_CONTAINMENT = 0.8  # of the shorter one's n-grams in the longer: 3 % of words edited leave 0.86
SAME_LENGTH = 0.7  # a copy shorter than this share of the other has been cut off, so it must match the beginning
NUMBERS_PER_EDIT = 250  # one number may differ for so many words; a market report of 50 words differs by one or two
RELATED = 0.2  # texts under one URL that share so much are versions of one article

_SAMPLED = 16  # the smallest hashes of a text; of one cut down to 20 % three are expected to be among them
_OPENING = 8
# Keys have 47 bits, which SQLite stores in six bytes: of a million articles one in ten million keys is met by chance, and
# candidates are verified anyway.
_KEY_SHIFT = 17
_MIN_TITLE_WORDS = 4


# Written out, numbers tell templates apart just as well ("buys two billion", "seven ships loading", 第二次会议).
_NUMBER_WORDS = frozenset(
    (
        b"two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
        b"nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred first second third fourth fifth"
    ).split()
) | {digit.encode() for digit in "一二三四五六七八九十"}


@dataclasses.dataclass(frozen=True)
class Fingerprint:
    """What is compared of an article. The costly parts are made when first asked for, as most articles meet no copy."""

    title: bytes
    words: Sequence[bytes]
    url: str | None  # the canonical URL of a main article
    published: str | None

    @cached_property
    def content(self) -> bytes:
        """The same for articles of the same words."""
        return content_digest(self.title, self.words)

    @property
    def url_key(self) -> int | None:
        """A hash of the URL, by which articles of the same URL are found."""
        return key_of_url(self.url)

    @cached_property
    def shingles(self) -> Hashes:
        """The hashes of the word n-grams of the body, in text order."""
        return shingles(self.words)

    @cached_property
    def strong_keys(self) -> tuple[int, ...]:
        """Keys of the title (if telling) and of the opening words: who shares one of them may be a copy."""
        keys = [_key(b"title", self.title)] if self.has_telling_title else []
        if len(self.words) >= _OPENING:
            keys.append(_key(b"opening", b" ".join(self.words[:_OPENING])))
        return tuple(keys)

    @cached_property
    def keys(self) -> tuple[int, ...]:
        """The strong keys and a sample of the n-gram hashes: who shares two of these may be a copy."""
        sample = [hashed >> _KEY_SHIFT for hashed in distinct(self.shingles)[:_SAMPLED].tolist()]
        return tuple(dict.fromkeys([*self.strong_keys, *sample]))

    @cached_property
    def numbers(self) -> Counter[bytes]:
        """The numbers in the body, in digits or written out."""
        return Counter([word for word in self.words if b"0" <= word < b":" or word in _NUMBER_WORDS])

    @property
    def has_telling_title(self) -> bool:
        """Whether the title has enough words to mean one story; `Editorial` stands over many."""
        return self.title.count(b" ") + 1 >= _MIN_TITLE_WORDS


def fingerprint(article: Article) -> Fingerprint:
    """The fingerprint of an article."""
    return Fingerprint(
        title=b" ".join(words_of(article.title)),
        words=words_of(article.body),
        url=canonical_url(article.url) if article.role == "main" else None,
        published=article.published if article.published_precision != "month" else None,
    )


def key_of_url(canonical: str | None) -> int | None:
    """The key of a canonical URL, which the store keeps in its place."""
    return None if canonical is None else _key(b"url", canonical.encode("utf-8", "replace"))


def is_copy(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether the two are the same story, one of them perhaps edited or cut off. Symmetric, not transitive."""
    shorter, longer = sorted((one, other), key=lambda each: len(each.words))
    if len(shorter.words) == len(longer.words):  # asked first, since most pairs differ here and the digests cost something
        if one.content == other.content:
            return True
        shorter, longer = sorted((one, other), key=lambda each: each.content)
    same_title = shorter.title == longer.title and shorter.has_telling_title
    if _is_cut_off(shorter, longer) and (same_title or len(shorter.words) >= MIN_CUT_OFF):
        return True
    if len(shorter.words) < (MIN_WORDS_SAME_TITLE if same_title else MIN_WORDS):
        return False
    if not _has_numbers_of(shorter, longer):  # first, since it is cheap and most candidates are templates
        return False
    compared = longer.shingles
    if len(shorter.words) < SAME_LENGTH * len(longer.words):
        compared = compared[: len(shorter.words) * 5 // 4 + 20]
    return containment(shorter.shingles, compared) >= MIN_CONTAINMENT


def is_version(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two texts found under the same URL are versions of one article rather than two that share an address."""
    if one.title == other.title:
        return True
    shorter, longer = sorted((one.shingles, other.shingles), key=len)
    return containment(shorter, longer) >= RELATED


def containment(shorter: Hashes, longer: Hashes) -> float:
    """The share of the distinct hashes of one text that are also in the other; 0 for a text without any."""
    if len(shorter) == 0:
        return 0.0
    wanted = distinct(shorter)
    return float(np.isin(wanted, distinct(longer), assume_unique=True).sum()) / len(wanted)


def join(one: Article, other: Article) -> Article:
    """One article of two copies. Commutative, associative and idempotent: the order of arrival makes no difference.

    The longest body wins, with its title. An absolute date wins over a relative one, then the finer, then the earlier.
    Of two sources, authors or languages the longer name wins, of two URLs the shorter; tags and pages seen on unite.
    """
    fullest = max(one, other, key=lambda copy: (len(copy.body), copy.body, copy.title))
    dated = min(one, other, key=_date_rank)
    return Article(
        title=fullest.title,
        body=fullest.body,
        id=_least(one.id, other.id),
        url=_least(one.url, other.url, shortest=True),
        source=_longest(one.source, other.source),
        author=_longest(one.author, other.author),
        published=dated.published,
        published_precision=dated.published_precision,
        published_origin=dated.published_origin,
        tags=one.tags if one.tags == other.tags else tuple(sorted({*one.tags, *other.tags})),
        lang=_longest(one.lang, other.lang),
        role="main" if "main" in (one.role, other.role) else "related",
        seen_on=tuple(sorted({*one.seen_on, *other.seen_on})),
    )


def _key(kind: bytes, text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=8, person=kind).digest(), "little") >> _KEY_SHIFT


def _is_cut_off(shorter: Fingerprint, longer: Fingerprint) -> bool:
    """Whether a text is word for word the beginning of a longer one; its last word may be cut."""
    last = len(shorter.words) - 1
    if last < 0:
        return True
    return shorter.words[:last] == longer.words[:last] and longer.words[last].startswith(shorter.words[last])


def _has_numbers_of(shorter: Fingerprint, longer: Fingerprint) -> bool:
    """Whether the numbers of the shorter text are in the longer, as often; a few may be edited in a long text."""
    numbers = shorter.numbers
    missing = (numbers - longer.numbers).total() if numbers else 0
    allowed = len(shorter.words) // NUMBERS_PER_EDIT
    if shorter.title == longer.title and _same_day(shorter.published, longer.published):
        allowed = max(allowed, 1, numbers.total() // 10)
    return missing <= allowed


def _same_day(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and abs(parse_time(one) - parse_time(other)) <= timedelta(days=1)


def _date_rank(article: Article) -> tuple[int, int, str]:
    """Sorts the more trustworthy date first; ties go to the earlier one."""
    origin = ("absolute", "relative", "unknown").index(article.published_origin)
    precision = ("minute", "hour", "day", "month", "unknown").index(article.published_precision)
    return origin, precision, article.published or ""


def _longest(one: str | None, other: str | None) -> str | None:
    return max(one, other, key=lambda name: (len(name or ""), name or ""))


def _least(one: str | None, other: str | None, *, shortest: bool = False) -> str | None:
    present = [value for value in (one, other) if value is not None]
    return min(present, key=lambda value: (len(value) if shortest else 0, value), default=None)
