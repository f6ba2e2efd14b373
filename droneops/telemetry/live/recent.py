"""A map that holds only so many keys: what a stranger can make grow without end."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, ItemsView
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """At most ``limit`` values by key; the one not asked for the longest makes room. ``evicted`` counts."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self.evicted = 0

    def get_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of a key, made if there is none."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        if len(self._values) >= self._limit:
            self._values.popitem(last=False)
            self.evicted += 1
        return self._values.setdefault(key, make())

    def items(self) -> ItemsView[Key, Value]:
        """The keys and values, the one not asked for the longest first."""
        return self._values.items()

    def __len__(self) -> int:
        return len(self._values)
