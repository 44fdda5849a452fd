"""The machine and the versions of everything that was measured, as a mapping from what to which."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = {"ours": ("article-searcher", "numpy", "zstandard"), "tantivy": ("tantivy",), "whoosh": ("Whoosh",)}


def describe(engines: Iterable[str]) -> dict[str, str]:
    """Processor, cores, memory, system, Python and the versions behind the engines."""
    found = {
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
    }
    for engine in engines:
        found |= {package: _version(package) for package in PACKAGES.get(engine, ())}
        found |= {"SQLite": sqlite3.sqlite_version} if engine == "fts5" else {}
    return found


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    match = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    return match[1] if match else platform.processor() or "unknown"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed as a package"
