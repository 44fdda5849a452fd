"""Reads a YAML file of settings: give it the path and a class of settings, get one back, or a ConfigError with file and line.

Used for searcher.yml. Values keep the line they stand on, so a message can point at it; that is why the file is composed
into nodes and not loaded into dicts.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from index.errors import ConfigError
from index.yamlnodes import compose
from searcher.settings import Scalar, Section, Sequence, Table, Tree, fields_of, refusal, settings_of

S = TypeVar("S", bound=Section)

# A section, and in it a setting that is a table (`sources:`): what lies deeper, or in a circle, is never looked at.
_DEEPEST = 2


def read_settings(path: Path, cls: type[S], retired: Mapping[str, str] | None = None) -> S:
    """The settings written in the file, the others at their defaults; relative paths start at the file's folder.

    retired: keys that are settings no more (dotted), each with the reason that its message gives.
    """
    tree = _tree(compose(path), path)
    if isinstance(tree, Scalar) and tree.null:
        return cls()
    if not isinstance(tree, Table):
        raise ConfigError(f"{path}:{tree.line}: expected `key: value` lines, got {tree}")
    return _Reader(path, cls, retired or {}).section(cls, tree, "")


@dataclasses.dataclass(frozen=True, slots=True)
class _Reader:
    """Turns tables into settings; root: the class of the whole file, searched for keys written in the wrong section."""

    path: Path
    root: type[Section]
    retired: Mapping[str, str]

    def section(self, cls: type[S], table: Table, prefix: str) -> S:
        """One class of settings from its table."""
        known = {field.name: field for field in fields_of(cls)}
        values: dict[str, Any] = {}
        for key, tree in table.entries:
            if key.text not in known:
                raise ConfigError(f"{self.path}:{key.line}: {self._unknown(key.text, list(known), prefix)}")
            values[key.text] = self._value(known[key.text], key, tree, prefix)
        try:
            return cls(**values)
        except ConfigError as error:
            # Each value has been checked by itself: what is left concerns several lines.
            raise ConfigError(f"{self.path}: {error}") from None

    def _value(self, field: dataclasses.Field[Any], key: Scalar, tree: Tree, prefix: str) -> Any:
        name = prefix + field.name
        inner = field.metadata.get("section")
        if inner is None:
            return self._setting(field, key, tree, name)
        if isinstance(tree, Scalar) and tree.null:
            return inner()
        if not isinstance(tree, Table):
            raise ConfigError(f"{self.path}:{tree.line}: {name} is a section of `key: value` lines, got {tree}")
        return self.section(inner, tree, name + ".")

    def _setting(self, field: dataclasses.Field[Any], key: Scalar, tree: Tree, name: str) -> Any:
        kind = field.metadata["kind"]
        line = key.line if isinstance(tree, Scalar) and tree.null else tree.line
        try:
            value = kind.read(tree)
            if isinstance(value, Path):
                value = self.path.parent / value
            kind.check(value)
        except ValueError as error:
            raise ConfigError(f"{self.path}:{line}: {refusal(name, kind, str(tree), error)}") from None
        return value

    def _unknown(self, key: str, known: list[str], prefix: str) -> str:
        reason = self.retired.get(prefix + key)
        if reason is not None:
            return f"{prefix}{key} is no setting any more: {reason}; take the line out"
        return f"unknown key {key!r}{self._hint(key, known, prefix)}"

    def _hint(self, key: str, known: list[str], prefix: str) -> str:
        close = difflib.get_close_matches(key, known, n=1)
        if close:
            return f"; did you mean {close[0]!r}?"
        elsewhere = [one.name for one in settings_of(self.root) if one.name.rpartition(".")[2] == key]
        if elsewhere:
            return f"; did you mean {' or '.join(elsewhere)}?"
        return f"; the keys {f'of {prefix[:-1]}' if prefix else 'here'} are {', '.join(known)}"


def _tree(node: yaml.Node | None, path: Path, depth: int = 0) -> Tree:
    """The node as plain values; no node at all (an empty file) is a null."""
    if node is None:
        return Scalar("", 1, null=True)
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return Scalar(node.value, line, quoted=node.style is not None, null=node.tag == "tag:yaml.org,2002:null")
    if isinstance(node, yaml.MappingNode) and depth <= _DEEPEST:
        return Table(tuple(_entries(node, path, depth)), line)
    return Sequence(line)


def _entries(node: yaml.MappingNode, path: Path, depth: int) -> Iterator[tuple[Scalar, Tree]]:
    first: dict[str, int] = {}
    for key_node, value_node in node.value:
        key = _tree(key_node, path)
        if not isinstance(key, Scalar):
            raise ConfigError(f"{path}:{key.line}: a key must be a word, got {key}")
        if key.text in first:
            raise ConfigError(f"{path}:{key.line}: the key {key.text!r} stands already on line {first[key.text]}")
        first[key.text] = key.line
        yield key, _tree(value_node, path, depth + 1)
