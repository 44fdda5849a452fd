"""The front end in a browser and over HTTP: `create_app(archive)` gives a WSGI application, `serve` runs one."""

from web.app import create_app
from web.server import serve

__all__ = ["create_app", "serve"]
