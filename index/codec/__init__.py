"""The columnar codec: segments of an index as containers of numpy arrays, mapped into memory; FORMAT.md has the layout.

container.py writes and reads files of named arrays with checksums; gaps.py ascending lists of numbers as gaps; terms.py is a
sorted dictionary; fields.py writes one field, field_reader.py and stems.py read one, segment.py a whole segment; records.py
and runs.py keep what is shown of an article and where its tokens stand. whoosh_*.py are the same as a codec of Whoosh, which
our engine never imports.
"""
