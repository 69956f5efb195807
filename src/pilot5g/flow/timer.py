"""Timers are data with their 3GPP name: settable, shown and logged by it.

A procedure gives a `Timer` to `ask`, which owns repetition and giving up. A supervision that outlives a
procedure (periodic registration, mobile reachable) is an `Alarm`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import msgspec


class Timer(msgspec.Struct, frozen=True):
    """How long a request is guarded and at which expiry it is given up.

    `seconds` per run; `expiries` runs in all (1: no repetition); `clause` says who asks for it.
    """

    name: str
    seconds: float
    expiries: int
    clause: str


def _table(*rows: Timer) -> Mapping[str, Timer]:
    return {row.name: row for row in rows}


DEFAULTS: Mapping[str, Timer] = _table(
    # AMF side 5GMM (TS 24.501 table 10.2.2)
    Timer("T3513", 2, 4, "TS 24.501 5.6.2.2.1"),  # paging; value and repetition are the network's choice
    Timer("T3522", 6, 5, "TS 24.501 5.5.2.3.5 a)"),
    Timer("T3550", 6, 5, "TS 24.501 5.5.1.2.8 c)"),
    Timer("T3555", 6, 5, "TS 24.501 5.4.4.6 b)"),
    Timer("T3560", 6, 5, "TS 24.501 5.4.1.3.7 b)"),
    Timer("T3570", 6, 5, "TS 24.501 5.4.3.6 b)"),
    Timer("T3512", 54 * 60, 1, "TS 24.501 5.3.7"),
    # phone side 5GMM (TS 24.501 table 10.2.1)
    Timer("T3502", 12 * 60, 1, "TS 24.501 5.5.1.2.7"),
    Timer("T3510", 15, 1, "TS 24.501 5.5.1.2.7 c)"),
    Timer("T3511", 10, 1, "TS 24.501 5.5.1.2.7"),
    Timer("T3516", 30, 1, "TS 24.501 5.4.1.3.2"),
    Timer("T3517", 15, 1, "TS 24.501 5.6.1.7 a)"),
    Timer("T3519", 60, 1, "TS 24.501 5.4.1.3.2"),
    Timer("T3520", 15, 1, "TS 24.501 5.4.1.3.7 e)"),
    Timer("T3521", 15, 5, "TS 24.501 5.5.2.2.6 b)"),
    Timer("T3525", 60, 1, "TS 24.501 5.6.1.7 c)"),
    Timer("T3540", 10, 1, "TS 24.501 5.3.1.3"),
    # phone side 5GSM (TS 24.501 table 10.3.1)
    Timer("T3580", 16, 5, "TS 24.501 6.4.1.6 a)"),
    Timer("T3581", 16, 5, "TS 24.501 6.4.2.6 a)"),
    Timer("T3582", 16, 5, "TS 24.501 6.4.3.6 a)"),
    # SMF side 5GSM (TS 24.501 table 10.3.2)
    Timer("T3590", 15, 1, "TS 24.501 6.3.1"),
    Timer("T3591", 16, 5, "TS 24.501 6.3.2.5 a)"),
    Timer("T3592", 16, 5, "TS 24.501 6.3.3.5 a)"),
    # this program's own; their names begin with X
    Timer("X-N2", 10, 1, "the radio's answer to an NGAP request of class 1 (TS 38.413 8.1)"),
    Timer("X-N2-SETUP", 10, 3, "the AMF's answer to NG Setup (TS 38.413 8.7.1)"),
    Timer("X-REACHABLE", 4 * 60, 1, "mobile reachable: what is added to T3512 (TS 24.501 5.3.7)"),
    Timer("X-IMPLICIT", 4 * 60, 1, "implicit deregistration after mobile reachable (TS 24.501 5.3.7)"),
    Timer("X-INACTIVE", 10, 1, "a phone without traffic is sent to idle by its gNB (TS 38.413 8.3.2)"),
)
"""Every timer by name with its default. Configuration overrides seconds (`timers: {T3560: 3}`)."""


class Timers:
    """The timers of one network: defaults with the configuration's values put over them."""

    def __init__(self, seconds: Mapping[str, float] | None = None) -> None:
        """`seconds` by timer name. Raises KeyError for a name that is not in DEFAULTS."""
        self._timers = dict(DEFAULTS)
        for name, value in (seconds or {}).items():
            known = DEFAULTS[name]
            self._timers[name] = Timer(known.name, value, known.expiries, known.clause)

    def __getitem__(self, name: str) -> Timer:
        return self._timers[name]


class Alarm:
    """One restartable supervision timer outside any procedure."""

    __slots__ = ("_handle",)

    def __init__(self) -> None:
        self._handle: asyncio.TimerHandle | None = None

    def start(self, seconds: float, ring: Callable[[], None]) -> None:
        """(Re)start; `ring` is called once when the time is up."""
        self.stop()
        self._handle = asyncio.get_running_loop().call_later(seconds, ring)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
