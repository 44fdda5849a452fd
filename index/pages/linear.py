"""The text of an HTML page, line by line, as a dump of it would hold: give the page, get one of media "text".

For sites whose profile knows their lines and not their HTML: the same grammar then reads both. A block is a line, list
items begin with a bullet, and nothing that a reader does not see is text.
"""

from __future__ import annotations

import dataclasses

from bs4 import BeautifulSoup
from bs4.element import NavigableString

from index.pages.page import Page

_UNSEEN = ["script", "style", "noscript", "template", "title", "svg"]
_INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em font i ins kbd label mark q s samp small span strong sub sup time u var "
    "wbr".split()
)


# A control character that stands for the end of a block; white space in the source is layout of its author's.
_BREAK = "\x1e"


def as_dump(page: Page) -> Page:
    """The page's visible text as a dump."""
    soup = BeautifulSoup(page.text, "lxml")
    for element in soup(_UNSEEN):
        element.decompose()
    for element in soup.find_all(lambda tag: tag.name not in _INLINE):
        element.insert_before(NavigableString(_BREAK))
        element.insert_after(NavigableString(_BREAK))
        if element.name == "li":
            element.insert(0, NavigableString("• "))
    lines = (" ".join(line.split()) for line in soup.get_text().split(_BREAK))
    return dataclasses.replace(page, text="\n".join(line for line in lines if line), media="text")
