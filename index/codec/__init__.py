"""The columnar codec: segments of an index as containers of numpy arrays, mapped into memory; FORMAT.md has the layout.

container.py writes and reads files of named arrays with checksums; gaps.py ascending lists of numbers as gaps; terms.py is a
sorted dictionary; fields.py writes one field, segment.py reads a segment; records.py keeps what is shown of an article.
"""
