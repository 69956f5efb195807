"""What the information elements are made of: open code points, bit flags and opaque octets."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Self, TypeVar

from pilot5g.wire.nas.table import HalfIe, Ie, same


class CodePoint(IntEnum):
    """An enumeration of the wire: a value that is not assigned is still a member, and keeps its number.

    Such a member is named UNASSIGNED_n; `assigned` tells it apart.
    """

    __hash__ = int.__hash__  # equal to its number, and not a call of Python as an Enum's is

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or not 0 <= value <= 255:
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNASSIGNED_{value}"
        member._value_ = value
        return member

    @property
    def assigned(self) -> bool:
        """Whether the specification gives this value a meaning."""
        return self._name_ in type(self).__members__


C = TypeVar("C", bound=IntEnum)


def code_octet(kind: type[C]) -> Ie[C]:
    """An element of one octet that is a code point; octets behind the first are ignored."""
    points = tuple(kind(value) for value in range(256))
    return Ie(lambda octets: points[first(octets)], lambda value: bytes((value,)), kept=True)


def code_half(kind: type[C], mask: int = 15) -> HalfIe[C]:
    """An element of half an octet that is a code point; bits outside `mask` are spare."""
    points = tuple(kind(value & mask) for value in range(16))
    return HalfIe(lambda half: points[half], int)


def first(octets: bytes) -> int:
    """The first octet. Raises ValueError where there is none."""
    if not octets:
        raise ValueError("empty")
    return octets[0]


def nibble(value: int) -> int:
    """The same value, known to fit half an octet. Raises ValueError."""
    if not 0 <= value <= 15:
        raise ValueError(f"{value} does not fit half an octet")
    return value


def exactly(octets: bytes, size: int) -> bytes:
    """The first `size` octets. Raises ValueError where there are fewer."""
    if len(octets) < size:
        raise ValueError(f"{len(octets)} octets, {size} expected")
    return octets[:size]


def _integer(value: Any) -> int:
    return int(value)


OCTETS: Ie[bytes] = Ie(same, same)
"""An element this network carries without looking inside."""
HALF: HalfIe[int] = HalfIe(_integer, nibble)
"""Half an octet this network carries without looking inside."""
OCTET: Ie[int] = Ie(first, lambda value: bytes((value,)), kept=True)
"""A number in one octet."""
FLAG: HalfIe[bool] = HalfIe(lambda half: bool(half & 1), lambda value: 1 if value else 0)
"""Bit 1 of half an octet, the others spare."""
