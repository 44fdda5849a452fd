"""Finds the article among a page's blocks: give the tree and its blocks, get a verdict for each block and notes.

Order of trust: what readability-lxml and trafilatura agree on (`index.pages.agree`), then the text that the publisher
states in JSON-LD, then the page's <article> or <main>, then whatever is no frame of the page. Every step down is noted.
"""

from __future__ import annotations

import copy
import dataclasses
import logging
from collections import Counter
from collections.abc import Sequence

import lxml.html
import readability
import trafilatura
from lxml import etree

from index.pages.agree import Extract, Extracts, Verdict, judge
from index.pages.blocks import Block, blocks_of, parse_tree

# Extractors look at an element's text once for each of its ancestors. 10,000 paragraphs took all of them 2.1 s; of 153
# real pages the largest has 9,888 elements. Work is characters times depth: 8.1 million on the worst of those pages.
MAX_ELEMENTS = 20_000
MAX_WORK = 40_000_000
# trafilatura took 55 s for tables nested 2,000 deep; the deepest of those real pages has 38.
MAX_DEPTH = 400
# The least share of the text outside links that an article has to have, where the page names the article itself.
_LEAST_SHARE = 0.1
_STATED_SHARE = 1 / 3
_MOSTLY_LINKS = 0.5

# Both tell at length of pages they can make nothing of; the notes say so once.
for _name in ("trafilatura", "readability", "htmldate", "courlan"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclasses.dataclass(frozen=True, slots=True)
class Main:
    """The verdicts on the page's blocks, or the publisher's own text in their stead, and what is to be said about it."""

    verdicts: tuple[Verdict, ...]
    stated: str | None = None
    notes: tuple[str, ...] = ()


def find_main(tree: lxml.html.HtmlElement | None, blocks: Sequence[Block], stated: str | None) -> Main:
    """Which blocks are the article. tree: None to leave the extractors out; stated: the body that JSON-LD gives, if any."""
    notes: list[str] = []
    if tree is None:
        notes.append("the page is too large or too deep for the extractors: kept what its markup calls the article")
        verdicts = [Verdict(False, "not extracted") for _ in blocks]
    else:
        verdicts, notes = _by_extractors(tree, blocks, stated)
    # Links in a page's frame are navigation, whatever an extractor thinks of them.
    kept = sum(
        len(block.text)
        for block, verdict in zip(blocks, verdicts, strict=True)
        if verdict.keep and not (block.framed and block.link_share > _MOSTLY_LINKS)
    )
    if stated and kept < _STATED_SHARE * len(stated):
        rule = "JSON-LD: articleBody stands for the page's text"
        notes.append(_short(blocks, kept) + ": kept the articleBody of its JSON-LD")
        return Main(tuple(Verdict(False, rule) for _ in blocks), stated, tuple(notes))
    readable = sum(len(block.text) for block in blocks if block.link_share <= _MOSTLY_LINKS)
    by_markup = None if kept and kept >= _LEAST_SHARE * readable else _by_markup(blocks, anything=not kept)
    if by_markup:
        notes.append(_short(blocks, kept) + by_markup[1])
        return Main(by_markup[0], None, tuple(notes))
    return Main(tuple(verdicts if kept else [Verdict(False, "nothing but links") for _ in blocks]), None, tuple(notes))


def is_laborious(tree: lxml.html.HtmlElement) -> bool:
    """Whether the extractors would take more than a few seconds."""
    work = elements = depth = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        elements += 1
        work += depth * (len(element.text or "") + len(element.tail or ""))
        if elements > MAX_ELEMENTS or work > MAX_WORK or depth > MAX_DEPTH:
            return True
    return False


def _by_extractors(tree: lxml.html.HtmlElement, blocks: Sequence[Block], stated: str | None) -> tuple[list[Verdict], list[str]]:
    notes: list[str] = []
    strict = _trafilatura(tree, notes, favor_precision=True)
    plain = _trafilatura(tree, notes, fast=True)
    extracts = Extracts(_readability(tree, notes), strict, plain, Extract((stated or "").splitlines()))
    return judge(blocks, extracts), list(dict.fromkeys(notes))


def _trafilatura(tree: lxml.html.HtmlElement, notes: list[str], *, favor_precision: bool = False, fast: bool = False) -> Extract:
    try:
        found = trafilatura.bare_extraction(
            copy.deepcopy(tree), include_comments=False, favor_precision=favor_precision, fast=fast
        )
    except Exception as error:  # whatever a hostile page provokes in the library is one page's misfortune, not the run's
        notes.append(f"trafilatura failed on this page ({type(error).__name__}: {error})")
        return Extract(())
    if found is None or isinstance(found, dict) or found.body is None:
        return Extract(())
    return Extract(block.text for block in blocks_of(found.body))


def _readability(tree: lxml.html.HtmlElement, notes: list[str]) -> Extract:
    try:
        found = parse_tree(readability.Document(copy.deepcopy(tree)).summary())
    except Exception as error:  # as above; the library wraps only some of its failures
        notes.append(f"readability failed on this page ({type(error).__name__}: {error})")
        return Extract(())
    return Extract(()) if found is None else Extract(block.text for block in blocks_of(found))


def _by_markup(blocks: Sequence[Block], *, anything: bool) -> tuple[tuple[Verdict, ...], str] | None:
    """The blocks of the largest <article> or <main>; failing that, if anything will do, all outside the page's frame."""
    prose = [block.link_share <= _MOSTLY_LINKS and not block.caption for block in blocks]
    sizes = Counter[int]()
    for block, is_prose in zip(blocks, prose, strict=True):
        if block.story and is_prose:
            sizes[block.story] += len(block.text)
    if sizes:
        story = sizes.most_common(1)[0][0]
        rule = "markup: text of <article> or <main>"
        return tuple(
            Verdict(keep and block.story == story, rule) for block, keep in zip(blocks, prose, strict=True)
        ), ": kept the text of its <article> or <main>"
    if anything and any(prose):
        inside = [keep and not block.framed for block, keep in zip(blocks, prose, strict=True)]
        rule = "markup: text outside the page's frame"
        return tuple(Verdict(keep, rule) for keep in (inside if any(inside) else prose)), ": kept all text outside its navigation"
    return None


def _short(blocks: Sequence[Block], kept: int) -> str:
    if not kept:
        return "the extractors found no article on the page"
    share = kept / max(1, sum(len(block.text) for block in blocks))
    return f"the extractors found an article of only {share:.0%} of the page's text"
