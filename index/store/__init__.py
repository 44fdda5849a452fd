"""The article store: every article that was ever ingested, by id, in one SQLite file. The truth of an archive."""

from index.store.articles import ArticleStore
from index.store.batch import Batch
from index.store.protocol import Store, StoreBatch
from index.store.rows import Sealed, seal
from index.store.values import Change, Merged, Offered, Outcome, Problem, Record, StoreSummary

__all__ = [
    "ArticleStore",
    "Batch",
    "Change",
    "Merged",
    "Offered",
    "Outcome",
    "Problem",
    "Record",
    "Sealed",
    "Store",
    "StoreBatch",
    "StoreSummary",
    "seal",
]
