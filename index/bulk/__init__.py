"""The bulk indexer: changes of articles to segments, with arrays, all cores and bounded memory. Others use `Indexer`.

A run is inverted:
    inversion.py    occurrences of terms to postings, by one sort
    words.py        the fields of words of a run of articles
    keywords.py     its ids, sources, tags and languages
    texts.py        its records of bodies and token offsets
    dictionaries.py what Zstandard knows of records beforehand
    run.py          a run to a segment on disk
    inverter.py     batches of articles to runs
Segments are merged:
    policy.py       which
    sources.py      a segment as a merge sees it
    merging.py      one field of several segments to one
    segments.py     several segments to one
In one process or several:
    messages.py, worker.py, pool.py
And a commit:
    events.py       of additions and deletions under one id the last counts
    former.py       the segments of the commit before, and what is deleted in them
    indexer.py      Indexer
"""

from index.bulk.indexer import Indexer

__all__ = ["Indexer"]
