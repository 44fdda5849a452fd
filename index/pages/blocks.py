"""Blocks of an HTML page: give an element tree, get its paragraphs, headings and list items in reading order.

A block is the text between two borders of block elements (or two line breaks in a row), with what one needs to know
to judge it: where it stands and how much of it is links. Works on trafilatura's result trees as well.
"""

from __future__ import annotations

import dataclasses
import re

import lxml.html
from lxml import etree

# Inline elements of HTML, and of trafilatura's trees (hi, ref, graphic). Every other element borders a block.
_INLINE = frozenset(
    (
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font",
        "graphic", "hi", "i", "img", "ins", "kbd", "label", "mark", "nobr", "picture", "q", "ref", "rp", "ruby", "s",
        "samp", "small", "source", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    )
)  # fmt: skip
_UNSEEN = frozenset(
    (
        "audio", "button", "canvas", "embed", "head", "iframe", "input", "math", "noscript", "object", "option", "rt",
        "script", "select", "style", "svg", "template", "textarea", "title", "video",
    )
)  # fmt: skip
_BREAKS = frozenset(("br", "lb"))
_LINKS = frozenset(("a", "ref"))
_FRAME = frozenset(("aside", "dialog", "footer", "form", "header", "menu", "nav"))
_TOP = frozenset(("html", "body"))
_STORY = frozenset(("article", "main"))
_HIDDEN_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_CAPTION_CLASS = re.compile(r"(?:^|\s)(?:[\w-]*(?:image|photo|picture|media)[\w-]*[-_])?caption(?:$|\s)", re.IGNORECASE)
_MAX_CLASS = 500
# Characters that lxml reads from a page, written out or by number, and then refuses to move within the tree.
_NO_XML = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]"
    r"|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])(?!\d)|x0*(?:[0-8bcef]|1[0-9a-f]|fff[ef]|d[89a-f]..)(?![0-9a-f]));?",
    re.IGNORECASE,
)
# libxml2 stops at this depth even when told to take huge trees; what is deeper is lost, and the tree tells nothing of it.
MAX_DEPTH = 2047


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """A block of text. line: in the page's source, from 1.

    container: number of the element that holds the block's element; outer: of the one that holds that, both 0 for <body>
    and above. link_share: the part of its characters that are link text. story: number of the innermost <article> or <main>
    round it, 0 for none. framed: inside nav, header, footer, aside or form. caption: belongs to a figure or photo.
    """

    text: str
    line: int
    container: int
    outer: int
    link_share: float
    story: int
    framed: bool
    caption: bool


def parse_tree(text: str) -> lxml.html.HtmlElement | None:
    """The element tree of an HTML page, None where there is not even one element. Loads nothing, expands no entities."""
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True)
    try:
        return lxml.html.document_fromstring(_NO_XML.sub(" ", text).encode("utf-8", "replace"), parser=parser)
    except etree.LxmlError:
        return None


def depth_of(tree: etree._Element) -> int:
    """How deep the deepest element stands, the tree's own element being 1."""
    depth = deepest = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def empty_hidden(tree: lxml.html.HtmlElement) -> None:
    """Empties the elements that the page itself hides from its readers: `hidden`, display: none, visibility: hidden."""
    for element in [element for element in tree.iter(etree.Element) if _is_hidden(element)]:
        if element.tag not in ("html", "body"):
            element.clear(keep_tail=True)


def blocks_of(tree: etree._Element) -> list[Block]:
    """All blocks of visible text under the element, in reading order."""
    walker = _Walker()
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            walker.enter(element)
        else:
            walker.leave(element, is_root=element is tree)
    walker.close_block()
    return walker.blocks


def _is_hidden(element: etree._Element) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN_STYLE.search(element.get("style", "")))


def _is_caption(element: etree._Element) -> bool:
    return element.tag == "figcaption" or bool(_CAPTION_CLASS.search(element.get("class", "")[:_MAX_CLASS]))


def _line(stated: object, outer: int) -> int:
    """The line of an element; an element that the parser made up itself has none, and stands where its parent does."""
    return stated if isinstance(stated, int) and stated > 0 else outer


@dataclasses.dataclass(slots=True)
class _Place:
    """What is known of the element that the walker stands in."""

    number: int
    container: int
    outer: int
    line: int
    story: int = 0
    framed: bool = False
    caption: bool = False


class _Walker:
    """Collects text until a block ends. Iterative: a page may be nested deeper than Python's stack."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._places = [_Place(0, 0, 0, 1)]
        self._pieces: list[str] = []
        self._linked = 0
        self._unseen_depth = 0
        self._link_depth = 0
        self._after_break = False
        self._numbered = 0

    def enter(self, element: etree._Element) -> None:
        tag = element.tag
        if self._unseen_depth or tag in _UNSEEN:
            self._unseen_depth += 1
            return
        if tag in _BREAKS:
            self._break()
        elif tag in _LINKS:
            self._link_depth += 1
        elif tag not in _INLINE:
            self.close_block()
            self._places.append(self._place_of(element))
        self._collect(element.text)

    def leave(self, element: etree._Element, *, is_root: bool) -> None:
        tag = element.tag
        if self._unseen_depth:
            self._unseen_depth -= 1
        elif tag in _LINKS:
            self._link_depth -= 1
        elif tag not in _INLINE and tag not in _BREAKS:
            self.close_block()
            self._places.pop()
        if not self._unseen_depth and not is_root:
            self._collect(element.tail)

    def close_block(self) -> None:
        text = " ".join("".join(self._pieces).split())
        if text:
            place = self._places[-1]
            share = min(1.0, self._linked / len(text))
            self.blocks.append(
                Block(text, place.line, place.container, place.outer, share, place.story, place.framed, place.caption)
            )
        self._pieces.clear()
        self._linked = 0

    def _place_of(self, element: etree._Element) -> _Place:
        outer = self._places[-1]
        self._numbered += 1
        return _Place(
            number=0 if element.tag in _TOP else self._numbered,
            container=outer.number,
            outer=outer.container,
            line=_line(element.sourceline, outer.line),
            story=self._numbered if element.tag in _STORY else outer.story,
            framed=outer.framed or element.tag in _FRAME,
            caption=outer.caption or _is_caption(element),
        )

    def _break(self) -> None:
        if self._after_break:
            self.close_block()
        self._pieces.append(" ")
        self._after_break = True

    def _collect(self, text: str | None) -> None:
        if not text:
            return
        self._pieces.append(text)
        if not text.isspace():
            self._after_break = False
            self._linked += len(text.strip()) if self._link_depth else 0
