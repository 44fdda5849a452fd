"""The field table as a Whoosh schema: give it nothing, get the schema that stands in every table of contents.

Apart from `index.schema`, so that what reads an index never imports Whoosh.
"""

from __future__ import annotations

from whoosh import analysis, columns, fields, formats

from index.schema import FIELDS, Kind


def whoosh_schema() -> fields.Schema:
    """The field table as a Whoosh schema of stock field types only (the schema is pickled into the index)."""
    return fields.Schema(**{field.name: _whoosh_field(field.kind) for field in FIELDS})


def _whoosh_field(kind: Kind) -> fields.FieldType:
    words = analysis.SpaceSeparatedTokenizer()
    match kind:
        case "positions":
            return fields.FieldType(formats.Positions(), words, scorable=False)
        case "terms" | "keyword":  # a posting's weight is all that is asked of them
            return fields.FieldType(formats.Existence(), words, scorable=False)
        case "time" | "number":
            return fields.COLUMN(columns.NumericColumn("q"))
        case "name":
            return fields.COLUMN(columns.RefBytesColumn())
        case "stored":
            return fields.STORED()
