"""What a gNB knows of one UE: plain data that serialises (TS 38.413 8.3.1.2 says what is to be stored)."""

from __future__ import annotations

import msgspec

from pilot5g.model import Ambr, Arp, Guami, NrCgi, PduSessionType, Snssai, STmsi, Tai


class QosFlow(msgspec.Struct, frozen=True, kw_only=True):
    """A QoS flow of a session (TS 38.413 9.3.1.12). `five_qi` is None for a dynamic one without it."""

    qfi: int
    five_qi: int | None
    arp: Arp
    guaranteed: bool = False


class Session(msgspec.Struct, kw_only=True):
    """A PDU session's resources: its N3 tunnel in both directions and its QoS flows."""

    id: int
    snssai: Snssai
    kind: PduSessionType
    ambr: Ambr | None
    uplink_teid: int
    uplink_address: str
    downlink_teid: int
    flows: dict[int, QosFlow]


class AsSecurity(msgspec.Struct, frozen=True, kw_only=True):
    """AS security in use: K_gNB and the algorithms chosen with it (TS 33.501 6.7.3.0).

    `ncc` is the Next Hop Chaining Count that K_gNB belongs to; `next_hop` the NH and its NCC that the next
    handover uses up, None where the AMF has given none since the last (TS 33.501 6.9.2.1.1).
    """

    kgnb: bytes
    integrity: int
    ciphering: int
    ncc: int = 0
    next_hop: tuple[int, bytes] | None = None


class UeContext(msgspec.Struct, kw_only=True):
    """One UE-associated logical NG-connection and what belongs to it."""

    ran_ue_ngap_id: int
    amf_ue_ngap_id: int | None = None
    stream: int
    cell: NrCgi
    tai: Tai
    s_tmsi: STmsi | None = None
    guami: Guami | None = None
    capabilities: tuple[int, int] | None = None
    """NEA and NIA octets of the UE Security Capabilities (TS 24.501 9.11.3.54)."""
    security: AsSecurity | None = None
    ambr: Ambr | None = None
    allowed_nssai: tuple[Snssai, ...] = ()
    rfsp: int | None = None
    """Index to RAT/Frequency Selection Priority (TS 38.413 9.3.1.61)."""
    radio_capability: bytes | None = None
    radio_capability_id: bytes | None = None
    reporting: dict[str, object] | None = None
    """Location Reporting Request Type (TS 38.413 9.3.1.65), while the AMF wants to hear of every cell."""
    transitions: str | None = None
    """RRC Inactive Transition Report Request (9.3.1.91), while the AMF wants to hear of RRC_INACTIVE."""
    traces: tuple[bytes, ...] = ()
    """Traces that were started, by their identity (9.3.1.14)."""
    sessions: dict[int, Session] = msgspec.field(default_factory=dict)
