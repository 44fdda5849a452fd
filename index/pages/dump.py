"""A text dump becomes articles: give a page of media "text" and the profiles, get the CleanedPage.

    text ──classify──> lines ──split──> drafts ──tidy──> articles
         index.pages.lines    index.pages.grammar    here and index.pages.tidy

Every line of the page gets at least one fate, and the kept fates of an article are its body.
"""

from __future__ import annotations

import dataclasses
import re

from index.article import Article
from index.errors import PageError
from index.pages.grammar import Draft, Use, split
from index.pages.lines import Kind, Line, read_lines
from index.pages.page import CleanedPage, LineFate, Page
from index.pages.profiles import Profile, Profiles
from index.pages.tidy import BodyLine, close_up, cut_inserted, rejoin

_MAX_OPENING = 100
_SENTENCE = re.compile(r".+?[.!?…]['\"”’)]*(?=\s|$)")


def clean_dump(page: Page, profiles: Profiles) -> CleanedPage:
    """The articles of the dump, the main one first; PageError when it holds none."""
    profile = profiles.for_page(page)
    lines = read_lines(page.text, page.captured, profile)
    parts = split(lines.lines, profile)
    fates = [*lines.dropped, *(fate for use in parts.dropped for fate in _use_fates(use, profile))]
    articles: list[Article] = []
    notes: list[str] = []
    for draft in parts.drafts:
        finished = _finish(draft, page, profile)
        number = None
        if finished.article:
            number = len(articles)
            articles.append(finished.article)
        notes += finished.notes
        fates += [dataclasses.replace(fate, article=number if fate.fate != "boilerplate" else None) for fate in finished.fates]
    if not articles:
        found = "; ".join(notes) or "nothing but blank lines and lines that are of no article"
        raise PageError(f"the page holds no article with a title and a body: {found}")
    fates = sorted([*fates, *lines.tails], key=lambda fate: fate.line)
    return CleanedPage(tuple(articles), tuple(fates), tuple(notes))


@dataclasses.dataclass(frozen=True, slots=True)
class _Finished:
    article: Article | None
    fates: tuple[LineFate, ...]
    notes: tuple[str, ...]


def _finish(draft: Draft, page: Page, profile: Profile) -> _Finished:
    fates = [fate for use in draft.uses for fate in _use_fates(use, profile)]
    kept: list[BodyLine] = []
    after_caption = False
    for line in draft.body:
        pieces = _body_fates(line, profile)
        fates += pieces
        text = " ".join(piece.text for piece in pieces if piece.fate == "kept")
        if text:
            kept.append(BodyLine(text, line.after_blank or after_caption))
        after_caption = line.kind is Kind.CAPTION
    body = "\n\n".join(rejoin(kept))
    title = close_up(draft.title)
    notes = [f"{draft.date.note}: “{title}” is left undated"] if draft.date and draft.date.note else []
    if not body:
        name = f"“{title}”" if title else "without a title"
        missing = "there is no main article" if draft.role == "main" else "it is left out"
        return _Finished(None, tuple(fates), (f"the {draft.role} article {name} has no body: {missing}",))
    if not title:
        title = _opening(body)
        notes.append(f"the {draft.role} article “{title}” has no title: the first words of its body stand for it")
    return _Finished(_article(draft, title, body, page), tuple(fates), tuple(notes))


def _article(draft: Draft, title: str, body: str, page: Page) -> Article:
    date = draft.date
    return Article(
        title=title,
        body=body,
        source=draft.source,
        published=date.published if date else None,
        published_precision=date.precision if date else "unknown",
        published_origin=date.origin if date else "unknown",
        tags=tuple(dict.fromkeys(draft.tags)),
        role=draft.role,
        seen_on=(page.origin,),
    )


def _opening(body: str) -> str:
    """The first sentence, or as many whole words of it as a title may have."""
    first = body.split("\n", 1)[0]
    sentence = _SENTENCE.match(first)
    text = sentence[0].rstrip(".") if sentence else first
    return text if len(text) <= _MAX_OPENING else text[:_MAX_OPENING].rsplit(" ", 1)[0] + "…"


def _body_fates(line: Line, profile: Profile) -> list[LineFate]:
    if line.kind is Kind.CAPTION:
        return [LineFate(line.number, "caption", f"{profile.name}: caption", line.text)]
    kept = f"{profile.name}: body"
    cut = f"{profile.name}: inserted"
    return [
        LineFate(line.number, "kept", kept, piece.text) if piece.kept else LineFate(line.number, "boilerplate", cut, piece.text)
        for piece in cut_inserted(line.text, profile.lines.inserted)
    ]


def _use_fates(use: Use, profile: Profile) -> list[LineFate]:
    """The fate of a line that is no body; a source glued to its date is two."""
    line, rule = use.line, f"{profile.name}: {use.rule}"
    if not line.text:
        return []
    if line.kind is Kind.DATED and use.fate == "source" and line.date:
        name = line.text.removesuffix(line.date.printed)
        return [
            LineFate(line.number, "source", rule, name.strip()),
            LineFate(line.number, "date", f"{profile.name}: date", line.date.printed),
        ]
    return [LineFate(line.number, use.fate, rule, line.text)]
