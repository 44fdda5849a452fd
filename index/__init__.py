"""The write side: pages to articles, articles to the store, the store to an index. Imports nothing of ours outside.

`index.pages` reads and cleans, `index.store` keeps, `index.analysis` and `index.schema` say what is indexed and how,
`index.embedded` writes it. `index.errors` holds every error of the project, `index.article` the value all hand on.
"""
