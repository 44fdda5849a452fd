"""Manifest: everything one commit of the index consists of, as a frozen value and as JSON.

A commit is a manifest; the files that it names never change. Readers take the manifest that CURRENT names and open its
segments; nothing is read that it does not name, and nothing that differs from the size and hash it gives.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any

from index.schema import ZoneWeights

MANIFEST_FORMAT = 1

# No separators: what a manifest names lies beside it.
_FILE_NAME = re.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclasses.dataclass(frozen=True, slots=True)
class IndexSettings:
    """What an index is made with; an index made with other settings needs a rebuild to take these on."""

    analysis: str
    language: str
    weights: ZoneWeights


@dataclasses.dataclass(frozen=True, slots=True)
class FileEntry:
    """Size in bytes and SHA-256 (hex) of a file."""

    size: int
    sha256: str


@dataclasses.dataclass(frozen=True, slots=True)
class SegmentEntry:
    """One segment: its id (`MAIN_` and letters), its articles, and those of them that are deleted.

    deleted_file names the container of their document numbers; None if there are none. length: summed weighted length of
    the articles that are not deleted, in LENGTH_UNITs.
    """

    segment: str
    articles: int
    deleted: int
    deleted_file: str | None
    length: int

    @property
    def file(self) -> str:
        """The name of its container."""
        return f"{self.segment}.columns"


@dataclasses.dataclass(frozen=True, slots=True)
class Manifest:
    """generation: the number of the commit; change: up to which change of the article store the index is true."""

    generation: int
    change: int
    settings: IndexSettings
    segments: tuple[SegmentEntry, ...]
    files: Mapping[str, FileEntry]

    @property
    def articles(self) -> int:
        """Articles that can be found."""
        return sum(segment.articles - segment.deleted for segment in self.segments)

    @property
    def length(self) -> int:
        """Summed weighted length of the articles that can be found, in LENGTH_UNITs."""
        return sum(segment.length for segment in self.segments)

    @property
    def name(self) -> str:
        """The name of its file."""
        return manifest_name(self.generation)

    def to_json(self) -> bytes:
        """As written to disk."""
        return json.dumps({"format": MANIFEST_FORMAT, **dataclasses.asdict(self)}, indent=1).encode("utf-8")

    @classmethod
    def from_json(cls, content: bytes) -> Manifest:
        """The value of a manifest file; ValueError, KeyError or TypeError if it is none."""
        mapping: dict[str, Any] = json.loads(content)
        if mapping["format"] != MANIFEST_FORMAT:
            raise ValueError(f"the manifest has format {mapping['format']}, expected {MANIFEST_FORMAT}")
        settings = mapping["settings"]
        manifest = cls(
            generation=int(mapping["generation"]),
            change=int(mapping["change"]),
            settings=IndexSettings(settings["analysis"], settings["language"], ZoneWeights(**settings["weights"])),
            segments=tuple(SegmentEntry(**entry) for entry in mapping["segments"]),
            files={name: FileEntry(**entry) for name, entry in mapping["files"].items()},
        )
        manifest._check_names()
        return manifest

    def _check_names(self) -> None:
        wanted = {name for entry in self.segments for name in (entry.file, entry.deleted_file) if name is not None}
        missing = sorted(wanted - self.files.keys())
        if missing:
            raise ValueError(f"the manifest does not list {missing[0]}, which a segment needs")
        strange = [name for name in self.files if not _FILE_NAME.fullmatch(name)]
        if strange:
            raise ValueError(f"the manifest lists {strange[0]!r}, which is no name of a file beside it")


def manifest_name(generation: int) -> str:
    """The name of the manifest of a commit."""
    return f"manifest-{generation:06d}.json"
