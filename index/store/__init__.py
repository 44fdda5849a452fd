"""The article store: every article that was ever ingested, by id, in one SQLite file. The truth of an archive."""

from index.store.articles import ArticleStore
from index.store.batch import Batch
from index.store.rows import Sealed, seal
from index.store.values import Change, Merged, Outcome, Problem, StoreSummary

__all__ = ["ArticleStore", "Batch", "Change", "Merged", "Outcome", "Problem", "Sealed", "StoreSummary", "seal"]
