"""What the query language fixes: its operators, its fields with their aliases and what is special about each, its limits."""

from __future__ import annotations

from index.schema import TITLE_GAP

OPERATORS = frozenset({"AND", "OR", "NOT"})

# A question to a search engine is some words, a pasted headline or a list of names; what is longer is a pasted article.
MAX_CHARACTERS = 4096
MAX_LEAVES = 256
# Brackets nest no deeper than this: each level is four calls deep, far from the interpreter's limit.
MAX_DEPTH = 50
# A person pages through results, filters them and comes back: a text with a phrase or a field is read 40 times as fast again,
# and results kept for a tree are found faster by the same tree than by an equal one. The longest trees take 40 kB each.
KEPT_TREES = 256

# Words between those of a phrase. Title and body share their positions: with one more it would reach from the one into the other.
LARGEST_SLOP = TITLE_GAP - 1

# Names a query may put before a colon -> the field they mean. date, after and before are not index fields but filters.
FIELDS = {
    "title": "title",
    "intitle": "title",
    "source": "source",
    "tag": "tag",
    "url": "url",
    "site": "url",
    "inurl": "url",
    "author": "author",
    "inauthor": "author",
    "lang": "lang",
    "language": "lang",
    "date": "date",
    "published": "date",
    "after": "after",
    "since": "after",
    "before": "before",
    "until": "before",
}
DATE_FIELDS = frozenset({"date", "after", "before"})
# `source:rt,scmp` is either; in the other fields a comma is part of the text.
LIST_FIELDS = frozenset({"source", "tag", "lang", "date"})
# Fields whose whole value is compared: what is quoted there is a value, not a sequence of words.
KEYWORD_FIELDS = frozenset({"source", "tag", "lang"})
