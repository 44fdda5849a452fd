"""`searcher show`: one article, to read."""

from __future__ import annotations

import sys

import click

from searcher.cli.command import Command
from searcher.cli.render import Layout, article_lines
from searcher.cli.session import Session, as_typed, json_option, pass_session, print_json
from searcher.terminal import ColorChoice, Style, line_width, wants_color


@click.command(
    cls=Command,
    examples=(
        "searcher show 5f0c2d9e",
        "searcher show 5f0c2d9e --query 'peace talks'",
        "searcher show 5f0c2d9e --json",
    ),
)
@click.argument("article_id", metavar="ID")
@json_option
@click.option("--query", "query_text", metavar="TEXT", help="Mark what this query finds in the article.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@pass_session
def show(session: Session, article_id: str, as_json: bool, query_text: str | None, color: ColorChoice) -> None:
    """Read one article.

    `searcher query` prints the ID of each.
    """
    with session.archive() as archive:
        article = archive.article(as_typed([article_id]))
        if as_json:
            print_json(article.to_mapping())
            return
        marks = archive.marks(article, as_typed([query_text])) if query_text else ((), ())
        layout = Layout(Style(wants_color(color, sys.stdout)), line_width(sys.stdout), archive.config.tzinfo)
    click.echo("\n".join(article_lines(article, marks, layout)), color=True)
