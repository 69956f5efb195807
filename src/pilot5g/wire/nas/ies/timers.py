"""Timer values on the wire (TS 24.008 10.5.7.3, 10.5.7.4, 10.5.7.4a): five bits of count, three of unit."""

from __future__ import annotations

from typing import Self

import msgspec

from pilot5g.wire.nas.ies.base import first
from pilot5g.wire.nas.table import Ie

_UNITS_1 = (2, 60, 360, 60, 60, 60, 60)
_UNITS_3 = (600, 3600, 36000, 2, 30, 60, 1152000)
_DEACTIVATED = 7


class GprsTimer(msgspec.Struct, frozen=True):
    """A GPRS timer or GPRS timer 2, in seconds: steps of 2 s, 1 min and 6 min. None: deactivated."""

    seconds: int | None

    @classmethod
    def nearest(cls, seconds: int) -> Self:
        """The shortest value that can be written and is not shorter than `seconds`; at most 186 min."""
        return cls(_nearest(seconds, _UNITS_1[:3]))


class GprsTimer3(msgspec.Struct, frozen=True):
    """A GPRS timer 3, in seconds: steps of 2 s, 30 s, 1 min, 10 min, 1 h, 10 h, 320 h. None: deactivated."""

    seconds: int | None

    @classmethod
    def nearest(cls, seconds: int) -> Self:
        """The shortest value that can be written and is not shorter than `seconds`; at most 9920 h."""
        return cls(_nearest(seconds, _UNITS_3))


def _nearest(seconds: int, units: tuple[int, ...]) -> int:
    fits = [unit * -(-seconds // unit) for unit in units if -(-seconds // unit) <= 31]
    return min(fits, default=31 * max(units))


def _read(octets: bytes, units: tuple[int, ...]) -> int | None:
    octet = first(octets)
    unit = octet >> 5
    return None if unit == _DEACTIVATED else units[unit] * (octet & 31)


def _write(seconds: int | None, units: tuple[int, ...]) -> bytes:
    """The coding in the finest unit that is exact. Raises ValueError where none is."""
    if seconds is None:
        return bytes((_DEACTIVATED << 5,))
    for step in sorted(set(units)):
        if seconds % step == 0 and 0 <= seconds // step <= 31:
            return bytes((units.index(step) << 5 | seconds // step,))
    raise ValueError(f"{seconds} s cannot be written in five bits of any unit; see nearest()")


GPRS_TIMER: Ie[GprsTimer] = Ie(
    lambda octets: GprsTimer(_read(octets, _UNITS_1)),
    lambda timer: _write(timer.seconds, _UNITS_1),
    kept=True,
)
GPRS_TIMER_3: Ie[GprsTimer3] = Ie(
    lambda octets: GprsTimer3(_read(octets, _UNITS_3)),
    lambda timer: _write(timer.seconds, _UNITS_3),
    kept=True,
)
