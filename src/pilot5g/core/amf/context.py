"""What the AMF knows of one phone between procedures: plain data that is committed to the store.

A context is written when a procedure has ended, never in the middle of one (TS 23.502's procedures restart
from the phone's own timers). What belongs to the connection of the moment is in `connection`, what is
happening right now in `ue`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from pilot5g.model import Ambr, Guti, NrCgi, Snssai, Supi, Tai
from pilot5g.wire.nas.security import NasSecurity


class Rm(StrEnum):
    """Registration management state (TS 23.501 5.3.2.2)."""

    DEREGISTERED = "RM-DEREGISTERED"
    REGISTERED = "RM-REGISTERED"


class Cm(StrEnum):
    """Connection management state (TS 23.501 5.3.3.2)."""

    IDLE = "CM-IDLE"
    CONNECTED = "CM-CONNECTED"


State = tuple[Rm, Cm]

ALLOWED: Mapping[State, frozenset[State]] = {
    (Rm.DEREGISTERED, Cm.IDLE): frozenset({(Rm.DEREGISTERED, Cm.CONNECTED)}),
    (Rm.DEREGISTERED, Cm.CONNECTED): frozenset({(Rm.REGISTERED, Cm.CONNECTED), (Rm.DEREGISTERED, Cm.IDLE)}),
    (Rm.REGISTERED, Cm.CONNECTED): frozenset({(Rm.REGISTERED, Cm.IDLE), (Rm.DEREGISTERED, Cm.CONNECTED)}),
    (Rm.REGISTERED, Cm.IDLE): frozenset({(Rm.REGISTERED, Cm.CONNECTED), (Rm.DEREGISTERED, Cm.IDLE)}),
}
"""The moves of TS 23.501 figures 5.3.2.2.4-1 and 5.3.3.2.4-1 taken together."""


class Management:
    """RM and CM state, moved at named points only."""

    __slots__ = ("cm", "rm")

    def __init__(self, rm: Rm = Rm.DEREGISTERED) -> None:
        self.rm = rm
        self.cm = Cm.IDLE

    def move(self, *, rm: Rm | None = None, cm: Cm | None = None) -> None:
        """Go to a new state. A step that is not in the table is our bug, hence an assertion."""
        to = (rm or self.rm, cm or self.cm)
        assert to == (self.rm, self.cm) or to in ALLOWED[self.rm, self.cm], f"{self} -> {to}"
        self.rm, self.cm = to

    def __repr__(self) -> str:
        return f"{self.rm}/{self.cm}"


class SmContext(msgspec.Struct, frozen=True, gc=False):
    """A PDU session as the AMF knows it (TS 23.501 table 5.10.4-1): which SMF holds it under which name."""

    ref: str
    smf: str
    dnn: str
    snssai: Snssai


class KeySet(msgspec.Struct, kw_only=True, gc=False):
    """A native 5G NAS security context (TS 33.501 3.1): K_AMF, and what protects NAS with its COUNTs.

    What belongs to a connection (KgNB, and the NH that follow it) is derived where it is needed.
    """

    kamf: bytes
    nas: NasSecurity

    def __repr__(self) -> str:
        """Without the keys, which belong into no log."""
        return f"KeySet({self.nas})"


class UeContext(msgspec.Struct, kw_only=True, gc=False):
    """One phone (TS 23.502 table 5.2.2.2.2-1, cut to what this AMF uses).

    A core holds very many of them: they are no concern of the garbage collector (nothing in them can refer
    back), and what is alike in many of them is one object.
    """

    supi: Supi | None = None
    guti: Guti | None = None
    former_gutis: tuple[Guti, ...] = ()
    """Those before it, as long as the phone may still use one (TS 24.501 5.5.1.2.8 c)."""
    registered: bool = False
    keys: KeySet | None = None
    security_capability: bytes = b""
    """The UE security capability as the phone sent it: replayed octet for octet."""
    imeisv: str | None = None
    gmm_capability: bytes = b""
    allowed_nssai: tuple[Snssai, ...] = ()
    configured_nssai: tuple[Snssai, ...] = ()
    subscribed_nssai: tuple[Snssai, ...] = ()
    default_nssai: tuple[Snssai, ...] = ()
    ue_ambr: Ambr | None = None
    rfsp: int | None = None
    """Index to RAT/Frequency Selection Priority, for its radio."""
    policy: str | None = None
    """The AM policy association."""
    area: tuple[Tai, ...] = ()
    forbidden_areas: tuple[int, ...] = ()
    """Tracking area codes in which it may not register."""
    service_areas: tuple[int, ...] = ()
    """Those with service, or without where not `areas_allowed`; none: no restriction."""
    areas_allowed: bool = True
    emergency: bool = False
    """Registered for emergency services only."""
    tai: Tai | None = None
    cell: NrCgi | None = None
    periodic: float = 0.0
    """T3512 as given to the phone, in seconds."""
    drx: int | None = None
    radio_capability: bytes | None = None
    radio_capability_for_paging: bytes | None = None
    radio_capability_id: bytes | None = None
    """By which the phone names its radio capability (TS 23.003 29.2)."""
    voice_match: bool | None = None
    """Whether phone and radio can do voice over IMS; None: nobody has asked."""
    sessions: dict[int, SmContext] = {}
