"""The benchmark: our engine beside tantivy, SQLite FTS5 and stock Whoosh, in one run on one corpus (`make bench CORPUS=...`).

A run reads from the outside in: `__main__` takes options, `comparison` measures all engines on one file of articles and
hands on plain results (`results`), `report` writes them as Markdown. Each engine is an adapter (`engines/`) in a process of
its own (`worker`), so that memory and caches are its own. `corpus` makes the file, `queries` draws what is asked.
"""
