"""Journal: what the tries of one batch have settled, so that a later try does again only what another writer thwarted.

A batch on a cluster is done again when documents it read were changed before it wrote. What the work of the batch was told in an
earlier try, and what of that was written, it is told again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from index.article import Article
from index.errors import ArticleError
from index.store.rows import Sealed
from index.store.values import Merged


@dataclasses.dataclass(slots=True)
class Journal:
    """By the number of the call in the batch: articles merged for good or refused by the cluster, and answers about pages.

    skipped: offered inputs, by identity, that had been taken in before; None until the first try has looked.
    conflicts: ids of articles that another writer changed, or keeps under an id that was thought free.
    """

    settled: dict[int, Merged] = dataclasses.field(default_factory=dict)
    refused: dict[int, str] = dataclasses.field(default_factory=dict)
    seen: dict[int, int | None] = dataclasses.field(default_factory=dict)
    withdrawn: dict[int, dict[str, Article]] = dataclasses.field(default_factory=dict)
    skipped: set[int] | None = None
    conflicts: set[str] = dataclasses.field(default_factory=set)
    _done: dict[int, Sealed] = dataclasses.field(default_factory=dict)

    def is_done(self, offered: Sealed) -> bool:
        """Whether nothing is left to be done for this very value."""
        return id(offered) in self._done

    def settled_ids(self) -> set[str]:
        """The ids of the articles that others were merged into for good."""
        return {merged.article_id for merged in self.settled.values()}

    def note(self, merged: Mapping[int, tuple[Merged, Sealed]], conflicts: set[str], refused: Mapping[str, str]) -> None:
        """Takes in how a try ended: by call, what was merged; by id, what was not written."""
        self.conflicts |= conflicts
        for place, (result, offered) in merged.items():
            if result.article_id in conflicts:
                continue
            if result.article_id in refused:
                self.refused[place] = refused[result.article_id]
            else:
                self.settled[place] = result
            self._done[id(offered)] = offered

    def require_taken(self, place: int) -> None:
        """ArticleError if the cluster refused what was offered in this call."""
        if place in self.refused:
            raise ArticleError(f"the cluster does not take this article ({self.refused[place]})")
