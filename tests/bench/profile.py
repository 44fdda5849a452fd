"""Profiles our engine on one class of queries, without and with snippets, functions by their own time.

    python -m tests.bench.profile CORPUS CLASS

sees searches only; indexing, which comes first, is not profiled.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import tempfile
from pathlib import Path

from tests.bench import corpus
from tests.bench.engines.ours import Ours
from tests.bench.queries import draw_queries

LINES = 25


def main(path: Path, name: str) -> None:
    """Indexes the corpus, asks each query once to warm up and once under the profiler."""
    articles = list(corpus.read(path))
    queries = draw_queries(articles, 100, [name])[name]
    with tempfile.TemporaryDirectory() as folder:
        engine = Ours(Path(folder))
        engine.build(articles)
        engine.open()
        for snippets in (False, True):
            profiler = cProfile.Profile()
            for query in queries:
                engine.search(query, snippets=snippets)
            profiler.enable()
            for query in queries:
                engine.search(query, snippets=snippets)
            profiler.disable()
            print(f"{len(queries)} queries of class {name}, {'with' if snippets else 'without'} snippets")
            pstats.Stats(profiler).sort_stats("tottime").print_stats(LINES)
        engine.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
