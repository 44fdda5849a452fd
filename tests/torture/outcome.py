"""Outcome: what a part of the torture did and what broke."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


@dataclasses.dataclass(slots=True)
class Outcome:
    """counts: what happened how often, in words; failures: what should not have happened, one sentence each."""

    part: str
    counts: Counter[str] = dataclasses.field(default_factory=Counter)
    failures: list[str] = dataclasses.field(default_factory=list)

    @contextmanager
    def expecting(self, what: str) -> Iterator[None]:
        """Any exception inside is a failure, and is not raised."""
        try:
            yield
        except Exception as error:
            self.failures.append(f"{what}: {type(error).__name__}: {error}")

    def require(self, condition: bool, failure: str) -> None:
        """A failure unless the condition holds."""
        if not condition:
            self.failures.append(failure)

    def __str__(self) -> str:
        counted = ", ".join(f"{count:,} {what}" for what, count in sorted(self.counts.items()))
        verdict = f"{len(self.failures)} FAILURES" if self.failures else "no failure"
        return "\n  ".join([f"{self.part}: {verdict}; {counted}", *self.failures[:20]])
