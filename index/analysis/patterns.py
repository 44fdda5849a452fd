"""The patterns of written words and their pieces, for any text and, several times as fast, for text of ASCII alone.

`patterns(text.isascii())` gives the right ones. Those for any text are compiled at the first text that is not ASCII: with the
ranges of CJK and of combining marks in them that takes 20 ms, a tenth of what a search from the shell may take.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from index.analysis.marks import MARKS

HYPHENS = "-\u2010\u2011"
APOSTROPHES = "'\u2018\u2019\u02bc\uff07"
CONNECTORS = rf"{HYPHENS}{APOSTROPHES}./&_"  # the inside of a character class
# Han, Hiragana, Katakana, Bopomofo, Hangul: scripts written without spaces, or with endings that hide the word.
CJK = (
    "\u1100-\u11ff\u3005\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
)
_NUMBER = r"\d{1,3}(?:,\d{2,3})*,\d{3}(?![\d,])(?:\.\d+)*|\d+(?:\.\d+)*"


class Patterns(NamedTuple):
    """chunk: a written word. plain: one that is all letters; single: one that is a number or dotted letters alone; piece: what
    any other is cut into. The groups dotted, cjk, number, sign and letters name the kind.
    """

    chunk: re.Pattern[str]
    plain: re.Pattern[str]
    single: re.Pattern[str]
    piece: re.Pattern[str]


@cache
def patterns(is_ascii: bool) -> Patterns:
    """Those for ASCII find in it exactly what the others do (tested); `scan` finds what `chunk` does without a pattern."""
    return _for_ascii() if is_ascii else _for_any_text()


def is_cjk(term: str) -> bool:
    """Whether a term begins with a character of a script written without spaces."""
    return not term.isascii() and _cjk().match(term) is not None


@cache
def _cjk() -> re.Pattern[str]:
    return re.compile(f"[{CJK}]")


def _for_any_text() -> Patterns:
    dotted = rf"(?:[^\W\d_]\.){{1,5}}[^\W\d_](?![^\W_]|[{MARKS}])"
    return Patterns(
        # #tag, then word characters and marks, connectors only between word characters, a comma only between digits.
        chunk=re.compile(
            rf"#?[^\W_]++(?:[{CONNECTORS}][^\W_]++|(?<=\d),(?=\d)[^\W_]++|[{MARKS}]++[^\W_]*+)*+(?:(?:\+\+|#)(?![^\W\d_]))?"
        ),
        plain=re.compile(rf"(?:(?![{CJK}])[^\W\d_])+"),
        single=re.compile(rf"(?P<number>{_NUMBER})|(?P<dotted>{dotted})"),
        piece=re.compile(
            rf"(?P<dotted>{dotted})"
            rf"|(?P<cjk>[{CJK}]+)"
            rf"|(?P<number>{_NUMBER})"
            r"|(?P<sign>[^\W\d_]{1,3}&[^\W\d_]{1,3}(?![^\W_])|[^\W\d_](?:\+\+|#))"
            rf"|(?P<letters>(?:(?![{CJK}])[^\W\d_]|[{MARKS}])+|[^\W_])"
        ),
    )


def _for_ascii() -> Patterns:
    dotted = r"(?P<dotted>(?:[A-Za-z]\.){1,5}[A-Za-z](?![A-Za-z0-9]))"
    number = rf"(?P<number>{_NUMBER})"
    return Patterns(
        chunk=re.compile(
            r"#?[A-Za-z0-9]++(?:[-'./&_][A-Za-z0-9]++|(?<=[0-9]),(?=[0-9])[A-Za-z0-9]++)*+(?:(?:\+\+|#)(?![A-Za-z]))?"
        ),
        plain=re.compile(r"[A-Za-z]+"),
        single=re.compile(rf"{number}|{dotted}", re.ASCII),
        piece=re.compile(
            rf"{dotted}|{number}"
            r"|(?P<sign>[A-Za-z]{1,3}&[A-Za-z]{1,3}(?![A-Za-z0-9])|[A-Za-z](?:\+\+|#))"
            r"|(?P<letters>[A-Za-z]+)",
            re.ASCII,
        ),
    )
