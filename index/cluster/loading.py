"""Loader: reads from the cluster all that a batch of offered inputs could touch, in a few requests whatever their number.

memories of pages, by path          -> which pages need not be looked at again, and what others gave under other rules
what is known beside given ids      -> which articles are new or unchanged; most batches of articles with ids end here
candidates by URL, words and keys   -> which articles those without ids may be copies of
these articles themselves           -> into a Scratch, where the Merger does the rest
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from index.cluster.candidates import Candidates
from index.cluster.held import Head, Held, Lookup
from index.cluster.journal import Journal
from index.cluster.memory import PageIndex, PageMemory, line_of
from index.dedupe import Fingerprint, fingerprint
from index.identity import derived_ids
from index.store.merging import is_news
from index.store.rows import Sealed
from index.store.scratch import Scratch
from index.store.values import Offered


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """What was read. Of all ids that may be asked for, one that is neither in heads, held nor present is of no article.

    plain: given ids that need no scratch: new and with nothing to be found as a copy of, or unchanged.
    marks: fingerprints of the offered articles without ids, by identity of the value. scratch: holds `held`; None if not needed.
    """

    memory: PageMemory
    heads: dict[str, Head]
    plain: set[str]
    held: dict[str, Held]
    present: set[str]
    marks: dict[int, Fingerprint]
    scratch: Scratch | None


class Loader:
    """Reads for batches of one store."""

    def __init__(self, lookup: Lookup, pages: PageIndex, candidates: Candidates) -> None:
        self._lookup = lookup
        self._pages = pages
        self._candidates = candidates

    def load(self, offered: Sequence[Offered], journal: Journal) -> Loaded:
        """For all offered articles that the journal does not call done."""
        memory = PageMemory(self._pages.load({one.path for one in offered if one.path}))
        present = self._present(offered, memory)
        if journal.skipped is None:
            journal.skipped = {id(one) for one in offered if _is_seen(one, memory, present)}
        new = [one for one in offered if id(one) not in journal.skipped]
        former = {each for one in new if one.content for each in _given_before(memory, one.path, one.content)}
        todo = [(one, each) for one in new for each in one.articles if not journal.is_done(each)]
        owned = [(one, each) for one, each in todo if each.article.id is not None]
        heads = self._lookup.heads(dict.fromkeys(each.article.id or "" for _, each in owned)) if owned else {}
        marks = {id(each): fingerprint(each.article) for _, each in todo if each.article.id is None}
        read_whole = former | journal.conflicts
        plain = _plain(owned, heads, read_whole, alone=not marks)
        wanted = {each.article.id or "" for _, each in owned if each.article.id in heads} - plain
        wanted |= read_whole | self._copied(list(marks.values()), thorough=bool(former))
        held = self._lookup.held(sorted(wanted)) if wanted else {}
        scratch = None
        if marks or former or any(each.article.id not in plain for _, each in owned):
            scratch = Scratch()
            scratch.load(one.entry for one in sorted(held.values(), key=lambda one: (one.arrived, one.entry.article.id)))
        return Loaded(memory, heads, plain, held, present, marks, scratch)

    def _present(self, offered: Iterable[Offered], memory: PageMemory) -> set[str]:
        """Those of the articles that known pages gave which are still there."""
        pages = [memory.page(one.path, one.digest, one.captured) for one in offered if one.known and one.line is None]
        ids = {article_id for page in pages if page is not None for article_id in page.articles}
        return self._lookup.existing(sorted(ids)) if ids else set()

    def _copied(self, marks: Sequence[Fingerprint], *, thorough: bool) -> set[str]:
        """Ids of what these may be copies of, and those that they may be given."""
        if not marks:
            return set()
        derived = {each for mark in marks for each in islice(derived_ids(mark.title, mark.words), 2)}
        return derived | self._candidates.find(marks, thorough=thorough)


def _is_seen(one: Offered, memory: PageMemory, present: AbstractSet[str]) -> bool:
    """Whether it is a page that was taken in before, with all its articles still there."""
    if not one.known or one.line is not None:
        return False
    page = memory.page(one.path, one.digest, one.captured)
    return page is not None and present >= set(page.articles)


def _given_before(memory: PageMemory, path: str, content: str) -> set[str]:
    return {each for page in memory.cleaned_before(path, content).values() for each in page.articles}


def _plain(
    owned: Sequence[tuple[Offered, Sealed]], heads: dict[str, Head], read_whole: AbstractSet[str], *, alone: bool
) -> set[str]:
    """alone: no article without id is offered, which a new one would have to be found by.

    read_whole: ids that are read once more, after the heads and perhaps from another copy of the shard. An article may be met
    there that had no head yet, so it is for the Merger to say whether one of these is new.
    """
    offers = Counter(each.article.id for _, each in owned)
    plain = set()
    for one, each in owned:
        article_id = each.article.id or ""
        head = heads.get(article_id)
        unread = head is None and alone and article_id not in read_whole
        known = head is not None and (not is_news(head.given, each) or is_line_seen(one, head.lines))
        if offers[article_id] == 1 and (unread or known):
            plain.add(article_id)
    return plain


def is_line_seen(one: Offered, lines: Iterable[str]) -> bool:
    """Whether it is a line that gave the article with these lines, and was never taken in otherwise since."""
    if not one.known or one.line is None or one.captured is not None:
        return False
    return line_of(one.path, one.line, one.digest) in lines
