"""The command line: `main()` runs one command and ends the process with its exit code.

Standard output carries results only; messages, progress and hints go to standard error. Exit codes: 0 done or found,
1 nothing found, 2 wrong usage, 3 index missing or damaged, 4 another process is writing, 5 some input was quarantined,
130 interrupted.
"""

import os

# Numpy brings a linear algebra that nothing here uses, and that would start a thread for each core on import: 30 to 40 ms of
# the 160 that `searcher query` takes. Who has set a number keeps it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from searcher.cli.main import main

__all__ = ["main"]
