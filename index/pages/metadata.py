"""What an HTML page says about its article: give the tree, get title, author, date, source, URL, tags and language.

Only what the page states is taken: JSON-LD, meta elements, <time>, the canonical link, <h1>. trafilatura fills what is
left (author, source, and a date found in the URL or in a date line), and nothing is guessed from copyright years.
"""

from __future__ import annotations

import dataclasses
import logging
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import lxml.html
from lxml import etree
from trafilatura.metadata import extract_metadata

from index.article import Precision, normalized
from index.pages.jsonld import Stated, read_jsonld
from index.pages.page import Page
from index.pages.published import is_borne_out, stated_time

_LOG = logging.getLogger(__name__)
_MAX_TAGS = 30
_MAX_TAG = 60
_SEPARATED = re.compile(r"\s+[|–—\-·•:»«›‹~/]{1,2}\s+")
_BYLINE = re.compile(r"^(?:by|von|par|por|di|door|af|av)\s+", re.IGNORECASE)
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    "|dec(?:ember)?)"
)
_LATER_WORDS = re.compile(rf"\s+(?:{_MONTH}\.?$|(?:edited|updated|published)\b.*|\d.*)", re.IGNORECASE)
_AUTHOR_METAS = ("author", "article:author", "byl", "dc.creator", "parsely-author", "sailthru.author")
_KEYWORD_METAS = ("news_keywords", "keywords", "parsely-tags")
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TRIMMINGS = " |–—-·•:»«›‹~/"
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


def read_metadata(tree: lxml.html.HtmlElement, page: Page, *, by_library: bool = True) -> Metadata:
    """Reads the metadata of a whole page (before anything was taken out of it), and empties its JSON-LD.

    by_library: False to leave trafilatura out, whose searches take minutes on some monstrous pages.
    """
    stated = read_jsonld(tree)
    metas = _metas(tree)
    found = _by_trafilatura(tree, page.origin, page.captured) if by_library else Metadata()
    url = _url(tree, metas, page.origin)
    source = _first(metas, "og:site_name", "application-name") or stated.publisher or found.source or _host(url or page.origin)
    published, precision = stated_time(tree, metas, stated.published)
    if published is None and found.published and is_borne_out(tree, found.published, url):
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
    return " ".join("".join(str(text) for text in element.itertext()).split())


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
    return named or stated.headline or _without_site(head, source) or next(iter(headings), None)


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
    if _is_site(pieces[-1], site):
        return title[: title.rindex(pieces[-1])].rstrip(_TRIMMINGS)
    return title[len(pieces[0]) :].lstrip(_TRIMMINGS) if _is_site(pieces[0], site) else title


def _is_site(piece: str, site: str) -> bool:
    name = normalized(piece).replace(" ", "")
    return bool(name) and (name == site or (min(len(name), len(site)) > 3 and (site.startswith(name) or name.startswith(site))))


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
    names = [name for key in _AUTHOR_METAS for name in metas.get(key, ())]
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
    listed = [tag for name in _KEYWORD_METAS for content in metas.get(name, ())[:1] for tag in content.split(",")]
    linked = [text_of(element) for element in tree.iter("a") if "tag" in element.get("rel", "").lower().split()]
    tags = [tag.strip(" #") for tag in metas.get("article:tag") or stated.keywords or listed or linked]
    return tuple(dict.fromkeys(tag for tag in tags if 0 < len(tag) <= _MAX_TAG))[:_MAX_TAGS]


def _lang(tree: lxml.html.HtmlElement, metas: dict[str, list[str]], stated: Stated) -> str | None:
    """The primary subtag (`en` of en-GB) of the page's language."""
    named = _first(metas, "og:locale", "language", "dc.language")
    for code in (tree.get("lang"), tree.get(_XML_LANG), stated.lang, named):
        match = re.match(r"([A-Za-z]{2,3})(?:[-_]|$)", (code or "").strip())
        if match:
            return match[1].lower()
    return None
