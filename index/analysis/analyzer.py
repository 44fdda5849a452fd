"""Analyzer: text to tokens for the index, query leaves to the terms to look up.

Use one Analyzer for an index and for every query against it: its `fingerprint` is kept with the index. Safe to share
between threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

import Stemmer

from index.analysis.words import CHUNK, CJK, split

# Raise it whenever the same text gives other terms: indexes of the version before then ask for a rebuild.
ANALYSIS_VERSION = 1

# The country, told from the pronoun: written in any of these ways it is indexed as both terms, and asked for in any of
# these ways only the first is looked up, while the query `us` finds either.
_COUNTRY = ("usa", "us")
_COUNTRY_WORDS = frozenset({"US", "USA", "Usa", "usa", "U.S", "U.S.A", "u.s", "u.s.a"})

# Distinct written words kept analyzed. 5,000 newswire items hold 36,000 of them.
_CACHE_WORDS = 300_000
_CACHED_WORD_CHARS = 40


class Token(NamedTuple):
    """One term at one place: surface form, stem, position (0, 1, ...; several tokens may share one), [start, end)."""

    term: str
    stem: str
    position: int
    start: int
    end: int


class Analyzer:
    """language: a Snowball stemming algorithm by name (`english`, `german`, ...), or `none` to stem nothing."""

    def __init__(self, language: str = "english") -> None:
        self.language = language
        self._stem_lock = threading.Lock()
        self._stem_word = _stemmer(language)
        self._cache: dict[str, tuple[tuple[Token, ...], int]] = {}

    @property
    def fingerprint(self) -> str:
        """Names everything that decides which terms come out."""
        return f"analysis {ANALYSIS_VERSION}, {self.language}"

    def analyze(self, text: str) -> list[Token]:
        """The tokens of a text, by position; offsets are code points of the text."""
        tokens: list[Token] = []
        base = 0
        for match in CHUNK.finditer(text):
            word = match[0]
            analyzed = self._cache.get(word) or self._analyze_word(word)
            start = match.start()
            for term, stem, position, first, last in analyzed[0]:
                tokens.append(Token(term, stem, base + position, start + first, start + last))
            base += analyzed[1]
        return tokens

    def phrase(self, text: str) -> tuple[str, ...]:
        """The surface terms to look for at successive positions; empty if the text holds no letter or digit."""
        terms: list[str] = []
        for match in CHUNK.finditer(text):
            terms.extend(_phrase_of_word(match[0]))
        if len(terms) > 1 and len(terms[-2]) == 2 and CJK.match(terms[-1]) and terms[-2].endswith(terms[-1]):
            terms.pop()  # the bigram before it already asks for this last character
        return tuple(terms)

    def joined(self, text: str) -> str | None:
        """The one term that also stands for the text (`co-operation` -> cooperation), None if there is none."""
        words = CHUNK.findall(text)
        return split(words[0]).joined if len(words) == 1 else None

    def stem(self, term: str) -> str:
        """The stem of a surface term; numbers, signs, hashtags and words of one or two letters are their own stem."""
        if len(term) <= 2 or not term.isalpha():
            return term
        with self._stem_lock:
            return self._stem_word(term)

    def _analyze_word(self, word: str) -> tuple[tuple[Token, ...], int]:
        words = split(word)
        tokens = [
            Token(term, self.stem(term), part.position, part.start, part.end)
            for part in (*words.parts, *words.overlaid)
            for term in (_COUNTRY if word[part.start : part.end] in _COUNTRY_WORDS else (part.term,))
        ]
        tokens.sort(key=lambda token: token.position)
        analyzed = tuple(tokens), len(words.parts)
        if len(word) <= _CACHED_WORD_CHARS:
            if len(self._cache) >= _CACHE_WORDS:
                self._cache.clear()
            self._cache[word] = analyzed
        return analyzed


def _phrase_of_word(word: str) -> list[str]:
    words = split(word)
    if word[0] == "#" and words.joined:
        return [words.joined]
    bigrams = {part.position: part.term for part in words.overlaid if CJK.match(part.term)}
    return [
        _COUNTRY[0] if word[part.start : part.end] in _COUNTRY_WORDS else bigrams.get(part.position, part.term)
        for part in words.parts
    ]


def _stemmer(language: str) -> Callable[[str], str]:
    if language == "none":
        return lambda term: term
    if language not in Stemmer.algorithms():
        known = ", ".join(sorted(Stemmer.algorithms()))
        raise ValueError(f"no stemmer for the language {language!r}; there are: none, {known}")
    stem: Callable[[str], str] = Stemmer.Stemmer(language).stemWord
    return stem
