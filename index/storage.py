"""DurableStorage: a directory of the index as stock Whoosh's storage, with what Whoosh's own leaves out.

    whoosh_index = DurableStorage(directory).open_index()

Files are on disk when they are closed, renames when they are done. What a manifest names is never deleted: Whoosh cleans up
all tables of contents but its newest, and segments that this one does not list. What stock Whoosh commits here is another
table of contents, which no manifest names and our readers do not see; the next commit of ours removes it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage

from index.collection import manifests_in
from index.files import fsync_directory
from index.manifest import Manifest


class DurableStorage(FileStorage):
    """Stock Whoosh reads and writes here without harm to our commits."""

    def __init__(self, directory: Path) -> None:
        super().__init__(str(directory))
        self._directory = directory

    def create_file(self, name: str, **options: Any) -> Any:
        """As Whoosh's, but closing it waits for the disk."""
        file = super().create_file(name, **options)
        file.onclose = _sync
        return file

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """As Whoosh's, but done only when the disk knows the new name."""
        super().rename_file(oldname, newname, safe)
        fsync_directory(self._directory)

    def delete_file(self, name: str) -> None:
        """Deletes a file unless a commit of ours consists of it."""
        manifests = manifests_in(self._directory)
        named = {name for file in manifests for name in (file.name, *Manifest.from_json(file.read_bytes()).files)}
        if name not in named:
            super().delete_file(name)


def _sync(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())
