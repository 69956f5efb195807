"""What reaches a phone's owner from inside the network; all else that does is a message of N1 or N2."""

from __future__ import annotations

import msgspec

from pilot5g.service.n1 import N1Payload
from pilot5g.wire.nas import GmmCause


class Page(msgspec.Struct, frozen=True):
    """There is something to deliver to an idle phone."""


class Deregister(msgspec.Struct, frozen=True):
    """Network-initiated deregistration (TS 23.502 4.2.2.3.3); `again`: the phone shall register anew, else it
    is told the `cause`."""

    reason: str
    again: bool = False
    cause: GmmCause = GmmCause.SERVICES_NOT_ALLOWED


class Forget(msgspec.Struct, frozen=True):
    """Implicit deregistration: the phone is told nothing (TS 24.501 5.3.7)."""

    reason: str


class SubscriptionChanged(msgspec.Struct, frozen=True):
    """The UDM has another subscription for the phone (TS 23.502 4.5.1)."""


class Carry(msgspec.Struct, frozen=True):
    """An SMS or its like for the phone, once it can be sent."""

    payload: N1Payload


class Reauthenticate(msgspec.Struct, frozen=True):
    """Primary authentication of a registered phone, at the network's wish (TS 33.501 6.1.2)."""


class Reconfigure(msgspec.Struct, frozen=True):
    """Generic UE configuration update (TS 24.501 5.4.4): which of the things that the phone may be told have
    changed. `urgent`: an idle phone is paged for it; `register`: it shall register anew."""

    new_guti: bool = False
    names: bool = False
    slices: bool = False
    areas: bool = False
    register: bool = False

    @property
    def urgent(self) -> bool:
        """Slices and areas decide what the phone may do; the rest it will be told when it registers."""
        return self.slices or self.areas
