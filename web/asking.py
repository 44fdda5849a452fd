"""How page and API put a search to the archive: one way, so that the same address gives both the same answer."""

from __future__ import annotations

from searcher import Archive, RequestError, SearchResult, UnsupportedQuery
from web.form import ParameterError, Problem, SearchForm


def ask(archive: Archive, form: SearchForm, *, limit: int, snippets: bool = True, facets: bool = True) -> SearchResult:
    """The archive's answer; ParameterError naming the parameters if it refuses the search."""
    try:
        return archive.search(
            form.q,
            limit=limit,
            page=form.page,
            sort=form.sort,
            sources=form.sources,
            after=form.after,
            before=form.before,
            snippets=snippets,
            facets=facets,
        )
    except UnsupportedQuery as error:
        raise ParameterError((Problem("q", str(error)),)) from error
    except RequestError as error:
        raise ParameterError(_date_problems(archive, form) or (Problem(None, str(error)),)) from error


def _date_problems(archive: Archive, form: SearchForm) -> tuple[Problem, ...]:
    """Which of the dates the archive refuses: it is asked about each alone, so that both are told if both are wrong."""
    problems = []
    for name, after, before in (("after", form.after, None), ("before", None, form.before)):
        try:
            archive.search("", limit=1, after=after, before=before, snippets=False, facets=False)
        except RequestError as error:
            problems.append(Problem(name, str(error)))
    return tuple(problems)
