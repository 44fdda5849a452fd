"""What answers, and which version of it: `version_of` reads the front page of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from index.errors import ClusterRefused

Version = tuple[int, int, int]
OLDEST: Version = (2, 4, 0)  # the first that has points in time


def version_of(answer: Any, hosts: str) -> Version:
    """The version; ClusterRefused if it is no OpenSearch, too old, or its front page tells none."""
    version = answer.get("version") if isinstance(answer, Mapping) else None
    number = version.get("number") if isinstance(version, Mapping) else None
    if not isinstance(version, Mapping) or not isinstance(number, str):
        raise ClusterRefused(f"what answers at {hosts} tells no version, expected an OpenSearch cluster; check cluster.hosts")
    if version.get("distribution") != "opensearch":
        raise ClusterRefused(
            f"what answers at {hosts} is {version.get('distribution') or 'Elasticsearch'} {number}, expected OpenSearch: "
            "their points in time differ, among others; check cluster.hosts"
        )
    try:
        major, minor, patch = (int(part) for part in number.split("-")[0].split("."))
    except ValueError:
        raise ClusterRefused(f"{hosts} tells a version that cannot be read: {number!r}, expected one such as 2.19.1") from None
    if (major, minor, patch) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ClusterRefused(f"the cluster at {hosts} is OpenSearch {number}, expected {oldest} or newer; upgrade it")
    return major, minor, patch
