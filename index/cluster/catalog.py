"""Catalog: which index on the cluster is current, what it was made with, and how the first one is made.

    searcher            alias: what is read from and written to
    searcher-000001     an index; each rebuild makes the next number, and switches the alias when it is complete
    searcher-000001.own alias of that index alone while it is the one to write to (`index.cluster.bulk`)
    searcher-lock       holds one document while a rebuild runs (`index.cluster.lease`)

So an index with a number below the current one is an old one, kept until it is dropped; one with a higher number is half made.
An index says in the `_meta` of its mapping that it is ours and how it was made.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from index.cluster.bulk import own_alias
from index.cluster.connection import Connection, path_of
from index.cluster.mapping import MADE_BY, IndexSpec, index_body
from index.cluster.settings import ClusterSettings
from index.errors import ClusterRefused, IndexDamaged, IndexMissing, IndexOutdated

_NUMBER_DIGITS = 6


@dataclasses.dataclass(frozen=True, slots=True)
class Generation:
    """A concrete index. blocked: it takes no changes at the moment. shards: how many primary ones it has."""

    index: str
    number: int
    spec: IndexSpec
    shards: int
    blocked: bool = False


class Catalog:
    """The indexes of one archive on a cluster. Any number of processes on any machines may use them at once."""

    def __init__(self, connection: Connection, settings: ClusterSettings, spec: IndexSpec) -> None:
        self.connection = connection
        self.settings = settings
        self.spec = spec
        self.name = settings.name

    def current(self) -> Generation:
        """The generation that answers. IndexMissing if there is none, IndexOutdated if it is of another format.

        ClusterRefused if the name belongs to something of somebody else's, IndexDamaged if more than one index answers.
        """
        found = self.connection.request("GET", path_of(self.name), params=_DESCRIBED, missing_ok=True)
        if not found:
            raise IndexMissing(f"there is no index {self.name!r} on the cluster; ingest something, or run `searcher update`")
        if len(found) > 1:
            raise IndexDamaged(
                f"the alias {self.name} points at {', '.join(sorted(found))}, expected one index; remove it from all but one"
            )
        ((index, described),) = found.items()
        return self._described(index, described)

    def ensure(self) -> Generation:
        """The current generation, made if there is none. Any number of processes may do this at once."""
        try:
            return self.current()
        except IndexMissing:
            pass
        kept = self.generations()
        if kept:
            raise IndexDamaged(
                f"no index is current, though there are {', '.join(kept.values())}: the alias {self.name} is gone; point it at "
                "the one that holds the articles, or delete them to begin anew"
            )
        index = self.index_of(1)
        aliases = {self.name: {"is_write_index": True}, own_alias(index): {}}
        body = index_body(self.spec, shards=self.settings.shards, replicas=self.settings.replicas)
        try:
            self.connection.request("PUT", path_of(index), body={**body, "aliases": aliases})
        except ClusterRefused as error:
            if error.kind != "resource_already_exists_exception":
                raise
        return self.current()

    def require_same_spec(self) -> None:
        """IndexOutdated if only a rebuild can make the index take changes, so that nothing is changed in vain."""
        try:
            current = self.current()
        except IndexMissing:
            return
        except IndexOutdated as error:
            raise IndexOutdated(f"{error}; nothing was changed") from error
        if current.spec != self.spec:
            changed = ", ".join(_differences(current.spec, self.spec))
            raise IndexOutdated(
                f"the settings for analysis or ranking have changed since the index {current.index} was made ({changed}); "
                "searches still go by the old ones, and nothing was changed; run `searcher rebuild` to take on the new ones"
            )

    def generations(self) -> dict[int, str]:
        """The concrete indexes by number, ascending, whichever is current."""
        found = self.connection.request("GET", path_of("_cat", "indices", f"{self.name}-*"), params=_LISTED)
        pattern = re.compile(rf"{re.escape(self.name)}-(\d{{{_NUMBER_DIGITS},}})")
        numbers = {int(match[1]): match[0] for one in found if (match := pattern.fullmatch(one["index"]))}
        return dict(sorted(numbers.items()))

    def index_of(self, number: int) -> str:
        """The name of a concrete index."""
        return f"{self.name}-{number:0{_NUMBER_DIGITS}}"

    def _described(self, index: str, described: Mapping[str, Any]) -> Generation:
        meta = described.get("mappings", {}).get("_meta", {})
        match = re.fullmatch(rf"{re.escape(self.name)}-(\d+)", index)
        if meta.get("made_by") != MADE_BY or match is None:
            raise ClusterRefused(
                f"{self.name} is the name of an index or alias on the cluster that searcher did not make ({index}), so it is "
                "left alone; choose another name in cluster.index"
            )
        settings = described["settings"]["index"]
        blocked = str(settings.get("blocks", {}).get("write", "false")) == "true"
        spec = IndexSpec.from_meta(meta, index)
        return Generation(index, int(match[1]), spec, int(settings["number_of_shards"]), blocked)


# Without the analysis, which is 150 KB.
_DESCRIBED = {"filter_path": "*.mappings._meta,*.settings.index.number_of_shards,*.settings.index.blocks"}
_LISTED = {"format": "json", "h": "index", "expand_wildcards": "all"}


def _differences(made: IndexSpec, wanted: IndexSpec) -> list[str]:
    """The values that differ, as `name old -> new`."""
    pairs = ((name, getattr(made, name), getattr(wanted, name)) for name in IndexSpec.__slots__)
    weights = ((name, getattr(made.weights, name), getattr(wanted.weights, name)) for name in type(made.weights).__slots__)
    told = [*((name, old, new) for name, old, new in pairs if name not in ("weights", "analysis")), *weights]
    differing = [f"{name} {old} -> {new}" for name, old, new in told if old != new]
    return differing or [f"{made.analysis} -> {wanted.analysis}"]  # which names the language too
