"""Java for the nodes of the tests: which OpenSearch to run, and on which Java of this machine.

`python -m tests.cluster.java` says what would be used, and fails where no Java fits: so `make test` knows whether to install one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Where systems put their Javas, as patterns of homes.
FOLDERS = ("/usr/lib/jvm/*", "/usr/java/*", "/opt/java/*", "/opt/jdk*", "/Library/Java/JavaVirtualMachines/*/Contents/Home")
CHOICE = "SEARCHER_TEST_OPENSEARCH"


@dataclass(frozen=True, slots=True)
class Release:
    """An OpenSearch that the tests can run: its major version, the version of the runner that brings it, the oldest Java."""

    major: int
    runner: str
    java: int

    @property
    def version(self) -> str:
        """The version as OpenSearch itself says it."""
        return self.runner.rpartition(".")[0]


# The preferred one first.
RELEASES = (Release(3, "3.8.0.0", 21), Release(2, "2.19.1.0", 17))


@dataclass(frozen=True, slots=True)
class Java:
    """A Java of this machine."""

    home: Path
    version: int


class NoJava(Exception):
    """No Java of this machine can run the OpenSearch that the tests need."""


def choose(wanted: str | None = None) -> tuple[Release, Java]:
    """The OpenSearch to run, of the major version wanted (or named by SEARCHER_TEST_OPENSEARCH, else the newest), and its Java.

    The newer release takes the newest Java; the older one the oldest that fits, as it was made when that was new.
    """
    wanted = wanted or os.environ.get(CHOICE) or ""
    releases = [release for release in RELEASES if wanted in ("", str(release.major))]
    if not releases:
        raise NoJava(f"{CHOICE} must be one of {', '.join(str(r.major) for r in RELEASES)}, got {wanted!r}")
    found = sorted(set(javas()), key=lambda java: java.version)
    for release in releases:
        fitting = [java for java in found if java.version >= release.java]
        if fitting:
            return release, fitting[-1 if release is RELEASES[0] else 0]
    listed = ", ".join(f"{java.version} in {java.home}" for java in found) or "none"
    oldest = releases[-1]
    raise NoJava(
        f"OpenSearch {oldest.version} of the tests needs a Java {oldest.java} or newer with locale data (jdk.localedata);"
        f" found: {listed}. Install one (Debian: openjdk-17-jre-headless), or name its folder in JAVA_HOME"
    )


def javas() -> Iterator[Java]:
    """The Javas of this machine that hold locale data, without which OpenSearch cannot make its analyzers."""
    seen = set()
    for program in _programs():
        if program.is_file() and program.resolve() not in seen:
            seen.add(program.resolve())
            if java := _asked(program):
                yield java


def _programs() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found)
    for pattern in FOLDERS:
        for folder in sorted(Path("/").glob(pattern.lstrip("/"))):
            yield folder / "bin" / "java"


def _asked(program: Path) -> Java | None:
    """What this Java says of itself; the program may be a script of a version manager, so only its answer counts."""
    try:
        done = subprocess.run(
            [program, "-XshowSettings:properties", "--list-modules"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = done.stdout + done.stderr
    home = re.search(r"^\s+java\.home = (.+)$", said, re.MULTILINE)
    version = re.search(r"^\s+java\.specification\.version = (\d+)$", said, re.MULTILINE)
    if home and version and re.search(r"^jdk\.localedata\b", said, re.MULTILINE):
        return Java(Path(home[1]), int(version[1]))
    return None


if __name__ == "__main__":
    try:
        release, java = choose()
    except NoJava as error:
        sys.exit(str(error))
    print(f"OpenSearch {release.version} on Java {java.version} in {java.home}")
