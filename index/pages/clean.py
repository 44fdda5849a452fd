"""A page becomes articles: give a page and the profiles, get the CleanedPage. The one door to both kinds of cleaning."""

from __future__ import annotations

import dataclasses

from index.pages.dump import clean_dump
from index.pages.html import clean_html, stated_url
from index.pages.linear import as_dump
from index.pages.page import CleanedPage, Page
from index.pages.profiles import Profiles

# Raise it whenever the same page under the same profile gives other articles: pages ingested before are then cleaned anew.
CLEANING_VERSION = 1


def clean_page(page: Page, profiles: Profiles) -> CleanedPage:
    """The articles of a page by its media, and what became of each of its lines; PageError when it holds no article."""
    if page.media == "text":
        return clean_dump(page, profiles)
    profile = profiles.for_page(page)
    return _by_lines(page, profiles) if profile.html is None and profile.has_related else clean_html(page, profiles)


def _by_lines(page: Page, profiles: Profiles) -> CleanedPage:
    """HTML of a site whose profile knows what its lines say: read as a dump; the address is what the page states."""
    cleaned = clean_dump(as_dump(page), profiles)
    url = stated_url(page)
    articles = (dataclasses.replace(one, url=url) if one.role == "main" else one for one in cleaned.articles)
    return dataclasses.replace(cleaned, articles=tuple(articles))


def cleaning_of(page: Page, profiles: Profiles) -> str:
    """Names the rules that clean this page: their version, and the content of its site's profile."""
    profile = profiles.for_page(page)
    return f"{CLEANING_VERSION}-{profile.name}-{profiles.fingerprint(profile)}"
