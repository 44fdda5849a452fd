"""What tests of the connection share: connections through proxies, and a request that touches no index of others."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from index.cluster.connection import Connection
from index.cluster.settings import ClusterSettings
from tests.cluster.proxy import Proxy

COUNT = "/none-*/_count"  # of no index: what else is on the cluster has no part in it
Proxies = Callable[..., Proxy]


def through(*proxies: Proxy, **changes: Any) -> Connection:
    """A connection through these proxies."""
    return Connection(ClusterSettings(tuple(proxy.url for proxy in proxies), **changes))


def asked(proxy: Proxy, path: str) -> int:
    """How many requests came for a path; the last may just have been answered."""
    time.sleep(0.1)
    return sum(path in seen.path for seen in proxy.requests)
