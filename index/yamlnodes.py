"""Reads a YAML file into nodes, which know their lines: what every configuration file of the project begins with."""

from __future__ import annotations

from pathlib import Path

import yaml

from index.errors import ConfigError


def compose(path: Path) -> yaml.Node | None:
    """The root node, None for an empty file; ConfigError `file:line: message` for what is no YAML or cannot be read."""
    try:
        return yaml.compose(path.read_bytes().decode("utf-8-sig"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: must be UTF-8, byte {error.start} is not") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise ConfigError(f"{path}: not a configuration: nested too deeply") from None
