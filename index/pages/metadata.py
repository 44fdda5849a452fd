"""What an HTML page says about its article: give the tree, get title, author, date, source, URL, tags and language.

Only what the page states is taken: JSON-LD, meta elements, <time>, the canonical link, <h1>. trafilatura fills what is
left (author, source, and a date found in the URL or in a date line), and nothing is guessed from copyright years.
"""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import lxml.html
from lxml import etree
from trafilatura.metadata import extract_metadata

from index.article import Precision, normalized
from index.pages.jsonld import Stated, read_jsonld
from index.pages.statedtime import read_time

_LOG = logging.getLogger(__name__)
_MAX_TAGS = 30
_SEPARATED = re.compile(r"\s+[|–—\-·•:»«›‹~/]{1,2}\s+")
_BYLINE = re.compile(r"^(?:by|von|par|por|di|door|af|av)\s+", re.IGNORECASE)
_LATER_WORDS = re.compile(
    r"\s*(?:\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?$|\b(?:edited|updated|published)\b.*|\d.*)", re.IGNORECASE
)
_DATE_NAME = re.compile(r"date|time|publi|posted|submitted|entry-meta", re.IGNORECASE)
_OTHER_DATE_NAME = re.compile(r"bday|birth|update|modif|event|countdown", re.IGNORECASE)
_DATE_METAS = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "parsely-pub-date", "sailthru.date",
    "publishdate", "publish-date", "pubdate", "dc.date.issued", "dcterms.created", "dc.date", "date",
)  # fmt: skip
_TITLE_METAS = ("og:title", "twitter:title", "dc.title", "parsely-title", "headline", "title")


@dataclasses.dataclass(frozen=True, slots=True)
class Metadata:
    """What the page states; None where it does not. stated_body is JSON-LD's articleBody."""

    title: str | None = None
    author: str | None = None
    source: str | None = None
    url: str | None = None
    published: str | None = None
    precision: Precision = "unknown"
    tags: tuple[str, ...] = ()
    lang: str | None = None
    stated_body: str | None = None


def read_metadata(tree: lxml.html.HtmlElement, origin: str, captured: datetime) -> Metadata:
    """Reads the metadata of a whole page (before anything was taken out of it). captured bounds what a date can be."""
    stated = read_jsonld(tree)
    metas = _metas(tree)
    found = _by_trafilatura(tree, origin, captured)
    url = _url(tree, metas, origin)
    source = _first(metas, "og:site_name", "application-name") or stated.publisher or found.source or _host(url or origin)
    published, precision = _published(tree, metas, stated)
    if published is None and found.published and _is_borne_out(tree, found.published, url):
        published, precision = found.published, "day"
    return Metadata(
        title=_title(tree, metas, stated, source),
        author=_author(stated.author or _named_author(metas) or _person(found.author)),
        source=source,
        url=url,
        published=published,
        precision=precision,
        tags=_tags(tree, metas, stated),
        lang=_lang(tree, metas, stated),
        stated_body=stated.body,
    )


def web_url(text: str | None) -> str | None:
    """The text if it is an absolute http or https URL of a page, without its fragment; None for anything else."""
    if not text:
        return None
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or re.search(r"\s", parts.geturl()):
        return None
    return parts._replace(fragment="").geturl()


def text_of(element: etree._Element) -> str:
    """All text in the element, white space made single spaces."""
    return " ".join("".join(element.itertext()).split())


def _metas(tree: lxml.html.HtmlElement) -> dict[str, list[str]]:
    """Contents of the meta elements by their name, property or itemprop in lower case."""
    metas: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = " ".join(element.get("content", "").split())
        for attribute in ("property", "name", "itemprop"):
            name = element.get(attribute, "").strip().lower()
            if name and content:
                metas.setdefault(name, []).append(content)
    return metas


def _first(metas: dict[str, list[str]], *names: str) -> str | None:
    return next((metas[name][0] for name in names if name in metas), None)


def _by_trafilatura(tree: lxml.html.HtmlElement, origin: str, captured: datetime) -> Metadata:
    """Author, source and day as trafilatura finds them; its extensive search for dates takes copyright years, so it stays off."""
    latest = captured + timedelta(days=1)
    dates = {"original_date": True, "extensive_search": False, "max_date": f"{latest:%Y-%m-%d}"}
    try:
        found = extract_metadata(tree, default_url=web_url(origin), date_config=dates)
    except Exception as error:  # foreign code on hostile pages: what it would have added is missing, the article is not lost
        _LOG.debug("trafilatura found no metadata: %s", error)
        return Metadata()
    return Metadata(author=found.author, source=found.sitename, published=found.date)


def _title(tree: lxml.html.HtmlElement, metas: dict[str, list[str]], stated: Stated, source: str | None) -> str | None:
    """The title as printed above the article where the page's head bears it out, without the name of the site.

    A heading counts when the title in the head (og:title, <title>) begins with it or says nearly the same.
    """
    head = text_of(element) if (element := tree.find(".//head/title")) is not None else ""
    named = _without_site(_first(metas, *_TITLE_METAS) or "", source)
    headings = [heading for heading in (text_of(element) for element in tree.iter("h1")) if heading]
    for heading in headings:
        if any(_is_same_title(heading, other) for other in (named, stated.headline or "", head)):
            return _without_site(heading, source)
    single = headings[0] if len(headings) == 1 else None
    return named or stated.headline or (_without_site(head, source) if head else None) or single or (headings[0] if headings else None)


def _is_same_title(heading: str, other: str) -> bool:
    ours, theirs = normalized(heading), normalized(other)
    if not ours or not theirs:
        return False
    if len(ours) >= 15 and (theirs.startswith(ours) or ours.startswith(theirs)):
        return True
    our_words, their_words = set(ours.split()), set(theirs.split())
    return len(our_words & their_words) >= 0.6 * len(our_words | their_words)


def _without_site(title: str, source: str | None) -> str:
    """`Title | Site`, `Site - Title` without the site, which is known by its name or as the host."""
    pieces = _SEPARATED.split(title)
    if len(pieces) < 2 or not source:
        return title
    site = normalized(source).replace(" ", "")
    for piece, is_last in ((pieces[-1], True), (pieces[0], False)):
        name = normalized(piece).replace(" ", "")
        if name and (name == site or (len(name) > 3 and (site.startswith(name) or name.startswith(site)))):
            return title[: title.rindex(piece)].rstrip(" |–—-·•:»«›‹~/") if is_last else title[len(piece) :].lstrip(" |–—-·•:»«›‹~/")
    return title


def _published(tree: lxml.html.HtmlElement, metas: dict[str, list[str]], stated: Stated) -> tuple[str | None, Precision]:
    times = [element.get("datetime", "") or text_of(element) for element in _time_elements(tree)]
    for text in (stated.published, _first(metas, *_DATE_METAS), *times):
        found = read_time(text) if text else None
        if found:
            return found
    return None, "unknown"


def _is_borne_out(tree: lxml.html.HtmlElement, day: str, url: str | None) -> bool:
    """Whether the URL, or an element that is named a date of publication, gives the day that was found.

    Found without either were, on real pages: days of pictures' file names, of the last change, of links to other sites.
    """
    year, month, number = day.split("-")
    if url and re.search(rf"{year}([-/_]?){month}\1{number}(?!\d)", url):
        return True
    for element in tree.iter("abbr", "address", "dd", "div", "li", "p", "span", "td", "time"):
        name = f"{element.get('class', '')} {element.get('id', '')} {element.get('itemprop', '')}"
        if _DATE_NAME.search(name) and not _OTHER_DATE_NAME.search(name):
            printed = f"{text_of(element)[:200]} {element.get('title', '')} {element.get('datetime', '')}"
            if year in printed and re.search(rf"(?<!\d)0?{int(number)}(?!\d)", printed):
                return True
    return False


def _time_elements(tree: lxml.html.HtmlElement) -> Sequence[etree._Element]:
    """<time> elements that date the article: marked as its publication, or the first of its <article> before any other."""
    marked = tree.xpath("//*[@itemprop='datePublished' or @pubdate or contains(@class, 'published')][@datetime]")
    story = tree.xpath("(//article//time[@datetime][not(ancestor::aside or ancestor::footer)])[1]")
    only = tree.xpath("//time[@datetime]")
    return [*marked, *story, *(only if len(only) == 1 else ())]


def _url(tree: lxml.html.HtmlElement, metas: dict[str, list[str]], origin: str) -> str | None:
    """The canonical URL; one that names the site's front page names no article."""
    links = [element.get("href") for element in tree.iter("link") if "canonical" in element.get("rel", "").lower().split()]
    for link in (*links, *metas.get("og:url", ()), origin):
        url = web_url(link)
        if url and (urlsplit(url).path.strip("/") or urlsplit(url).query):
            return url
    return None


def _host(location: str) -> str | None:
    url = web_url(location)
    host = urlsplit(url).hostname if url else None
    return host.removeprefix("www.") if host else None


def _named_author(metas: dict[str, list[str]]) -> str | None:
    names = [name for key in ("author", "article:author", "byl", "dc.creator", "parsely-author", "sailthru.author") for name in metas.get(key, ())]
    return next((name for name in names if not web_url(name) and len(name) < 100), None)


def _person(found: str | None) -> str | None:
    """A name that trafilatura found near the title, if it reads like people's names: two words or more, each capitalized."""
    name = _LATER_WORDS.sub("", found or "").strip()
    words = name.split()
    return name if len(words) > 1 and words[0][0].isupper() and words[-1][0].isupper() and len(name) < 100 else None


def _author(name: str | None) -> str | None:
    cleaned = _BYLINE.sub("", name.replace("; ", ", ")).strip(" ,;") if name else ""
    return cleaned if cleaned and not web_url(cleaned) else None


def _tags(tree: lxml.html.HtmlElement, metas: dict[str, list[str]], stated: Stated) -> tuple[str, ...]:
    listed = [tag for name in ("news_keywords", "keywords", "parsely-tags") for content in metas.get(name, ())[:1] for tag in content.split(",")]
    linked = [text_of(element) for element in tree.iter("a") if "tag" in element.get("rel", "").lower().split()]
    tags = metas.get("article:tag") or list(stated.keywords) or listed or linked
    return tuple(dict.fromkeys(tag.strip(" #") for tag in tags if 0 < len(tag.strip(" #")) <= 60))[:_MAX_TAGS]


def _lang(tree: lxml.html.HtmlElement, metas: dict[str, list[str]], stated: Stated) -> str | None:
    """The primary subtag (`en` of en-GB) of the page's language."""
    for code in (tree.get("lang"), tree.get("{http://www.w3.org/XML/1998/namespace}lang"), stated.lang, _first(metas, "og:locale", "language", "dc.language")):
        match = re.match(r"([A-Za-z]{2,3})(?:[-_]|$)", (code or "").strip())
        if match:
            return match[1].lower()
    return None
