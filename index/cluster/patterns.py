r"""The patterns of `index.analysis` once more, as regular expressions of Java for the cluster's tokenizer and filters.

`TOKEN` cuts a text into pieces as `analysis.words.split` does, one match a piece; its group 1, all in a lookahead, is the text of
the token. For the first piece of a group it reaches to the end of the group (`co-operation`), at a hashtag to the end of
the word, for a CJK character over the next one: so the token carries what is laid over the piece, and the filters
take it apart:

    COUNTRY    `US-led` -> `usa|us|US-led`
    OVERLAYS   captures what stands at one position: `co-operation` -> co, co-operation
    DROPPED    takes the connectors away: cooperation; also U.S -> US, 50,000 -> 50000

The char filter of `folds` runs before, so that hyphens are `-`, apostrophes `'` and the letters folded but for capitals.
Characters of the class of letters that fold to digits or signs (`²`, `½`) are then full-width ones, which count as letters here
and which the filter `cjk_width` makes ASCII at the end; full-width ones of the text are folded before.

Java's matcher descends once more for each round of a repeated group and ends in a StackOverflowError after some thousand: so
groups are repeated a bounded number of times, and only single classes without bound.
"""

from __future__ import annotations

import re
import unicodedata

from index.analysis.analyzer import COUNTRY, COUNTRY_WORDS
from index.analysis.marks import INVISIBLE, MARKS
from index.analysis.patterns import CJK
from index.analysis.words import ENDINGS, MAX_JOINED_CHARS, MAX_JOINED_PARTS

# What stands for characters of terms that are signs, or digits that count as letters; the text itself cannot hold it, see
# `folds`. The inside of a class.
ENCODED = "\u00b7\u2044\uff08\uff09\uff0c\uff0e\uff10-\uff19"


def _written(inside: str) -> str:
    """The inside of a class in ASCII."""
    return re.sub(r"[^\x00-\x7f]", lambda c: f"\\x{{{ord(c[0]):x}}}", inside)


def _combining() -> str:
    """The inside of a class: the marks that folding takes from Latin letters."""
    ranges = re.findall("(.)(?:-(.))?", MARKS)
    marks = {code for first, last in ranges for code in range(ord(first), ord(last or first) + 1)}
    taken = {code for code in marks if unicodedata.combining(chr(code))}
    starts = sorted(code for code in taken if code - 1 not in taken)
    ends = sorted(code for code in taken if code + 1 not in taken)
    return "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in zip(starts, ends, strict=True))


# Written as it is: in a lookbehind, Java reckons with characters beyond the Basic Multilingual Plane only where it sees one.
_LAST = "\U0010fffd"


def _of(of_ascii: str, beyond: str) -> str:
    """A class. The test for ASCII comes first, and one comparison then ends it for all other ASCII."""
    return rf"[{of_ascii}[\x{{80}}-{_LAST}&&{beyond}]]"


_CJK, _ENCODED, _INVISIBLE = map(_written, (CJK, ENCODED, INVISIBLE))
_LETTERS = rf"\p{{L}}\p{{Nl}}\p{{No}}{_ENCODED}"
_MARKS = rf"[\p{{M}}&&[\x{{80}}-\x{{ffff}}]]{_INVISIBLE}"
_SPACED = rf"[[\x{{80}}-\x{{10ff}}][^{_CJK}]]"  # below U+1100 there is no CJK

_LATIN = r"a-zA-Z\x{c0}-\x{24f}\x{1e00}-\x{1eff}"

A = _of("a-zA-Z", f"[{_LETTERS}]")  # any letter
L = _of("a-zA-Z", f"[{_LETTERS}]&&{_SPACED}")  # a letter of a script with spaces
LM = _of("a-zA-Z", f"[{_LETTERS}{_MARKS}]&&{_SPACED}")
M = _of("", f"[{_MARKS}]")
D = _of("0-9", r"\p{Nd}&&[^\x{ff10}-\x{ff19}]")
C = rf"[\x{{1100}}-{_LAST}&&[{_CJK}]&&[\p{{L}}\p{{N}}]]"
W = _of("a-zA-Z0-9", rf"[\p{{L}}\p{{N}}{_ENCODED}]")
WM = _of("a-zA-Z0-9", rf"[\p{{L}}\p{{N}}{_ENCODED}{_MARKS}]")
G = "[-'._]"  # holds pieces together

_PLAIN = f"(?>{L}{LM}*+|{D}++)(?![-'._,]?{WM}|[&+#])"
_GOES_ON = f"{G}?{W}|{M}"  # the group does, at the end of a piece
_START = f"(?:(?<![-'._])(?<!{WM})|(?<!{W}{M}{{0,8}}{G}?))"
_DOT = rf"\.{A}(?!{WM})"  # and the last of dotted letters
_DOTTED = rf"(?:{A}\.){{1,5}}{A}(?!{WM})"
_DECIMALS = rf"(?:\.{D}++){{0,99}}+"
_NUMBER = rf"(?>{D}{{1,3}}(?:,{D}{{2,3}}){{0,15}},{D}{{3}}(?!,?{D})|{D}++){_DECIMALS}"
_AND = f"&{A}{{1,3}}(?!{W})"  # of a sign, behind up to three letters
_SUFFIX = rf"(?:\+\+|#)(?!{A})"  # of a sign, behind one letter
_SIGN = rf"{L}(?:{A}{{0,2}}{_AND}|{_SUFFIX})"
_PIECE = f"{_DOTTED}|{_NUMBER}|{_SIGN}|(?:{L}|(?<={W}){M}){LM}*+"
# `e-mail` and `don't`, only at the start of a group.
_PREFIXED = f"{L}-(?!{_SIGN})(?:{_DOTTED}|{L}{LM}++)"
_NEGATED = f"(?:{_DOTTED}|{L}{LM}*+)(?<=[nN])'[tT](?!{LM}|{_AND}|{_SUFFIX}|{_DOT})"
_HEAD = f"(?>{_START}(?>{_PREFIXED}|{_NEGATED})|{_PIECE})"
_ENDING = f"(?<![+#])'(?i:{'|'.join(sorted(ENDINGS))})(?!{_GOES_ON}|{_AND}|(?<='.){_SUFFIX})"
_REST = f"(?:(?<![+#])(?!{_ENDING}){G}?+(?>{_PIECE})){{1,{MAX_JOINED_PARTS - 1}}}+(?=(?:{_ENDING})?+(?:(?<=[+#])|(?!{_GOES_ON})))"
# Groups that have no joined form. Counted are the characters of the form; what folding drops is none.
_UNSEEN = rf"(?:[{_INVISIBLE}]|(?<=[{_LATIN}]{M}{{0,4}})\p{{Mn}})"
_GLUE = rf"(?:[-'_]|(?<!{D})\.|\.(?!{D}))"
_JOINED_CHAR = rf"(?:{WM}|\.|&(?<=(?<!{LM}){A}{{1,3}}&)(?={A}{{1,3}}(?!{W})))"
_COUNTED = f"(?!{_ENDING}){_UNSEEN}{{0,9}}+{_GLUE}?+(?!{_UNSEEN}){_JOINED_CHAR}"
_TOO_LONG = rf"(?=\S{{{MAX_JOINED_CHARS + 1}}})(?:{_COUNTED}){{{MAX_JOINED_CHARS + 1}}}"
_ALL_NUMBERS = f"(?={D})(?>{_NUMBER}(?:{G}{_NUMBER}){{0,{MAX_JOINED_PARTS}}})(?:{_ENDING})?(?!{_GOES_ON})"
_JOINABLE = f"(?!{_ALL_NUMBERS})(?!{_TOO_LONG})"
# A hashtag, behind the #.
_TAG = rf"{W}++(?:[-'._/&]{W}++|(?<={D}),(?={D}){W}++|{M}++{W}*+){{0,99}}+(?:{_SUFFIX})?+"
_IN_TAG = f"(?<=#)(?:(?={A})|(?={D})(?<!{W}{M}{{0,8}}#))"

_FIRST = _of("#a-zA-Z0-9", rf"[\p{{L}}\p{{N}}{_ENCODED}{_MARKS}]")
# The groups: 1 the token, 2 the piece that is all of it, 3 a character of CJK, 4 the first piece of what may be more.
TOKEN = (
    f"(?={_FIRST})(?=(({_PLAIN})|({C})(?:(?!{_DOT})|(?<={C}{C})){C}?+|(?:#{_IN_TAG})?+(?=({_HEAD}|{C}))"
    rf"(?:{_IN_TAG}{_TAG}|{_START}{_JOINABLE}\4{_REST}(?:{_ENDING})?+|\4)))"
    rf"(?:\2|(?:\3|#?+\4)(?:{_ENDING})?+)"
)

# What may stand between the terms of one position; no token of a text holds it.
_BAR = r"\|"
_PLAIN_COUNTRY = "|".join(sorted(word for word in COUNTRY_WORDS if "." not in word))
_DOTTED_COUNTRY = "|".join(sorted(re.escape(word) for word in COUNTRY_WORDS if "." in word))

COUNTRY_FIRST = rf"^(?=#?+[Uu](?<=(?=(?:{_PLAIN_COUNTRY})(?!{LM}|&{A}{{1,3}}(?!{W}))|(?:{_DOTTED_COUNTRY})(?!{WM}|{_DOT})).))"
COUNTRY_TERMS = "".join(f"{term}|" for term in COUNTRY)

OVERLAYS = (
    rf"^(?:(?=({C}{C}\z))({C})|(?!(?:{LM}++|{D}++|{C})\z)(?:({COUNTRY[0]}){_BAR}({COUNTRY[1]}){_BAR})?+(?:(?=(#.++))#)?+"
    rf"(?=((?:(?<!#)|{_JOINABLE}){_HEAD}{_REST})?)(?:(?<={_BAR}#?)|({_HEAD})|(?=({C}{C})?)({C})))"
)

DROPPED = (
    _of("-'._,/&+#", f"[{_MARKS}{_ENCODED}]") + rf"(?:(?<=[-'_,{_INVISIBLE}])"
    rf"|(?<=\.)(?:(?<!{D}\.)|(?!{D}))"
    rf"|(?<={M})(?<=[{_LATIN}{_ENCODED}][{_combining()}{_INVISIBLE}]{{1,9}})"
    rf"|(?<=^#.{{1,200}})(?<!\p{{Nd}}))"
)
