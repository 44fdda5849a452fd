"""The index on an OpenSearch cluster: connection, mapping, documents, store and generations.

Nothing here is imported by a search on the embedded engine.
"""
