"""Figures and what is computed from them as Markdown, ready for docs/scaling.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.bench.cluster.capacity import COUNTS, Assumed, fit, needs
from tests.bench.cluster.figures import Figures, Layout, Pair, Size
from tests.bench.report import number, table

TITLES = {
    "plain": "A page of 10 without snippets and facets",
    "facets": "The same with facets",
    "snippets": "With snippets, ours beside the cluster's unified highlighter",
}
WAYS = {
    "ours": "through us, articles with ids",
    "bare": "bulk helper, documents finished beforehand",
    "made": "bulk helper, documents made on the way",
    "copies": "through us, articles without ids",
}


def markdown(figures: Figures) -> str:
    """All that was measured, part by part."""
    parts = [", ".join(f"{name} {value}" for name, value in figures.machine.items()) + "."]
    parts += [f"{TITLES[mode]}:\n\n{_pairs(getattr(figures, mode))}" for mode in TITLES if getattr(figures, mode)]
    parts += [f"Ingest:\n\n{_rates(figures)}"] if figures.ingest else []
    parts += [_size(size) for size in figures.sizes]
    parts += [f"Queries as articles grow:\n\n{_layouts(figures.growth)}"] if figures.growth else []
    parts += [f"Queries by shards and copies:\n\n{_layouts(figures.layouts)}"] if figures.layouts else []
    parts += [f"Articles without ids:\n\n{_copies(figures)}"] if figures.copies else []
    parts += [_matching(figures)] if figures.matching else []
    return "\n\n".join(parts) + "\n"


def _matching(figures: Figures) -> str:
    slopes = "; ".join(f"{kind} {number(taken)} ns" for kind, taken in figures.matching.items())
    return f"One more article that matches takes of the cluster's processor: {slopes}."


def placed(text: str, parts: Mapping[str, str]) -> str:
    """A document with these parts between its marks `<!-- name -->` and `<!-- end of name -->`."""
    for name, part in parts.items():
        before, found, rest = text.partition(f"<!-- {name} -->\n")
        _, closed, after = rest.partition(f"<!-- end of {name} -->")
        if not found or not closed:
            raise ValueError(f"the document has no marks `<!-- {name} -->` and `<!-- end of {name} -->`")
        text = f"{before}{found}\n{part}\n{closed}{after}"
    return text


def _pairs(pairs: Mapping[str, Pair]) -> str:
    head = (
        "class",
        "ours p50 / p95 ms",
        "bare client p50 / p95 ms",
        "ours / bare",
        "p50",
        "p95",
        "ours more, processor ms",
        "embedded p50 ms",
        "hits",
    )
    rows = [
        (
            name,
            f"{number(pair.ours_p50)} / {number(pair.ours_p95)}",
            f"{number(pair.bare_p50)} / {number(pair.bare_p95)}",
            number(pair.ratio),
            number(pair.ours_p50 / pair.bare_p50),
            number(pair.ours_p95 / pair.bare_p95),
            number(pair.own),
            number(pair.embedded_p50),
            f"{pair.hits:.1f}",
        )
        for name, pair in pairs.items()
    ]
    return table(head, rows)


def _rates(figures: Figures) -> str:
    bare = figures.ingest.get("bare")
    head = ("way", "articles", "articles/s", "of the bulk helper", "client ms an article", "cluster processor ms an article")
    rows = [
        (
            WAYS[way],
            f"{rate.articles:,}",
            number(rate.per_second),
            number(rate.per_second / bare.per_second if bare else None),
            number(rate.client_ms),
            number(rate.cluster_ms),
        )
        for way, rate in figures.ingest.items()
    ]
    return table(head, rows)


def _size(size: Size) -> str:
    told = (
        f"{size.corpus}: {size.articles:,} articles of {number(size.text)} bytes of text; on the cluster {number(size.fresh)} "
        f"bytes each as ingested, {number(size.merged)} merged ({number(size.merged / size.text)} of the text). Ingest into one "
        f"copy: {number(size.rate.per_second)} articles/s; an article takes {number(size.rate.cluster_ms)} ms of the cluster's "
        f"processor and {number(size.rate.client_ms)} ms of ours."
    )
    rows = [(part, number(taken), f"{100 * taken / size.merged:.0f}") for part, taken in _by_size(size.parts)]
    parts = table(("held in files of", "bytes an article", "%"), rows)
    fields = [(f"`{name}`", number(taken), f"{100 * taken / size.merged:.0f}") for name, taken in _by_size(size.fields)]
    return "\n\n".join([told, parts, *([table(("without the field", "bytes less", "%"), fields)] if fields else [])])


def _by_size(taken: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(taken.items(), key=lambda item: -item[1])


def _layouts(layouts: Iterable[Layout]) -> str:
    head = (
        "articles",
        "shards",
        "copies",
        "bytes an article",
        "class",
        "p50 / p95 ms",
        "processor ms a query",
        "queries/s a core",
        "matches",
    )
    return table(head, (row for layout in layouts for row in _layout(layout)))


def _layout(layout: Layout) -> Iterable[tuple[str, ...]]:
    first = (f"{layout.articles:,}", str(layout.shards), str(layout.replicas + 1), number(layout.bytes))
    for name, served in layout.classes.items():
        yield (
            *first,
            name,
            f"{number(served.p50)} / {number(served.p95)}",
            number(served.processor_ms),
            number(1000 / served.processor_ms if served.processor_ms else None),
            number(served.matches),
        )
        first = ("", "", "", "")


def _copies(figures: Figures) -> str:
    head = ("articles held", "articles/s", "client ms an article", "cluster processor ms an article")
    rows = [
        (f"{one.held:,}", number(one.rate.per_second), number(one.rate.client_ms), number(one.rate.cluster_ms))
        for one in figures.copies
    ]
    return table(head, rows)


def capacity(figures: Figures, assumed: Assumed) -> str:
    """The table of what more articles take, for each corpus that was weighed, and the numbers that it was computed with."""
    model = fit(figures)
    fitted = (
        f"Processor time of a query, all nodes together: {number(model.base)} ms + {number(model.per_shard)} ms a shard + "
        f"{number(model.per_million)} ms a million articles (the mean of all classes)."
    )
    parts = [fitted]
    for size in figures.sizes:
        parts.append(f"Articles like those of {size.corpus} ({number(size.merged)} bytes each on the cluster):")
        parts.append(_needs(figures, size, assumed))
    return "\n\n".join(parts) + "\n"


def _needs(figures: Figures, size: Size, assumed: Assumed) -> str:
    head = (
        "articles",
        "one copy GB",
        f"shards of {assumed.shard_gb:g} GB",
        "data nodes",
        "heap GB",
        "ingest of all, hours",
        "processor ms a query",
        "a lone query, ms at least",
        "queries/s",
        "dollars a month",
    )
    rows = [
        (
            f"{need.articles:,}",
            number(need.copy_gb),
            f"{need.shards:,}",
            f"{need.nodes:,}",
            f"{need.nodes * assumed.heap_gb:,}",
            number(need.ingest_hours),
            number(need.query_ms),
            number(need.lone_ms),
            number(need.queries),
            f"{need.month:,.0f}",
        )
        for need in needs(figures, size, assumed, COUNTS)
    ]
    return table(head, rows)
