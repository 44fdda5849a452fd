"""`searcher config`: the settings in force, and all that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from searcher.cli.command import Group
from searcher.cli.session import Session, hint, pass_session, to_json
from searcher.config import SETTINGS
from searcher.settings import Section, fields_of

# What YAML reads back as the same text without quotes; all else is written as JSON text, which YAML reads too.
_PLAIN = re.compile(r"(?!(?i:null)$)[A-Za-z./][A-Za-z0-9./_-]*")


@click.group(
    cls=Group,
    examples=(
        "searcher config show",
        "searcher config show > searcher.yml      begin a file of your own",
        "searcher config keys",
    ),
)
def config() -> None:
    """Show the settings.

    They stand in searcher.yml, or in the file that --config or SEARCHER_CONFIG names.
    """


@config.command("show")
@pass_session
def show_config(session: Session) -> None:
    """Print the settings in force, as a searcher.yml."""
    settings = session.config()
    hint(f"Read from {settings.file}." if settings.file else "There is no searcher.yml; these are the defaults.")
    click.echo("\n".join(_yaml_lines(settings, "")))


@config.command("keys")
def config_keys() -> None:
    """Print every key with its default and meaning, as a Markdown table."""
    click.echo("\n".join(key_table()))


def key_table() -> Iterator[str]:
    """The table of all settings for the documentation."""
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    for one in SETTINGS:
        default = _scalar(one.default) if one.default not in (None, ()) else "none"
        yield f"| `{one.name}` | {one.kind} | `{default}` | {one.help} |"


def _yaml_lines(settings: Section, indent: str) -> Iterator[str]:
    for field in fields_of(type(settings)):
        value = getattr(settings, field.name)
        head = f"{indent}{field.name}:"
        remark = f"  # {field.metadata['help']}"
        if isinstance(value, Section):
            yield head + remark
            yield from _yaml_lines(value, indent + "  ")
        elif isinstance(value, tuple):
            yield head + remark
            yield from (f"{indent}  {_scalar(alias)}: {_scalar(name)}" for alias, name in value)
        elif value is None:
            yield f"{indent}# {field.name}:{remark}"
        else:
            yield f"{head} {_scalar(value)}{remark}"


def _scalar(value: Any) -> str:
    if isinstance(value, (str, Path)):
        text = str(value)
        return text if _PLAIN.fullmatch(text) else to_json(text)
    return json.dumps(value)
