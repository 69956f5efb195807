"""The values of `service.n4` as PFCP elements: what an SMF sends (TS 29.244 7.5.2, 7.5.4)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

import msgspec

from pilot5g.model import Ambr
from pilot5g.service import n4
from pilot5g.service.pfcp import frames
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
    ForwardingParameters,
    Pdi,
    QueryUrr,
    RemoveFar,
    RemovePdr,
    RemoveQer,
    RemoveUrr,
    UpdateFar,
    UpdateForwardingParameters,
    UpdatePdr,
    UpdateQer,
    UpdateUrr,
)

DSCP_MASK = 0xFC


class Known(msgspec.Struct, frozen=True):
    """Which rules a UPF has of a session, by id: those are updated, others created."""

    pdrs: frozenset[int]
    fars: frozenset[int]
    qers: frozenset[int]
    urrs: frozenset[int]


def known(session: n4.Session) -> Known:
    """The rules of an establishment."""
    return Known(
        frozenset(pdr.pdr_id for pdr in session.pdrs),
        frozenset(far.far_id for far in session.fars),
        frozenset(qer.qer_id for qer in session.qers),
        frozenset(urr.urr_id for urr in session.urrs),
    )


def after(before: Known, change: n4.Modification) -> Known:
    """The rules after a change; the very same value where none comes or goes."""
    made = Known(
        (before.pdrs | {pdr.pdr_id for pdr in change.pdrs}) - set(change.removed_pdrs),
        (before.fars | {far.far_id for far in change.fars}) - set(change.removed_fars),
        (before.qers | {qer.qer_id for qer in change.qers}) - set(change.removed_qers),
        (before.urrs | {urr.urr_id for urr in change.urrs}) - set(change.removed_urrs),
    )
    return before if made == before else made


class Outward:
    """Writes requests for one UPF. `ipv6`: its N3 address is one; `packets`: it counts packets (MNOP)."""

    def __init__(self, *, ipv6: bool = False, packets: bool = False) -> None:
        self._ipv6 = ipv6
        self._packets = packets

    def establishment(
        self, session: n4.Session, node_id: a.NodeId, fseid: a.FSeid
    ) -> SessionEstablishmentRequest:
        """TS 29.244 7.5.2. Given F-TEIDs are those of a session that was there before (RESTI, 5.22)."""
        again = any(pdr.local_fteid is not None for pdr in session.pdrs)
        return SessionEstablishmentRequest(
            node_id=node_id,
            cp_fseid=fseid,
            create_pdrs=tuple(self._create_pdr(pdr) for pdr in session.pdrs),
            create_fars=tuple(_create_far(far) for far in session.fars),
            create_urrs=tuple(self._create_urr(urr) for urr in session.urrs),
            create_qers=tuple(_create_qer(qer) for qer in session.qers),
            pdn_type=_pdn_type(session),
            inactivity_timer=session.inactivity,
            dnn=session.dnn or None,
            se_req_flags=f.OneFlag.SET if again else None,
        )

    def modification(self, change: n4.Modification, has: Known) -> SessionModificationRequest:
        """TS 29.244 7.5.4: rules that the UPF `has` are updated, others created."""
        return SessionModificationRequest(
            remove_pdrs=tuple(RemovePdr(pdr_id=id_) for id_ in change.removed_pdrs),
            remove_fars=tuple(RemoveFar(far_id=id_) for id_ in change.removed_fars),
            remove_urrs=tuple(RemoveUrr(urr_id=id_) for id_ in change.removed_urrs),
            remove_qers=tuple(RemoveQer(qer_id=id_) for id_ in change.removed_qers),
            create_pdrs=tuple(self._create_pdr(p) for p in change.pdrs if p.pdr_id not in has.pdrs),
            create_fars=tuple(_create_far(far) for far in change.fars if far.far_id not in has.fars),
            create_urrs=tuple(self._create_urr(r) for r in change.urrs if r.urr_id not in has.urrs),
            create_qers=tuple(_create_qer(qer) for qer in change.qers if qer.qer_id not in has.qers),
            update_pdrs=tuple(self._update_pdr(p) for p in change.pdrs if p.pdr_id in has.pdrs),
            update_fars=tuple(_update_far(far) for far in change.fars if far.far_id in has.fars),
            update_urrs=tuple(self._update_urr(r) for r in change.urrs if r.urr_id in has.urrs),
            update_qers=tuple(_update_qer(qer) for qer in change.qers if qer.qer_id in has.qers),
            inactivity_timer=change.inactivity,
            sm_req_flags=_request_flags(change),
            query_urrs=tuple(QueryUrr(urr_id=id_) for id_ in change.queried),
        )

    def _create_pdr(self, pdr: n4.Pdr) -> CreatePdr:
        return CreatePdr(
            pdr_id=pdr.pdr_id,
            precedence=pdr.precedence,
            pdi=self._pdi(pdr),
            outer_header_removal=self._removal(pdr),
            far_id=pdr.far_id,
            urr_ids=pdr.urr_ids,
            qer_ids=pdr.qer_ids,
        )

    def _update_pdr(self, pdr: n4.Pdr) -> UpdatePdr:
        lists = ((u.QER_ID, pdr.qer_ids), (u.URR_ID, pdr.urr_ids))
        return UpdatePdr(
            removed=tuple(ie.number for ie, given in lists if not given),
            pdr_id=pdr.pdr_id,
            outer_header_removal=self._removal(pdr),
            precedence=pdr.precedence,
            pdi=self._pdi(pdr),
            far_id=pdr.far_id,
            urr_ids=pdr.urr_ids,
            qer_ids=pdr.qer_ids,
        )

    def _removal(self, pdr: n4.Pdr) -> a.OuterHeaderRemoval | None:
        tunnelled = pdr.local_fteid is not None or pdr.choose is not None
        by_access = pdr.source is n4.SourceInterface.ACCESS
        return a.OuterHeaderRemoval(int(self._ipv6)) if tunnelled or by_access else None

    def _pdi(self, pdr: n4.Pdr) -> Pdi:
        routes = pdr.framed_routes
        return Pdi(
            source_interface=pdr.source,
            local_fteid=self._fteid(pdr),
            network_instance=pdr.network_instance.encode() or None,
            ue_ip_addresses=_ue_address(pdr),
            sdf_filters=tuple(t.SdfFilter(description=each) for each in pdr.sdf_filters),
            ethernet_pdu_session=f.OneFlag.SET if pdr.ethernet else None,
            ethernet_filters=tuple(frames.told(each) for each in pdr.ethernet_filters),
            qfis=(pdr.qfi,) if pdr.qfi is not None else (),
            framed_routes=tuple(each.encode() for each in routes if ":" not in each),
            framed_ipv6_routes=tuple(each.encode() for each in routes if ":" in each),
        )

    def _fteid(self, pdr: n4.Pdr) -> a.FTeid | a.ChooseFTeid | None:
        if pdr.choose is not None:
            return a.ChooseFTeid(not self._ipv6, self._ipv6, pdr.choose.id)
        return None if pdr.local_fteid is None else fteid(pdr.local_fteid)

    def _create_urr(self, urr: n4.Urr) -> CreateUrr:
        return CreateUrr(urr_id=urr.urr_id, **self._urr(urr))

    def _update_urr(self, urr: n4.Urr) -> UpdateUrr:
        limits = (
            (n.VOLUME_THRESHOLD, urr.threshold),
            (n.VOLUME_QUOTA, urr.volume_quota),
            (u.TIME_THRESHOLD, urr.time_threshold),
            (u.TIME_QUOTA, urr.time_quota),
            (u.INACTIVITY_DETECTION_TIME, urr.inactivity),
        )
        gone = tuple(ie.number for ie, limit in limits if limit is None)
        return UpdateUrr(urr_id=urr.urr_id, **self._urr(urr), removed=gone)

    def _urr(self, urr: n4.Urr) -> dict[str, Any]:
        method = f.MeasurementMethod.VOLUM
        triggers = f.ReportingTriggers(0)
        for limit, trigger in (
            (urr.threshold, f.ReportingTriggers.VOLTH),
            (urr.time_threshold, f.ReportingTriggers.TIMTH),
            (urr.volume_quota, f.ReportingTriggers.VOLQU),
            (urr.time_quota, f.ReportingTriggers.TIMQU),
        ):
            if limit is not None:
                triggers |= trigger
        if triggers & (f.ReportingTriggers.TIMTH | f.ReportingTriggers.TIMQU):
            method |= f.MeasurementMethod.DURAT
        return {
            "measurement_method": method,
            "reporting_triggers": triggers,
            "volume_threshold": _volume(urr.threshold),
            "volume_quota": _volume(urr.volume_quota),
            "time_threshold": urr.time_threshold,
            "time_quota": urr.time_quota,
            "inactivity_detection_time": urr.inactivity,
            "measurement_information": f.MeasurementInformation.MNOP if self._packets else None,
        }


def _request_flags(change: n4.Modification) -> f.SmReqFlags | None:
    flags = f.SmReqFlags.QAURR if change.query_all else f.SmReqFlags(0)
    if change.drop_buffered:
        flags |= f.SmReqFlags.DROBU
    return flags or None


def fteid(value: n4.FTeid) -> a.FTeid:
    """An endpoint with its one address."""
    address = ip_address(value.address)
    if isinstance(address, IPv4Address):
        return a.FTeid(value.teid, address, None)
    return a.FTeid(value.teid, None, address)


def _ue_address(pdr: n4.Pdr) -> tuple[a.UeIpAddress, ...]:
    """The phone's address: the source of uplink packets, the destination of downlink ones (8.2.62)."""
    if pdr.ue_address is None:
        return ()
    four, six = pdr.ue_address.ipv4, pdr.ue_address.ipv6_prefix
    if four is None and six is None:
        return ()
    address = a.UeIpAddress(
        ipv4=IPv4Address(four) if four is not None else None,
        ipv6=IPv6Network(six).network_address if six is not None else None,
        destination=pdr.source is not n4.SourceInterface.ACCESS,
    )
    return (address,)


def _volume(octets: int | None) -> n.Volume | None:
    return None if octets is None else n.Volume(total=octets)


def _pdn_type(session: n4.Session) -> int | None:
    for pdr in session.pdrs:
        if pdr.ethernet:
            return u.PdnType.ETHERNET
        if (address := pdr.ue_address) is not None:
            if address.ipv4 is None:
                return u.PdnType.IPV6
            return u.PdnType.IPV4 if address.ipv6_prefix is None else u.PdnType.IPV4V6
    return None


def _forwarding(far: n4.Far) -> dict[str, Any]:
    return {
        "destination_interface": far.destination,
        "outer_header_creation": _outer_header(far.outer_header),
        "transport_level_marking": far.marking << 10 | DSCP_MASK if far.marking else None,
    }


def _create_far(far: n4.Far) -> CreateFar:
    return CreateFar(
        far_id=far.far_id,
        apply_action=f.ApplyAction(int(far.action)),
        forwarding=ForwardingParameters(**_forwarding(far)) if far.destination is not None else None,
    )


def _update_far(far: n4.Far) -> UpdateFar:
    forwarding = None
    if far.destination is not None:
        said = _forwarding(far) | {"transport_level_marking": far.marking << 10 | DSCP_MASK}
        forwarding = UpdateForwardingParameters(
            **said,
            sm_req_flags=f.SmReqFlags.SNDEM if far.send_end_marker else None,
            removed=() if far.outer_header is not None else (a.OUTER_HEADER_CREATION.number,),
        )
    return UpdateFar(far_id=far.far_id, apply_action=f.ApplyAction(int(far.action)), forwarding=forwarding)


def _outer_header(header: n4.OuterHeader | None) -> a.OuterHeaderCreation | None:
    if header is None:
        return None
    address = ip_address(header.address)
    if isinstance(address, IPv6Address):
        description = a.OuterHeader.GTPU_UDP_IPV6
        return a.OuterHeaderCreation(description=description, teid=header.teid, ipv6=address)
    description = a.OuterHeader.GTPU_UDP_IPV4
    return a.OuterHeaderCreation(description=description, teid=header.teid, ipv4=address)


def _qer(qer: n4.Qer) -> dict[str, Any]:
    closed = 0 if qer.gate_open else 1
    return {
        "correlation_id": qer.correlation,
        "gate_status": t.GateStatus(closed, closed),
        "mbr": _rate(qer.mbr),
        "gbr": _rate(qer.gbr),
        "qfi": qer.qfi,
    }


def _create_qer(qer: n4.Qer) -> CreateQer:
    return CreateQer(qer_id=qer.qer_id, **_qer(qer))


def _update_qer(qer: n4.Qer) -> UpdateQer:
    fields = _qer(qer)
    optional = (
        (t.MBR, fields["mbr"]),
        (t.GBR, fields["gbr"]),
        (u.QFI, qer.qfi),
        (u.QER_CORRELATION_ID, qer.correlation),
    )
    gone = tuple(ie.number for ie, value in optional if value is None)
    return UpdateQer(qer_id=qer.qer_id, **fields, removed=gone)


UNLIMITED = (1 << 40) - 1
"""The greatest rate that an element can say; it stands for none."""


def _rate(rate: Ambr | None) -> t.BitRate | None:
    """Kilobits a second, rounded up: a rate that was granted is not cut (8.2.8)."""
    if rate is None or not (rate.uplink or rate.downlink):
        return None
    return t.BitRate(_kilobits(rate.uplink), _kilobits(rate.downlink))


def _kilobits(rate: int) -> int:
    return min(-(-rate // 1000), UNLIMITED) if rate else UNLIMITED
