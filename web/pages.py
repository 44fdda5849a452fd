"""The pages: search, article, help, and the description by which a browser offers the archive among its search engines."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from searcher import ArchiveStats
from web import results
from web.asking import ask
from web.caching import conditional, search_digest
from web.context import current_archive
from web.dates import human_month
from web.form import FormReader, ParameterError, Problem, SearchForm
from web.marks import merged, paragraphs
from web.start import examples
from web.syntax import SYNTAX
from web.timeline import BAR_HEIGHT, timeline

blueprint = Blueprint("pages", __name__)

# Sources or months shown before "more": a list that is read at a glance.
LIST_LENGTH = 6
LATEST_SHOWN = 5


@blueprint.get("/")
def search() -> Response:
    """The start page, or the results of the search that the address states."""
    reader = FormReader(request.args, current_archive().config.limits)
    form = reader.form()
    if reader.problems:
        return _refused(form, tuple(reader.problems))
    if form.is_blank:
        return _start()
    try:
        return _results(form)
    except ParameterError as refusal:
        return _refused(form, refusal.problems)


@blueprint.get("/article/<article_id:article_id>")
def article(article_id: str) -> Response:
    """A whole article with the words of the search it was found by marked and numbered."""
    form = FormReader(request.args, current_archive().config.limits).form()
    found = current_archive().article(article_id)
    title_spans, body_spans = current_archive().marks(found, form.q) if form.q.strip() else ((), ())
    title_matches = len(merged(title_spans, len(found.title)))
    page = render_template(
        "article.html",
        form=form,
        article=found,
        title_spans=title_spans,
        paragraphs=paragraphs(found.body, body_spans, title_matches + 1),
        match_count=title_matches + len(merged(body_spans, len(found.body))),
    )
    return conditional(make_response(page), found.to_mapping(), form.arguments(), [title_spans, body_spans])


@blueprint.get("/help")
def syntax_help() -> Response:
    """The query language, by examples."""
    page = render_template("help.html", form=SearchForm(), sections=SYNTAX)
    return conditional(make_response(page), page)


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """The OpenSearch description. Browsers want whole addresses in it, so it states the one it was asked under."""
    response = make_response(render_template("opensearch.xml"))
    response.mimetype = "application/opensearchdescription+xml"
    return response


def _start() -> Response:
    archive = current_archive()
    stats = archive.stats()
    span = _span(stats)
    if not stats.articles:
        return make_response(render_template("empty.html", form=SearchForm()))
    newest = archive.search("", limit=LATEST_SHOWN, sort="newest", snippets=False)
    page = render_template(
        "start.html",
        form=SearchForm(),
        stats=stats,
        span=span,
        newest=newest.hits,
        sources=results.source_choices(newest.facets.source, SearchForm()),
        months=results.month_choices(newest.facets.month, SearchForm()),
        list_length=LIST_LENGTH,
        bars=timeline(newest.facets.month, SearchForm()),
        bar_height=BAR_HEIGHT,
        examples=examples(newest),
    )
    # Bytes and the health of a cluster, which the page does not show, change with every merge.
    return conditional(make_response(page), search_digest(newest), [stats.articles, stats.sources, span])


def _span(stats: ArchiveStats) -> str | None:
    """From when to when the archive reaches, by month; None if nothing in it is dated."""
    if stats.earliest is None or stats.latest is None:
        return None
    first, last = (human_month(moment.isoformat()[:7]) for moment in (stats.earliest, stats.latest))
    return first if first == last else f"{first} to {last}"


def _results(form: SearchForm) -> Response:
    archive = current_archive()
    limit = form.limit or archive.config.web.per_page
    result = ask(archive, form, limit=limit)
    page = render_template(
        "results.html",
        form=form,
        result=result,
        first=(result.page - 1) * limit + 1,
        chips=results.chips(form),
        sources=results.source_choices(result.facets.source, form),
        months=results.month_choices(result.facets.month, form),
        list_length=LIST_LENGTH,
        bars=timeline(result.facets.month, form),
        bar_height=BAR_HEIGHT,
        pages=results.page_numbers(result.page, result.pages),
        ways_out=results.ways_out(form),
    )
    return conditional(make_response(page), search_digest(result), form.arguments())


def _refused(form: SearchForm, problems: tuple[Problem, ...]) -> Response:
    page = render_template(
        "refused.html",
        form=form,
        problems=problems,
        chips=results.chips(form),
        by_parameter={problem.parameter: problem for problem in problems},
    )
    response = make_response(page)
    response.status_code = ParameterError(problems).status
    return response
