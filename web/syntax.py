"""The query language by example: the card on the help page, each example a search that works as shown."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Example:
    """A query and what it finds."""

    query: str
    finds: str


@dataclasses.dataclass(frozen=True, slots=True)
class Section:
    """Examples that belong together."""

    title: str
    anchor: str
    examples: tuple[Example, ...]


SYNTAX: tuple[Section, ...] = (
    Section(
        "Words",
        "words",
        (
            Example("grain exports", "both words, in any form (export, exported); failing that, any of them"),
            Example('"grain exports"', "exactly these words, side by side, in this order"),
            Example('"exports"', "exactly this form of the word"),
            Example("grain -corn", "grain, but not corn"),
            Example("wheat OR barley", "either word or both"),
            Example("grain AND NOT corn", "AND, OR and NOT are written in capitals"),
            Example("(wheat OR barley) harvest", "parentheses keep together what belongs together"),
        ),
    ),
    Section(
        "Where to look",
        "fields",
        (
            Example("title:harvest", "in the title only"),
            Example('source:"Asia Times"', "from this source; quotes hold a name of several words together"),
            Example("#wheat", "with this tag; tag:wheat is the same"),
            Example("author:Lee", "by this author"),
            Example("url:example.org", "with this in its address"),
            Example("lang:de", "in this language"),
        ),
    ),
    Section(
        "When",
        "dates",
        (
            Example("harvest date:2025-05", "published in May 2025; a day (2025-05-27) or a year (2025) works too"),
            Example("harvest date:2025-05-01..2025-05-27", "from one day to another, both included"),
            Example("harvest after:2025-05-27", "on that day or later"),
            Example("harvest before:2025-05", "in that month or earlier"),
            Example("harvest date:yesterday", 'also today, 7d (the last seven days), "last week", "last month"'),
            Example("harvest date:none", "articles whose date is not known"),
        ),
    ),
    Section(
        "Parts and variants of words",
        "variants",
        (
            Example("export*", "words that begin with export"),
            Example("col?r", "one unknown letter; * stands for any number of them"),
            Example("Zelensky~1", "at most one letter different (~2: two)"),
            Example('"grain prices"~5', "in this order, with up to five other words in between"),
            Example("harvest^2 wheat", "the first word counts double"),
        ),
    ),
)
