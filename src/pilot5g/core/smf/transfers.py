"""N2 SM information as SMF and gNB exchange it, in octets (TS 38.413 9.3.4)."""

from __future__ import annotations

from sys import intern
from typing import Any

import msgspec

from pilot5g.core.smf.context import SmContext
from pilot5g.model import PduSessionType, Qos
from pilot5g.service.n4 import OuterHeader
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
    flow = {
        "qosFlowIdentifier": context.qfi,
        "qosFlowLevelQosParameters": _flow_parameters(context.qos),
    }
    value = {
        "PDUSessionAggregateMaximumBitRate": rates,
        "UL-NGU-UP-TNLInformation": tunnel,
        "PDUSessionType": _TYPES[context.pdu_session_type],
        "QosFlowSetupRequestList": [flow],
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
    teid, ipv4, ipv6 = values.gtp_tunnel_from(per_tunnel["uPTransportLayerInformation"])
    address = ipv4 or ipv6
    if address is None:
        raise DecodeError("a tunnel without an address")
    taken = tuple(flow["qosFlowIdentifier"] for flow in per_tunnel["associatedQosFlowList"])
    failed = value.get("qosFlowFailedToSetupList", [])
    radio = OuterHeader(teid, intern(address))  # the sessions of a radio keep one name of it
    return Accepted(radio, taken, tuple(flow["qosFlowIdentifier"] for flow in failed))


def unsuccessful_cause(octets: bytes) -> str:
    """The cause, for people, of a PDU Session Resource Setup Unsuccessful Transfer. Raises DecodeError."""
    value = decode_transfer("PDUSessionResourceSetupUnsuccessfulTransfer", octets)
    return "/".join(str(part) for part in value["cause"])


def _tunnel(teid: int, address: str) -> tuple[str, Any]:
    if ":" in address:
        return values.gtp_tunnel_to(teid, ipv6=address)
    return values.gtp_tunnel_to(teid, ipv4=address)
