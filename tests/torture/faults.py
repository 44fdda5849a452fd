"""Faults of the system at every I/O call of a commit: it fails cleanly or not at all, and the next one in the process works.

With strace: each kind of call, made to fail at its 1st, 2nd, ... time until a commit ends untouched, once and from there on.
Without: limits on the size of files and on open files, a step at a time; a disk that is full, a little later each time.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.torture.outcome import Outcome
from tests.torture.patient import Kind, Patient

FAULTS = {
    "openat": ("EMFILE", "ENOSPC", "EIO"),
    "mkdir": ("ENOSPC", "EIO"),
    "write": ("ENOSPC", "EIO"),
    "fsync": ("EIO", "ENOSPC"),
    "rename": ("EIO", "ENOSPC"),
    "unlink": ("EIO",),
    "unlinkat": ("EIO",),
    "rmdir": ("EIO",),
    "getdents64": ("EIO",),
    "read": ("EIO",),
    "pread64": ("EIO",),
    "newfstatat": ("EIO",),
}
KINDS: tuple[Kind, ...] = ("update", "rebuild")


def inject_faults(folder: Path, most: int = 10_000) -> Outcome:
    """Each fault at each call, at most the first `most` of a kind. RuntimeError if there is no strace."""
    if shutil.which("strace") is None:
        raise RuntimeError("strace is needed to make system calls fail; install it, or leave this part out")
    outcome = Outcome("faults of system calls")
    patient = Patient(folder / "data")
    for kind in KINDS:
        for call, errors in FAULTS.items():
            for error in errors:
                for ever in ("", "+"):
                    _sweep(patient, outcome, kind, (f"{call}:error={error}:when=", ever), most)
    patient.close()
    return outcome


def _sweep(patient: Patient, outcome: Outcome, kind: Kind, fault: tuple[str, str], most: int) -> None:
    """fault: what strace is told before and after the number of the call."""
    for number in range(1, most + 1):
        patient.ask("prepare")
        with _failing(patient.pid, str(number).join(fault)) as injected:
            tried = patient.ask("attempt", kind)
        where = f"{kind}, {str(number).join(fault)}"
        outcome.counts[f"commits {tried['result']}"] += 1
        outcome.require(tried["result"] != "broken", f"{where}: {tried['why']}")
        outcome.failures += [f"{where}: {failure}" for failure in patient.ask("recover")["failures"]]
        if not injected():
            return


@contextmanager
def _failing(pid: int, fault: str) -> Iterator[Callable[[], bool]]:
    """Makes calls of the process fail meanwhile; gives a function that tells afterwards whether one did."""
    call = fault.partition(":")[0]
    command = ["strace", "-f", "-p", str(pid), "-e", f"trace={call}", "-e", f"inject={fault}"]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    tracer.stderr.readline()  # "Process ... attached"
    log: list[str] = []
    try:
        yield lambda: any("(INJECTED)" in line for line in log)
    finally:
        tracer.send_signal(2)
        log += tracer.communicate()[1].splitlines()


def limit_files(folder: Path, steps: int) -> Outcome:
    """Commits under ever looser limits on the size of files and on open files."""
    outcome = Outcome("limits")
    patient = Patient(folder / "data")
    for kind in KINDS:
        for step in range(steps):
            for name, value in (("RLIMIT_FSIZE", step**2 * 256), ("RLIMIT_NOFILE", 4 + step)):
                patient.ask("prepare")
                tried = patient.ask("limited", kind, name, value)
                where = f"{kind}, {name} = {value}"
                outcome.counts[f"commits {tried['result']} under {name}"] += 1
                outcome.require(tried["result"] != "broken", f"{where}: {tried['why']}")
                outcome.failures += [f"{where}: {failure}" for failure in patient.ask("recover")["failures"]]
    patient.close()
    return outcome


def fill_disk(folder: Path, steps: int, *, megabytes: int = 16, step_bytes: int = 4096) -> Outcome:
    """Commits on a disk with ever more room. Only for root, who may mount one."""
    outcome = Outcome("full disk")
    data = folder / "data"
    disk = data / "index"
    disk.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(disk)], check=True)
    patient = Patient(data)
    try:
        for kind in KINDS:
            for step in range(steps):
                patient.ask("prepare")
                _fill(disk / "ballast", step * step_bytes)
                tried = patient.ask("attempt", kind)
                (disk / "ballast").unlink()
                where = f"{kind}, {step * step_bytes:,} bytes free"
                outcome.counts[f"commits {tried['result']}"] += 1
                outcome.require(tried["result"] != "broken", f"{where}: {tried['why']}")
                outcome.failures += [f"{where}: {failure}" for failure in patient.ask("recover")["failures"]]
    finally:
        patient.close()
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
    return outcome


def _fill(ballast: Path, free: int) -> None:
    """Leaves so many bytes of the disk free."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    room = shutil.disk_usage(ballast.parent).free
    with ballast.open("r+b") as file:
        file.truncate(max(0, ballast.stat().st_size + room - free))


if __name__ == "__main__":
    print(inject_faults(Path(sys.argv[1])))
