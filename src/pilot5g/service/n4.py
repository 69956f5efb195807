"""N4: the rules by which an SMF tells a UPF what to do with packets, and what the UPF reports (TS 29.244).

The values are the information of PFCP session establishment, modification and deletion (TS 29.244 7.5) cut
to what this network uses; PFCP over UDP is one more binding of the same interface. A session is created or
not at all: an error leaves nothing behind.

There are many of these values and no cycles among them: the garbage collector need not know of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum, IntFlag
from typing import Protocol

import msgspec

from pilot5g.model import Ambr
from pilot5g.wire.ethernet import EthernetFilter


class SourceInterface(IntEnum):
    """Where a packet came from, and, as destination, where it goes (TS 29.244 8.2.2, 8.2.24)."""

    ACCESS = 0
    CORE = 1
    CP_FUNCTION = 3


class FTeid(msgspec.Struct, frozen=True, gc=False):
    """A GTP-U tunnel endpoint: TEID and IP address in text (TS 29.244 8.2.3)."""

    teid: int
    address: str


class Choose(msgspec.Struct, frozen=True, gc=False):
    """In place of an F-TEID: the UPF is to choose it (CHOOSE, TS 29.244 8.2.3). PDRs of one request with the
    same `id` share one; without an `id` each has its own. Its address is of one of the families named."""

    id: int | None = None
    ipv4: bool = True
    ipv6: bool = True


class OuterHeader(msgspec.Struct, frozen=True, gc=False):
    """Outer Header Creation: where and under which TEID the peer (gNB) takes packets (TS 29.244 8.2.56)."""

    teid: int
    address: str
    port: int = 2152


class UeAddress(msgspec.Struct, frozen=True, gc=False):
    """UE IP address of a session: an IPv4 address, an IPv6 /64 prefix, or both (TS 29.244 8.2.62)."""

    ipv4: str | None = None
    ipv6_prefix: str | None = None
    """`2001:db8:1:2::/64`"""


class Pdr(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Packet detection rule (TS 29.244 5.2.1, 7.5.2.2). The lowest `precedence` that matches wins.

    `sdf_filters` are IPFilterRule strings (TS 29.212 5.4.2: `permit out ip from any to assigned`); none
    matches every packet of the session in that direction.
    """

    pdr_id: int
    precedence: int
    source: SourceInterface
    far_id: int
    qer_ids: tuple[int, ...] = ()
    urr_ids: tuple[int, ...] = ()
    local_fteid: FTeid | None = None
    """Where packets come in. Given by an SMF only for a session that had it before (TS 29.244 5.5.1)."""
    choose: Choose | None = None
    """Have the UPF choose `local_fteid`; a data path never sees this."""
    ue_address: UeAddress | None = None
    sdf_filters: tuple[str, ...] = ()
    qfi: int | None = None
    network_instance: str = ""
    framed_routes: tuple[str, ...] = ()
    """Networks behind the UE, `192.0.2.0/24` or `2001:db8:7::/48` (TS 29.244 8.2.109, 8.2.110)."""
    ethernet: bool = False
    """Ethernet frames in place of IP packets (Ethernet PDU Session Information, TS 29.244 8.2.102)."""
    ethernet_filters: tuple[EthernetFilter, ...] = ()
    """Of which any has to fit; source and destination are those of frames in the direction of the PDR."""


class ApplyAction(IntFlag):
    """TS 29.244 8.2.26."""

    DROP = 1
    FORW = 2
    BUFF = 4
    NOCP = 8
    """Notify the CP function of the first buffered downlink packet."""


class Far(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Forwarding action rule (TS 29.244 7.5.2.3)."""

    far_id: int
    action: ApplyAction
    destination: SourceInterface | None = None
    outer_header: OuterHeader | None = None
    send_end_marker: bool = False
    """On modification: send End Marker packets to the old tunnel first (TS 29.244 8.2.90, SNDEM)."""
    marking: int = 0
    """DSCP of the outer header (Transport Level Marking, TS 29.244 8.2.12)."""


class Qer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """QoS enforcement rule (TS 29.244 7.5.2.5); rates in bit/s, 0 where none."""

    qer_id: int
    qfi: int | None = None
    gate_open: bool = True
    mbr: Ambr | None = None
    gbr: Ambr | None = None
    correlation: int | None = None
    """QERs of this number share one rate, whatever sessions they are in: a UE-AMBR (QER Correlation ID)."""


class Urr(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Usage reporting rule: what is measured is reported at a threshold, and at the end (7.5.2.4). Where a
    quota is used up, that is reported and nothing more passes until another is given (5.2.2.2.1).

    Volumes are octets of both directions, times seconds in which packets passed (`inactivity`: a longer
    pause does not count: Inactivity Detection Time).
    """

    urr_id: int
    threshold: int | None = None
    """Volume."""
    time_threshold: int | None = None
    volume_quota: int | None = None
    time_quota: int | None = None
    inactivity: int | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All rules of one N4 session: what establishment installs and modification replaces rule by rule."""

    seid: int
    """The CP's session endpoint identifier, unique for one SMF."""
    dnn: str
    pdrs: tuple[Pdr, ...]
    fars: tuple[Far, ...]
    qers: tuple[Qer, ...] = ()
    urrs: tuple[Urr, ...] = ()
    inactivity: int | None = None
    """Seconds without a packet after which that is reported (User Plane Inactivity Timer)."""


class Modification(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What changes of a session (TS 29.244 7.5.4): rules given replace the rule of the same id or are new."""

    seid: int
    pdrs: tuple[Pdr, ...] = ()
    fars: tuple[Far, ...] = ()
    qers: tuple[Qer, ...] = ()
    urrs: tuple[Urr, ...] = ()
    removed_pdrs: tuple[int, ...] = ()
    removed_fars: tuple[int, ...] = ()
    removed_qers: tuple[int, ...] = ()
    removed_urrs: tuple[int, ...] = ()
    inactivity: int | None = None
    """0 for none from now on."""
    queried: tuple[int, ...] = ()
    """URRs to report now what they measured (Query URR)."""
    query_all: bool = False
    """The same of every URR (QAURR, TS 29.244 8.2.31)."""
    drop_buffered: bool = False
    """Drop what is kept for the phone (DROBU)."""


class Trigger(IntEnum):
    """Why usage is reported: the flag of the Usage Report Trigger that says so (TS 29.244 8.2.41)."""

    VOLUME_THRESHOLD = 1 << 1
    TIME_THRESHOLD = 1 << 2
    IMMEDIATE = 1 << 7
    """It was asked for."""
    VOLUME_QUOTA = 1 << 8
    TIME_QUOTA = 1 << 9
    TERMINATION = 1 << 11


class Usage(msgspec.Struct, frozen=True, gc=False):
    """What one URR measured since its last report: octets, packets, seconds (TS 29.244 7.5.8.3)."""

    urr_id: int
    uplink: int
    downlink: int
    uplink_packets: int = 0
    downlink_packets: int = 0
    seconds: int = 0
    trigger: Trigger | None = None


class Modified(msgspec.Struct, frozen=True, gc=False):
    """What came of a modification (TS 29.244 7.5.5): the F-TEIDs that the UPF chose, by PDR id, and what
    URRs measured that are gone or were asked."""

    chosen: Mapping[int, FTeid] = {}
    usages: tuple[Usage, ...] = ()


class Cause(IntEnum):
    """PFCP causes that this interface uses (TS 29.244 8.2.1)."""

    REQUEST_REJECTED = 64
    SESSION_CONTEXT_NOT_FOUND = 65
    MANDATORY_IE_MISSING = 66
    CONDITIONAL_IE_MISSING = 67
    MANDATORY_IE_INCORRECT = 69
    INVALID_F_TEID_ALLOCATION_OPTION = 71
    NO_ESTABLISHED_PFCP_ASSOCIATION = 72
    RULE_CREATION_FAILURE = 73
    NO_RESOURCES_AVAILABLE = 75
    SERVICE_NOT_SUPPORTED = 76
    SYSTEM_FAILURE = 77


class RuleKind(IntEnum):
    """What a rule is, in a Failed Rule ID (TS 29.244 8.2.80)."""

    PDR = 0
    FAR = 1
    QER = 2
    URR = 3


class N4Error(Exception):
    """The UPF refused, whole: nothing was installed or changed."""

    def __init__(self, cause: Cause, why: str, rule: tuple[RuleKind, int] | None = None) -> None:
        """`rule`: the one that is to blame, where one is."""
        super().__init__(f"{cause.name.lower()}: {why}")
        self.cause = cause
        self.rule = rule


class N4Reports(Protocol):
    """What a UPF tells the SMF unasked (TS 29.244 7.5.8)."""

    def downlink_data(self, seid: int, pdr_id: int, qfi: int | None) -> None:
        """A packet arrived for a session whose FAR buffers and notifies (Downlink Data Report)."""
        ...

    def error_indication(self, seid: int, remote: FTeid) -> None:
        """The peer of that tunnel says it does not know it (Error Indication Report)."""
        ...

    def usage(self, seid: int, usage: Usage) -> None: ...
    def inactive(self, seid: int) -> None:
        """No packet of the session for as long as it was told (User Plane Inactivity Report). Said once,
        and again after packets came."""
        ...

    def sessions_lost(self, concerns: Callable[[str], bool] | None = None) -> None:
        """The UPF is there, and has none of this SMF's sessions: it or the SMF began anew. What is to go on
        has to be established again, with the F-TEIDs it had (TS 23.527 4.3.2). `concerns`: whether a DNN is
        one of those whose sessions are lost, where not all are."""
        ...


class N4(Protocol):
    """A UPF as its SMF sees it."""

    @property
    def associated(self) -> bool:
        """Whether sessions can be established now; `N4Reports.sessions_lost` says when that begins anew."""
        ...

    async def establish(self, session: Session) -> Mapping[int, FTeid]:
        """Install a session; the F-TEIDs that the UPF chose, by PDR id. They are the session's as long as it
        lives. Raises N4Error."""
        ...

    async def modify(self, change: Modification) -> Modified:
        """Change a session. Raises N4Error; then it is as it was."""
        ...

    async def delete(self, seid: int) -> tuple[Usage, ...]:
        """Remove a session and give its last usage. Raises N4Error where it is not known."""
        ...
