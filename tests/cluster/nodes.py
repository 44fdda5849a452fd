"""Cluster: OpenSearch nodes on 127.0.0.1, each a process that can be killed and started again on its data.

    with Cluster.start(nodes=3) as cluster:
        cluster.urls, cluster.version
        cluster.kill(0); cluster.wait_for("yellow"); cluster.restart(0); cluster.wait_for("green")

Which OpenSearch: the newest that a Java of this machine runs, or SEARCHER_TEST_OPENSEARCH=2 or 3. Nodes end with the process
that started them.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.cluster.jars import jars
from tests.cluster.java import choose
from tests.cluster.node import NodeSettings

ROOT = Path(__file__).resolve().parent.parent.parent
START_TIMEOUT_S = 300.0
# Below the range from which systems take ports for outgoing connections, so that a killed node finds its ports free again.
PORTS = range(20_000, 32_000)
LOG_LINES = 15
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class ClusterFailed(Exception):
    """The cluster of the tests did not do what it must; the message names the log."""


@dataclass(slots=True)
class Node:
    """One node: its settings, and its process while it runs."""

    settings: NodeSettings
    java_home: Path
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.settings.http_port}"

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Starts the process; `Cluster.wait_for` says when it answers."""
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.cluster.node", self.settings.to_json()],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # In a session of its own Ctrl-C does not reach it before the tests have ended; then its standard input ends.
                start_new_session=True,
                env=os.environ | {"JAVA_HOME": str(self.java_home), "PYTHONPATH": path},
            )

    def kill(self) -> None:
        """Ends the process as kill -9 does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            if self.process.stdin is not None:
                self.process.stdin.close()
            self.process = None

    def last_lines(self) -> str:
        """The end of its log, and where the log is."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()[-LOG_LINES:] if self.log.exists() else []
        return "\n".join((f"{self.settings.name}, last lines of {self.log}:", *lines))


@dataclass(slots=True)
class Cluster:
    """Nodes that know one another. Ends with `stop` or its context; the data is removed then, logs stay if it never came up."""

    nodes: list[Node]
    folder: Path
    version: str
    outside: str = ""
    keeps_folder: bool = False
    _delayed: str | None = None

    @classmethod
    def start(cls, nodes: int = 3, opensearch: str | None = None, *, folder: Path | None = None, quick: bool = True) -> Self:
        """Starts so many nodes at once and waits until they are a green cluster.

        opensearch: the major version. folder: for data and logs, else a temporary one. quick: nodes start sooner and run slower.
        """
        release, java = choose(opensearch)
        classpath = [str(path) for path in jars(release)]
        folder = folder or Path(tempfile.mkdtemp(prefix="searcher-cluster-"))
        ports = _free_ports(2 * nodes)
        names = [f"node-{number}" for number in range(nodes)]
        made = [
            Node(
                NodeSettings(
                    name=name,
                    cluster=folder.name,
                    folder=str(folder / name),
                    http_port=ports[2 * number],
                    transport_port=ports[2 * number + 1],
                    seeds=[f"127.0.0.1:{port}" for port in ports[1::2]],
                    managers=names,
                    jars=classpath,
                    java=java.version,
                    quick=quick,
                ),
                java.home,
                folder / f"{name}.log",
            )
            for number, name in enumerate(names)
        ]
        cluster = cls(made, folder, release.version)
        try:
            for node in made:
                node.start()
            cluster.wait_for("green")
        except BaseException as error:
            cluster.keeps_folder = isinstance(error, ClusterFailed)
            cluster.stop()
            raise
        return cluster

    @classmethod
    def running(cls, url: str) -> Self:
        """A cluster that runs already and goes on afterwards: it has `urls`, `version` and `delete_indices`."""
        version = ask(url, "/")["version"]["number"]
        return cls([], Path(), version, outside=url.rstrip("/"))

    @property
    def is_ours(self) -> bool:
        """Whether its nodes may be killed."""
        return not self.outside

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the nodes answer, also those that do not run."""
        return (self.outside,) if self.outside else tuple(node.url for node in self.nodes)

    def kill(self, number: int) -> None:
        """Ends a node as kill -9 does."""
        self.nodes[number].kill()

    def restart(self, number: int) -> None:
        """Starts a node again on its ports and data, without waiting for it."""
        self.nodes[number].kill()
        self.nodes[number].start()

    def heal(self) -> None:
        """Starts the nodes that do not run and waits for green."""
        for number, node in enumerate(self.nodes):
            if not node.is_running:
                self.restart(number)
        self.wait_for("green")

    def wait_for(self, status: str, timeout_s: float = START_TIMEOUT_S) -> dict[str, Any]:
        """Waits until every running node answers and sees just the running ones, with that status; gives the health.

        Replicas of a node that left would stay away for a minute in case it comes back. Who waits for green is spared that.
        """
        deadline = time.monotonic() + timeout_s
        seen: dict[str, Any] | str = "nothing yet"
        while time.monotonic() < deadline:
            running = [node for node in self.nodes if node.process is not None]
            if ended := [node for node in running if not node.is_running]:
                raise ClusterFailed("a node ended by itself; " + "\n".join(node.last_lines() for node in ended))
            try:
                healths = [ask(node.url, "/_cluster/health", timeout_s=5) for node in running]
                seen = healths[0]
                together = all(health["number_of_nodes"] == len(running) for health in healths)
                if together and all(health["status"] == status for health in healths):
                    self._delay(running[0].url, None)
                    return healths[0]
                if together and status == "green" and healths[0]["delayed_unassigned_shards"]:
                    self._delay(running[0].url, "0s")
            except (OSError, ValueError) as error:
                seen = str(error)
            time.sleep(0.1)
        lines = "\n".join(node.last_lines() for node in self.nodes)
        raise ClusterFailed(f"the cluster was not {status} after {timeout_s:.0f} s, last seen: {seen}; {lines}")

    def _delay(self, url: str, time: str | None) -> None:
        """How long replicas are left unassigned when a node leaves; None: as OpenSearch has it."""
        if time != self._delayed:
            body = {"index.unassigned.node_left.delayed_timeout": time}
            ask(url, "/_all/_settings?expand_wildcards=all&allow_no_indices=true", body, method="PUT")
            self._delayed = time

    def delete_indices(self, prefix: str) -> None:
        """Deletes all indices whose names begin so, by any node that answers."""
        urls = [node.url for node in self.nodes if node.is_running] or self.urls
        for row in ask(urls[0], f"/_cat/indices/{prefix}*?format=json&expand_wildcards=all"):
            with contextlib.suppress(urllib.error.HTTPError):  # 404: it was deleted meanwhile
                ask(urls[0], f"/{row['index']}", method="DELETE")

    def stop(self) -> None:
        """Ends all nodes and removes their data."""
        for node in self.nodes:
            node.kill()
        if self.is_ours and not self.keeps_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def ask(url: str, path: str, body: Any = None, *, method: str | None = None, timeout_s: float = 30) -> Any:
    """What a node answers to a request, without the client that the project uses; OSError if it does not, or refuses."""
    request = urllib.request.Request(url + path, method=method)  # noqa: S310 - an address of this machine
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with _open(request, timeout=timeout_s) as answer:
        return json.load(answer)


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found
