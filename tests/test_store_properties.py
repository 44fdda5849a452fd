"""Laws of the article store that hold for any sequence of articles, deletions and batches."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from index.store import ArticleStore

WORDS = ["harbor", "council", "ferry", "budget", "engineer", "bridge", "storm", "mayor", "ticket", "school", "river", "crane"]
STORIES = [" ".join(f"{word}{number}" for number in range(8) for word in WORDS[story:]) for story in range(4)]

_bodies = st.builds(lambda story, cut: STORIES[story][:cut], st.integers(0, 3), st.sampled_from([0, 40, 300, 500, 2000]))
articles = st.builds(
    Article,
    title=st.sampled_from(["The harbor ferry is late", "A market opens on Saturday", "News"]),
    body=_bodies,
    id=st.sampled_from([None, None, "1", "2"]),
    url=st.sampled_from([None, "https://a.example/1", "https://a.example/2"]),
    source=st.sampled_from([None, "Post", "Coast Times"]),
    seen_on=st.sampled_from([(), ("p",), ("q",)]),
)


@contextmanager
def fresh_store() -> Iterator[ArticleStore]:
    with tempfile.TemporaryDirectory() as folder, ArticleStore.open(Path(folder) / "articles.sqlite3") as store:
        yield store


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(articles | st.integers(0, 5), max_size=5), max_size=4))
def test_replaying_the_change_log_gives_the_store(batches: list[list[Article | int]]) -> None:
    """Who applies the changes after the last he knows, batch by batch, holds exactly the articles of the store."""
    replica: dict[str, Article | None] = {}
    with fresh_store() as store:
        known = 0
        for batch in batches:
            with store.batch():
                for step in batch:
                    if isinstance(step, Article):
                        store.merge(step)
                    else:
                        store.delete(list(store.ids())[step : step + 1])
            for change in store.changes(known):
                assert change.seq > known
                known = change.seq
                replica[change.article_id] = store.get(change.article_id)
                assert (replica[change.article_id] is None) == change.deleted
            assert known == store.last_change()
            present = {article_id: article for article_id, article in replica.items() if article is not None}
            assert present == {article.id: article for article in store.iter_articles()}
            assert sum(1 for _ in store.changes()) == len(replica)
        assert store.check(deep=True) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(articles, max_size=8))
def test_storing_once_more_what_was_just_stored_changes_nothing(offered: list[Article]) -> None:
    """Directly after an article was stored the same one again is unchanged, whatever it was joined to."""
    with fresh_store() as store:
        for article in offered:
            first = store.merge(article)
            before = store.last_change()
            again = store.merge(article)
            assert (again.article_id, again.outcome, store.last_change()) == (first.article_id, "unchanged", before)


def test_copies_arrive_in_any_order() -> None:
    """Three copies of one story end as the same article in every order of arrival."""
    whole = Article("The harbor ferry is late", STORIES[0], source="Post", seen_on=("a",), tags=("b", "a"))
    edited = dataclasses.replace(whole, body=STORIES[0].replace("ferry3", "ship"), published="2025-05-27",
                                 published_precision="day", published_origin="absolute", seen_on=("b",), tags=("c",))  # fmt: skip
    cut = dataclasses.replace(whole, body=STORIES[0][:400], source=None, role="related", seen_on=("c",), tags=())
    ends = []
    for order in permutations([whole, edited, cut]):
        with fresh_store() as store:
            for article in order:
                store.merge(article)
            ends.append([dataclasses.replace(article, id=None) for article in store.iter_articles()])
    assert all(end == ends[0] for end in ends) and len(ends[0]) == 1
