"""What a setting is: its kind (how it is written and which values are allowed), default and meaning.

A class of settings is a frozen dataclass whose fields are made by `setting` and `section`, so the class is the one table
from which the loader, the validation, `searcher config` and the documentation are made. Not for the settings themselves
(`searcher.config`) nor for reading YAML (`searcher.config_file`).
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias
from urllib.parse import urlsplit

from index.errors import ConfigError


class Scalar(NamedTuple):
    """A single value as written in a file, on a line counted from 1; null: nothing stands there (`key:` or `key: ~`)."""

    text: str
    line: int
    quoted: bool = False
    null: bool = False

    def __str__(self) -> str:
        return "nothing" if self.null else repr(self.text)


class Table(NamedTuple):
    """Keys and values as written in a file; each key with the line it stands on."""

    entries: tuple[tuple[Scalar, Tree], ...]
    line: int

    def __str__(self) -> str:
        return "keys and values"


class Sequence(NamedTuple):
    """A list as written in a file. No setting is a list; it is kept to be named in a message."""

    line: int

    def __str__(self) -> str:
        return "a list"


Tree: TypeAlias = Scalar | Table | Sequence


class RefusedValueError(ValueError):
    """A value is not taken, for a reason that "must be KIND" does not tell; any other ValueError means just that."""


class SecretValueError(RefusedValueError):
    """A value is not taken and holds a secret: no message may show it."""


class Kind(Protocol):
    """A kind of setting: how it is written, and which values are allowed. Both methods raise ValueError for others."""

    def __str__(self) -> str:
        """Completes "must be ..."."""
        ...

    def read(self, tree: Tree) -> Any:
        """The value written in a file; a relative path stays relative."""
        ...

    def check(self, value: Any) -> None:
        """Returns if the value is allowed."""
        ...


class Number(NamedTuple):
    """A finite number within bounds, both allowed."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"a number from {self.low:g} to {self.high:g}"

    def read(self, tree: Tree) -> float:
        """Takes `3` and `3.0`, not `"3"`."""
        return float(_plain(tree))

    def check(self, value: Any) -> None:
        """Refuses bool, which Python counts as a number, and NaN, which is within no bounds."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ValueError
        if not self.low <= value <= self.high:
            raise ValueError


class Integer(NamedTuple):
    """A whole number within bounds, both allowed."""

    low: int
    high: int

    def __str__(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def read(self, tree: Tree) -> int:
        """Takes `3`, not `3.0` and not `"3"`."""
        return int(_plain(tree))

    def check(self, value: Any) -> None:
        """Refuses bool, which Python counts as a number."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise ValueError


class Text:
    """Text that is not blank. In a file it is taken as written: `no` and `24` are text here, quoted or not."""

    def __str__(self) -> str:
        return "text"

    def read(self, tree: Tree) -> str:
        """The text as written."""
        return _scalar(tree).text

    def check(self, value: Any) -> None:
        """Refuses blank text and line breaks."""
        if not isinstance(value, str) or not value.strip() or "\n" in value:
            raise ValueError


class Choice(NamedTuple):
    """One of some names, which are asked for when needed because they may come from a library."""

    names: Callable[[], tuple[str, ...]]

    def __str__(self) -> str:
        names = self.names()
        return f"one of {', '.join(names)}" if len(names) > 1 else f"{names[0]!r}, the only choice in this version"

    def read(self, tree: Tree) -> str:
        """The name as written."""
        return _scalar(tree).text

    def check(self, value: Any) -> None:
        """Names are compared exactly."""
        if value not in self.names():
            raise ValueError


class TimeZone:
    """The name of a time zone in the IANA database."""

    def __str__(self) -> str:
        return "a time zone such as UTC or Europe/Zurich"

    def read(self, tree: Tree) -> str:
        """The name as written."""
        return _scalar(tree).text

    def check(self, value: Any) -> None:
        """Looks the name up; the lookup fails in many ways (a folder of the database, a path out of it, a blank name)."""
        try:
            zone(value)
        except (KeyError, ValueError, TypeError, OSError):
            raise ValueError from None


class Folder(NamedTuple):
    """A folder; in a file, `~` is the home folder. None only if optional."""

    must_exist: bool = False
    optional: bool = False

    def __str__(self) -> str:
        return "a folder that exists" if self.must_exist else "a folder"

    def read(self, tree: Tree) -> Path:
        """The path as written."""
        text = _scalar(tree).text
        if not text.strip() or "\0" in text:
            raise ValueError
        try:
            return Path(text).expanduser()
        except RuntimeError:
            raise RefusedValueError("its home folder is not known") from None

    def check(self, value: Any) -> None:
        """Refuses a path to something that is there and is no folder."""
        if value is None and self.optional:
            return
        if not isinstance(value, Path) or ((value.exists() or self.must_exist) and not value.is_dir()):
            raise ValueError


class File(NamedTuple):
    """A file that is there, or None; in a file of settings, `~` is the home folder."""

    def __str__(self) -> str:
        return "a file that exists"

    def read(self, tree: Tree) -> Path:
        """The path as written."""
        return Folder().read(tree)

    def check(self, value: Any) -> None:
        """Looks whether it is there and no folder; what is in it is for its reader."""
        if value is not None and (not isinstance(value, Path) or not value.exists() or value.is_dir()):
            raise ValueError


class YesNo:
    """Yes or no."""

    def __str__(self) -> str:
        return "yes or no"

    def read(self, tree: Tree) -> bool:
        """Takes the words that YAML has for it, not in quotes."""
        word = _plain(tree).lower()
        if word in ("yes", "true", "on"):
            return True
        if word in ("no", "false", "off"):
            return False
        raise ValueError

    def check(self, value: Any) -> None:
        """Refuses 0 and 1."""
        if not isinstance(value, bool):
            raise ValueError


class Hosts:
    """URLs of the nodes of a cluster, as one text with commas; None for none."""

    def __str__(self) -> str:
        return "URLs such as http://node1:9200, with commas between"

    def read(self, tree: Tree) -> str:
        """The text as written."""
        return _scalar(tree).text

    def check(self, value: Any) -> None:
        """Refuses what is no URL of a node; one with a user or password in it without showing it."""
        if value is None:
            return
        if not isinstance(value, str):
            raise ValueError
        if "@" in value:
            raise SecretValueError("user and password belong in cluster.credentials or the environment, not in a URL")
        for host in value.split(","):
            url = urlsplit(host.strip())
            if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment or " " in host.strip():
                raise ValueError
            if url.port == 0:  # asking for the port checks it, too
                raise ValueError


class IndexName:
    """The name of an archive on a cluster."""

    def __str__(self) -> str:
        return "a name of lower-case letters, digits, - and _ that does not end as its indexes do (-pages, -lock, -000001)"

    def read(self, tree: Tree) -> str:
        """The name as written."""
        return _scalar(tree).text

    def check(self, value: Any) -> None:
        """Less than a cluster would take: a name is part of addresses, patterns and other names.

        The archive `news-pages` would be what the archive `news` keeps its pages in.
        """
        if not isinstance(value, str) or not re.fullmatch(r"(?!.*-(pages|lock|0\d{5})$)[a-z0-9][a-z0-9_-]{0,99}", value):
            raise ValueError


class Aliases:
    """Pairs (alias, name), written as `alias: name` lines."""

    def __str__(self) -> str:
        return "lines of `alias: name`"

    def read(self, tree: Tree) -> tuple[tuple[str, str], ...]:
        """The pairs in the order written; nothing below the key is no pairs."""
        if isinstance(tree, Scalar) and tree.null:
            return ()
        if not isinstance(tree, Table):
            raise ValueError
        return tuple((key.text, _scalar(name).text) for key, name in tree.entries)

    def check(self, value: Any) -> None:
        """Refuses a blank alias or name."""
        for alias, name in value:
            Text().check(alias)
            Text().check(name)


class Setting(NamedTuple):
    """One row of the table of settings; name is dotted (`web.port`)."""

    name: str
    kind: Kind
    default: Any
    help: str


def zone(name: str) -> tzinfo:
    """The time zone of a name; the errors of ZoneInfo if there is none."""
    if name == "UTC":  # the default needs no database
        return UTC
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - looks for databases of time zones on import, 4 ms of a search's start

    return ZoneInfo(name)


def setting(default: Any, kind: Kind, description: str) -> Any:
    """A dataclass field that is a setting."""
    return dataclasses.field(default=default, metadata={"kind": kind, "help": description})


def section(cls: type[Section], description: str) -> Any:
    """A dataclass field that holds a class of settings."""
    return dataclasses.field(default_factory=cls, metadata={"section": cls, "help": description})


@dataclasses.dataclass(frozen=True, slots=True)
class Section:
    """Base of the classes of settings: one with a value out of range cannot be made, whether from a file or from Python."""

    def __post_init__(self) -> None:
        """Checks every field; ConfigError names the first that is not allowed."""
        for one in fields_of(type(self)):
            if "kind" in one.metadata:
                checked(getattr(self, one.name), one.metadata["kind"], one.name)


def checked(value: Any, kind: Kind, name: str) -> Any:
    """The value, if its kind allows it; ConfigError otherwise."""
    try:
        kind.check(value)
    except (TypeError, ValueError) as error:
        raise ConfigError(refusal(name, kind, repr(str(value) if isinstance(value, Path) else value), error)) from None
    return value


def refusal(name: str, kind: Kind, got: str, error: Exception) -> str:
    """The message about a value that its kind does not take."""
    reason = f" ({error})" if isinstance(error, RefusedValueError) else ""
    if isinstance(error, SecretValueError):
        got = "one that is not shown here"
    return f"{name} must be {kind}, got {got}{reason}"


def fields_of(cls: type[Section]) -> tuple[dataclasses.Field[Any], ...]:
    """The settings and sections of a class of settings, in the order they are declared."""
    return tuple(one for one in dataclasses.fields(cls) if one.metadata)


def settings_of(cls: type[Section], prefix: str = "") -> Iterator[Setting]:
    """Every setting of a class and of the sections in it."""
    for one in fields_of(cls):
        name = prefix + one.name
        if "section" in one.metadata:
            yield from settings_of(one.metadata["section"], name + ".")
        else:
            yield Setting(name, one.metadata["kind"], one.default, one.metadata["help"])


def _scalar(tree: Tree) -> Scalar:
    if not isinstance(tree, Scalar) or tree.null:
        raise ValueError
    return tree


def _plain(tree: Tree) -> str:
    scalar = _scalar(tree)
    if scalar.quoted:
        raise RefusedValueError("in quotes it is text")
    return scalar.text
