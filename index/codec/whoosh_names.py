"""Names of fields in the names of sections, where dots have a meaning: `section_name` writes one, `field_name` reads it."""

from __future__ import annotations


def section_name(field: str) -> str:
    """A field's name without dots; different for different fields."""
    return field.replace("%", "%25").replace(".", "%2E")


def field_name(section: str) -> str:
    """The field again."""
    return section.replace("%2E", ".").replace("%25", "%")
