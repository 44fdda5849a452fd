"""`python -m tests.torture`: every part, long; ends with 1 if anything broke. `--scale 0.05` makes it as much shorter."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.torture.damage import damage
from tests.torture.faults import fill_disk, inject_faults, limit_files
from tests.torture.growth import grow
from tests.torture.ingest_kills import kill_ingests
from tests.torture.kills import kill_writers
from tests.torture.nodes import kill_nodes
from tests.torture.outcome import Outcome
from tests.torture.racing import race
from tests.torture.readers import read_beside_rebuilds


def _parts(scale: float) -> dict[str, Callable[[Path], Outcome]]:
    def scaled(count: int) -> int:
        return max(1, round(count * scale))

    parts: dict[str, Callable[[Path], Outcome]] = {
        "kills": lambda folder: kill_writers(folder, scaled(200)),
        "damage": lambda folder: damage(folder, scaled(1000), scaled(200), articles=2000),
        "readers": lambda folder: read_beside_rebuilds(folder, scaled(20), scaled(10_000)),
        "growth": lambda folder: grow(folder, scaled(200)),
        "racing": lambda folder: race(folder, scaled(60)),
        "limits": lambda folder: limit_files(folder, scaled(40)),
        "faults": lambda folder: inject_faults(folder, scaled(10_000)),
    }
    # Nodes of OpenSearch are started for these two; see tests/cluster.
    parts["nodes"] = lambda folder: kill_nodes(folder, scaled(12))
    parts["ingestkills"] = lambda folder: kill_ingests(folder, scaled(100))
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        parts["disk"] = lambda folder: fill_disk(folder, scaled(60))
    return parts


def main() -> int:
    """Runs the parts asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", help="kills, damage, readers, growth, racing, limits, faults, nodes, ingestkills, disk; none: all"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="how long, as a fraction of the long version")
    chosen = parser.parse_args()
    parts = _parts(chosen.scale)
    unknown = [name for name in chosen.parts if name not in parts]
    if unknown:
        parser.error(f"{', '.join(unknown)}: no such part here; there are {', '.join(parts)}")
    failed = False
    for name in chosen.parts or parts:
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            outcome = parts[name](Path(folder))
            print(f"{outcome}\n  {time.monotonic() - began:.0f} s", flush=True)
            failed |= bool(outcome.failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
