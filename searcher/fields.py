"""The fields of the query language: their names and aliases, and what is special about each.

Give `unknown_field_hint` a name that stands before a colon and is no field; it gives back what to tell the reader.
"""

from __future__ import annotations

import difflib

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
# Names before a colon that are no mistaken field: addresses and identifiers that people paste.
_SCHEMES = frozenset({"http", "https", "ftp", "file", "mailto", "doi", "urn", "isbn", "issn", "arxiv", "tel", "re", "www"})


def unknown_field_hint(name: str) -> str | None:
    """What to remark on `name:value`, which is searched as text; None where nobody can have meant a field."""
    if name.lower() in _SCHEMES or name.lower() in FIELDS:
        return None
    close = difflib.get_close_matches(name.lower(), FIELDS, n=1)
    meant = f"did you mean {close[0]}:? " if close else ""
    known = ", ".join(dict.fromkeys(FIELDS.values()))
    return f"{name}: is not a field, searched as text; {meant}fields are {known}"
