"""Queries of every kind made from the texts of articles, by chance and always the same: `queries(articles, count, seed)`."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from index.article import Article

_WORD = re.compile(r"[^\W_]+(?:['’.&/-][^\W_]+)*")


class QueryMaker:
    """Draws queries from the words that stand in the articles, each kind in turn."""

    def __init__(self, articles: Sequence[Article], seed: int) -> None:
        self._articles = articles
        self._rng = random.Random(seed)

    def queries(self, count: int) -> list[str]:
        """So many different queries."""
        kinds: list[Callable[[], str]] = [
            *(self.word, self.phrase, self.words, self.either, self.prefix, self.wildcard, self.fuzzy, self.near, self.without),
            *(self.titled, self.of_source, self.keyed, self.dated, self.between, self.weighted, self.grouped, self.compound),
        ]
        made: dict[str, None] = {}
        turn = 0
        while len(made) < count:
            made[kinds[turn % len(kinds)]()] = None
            turn += 1
        return list(made)

    def word(self) -> str:
        """A word of a text, stop words too."""
        return self._words(1)[0]

    def compound(self) -> str:
        """A word of several parts (COVID-19, AT&T), if the article has one."""
        parts = [word for word in _WORD.findall(self._article().body) if not word.isalnum()]
        return self._rng.choice(parts) if parts else self.word()

    def words(self) -> str:
        """Words of one article, all of them asked for."""
        return " ".join(self._words(self._rng.randint(2, 4)))

    def either(self) -> str:
        """Words of different articles."""
        return " OR ".join(self.word() for _ in range(self._rng.randint(2, 4)))

    def phrase(self) -> str:
        """Words as they follow one another."""
        return f'"{" ".join(self._run(self._rng.randint(2, 5)))}"'

    def near(self) -> str:
        """Two words of a short stretch, in any order."""
        run = self._run(self._rng.randint(3, 7))
        pair = [run[0], run[-1]]
        self._rng.shuffle(pair)
        return f'"{" ".join(pair)}"~{self._rng.randint(1, 6)}'

    def prefix(self) -> str:
        """The beginning of a word."""
        word = self._letters(4)
        return f"{word[: self._rng.randint(2, len(word) - 1)]}*"

    def wildcard(self) -> str:
        """A word with an open letter, or an open middle."""
        word = self._letters(5)
        at = self._rng.randrange(1, len(word) - 1)
        return f"{word[:at]}{self._rng.choice('?*')}{word[at + 1 :]}"

    def fuzzy(self) -> str:
        """A word with a letter wrong."""
        word = self._letters(5)
        at = self._rng.randrange(1, len(word))
        return f"{word[:at]}{self._rng.choice('aeinrt')}{word[at + 1 :]}~{self._rng.randint(1, 2)}"

    def without(self) -> str:
        """A word and not another, or no article with one."""
        return self._rng.choice((f"{self.word()} -{self.word()}", f"-{self.word()}", f"{self.word()} NOT {self.phrase()}"))

    def titled(self) -> str:
        """A word of a title, or a phrase of one."""
        words = _WORD.findall(self._article().title)
        first = self._rng.randrange(len(words))
        return self._rng.choice((f"title:{words[first]}", f'title:"{" ".join(words[first : first + 2])}"'))

    def of_source(self) -> str:
        """A word within a source."""
        source = self._article().source
        return f'source:"{source}" {self.word()}' if source else f"-source:x {self.word()}"

    def keyed(self) -> str:
        """A tag, an author, a language or a part of an address."""
        article = self._article()
        found = [f'tag:"{tag}"' for tag in article.tags]
        found += [f'author:"{article.author}"'] if article.author else []
        found += [f"lang:{article.lang}"] if article.lang else []
        found += [f"url:{self._rng.choice(_WORD.findall(article.url))}"] if article.url else []
        return self._rng.choice(found) if found else self.word()

    def dated(self) -> str:
        """A word at a date."""
        day = self._day()
        when = self._rng.choice((f"date:{day[:4]}", f"date:{day[:7]}", f"date:{day}", "date:none", f"-date:{day[:7]}"))
        return self._rng.choice((when, f"{self.word()} {when}"))

    def between(self) -> str:
        """From one day to another."""
        first, last = sorted((self._day(), self._day()))
        return self._rng.choice((f"date:{first}..{last}", f"{self.word()} after:{first}", f"{self.word()} before:{last}"))

    def weighted(self) -> str:
        """A word that counts more, and one that counts nothing."""
        first, second = self.word(), self.word()
        return self._rng.choice((f"{first}^3 OR {second}", f"{first}^0.5 {second}", f"{first}^0 OR {second}"))

    def grouped(self) -> str:
        """Operators within one another."""
        a, b, c = self.word(), self.word(), self.word()
        return self._rng.choice((f"({a} OR {b}) AND {c}", f"{a} AND NOT ({b} OR {c})", f"({a} AND {b}) OR {self.phrase()}"))

    def _article(self) -> Article:
        return self._rng.choice(self._articles)

    def _words(self, count: int) -> list[str]:
        words = _WORD.findall(self._article().body)
        return [self._plain(self._rng.choice(words)) for _ in range(count)]

    def _run(self, count: int) -> list[str]:
        words = _WORD.findall(self._article().body)
        first = self._rng.randrange(max(len(words) - count, 1))
        return words[first : first + count]

    def _letters(self, least: int) -> str:
        words = [word for word in _WORD.findall(self._article().body) if word.isalpha() and word.isascii() and len(word) >= least]
        return self._rng.choice(words).lower() if words else "harbor"

    def _day(self) -> str:
        dated = [article.published[:10] for article in self._articles if article.published]
        return self._rng.choice(dated)

    @staticmethod
    def _plain(word: str) -> str:
        """Not an operator."""
        return word.lower() if word in ("AND", "OR", "NOT") else word
