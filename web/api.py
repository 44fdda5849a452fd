"""The HTTP API: the same searches as the pages, as JSON, and a health check for whoever watches the process."""

from __future__ import annotations

import difflib
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from searcher import SearcherError
from web.asking import ask
from web.caching import conditional, search_digest
from web.context import current_archive
from web.form import FormReader, ParameterError, Problem

blueprint = Blueprint("api", __name__)

# Fixed, whatever length the pages have: programs that give no limit must not see it change.
DEFAULT_LIMIT = 10
_PARAMETERS = ("q", "limit", "page", "sort", "source", "after", "before", "snippets", "facets")


@blueprint.get("/api/v1/search")
def search() -> Response:
    """A SearchResult; 400 naming every parameter that cannot be, 414 for a query that is too long."""
    archive = current_archive()
    reader = FormReader(request.args, archive.config.limits)
    form = reader.form()
    snippets, facets = reader.switch("snippets"), reader.switch("facets")
    problems = (*reader.problems, *_unknown(list(request.args)))
    if problems:
        raise ParameterError(problems)
    result = ask(archive, form, limit=form.limit or DEFAULT_LIMIT, snippets=snippets, facets=facets)
    return conditional(jsonify(result.to_mapping()), search_digest(result))


@blueprint.get("/api/v1/articles/<article_id:article_id>")
def article(article_id: str) -> Response:
    """An Article; 404 if the archive has none of this id."""
    mapping = current_archive().article(article_id).to_mapping()
    return conditional(jsonify(mapping), mapping)


@blueprint.get("/healthz")
def health() -> tuple[Response, int]:
    """200 while searches can be answered, 503 otherwise; the generation tells whether a rebuild has arrived.

    Of an archive on a cluster also the cluster's health: yellow still answers, red lacks articles.
    """
    try:
        stats = current_archive().stats()
    except SearcherError as error:
        current_app.logger.error("health: %s", error)
        return jsonify(status=_dashed(type(error).__name__), generation=None, articles=None), 503
    if stats.index is None:
        return jsonify(status="index-missing", generation=None, articles=stats.articles), 503
    state: dict[str, Any] = {"status": "ok", "generation": stats.index.generation, "articles": stats.articles}
    if stats.cluster is not None:
        state["cluster"] = stats.cluster.health
        if stats.cluster.health == "red":
            state["status"] = "cluster-red"
    return jsonify(state), 200 if state["status"] == "ok" else 503


def _dashed(name: str) -> str:
    """IndexDamaged -> index-damaged."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


def _unknown(names: list[str]) -> list[Problem]:
    """A mistyped parameter would change the answer without a word, so it is refused."""
    problems = []
    for name in names:
        if name in _PARAMETERS:
            continue
        close = difflib.get_close_matches(name, _PARAMETERS, n=1)
        hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(_PARAMETERS)}"
        problems.append(Problem(name[:80], f"{name[:80]} is no parameter of a search{hint}"))
    return problems
