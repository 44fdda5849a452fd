"""The benchmark of the OpenSearch engine: what we add to the cluster's own work, and what an archive costs as it grows.

A run (`python -m tests.bench.cluster measure CORPUS`) reads from the outside in: `__main__` takes options, `ground` is a
cluster of our own with a client beside ours, `overhead` and `ingest` time us beside that client, `serving` and `growth` ask the
cluster alone and read its processor time, `sizes` weighs the index. All hand on plain values (`figures`), which `report`
writes as Markdown and from which `capacity` computes what more articles would take.
"""
