"""`searcher copy` with real processes: between all pairs of engines, killed, interrupted, run again."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import searcher
from index.article import Article
from searcher.config import Config
from tests import invented
from tests.engines import ENGINES, configured, written
from tests.test_cli_process import environment
from tests.test_cli_process import searcher as command

# Enough to be in the middle of: a data directory takes in hundreds in a moment, a cluster does not.
ARTICLES = {"embedded": 3000, "opensearch": 1200}


@pytest.fixture(params=ENGINES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Config]:
    """An empty archive of either engine."""
    folder = tmp_path / "source"
    folder.mkdir()
    with configured(request, folder) as config:
        yield config


@pytest.fixture(params=ENGINES)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Config]:
    """Another empty archive of either engine."""
    folder = tmp_path / "target"
    folder.mkdir()
    with configured(request, folder) as config:
        yield config


def filled(config: Config, count: int) -> list[Article]:
    """Adds articles with ids, and two that came without and were joined; gives back what is kept."""
    with searcher.open(config) as archive:
        archive.add(invented.articles(count))
        text = " ".join(f"word{number}" for number in range(60))
        archive.add([{"title": "Of no owner", "body": text, "url": "https://one.example/a"}])
        archive.add([{"title": "Of no owner", "body": f"{text} and more", "url": "https://two.example/b"}])
        return list(archive.export())


def report(done: subprocess.CompletedProcess[bytes]) -> dict[str, int]:
    """The JSON of a copy that ended well."""
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_every_pair_of_engines(source: Config, target: Config, tmp_path: Path) -> None:
    """A copy holds the same articles under the same ids, is searched at once, and knows copies of them as the source does.

    Done again it changes nothing; after a change at the source it brings that alone.
    """
    kept = filled(source, 60)
    ours, theirs = written(source, tmp_path / "source"), written(target, tmp_path / "target")
    copying = ("--config", str(ours), "copy", "--to", str(theirs), "--json")
    assert report(command(*copying, folder=tmp_path)) == {"articles": 61, "copied": 61, "unchanged": 0}

    with searcher.open(source) as origin, searcher.open(target) as copy:
        assert list(copy.export()) == kept
        assert copy.stats().index is not None
        found = [one.search("visit OR strike", limit=100, sort="newest") for one in (origin, copy)]
        assert [hit.id for hit in found[0].hits] == [hit.id for hit in found[1].hits]
        assert found[0].total > 0
        # The owner's word on an article and the joined copies went along: the same again is no news there either.
        assert copy.add(invented.articles(60)).unchanged == 60
        again = copy.add([{"title": "Of no owner", "body": " ".join(f"word{number}" for number in range(60))}])
        assert (again.new, again.updated) == (0, 0)

    assert report(command(*copying, folder=tmp_path)) == {"articles": 61, "copied": 0, "unchanged": 61}
    with searcher.open(source) as origin:
        origin.add([{"id": "a0000", "title": "t", "body": "walrus"}])
    assert report(command(*copying, folder=tmp_path)) == {"articles": 61, "copied": 1, "unchanged": 60}
    with searcher.open(target) as copy:
        assert [hit.id for hit in copy.search("walrus").hits] == ["a0000"]


def test_from_is_to_seen_from_the_other_side(source: Config, tmp_path: Path) -> None:
    """--from fills the archive in force, here a data directory; the place of a data directory is enough."""
    kept = filled(source, 20)
    ours = written(source, tmp_path / "source")
    named = str(source.data) if source.engine == "embedded" else str(ours)
    done = command("--data", "mine", "copy", "--from", named, folder=tmp_path)

    assert (done.returncode, done.stdout) == (0, b"21 articles in mine: 21 copied, 0 unchanged\n"), done.stderr
    assert b"Not copied: which pages and files were ingested" in done.stderr
    with searcher.open(tmp_path / "mine") as archive:
        assert list(archive.export()) == kept


def test_killed_and_run_again(source: Config, target: Config, tmp_path: Path) -> None:
    """A copy killed in the middle, and again, goes on where it was: at the end all is there once, and nothing else."""
    kept = filled(source, ARTICLES[target.engine])
    arguments = ["--config", str(written(source, tmp_path / "source")), "copy"]
    arguments += ["--to", str(written(target, tmp_path / "target")), "--json"]
    held = [0]
    for _ in range(2):
        with started(arguments, tmp_path) as process, counting(target) as count:
            while process.poll() is None and count() < held[-1] + 200:
                time.sleep(0.01)
            process.kill()
        with counting(target) as count:
            held.append(count())
    assert any(0 < count < len(kept) for count in held), "no copy was killed in the middle"
    last = report(command(*arguments, folder=tmp_path))

    assert last["articles"] == last["copied"] + last["unchanged"] == len(kept)
    assert last["unchanged"] >= held[-1]  # a cluster may have done what the killed process had just asked for
    with searcher.open(target) as archive:
        assert list(archive.export()) == kept
        assert archive.search("", limit=1, snippets=False).total == len(kept)
        assert archive.check(deep=True).ok


@contextlib.contextmanager
def started(arguments: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command on its way."""
    with subprocess.Popen(
        [sys.executable, "-m", "searcher", *arguments],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        yield process


@contextlib.contextmanager
def counting(config: Config) -> Iterator[Callable[[], int]]:
    """A function that counts what a store holds now, beside whoever writes."""
    with searcher.open(config) as archive:

        def count() -> int:
            if config.engine == "opensearch":
                try:
                    archive._backend._index.refresh()
                except searcher.IndexMissing:
                    return 0
            return archive._backend.store.count()

        yield count


@pytest.mark.parametrize("engine", ["embedded"])
def test_interrupted_copy_says_how_to_go_on(engine: str, tmp_path: Path) -> None:
    """Ctrl-C ends with 130 and a line on what to do; what was copied stays."""
    config = dataclasses.replace(Config(), data=tmp_path / "var")
    kept = filled(config, ARTICLES["embedded"])
    with started(["--data", "var", "copy", "--to", "other"], tmp_path) as process:
        other = dataclasses.replace(config, data=tmp_path / "other")
        while not (tmp_path / "other" / "articles.sqlite3").exists():
            time.sleep(0.01)
        with counting(other) as count:
            while process.poll() is None and not count():
                time.sleep(0.005)
        os.kill(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=60)

    assert process.returncode == 130, told
    assert b"Stopped. What was copied stays; the same command goes on from there." in told
    assert report(command("copy", "--to", "other", "--json", folder=tmp_path))["unchanged"] > 0
    with searcher.open(other) as archive:
        assert list(archive.export()) == kept


def test_an_archive_is_not_copied_onto_itself(source: Config, tmp_path: Path) -> None:
    """Under whatever names it is known, an archive that would be both sides is refused, exit code 2, and stays as it is."""
    kept = filled(source, 5)
    ours = written(source, tmp_path / "source")
    (tmp_path / "link").symlink_to(tmp_path / "source")
    other_names = [str(ours)] + ([str(tmp_path / "link" / "var")] if source.engine == "embedded" else [])
    for name in other_names:
        done = command("--config", str(ours), "copy", "--to", name, folder=tmp_path)
        assert (done.returncode, done.stdout) == (2, b""), done.stderr
        assert b"cannot be copied onto itself" in done.stderr
    with searcher.open(source) as archive:
        assert list(archive.export()) == kept
