"""ByteLru: values by key, the least recently used dropped when together they take too many bytes. Safe for threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

# A value of more than this share of the whole would drive out too much, and is not kept.
_MOST = 4


class ByteLru(Generic[Value]):
    """Values must never change; two threads that miss at once both compute, and the later value stays."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._size = 0
        self._kept: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Value | None:
        """The value, None if it is not here (any more)."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """Keeps a value of so many bytes."""
        if size * _MOST > self._capacity:
            return
        with self._lock:
            replaced = self._kept.pop(key, None)
            self._size += size - (replaced[1] if replaced is not None else 0)
            self._kept[key] = value, size
            while self._size > self._capacity:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._size -= dropped
