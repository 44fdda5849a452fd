"""`searcher serve`: the search page and the HTTP API."""

from __future__ import annotations

import click

from index.errors import ConfigError
from searcher.cli.command import Command
from searcher.cli.session import Session, hint, pass_session

# A reader is better told soon what is wrong, and waiting requests would keep all threads from others.
_MOST_RETRIES = 2


@click.command(
    cls=Command,
    examples=(
        "searcher serve",
        "searcher serve --port 0",
        "searcher --data /srv/archive serve --host 0.0.0.0",
    ),
)
@click.option("--host", help="Address to listen on  [default: 127.0.0.1, this machine only]")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; 0: any free one  [default: 8000]")
@pass_session
def serve(session: Session, host: str | None, port: int | None) -> None:
    """Search in a browser.

    Open the address that is printed. Ctrl-C ends it.
    """
    # Flask and waitress are for this command alone.
    import web  # noqa: PLC0415 - see above

    settings = session.config().web
    with session.archive(create=True, most_retries=_MOST_RETRIES) as archive:
        host, port = settings.host if host is None else host, settings.port if port is None else port
        try:
            web.serve(archive, host, port, _announce)
        except OSError as error:
            raise ConfigError(f"cannot listen on {host}:{port} ({error}); choose another with --host or --port") from error
    hint("Stopped.")


def _announce(url: str) -> None:
    click.echo(url)
