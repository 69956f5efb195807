"""N2 SM information as SMF and gNB exchange it, in octets (TS 38.413 9.3.4)."""

from __future__ import annotations

from sys import intern
from typing import Any

import msgspec

from pilot5g.core.smf.context import SmContext
from pilot5g.model import PduSessionType, Qos
from pilot5g.service.n4 import FTeid, OuterHeader
from pilot5g.service.namf import N2Sm, N2SmType
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import values
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer

_TYPES = {
    PduSessionType.IPV4: "ipv4",
    PduSessionType.IPV6: "ipv6",
    PduSessionType.IPV4V6: "ipv4v6",
    PduSessionType.UNSTRUCTURED: "unstructured",
    PduSessionType.ETHERNET: "ethernet",
}


_MOVING = (
    ("radioNetwork", "ng-intra-system-handover-triggered"),
    ("radioNetwork", "xn-handover-triggered"),
)


class Accepted(msgspec.Struct, frozen=True):
    """What a radio that set a session up tells: its end of the tunnel, the flows it took and did not."""

    tunnel: OuterHeader
    qfis: tuple[int, ...]
    failed_qfis: tuple[int, ...] = ()


def setup_request(context: SmContext) -> N2Sm:
    """PDU Session Resource Setup Request Transfer (TS 38.413 9.3.4.1)."""
    assert context.uplink is not None, "a session that was granted has an uplink tunnel"
    ambr = context.session_ambr
    rates = {
        "pDUSessionAggregateMaximumBitRateDL": ambr.downlink,
        "pDUSessionAggregateMaximumBitRateUL": ambr.uplink,
    }
    tunnel = _tunnel(context.uplink.teid, context.uplink.address)
    flows = [(context.qfi, context.qos)]
    flows += [(flow.qfi, Qos(flow.five_qi, context.qos.arp)) for flow in context.flows]
    value = {
        "PDUSessionAggregateMaximumBitRate": rates,
        "UL-NGU-UP-TNLInformation": tunnel,
        "PDUSessionType": _TYPES[context.pdu_session_type],
        "QosFlowSetupRequestList": [
            {"qosFlowIdentifier": qfi, "qosFlowLevelQosParameters": _flow_parameters(qos)}
            for qfi, qos in flows
        ],
    }
    octets = encode_transfer("PDUSessionResourceSetupRequestTransfer", value)
    return N2Sm(N2SmType.PDU_RES_SETUP_REQ, octets)


def _flow_parameters(qos: Qos) -> dict[str, Any]:
    """QoS Flow Level QoS Parameters of a non-GBR flow with a standardised 5QI (TS 38.413 9.3.1.12)."""
    arp = qos.arp
    return {
        "qosCharacteristics": ("nonDynamic5QI", {"fiveQI": qos.five_qi}),
        "allocationAndRetentionPriority": {
            "priorityLevelARP": arp.priority,
            "pre-emptionCapability": (
                "may-trigger-pre-emption" if arp.may_preempt else "shall-not-trigger-pre-emption"
            ),
            "pre-emptionVulnerability": "pre-emptable" if arp.preemptable else "not-pre-emptable",
        },
    }


def release_command(group: str = "nas", cause: str = "normal-release") -> N2Sm:
    """PDU Session Resource Release Command Transfer (TS 38.413 9.3.4.12)."""
    value = {"cause": values.cause(group, cause)}
    octets = encode_transfer("PDUSessionResourceReleaseCommandTransfer", value)
    return N2Sm(N2SmType.PDU_RES_REL_CMD, octets)


def setup_response(octets: bytes) -> Accepted:
    """PDU Session Resource Setup Response Transfer (TS 38.413 9.3.4.2). Raises DecodeError."""
    value = decode_transfer("PDUSessionResourceSetupResponseTransfer", octets)
    per_tunnel = value["dLQosFlowPerTNLInformation"]
    radio = _header(per_tunnel["uPTransportLayerInformation"])
    taken = tuple(flow["qosFlowIdentifier"] for flow in per_tunnel["associatedQosFlowList"])
    failed = value.get("qosFlowFailedToSetupList", [])
    return Accepted(radio, taken, tuple(flow["qosFlowIdentifier"] for flow in failed))


class Switch(msgspec.Struct, frozen=True):
    """What a target radio tells of a session: its end of the tunnel, where it takes forwarded packets, the
    flows it took, and those of them for which it wants forwarding."""

    tunnel: OuterHeader
    qfis: tuple[int, ...]
    forwarding: OuterHeader | None = None
    forwarded: tuple[int, ...] = ()


def path_switch_request(octets: bytes) -> Switch:
    """Path Switch Request Transfer (TS 38.413 9.3.4.8). Raises DecodeError."""
    value = decode_transfer("PathSwitchRequestTransfer", octets)
    flows = tuple(flow["qosFlowIdentifier"] for flow in value["qosFlowAcceptedList"])
    return Switch(_header(value["dL-NGU-UP-TNLInformation"]), flows)


def modify_indication(octets: bytes) -> Switch:
    """PDU Session Resource Modify Indication Transfer (9.3.4.6). Raises DecodeError."""
    value = decode_transfer("PDUSessionResourceModifyIndicationTransfer", octets)
    per_tunnel = value["dLQosFlowPerTNLInformation"]
    flows = tuple(flow["qosFlowIdentifier"] for flow in per_tunnel["associatedQosFlowList"])
    return Switch(_header(per_tunnel["uPTransportLayerInformation"]), flows)


def modify_confirm(context: SmContext, qfis: tuple[int, ...]) -> N2Sm:
    """PDU Session Resource Modify Confirm Transfer (9.3.4.7)."""
    assert context.uplink is not None, "a session that is active has an uplink tunnel"
    value = {
        "qosFlowModifyConfirmList": [{"qosFlowIdentifier": qfi} for qfi in qfis],
        "uLNGU-UP-TNLInformation": _tunnel(context.uplink.teid, context.uplink.address),
    }
    octets = encode_transfer("PDUSessionResourceModifyConfirmTransfer", value)
    return N2Sm(N2SmType.PDU_RES_MOD_CFM, octets)


def path_switch_acknowledge() -> N2Sm:
    """Path Switch Request Acknowledge Transfer (9.3.4.9): the UPF's end of the tunnel stays as it is."""
    octets = encode_transfer("PathSwitchRequestAcknowledgeTransfer", {})
    return N2Sm(N2SmType.PATH_SWITCH_REQ_ACK, octets)


def direct_forwarding(octets: bytes) -> bool:
    """Whether the source radio reaches the target itself: Handover Required Transfer (9.3.4.14). Raises
    DecodeError."""
    value = decode_transfer("HandoverRequiredTransfer", octets)
    return value.get("directForwardingPathAvailability") == "direct-path-available"


def handover_acknowledge(octets: bytes) -> Switch:
    """Handover Request Acknowledge Transfer (9.3.4.11). Raises DecodeError."""
    value = decode_transfer("HandoverRequestAcknowledgeTransfer", octets)
    flows = value["qosFlowSetupResponseList"]
    forwarding = value.get("dLForwardingUP-TNLInformation")
    return Switch(
        _header(value["dL-NGU-UP-TNLInformation"]),
        tuple(flow["qosFlowIdentifier"] for flow in flows),
        None if forwarding is None else _header(forwarding),
        tuple(flow["qosFlowIdentifier"] for flow in flows if "dataForwardingAccepted" in flow),
    )


def handover_command(forwarding: OuterHeader | FTeid | None, qfis: tuple[int, ...]) -> N2Sm:
    """Handover Command Transfer (9.3.4.10): where the source sends what it has not delivered."""
    value: dict[str, Any] = {}
    if forwarding is not None:
        value["dLForwardingUP-TNLInformation"] = _tunnel(forwarding.teid, forwarding.address)
        if qfis:
            value["qosFlowToBeForwardedList"] = [{"qosFlowIdentifier": qfi} for qfi in qfis]
    return N2Sm(N2SmType.HANDOVER_CMD, encode_transfer("HandoverCommandTransfer", value))


def preparation_failed() -> N2Sm:
    """Handover Preparation Unsuccessful Transfer (9.3.4.18), whatever the target's reason."""
    why = values.cause("radioNetwork", "ho-failure-in-target-5GC-ngran-node-or-target-system")
    octets = encode_transfer("HandoverPreparationUnsuccessfulTransfer", {"cause": why})
    return N2Sm(N2SmType.HANDOVER_PREP_FAIL, octets)


def unswitched_cause(octets: bytes) -> str:
    """The cause, for people, of a Path Switch Request Setup Failed Transfer (9.3.4.15). Raises
    DecodeError."""
    return _spelled("PathSwitchRequestSetupFailedTransfer", octets)


def not_allocated_cause(octets: bytes) -> str:
    """The same of a Handover Resource Allocation Unsuccessful Transfer (9.3.4.19). Raises DecodeError."""
    return _spelled("HandoverResourceAllocationUnsuccessfulTransfer", octets)


def moving(n2: N2Sm) -> bool:
    """Whether a radio did not set a session up because it is handing the phone over. Raises DecodeError."""
    if n2.kind is not N2SmType.PDU_RES_SETUP_FAIL:
        return False
    why = decode_transfer("PDUSessionResourceSetupUnsuccessfulTransfer", n2.transfer)["cause"]
    return why in _MOVING


def _spelled(transfer: str, octets: bytes) -> str:
    return "/".join(str(part) for part in decode_transfer(transfer, octets)["cause"])


def unsuccessful_cause(octets: bytes) -> str:
    """The same of a PDU Session Resource Setup Unsuccessful Transfer (9.3.4.16). Raises DecodeError."""
    return _spelled("PDUSessionResourceSetupUnsuccessfulTransfer", octets)


def _header(tunnel: Any) -> OuterHeader:
    teid, ipv4, ipv6 = values.gtp_tunnel_from(tunnel)
    address = ipv4 or ipv6
    if address is None:
        raise DecodeError("a tunnel without an address")
    return OuterHeader(teid, intern(address))  # the sessions of a radio keep one name of it


def _tunnel(teid: int, address: str) -> tuple[str, Any]:
    if ":" in address:
        return values.gtp_tunnel_to(teid, ipv6=address)
    return values.gtp_tunnel_to(teid, ipv4=address)
