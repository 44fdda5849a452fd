"""What is asked: give the articles of a corpus, get queries in classes, synthetic ones and such as people type.

A Query is a conjunction of parts, each of them plain lower-case ASCII words that every engine splits alike; an adapter
writes it in its engine's syntax. Words are taken by document frequency, phrases and names from running text.
"""

from __future__ import annotations

import dataclasses
import itertools
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.bench.corpus import SEED, Document

# So many articles are looked at; frequencies are shares, and those do not change with more.
LOOKED_AT = 20_000
# Words beside letters, digits, hyphens and apostrophes are parts of compounds, which engines split differently.
_WORD = re.compile(r"(?<![\w'’-])[a-z]+(?![\w'’-])")
_RUN = re.compile(r"(?<![\w'’-])[a-z]+(?: [a-z]+)+(?![\w'’-])")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,} [A-Z][a-z]{2,}(?![\w'’-]| [A-Z])")
_COMMON = frozenset(
    "the a an and or not of to in on for with at by from as is was are be it that this he she they we you i his her has have"
    " had will but".split()
)
_QUESTIONS = (
    "what did {name} say about {word}",
    "why is {word} {other}",
    "who is {name}",
    "how does {word} affect {other}",
    "when was {name} in {word}",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """Every part given must hold. some: any of these words; month: `2025-03`; fuzzy: at most one edit away.

    typed: the text as a person would type it, which ours reads as it reads people; empty: written from the parts. Peers get
    the parts.
    """

    every: tuple[str, ...] = ()
    some: tuple[str, ...] = ()
    phrase: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    prefix: str = ""
    fuzzy: str = ""
    source: str = ""
    month: str = ""
    typed: str = ""

    def parts(self) -> frozenset[str]:
        """The names of the parts that are given."""
        return frozenset(name for name in self.__slots__ if getattr(self, name))

    def to_mapping(self) -> dict[str, Any]:
        """What `from_mapping` reads: the parts that are given."""
        return {name: getattr(self, name) for name in sorted(self.parts())}

    @classmethod
    def from_mapping(cls, mapping: dict[str, Any]) -> Query:
        """The query that was written by `to_mapping`."""
        parts: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in mapping.items()}
        return cls(**parts)


class Draw:
    """Draws queries from a corpus; the same seed draws the same."""

    def __init__(self, articles: Sequence[Document], seed: int = SEED) -> None:
        self.rng = random.Random(seed)
        self.articles = articles[:LOOKED_AT]
        self.frequency = Counter(word for article in self.articles for word in set(_WORD.findall(article.body.lower())))
        self.words = sorted(word for word in self.frequency if len(word) > 2 and word not in _COMMON)
        self.high, self.mid = self._band(0.1, 0.6), self._band(0.005, 0.05)
        self.low = self._band(3 / len(self.articles), 20 / len(self.articles))

    def _band(self, low: float, high: float) -> list[str]:
        total = len(self.articles)
        return [word for word in self.words if low <= self.frequency[word] / total < high]

    def pick(self, band: Sequence[str], count: int) -> tuple[str, ...]:
        """Different words of a band; none if it has too few."""
        return tuple(self.rng.sample(band, count)) if len(band) >= count else ()

    def article(self) -> Document:
        """Any article."""
        return self.rng.choice(self.articles)

    def phrase(self, article: Document, length: int) -> tuple[str, ...]:
        """Words that follow each other in an article: not mere function words, none of them a rarity."""
        runs = [run.split(" ") for run in _RUN.findall(article.body.lower())]
        places = [run[start : start + length] for run in runs for start in range(len(run) - length + 1)]
        fit = [place for place in places if self._telling(place)]
        return tuple(self.rng.choice(fit)) if fit else ()

    def _telling(self, words: Sequence[str]) -> bool:
        common = sum(word in _COMMON for word in words)
        rarest = min(self.frequency[word] for word in words) / len(self.articles)
        return common < len(words) / 2 and min(map(len, words)) > 1 and rarest > 0.001

    def title_words(self, count: int, least: int) -> tuple[str, ...]:
        """The first words of a title, if it has at least so many."""
        words = [word for word in _WORD.findall(self.article().title.lower()) if len(word) > 2]
        return tuple(words[:count]) if len(words) >= least else ()

    def name(self, article: Document) -> tuple[str, ...]:
        """A name of two words from an article, in lower case."""
        names = _NAME.findall(article.body)
        return tuple(self.rng.choice(names).lower().split()) if names else ()

    def content(self, article: Document, count: int) -> tuple[str, ...]:
        """Different words of an article that tell what it is about: in more than two articles, and in less than a fifth."""
        words = {word for word in _WORD.findall(article.body.lower()) if len(word) > 3}
        telling = sorted(word for word in words if 2 < self.frequency[word] < len(self.articles) / 5)
        return self.pick(telling, count)

    def misspelled(self, word: str) -> str:
        """The word with two letters exchanged, one left out, doubled or mistaken, after its first."""
        place = self.rng.randrange(1, len(word) - 1)
        head, letter, following, tail = word[:place], word[place], word[place + 1], word[place + 2 :]
        mistyped = self.rng.choice("aeiounrst")
        return head + self.rng.choice((following + letter, following, letter * 2 + following, mistyped + following)) + tail


Group = tuple[Sequence[str], int]


def _from(draw: Draw, *groups: Group) -> tuple[str, ...]:
    """So many words of each band; none at all if one of them has too few."""
    picked = [draw.pick(band, count) for band, count in groups]
    return tuple(itertools.chain(*picked)) if all(picked) else ()


def _prefix(draw: Draw) -> Query:
    long = [word for word in draw.mid if len(word) > 6]
    return Query(prefix=draw.rng.choice(long)[:4] if long else "")


def _words(draw: Draw) -> Query:
    """Two to four words, as people type them: all of one article's title."""
    words = draw.title_words(draw.rng.randint(2, 4), least=2)
    return Query(every=words, typed=" ".join(words))


def _name(draw: Draw) -> Query:
    """A quoted name, half of the time with a word beside it."""
    article = draw.article()
    name, words = draw.name(article), draw.content(article, draw.rng.randrange(2))
    return Query(every=words, phrase=name, typed=" ".join([f'"{" ".join(name)}"', *words])) if name else Query()


def _question(draw: Draw) -> Query:
    article = draw.article()
    name, words = draw.name(article), draw.content(article, 2)
    if not name or not words:
        return Query()
    text = draw.rng.choice(_QUESTIONS).format(name=" ".join(name), word=words[0], other=words[1])
    return Query(some=tuple(text.split()), typed=text + "?")


def _fuzzy(draw: Draw) -> Query:
    long = [word for word in draw.mid if len(word) > 5]
    return Query(fuzzy=draw.misspelled(draw.rng.choice(long)) if long else "")


def _source(draw: Draw) -> Query:
    article = draw.article()
    words = draw.content(article, 1)
    return Query(every=words, source=article.source) if words and article.source else Query()


def _date(draw: Draw) -> Query:
    article = draw.article()
    words = draw.content(article, 1)
    return Query(every=words, month=article.published[:7]) if words and article.published else Query()


def _mixed(draw: Draw) -> Query:
    """A word and a phrase of an article, one more of its words or any other, and a word that must not be there."""
    article = draw.article()
    words, phrase = draw.content(article, 2), draw.phrase(article, 2)
    other, none = draw.pick(draw.high, 1), draw.pick(draw.mid, 1)
    return Query(words[:1], (*words[1:], *other), phrase, none) if words and phrase and other and none else Query()


CLASSES: dict[str, Callable[[Draw], Query]] = {
    "term_high": lambda draw: Query(some=_from(draw, (draw.high, 1))),
    "term_mid": lambda draw: Query(some=_from(draw, (draw.mid, 1))),
    "term_low": lambda draw: Query(some=_from(draw, (draw.low, 1))),
    "and2": lambda draw: Query(every=_from(draw, (draw.high, 2))),
    "and3": lambda draw: Query(every=_from(draw, (draw.high, 1), (draw.mid, 2))),
    "or2": lambda draw: Query(some=_from(draw, (draw.high, 2))),
    "or4": lambda draw: Query(some=_from(draw, (draw.high, 2), (draw.mid, 2))),
    "phrase2": lambda draw: Query(phrase=draw.phrase(draw.article(), 2)),
    "phrase3": lambda draw: Query(phrase=draw.phrase(draw.article(), 3)),
    "prefix": _prefix,
    "title": lambda draw: Query(some=draw.title_words(6, least=6)),
    "words": _words,
    "name": _name,
    "question": _question,
    "fuzzy": _fuzzy,
    "source": _source,
    "date": _date,
    "mixed": _mixed,
}
# What people type; the others are made to isolate one kind of work.
TYPED = ("title", "words", "name", "question", "fuzzy", "source", "date", "mixed")


def draw_queries(
    articles: Sequence[Document], count: int, classes: Iterable[str] = CLASSES, seed: int = SEED
) -> dict[str, list[Query]]:
    """Up to count different queries of each class; a class of which the corpus yields none (no dates, no names) is left out."""
    draw = Draw(articles, seed)
    drawn = {name: _different(draw, CLASSES[name], count) for name in classes}
    return {name: found for name, found in drawn.items() if found}


def _different(draw: Draw, make: Callable[[Draw], Query], count: int) -> list[Query]:
    found: dict[Query, None] = {}
    for _ in range(count * 20):
        query = make(draw)
        if query.parts():
            found[query] = None
        if len(found) == count:
            break
    return list(found)


def month_bounds(month: str) -> tuple[int, int]:
    """A month as seconds since 1970, half open."""
    year, number = map(int, month.split("-"))
    start = datetime(year, number, 1, tzinfo=UTC)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return int(start.timestamp()), int(end.timestamp())
