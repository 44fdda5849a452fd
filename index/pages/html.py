"""An HTML page becomes articles: give a page of media "html" and the profiles, get the CleanedPage.

    page ──site rules──> related articles, the rest of the page ──find_main──> body ──read_metadata──> main article
           index.pages.sitehtml                        index.pages.extract      index.pages.metadata

Nothing is fetched, no entity is expanded, no script is run; what scripts and styles hold is never part of a body.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

import lxml.html
from bs4 import BeautifulSoup
from bs4.exceptions import ParserRejectedMarkup

from index.article import Article, normalized, storable
from index.errors import PageError
from index.pages.agree import Verdict
from index.pages.blocks import MAX_DEPTH, Block, blocks_of, depth_of, empty_hidden, parse_tree
from index.pages.extract import Main, find_main, is_laborious
from index.pages.metadata import Metadata, read_metadata
from index.pages.page import CleanedPage, LineFate, Page
from index.pages.profiles import Profile, Profiles
from index.pages.sitehtml import MAIN_MARK, Known, apply_rules

# libxml2 compares each attribute of an element with all before it: 200,000 in one tag took more than 100 s. Real tags
# hold a few dozen; the longest ones are long for an image or a style written out in quotes.
_LONG_TAG = re.compile(r"<[A-Za-z][^<>]{512,}")
_TAG = re.compile(r"""<[A-Za-z](?:[^<>"']++|"[^"]*+"|'[^']*+')*+""")
_QUOTED = re.compile(r"""=\s*(?:"[^"]*"|'[^']*')""")
_MAX_ATTRIBUTES = 100
# The extractors search class names with regexes: 2 MB of them in one tag took 8 s.
_LONG_NAMES = re.compile(r"""\s(?:class|id)\s*=\s*(?:"[^"]{5000,}"|'[^']{5000,}')""", re.IGNORECASE)
# What BeautifulSoup reads of a page nested 100,000 deep: 1 MB in 3 s.
_MAX_DEEP_PAGE = 2_000_000
_COPYRIGHT = re.compile(r"(?:copyright\s*)?(?:©|\(c\)\s*(?:19|20)\d\d)|copyright\s+(?:19|20)\d\d", re.IGNORECASE)
_MAX_FURNITURE = 200
_MAX_TITLE = 500
_MAX_OPENING = 100


def clean_html(page: Page, profiles: Profiles) -> CleanedPage:
    """The articles of the page, the main one first; PageError when it holds none."""
    profile = profiles.for_page(page)
    known = apply_rules(_thin_tags(page.text), page, profile) if profile.html else None
    tree = parse_tree(known.html if known else _thin_tags(page.text))
    if tree is None:
        raise PageError("the page is no HTML that could be read: it holds no element")
    is_hard = is_laborious(tree)
    metadata = read_metadata(tree, page, by_library=not is_hard)
    empty_hidden(tree)
    blocks, notes = _blocks(tree, page.text)
    main = _main(tree, blocks, metadata, known, is_hard)
    title, verdicts = _settle_title(blocks, _without_furniture(blocks, main.verdicts, profile), metadata, known)
    body = main.stated or "\n\n".join(block.text for block, verdict in zip(blocks, verdicts, strict=True) if verdict.keep)
    notes += main.notes
    if not body:
        return _without_main(known, notes)
    if not title:
        title = _shortened(body.split("\n", 1)[0], _MAX_OPENING)
        notes.append("the page states no title: the first words of its text stand for it")
    article = _article(page, metadata, known, title, body)
    fates = sorted([*_fates(blocks, verdicts), *(known.fates if known else ())], key=lambda fate: fate.line)
    return CleanedPage((article, *(known.related if known else ())), tuple(fates), tuple(notes))


def stated_url(page: Page) -> str | None:
    """The address that the page states as its own."""
    tree = parse_tree(_thin_tags(page.text))
    return None if tree is None else read_metadata(tree, page, by_library=False).url


def _without_main(known: Known | None, notes: list[str]) -> CleanedPage:
    if known is None or not known.related:
        raise PageError("the page has no article: no text was found that is more than navigation")
    fates = (dataclasses.replace(fate, article=fate.article - 1) if fate.article else fate for fate in known.fates)
    return CleanedPage(known.related, tuple(fates), (*notes, "the page has no main article"))


def _thin_tags(text: str) -> str:
    """The page without the attributes of tags that have more than a hundred of them, and without endless class names."""
    return _TAG.sub(_thinned, text) if _LONG_TAG.search(text) else text


def _thinned(tag: re.Match[str]) -> str:
    if len(tag[0]) < 2 * _MAX_ATTRIBUTES:
        return tag[0]
    if len(_QUOTED.sub("= ", tag[0]).split()) > _MAX_ATTRIBUTES:
        return tag[0].split(None, 1)[0] + " "
    return _LONG_NAMES.sub("", tag[0])


def _blocks(tree: lxml.html.HtmlElement, source: str) -> tuple[list[Block], list[str]]:
    """The blocks of the tree; of a page nested beyond what lxml can hold, the lines of its text as BeautifulSoup reads it."""
    blocks = blocks_of(tree)
    if blocks or depth_of(tree) < MAX_DEPTH - 1:
        return blocks, []
    if len(source) > _MAX_DEEP_PAGE:
        raise PageError("its elements are nested too deeply to be read")
    try:
        soup = BeautifulSoup(source, "html.parser")
    except (ParserRejectedMarkup, RecursionError) as error:
        raise PageError(f"no HTML parser can read it ({error})") from None
    for unseen in soup(["script", "style", "noscript", "template", "title"]):
        unseen.decompose()
    lines = [" ".join(line.split()) for line in soup.get_text("\n").splitlines()]
    blocks = [Block(line, number, 0, 0, 0.0, 0, False, False) for number, line in enumerate(lines, 1) if line]
    return blocks, ["the page is nested too deeply for the extractors: kept all its text"] if blocks else []


def _main(tree: lxml.html.HtmlElement, blocks: list[Block], metadata: Metadata, known: Known | None, is_hard: bool) -> Main:
    if known is None or not known.has_main:
        return find_main(None if is_hard else tree, blocks, metadata.stated_body)
    inside = {block.text for element in tree.xpath(f"//*[@{MAIN_MARK}]") for block in blocks_of(element)}
    return Main(tuple(Verdict(block.text in inside and not block.caption, "profile: main") for block in blocks))


def _without_furniture(blocks: Sequence[Block], verdicts: Sequence[Verdict], profile: Profile) -> list[Verdict]:
    """Drops blocks that are wholly a line that the profile knows as no text, and copyright lines."""
    settled = list(verdicts)
    for number, (block, verdict) in enumerate(zip(blocks, verdicts, strict=True)):
        if not verdict.keep or len(block.text) > _MAX_FURNITURE:
            continue
        if block.text in profile.lines.inserted or profile.lines.anywhere.matches(block.text):
            settled[number] = Verdict(False, f"profile {profile.name}: inserted")
        elif _COPYRIGHT.match(block.text):
            settled[number] = Verdict(False, "copyright line")
    return settled


def _settle_title(
    blocks: Sequence[Block], verdicts: Sequence[Verdict], metadata: Metadata, known: Known | None
) -> tuple[str | None, list[Verdict]]:
    """The title, and the verdicts without the blocks that only repeat it."""
    title = (known.title if known else None) or metadata.title
    settled = list(verdicts)
    wanted = normalized(title or "")
    for number, (block, verdict) in enumerate(zip(blocks, verdicts, strict=True)):
        if wanted and verdict.keep and normalized(block.text) == wanted:
            settled[number] = Verdict(False, "title")
    title = _shortened(title, _MAX_TITLE) if title else None
    # A page that is nothing but its title keeps it as its text.
    return (title, settled) if any(verdict.keep for verdict in settled) else (title, list(verdicts))


def _article(page: Page, metadata: Metadata, known: Known | None, title: str, body: str) -> Article:
    date = known.date if known else None
    return Article(
        title=storable(title),
        body=storable(body),
        url=metadata.url,
        source=(known.source if known else None) or metadata.source,
        author=metadata.author,
        published=date.published if date else metadata.published,
        published_precision=date.precision if date else metadata.precision,
        published_origin=date.origin if date else ("absolute" if metadata.published else "unknown"),
        tags=metadata.tags,
        lang=metadata.lang,
        seen_on=(page.origin,),
    )


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + "…"


def _fates(blocks: Sequence[Block], verdicts: Sequence[Verdict]) -> list[LineFate]:
    fates = []
    for block, verdict in zip(blocks, verdicts, strict=True):
        if verdict.keep:
            fates.append(LineFate(block.line, "kept", verdict.rule, block.text, article=0))
        elif verdict.rule == "title":
            fates.append(LineFate(block.line, "title", "the page's title", block.text, article=0))
        elif block.caption:
            fates.append(LineFate(block.line, "caption", "caption of a picture", block.text))
        else:
            fates.append(LineFate(block.line, "boilerplate", verdict.rule, block.text))
    return fates
