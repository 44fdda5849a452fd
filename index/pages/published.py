"""When an article was published, as its HTML page states it: give the tree and its metadata, get the time and its precision."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from email.utils import parsedate_to_datetime

import lxml.html
from lxml import etree

from index.article import Precision, format_time

_DATE_METAS = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "publishdate",
    "publish-date",
    "pubdate",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "date",
)
_DATE_NAME = re.compile(r"date|time|publi|posted|submitted|entry-meta", re.IGNORECASE)
_OTHER_DATE_NAME = re.compile(r"bday|birth|update|modif|event|countdown", re.IGNORECASE)
_MAX_DATE_LINE = 200
_EARLIEST_YEAR = 1600  # the first newspapers; a year before it is a default value (0001-01-01) of some system
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?$")
_COMPACT_ZONE = re.compile(r"(?<=\d)\s+([+-]\d\d:?\d\d)$")
_ZONE_NAME = re.compile(r"\s*(?:UTC|GMT)$")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]|$)|\d{8}(?:T|$)")


def stated_time(tree: lxml.html.HtmlElement, metas: dict[str, list[str]], jsonld: str | None) -> tuple[str | None, Precision]:
    """The first time that can be read, in the order of trust: JSON-LD, meta elements, <time>."""
    times = [element.get("datetime", "") for element in _time_elements(tree)]
    named = [metas[name][0] for name in _DATE_METAS if name in metas]
    for text in (jsonld, *named, *times):
        found = read_time(text) if text else None
        if found:
            return found
    return None, "unknown"


def is_borne_out(tree: lxml.html.HtmlElement, day: str, url: str | None) -> bool:
    """Whether the URL, or an element that is named a date of publication, gives the day that was found.

    Found without either were, on real pages: days of pictures' file names, of the last change, of links to other sites.
    """
    year, month, number = day.split("-")
    if url and re.search(rf"{year}(?P<separator>[-/_]?){month}(?P=separator){number}(?!\d)", url):
        return True
    for element in tree.iter("abbr", "address", "dd", "div", "li", "meta", "p", "span", "td", "time"):
        name = " ".join(element.get(attribute, "") for attribute in ("class", "id", "itemprop", "name", "property"))
        if _DATE_NAME.search(name) and not _OTHER_DATE_NAME.search(name):
            text = " ".join("".join(str(piece) for piece in element.itertext()).split())
            printed = " ".join(
                (text[:_MAX_DATE_LINE], *(element.get(attribute, "") for attribute in ("title", "datetime", "content")))
            )
            if year in printed and re.search(rf"(?<!\d)0?{int(number)}(?!\d)", printed):
                return True
    return False


def _time_elements(tree: lxml.html.HtmlElement) -> Sequence[etree._Element]:
    """<time> elements that date the article: marked as its publication, or the first of its <article> before any other."""
    marked = tree.xpath("//*[@itemprop='datePublished' or @pubdate or contains(@class, 'published')][@datetime]")
    story = tree.xpath("(//article//time[@datetime][not(ancestor::aside or ancestor::footer)])[1]")
    only = tree.xpath("//time[@datetime]")
    return [*marked, *story, *(only if len(only) == 1 else ())]


def read_time(text: str) -> tuple[str, Precision] | None:
    """ISO 8601 or an RFC 2822 date. Midnight sharp is how systems write a day, so its precision is a day."""
    text = _COMPACT_ZONE.sub(r"\1", text.strip())
    if _ISO.match(text):
        text = _ZONE_NAME.sub("Z", text)
    if _MIDNIGHT.search(text):
        text = text[:10]
    try:
        if len(text) == 10 and _ISO.match(text):
            return _plausible(date.fromisoformat(text)), "day"
        moment = datetime.fromisoformat(_three_digits(text)) if _ISO.match(text) else parsedate_to_datetime(text)
        _plausible(moment.date())
        return format_time(moment), "minute"
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _three_digits(text: str) -> str:
    """Fractions of a second cut to three digits: some systems write seven."""
    return re.sub(r"(\.\d{3})\d+", r"\1", text)


def _plausible(day: date) -> str:
    if day.year < _EARLIEST_YEAR:
        raise ValueError("no newspaper is that old")
    return day.isoformat()
