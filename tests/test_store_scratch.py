"""A batch in memory tells what has to be written elsewhere; what is worked out without it is the same."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable

from hypothesis import given, settings

from index.article import Article
from index.cluster.copying import entry_of_record
from index.cluster.memory import LINES_KEPT, line_of, with_lines
from index.store import Record, seal
from index.store.scratch import Scratch, entry_of_new
from index.store.values import Entry
from tests.test_store_properties import STORIES, articles

TITLE = "The harbor ferry is late"


def merged(loaded: Iterable[Entry], *offered: Article) -> tuple[list[Entry], list[str]]:
    with contextlib.closing(Scratch()) as scratch:
        scratch.load(loaded)
        for article in offered:
            scratch.merger.merge(seal(article), None)
        return list(scratch.written()), scratch.deleted()


@settings(max_examples=60, deadline=None)
@given(articles)
def test_a_new_article_of_an_owner_is_the_same_without_a_scratch(article: Article) -> None:
    """The entry that is made without a scratch is the one that a merge into an empty one gives."""
    owned = dataclasses.replace(article, id=article.id or "7")
    assert merged([], owned) == ([entry_of_new(seal(owned), None)], [])


@settings(max_examples=60, deadline=None)
@given(articles)
def test_a_new_record_is_the_same_without_a_scratch(article: Article) -> None:
    """The entry that is made of a record is the one that restoring it gives."""
    record = Record(dataclasses.replace(article, id="7"), "ab" * 16 if article.id else None, None, ("00" * 16, "11" * 16))
    with contextlib.closing(Scratch()) as scratch:
        scratch.load([])
        assert scratch.merger.restore(record)
        assert list(scratch.written()) == [entry_of_record(record)]
        assert not scratch.merger.restore(record)


def test_only_what_changed_is_written() -> None:
    """Of loaded articles the untouched are not written again; a copy that brings a page or only its words is; none is lost."""
    (one,), _ = merged([], Article(TITLE, STORIES[0]))
    (other,), _ = merged([], Article("A market opens on Saturday", STORIES[1]))
    assert merged([one, other], Article(TITLE, STORIES[0])) == ([], [])
    (again,), gone = merged([one, other], Article(TITLE, STORIES[0], seen_on=("p",)))
    assert (again.article.seen_on, again.contents, gone) == (("p",), one.contents, [])
    (cut,), _ = merged([one, other], Article(TITLE, STORIES[0][:400]))
    assert (cut.article, len(cut.contents), cut.contents[0]) == (one.article, 2, one.contents[0])
    assert merged([cut, other], Article(TITLE, STORIES[0][:400])) == ([], [])


def test_what_was_withdrawn_and_came_again_is_not_deleted() -> None:
    """An article deleted in the batch is told so, unless the batch brings it again; brought as it was, nothing is to be done."""
    (one,), _ = merged([], Article(TITLE, STORIES[0], seen_on=("p",)))
    with contextlib.closing(Scratch()) as scratch:
        scratch.load([one])
        assert scratch.merger.withdraw(one.article.id or "") == one.article
        assert (list(scratch.written()), scratch.deleted()) == ([], [one.article.id])
        scratch.merger.merge(seal(Article(TITLE, STORIES[0], seen_on=("p",))), None)
        assert (list(scratch.written()), scratch.deleted(), scratch.holds(one.article.id or "")) == ([], [], True)


def test_of_each_line_the_latest_stays() -> None:
    """A line that held something else before is remembered with what it held last; the oldest of very many are forgotten."""
    first = [line_of("a.jsonl", number, "d") for number in range(LINES_KEPT)]
    changed = with_lines(tuple(first), [line_of("a.jsonl", 0, "other")])
    assert (changed[-1], len(changed), first[0] in changed) == (line_of("a.jsonl", 0, "other"), LINES_KEPT, False)
    assert with_lines(changed, [line_of("b.jsonl", 0, "d")])[0] == first[2]
    assert len({line_of(path, line, "d")[:11] for path in ("a", "b") for line in range(50)}) == 100
