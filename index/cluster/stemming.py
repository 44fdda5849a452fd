"""Stemming on the cluster: Lucene's Snowball stemmers, as near ours as they come.

Give `algorithm` a language of ours; it gives back Lucene's name for its stemmer. Lucene's release of Snowball is older than ours
(2.x and 3.x have different ones), so that stems differ for some words: of 18,000 of English, German and Spanish texts
(which says little for languages of other scripts)

    none         arabic, armenian, basque, catalan, dutch_porter, greek, hindi, hungarian, indonesian, irish, italian, nepali,
                 porter, portuguese, romanian, russian, serbian, tamil, turkish, yiddish; estonian on 3.x
    below 1 %    danish, finnish, french, lithuanian, norwegian, swedish
    more         spanish 1 %, german 3 %, estonian on 2.x 4 %, dutch 20 % (another algorithm)
    not there    czech, esperanto, persian, polish, sesotho

What a query asks for is therefore stemmed by the cluster (analyzer STEMS), as the text was: then a word finds its forms by the
rules of Lucene's release. For English the words whose stems differ are overridden with ours (`overrides`).
"""

from __future__ import annotations

from pathlib import Path

from index.analysis import Analyzer
from index.errors import ConfigError

_SAME_NAME = frozenset(
    "arabic armenian basque catalan danish dutch english estonian finnish french german greek hindi hungarian indonesian irish "
    "italian lithuanian nepali norwegian porter portuguese romanian russian serbian spanish swedish tamil turkish yiddish".split()
)

# Of 439,487 English words (two word lists and the vocabulary of five corpora), those to which Lucene 9.12 or 10.5 gives another
# stem than Snowball 3.1: mainly that of `-ologist`, and prefixes like `inter-` that now count as no part of the word.
_RESTEMMED = Path(__file__).with_name("restemmed.txt")


def supports(language: str) -> bool:
    """Whether every cluster can stem the language (or stems nothing, for `none`)."""
    return language in _SAME_NAME or language in ("dutch_porter", "none")


def algorithm(language: str) -> str | None:
    """Lucene's name for the stemmer of a language, None for `none`. ConfigError if it has none."""
    if language == "none":
        return None
    if not supports(language):
        raise ConfigError(
            f"language: OpenSearch has no stemmer for {language!r}; expected one of {', '.join(sorted(_SAME_NAME))}, "
            "dutch_porter, none; choose one of them or the embedded engine"
        )
    return "Dutch" if language == "dutch_porter" else language.capitalize()


def overrides(language: str) -> list[str]:
    """Rules `word => stem` of a `stemmer_override` filter, for words that Lucene stems otherwise than we."""
    if language != "english":
        return []
    analyzer = Analyzer(language)
    return [f"{word} => {analyzer.stem(word)}" for word in _RESTEMMED.read_text("ascii").split()]
