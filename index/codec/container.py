"""Container: one file of named one-dimensional arrays, read through a memory map, every page of it checksummed.

Write it with ContainerWriter, section by section; open it with Container. A page is checked when something on it is first
read, so opening costs nothing and yet no damaged byte is ever used: whatever touches one raises IndexDamaged. FORMAT.md
gives the layout.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np

from index.errors import IndexDamaged

VERSION = 1
PAGE = 65536
_HEADER = struct.Struct("<8sII")  # magic, version, nothing
_HEADER_MAGIC = b"SRCHCOLS"
_FOOTER = struct.Struct("<QQQII8s")  # checksums at, directory at, file size, crc of both, crc of these four, magic
_FOOTER_MAGIC = b"SLOCHCRS"
_ALIGNMENT = 8

Array = np.ndarray[Any, np.dtype[Any]]


class Section(NamedTuple):
    """Where an array lies: numpy type (little endian), offset in the file, number of elements."""

    dtype: np.dtype[Any]
    offset: int
    elements: int


class ContainerWriter:
    """Writes a container; used as a context manager it is complete and synced at a clean exit.

    durable: whether it is synced; a file that only serves to make another need not be.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self._file = path.open("wb")
        self._durable = durable
        self._sections: dict[str, Section] = {}
        self._checksums: list[int] = []
        self._page = bytearray()
        self._at = 0
        self.meta: dict[str, Any] = {}
        self._write(_HEADER.pack(_HEADER_MAGIC, VERSION, 0))

    def add(self, name: str, array: Array) -> None:
        """Appends a section."""
        self.add_pieces(name, array.dtype, [array])

    def add_pieces(self, name: str, dtype: np.dtype[Any], pieces: Iterable[Array]) -> None:
        """Appends a section that comes in pieces, so that it need never be in memory as a whole."""
        self._write(bytes(-self._at % _ALIGNMENT))
        stored = dtype.newbyteorder("<")
        offset = self._at
        for piece in pieces:
            self._write(np.ascontiguousarray(piece, stored).tobytes())
        self._sections[name] = Section(stored, offset, (self._at - offset) // stored.itemsize)

    def close(self) -> None:
        """Writes directory and footer and syncs the file."""
        if self._page:
            self._checksums.append(zlib.crc32(self._page))
        checksums = np.array(self._checksums, "<u4").tobytes()
        sections = {name: (section.dtype.str, *section[1:]) for name, section in self._sections.items()}
        directory = json.dumps({"meta": self.meta, "sections": sections}).encode("utf-8")
        directory_at = self._at + len(checksums)
        size = directory_at + len(directory) + _FOOTER.size
        head = (self._at, directory_at, size, zlib.crc32(checksums + directory))
        own = zlib.crc32(_FOOTER.pack(*head, 0, b"")[:28])
        self._file.write(checksums + directory + _FOOTER.pack(*head, own, _FOOTER_MAGIC))
        self._file.flush()
        if self._durable:
            os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Closes the file as it is; it is no container then."""
        self._file.close()

    def __enter__(self) -> ContainerWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._at += len(content)
        view = memoryview(content)
        while view:
            room = PAGE - len(self._page)
            self._page += view[:room]
            view = view[room:]
            if len(self._page) == PAGE:
                self._checksums.append(zlib.crc32(self._page))
                self._page.clear()


class Container:
    """A container open for reading. Arrays are read-only views of the map; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Checks header, footer and directory; IndexDamaged if the file is torn, FileNotFoundError if there is none."""
        self.path = path
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < _HEADER.size + _FOOTER.size:
                raise self._damaged(f"it has {size} bytes, less than any container")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._end, self._checksums, directory = self._read_directory(size)
        self.meta: dict[str, Any] = directory["meta"]
        sections = directory["sections"].items()
        self._sections = {name: Section(np.dtype(dtype), offset, count) for name, (dtype, offset, count) in sections}
        self._pages = bytearray(len(self._checksums))
        self._arrays: dict[str, Array] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._sections

    def names(self) -> list[str]:
        """The names of all sections, in the order of the file."""
        return list(self._sections)

    def count(self, name: str) -> int:
        """The number of elements of a section."""
        return self._section(name).elements

    def array(self, name: str) -> Array:
        """A whole section."""
        found = self._arrays.get(name)
        if found is None:
            section = self._section(name)
            found = self._arrays[name] = self._view(section, 0, section.elements)
        return found

    def part(self, name: str, start: int, stop: int) -> Array:
        """The elements [start, stop) of a section; only the pages that hold them are checked."""
        return self._view(self._section(name), start, stop)

    def verify(self) -> None:
        """Checks every page; IndexDamaged names the first that is not as written."""
        for page in range(len(self._checksums)):
            self._check_page(page)

    def release(self) -> None:
        """Gives the memory of the pages read so far back to the system; they come again when they are needed."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def close(self) -> None:
        """Lets go of the map; it is unmapped when the last array taken from it is gone."""
        self._arrays.clear()

    def _section(self, name: str) -> Section:
        try:
            return self._sections[name]
        except KeyError:
            raise self._damaged(f"it has no section {name!r}, as every segment of this format has") from None

    def _view(self, section: Section, start: int, stop: int) -> Array:
        dtype, size = section.dtype, section.dtype.itemsize
        first = section.offset + start * size
        last = section.offset + stop * size
        if not 0 <= start <= stop <= section.elements:
            raise self._damaged(f"elements {start} to {stop} were asked for of a section of {section.elements}")
        if last > first:
            self._check(first // PAGE, (last - 1) // PAGE)
        return np.frombuffer(self._map, dtype, stop - start, first)

    def _check(self, first: int, last: int) -> None:
        page = self._pages.find(0, first, last + 1)
        while page >= 0:
            self._check_page(page)
            page = self._pages.find(0, page + 1, last + 1)

    def _check_page(self, page: int) -> None:
        start = page * PAGE
        content = memoryview(self._map)[start : min(start + PAGE, self._end)]
        if zlib.crc32(content) != self._checksums[page]:
            raise self._damaged(f"bytes {start:,} to {start + len(content):,} are not as they were written")
        self._pages[page] = 1

    def _read_directory(self, size: int) -> tuple[int, Array, dict[str, Any]]:
        magic, version, _ = _HEADER.unpack_from(self._map, 0)
        end, directory_at, stated, crc, own, closing = _FOOTER.unpack_from(self._map, size - _FOOTER.size)
        if magic != _HEADER_MAGIC or closing != _FOOTER_MAGIC or stated != size:
            raise self._damaged("its head or foot is not that of a whole container")
        if own != zlib.crc32(self._map[size - _FOOTER.size : size - _FOOTER.size + 28]):
            raise self._damaged("its foot is not as it was written")
        if version != VERSION:
            raise self._damaged(f"it is of format {version}, this program reads format {VERSION}")
        if crc != zlib.crc32(self._map[end : size - _FOOTER.size]):
            raise self._damaged("its directory is not as it was written")
        checksums = np.frombuffer(self._map, "<u4", (directory_at - end) // 4, end)
        return end, checksums, json.loads(self._map[directory_at : size - _FOOTER.size])

    def _damaged(self, what: str) -> IndexDamaged:
        return IndexDamaged(f"{self.path} is damaged: {what}; run `searcher rebuild`")
