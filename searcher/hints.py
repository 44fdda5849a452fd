"""Hints: what a writer of a query may have meant.

Give `unknown_field_hint` a name that stands before a colon and is no field; it gives back what to tell the reader.
"""

from __future__ import annotations

import difflib

from searcher.fields import FIELDS

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
