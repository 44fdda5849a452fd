"""Publishing: the write side of the folder of generations. It gives numbers and directories, makes a commit current, cleans up.

One process at a time may use it, by the lock of the archive.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from pathlib import Path

from index.collection import collect, directories_in, manifests_in
from index.errors import IndexMissing, SearcherError
from index.files import fsync_directory, replace_file, write_file
from index.generations import Current, Generations, Pointer
from index.manifest import Manifest

_NUMBERED = re.compile("(?:manifest-|_MAIN_)([0-9]+)[.](?:json|toc)")


class Publisher:
    """Writes into a folder of generations."""

    def __init__(self, generations: Generations) -> None:
        self.path = generations.path
        self._generations = generations

    def former(self, *, rebuild: bool) -> Current | None:
        """What a writer follows on; None to begin anew. An index that cannot be used is in the way of all but a rebuild."""
        try:
            return self._generations.current()
        except IndexMissing:
            return None
        except SearcherError:
            if rebuild:
                return None
            raise

    def next_generation(self) -> int:
        """A number greater than that of any commit on disk, current or not, whole or not."""
        names = [file.name for directory in directories_in(self.path) for file in directory.iterdir()]
        return max((int(found[1]) for name in names if (found := _NUMBERED.fullmatch(name))), default=0) + 1

    def new_directory(self) -> Path:
        """An empty directory for a rebuild."""
        if not self.path.exists():
            self.path.mkdir(parents=True)
            fsync_directory(self.path.parent)
        taken = [int(directory.name.removeprefix("gen-")) for directory in directories_in(self.path)]
        directory = self.path / f"gen-{max(taken, default=0) + 1:06d}"
        directory.mkdir()
        return directory

    def publish(self, directory: Path, manifest: Manifest) -> Current:
        """Makes a commit the current one. Its files must be on disk already; their names need not."""
        content = manifest.to_json()
        write_file(directory / manifest.name, content)
        fsync_directory(directory)
        fsync_directory(self.path)
        pointer = Pointer(directory.name, manifest.name, hashlib.sha256(content).hexdigest())
        replace_file(self._generations.pointer_file, pointer.to_json())
        return Current(directory.name, manifest)

    def collect_around(self, *kept: Current | None) -> None:
        """Removes, as far as the system lets us, what belongs to none of these commits nor to one that is pinned."""
        manifests = {self.path / one.directory / one.manifest.name for one in kept if one is not None}
        with contextlib.suppress(OSError):
            collect(self.path, manifests)

    def collect_orphans(self) -> None:
        """Removes what a dead or failed writer left. Does nothing where CURRENT cannot be read: all may be needed then."""
        with contextlib.suppress(OSError):
            try:
                current = self._generations.current()
            except IndexMissing:
                collect(self.path, ())
            except SearcherError:
                return
            else:
                collect(self.path, {self.path / current.directory / current.manifest.name, *self._before(current)})

    def _before(self, current: Current) -> list[Path]:
        """The manifest of the commit before, if it is still there."""
        numbered = {file: _number(file) for directory in directories_in(self.path) for file in manifests_in(directory)}
        older = [file for file, number in numbered.items() if number < current.manifest.generation]
        return sorted(older, key=_number)[-1:]


def _number(manifest: Path) -> int:
    found = _NUMBERED.fullmatch(manifest.name)
    return int(found[1]) if found else 0
