"""Comparisons as Markdown, ready for the README: give the machine and the comparisons by size, get the text.

A dash is a class that the engine cannot answer. A ratio below 1 in a column "ours / tantivy" says that ours takes less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tests.bench.results import Build, Comparison, Timing

NONE = "–"
METHOD = """\
One run, each engine in a process of its own. The engines take turns on each class of queries; the time of a query is the best
of its rounds, and p50 / p95 are over the queries of a class; "first time" is the median of the first round, before ours keeps
the words' matches decoded. Top 10 over title and body; the result cache of ours is off.
Matches are counted exactly where an engine does so by default: ours, tantivy and Whoosh (which runs with optimize=False) do,
FTS5 does not. In the classes `words`, `name` and `question`, ours reads the text as typed and asks again for fewer words if
nothing has all of them; peers get the same words, those of a question joined by OR. To index, tantivy and Whoosh may take
512 MB; the time includes reading the corpus, peak memory child processes (PSS, sampled every 0.1 s). Resident memory is that of
the process that answered all queries."""


def markdown(machine: Mapping[str, str], comparisons: Sequence[Comparison]) -> str:
    """The whole report: the first comparison in full, then how the others grew from it."""
    first = comparisons[0]
    sections = [
        ", ".join(f"{name} {value}" for name, value in machine.items()) + ".",
        f"{first.articles:,} articles, {_megabytes(first.texts)} MB of titles and bodies. {METHOD}",
        _indexing(first),
        _serving(first),
        "Milliseconds a query, p50 / p95, without snippets:\n\n" + _queries(first, first.plain),
        "With a page of 10 snippets:\n\n" + _queries(first, first.snippets),
    ]
    if len(comparisons) > 1:
        sections.append("Growth, by sentences of the articles recombined into new ones:\n\n" + _growth(comparisons))
        for title, mode in (("without", "plain"), ("with", "snippets")):
            by_size = {one.articles: getattr(one, mode) for one in comparisons}
            sections.append(f"p95 of ours in ms {title} snippets, and ours / tantivy, by articles:\n\n{_grown(by_size)}")
    return "\n\n".join(sections) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float | None) -> str:
    """Three digits or so, whatever the size; a dash for None."""
    if value is None:
        return NONE
    decimals = next((digits for limit, digits in ((100, 0), (10, 1), (0.1, 2)) if abs(value) >= limit), 3)
    return f"{value:,.{decimals}f}"


def ratio(first: float | None, second: float | None) -> str:
    """How many times the second the first is; a dash where one is missing."""
    return number(first / second) if first is not None and second else NONE


def _megabytes(size: float) -> str:
    return number(size / 1e6)


def _indexing(comparison: Comparison) -> str:
    rows = [_indexed(_build_name(name), build, sum(build.sizes.values())) for name, build in comparison.builds.items()]
    if comparison.reindex:
        alone = _indexed("ours: index alone, from its store", comparison.reindex, comparison.builds["ours"].sizes["index"])
        rows.insert(1, alone)
    head = ("indexing", "articles", "docs/s", "processor s", "peak memory MB", "size MB", "size / text")
    read = f"Reading the articles by itself: {number(comparison.articles / comparison.read_seconds)} a second."
    return f"{table(head, rows)}\n\n{read}"


def _build_name(engine: str) -> str:
    return "ours: store and index" if engine == "ours" else engine


def _indexed(name: str, build: Build, size: int) -> list[str]:
    measured = (build.articles / build.seconds, build.cpu_seconds)
    return [
        name,
        f"{build.articles:,}",
        *map(number, measured),
        _megabytes(build.peak),
        _megabytes(size),
        ratio(size, build.texts),
    ]


def _serving(comparison: Comparison) -> str:
    head = ("searcher", "open ms, first / best", "open and answer ms, first / best", "resident memory MB", "of it anonymous")
    rows = [
        [
            name,
            f"{number(opening.first_ms)} / {number(opening.best_ms)}",
            f"{number(opening.first_answer_ms)} / {number(opening.best_answer_ms)}",
            _megabytes(comparison.serving[name].resident),
            _megabytes(comparison.serving[name].anonymous),
        ]
        for name, opening in comparison.openings.items()
    ]
    cold = comparison.cold
    told = "" if cold is None else (
        f"\n\nCold `searcher query`: {number(cold.query_ms)} ms wall time, median of {cold.runs};"
        f" a Python that does nothing takes {number(cold.python_ms)} ms."
    )  # fmt: skip
    return table(head, rows) + told


def _queries(comparison: Comparison, timings: Mapping[str, Mapping[str, Timing]]) -> str:
    engines = list(comparison.builds)
    heads = [_head(name, comparison) for name in engines]
    ratios = ("ours / tantivy p50", "p95", "first time p50, ours", "ours / tantivy", "whoosh / ours p50")
    rows = [_class_row(name, engines, by_engine) for name, by_engine in timings.items()]
    return table(("class", *heads, *ratios, f"hits ({', '.join(engines)})"), rows)


def _head(engine: str, comparison: Comparison) -> str:
    """The engine, and on how many articles where it was spared some."""
    articles = comparison.builds[engine].articles
    return engine if articles == comparison.articles else f"{engine} ({articles:,} articles)"


def _class_row(name: str, engines: Sequence[str], timings: Mapping[str, Timing]) -> list[str]:
    asked = [timings.get(engine) for engine in engines]
    ours, tantivy, whoosh = (timings.get(engine) for engine in ("ours", "tantivy", "whoosh"))
    return [
        name,
        *(NONE if one is None else f"{number(one.p50_ms)} / {number(one.p95_ms)}" for one in asked),
        ratio(_p50(ours), _p50(tantivy)),
        ratio(_p95(ours), _p95(tantivy)),
        number(ours.first_ms if ours else None),
        ratio(ours.first_ms if ours else None, tantivy.first_ms if tantivy else None),
        ratio(_p50(whoosh), _p50(ours)),
        ", ".join(NONE if one is None else f"{one.hits:.1f}" for one in asked),
    ]


def _growth(comparisons: Sequence[Comparison]) -> str:
    engines = list(comparisons[-1].builds)
    head = ("articles", "engine", "docs/s", "peak memory MB", "size MB", "open ms", "open and answer ms", "resident memory MB")
    rows = [_growth_row(comparison, engine) for comparison in comparisons for engine in engines]
    return table(head, rows)


def _growth_row(comparison: Comparison, engine: str) -> list[str]:
    build, opening = comparison.builds[engine], comparison.openings[engine]
    return [
        f"{comparison.articles:,}",
        engine,
        number(build.articles / build.seconds),
        _megabytes(build.peak),
        _megabytes(sum(build.sizes.values())),
        number(opening.best_ms),
        number(opening.best_answer_ms),
        _megabytes(comparison.serving[engine].resident),
    ]


def _grown(by_size: Mapping[int, Mapping[str, Mapping[str, Timing]]]) -> str:
    classes = list(next(iter(by_size.values())))
    rows = [[name, *(cell for timings in by_size.values() for cell in _grown_cells(timings[name]))] for name in classes]
    return table(("class", *(head for size in by_size for head in (f"{size:,}", "ours / tantivy"))), rows)


def _grown_cells(timings: Mapping[str, Timing]) -> tuple[str, str]:
    ours, tantivy = _p95(timings.get("ours")), _p95(timings.get("tantivy"))
    return number(ours), ratio(ours, tantivy)


def _p50(timing: Timing | None) -> float | None:
    return timing.p50_ms if timing else None


def _p95(timing: Timing | None) -> float | None:
    return timing.p95_ms if timing else None
