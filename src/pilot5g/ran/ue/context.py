"""What a phone remembers: 5GMM state, identity, security, areas, slices, sessions. Plain data.

Everything here serialises with msgspec; nothing here acts. States and substates are those of TS 24.501
5.1.3.2.1 and the update status those of 5.1.3.2.2.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pilot5g.model import Ambr, Guti, PduSessionType, Plmn, Snssai, SscMode, Tai
from pilot5g.wire.nas import NasSecurity, QosFlowDescription, QosRule, ServiceAreaList, UniversalTime
from pilot5g.wire.nas.ies import QOS_FLOWS, QOS_RULES


class State(StrEnum):
    """5GMM main states of a UE (TS 24.501 5.1.3.2.1)."""

    NULL = "5GMM-NULL"
    DEREGISTERED = "5GMM-DEREGISTERED"
    REGISTERED_INITIATED = "5GMM-REGISTERED-INITIATED"
    REGISTERED = "5GMM-REGISTERED"
    DEREGISTERED_INITIATED = "5GMM-DEREGISTERED-INITIATED"
    SERVICE_REQUEST_INITIATED = "5GMM-SERVICE-REQUEST-INITIATED"


class Substate(StrEnum):
    """Substates of 5GMM-DEREGISTERED and 5GMM-REGISTERED (TS 24.501 5.1.3.2.1.3, 5.1.3.2.1.4)."""

    NONE = ""
    NORMAL_SERVICE = "NORMAL-SERVICE"
    LIMITED_SERVICE = "LIMITED-SERVICE"
    ATTEMPTING_REGISTRATION = "ATTEMPTING-REGISTRATION"
    ATTEMPTING_REGISTRATION_UPDATE = "ATTEMPTING-REGISTRATION-UPDATE"
    PLMN_SEARCH = "PLMN-SEARCH"
    NO_SUPI = "NO-SUPI"
    NO_CELL_AVAILABLE = "NO-CELL-AVAILABLE"
    NON_ALLOWED_SERVICE = "NON-ALLOWED-SERVICE"
    UPDATE_NEEDED = "UPDATE-NEEDED"


class UpdateStatus(StrEnum):
    """5GS update status, kept in the SIM (TS 24.501 5.1.3.2.2)."""

    UPDATED = "5U1 UPDATED"
    NOT_UPDATED = "5U2 NOT UPDATED"
    ROAMING_NOT_ALLOWED = "5U3 ROAMING NOT ALLOWED"


class SecurityContext(msgspec.Struct, kw_only=True):
    """A native 5G NAS security context; partial while `nas` is None (TS 33.501 3.1).

    `kgnb_count` is the uplink NAS COUNT that K_gNB is derived with (TS 33.501 6.8.1.2.2, A.9).
    """

    ngksi: int
    kamf: bytes
    abba: bytes = b"\0\0"
    nas: NasSecurity | None = None
    kgnb_count: int = 0


class SessionContext(msgspec.Struct, kw_only=True):
    """A PDU session that is active (TS 24.501 6.1.3.2).

    Addresses are text, QoS rules and flow descriptions the octets NAS writes them in.
    """

    id: int
    kind: PduSessionType
    ssc_mode: SscMode
    dnn: str | None
    snssai: Snssai | None
    ambr: Ambr
    rule_octets: bytes
    flow_octets: bytes
    ipv4: str | None = None
    interface_identifier: bytes | None = None
    ipv6: str | None = None
    dns: tuple[str, ...] = ()
    mtu: int | None = None

    @property
    def rules(self) -> list[QosRule]:
        """The QoS rules by precedence."""
        return list(QOS_RULES.decode(self.rule_octets))

    @property
    def flows(self) -> list[QosFlowDescription]:
        """The QoS flow descriptions."""
        return list(QOS_FLOWS.decode(self.flow_octets))

    def set_qos(self, rules: list[QosRule], flows: list[QosFlowDescription]) -> None:
        """Other rules and flows from now on."""
        self.rule_octets, self.flow_octets = QOS_RULES.encode(tuple(rules)), QOS_FLOWS.encode(tuple(flows))


class PhoneContext(msgspec.Struct, kw_only=True):
    """All of one phone. `usim_valid` is False once the network said this SIM may not (until switched off)."""

    state: State = State.NULL
    substate: Substate = Substate.NONE
    update_status: UpdateStatus = UpdateStatus.NOT_UPDATED
    usim_valid: bool = True
    guti: Guti | None = None
    last_visited_tai: Tai | None = None
    tai_list: tuple[Tai, ...] = ()
    service_areas: ServiceAreaList | None = None
    """Where there is normal service, and where not (TS 24.501 5.3.5.2)."""
    equivalent_plmns: tuple[Plmn, ...] = ()
    forbidden_plmns: frozenset[Plmn] = frozenset()
    voiceless_plmns: frozenset[Plmn] = frozenset()
    """Where a voice centric phone has disabled N1 mode, until it is switched off (TS 24.501 4.9.2)."""
    forbidden_roaming: frozenset[Tai] = frozenset()
    forbidden_regional: frozenset[Tai] = frozenset()
    allowed_nssai: tuple[Snssai, ...] = ()
    configured_nssai: tuple[Snssai, ...] = ()
    rejected_nssai: tuple[Snssai, ...] = ()
    current: SecurityContext | None = None
    """The security context in use."""
    partial: SecurityContext | None = None
    """One that authentication made and no security mode command has taken into use yet."""
    t3512: float | None = None
    """Seconds between periodic registrations; None: deactivated."""
    t3502: float | None = None
    """Seconds the network gave for T3502, None where the default holds."""
    registration_attempts: int = 0
    service_attempts: int = 0
    network_name: str = ""
    network_time: UniversalTime | None = None
    """What the network said last that the time was."""
    emergency: bool = False
    """Registered for emergency services only."""
    sessions: dict[int, SessionContext] = msgspec.field(default_factory=dict)
    sqn: list[int] = msgspec.field(default_factory=lambda: [0] * 32)
    """The SIM's memory of sequence numbers."""

    def switched_off(self) -> None:
        """What ends with it: the SIM is as good as new, no tracking area is forbidden any more (TS 24.501
        5.3.13, 5.5.1.2.5). Forbidden PLMNs are on the SIM and stay."""
        self.usim_valid = True
        self.forbidden_roaming = self.forbidden_regional = frozenset()
        self.voiceless_plmns = frozenset()

    def forget_registration(self) -> None:
        """Delete 5G-GUTI, last visited registered TAI, TAI list and ngKSI (as so many clauses say)."""
        self.guti = None
        self.last_visited_tai = None
        self.tai_list = ()
        self.service_areas = None
        self.current = None
        self.partial = None
        self.emergency = False
