"""PFCP elements as values of `service.n4`: what a UPF is told (TS 29.244 7.5.2, 7.5.4).

A rule is taken whole or refused: one that could be read only in part, or that asks for what this UPF does not
offer, would otherwise pass packets that its SMF meant to stop. Other rules of BARs and what only advises
(suggested packet counts, times to show) are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv6Network
from typing import Any, TypeVar

import msgspec

from pilot5g.model import Ambr
from pilot5g.service import n4
from pilot5g.service.pfcp import frames
from pilot5g.service.pfcp.outward import UNLIMITED
from pilot5g.wire.ethernet import EthernetFilter
from pilot5g.wire.pfcp.grammar import Group
from pilot5g.wire.pfcp.ies import addresses as a
from pilot5g.wire.pfcp.ies import flags as f
from pilot5g.wire.pfcp.ies import node as n
from pilot5g.wire.pfcp.ies import numbers as u
from pilot5g.wire.pfcp.ies import traffic as t
from pilot5g.wire.pfcp.messages import SessionEstablishmentRequest, SessionModificationRequest
from pilot5g.wire.pfcp.rules import (
    CreateFar,
    CreatePdr,
    CreateQer,
    CreateUrr,
    EthernetPacketFilter,
    ForwardingParameters,
    Pdi,
    UpdateFar,
    UpdateForwardingParameters,
    UpdatePdr,
    UpdateQer,
    UpdateUrr,
)

PDR, FAR, QER, URR = n4.RuleKind

R = TypeVar("R")


class RuleRefused(Exception):
    """A rule cannot be taken as it is. `offending` is an element's type where one is to blame."""

    def __init__(
        self, kind: n4.RuleKind, id_: int, why: str, cause: n4.Cause, offending: int | None = None
    ) -> None:
        super().__init__(f"{kind.name} {id_}: {why}")
        self.failed = n.FailedRule(kind, id_)
        self.cause = cause
        self.offending = offending


class _Rule:
    """Which rule is being read, for refusals."""

    __slots__ = ("_id", "_kind")

    def __init__(self, kind: n4.RuleKind, id_: int) -> None:
        self._kind = kind
        self._id = id_

    def refused(self, why: str) -> RuleRefused:
        return RuleRefused(self._kind, self._id, why, n4.Cause.RULE_CREATION_FAILURE)

    def lacks(self, offending: int, what: str) -> RuleRefused:
        cause = n4.Cause.CONDITIONAL_IE_MISSING
        return RuleRefused(self._kind, self._id, f"{what} is missing", cause, offending)

    def whole(self, *groups: Group | None) -> None:
        """Raises RuleRefused where something in a group could not be read."""
        for group in groups:
            if group is not None and group.defects:
                raise self.refused(group.defects[0].reason)

    def offers(self, **wanted: object) -> None:
        """Raises RuleRefused where the rule wants one of these, which nobody here has."""
        for name, value in wanted.items():
            if value:
                raise self.refused(f"{name.replace('_', ' ')} is not offered")


def establishment(request: SessionEstablishmentRequest, seid: int, default_dnn: str) -> n4.Session:
    """A session from its request. Raises RuleRefused."""
    known = _known(pdr.pdi for pdr in request.create_pdrs)
    pdrs = tuple(_pdr(pdr, known) for pdr in request.create_pdrs)
    return n4.Session(
        seid=seid,
        dnn=request.dnn.lower() if request.dnn else _dnn(pdrs) or default_dnn,
        pdrs=pdrs,
        fars=tuple(_far(far) for far in request.create_fars),
        qers=tuple(_qer(qer) for qer in request.create_qers),
        urrs=tuple(_urr(urr) for urr in request.create_urrs),
        inactivity=request.inactivity_timer or None,
    )


def modification(request: SessionModificationRequest, session: n4.Session) -> n4.Modification:
    """A change of a session from its request: what is updated is given whole. Raises RuleRefused."""
    known = _known([each.pdi for each in request.create_pdrs] + [each.pdi for each in request.update_pdrs])
    pdrs = {pdr.pdr_id: pdr for pdr in session.pdrs}
    fars = {far.far_id: far for far in session.fars}
    qers = {qer.qer_id: qer for qer in session.qers}
    urrs = {urr.urr_id: urr for urr in session.urrs}
    gone = request.removed
    flags = request.sm_req_flags or f.SmReqFlags(0)
    return n4.Modification(
        seid=session.seid,
        pdrs=tuple(_pdr(pdr, known) for pdr in request.create_pdrs)
        + tuple(_updated_pdr(_of(pdrs, PDR, pdr.pdr_id), pdr, known) for pdr in request.update_pdrs),
        fars=tuple(_far(far) for far in request.create_fars)
        + tuple(_updated_far(_of(fars, FAR, far.far_id), far) for far in request.update_fars),
        qers=tuple(_qer(qer) for qer in request.create_qers)
        + tuple(_updated_qer(_of(qers, QER, qer.qer_id), qer) for qer in request.update_qers),
        urrs=tuple(_urr(urr) for urr in request.create_urrs)
        + tuple(_updated_urr(_of(urrs, URR, urr.urr_id), urr) for urr in request.update_urrs),
        removed_pdrs=tuple(_gone(pdrs, PDR, each.pdr_id) for each in request.remove_pdrs),
        removed_fars=tuple(_gone(fars, FAR, each.far_id) for each in request.remove_fars),
        removed_qers=tuple(_gone(qers, QER, each.qer_id) for each in request.remove_qers),
        removed_urrs=tuple(_gone(urrs, URR, each.urr_id) for each in request.remove_urrs),
        inactivity=0 if u.USER_PLANE_INACTIVITY_TIMER.number in gone else request.inactivity_timer,
        queried=tuple(_asked(urrs, each.urr_id) for each in request.query_urrs),
        query_all=bool(flags & f.SmReqFlags.QAURR),
        drop_buffered=bool(flags & f.SmReqFlags.DROBU),
    )


def _of(rules: Mapping[int, R], kind: n4.RuleKind, id_: int) -> R:
    if id_ not in rules:
        raise _Rule(kind, id_).refused("there is no such rule to update")
    return rules[id_]


def _gone(rules: Mapping[int, object], kind: n4.RuleKind, id_: int) -> int:
    if id_ not in rules:
        raise _Rule(kind, id_).refused("there is no such rule to remove")
    return id_


def _asked(urrs: Mapping[int, object], id_: int) -> int:
    if id_ not in urrs:
        raise _Rule(URR, id_).refused("there is no such rule to ask for its usage")
    return id_


def _dnn(pdrs: tuple[n4.Pdr, ...]) -> str:
    """The network instance on the data network's side."""
    return next((p.network_instance for p in pdrs if p.source is n4.SourceInterface.CORE), "")


class Known(msgspec.Struct, frozen=True):
    """The filters for both directions, by id: given once, meant by each that has the id."""

    descriptions: Mapping[int, str]
    frames: Mapping[int, tuple[EthernetPacketFilter, int]]
    """And on which side frames come in that they describe as they are."""


def _known(pdis: Iterable[Pdi | None]) -> Known:
    given = [pdi for pdi in pdis if pdi is not None]
    of_frames = [(each, pdi.source_interface) for pdi in given for each in pdi.ethernet_filters]
    of_packets = [each for pdi in given for each in pdi.sdf_filters]
    of_packets += [each for frame, _ in of_frames for each in frame.sdf_filters]
    return Known(
        {
            each.id: each.description
            for each in of_packets
            if each.id is not None and each.description is not None
        },
        {
            each.filter_id: (each, side)
            for each, side in of_frames
            if each.filter_id is not None and _says(each)
        },
    )


def _pdr(pdr: CreatePdr, known: Known) -> n4.Pdr:
    rule = _Rule(PDR, pdr.pdr_id)
    rule.whole(pdr)
    rule.offers(
        activate_predefined_rules=pdr.activate_predefined_rules,
        activation_time=pdr.activation_time,
        deactivation_time=pdr.deactivation_time,
        packet_replication=pdr.packet_replication,
        address_of_a_pool=pdr.ue_ip_address_pool,
    )
    if pdr.far_id is None:
        raise rule.lacks(u.FAR_ID.number, "FAR ID")
    return n4.Pdr(
        pdr_id=pdr.pdr_id,
        precedence=pdr.precedence,
        far_id=pdr.far_id,
        qer_ids=pdr.qer_ids,
        urr_ids=pdr.urr_ids,
        **_pdi(rule, pdr.pdi, known),
    )


def _updated_pdr(before: n4.Pdr, pdr: UpdatePdr, known: Known) -> n4.Pdr:
    rule = _Rule(PDR, pdr.pdr_id)
    rule.whole(pdr)
    rule.offers(
        activate_predefined_rules=pdr.activate_predefined_rules,
        activation_time=pdr.activation_time,
        deactivation_time=pdr.deactivation_time,
    )
    changes: dict[str, Any] = {} if pdr.pdi is None else _pdi(rule, pdr.pdi, known)
    unsaid = changes.get("local_fteid") is None and changes.get("choose") is None
    if unsaid and changes.get("source") is before.source:
        changes.pop("local_fteid", None)  # the F-TEID stays where the PDI does not say another
    for name, value, number in (
        ("precedence", pdr.precedence, 0),
        ("far_id", pdr.far_id, 0),
        ("qer_ids", pdr.qer_ids or None, u.QER_ID.number),
        ("urr_ids", pdr.urr_ids or None, u.URR_ID.number),
    ):
        if value is not None:
            changes[name] = value
        elif number in pdr.removed:
            changes[name] = ()
    return msgspec.structs.replace(before, **changes)


def _pdi(rule: _Rule, pdi: Pdi, known: Known) -> dict[str, Any]:
    rule.whole(pdi)
    rule.offers(
        traffic_endpoint=pdi.traffic_endpoint_id,
        application_detection=pdi.application_id,
        several_QFIs=len(pdi.qfis) > 1,
        several_UE_addresses=len(pdi.ue_ip_addresses) > 1,
    )
    if pdi.source_interface not in _INTERFACES:
        raise rule.refused(f"source interface {pdi.source_interface} is not offered")
    fteid = pdi.local_fteid
    return {
        "source": _INTERFACES[pdi.source_interface],
        "local_fteid": _fteid(rule, fteid) if isinstance(fteid, a.FTeid) else None,
        "choose": n4.Choose(fteid.id, fteid.ipv4, fteid.ipv6) if isinstance(fteid, a.ChooseFTeid) else None,
        "ue_address": _ue_address(rule, pdi.ue_ip_addresses[0]) if pdi.ue_ip_addresses else None,
        "sdf_filters": tuple(_filter(rule, each, known) for each in pdi.sdf_filters),
        "qfi": pdi.qfis[0] if pdi.qfis else None,
        "network_instance": instance_name(pdi.network_instance),
        "framed_routes": tuple(_route(rule, each) for each in pdi.framed_routes + pdi.framed_ipv6_routes),
        "ethernet": bool(pdi.ethernet_pdu_session),
        "ethernet_filters": tuple(
            _frame_filter(rule, each, pdi.source_interface, known) for each in pdi.ethernet_filters
        ),
    }


_INTERFACES: dict[int, n4.SourceInterface] = {
    u.Interface.ACCESS: n4.SourceInterface.ACCESS,
    u.Interface.CORE: n4.SourceInterface.CORE,
    u.Interface.SGI_LAN_N6_LAN: n4.SourceInterface.CORE,
    u.Interface.CP_FUNCTION: n4.SourceInterface.CP_FUNCTION,
}


def _fteid(rule: _Rule, fteid: a.FTeid) -> n4.FTeid:
    address = fteid.ipv4 or fteid.ipv6
    if address is None:
        raise rule.refused("an F-TEID without an address")
    return n4.FTeid(fteid.teid, str(address))


def _ue_address(rule: _Rule, address: a.UeIpAddress) -> n4.UeAddress:
    rule.offers(UE_address_allocation=address.choose_ipv4 or address.choose_ipv6)
    if address.prefix_length not in (None, 64) or address.delegated_bits:
        raise rule.refused("only IPv6 prefixes of 64 bits are offered")
    six = None
    if address.ipv6 is not None:
        six = str(IPv6Network((int(address.ipv6) >> 64 << 64, 64)))
    return n4.UeAddress(str(address.ipv4) if address.ipv4 is not None else None, six)


def _filter(rule: _Rule, sdf: t.SdfFilter, known: Known) -> str:
    rule.offers(
        type_of_service_filter=sdf.tos_traffic_class is not None,
        security_parameter_index_filter=sdf.security_parameter_index is not None,
        flow_label_filter=sdf.flow_label is not None,
    )
    if sdf.description is not None:
        return sdf.description
    if sdf.id is None or sdf.id not in known.descriptions:
        raise rule.refused("a packet filter without a flow description")
    return known.descriptions[sdf.id]


def _frame_filter(rule: _Rule, given: EthernetPacketFilter, side: int, known: Known) -> EthernetFilter:
    """An Ethernet packet filter; one for both directions has its ends exchanged where frames come the other
    way than where it was given whole (TS 29.244 8.2.99)."""
    rule.whole(given)
    whole, said_on = given, side
    if given.filter_id is not None and not _says(given):
        if given.filter_id not in known.frames:
            raise rule.refused("an Ethernet packet filter of which nothing is known but its id")
        whole, said_on = known.frames[given.filter_id]
    packets = tuple(_filter(rule, each, known) for each in whole.sdf_filters)
    try:
        made = frames.heard(whole, packets)
    except ValueError as wrong:
        raise rule.refused(str(wrong)) from wrong
    return made if said_on == side else made.turned()


def _says(given: EthernetPacketFilter) -> bool:
    tags = given.c_tag, given.s_tag, given.ethertype
    return bool(given.mac_addresses or given.sdf_filters) or any(each is not None for each in tags)


def _route(rule: _Rule, raw: bytes) -> str:
    """The destination of a framed route (RFC 2865 5.22): its first word."""
    try:
        return raw.decode("ascii").split()[0]
    except (UnicodeDecodeError, IndexError) as wrong:
        raise rule.refused("a framed route that cannot be read") from wrong


def instance_name(raw: bytes | None) -> str:
    """A network instance in text: as labels (like an APN) or as it is; both are about (8.2.4)."""
    if not raw:
        return ""
    try:
        name = a.name_from(raw)
        if name:
            return name.lower()
    except ValueError:
        pass
    return raw.decode("utf-8", "replace").lower()


def _far(far: CreateFar) -> n4.Far:
    rule = _Rule(FAR, far.far_id)
    rule.whole(far)
    rule.offers(duplicating=far.duplicating or far.apply_action & f.ApplyAction.DUPL)
    changes = _forwarding(rule, far.forwarding) if far.forwarding is not None else {}
    return n4.Far(far_id=far.far_id, action=_action(rule, far.apply_action), **changes)


def _updated_far(before: n4.Far, far: UpdateFar) -> n4.Far:
    rule = _Rule(FAR, far.far_id)
    rule.whole(far)
    rule.offers(duplicating=far.duplicating)
    changes = {} if far.forwarding is None else _forwarding(rule, far.forwarding)
    if far.apply_action is not None:
        changes["action"] = _action(rule, far.apply_action)
    flags = far.forwarding.sm_req_flags if isinstance(far.forwarding, UpdateForwardingParameters) else None
    changes["send_end_marker"] = bool((flags or 0) & f.SmReqFlags.SNDEM)
    return msgspec.structs.replace(before, **changes)


def _action(rule: _Rule, action: f.ApplyAction) -> n4.ApplyAction:
    """DROP, FORW or BUFF, with NOCP (8.2.26); other flags belong to features that are not offered."""
    kept = n4.ApplyAction(int(action) & 0x0F)
    if not kept & (n4.ApplyAction.DROP | n4.ApplyAction.FORW | n4.ApplyAction.BUFF):
        raise rule.refused(f"apply action {int(action):#x} is not offered")
    return kept


def _forwarding(rule: _Rule, forwarding: ForwardingParameters | UpdateForwardingParameters) -> dict[str, Any]:
    rule.whole(forwarding)
    rule.offers(
        redirection=forwarding.redirect,
        forwarding_policy=forwarding.forwarding_policy,
        header_enrichment=forwarding.header_enrichment,
        linked_traffic_endpoint=forwarding.linked_traffic_endpoint_id,
    )
    changes: dict[str, Any] = {}
    if forwarding.destination_interface is not None:
        if forwarding.destination_interface not in _INTERFACES:
            raise rule.refused(f"destination interface {forwarding.destination_interface} is not offered")
        changes["destination"] = _INTERFACES[forwarding.destination_interface]
    if forwarding.outer_header_creation is not None:
        changes["outer_header"] = _outer_header(rule, forwarding.outer_header_creation)
    elif a.OUTER_HEADER_CREATION.number in forwarding.removed:
        changes["outer_header"] = None
    if forwarding.transport_level_marking is not None:
        changes["marking"] = forwarding.transport_level_marking >> 10
    elif u.TRANSPORT_LEVEL_MARKING.number in forwarding.removed:
        changes["marking"] = 0
    return changes


def _outer_header(rule: _Rule, header: a.OuterHeaderCreation) -> n4.OuterHeader:
    address = header.ipv4 or header.ipv6
    if header.teid is None or address is None:
        raise rule.refused(f"outer header {int(header.description):#x} is not offered")
    return n4.OuterHeader(header.teid, str(address))


def _qer(qer: CreateQer) -> n4.Qer:
    rule = _Rule(QER, qer.qer_id)
    rule.whole(qer)
    rule.offers(packet_rate_enforcement=qer.packet_rate)
    return n4.Qer(
        qer_id=qer.qer_id,
        qfi=qer.qfi,
        gate_open=_is_open(rule, qer.gate_status),
        mbr=_rate(qer.mbr),
        gbr=_rate(qer.gbr),
        correlation=qer.correlation_id,
    )


def _updated_qer(before: n4.Qer, qer: UpdateQer) -> n4.Qer:
    rule = _Rule(QER, qer.qer_id)
    rule.whole(qer)
    rule.offers(packet_rate_enforcement=qer.packet_rate)
    changes: dict[str, Any] = {}
    for name, value, number in (
        ("mbr", _rate(qer.mbr), t.MBR.number),
        ("gbr", _rate(qer.gbr), t.GBR.number),
        ("qfi", qer.qfi, u.QFI.number),
        ("correlation", qer.correlation_id, u.QER_CORRELATION_ID.number),
    ):
        if value is not None or number in qer.removed:
            changes[name] = value
    if qer.gate_status is not None:
        changes["gate_open"] = _is_open(rule, qer.gate_status)
    return msgspec.structs.replace(before, **changes)


def _is_open(rule: _Rule, gate: t.GateStatus) -> bool:
    if bool(gate.uplink) != bool(gate.downlink):
        raise rule.refused("a gate open in one direction only is not offered")
    return not gate.uplink


def _rate(rate: t.BitRate | None) -> Ambr | None:
    return None if rate is None else Ambr(_bits(rate.uplink), _bits(rate.downlink))


def _bits(kilobits: int) -> int:
    return 0 if kilobits == UNLIMITED else kilobits * 1000


def _urr(urr: CreateUrr) -> n4.Urr:
    rule = _Rule(URR, urr.urr_id)
    rule.whole(urr)
    _limits(rule, urr)
    return n4.Urr(
        urr_id=urr.urr_id,
        threshold=_total(rule, urr.volume_threshold),
        time_threshold=urr.time_threshold,
        volume_quota=_total(rule, urr.volume_quota),
        time_quota=urr.time_quota,
        inactivity=urr.inactivity_detection_time,
    )


def _updated_urr(before: n4.Urr, urr: UpdateUrr) -> n4.Urr:
    rule = _Rule(URR, urr.urr_id)
    rule.whole(urr)
    _limits(rule, urr)
    changes: dict[str, Any] = {}
    for name, value, number in (
        ("threshold", _total(rule, urr.volume_threshold), n.VOLUME_THRESHOLD.number),
        ("time_threshold", urr.time_threshold, u.TIME_THRESHOLD.number),
        ("volume_quota", _total(rule, urr.volume_quota), n.VOLUME_QUOTA.number),
        ("time_quota", urr.time_quota, u.TIME_QUOTA.number),
        ("inactivity", urr.inactivity_detection_time, u.INACTIVITY_DETECTION_TIME.number),
    ):
        if value is not None or number in urr.removed:
            changes[name] = value
    return msgspec.structs.replace(before, **changes)


def _limits(rule: _Rule, urr: CreateUrr | UpdateUrr) -> None:
    rule.offers(
        event_measurement=urr.event_threshold or urr.event_quota,
        linked_usage_reporting=urr.linked_urr_ids,
        credit_pools=urr.aggregated_urrs,
        FAR_for_quota_action=urr.quota_action_far_id,
    )


def _total(rule: _Rule, volume: n.Volume | None) -> int | None:
    """Octets of both directions: what can be limited here."""
    if volume is None:
        return None
    if volume.total is None:
        raise rule.refused("a volume of one direction only is not offered")
    return volume.total
