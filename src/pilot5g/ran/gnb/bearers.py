"""Whether a PDU session, and each of its QoS flows, can be had: the SMF's transfers, read and answered.

What is wrong with one session costs that session only: the transfer that reports it carries the cause
(TS 38.413 8.2.1.2, 8.2.1.4, 8.2.3.4). The emulated air protects no user data, so a session whose security
policy requires it is refused rather than pretended (8.2.1.2, TS 33.501 6.6.1).
"""

from __future__ import annotations

from typing import Any

import msgspec

from pilot5g.model import Ambr, Arp, PduSessionType, Snssai
from pilot5g.ran.gnb.context import QosFlow, Session
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap.errors import NOT_DECODED, NgapError
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer
from pilot5g.wire.ngap.values import cause, gtp_tunnel_from, gtp_tunnel_to, snssai_from

Cause = tuple[str, str]

MULTIPLE_SESSIONS = cause("radioNetwork", "multiple-PDU-session-ID-instances")
UNKNOWN_SESSION = cause("radioNetwork", "unknown-PDU-session-ID")
MULTIPLE_FLOWS = cause("radioNetwork", "multiple-qos-flow-ID-instances")
UNKNOWN_FLOW = cause("radioNetwork", "unkown-qos-flow-ID")
INVALID_QOS = cause("radioNetwork", "invalid-qos-combination")
SLICE_NOT_SUPPORTED = cause("radioNetwork", "slice-not-supported")
NO_INTEGRITY = cause("radioNetwork", "up-integrity-protection-not-possible")
NO_CIPHERING = cause("radioNetwork", "up-confidentiality-protection-not-possible")
NO_TRANSPORT = cause("transport", "transport-resource-unavailable")
SEMANTIC = cause("protocol", "semantic-error")

SETUP_REQUEST = "PDUSessionResourceSetupRequestTransfer"
SETUP_RESPONSE = "PDUSessionResourceSetupResponseTransfer"
SETUP_UNSUCCESSFUL = "PDUSessionResourceSetupUnsuccessfulTransfer"

GUARANTEED = frozenset({1, 2, 3, 4, 65, 66, 67, 71, 72, 73, 74, 76, *range(82, 91)})
"""5QIs of GBR and delay-critical GBR flows (TS 23.501 table 5.7.4-1)."""

_KINDS = {
    "ipv4": PduSessionType.IPV4,
    "ipv6": PduSessionType.IPV6,
    "ipv4v6": PduSessionType.IPV4V6,
    "ethernet": PduSessionType.ETHERNET,
    "unstructured": PduSessionType.UNSTRUCTURED,
}


class Refusal(Exception):
    """A session cannot be had; `cause` goes into its unsuccessful transfer, the text into the journal."""

    def __init__(self, cause: Cause, reason: str) -> None:
        super().__init__(reason)
        self.cause = cause


class Wanted(msgspec.Struct, frozen=True):
    """One item of a setup request list."""

    id: int
    snssai: Snssai
    nas: bytes | None
    transfer: bytes


class Admitted(msgspec.Struct):
    """A session that can be had, the NAS message that goes with it, and its flows that cannot."""

    session: Session
    nas: bytes | None
    failed: dict[int, Cause]

    def response(self, address: str) -> bytes:
        """Its PDU Session Resource Setup Response Transfer (TS 38.413 9.3.4.2)."""
        value: dict[str, Any] = {
            "dLQosFlowPerTNLInformation": {
                "uPTransportLayerInformation": tunnel_end(self.session.downlink_teid, address),
                "associatedQosFlowList": [{"qosFlowIdentifier": qfi} for qfi in self.session.flows],
            }
        }
        if self.failed:
            value["qosFlowFailedToSetupList"] = flows_with_cause(self.failed)
        return encode_transfer(SETUP_RESPONSE, value)


def wanted(items: list[dict[str, Any]] | None, nas: str) -> list[Wanted]:
    """A setup request list; `nas` is the name of its NAS field, which differs between messages."""
    transfer = "pDUSessionResourceSetupRequestTransfer"
    return [
        Wanted(item["pDUSessionID"], snssai_from(item["s-NSSAI"]), item.get(nas), item[transfer])
        for item in items or ()
    ]


def repeated(identities: list[int]) -> set[int]:
    """Those that come more than once."""
    return {each for each in identities if identities.count(each) > 1}


def admit(want: Wanted, slices: tuple[Snssai, ...], address: str, teid: int) -> Admitted:
    """The session with downlink tunnel end `teid` at `address`. Raises Refusal."""
    if want.snssai.canonical not in {each.canonical for each in slices}:
        raise Refusal(SLICE_NOT_SUPPORTED, f"slice {want.snssai} is not one of this radio's")
    value = read(SETUP_REQUEST, want.transfer)
    _check_security(value.get("SecurityIndication"))
    ambr = session_ambr(value.get("PDUSessionAggregateMaximumBitRate"))
    uplink_teid, uplink_address = tunnel_of(value["UL-NGU-UP-TNLInformation"], address)
    flows, failed = accept_flows(value["QosFlowSetupRequestList"], {})
    if ambr is None and any(not flow.guaranteed for flow in flows.values()):
        raise Refusal(SEMANTIC, "a non-GBR QoS flow came without a session AMBR (TS 38.413 8.2.1.4)")
    if not flows:
        raise Refusal(next(iter(failed.values())), "none of its QoS flows can be had")
    session = Session(
        id=want.id,
        snssai=want.snssai,
        kind=_KINDS.get(value["PDUSessionType"], PduSessionType.UNSTRUCTURED),
        ambr=ambr,
        uplink_teid=uplink_teid,
        uplink_address=uplink_address,
        downlink_teid=teid,
        flows=flows,
    )
    return Admitted(session, want.nas, failed)


def read(name: str, octets: bytes) -> dict[str, Any]:
    """A transfer's value. Raises Refusal with the cause that its defect asks for."""
    try:
        return decode_transfer(name, octets)
    except NgapError as error:
        raise Refusal(error.cause, str(error)) from None


def accept_flows(
    items: list[dict[str, Any]], present: dict[int, QosFlow]
) -> tuple[dict[int, QosFlow], dict[int, Cause]]:
    """The flows of a list that can be had, and those that cannot, each with its cause. A flow that is already
    `present` may come without parameters (TS 38.413 9.3.4.3)."""
    flows: dict[int, QosFlow] = {}
    twice = repeated([item["qosFlowIdentifier"] for item in items])
    failed: dict[int, Cause] = dict.fromkeys(sorted(twice), MULTIPLE_FLOWS)
    for item in items:
        qfi = item["qosFlowIdentifier"]
        parameters = item.get("qosFlowLevelQosParameters")
        if qfi in failed:
            continue
        if parameters is None and qfi in present:
            flows[qfi] = present[qfi]
        elif parameters is None:
            failed[qfi] = UNKNOWN_FLOW
        elif (flow := _flow(qfi, parameters)) is None:
            failed[qfi] = INVALID_QOS
        else:
            flows[qfi] = flow
    return flows, failed


def _flow(qfi: int, parameters: dict[str, Any]) -> QosFlow | None:
    """None where its parameters contradict each other (TS 38.413 8.2.1.4)."""
    kind, characteristics = parameters["qosCharacteristics"]
    if kind not in ("nonDynamic5QI", "dynamic5QI"):
        return None
    critical = characteristics.get("delayCritical") == "delay-critical"
    rates = "gBR-QosInformation" in parameters
    five_qi = characteristics.get("fiveQI")
    guaranteed = rates if kind == "dynamic5QI" else five_qi in GUARANTEED
    if guaranteed and not rates:
        return None
    if critical and "maximumDataBurstVolume" not in characteristics:
        return None
    arp = parameters["allocationAndRetentionPriority"]
    return QosFlow(
        qfi=qfi,
        five_qi=five_qi,
        arp=Arp(
            arp["priorityLevelARP"],
            arp["pre-emptionCapability"] == "may-trigger-pre-emption",
            arp["pre-emptionVulnerability"] == "pre-emptable",
        ),
        guaranteed=guaranteed,
    )


def _check_security(indication: dict[str, Any] | None) -> None:
    if indication is None:
        return
    if indication["integrityProtectionIndication"] == "required":
        raise Refusal(NO_INTEGRITY, "user plane integrity is required and the emulated air has none")
    if indication["confidentialityProtectionIndication"] == "required":
        raise Refusal(NO_CIPHERING, "user plane ciphering is required and the emulated air has none")


def session_ambr(value: dict[str, Any] | None) -> Ambr | None:
    """PDU Session Aggregate Maximum Bit Rate (TS 38.413 9.3.1.102)."""
    if value is None:
        return None
    name = "pDUSessionAggregateMaximumBitRate"
    return Ambr(uplink=value[f"{name}UL"], downlink=value[f"{name}DL"])


def ue_ambr(value: dict[str, Any] | None) -> Ambr | None:
    """UE Aggregate Maximum Bit Rate (TS 38.413 9.3.1.58)."""
    if value is None:
        return None
    return Ambr(uplink=value["uEAggregateMaximumBitRateUL"], downlink=value["uEAggregateMaximumBitRateDL"])


def tunnel_of(value: tuple[str, Any], local: str) -> tuple[int, str]:
    """TEID and address of the UPF's end, in the IP version of ours. Raises Refusal."""
    try:
        teid, ipv4, ipv6 = gtp_tunnel_from(value)
    except DecodeError as error:
        raise Refusal(NOT_DECODED, str(error)) from None
    address = ipv6 if ":" in local else ipv4
    if address is None:
        raise Refusal(NO_TRANSPORT, f"the UPF's end has no address of the IP version of {local}")
    return teid, address


def tunnel_end(teid: int, address: str) -> tuple[str, Any]:
    """Our end of a tunnel (TS 38.413 9.3.2.2)."""
    return gtp_tunnel_to(teid, ipv6=address) if ":" in address else gtp_tunnel_to(teid, ipv4=address)


def flows_with_cause(flows: dict[int, Cause]) -> list[dict[str, Any]]:
    """QoS Flow List with Cause (TS 38.413 9.3.1.13)."""
    return [{"qosFlowIdentifier": qfi, "cause": why} for qfi, why in flows.items()]


def unsuccessful(why: Cause) -> bytes:
    """PDU Session Resource Setup Unsuccessful Transfer (TS 38.413 9.3.4.16)."""
    return encode_transfer(SETUP_UNSUCCESSFUL, {"cause": why})


SN_BITS = 18
"""Of a PDCP COUNT, those of the sequence number (TS 38.323 6.3.5)."""


def count_to(packets: int) -> dict[str, int]:
    """COUNT of the next packet: sequence number and hyper frame number (TS 38.413 9.3.1.108)."""
    return {"pDCP-SN18": packets & 0x3FFFF, "hFN-PDCP-SN18": packets >> SN_BITS & 0x3FFF}


def count_from(status: tuple[str, dict[str, Any]], name: str) -> int:
    """The same, read; a COUNT of 12 bits is as good as none here."""
    value = status[1].get(name, {})
    return int(value.get("hFN-PDCP-SN18", 0)) << SN_BITS | int(value.get("pDCP-SN18", 0))
