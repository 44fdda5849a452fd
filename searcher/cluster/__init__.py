"""Searching on an OpenSearch cluster: the query tree compiled to the cluster's query language, and the engine that asks it.

Nothing here is imported by a search on the embedded engine.
"""
