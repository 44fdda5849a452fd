"""Pool: worker processes that invert batches and merge fields, each on a core of its own.

Workers are plain subprocesses of this interpreter with this `sys.path`. Unlike multiprocessing they never import the user's
main module again and never copy a process that has threads, so that any program may index without knowing of them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import IO, Any, cast

from index.bulk.inverter import Batch, Plan, Run
from index.bulk.messages import packed, receive, send
from index.bulk.sources import Source
from index.errors import IndexNotWritten

# Ctrl-C goes to every process of the terminal, also to a worker that is still importing; what is to be done about it is up to us.
_COMMAND = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.path[:] = sys.argv[1:]; "
    "from index.bulk.worker import main; main()"
)
# What the batches on their way take in the process of the Indexer.
_OWN_BYTES = 32 << 20
# Requests that a worker has been given: with one, it would wait for the parent between two batches.
_AHEAD = 2


def can_start() -> bool:
    """Whether this interpreter can be started again; not so inside other programs."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)


class Pool:
    """Like an Inverter, but with many hands. The processes start at once, and take work from `begin` on."""

    def __init__(self, count: int) -> None:
        self._workers = [_Worker() for _ in range(count)]

    def begin(self, plan: Plan, language: str) -> None:
        """Tells the workers how to invert. language: of the analyzer."""
        memory = (plan.memory - _OWN_BYTES) // len(self._workers)
        for number, worker in enumerate(self._workers):
            prefix = plan.prefix.with_name(f"{plan.prefix.name}{chr(ord('k') + number)}")
            worker.begin(dataclasses.replace(plan, prefix=prefix, memory=memory), language)

    def add(self, batch: Batch) -> None:
        """Hands a batch to the worker with the least to do; waits if all have enough. Raises what a worker met with before."""
        request = {"do": "batch", "first": batch.first, "articles": packed(batch.articles)}
        self._least_busy().submit(request)

    def finish(self) -> list[Run]:
        """The runs of all workers."""
        futures = [worker.submit({"do": "finish"}) for worker in self._workers]
        runs = [run for future in futures for run in future.result()["runs"]]
        return [Run(Path(path), tuple((first, size) for first, size in batches)) for path, batches in runs]

    def merge(self, sources: Sequence[Source], names: Sequence[str], path: Path) -> Callable[[], object]:
        """Lets the next worker merge fields into a container; call what comes back to wait for it."""
        files = [(str(source.reader.container.path), source.deleted.tolist()) for source in sources]
        return self._least_busy().submit({"do": "merge", "sources": files, "names": names, "path": str(path)}).result

    def close(self) -> None:
        """Ends the workers, whatever they are about."""
        for worker in self._workers:
            worker.close()

    def _least_busy(self) -> _Worker:
        """The worker that waits for the fewest answers; one that may take another request, as soon as there is."""
        while all(worker.waits() >= _AHEAD for worker in self._workers):
            wait([worker.oldest() for worker in self._workers], return_when=FIRST_COMPLETED)
        return min(self._workers, key=_Worker.waits)


class _Worker:
    """One process, and the thread that talks to it."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", _COMMAND, *sys.path]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ourselves
        # Popen's attributes are None where no pipe was asked for; here both were.
        self._requests = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)
        self._thread = ThreadPoolExecutor(1, "index-worker")
        self._waiting: deque[Future[Any]] = deque()

    def begin(self, plan: Plan, language: str) -> None:
        """Sends the first message, which is not answered."""
        start = {
            "prefix": str(plan.prefix),
            "weights": dataclasses.asdict(plan.weights),
            "dictionaries": [dictionary.hex() for dictionary in plan.dictionaries],
            "memory": plan.memory,
            "language": language,
        }
        self._waiting.append(self._thread.submit(self._send, start))

    def waits(self) -> int:
        """How many requests are not answered yet; raises the failure of one that is."""
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft().result()
        return len(self._waiting)

    def oldest(self) -> Future[Any]:
        """The request that is answered next."""
        return self._waiting[0]

    def submit(self, request: Any) -> Future[Any]:
        """Sends a request when those before it are answered."""
        self._waiting.append(self._thread.submit(self._ask, request))
        return self._waiting[-1]

    def close(self) -> None:
        """Kills the process."""
        self._process.kill()
        self._thread.shutdown(wait=True, cancel_futures=True)
        with contextlib.suppress(BrokenPipeError):  # what was being sent
            self._requests.close()
        self._answers.close()
        self._process.wait()

    def _ask(self, request: Any) -> Any:
        self._send(request)
        try:
            answer = receive(self._answers)
        except EOFError:
            raise self._gone() from None
        if "error" not in answer:
            return answer
        if answer["errno"] is not None:
            raise OSError(answer["errno"], answer["error"])
        raise IndexNotWritten(f"a worker process of the indexer failed ({answer['error']}); the index is as it was")

    def _send(self, request: Any) -> None:
        try:
            send(self._requests, request)
        except BrokenPipeError:
            raise self._gone() from None

    def _gone(self) -> IndexNotWritten:
        return IndexNotWritten(
            f"a worker process of the indexer ended before its work was done (status {self._process.wait()}), as when the "
            "system has no memory left; the index is as it was; lower the memory setting, or close other programs, and try again"
        )
