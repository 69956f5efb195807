"""Nudr: subscriber data as a UDM asks its repository for it (TS 29.504, content of TS 29.505 and TS 29.503).

The values hold what this network uses of AuthenticationSubscription, AccessAndMobilitySubscriptionData and
SessionManagementSubscriptionData, flat and typed, so that SQLite, memory and one day an HTTP binding say the
same. They are frozen: whoever changes a subscriber puts a new one.

The sequence number is the exception. It moves at every authentication, must never be used twice (TS 33.102
6.3.2: a repeated SQN is refused by the USIM, and the same SQN under the same RAND repeats key material), and
must survive a crash. So it is not written with the rest of a subscriber but advanced by `next_sqn`, which
gives no number that a crash could make it give again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Literal, Protocol

import msgspec

from pilot5g.model import Ambr, PduSessionType, Qos, Snssai, SscMode, Supi

IND_BITS = 5
"""The length of IND, the low part of SQN (TS 33.102 C.3.2); SEQ has the other 43 bits."""

SQN_BITS = 48
"""TS 33.102 6.3.7."""

RESYNC_RANGE = 1 << 12
"""How far SEQ may be ahead of a USIM that asks for resynchronisation, and stay. USIMs accept leaps of 2^28 as
a rule (TS 33.102 C.2.1, C.3); one that asks from further behind than this has made its own rule."""

ANY_DNN = "*"
"""The wildcard DNN of a subscription (TS 23.501 5.6.1)."""


class SqnExhausted(Exception):
    """The sequence number of this subscriber has reached its end: it needs a new K."""

    def __init__(self, supi: Supi) -> None:
        super().__init__(f"{supi} has used every sequence number of its key: give it a new K")
        self.supi = supi


class UnknownSubscriber(LookupError):
    """No such SUPI in the repository."""

    def __init__(self, supi: Supi) -> None:
        super().__init__(f"{supi} is not a subscriber")
        self.supi = supi


def sqn_of(seq: int) -> int:
    """The SQN of a SEQ: IND is its low part, so a subscriber's consecutive vectors go through all 32 places
    of the USIM's array and may be used out of order (TS 33.102 C.1.2, C.2.2)."""
    return seq << IND_BITS | seq % (1 << IND_BITS)


def sqn_after(sqn: int) -> int | None:
    """The SQN after `sqn`, whatever the IND of that was (TS 33.102 C.1.1). None at the end."""
    seq = (sqn >> IND_BITS) + 1
    return sqn_of(seq) if seq < 1 << SQN_BITS - IND_BITS else None


def in_range(seq: int, seq_ms: int) -> bool:
    """Whether the USIM accepts what follows SEQ, so that nothing is to be set (TS 33.102 6.3.5 step 2)."""
    return seq_ms <= seq < seq_ms + RESYNC_RANGE


class AuthenticationSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """The long-term secret and how it is used (TS 29.505 5.4.2.2). Its repr does not show the keys."""

    k: bytes
    """16 octets; TUAK also 32."""
    opc: bytes
    """OPc of 16 octets for Milenage (TS 35.206), TOPc of 32 for TUAK (TS 35.231)."""
    algorithm: Literal["milenage", "tuak"] = "milenage"
    method: Literal["5G_AKA", "EAP_AKA_PRIME"] = "5G_AKA"
    amf: bytes = b"\x80\x00"
    """Authentication management field, 2 octets; its separation bit is 1 for 5G (TS 33.501 6.1.3.2)."""
    sqn: int = 0
    """No SQN above this one has been used, 48 bits. It is the last one used, except while the network runs
    and after a crash: then another process knows only how far the numbers may have come."""

    def __repr__(self) -> str:
        how = f"{self.algorithm}, {self.method}, amf={self.amf.hex()}, sqn={self.sqn}"
        return f"AuthenticationSubscription({how})"


class AccessAndMobility(msgspec.Struct, frozen=True, kw_only=True):
    """What an AMF needs of a subscription (TS 29.503 6.1.6.2.4)."""

    ue_ambr: Ambr = Ambr(uplink=1_000_000_000, downlink=2_000_000_000)
    """Subscribed UE-AMBR in bit/s."""
    default_slices: tuple[Snssai, ...] = (Snssai(1),)
    """Used where the UE asks for none (TS 23.501 5.15.3)."""
    other_slices: tuple[Snssai, ...] = ()
    """Allowed where the UE asks for them."""
    forbidden_areas: tuple[int, ...] = ()
    """Tracking area codes in which the UE may not register (TS 23.501 5.3.4.1.1)."""
    service_areas: tuple[int, ...] = ()
    """Tracking area codes with service, or without where not `areas_allowed`; none: no restriction."""
    areas_allowed: bool = True
    rfsp: int | None = None
    """Index to RAT/Frequency Selection Priority, 1 to 256 (TS 23.501 5.3.4.3)."""

    @property
    def slices(self) -> tuple[Snssai, ...]:
        """Every subscribed S-NSSAI, the default ones first."""
        return self.default_slices + self.other_slices


class DnnConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """What a session to one DNN may be (TS 29.503 6.1.6.2.9)."""

    default_type: PduSessionType = PduSessionType.IPV4V6
    allowed_types: tuple[PduSessionType, ...] = (
        PduSessionType.IPV4,
        PduSessionType.IPV6,
        PduSessionType.IPV4V6,
    )
    default_ssc: SscMode = SscMode.SSC_1
    allowed_ssc: tuple[SscMode, ...] = (SscMode.SSC_1,)
    qos: Qos = Qos()
    """5QI and ARP of the default QoS flow."""
    session_ambr: Ambr = Ambr(uplink=1_000_000_000, downlink=2_000_000_000)
    """Bit/s."""
    static_ipv4: str | None = None
    static_ipv6_prefix: str | None = None
    """A /64, as `2001:db8:1:2::/64`."""
    framed_routes: tuple[str, ...] = ()
    """Networks behind the UE (ipv4FrameRouteList, ipv6FrameRouteList; TS 23.501 5.6.14)."""
    quota: int | None = None
    """Octets of both directions that may be used of it; None: any number."""


class SessionManagement(msgspec.Struct, frozen=True, kw_only=True):
    """The DNNs subscribed in one slice (TS 29.503 6.1.6.2.8)."""

    slice: Snssai
    dnns: dict[str, DnnConfiguration]
    """By DNN (network identifier, lower case), or `*` for any."""
    default_dnn: str
    """Used where the UE names none (TS 29.503 6.1.6.2.7, defaultDnnIndicator)."""


class Subscriber(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription, whole."""

    supi: Supi
    authentication: AuthenticationSubscription
    access: AccessAndMobility = AccessAndMobility()
    sessions: tuple[SessionManagement, ...] = ()
    msisdn: str | None = None
    """Digits without `+`; the GPSI is `msisdn-<digits>` (TS 29.571 5.3.2)."""
    enabled: bool = True
    """False: the subscription is barred and every registration refused."""

    def in_slice(self, wanted: Snssai) -> SessionManagement | None:
        """The session subscription of one slice."""
        for data in self.sessions:
            if data.slice.canonical == wanted.canonical:
                return data
        return None

    def configuration(self, wanted: Snssai, dnn: str) -> DnnConfiguration | None:
        """What a session to `dnn` in that slice may be; None where it is not subscribed.

        A DNN named in the subscription goes before the wildcard (TS 23.501 5.6.1).
        """
        data = self.in_slice(wanted)
        if data is None:
            return None
        return data.dnns.get(dnn.lower()) or data.dnns.get(ANY_DNN)

    def default_dnn(self, wanted: Snssai) -> str | None:
        """The DNN of a session request that names none."""
        data = self.in_slice(wanted)
        return data.default_dnn if data else None


class Nudr(Protocol):
    """The repository. Reads see every write that was awaited before."""

    async def get(self, supi: Supi) -> Subscriber | None: ...

    async def next_sqn(self, supi: Supi) -> int:
        """Advance SQN and give the new one; no crash makes it come again.

        Raises UnknownSubscriber, SqnExhausted.
        """
        ...

    async def set_sqn(self, supi: Supi, sqn: int) -> None:
        """SQN_HE := SQN_MS of a verified AUTS, unless what comes next would be accepted as it is
        (TS 33.102 6.3.5). Durable. Raises UnknownSubscriber."""
        ...

    async def put(self, *subscribers: Subscriber) -> None:
        """Add or replace, all of them or none. Under an unchanged K, SQN never goes back."""
        ...

    async def remove(self, supi: Supi) -> bool:
        """Forget one; whether there was one."""
        ...

    def subscribers(self) -> AsyncIterator[Subscriber]:
        """Every subscriber in order of SUPI, read in portions."""
        ...

    async def known(self, supis: Iterable[Supi]) -> frozenset[Supi]:
        """Which of these exist."""
        ...

    async def count(self) -> int: ...
