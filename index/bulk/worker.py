"""A worker process of the Indexer: reads requests from standard input and answers on standard output, until either closes.

    start   {"prefix", "weights", "dictionaries", "memory", "language"}: how to invert; nothing is answered
    batch   {"first", "articles"}: inverts them
    finish  ends the last run; the answer has all runs
    merge   {"sources": [[FILE, DELETED], ...], "names", "path"}: merges these fields into a container

The answer is {"runs"} or {}, or {"error", "errno"} if the request failed. A thread reads ahead, so that the process ends at
once when its parent is gone, whatever it is about.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from index.analysis import Analyzer
from index.bulk.dictionaries import Dictionaries
from index.bulk.inverter import Batch, Inverter, Plan
from index.bulk.messages import receive, send, unpacked
from index.bulk.segments import merge_part
from index.bulk.sources import in_sequence
from index.codec.segment import SegmentReader
from index.schema import ZoneWeights


def main() -> None:
    """Serves requests until the parent closes the pipe."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no answer
    requests: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_read_ahead, args=(requests,), daemon=True).start()
    inverter = _inverter(requests.get())
    while True:
        request = requests.get()
        try:
            answer = _answer(inverter, request)
        except Exception as error:  # the parent is told, and decides
            answer = {"error": f"{type(error).__name__}: {error}", "errno": getattr(error, "errno", None)}
        send(answers, answer)


def _read_ahead(requests: SimpleQueue[Any]) -> None:
    while True:
        try:
            requests.put(receive(sys.stdin.buffer))
        except EOFError:
            os._exit(0)


def _inverter(start: dict[str, Any]) -> Inverter:
    dictionaries = Dictionaries(*map(bytes.fromhex, start["dictionaries"]))
    plan = Plan(Path(start["prefix"]), ZoneWeights(**start["weights"]), dictionaries, start["memory"])
    return Inverter(plan, Analyzer(start["language"]))


def _answer(inverter: Inverter, request: dict[str, Any]) -> dict[str, Any]:
    if request["do"] == "batch":
        inverter.add(Batch(request["first"], unpacked(request["articles"])))
        return {}
    if request["do"] == "finish":
        return {"runs": [[str(run.path), run.batches] for run in inverter.finish()]}
    readers = [(SegmentReader(Path(file)), np.array(deleted, np.int64)) for file, deleted in request["sources"]]
    merge_part(in_sequence(readers), request["names"], Path(request["path"]))
    return {}
