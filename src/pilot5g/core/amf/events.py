"""What reaches a phone's owner from inside the network; all else that does is a message of N1 or N2."""

from __future__ import annotations

import msgspec


class Page(msgspec.Struct, frozen=True):
    """There is something to deliver to an idle phone."""


class Deregister(msgspec.Struct, frozen=True):
    """Network-initiated deregistration (TS 23.502 4.2.2.3.3); `again`: the phone shall register anew."""

    reason: str
    again: bool = False


class Forget(msgspec.Struct, frozen=True):
    """Implicit deregistration: the phone is told nothing (TS 24.501 5.3.7)."""

    reason: str


class Reconfigure(msgspec.Struct, frozen=True):
    """Generic UE configuration update (TS 24.501 5.4.4)."""

    new_guti: bool = False
    names: bool = False
