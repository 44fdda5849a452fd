"""ClusterSettings: what it takes to reach a cluster, and how our indexes are laid out on it.

Made by `searcher.config.cluster_settings` from the configuration, or by hand; checked there, so that this is a plain value.
The password is in it, and in no text made of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """hosts: URLs without credentials, any of them answers for all; name: the alias that searches go to."""

    hosts: tuple[str, ...]
    name: str = "searcher"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    verify: bool = True
    timeout_s: float = 30.0
    retries: int = 5
    shards: int = 3
    replicas: int = 1
