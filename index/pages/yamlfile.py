"""Reads a YAML file into a frozen dataclass: give the class and the path, get the value back, or a ConfigError.

The dataclass is the schema: its field names are the keys, its annotations the types (text, whole number, yes/no, list of
texts, a class with `from_texts`, another dataclass; each also `| None`). An error names file and line, and a mistyped
key gets the nearest right one.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
from pathlib import Path
from typing import Any, NoReturn, TypeVar, get_args, get_origin, get_type_hints

import yaml

from index.errors import ConfigError
from index.yamlnodes import compose

Value = TypeVar("Value")

_TAGS = {str: "tag:yaml.org,2002:str", int: "tag:yaml.org,2002:int", bool: "tag:yaml.org,2002:bool"}
_NULL = "tag:yaml.org,2002:null"
_WORDS = {str: "a text", int: "a whole number", bool: "true or false"}


def read_yaml(cls: type[Value], path: Path) -> Value:
    """The file as a `cls`; ConfigError `file:line: message` when it cannot be one."""
    node = compose(path)
    if node is None:
        raise ConfigError(f"{path}:1: is empty; expected the keys {_listed(cls)}")
    value: Value = _Builder(path).mapping(node, cls)
    return value


@dataclasses.dataclass(frozen=True, slots=True)
class _Builder:
    path: Path

    def mapping(self, node: yaml.Node, cls: type[Any]) -> Any:
        if not isinstance(node, yaml.MappingNode):
            self._fail(node, f"expected the keys {_listed(cls)}, got {_seen(node)}")
        hints = get_type_hints(cls)
        values: dict[str, Any] = {}
        for key, value in node.value:
            if key.value not in hints:
                self._fail(key, f"unknown key {key.value!r}{_nearest(key.value, hints)}; the keys here are {_listed(cls)}")
            if key.value in values:
                self._fail(key, f"the key {key.value!r} is given twice; keep one of them")
            values[key.value] = self.value(value, hints[key.value], key.value)
        for field in dataclasses.fields(cls):
            if field.name not in values and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                self._fail(node, f"the key {field.name!r} is missing")
        try:
            return cls(**values)
        except ValueError as error:
            self._fail(node, str(error))

    def value(self, node: yaml.Node, hint: Any, key: str) -> Any:
        if get_origin(hint) is types.UnionType:
            return None if node.tag == _NULL else self.value(node, get_args(hint)[0], key)
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            if hasattr(hint, "from_texts"):
                return hint.from_texts(self.texts(node, key))
            return self.mapping(node, hint)
        if get_origin(hint) is tuple:
            return self.texts(node, key)
        return self.scalar(node, hint, key)

    def texts(self, node: yaml.Node, key: str) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode):
            self._fail(node, f"{key} must be a list of texts, got {_seen(node)}")
        return tuple(self.scalar(item, str, f"each of {key}") for item in node.value)

    def scalar(self, node: yaml.Node, kind: type[Any], key: str) -> Any:
        if not isinstance(node, yaml.ScalarNode) or node.tag != _TAGS[kind]:
            # `yes`, `2025` and `a: b` are texts to people and something else to YAML.
            quotes = "; put it in quotes" if kind is str and node.tag != _NULL and not isinstance(node, yaml.SequenceNode) else ""
            self._fail(node, f"{key} must be {_WORDS[kind]}, got {_seen(node)}{quotes}")
        if kind is str and not node.value.strip():
            self._fail(node, f"{key} must not be empty")
        return yaml.SafeLoader("").construct_object(node)

    def _fail(self, node: yaml.Node, message: str) -> NoReturn:
        raise ConfigError(f"{self.path}:{node.start_mark.line + 1}: {message}")


def _seen(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return "nothing" if node.tag == _NULL else repr(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "keys with values"


def _listed(cls: type[Any]) -> str:
    return ", ".join(get_type_hints(cls))


def _nearest(word: str, known: dict[str, Any]) -> str:
    near = difflib.get_close_matches(str(word), list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
