"""Measures of one process and of one list of times.

Memory is proportional set size (PSS) from /proc: pages that several processes share are divided among them, so that the sum
over a process and its children counts each page once. Mapped files count as far as they are in memory. Where there is no
/proc, `TreeMemory` has nothing to add to the largest resident size that the process itself reports.
"""

from __future__ import annotations

import math
import re
import resource
import statistics
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

from tests.bench.results import Memory, Timing

SAMPLE_EVERY = 0.1  # seconds; a look at a process of 500 MB took 2 ms


def timing(seconds: Sequence[float], hits: float, first: Sequence[float]) -> Timing:
    """Median and 95th percentile (nearest rank) in milliseconds; first: the times of the first round."""
    ordered = sorted(seconds)
    rank = math.ceil(0.95 * len(ordered)) - 1
    return Timing(statistics.median(ordered) * 1e3, ordered[rank] * 1e3, len(ordered), hits, statistics.median(first) * 1e3)


def largest_resident() -> int:
    """The most bytes this process has had in memory. Not ru_maxrss on Linux: that starts with its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        match = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        return int(match[1]) * 1024 if match else 0
    unit = 1 if sys.platform == "darwin" else 1024
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + children) * unit


def processor_seconds() -> float:
    """Processor time of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def memory(pid: int) -> Memory:
    """What a process and its children have in memory now; zeros where the system does not tell, or the process is gone."""
    rollups = [_rollup(one) for one in _tree(pid)]
    return Memory(*(sum(sizes.get(name, 0) for sizes in rollups) for name in ("Pss", "Rss", "Pss_Anon")))


class TreeMemory:
    """Watches a process and its children from beside; as a context manager, `peak` is the most of any sample."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> TreeMemory:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_EVERY):
            self.peak = max(self.peak, memory(self._pid).pss)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _text(children).split():
            yield from _tree(int(child))


def _rollup(pid: int) -> dict[str, int]:
    lines = re.findall(r"^(\w+):\s+(\d+) kB", _text(Path(f"/proc/{pid}/smaps_rollup")), re.MULTILINE)
    return {name: int(kilobytes) * 1024 for name, kilobytes in lines}


def _text(path: Path) -> str:
    """The file's text; empty if its process ended meanwhile."""
    try:
        return path.read_text()
    except OSError:
        return ""
