"""What phones do, in which proportions: `registration+session=1,service=0.5,deregistration=1`.

An entry is a procedure, or several joined by `+` that one phone does one after the other; its weight is how
often it happens for each arrival of the given rate. Every procedure needs a phone in some state of rest and
leaves it in another, which tells whether an entry makes sense and from where phones must start.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise

import msgspec


class Kind(StrEnum):
    """A procedure, by the name it has in a mix."""

    REGISTRATION = "registration"
    """Initial registration by SUCI, so with authentication and security mode (TS 23.502 4.2.2.2.2)."""
    RETURN = "registration-guti"
    """Initial registration by 5G-GUTI under the security context of the last one."""
    SESSION = "session"
    RELEASE = "release"
    SERVICE = "service"
    PAGING = "paging"
    MOBILITY = "mobility"
    PERIODIC = "periodic"
    XN_HANDOVER = "handover-xn"
    N2_HANDOVER = "handover-n2"
    DEREGISTRATION = "deregistration"


class Rest(StrEnum):
    """What a phone is between procedures."""

    OFF = "deregistered"
    ON = "registered without a session"
    UP = "registered with a session"


class Turn(msgspec.Struct, frozen=True):
    """What a procedure needs and leaves; `gives` None: as it was. `idle`: the phone must be idle."""

    needs: tuple[Rest, ...]
    gives: Rest | None = None
    idle: bool = False


_REGISTERED = (Rest.UP, Rest.ON)

TURNS: Mapping[Kind, Turn] = {
    Kind.REGISTRATION: Turn((Rest.OFF,), Rest.ON),
    Kind.RETURN: Turn((Rest.OFF,), Rest.ON),
    Kind.SESSION: Turn((Rest.ON,), Rest.UP),
    Kind.RELEASE: Turn((Rest.UP,), Rest.ON),
    Kind.SERVICE: Turn(_REGISTERED, idle=True),
    Kind.PAGING: Turn((Rest.UP,), idle=True),
    Kind.MOBILITY: Turn(_REGISTERED),
    Kind.PERIODIC: Turn(_REGISTERED, idle=True),
    Kind.XN_HANDOVER: Turn((Rest.UP,)),
    Kind.N2_HANDOVER: Turn((Rest.UP,)),
    Kind.DEREGISTRATION: Turn(_REGISTERED, Rest.OFF),
}

EXAMPLE = "registration+session=1,service=0.5,deregistration=1"


class MixError(ValueError):
    """The mix cannot be; the text says why and shows one that can."""

    def __init__(self, why: str) -> None:
        super().__init__(f"--mix: {why}; for example --mix {EXAMPLE}")


class Entry(msgspec.Struct, frozen=True):
    """One or more procedures in a row, `weight` times for each arrival."""

    chain: tuple[Kind, ...]
    weight: float = 1.0

    @property
    def name(self) -> str:
        return "+".join(self.chain)

    @property
    def needs(self) -> tuple[Rest, ...]:
        """The states of rest its first procedure can start from, the best first."""
        return TURNS[self.chain[0]].needs

    @property
    def idle(self) -> bool:
        """Whether its first procedure needs an idle phone."""
        return TURNS[self.chain[0]].idle

    @property
    def idles(self) -> bool:
        """Whether any of its procedures needs one."""
        return any(TURNS[kind].idle for kind in self.chain)


class Mix(msgspec.Struct, frozen=True):
    """The entries of a load."""

    entries: tuple[Entry, ...]

    @property
    def name(self) -> str:
        """As it is written."""
        return ",".join(f"{each.name}={each.weight:g}" for each in self.entries)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The procedures in it, each once."""
        return tuple(dict.fromkeys(kind for each in self.entries for kind in each.chain))

    @property
    def starts(self) -> tuple[Rest, ...]:
        """The states of rest that phones must be spread over before it begins."""
        return tuple(dict.fromkeys(each.needs[0] for each in self.entries))

    @property
    def idles(self) -> bool:
        """Whether phones must fall idle for it."""
        return any(each.idles for each in self.entries)

    @property
    def weight(self) -> float:
        """Procedure chains for each arrival, in all."""
        return sum(each.weight for each in self.entries)


def single(*chain: Kind) -> Mix:
    """A mix of one entry."""
    return Mix((Entry(chain),))


STANDARD = Mix((Entry((Kind.REGISTRATION, Kind.SESSION)), Entry((Kind.DEREGISTRATION,))))
"""Phones come, open a session, and others leave: the number of registered ones stays."""


def parse_mix(text: str) -> Mix:
    """A mix as it is written. Raises MixError."""
    entries = tuple(_entry(part.strip()) for part in text.split(",") if part.strip())
    if not entries:
        raise MixError("it names no procedure")
    names = [each.name for each in entries]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise MixError(f"{twice} is in it twice")
    return Mix(entries)


def _entry(text: str) -> Entry:
    names, _, weight = text.partition("=")
    chain = tuple(_kind(name.strip()) for name in names.split("+"))
    try:
        value = float(weight) if weight else 1.0
    except ValueError:
        value = -1.0
    if not 0 < value <= 1000:
        raise MixError(f"{weight!r} is no weight above 0 and up to 1000")
    _check(chain)
    return Entry(chain, value)


def _kind(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError:
        raise MixError(f"{name!r} is no procedure: there are {', '.join(Kind)}") from None


def _check(chain: tuple[Kind, ...]) -> None:
    """Each procedure must leave a phone such as the next one needs."""
    rests = set(TURNS[chain[0]].needs)
    for before, kind in pairwise(chain):
        gives = TURNS[before].gives
        rests = {gives} if gives is not None else rests
        rests &= set(TURNS[kind].needs)
        if not rests:
            raise MixError(f"{kind} cannot follow {before}: it needs a phone {_either(TURNS[kind].needs)}")


def _either(rests: tuple[Rest, ...]) -> str:
    return " or ".join(f"that is {rest}" for rest in rests)
