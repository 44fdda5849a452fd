"""The HTML rules of a known site: give a page and its profile, get the related articles and the rest of the page.

The selectors are CSS, read by BeautifulSoup. Taken out are the related items and what the profile drops; as many line
breaks as they held stay in their place, so that the lines of the rest keep their numbers.
"""

from __future__ import annotations

import dataclasses

import lxml.html
import soupsieve
from bs4 import BeautifulSoup, Tag

from index.article import Article, storable
from index.errors import ConfigError
from index.pages.blocks import blocks_of, parse_tree
from index.pages.dates import DateReader, PageDate
from index.pages.metadata import web_url
from index.pages.page import LineFate, Page
from index.pages.profiles import HtmlRules, Profile

MAIN_MARK = "data-searcher-main"


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What the rules of a site found. html: the page without related items and dropped parts, its main element marked."""

    html: str
    has_main: bool
    related: tuple[Article, ...]
    fates: tuple[LineFate, ...]
    title: str | None
    source: str | None
    date: PageDate | None


def apply_rules(text: str, page: Page, profile: Profile) -> Known:
    """Reads the page by the profile's HTML rules; ConfigError when a selector of the profile is none."""
    rules = profile.html or HtmlRules()
    soup = BeautifulSoup(text, "lxml")
    try:
        return _apply(soup, page, profile, rules)
    except soupsieve.SelectorSyntaxError as error:
        raise ConfigError(f"{profile.name}.yml:1: html: a selector cannot be read: {error}") from None


def _apply(soup: BeautifulSoup, page: Page, profile: Profile, rules: HtmlRules) -> Known:
    fates: list[LineFate] = []
    for selector in rules.drop:
        for element in soup.select(selector):
            if not element.decomposed:
                fates.append(_cut(element, "boilerplate", f"profile {profile.name}: drop {selector}"))
    reader = DateReader(profile.dates.shapes, profile.dates.prefixes)
    related: list[Article] = []
    for item in soup.select(rules.related) if rules.related else ():
        article = None if item.decomposed else _related(item, rules, reader, page)
        if article:
            related.append(article)
        if not item.decomposed:
            fates.append(
                _cut(
                    item,
                    "kept" if article else "boilerplate",
                    f"profile {profile.name}: related",
                    len(related) if article else None,
                )
            )
    main = soup.select_one(rules.main) if rules.main else None
    scope: Tag = main or soup
    title, source, date = _part(scope, rules.title), _part(scope, rules.source), _date(scope, rules, reader, page)
    marked = main if main is None else (_select_one(main, rules.body) or main)
    if marked is not None:
        marked[MAIN_MARK] = ""
    return Known(str(soup), marked is not None, tuple(related), tuple(fates), title, source, date)


def _related(item: Tag, rules: HtmlRules, reader: DateReader, page: Page) -> Article | None:
    """The item as an article; None when it has no title, or no text but its title, source and date."""
    title_element = _select_one(item, rules.title) or item.find(["h1", "h2", "h3", "h4", "h5", "h6", "a"])
    title = _text(title_element)
    source, date = _part(item, rules.source), _date(item, rules, reader, page)
    known = {title, source, _part(item, rules.date)}
    scope = _select_one(item, rules.body) or item
    texts = [block.text for block in blocks_of(_tree(scope)) if block.text not in known and not block.caption]
    if not title or not texts:
        return None
    link = next((found for found in item.select("a[href]")), None)
    return Article(
        title=storable(title),
        body=storable("\n\n".join(texts)),
        url=web_url(str(link["href"])) if link else None,
        source=source,
        published=date.published if date else None,
        published_precision=date.precision if date else "unknown",
        published_origin=date.origin if date else "unknown",
        role="related",
        seen_on=(page.origin,),
    )


def _date(scope: Tag, rules: HtmlRules, reader: DateReader, page: Page) -> PageDate | None:
    printed = _part(scope, rules.date)
    return reader.whole(printed, page.captured) if printed else None


def _part(scope: Tag, selector: str | None) -> str | None:
    return _text(_select_one(scope, selector)) or None


def _select_one(scope: Tag, selector: str | None) -> Tag | None:
    return scope.select_one(selector) if selector else None


def _text(element: object) -> str:
    return " ".join(element.get_text(" ").split()) if isinstance(element, Tag) else ""


def _tree(element: Tag) -> lxml.html.HtmlElement:
    tree = parse_tree(str(element))
    return lxml.html.HtmlElement() if tree is None else tree


def _cut(element: Tag, fate: str, rule: str, article: int | None = None) -> LineFate:
    """Takes the element out, leaves its line breaks, and tells what became of it."""
    text = _text(element)
    line = 1 + sum(str(before).count("\n") for before in element.find_all_previous(string=True))
    element.replace_with("\n" * str(element).count("\n"))
    element.decompose()
    return LineFate(line, "kept" if fate == "kept" else "boilerplate", rule, text, article)
