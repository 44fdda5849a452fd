"""One OpenSearch node, in this process: `python -m tests.cluster.node` with a NodeSettings as JSON for its argument.

It ends when its standard input does, that is with whoever started it, whatever became of them. What the node says goes to
standard output.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

import jpype

HEAP = "512m"
# Compiles quickly instead of well: a node of OpenSearch 3 then takes 9 to 11 s of processor time to start, instead of 19.
QUICK = "-XX:TieredStopAtLevel=1"


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What a node must know before it starts."""

    name: str
    cluster: str
    folder: str
    http_port: int
    transport_port: int
    seeds: list[str]
    managers: list[str]
    jars: list[str]
    java: int
    quick: bool

    def to_json(self) -> str:
        """The argument of the process."""
        return json.dumps(asdict(self))


def main(settings: NodeSettings) -> None:
    """Runs the node until standard input ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    jpype.startJVM(*_options(settings), classpath=settings.jars)
    runner_class = jpype.JClass("org.codelibs.opensearch.runner.OpenSearchRunner")
    runner = runner_class()
    runner.onBuild(_configuration(settings))
    arguments = ["-numOfNode", "1", "-clusterName", settings.cluster, "-basePath", settings.folder, "-useLogger"]
    runner.build(jpype.JArray(jpype.JString)(arguments))
    threading.Event().wait()


def _options(settings: NodeSettings) -> list[str]:
    """The options of the JVM. The later ones permit what newer Javas otherwise warn of at each start."""
    options = ["-Xms64m", f"-Xmx{HEAP}", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Djna.nosys=true"]
    if settings.quick:
        options.append(QUICK)
    if settings.java >= 22:
        options.append("--enable-native-access=ALL-UNNAMED")
    if settings.java >= 23:
        options.append("--sun-misc-unsafe-memory-access=allow")
    return options


def _configuration(settings: NodeSettings):  # type: ignore[no-untyped-def]  # a Java object
    """The callback in which the runner takes a node's settings; its own would make each node a cluster of its own."""

    class Configuration:
        @jpype.JOverride
        def build(self, _number, target):  # type: ignore[no-untyped-def]
            target.put("node.name", settings.name)
            target.put("network.host", "127.0.0.1")
            target.put("http.port", str(settings.http_port))
            target.put("transport.port", str(settings.transport_port))
            target.put("discovery.type", "zen")
            target.putList("discovery.seed_hosts", *settings.seeds)
            target.putList("cluster.initial_cluster_manager_nodes", *settings.managers)
            # A disk that others fill must not make indices of tests read-only.
            target.put("cluster.routing.allocation.disk.threshold_enabled", "false")

    interface = jpype.JClass("org.codelibs.opensearch.runner.OpenSearchRunner$Builder")
    return jpype.JImplements(interface)(Configuration)()


def _end_with_parent() -> None:
    """The other end of standard input is held by the process of the tests; when it is gone, even by kill -9, so is this node."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(0)


if __name__ == "__main__":
    Path(json.loads(sys.argv[1])["folder"]).mkdir(parents=True, exist_ok=True)
    main(NodeSettings(**json.loads(sys.argv[1])))
