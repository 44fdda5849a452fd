"""Hits: the articles of a page, made of what the cluster sends of their documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from index.errors import IndexDamaged
from searcher.cluster.marks import MarkedText, TextMarker
from searcher.density import SnippetOptions
from searcher.engine import Hit, SearchRequest
from searcher.snippets import make_snippets

_SHOWN = ("id", "url", "title", "source", "published", "published_precision")


def shown_fields(request: SearchRequest) -> list[str]:
    """What a hit is made of: bodies are sent only for snippets."""
    return [*_SHOWN, *(["body"] if request.snippets else [])]


def read_hits(
    found: Sequence[Mapping[str, Any]], request: SearchRequest, marker: TextMarker, options: SnippetOptions
) -> tuple[Hit, ...]:
    """The hits of a page in its order, with marks and snippets if they are asked for. IndexDamaged names a document not ours."""
    try:
        if not request.snippets:
            return tuple(_hit(one) for one in found)
        sources = [one["_source"] for one in found]
        texts = [MarkedText(source["title"], source["body"], source.get("published")) for source in sources]
        marked = marker.mark(request.query, texts)
        return tuple(
            _hit(one)._replace(title_marks=title, snippets=make_snippets(text.body, body, options))
            for one, text, (title, body) in zip(found, texts, marked, strict=True)
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IndexDamaged(
            f"a document of this page is not as searcher wrote it ({error!r}), ids "
            f"{', '.join(repr(one.get('_id')) for one in found)[:500]}; run `searcher check`, then ingest or delete it"
        ) from error


def _hit(found: Mapping[str, Any]) -> Hit:
    source = found["_source"]
    return Hit(
        source["id"],
        source.get("url"),
        source["title"],
        (),
        source.get("source"),
        source.get("published"),
        source["published_precision"],
        float(found["_score"]),
    )
