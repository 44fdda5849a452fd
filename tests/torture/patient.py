"""The patient: an archive in a process of its own, in which commits are made to fail, again and again.

`Patient` is what the tests hold, `python -m tests.torture.patient` the process. The two speak over a socket, since calls of
the process to read and write files are what is made to fail.
"""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any, Literal

import searcher
from index.errors import SearcherError

COUNT = 30
Kind = Literal["update", "rebuild"]


class Patient:
    """The process, asked to try commits."""

    def __init__(self, data: Path) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "tests.torture.patient", str(data), str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        theirs.close()
        self._lines = ours.makefile("rw")
        self.pid = self._process.pid

    def ask(self, *words: object) -> dict[str, Any]:
        """Sends a command of several words, and waits for what came of it."""
        print(json.dumps(words), file=self._lines, flush=True)
        answer: dict[str, Any] = json.loads(self._lines.readline())
        return answer

    def close(self) -> None:
        """Ends the process."""
        self._lines.close()
        self._process.wait(10)


class _Subject:
    """What the process does; each method is a command."""

    def __init__(self, data: Path) -> None:
        self._archive = searcher.open(data, result_cache=0)
        self._epoch = 0
        self._archive.add(self._articles())
        self.prepare()
        self._archive.update()
        self.prepare()
        self._archive.rebuild()

    def prepare(self) -> dict[str, Any]:
        """Changes some articles of the store, so that there is something to commit."""
        self._epoch += 1
        with self._archive._backend.writeside.writing():
            for article in self._articles():
                self._archive._backend.store.merge(searcher.Article(**article))
        return {}

    def attempt(self, kind: Kind) -> dict[str, Any]:
        """Tries a commit: "done", or "refused" with an error of ours, or "broken" with any other."""
        try:
            (self._archive.update if kind == "update" else self._archive.rebuild)()
        except SearcherError as error:
            return {"result": "refused", "why": f"{type(error).__name__}: {error}"}
        except Exception:
            return {"result": "broken", "why": traceback.format_exc()[-1500:]}
        return {"result": "done", "why": ""}

    def limited(self, kind: Kind, name: str, value: int) -> dict[str, Any]:
        """Tries a commit under a limit of the system, such as RLIMIT_FSIZE."""
        number = getattr(resource, name)
        before = resource.getrlimit(number)
        resource.setrlimit(number, (value, before[1]))
        try:
            return self.attempt(kind)
        finally:
            resource.setrlimit(number, before)

    def recover(self) -> dict[str, Any]:
        """With nothing failing any more: are all articles found, does the next commit work, is nothing left over?"""
        failures = []
        try:
            found = self._archive.search("walrus", limit=COUNT)
            if found.total != COUNT or len({hit.title for hit in found.hits}) != 1:
                failures.append(f"{found.total} articles of {sorted({hit.title for hit in found.hits})} are found")
            self.prepare()
            self._archive.update()
            found = self._archive.search("walrus", limit=COUNT)
            if {hit.title for hit in found.hits} != {f"epoch {self._epoch}"} or found.total != COUNT:
                failures.append(f"after the next commit {found.total} articles are found")
            failures += [f"{one.file}: {one.what}" for one in self._archive.check(deep=True).problems]
            failures += [f"{name} is left over" for name in _left_over(self._archive._backend._index.path)]
        except Exception:
            failures.append(traceback.format_exc()[-1500:])
        return {"failures": failures}

    def _articles(self) -> list[dict[str, str]]:
        return [{"id": f"a{i}", "title": f"epoch {self._epoch}", "body": f"walrus {i} " * 50} for i in range(COUNT)]


def _left_over(index: Path) -> list[str]:
    """Files that belong neither to the current commit nor to the one before."""
    manifests = sorted(index.glob("gen-*/manifest-*.json"), key=lambda file: file.name)[-2:]
    needed = {index / "CURRENT", *manifests}
    for manifest in manifests:
        needed |= {manifest.with_name(name) for name in json.loads(manifest.read_bytes())["files"]}
    return sorted(str(file) for file in index.rglob("*") if file.is_file() and file not in needed)


def _serve(data: Path, descriptor: int) -> None:
    subject = _Subject(data)
    with socket.socket(fileno=descriptor) as connection, connection.makefile("rw") as lines:
        for line in lines:
            name, *arguments = json.loads(line)
            print(json.dumps(getattr(subject, name)(*arguments)), file=lines, flush=True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
