"""User and password of a cluster: from the environment, else from a file. They are shown in no message.

The file holds the user on the first line and the password on the second, or `user:password` on one. As ssh does with keys,
it is refused if it is ours and others may read it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from index.errors import ConfigError

_USER, _PASSWORD = "SEARCHER_CLUSTER_USER", "SEARCHER_CLUSTER_PASSWORD"


def read_credentials(file: Path | None) -> tuple[str | None, str | None]:
    """User and password, or two Nones; ConfigError for half of them, or a file that cannot be used."""
    user, password = os.environ.get(_USER), os.environ.get(_PASSWORD)
    if user and password:
        return _checked(user, password, _USER)
    if user or password:
        there, missing = (_USER, _PASSWORD) if user else (_PASSWORD, _USER)
        raise ConfigError(f"{there} is set and {missing} is not; set both, or neither")
    return _from_file(file) if file is not None else (None, None)


def _from_file(file: Path) -> tuple[str, str]:
    try:
        with file.open("rb") as source:
            found = os.fstat(source.fileno())
            text = source.read(10_000).decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"cluster.credentials: {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"cluster.credentials: {file} must be UTF-8 text") from None
    if hasattr(os, "getuid") and found.st_uid == os.getuid() and found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(
            f"cluster.credentials: {file} may be read by others (mode {stat.S_IMODE(found.st_mode):04o}), expected by you only; "
            f"run `chmod 600 {file}`"
        )
    lines = [line for line in text.splitlines() if line]
    parts = lines[0].split(":", 1) if len(lines) == 1 else lines
    if len(parts) != 2 or not all(parts):
        got = f"{len(lines)} lines" if len(lines) != 1 else "one word" if len(parts) == 1 else "a colon with nothing on one side"
        raise ConfigError(
            f"cluster.credentials: {file} must hold user and password, on a line each or as user:password; got {got}"
        )
    return _checked(parts[0], parts[1], f"cluster.credentials: {file}")


def _checked(user: str, password: str, where: str) -> tuple[str, str]:
    if ":" in user:
        raise ConfigError(f"{where}: the user's name holds a colon, which HTTP cannot send")
    return user, password
