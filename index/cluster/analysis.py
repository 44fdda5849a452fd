"""The analysis of `index.analysis` on the cluster: the `analysis` object of the settings of an index.

Give `analysis_settings` the language of an Analyzer; it gives back analyzers that OpenSearch 2.x and 3.x
can run as they come, generated from the definitions of `index.analysis`:

    SURFACE   terms and positions of `Analyzer.analyze`
    SCORED    the same, each as its stem and, after WRITTEN_PREFIX, as written; for a field without positions
    TERMS     splits at white space only: for terms that are analyzed already
    STEMS     the stem of one term, as SCORED has it (see `stemming`)

Stages: letters are folded (`folds`), one pattern cuts the text into pieces, filters take apart what it found (`patterns`),
small letters, full-width ones to ASCII. Offsets are of no use: marks are made from the text.

Differences from `Analyzer`, all rare:

    terms above MAX_TERM_CHARS are cut (Lucene takes no more than 32,766 bytes)
    numbers of more than 17 groups of digits, versions of more than 100 parts, hashtags of more than 100 parts
    Hangul and half-width kana written in pieces that compose, a few characters that fold to several (listed in `folds`)
    letters that fold to those of an ending, of `n't` or of the country count as them (`ñ't`, full-width `ＵＳＡ`)
    a letter that folds to several (`ß`, `½`) is no single one before a hyphen, a dot or a sign (`½-inch`)
    signs with letters of CJK (`中&a`)
    characters that one release of Unicode knows as letters and the other does not
"""

from __future__ import annotations

from typing import Any

from index.cluster.folds import folds
from index.cluster.patterns import COUNTRY_FIRST, COUNTRY_TERMS, DROPPED, OVERLAYS, TOKEN
from index.cluster.stemming import algorithm, overrides, supports

__all__ = ["MAX_TERM_CHARS", "SCORED", "STEMS", "SURFACE", "TERMS", "WRITTEN_PREFIX", "analysis_settings", "supports"]

SURFACE = "searcher_surface"
SCORED = "searcher_scored"
TERMS = "searcher_terms"
STEMS = "searcher_stems"
WRITTEN_PREFIX = "="

# In units of UTF-16, of up to three bytes each.
MAX_TERM_CHARS = 10_000

# As `is_stemmed` has it: letters alone, and more than two.
_UNSTEMMED = r"(?!\p{L}{3,}+\z).*+"

_FOLDS, _PIECES, _SPACES = "searcher_folds", "searcher_pieces", "searcher_spaces"
_COUNTRY, _OVERLAYS, _DROPPED, _CUT = "searcher_country", "searcher_overlays", "searcher_dropped", "searcher_cut"
_KEEP, _RESTEM, _STEM, _WRITTEN, _BOTH = (f"searcher_{name}" for name in ("unstemmed", "restem", "stem", "written", "both"))


def analysis_settings(language: str) -> dict[str, Any]:
    """The `analysis` object of the settings of an index; 150 KB of JSON. ConfigError if no cluster stems the language."""
    stemmers = _stemmers(language)
    stemming = [_KEEP, *stemmers] if stemmers else []
    return {
        "char_filter": {_FOLDS: {"type": "mapping", "mappings": list(folds())}},
        "tokenizer": {
            _PIECES: {"type": "pattern", "pattern": TOKEN, "group": 1},
            _SPACES: {"type": "pattern", "pattern": r"\s+"},
        },
        "filter": {
            _COUNTRY: {"type": "pattern_replace", "pattern": COUNTRY_FIRST, "replacement": COUNTRY_TERMS, "all": False},
            _OVERLAYS: {"type": "pattern_capture", "patterns": [OVERLAYS], "preserve_original": False},
            _DROPPED: {"type": "pattern_replace", "pattern": DROPPED, "replacement": ""},
            _CUT: {"type": "truncate", "length": MAX_TERM_CHARS},
            _KEEP: {"type": "keyword_marker", "keywords_pattern": _UNSTEMMED},
            **stemmers,
            _WRITTEN: {"type": "pattern_replace", "pattern": "^", "replacement": WRITTEN_PREFIX, "all": False},
            _BOTH: {"type": "pattern_capture", "patterns": [f"^{WRITTEN_PREFIX}(.+)"], "preserve_original": True},
        },
        "analyzer": {
            SURFACE: _analyzer(),
            SCORED: _analyzer(_WRITTEN, _BOTH, *stemming),
            TERMS: {"type": "custom", "tokenizer": _SPACES},
            STEMS: {"type": "custom", "tokenizer": "keyword", "filter": stemming},
        },
    }


def _analyzer(*further: str) -> dict[str, Any]:
    filters = [_COUNTRY, _OVERLAYS, _DROPPED, "lowercase", "cjk_width", _CUT, *further]
    return {"type": "custom", "char_filter": [_FOLDS], "tokenizer": _PIECES, "filter": filters}


def _stemmers(language: str) -> dict[str, Any]:
    """The filters that stem, in sequence."""
    name = algorithm(language)
    if name is None:
        return {}
    filters: dict[str, Any] = {}
    if rules := overrides(language):
        filters[_RESTEM] = {"type": "stemmer_override", "rules": rules}
    filters[_STEM] = {"type": "snowball", "language": name}
    return filters
