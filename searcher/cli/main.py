"""The roof of the command line: which commands there are, and how every way they can end becomes an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

import searcher
from index.errors import SearcherError
from searcher.cli.command import Group
from searcher.cli.session import Session, hint, say
from searcher.terminal import is_terminal

INTERRUPTED = 130

# Name: module and purpose, in the order of the help. A module is imported when its command runs, not for the help:
# `searcher query` must start fast, and `searcher ingest` needs parsers that take half a second to import.
COMMANDS = {
    "ingest": ("searcher.cli.ingest", "Take in pages and articles."),
    "query": ("searcher.cli.query", "Search: articles with all the WORDS, best first."),
    "show": ("searcher.cli.show", "Read one article."),
    "serve": ("searcher.cli.serve", "Search in a browser."),
    "inspect": ("searcher.cli.inspect", "Show what ingest would make of each line."),
    "export": ("searcher.cli.export", "Print articles as JSON Lines."),
    "update": ("searcher.cli.indexing", "Index what changed since last time."),
    "rebuild": ("searcher.cli.indexing", "Make the index anew from the stored articles."),
    "copy": ("searcher.cli.copy", "Copy all articles to or from another archive."),
    "delete": ("searcher.cli.delete", "Delete articles: by ID, of a source, or older than a day."),
    "stats": ("searcher.cli.health", "Tell how much there is to search."),
    "check": ("searcher.cli.health", "Look for damage in the store and the index."),
    "config": ("searcher.cli.settings", "Show the settings."),
}


class Commands(Group):
    """A group that imports the module of a command when the command is asked for, and knows near misses of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """The names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command of this name, from its module."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Writes the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, purpose) for name, (_module, purpose) in COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Names the command that was probably meant where there is none of that name."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            import difflib  # noqa: PLC0415 - for mistyped names alone

            close = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else f"The commands are {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {name!r}. {hint}")
        return super().resolve_command(ctx, args)


def _print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"searcher {searcher.__version__}")
        ctx.exit()


@click.group(
    cls=Commands,
    examples=(
        "searcher ingest pages/                   take in a folder of scraped pages",
        "searcher query ukraine peace             articles with both words",
        """searcher query '"state visit" -putin'    with the phrase, without the word""",
        "searcher show ID                         read one of them",
        "searcher serve                           search in a browser",
    ),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`searcher COMMAND -h` shows a command with examples.",
)
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR", help="Folder of the archive  [default: var]")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings  [default: searcher.yml, if there]")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version.")
@click.pass_context
def root(ctx: click.Context, data: Path | None, config: Path | None) -> None:
    """Search an archive of articles."""
    ctx.obj = Session(config, data)
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs a command line (sys.argv if not given) and ends the process."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line and gives back its exit code; errors of ours are one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        # What the terminal's encoding lacks is shown as a stand-in; programs get UTF-8 in any case (`write_text`).
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(sys.argv[1:] if arguments is None else list(arguments))
    except BrokenPipeError:
        # The reader of the output has gone (`| head -1`): it has got what it wanted.
        _forget_output()
        return 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        if is_terminal(sys.stderr):
            hint("")  # ends the line on which the terminal has written ^C
        say("interrupted")
        return INTERRUPTED
    except SearcherError as error:
        say(str(error))
        return error.exit_code
    except OSError as error:
        # What reading and writing archives can meet is translated where it happens; this is a full disk or a dead
        # terminal below standard output, or an address that `serve` cannot have.
        say(str(error))
        return SearcherError.exit_code


def _run(arguments: list[str]) -> int:
    """Not `root.main`, which ends a command whose reader has gone with the exit code that means "nothing found" here."""
    if "_SEARCHER_COMPLETE" in os.environ:
        root.main(prog_name="searcher")  # the shell asks for completions
    try:
        with root.make_context("searcher", arguments) as context:
            code = root.invoke(context)
    except click.exceptions.Exit as end:
        code = end.exit_code
    if sys.stdout is not None:
        sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _forget_output() -> None:
    """Lets the rest of standard output go nowhere, or Python would fail once more on it at the very end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
