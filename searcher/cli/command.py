"""The shape of a command: help with examples, and arguments that are words of a query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click


class Command(click.Command):
    """A command whose help ends with examples, printed as they are."""

    def __init__(self, *args: Any, examples: tuple[str, ...], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.examples = examples

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the description, then the examples."""
        super().format_help_text(ctx, formatter)
        write_examples(self.examples, formatter)


class Group(click.Group):
    """A group of commands whose help ends with examples, printed as they are."""

    def __init__(self, *args: Any, examples: tuple[str, ...], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.examples = examples

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the description, then the examples."""
        super().format_help_text(ctx, formatter)
        write_examples(self.examples, formatter)


class WordsCommand(Command):
    """A command whose arguments are words of a query: `-word` is one of them, while `--limt` is still a mistyped option."""

    _GUARD = "\0"  # no argument of a process can hold it

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Guards the words that begin with `-` from being read as options."""
        options = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        names = {name for option in options for name in option.opts}
        takes_value = {name for option in options if not option.is_flag for name in option.opts}
        guarded = [
            self._GUARD + arg if self._is_word(arg, names) and before not in takes_value else arg
            for before, arg in zip(["", *args], args, strict=False)
        ]
        return super().parse_args(ctx, guarded)

    @classmethod
    def unguarded(cls, _ctx: click.Context, _param: click.Parameter, words: tuple[str, ...]) -> tuple[str, ...]:
        """The callback of the argument: the words as typed."""
        return tuple(word.removeprefix(cls._GUARD) for word in words)

    @staticmethod
    def _is_word(arg: str, names: set[str]) -> bool:
        return arg.startswith("-") and not arg.startswith("--") and arg != "-" and arg not in names


def write_examples(examples: tuple[str, ...], formatter: click.HelpFormatter) -> None:
    """The part "Examples" of a help text; wrapping would spoil them."""
    with formatter.section("Examples"):
        for example in examples:
            formatter.write(f"{' ' * formatter.current_indent}{example}\n")


def words_argument(*, required: bool) -> Callable[[Any], Any]:
    """The argument of a WordsCommand."""
    return click.argument("words", nargs=-1, required=required, callback=WordsCommand.unguarded)
