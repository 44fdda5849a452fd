"""Every way an answer can fail, as a page for people or as `application/problem+json` (RFC 9457) for programs.

A failure tells what happened and what to do next. Messages of the store, the index or the cluster may name files of this
machine or other machines, so they go to the log and not to the reader; an unforeseen error gives the reader a number that
stands in the log as well. What may pass by itself is 503 and says when to come back; a cluster that does not take what we
send it is 502, a gateway's error, until somebody changes a setting. Nothing is remembered: each request asks anew.
"""

from __future__ import annotations

import dataclasses
import secrets
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

from searcher import (
    ArchiveBusy,
    ArticleNotFound,
    ClusterDenied,
    ClusterRefused,
    ClusterUnavailable,
    IndexDamaged,
    IndexMissing,
    IndexOutdated,
    SearcherError,
    StoreError,
)
from web.form import ParameterError, Problem, SearchForm

RETRY_AFTER_SECONDS = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """What the reader is told. command: what to run on the machine that serves the page to set it right."""

    status: int
    heading: str
    detail: str
    command: str | None = None
    problems: tuple[Problem, ...] = ()
    incident: str | None = None

    def to_mapping(self) -> dict[str, Any]:
        """The problem document; `type` is about:blank, so `title` is the status in words."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": request.full_path.rstrip("?"),
        }
        if self.problems:
            document["errors"] = [problem.to_mapping() for problem in self.problems]
        if self.command:
            document["command"] = self.command
        if self.incident:
            document["incident"] = self.incident
        return document


# Of a query that stays in the box: a longer one is no search anyway.
_MOST_CHARS = 4096

OVERLOADED = Failure(503, "Too many searches at once", "More are waiting than can be answered soon; try again in a few seconds.")

_OUT_OF_ORDER: dict[type[SearcherError], Failure] = {
    IndexMissing: Failure(
        503,
        "There is no index yet",
        "Nothing has been indexed so far.",
        "searcher update",
    ),
    IndexDamaged: Failure(
        503,
        "The index cannot be read",
        "A part of it is missing or damaged. The articles are kept apart from it; a rebuild makes it anew.",
        "searcher rebuild",
    ),
    IndexOutdated: Failure(
        503,
        "The index was made by another version",
        "This one cannot search it. The articles are kept apart from it; a rebuild makes it anew, without a restart here.",
        "searcher rebuild",
    ),
    StoreError: Failure(
        503,
        "The archive cannot be read",
        "The store of the articles did not open or did not answer.",
        "searcher check",
    ),
    ClusterUnavailable: Failure(
        503,
        "The archive does not answer now",
        "The cluster that keeps the articles is down, overloaded, or lacks a part of them. This page works again as soon as it "
        "does.",
        "searcher stats",
    ),
    ClusterDenied: Failure(
        502,
        "The archive does not let us in",
        "The cluster that keeps the articles refuses this server: password, rights or certificates have to be set right.",
        "searcher stats",
    ),
    ClusterRefused: Failure(
        502,
        "The archive cannot answer this",
        "The cluster that keeps the articles refused what this server asked of it; the log has its reason.",
        "searcher check",
    ),
}


def failure_of(error: Exception) -> Failure:
    """What to tell about an exception."""
    for kind, failure in _OUT_OF_ORDER.items():
        if isinstance(error, kind):
            current_app.logger.error("%s: %s", type(error).__name__, error)
            return failure
    if isinstance(error, ArchiveBusy):
        return Failure(503, "The archive is busy", "Another process is writing to it; try again in a few seconds.")
    if isinstance(error, ArticleNotFound):
        return Failure(404, "No such article", "The archive holds no article under this address; it may have been deleted.")
    if isinstance(error, ParameterError):
        return Failure(error.status, "This search cannot be made", str(error), problems=error.problems)
    if isinstance(error, HTTPException):
        return _http_failure(error)
    incident = secrets.token_hex(4)
    current_app.logger.error("incident %s", incident, exc_info=error)
    return Failure(
        500, "Something went wrong here", "The answer could not be made; this is our fault, not yours.", incident=incident
    )


def _http_failure(error: HTTPException) -> Failure:
    status = error.code or 500
    if status == 404:
        return Failure(404, "No such page", "Nothing lives at this address.")
    if status == 405:
        return Failure(405, "Not this way", f"This address can be read, but takes no {request.method} request.")
    if status == OVERLOADED.status:
        return OVERLOADED
    phrase = HTTPStatus(status).phrase
    return Failure(status, phrase, f"The request was refused: {phrase.lower()}.")


def register(app: Flask) -> None:
    """Makes the application answer every error, foreseen or not, in the form the address calls for."""
    app.register_error_handler(Exception, _answer)


def _answer(error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return make_response(error.get_response())
    failure = failure_of(error)
    # A request for a host that is not ours has no addresses to make links of, so it gets no page either.
    wants_json = request.path.startswith(("/api/", "/healthz")) or isinstance(error, SecurityError)
    response = _problem_response(failure) if wants_json else page_response(failure)
    if isinstance(error, HTTPException) and error.code == 405 and "Allow" in error.get_response().headers:
        response.headers["Allow"] = error.get_response().headers["Allow"]
    return response


def _problem_response(failure: Failure) -> Response:
    response = jsonify(failure.to_mapping())
    response.mimetype = "application/problem+json"
    return _with_status(response, failure)


def _with_status(response: Response, failure: Failure) -> Response:
    response.status_code = failure.status
    if failure.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def page_response(failure: Failure) -> Response:
    """The failure as a page; what was asked stays in the box, and what may pass can be asked again."""
    again = f"?{request.query_string.decode('ascii', 'replace')}" if failure.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    form = SearchForm(q=request.args.get("q", "")[:_MOST_CHARS])
    page = render_template("failure.html", failure=failure, form=form, again=again)
    return _with_status(make_response(page), failure)
