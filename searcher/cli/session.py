"""What every command shares: the settings, the archive they name, and the ways to print.

A command gets a Session by `@pass_session`; `session.archive()` opens what --data, --config and the environment name.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

import searcher
from index.errors import IndexMissing
from searcher.config import Config, load_config
from searcher.terminal import harmless, is_terminal

if TYPE_CHECKING:
    from index.pages.page import Quarantined
    from searcher import Archive

NO_RESULT = 1
DAMAGED = 3
QUARANTINED = 5

# JSON leaves these as they are, a terminal may obey them: C1 controls, separators, bidi embeddings and overrides.
# Compiled (and kept by `re`) at the first JSON.
_OBEYED_BY_TERMINALS = "[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"

# How long a command waits for another writer: long enough for an update that another terminal or a cron job has started.
_WAIT_S = 10

wait_option = click.option(
    "--wait",
    type=click.IntRange(min=0),
    metavar="SECONDS",
    default=_WAIT_S,
    show_default=True,
    help="How long to wait while another process writes.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Session(NamedTuple):
    """One run of the command line: the options that stand before the command."""

    config_file: Path | None
    data: Path | None

    def config(self) -> Config:
        """The settings; ConfigError if there is something wrong with them."""
        return load_config(self.config_file, data=self.data)

    def archive(
        self, *, create: bool = False, wait: float = _WAIT_S, most_retries: int | None = None
    ) -> contextlib.AbstractContextManager[Archive]:
        """The archive that is in force, `opened`. most_retries: of requests to a cluster, whatever is configured."""
        config = self.config()
        if most_retries is not None and config.cluster.retries > most_retries:
            config = dataclasses.replace(config, cluster=dataclasses.replace(config.cluster, retries=most_retries))
        return opened(config, wait, create=create)


pass_session = click.make_pass_decorator(Session)


@contextlib.contextmanager
def opened(config: Config, wait: float, *, create: bool) -> Iterator[Archive]:
    """The archive of some settings, closed at the end; without create it must be there already (a query makes no folders).

    wait: seconds that a change waits for another writer; standard error is told, in a terminal or not, since the log of
    a nightly job should say where the time went.
    """
    if not create:
        _require_archive(config)
    archive = open_archive(config, wait)
    try:
        yield archive
    finally:
        archive.close()


def _require_archive(config: Config) -> None:
    """IndexMissing if there is no data directory. Whether there is anything on a cluster is told by what is first asked of it."""
    if config.engine == "embedded" and not config.data.exists():
        # Whoever fills in the cluster's settings may well think that this is all there is to do.
        unused = "; `cluster.hosts` is set but not used, which takes `engine: opensearch`" if config.cluster.hosts else ""
        raise IndexMissing(
            f"there is no archive in {config.data}; `searcher ingest PATH` makes one,"
            f" --data DIR or SEARCHER_DATA names another{unused}"
        )


def open_archive(config: Config, wait: float) -> Archive:
    """The one place where commands get an archive."""
    return searcher.open(config, wait=wait, on_wait=say)


def say(message: str) -> None:
    """One line for people on standard error."""
    click.echo(f"searcher: {harmless(message)}", err=True)


def hint(message: str) -> None:
    """One line on standard error that helps and can be ignored."""
    click.echo(harmless(message), err=True)


def quarantined_text(one: Quarantined) -> str:
    """`quarantined: file:line: reason`."""
    return f"quarantined: {one.path}{f':{one.line}' if one.line else ''}: {one.reason}"


def to_json(value: Any, *, indent: int | None = None) -> str:
    """JSON with letters of all scripts as they are, and with what a terminal might obey escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return re.sub(_OBEYED_BY_TERMINALS, lambda match: f"\\u{ord(match[0]):04x}", text)


def print_json(value: Any) -> None:
    """One JSON document on standard output, UTF-8 whatever the terminal speaks; indented for people, one line for programs."""
    write_text(to_json(value, indent=2 if is_terminal(sys.stdout) else None) + "\n")


def print_json_lines(values: Iterable[Any]) -> None:
    """One JSON document a line."""
    for value in values:
        write_text(to_json(value) + "\n")


def write_text(text: str) -> None:
    """Text for programs on standard output, always UTF-8."""
    click.echo(text.encode("utf-8", "replace"), nl=False)


def as_typed(words: Iterable[str]) -> str:
    """Arguments as one text; bytes that are not UTF-8, which Python hides in surrogates, become replacement characters."""
    return " ".join(words).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
