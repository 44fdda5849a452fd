"""The application: give it an open archive, it gives back a Flask (WSGI) application that answers searches from it.

Pages and API both ask the archive and nothing else; the archive is what notices a rebuilt index. The application keeps
no state of its own and sets no cookie.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from urllib.parse import quote

from flask import Flask, url_for
from flask.json.provider import DefaultJSONProvider
from jinja2 import StrictUndefined
from werkzeug.routing import BaseConverter

from searcher import Archive, Config
from web import api, context, failures, headers, pages
from web.caching import APPEARANCE
from web.dates import human_date, machine_date
from web.marks import pieces
from web.urls import web_url

# Searches are GET requests; nothing here reads a body, so a large one is somebody else's mistake.
BODY_LIMIT_BYTES = 64 * 1024


class ArticleIdConverter(BaseConverter):
    """Any text, slashes at any place included: an id given by the user is kept as it is."""

    regex = "(?s:.+)"
    part_isolating = False

    def to_url(self, value: str) -> str:
        """Slashes escaped too: browsers would take `../x` for a way up."""
        return quote(value, safe="")


def create_app(archive: Archive) -> Flask:
    """A Flask application over the archive. The archive stays the caller's to close."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT_BYTES
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 365 * 24 * 3600
    context.bind_archive(app, archive)
    app.config[APPEARANCE] = _appearance(archive.config)
    _configure_json(app)
    _configure_templates(app, archive.config)
    app.url_map.merge_slashes = False
    app.url_map.converters["article_id"] = ArticleIdConverter
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(api.blueprint)
    failures.register(app)
    headers.register(app)
    return app


def _configure_json(app: Flask) -> None:
    provider = DefaultJSONProvider(app)
    provider.sort_keys = False
    provider.ensure_ascii = False
    provider.compact = True
    app.json = provider


def _configure_templates(app: Flask, config: Config) -> None:
    versions = {name: _version(Path(app.static_folder or "") / name) for name in ("style.css", "search.js", "icon.svg")}

    def asset_url(name: str) -> str:
        # The version makes the address change with the content, so that browsers may keep the file for a year.
        return url_for("static", filename=name, v=versions[name])

    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["asset_url"] = asset_url
    app.jinja_env.globals["pieces"] = pieces
    app.jinja_env.globals["site_title"] = config.web.title
    app.jinja_env.filters["human_date"] = functools.partial(human_date, zone=config.tzinfo)
    app.jinja_env.filters["machine_date"] = machine_date
    app.jinja_env.filters["web_url"] = web_url


def _version(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def _appearance(config: Config) -> str:
    """A digest of all that shapes a page beside the archive's answers: the code of this package, and the settings."""
    files = sorted(file for file in Path(__file__).parent.rglob("*") if file.suffix in (".py", ".html", ".xml", ".css", ".js"))
    parts = [*map(_version, files), repr(config.web), config.timezone]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
