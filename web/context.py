"""How a view reaches the archive its application was made with."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from searcher import Archive

_KEY = "searcher.archive"


def bind_archive(app: Flask, archive: Archive) -> None:
    """Hands the archive to the application."""
    app.extensions[_KEY] = archive


def current_archive() -> Archive:
    """The archive of the application that handles the current request."""
    return cast("Archive", current_app.extensions[_KEY])
