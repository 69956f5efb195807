"""What was used lately, up to a bound: for values that are costly to make and may be made again.

Two generations instead of a linked list: what is used moves to the young one; when that holds half of the
bound it becomes the old one, and what was not used meanwhile is let go. A hit in the young generation is one
dictionary look-up, and an entry costs no more memory than one of a dictionary.
"""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most `bound` values by key, the most recently used ones among them (at least half as many)."""

    __slots__ = ("_half", "_old", "_young")

    def __init__(self, bound: int) -> None:
        self._half = max(bound // 2, 1)
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """The value, which counts as a use of it."""
        value = self._young.get(key)
        if value is None and self._old:
            value = self._old.get(key)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value, or replace it."""
        if len(self._young) >= self._half and key not in self._young:
            self._old = self._young
            self._young = {}
        self._young[key] = value

    def drop(self, key: K) -> None:
        """Let go of one."""
        self._young.pop(key, None)
        self._old.pop(key, None)

    def clear(self) -> None:
        """Let go of all."""
        self._young.clear()
        self._old.clear()

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())
