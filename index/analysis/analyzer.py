"""Analyzer: text to tokens for the index, query leaves to the terms to look up.

Use one Analyzer for an index and for every query against it: its `fingerprint` is kept with the index. Safe to share
between threads.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from operator import itemgetter
from typing import NamedTuple

import Stemmer

from index.analysis.patterns import is_cjk
from index.analysis.words import Part, find_words, split

# Raise it whenever the same text gives other terms: indexes of the version before then ask for a rebuild.
ANALYSIS_VERSION = 1

# The country, told from the pronoun: written in any of these ways it is indexed as both terms, and asked for in any of
# these ways only the first is looked up, while the query `us` finds either.
COUNTRY = ("usa", "us")
COUNTRY_WORDS = frozenset({"US", "USA", "Usa", "usa", "U.S", "U.S.A", "u.s", "u.s.a"})
# Stands in each of them, and in few other words.
_MAYBE_COUNTRY = re.compile(r"[Uu]\.?[Ss]")

# Distinct written words kept analyzed. 5,000 newswire items hold 36,000 of them.
_CACHE_WORDS = 300_000
_CACHED_WORD_CHARS = 40

_POSITION = itemgetter(Part._fields.index("position"))


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
        kept = self._cache.get
        new = tuple.__new__  # Token(...) is a Python function that calls just this
        base = 0
        for match in find_words(text):
            word = match[0]
            analyzed = kept(word) or self._analyze_word(word)
            start = match.start()
            for term, stem, position, first, last in analyzed[0]:
                tokens.append(new(Token, (term, stem, base + position, start + first, start + last)))
            base += analyzed[1]
        return tokens

    def phrase(self, text: str) -> tuple[str, ...]:
        """The surface terms to look for at successive positions; empty if the text holds no letter or digit."""
        terms: list[str] = []
        for match in find_words(text):
            terms.extend(_phrase_of_word(match[0]))
        if len(terms) > 1 and len(terms[-2]) == 2 and is_cjk(terms[-1]) and terms[-2].endswith(terms[-1]):
            terms.pop()  # the bigram before it already asks for this last character
        return tuple(terms)

    def joined(self, text: str) -> str | None:
        """The one term that also stands for the text (`co-operation` -> cooperation), None if there is none."""
        words = list(find_words(text))
        return split(words[0][0]).joined if len(words) == 1 else None

    def stem(self, term: str) -> str:
        """The stem of a surface term; numbers, signs, hashtags and words of one or two letters are their own stem."""
        if not is_stemmed(term):
            return term
        with self._stem_lock:
            return self._stem_word(term)

    def batch_stemmer(self) -> Callable[[list[str]], list[str]]:
        """A function that stems a list of words in one call, for one thread; its use is for terms that `is_stemmed`."""
        if self.language == "none":
            return lambda terms: terms
        # No cache: a vocabulary asks for each word once.
        stem_words: Callable[[list[str]], list[str]] = Stemmer.Stemmer(self.language, 0).stemWords
        return stem_words

    def _analyze_word(self, word: str) -> tuple[tuple[Token, ...], int]:
        terms = terms_of_word(word)
        analyzed = tuple(Token(t.term, self.stem(t.term), t.position, t.start, t.end) for t in terms), terms[-1].position + 1
        if len(word) <= _CACHED_WORD_CHARS:
            if len(self._cache) >= _CACHE_WORDS:
                self._cache.clear()
            self._cache[word] = analyzed
        return analyzed


def terms_of_word(word: str) -> list[Part]:
    """The terms of a written word by position; at each position first the part, then what is laid over it."""
    parts, overlaid, _ = split(word)
    terms = [*parts, *overlaid]
    if _MAYBE_COUNTRY.search(word):
        terms = [
            part._replace(term=term)
            for part in terms
            for term in (COUNTRY if word[part.start : part.end] in COUNTRY_WORDS else (part.term,))
        ]
    if overlaid:
        terms.sort(key=_POSITION)
    return terms


def is_stemmed(term: str) -> bool:
    """Whether a term may have another stem: numbers, signs, hashtags and words of one or two letters are their own."""
    return len(term) > 2 and term.isalpha()


def _phrase_of_word(word: str) -> list[str]:
    words = split(word)
    if word[0] == "#" and words.joined:
        return [words.joined]
    bigrams = {part.position: part.term for part in words.overlaid if is_cjk(part.term)}
    return [
        COUNTRY[0] if word[part.start : part.end] in COUNTRY_WORDS else bigrams.get(part.position, part.term)
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
