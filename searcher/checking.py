"""check_archive: what is wrong with the store and the index of a data directory, and where the two disagree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from index.comparison import disagreements
from index.embedded import Current, EmbeddedIndex
from index.errors import IndexDamaged, IndexMissing, IndexOutdated, SearcherError, StoreError
from index.integrity import damaged_contents, damaged_files
from index.store import ArticleStore, Problem
from searcher.reports import CheckReport


def check_archive(store: ArticleStore, index: EmbeddedIndex, *, deep: bool) -> CheckReport:
    """Problems of the store, then of the files of the index, then where the two disagree (deep: in anything at all)."""
    try:
        problems = list(store.check(deep=deep))
    except StoreError as error:
        return CheckReport((Problem(store.path.name, str(error)),))  # nothing to hold the index against
    try:
        current, pin = index.pinned()
        with pin:
            problems.extend(_index_problems(store, index, current, deep=deep))
    except SearcherError as error:
        problems.append(Problem(str(index.path), str(error)))
    return CheckReport(tuple(problems))


def require_whole_store(store: ArticleStore, index: EmbeddedIndex) -> None:
    """StoreError if the index knows of changes that the store does not: what it holds may be the last copy."""
    try:
        indexed = index.current().manifest.change
    except (IndexMissing, IndexDamaged, IndexOutdated):
        return
    kept = store.last_change()
    if kept < indexed:
        raise StoreError(
            f"the article store {store.path} was lost or replaced: it knows of {kept:,} changes, the index of {indexed:,}; "
            f"restore it from a backup, or delete {index.path} to begin anew with what the store holds"
        )


def _index_problems(store: ArticleStore, index: EmbeddedIndex, current: Current, *, deep: bool) -> Iterator[Problem]:
    directory = index.path / current.directory
    found = list(damaged_files(directory, current.manifest))
    if deep and not found:
        found = list(damaged_contents(directory, current.manifest))
    yield from found
    if found:
        return  # what the files hold is not to be compared with anything
    require_whole_store(store, index)
    behind = sum(1 for _ in store.changes(current.manifest.change))
    if behind:
        yield Problem(str(index.path), f"{behind:,} changes of the store are not indexed; run `searcher update`")
        return
    kept, indexed = store.count(), current.manifest.articles
    if kept != indexed:
        text = f"{indexed:,} articles are in the index, {kept:,} in the store; run `searcher rebuild`"
        yield Problem(str(index.path), text)
    if deep:
        yield from _disagreements(store, directory, current)


def _disagreements(store: ArticleStore, directory: Path, current: Current) -> Iterator[Problem]:
    found = disagreements(directory, current.manifest, store)
    # What another process changed while we looked is not wrong.
    changed = {change.article_id for change in store.changes(current.manifest.change)}
    for article_id in sorted(found.keys() - changed):
        yield Problem(str(directory), f"article {article_id} {found[article_id]}; run `searcher rebuild`")
