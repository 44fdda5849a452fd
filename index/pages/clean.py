"""A page becomes articles: give a page and the profiles, get the CleanedPage. The one door to both kinds of cleaning."""

from __future__ import annotations

from index.pages.dump import clean_dump
from index.pages.html import clean_html
from index.pages.page import CleanedPage, Page
from index.pages.profiles import Profiles

# Raise it whenever the same page under the same profile gives other articles: pages ingested before are then cleaned anew.
CLEANING_VERSION = 1


def clean_page(page: Page, profiles: Profiles) -> CleanedPage:
    """The articles of a page by its media, and what became of each of its lines; PageError when it holds no article."""
    return clean_html(page, profiles) if page.media == "html" else clean_dump(page, profiles)


def cleaning_of(page: Page, profiles: Profiles) -> str:
    """Names the rules that clean this page: their version, and the content of its site's profile."""
    profile = profiles.for_page(page)
    return f"{CLEANING_VERSION}-{profile.name}-{profiles.fingerprint(profile)}"
