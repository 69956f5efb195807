"""N4 values to PFCP octets and back: what an SMF can mean arrives so, the rest is refused."""

from ipaddress import IPv4Address, IPv6Address
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.model import Ambr
from pilot5g.service import n4
from pilot5g.service.n4 import ApplyAction, Far, FTeid, OuterHeader, Pdr, Qer, Session, SourceInterface, Urr
from pilot5g.service.pfcp.inward import RuleRefused, establishment, instance_name, modification
from pilot5g.service.pfcp.outward import Known, Outward, after, known
from pilot5g.wire import pfcp
from pilot5g.wire.errors import Defect
from pilot5g.wire.ethernet import Ends, EthernetFilter, Range, Tag, one
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
    DuplicatingParameters,
    EthernetPacketFilter,
    ForwardingParameters,
    Pdi,
    RemoveQer,
    UpdateFar,
    UpdatePdr,
)

NODE = IPv4Address("192.0.2.1")
FSEID = a.FSeid(1, NODE)
U32 = st.integers(0, 0xFFFFFFFF)
IDS = st.integers(1, 0xFFFF)
V4 = st.ip_addresses(v=4).map(str)
V6 = st.ip_addresses(v=6).map(str)
PREFIXES = st.integers(0, (1 << 64) - 1).map(lambda high: f"{IPv6Address(high << 64)}/64")
UE = st.builds(n4.UeAddress, V4, st.none() | PREFIXES) | st.builds(n4.UeAddress, st.none(), PREFIXES)
RATES = st.none() | st.builds(
    Ambr, *(st.integers(1, 10**7).map(lambda kilobits: kilobits * 1000) for _ in range(2))
)
LIMIT = st.none() | st.integers(1, 1 << 40)
SECONDS = st.none() | st.integers(1, 1 << 31)
NAMES = st.sampled_from(["internet", "ims.example", "corporate-7"])


MAC = st.binary(min_size=6, max_size=6)
RANGE = st.none() | MAC.map(one) | st.builds(Range, MAC, MAC)
TAG = st.none() | st.builds(
    Tag, st.none() | st.integers(0, 4095), st.none() | st.integers(0, 7), st.none() | st.booleans()
)
FRAMES = st.builds(
    EthernetFilter,
    ends=st.lists(st.builds(Ends, RANGE, RANGE), max_size=2).map(tuple),
    ethertype=st.none() | st.integers(0, 0xFFFF),
    c_tag=TAG,
    s_tag=TAG,
    sdf_filters=st.sampled_from([(), ("permit out 17 from any to assigned",)]),
)


@st.composite
def sessions(draw: st.DrawFn, v6: bool = False) -> Session:
    """Sessions of any rules that this interface can say."""
    fars = draw(st.lists(IDS, min_size=1, max_size=3, unique=True))
    qers = draw(st.lists(IDS, max_size=2, unique=True))
    urrs = draw(st.lists(IDS, max_size=2, unique=True))
    address = draw(UE)

    def pdr(id_: int) -> Pdr:
        source = draw(st.sampled_from([SourceInterface.ACCESS, SourceInterface.CORE]))
        uplink = source is SourceInterface.ACCESS
        given_ = draw(st.booleans())
        return Pdr(
            pdr_id=id_,
            precedence=draw(U32),
            source=source,
            far_id=draw(st.sampled_from(fars)),
            qer_ids=tuple(qers),
            urr_ids=tuple(urrs),
            local_fteid=FTeid(draw(U32), draw(V6 if v6 else V4)) if uplink and given_ else None,
            choose=n4.Choose(draw(st.none() | st.integers(0, 255)), not v6, v6)
            if uplink and not given_
            else None,
            ue_address=address,
            sdf_filters=tuple(draw(st.lists(st.just("permit out ip from any to assigned"), max_size=2))),
            qfi=draw(st.none() | st.integers(0, 63)),
            network_instance=draw(NAMES),
            framed_routes=tuple(draw(st.sampled_from([[], ["192.0.2.0/24"], ["2001:db8:7::/48"]]))),
            ethernet=draw(st.booleans()),
            ethernet_filters=tuple(draw(st.lists(FRAMES, max_size=2))),
        )

    def far(id_: int) -> Far:
        if draw(st.booleans()):
            return Far(far_id=id_, action=ApplyAction.BUFF | ApplyAction.NOCP)
        header = st.none() | st.builds(OuterHeader, U32, V6 if v6 else V4)
        return Far(
            far_id=id_,
            action=ApplyAction.FORW,
            destination=draw(st.sampled_from(list(SourceInterface))),
            outer_header=draw(header),
            marking=draw(st.integers(0, 63)),
        )

    return Session(
        seid=7,
        dnn=draw(NAMES),
        pdrs=tuple(pdr(id_) for id_ in draw(st.lists(IDS, min_size=1, max_size=3, unique=True))),
        fars=tuple(far(id_) for id_ in fars),
        qers=tuple(
            Qer(
                qer_id=id_,
                qfi=draw(st.none() | st.integers(0, 63)),
                gate_open=draw(st.booleans()),
                mbr=draw(RATES),
                gbr=draw(RATES),
                correlation=draw(st.none() | U32),
            )
            for id_ in qers
        ),
        urrs=tuple(
            Urr(
                urr_id=id_,
                threshold=draw(LIMIT),
                time_threshold=draw(SECONDS),
                volume_quota=draw(LIMIT),
                time_quota=draw(SECONDS),
                inactivity=draw(SECONDS),
            )
            for id_ in urrs
        ),
        inactivity=draw(SECONDS),
    )


def through(message: pfcp.Message) -> Any:
    """A message as it is at the other end."""
    return pfcp.decode(pfcp.encode(pfcp.Pdu(message, 1, 0))).message


@given(st.booleans().flatmap(lambda v6: st.tuples(st.just(v6), sessions(v6))))
def test_an_establishment_arrives_as_it_was_meant(case: tuple[bool, Session]) -> None:
    """Every rule, to the last field."""
    v6, session = case
    request = through(Outward(ipv6=v6, packets=True).establishment(session, NODE, FSEID))
    assert establishment(request, 7, "internet") == session


@given(sessions(), sessions())
def test_a_modification_arrives_as_it_was_meant(before: Session, target: Session) -> None:
    """From any session to any other: rules updated, created and removed."""
    change = n4.Modification(
        seid=7,
        pdrs=target.pdrs,
        fars=target.fars,
        qers=target.qers,
        urrs=target.urrs,
        removed_pdrs=gone(known(before).pdrs, known(target).pdrs),
        removed_fars=gone(known(before).fars, known(target).fars),
        removed_qers=gone(known(before).qers, known(target).qers),
        removed_urrs=gone(known(before).urrs, known(target).urrs),
        inactivity=target.inactivity or 0,
        queried=tuple(sorted(known(target).urrs & known(before).urrs)),
        query_all=target.inactivity is None,
        drop_buffered=len(target.pdrs) > 1,
    )
    request = through(Outward().modification(change, known(before)))
    got = modification(request, before)
    assert by_id(got.pdrs, "pdr_id") == by_id(target.pdrs, "pdr_id")
    assert by_id(got.qers, "qer_id") == by_id(target.qers, "qer_id")
    assert by_id(got.urrs, "urr_id") == by_id(target.urrs, "urr_id")
    for id_, far in by_id(got.fars, "far_id").items():
        meant = by_id(target.fars, "far_id")[id_]
        assert far.action == meant.action
        if meant.action & ApplyAction.FORW:
            assert (far.destination, far.marking) == (meant.destination, meant.marking)
            assert far.outer_header == meant.outer_header
    assert (got.removed_pdrs, got.removed_fars) == (change.removed_pdrs, change.removed_fars)
    assert (got.queried, got.query_all, got.drop_buffered) == (
        change.queried,
        change.query_all,
        change.drop_buffered,
    )
    assert after(known(before), change) == known(target)


def gone(before: frozenset[int], target: frozenset[int]) -> tuple[int, ...]:
    return tuple(sorted(before - target))


def by_id(rules: tuple[Any, ...], name: str) -> dict[int, Any]:
    return {getattr(rule, name): rule for rule in rules}


def test_rules_that_stay_the_same_are_one_value() -> None:
    """A million sessions need not each remember which rules they have."""
    before = Known(frozenset({1}), frozenset({2}), frozenset(), frozenset())
    assert after(before, n4.Modification(seid=1)) is before


def test_a_filter_for_both_directions_is_given_once():
    """TS 29.244 8.2.99: by its id, and with both ends exchanged where frames come the other way."""
    whole = EthernetPacketFilter(
        filter_id=7,
        properties=f.OneFlag.SET,
        mac_addresses=(t.MacAddress(source=b"source", destination=b"target"),),
        ethertype=0x0800,
    )
    up = msgspec.structs.replace(PDR, pdi=Pdi(source_interface=0, ethernet_filters=(whole,)))
    again = (EthernetPacketFilter(filter_id=7),)
    same = CreatePdr(pdr_id=3, precedence=1, far_id=1, pdi=Pdi(source_interface=0, ethernet_filters=again))
    down = CreatePdr(pdr_id=2, precedence=1, far_id=1, pdi=Pdi(source_interface=1, ethernet_filters=again))
    request = SessionEstablishmentRequest(
        node_id=NODE, cp_fseid=FSEID, create_pdrs=(up, same, down), create_fars=(FAR,)
    )
    session = establishment(through(request), 1, "lan")
    there = EthernetFilter(ends=(Ends(one(b"source"), one(b"target")),), ethertype=0x0800)
    back = EthernetFilter(ends=(Ends(one(b"target"), one(b"source")),), ethertype=0x0800)
    assert [pdr.ethernet_filters for pdr in session.pdrs] == [(there,), (there,), (back,)]


PDI = Pdi(source_interface=0, local_fteid=a.ChooseFTeid())
PDR = CreatePdr(pdr_id=1, precedence=1, pdi=PDI, far_id=1)
FAR = CreateFar(far_id=1, apply_action=f.ApplyAction.DROP)
QER = CreateQer(qer_id=1, gate_status=t.GateStatus())
URR = CreateUrr(
    urr_id=1, measurement_method=f.MeasurementMethod.VOLUM, reporting_triggers=f.ReportingTriggers(0)
)
DEFECT = Defect(23, b"", "SDF Filter: 1 octets, at least 2 are expected")


def with_pdi(**changes: Any) -> CreatePdr:
    return msgspec.structs.replace(PDR, pdi=msgspec.structs.replace(PDI, **changes))


def with_forwarding(**changes: Any) -> CreateFar:
    forwarding = ForwardingParameters(destination_interface=1, **changes)
    return msgspec.structs.replace(FAR, forwarding=forwarding)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (msgspec.structs.replace(PDR, far_id=None), "PDR 1: FAR ID is missing"),
        (msgspec.structs.replace(PDR, activate_predefined_rules=(b"x",)), "activate predefined rules"),
        (with_pdi(source_interface=4), "source interface 4"),
        (with_pdi(traffic_endpoint_id=1), "traffic endpoint"),
        (with_pdi(application_id=b"x"), "application detection"),
        (with_pdi(ethernet_filters=(EthernetPacketFilter(filter_id=4),)), "nothing is known but its id"),
        (
            with_pdi(ethernet_filters=(EthernetPacketFilter(sdf_filters=(t.SdfFilter(id=4),)),)),
            "a packet filter without a flow description",
        ),
        (
            with_pdi(
                ethernet_filters=(EthernetPacketFilter(mac_addresses=(t.MacAddress(upper_source=bytes(6)),)),)
            ),
            "an end and no beginning",
        ),
        (with_pdi(ethernet_filters=(EthernetPacketFilter(defects=(DEFECT,)),)), "SDF Filter: 1 octets"),
        (with_pdi(qfis=(1, 2)), "several QFIs"),
        (with_pdi(defects=(DEFECT,)), "SDF Filter: 1 octets"),
        (with_pdi(sdf_filters=(t.SdfFilter(tos_traffic_class=1),)), "type of service filter"),
        (with_pdi(sdf_filters=(t.SdfFilter(id=4),)), "a packet filter without a flow description"),
        (with_pdi(ue_ip_addresses=(a.UeIpAddress(choose_ipv4=True),)), "UE address allocation"),
        (with_pdi(ue_ip_addresses=(a.UeIpAddress(ipv6=IPv6Address(1), prefix_length=56),)), "64 bits"),
        (with_pdi(framed_routes=(b"",)), "a framed route that cannot be read"),
        (msgspec.structs.replace(FAR, apply_action=f.ApplyAction.DUPL), "duplicating"),
        (msgspec.structs.replace(FAR, apply_action=f.ApplyAction(0)), "apply action 0x0"),
        (
            msgspec.structs.replace(FAR, duplicating=(DuplicatingParameters(destination_interface=4),)),
            "FAR 1: duplicating",
        ),
        (with_forwarding(redirect=t.RedirectInformation(2, b"x")), "redirection"),
        (with_forwarding(forwarding_policy=b"x"), "forwarding policy"),
        (
            with_forwarding(
                outer_header_creation=a.OuterHeaderCreation(description=a.OuterHeader.IPV4, ipv4=NODE)
            ),
            "outer header 0x10",
        ),
        (msgspec.structs.replace(QER, gate_status=t.GateStatus(1, 0)), "QER 1: a gate open in one direction"),
        (msgspec.structs.replace(QER, packet_rate=t.PacketRates(uplink=t.PacketRate(0, 1))), "packet rate"),
        (msgspec.structs.replace(URR, linked_urr_ids=(2,)), "URR 1: linked usage reporting"),
        (msgspec.structs.replace(URR, volume_threshold=n.Volume(uplink=5)), "one direction only"),
        (msgspec.structs.replace(URR, event_threshold=3), "event measurement"),
    ],
)
def test_what_is_not_offered_is_refused_by_rule(rule: Any, said: str) -> None:
    """Never passed over: the SMF meant it."""
    fields: dict[type, str] = {
        CreatePdr: "create_pdrs",
        CreateFar: "create_fars",
        CreateQer: "create_qers",
        CreateUrr: "create_urrs",
    }
    rules: dict[str, Any] = {"create_pdrs": (PDR,), "create_fars": (FAR,), fields[type(rule)]: (rule,)}
    with pytest.raises(RuleRefused) as refused:
        establishment(SessionEstablishmentRequest(node_id=NODE, cp_fseid=FSEID, **rules), 7, "internet")
    assert said in str(refused.value)
    assert refused.value.failed.id == 1


@pytest.mark.parametrize(
    "request_",
    [
        SessionModificationRequest(update_pdrs=(UpdatePdr(pdr_id=9),)),
        SessionModificationRequest(update_fars=(UpdateFar(far_id=9),)),
        SessionModificationRequest(remove_qers=(RemoveQer(qer_id=9),)),
    ],
)
def test_rules_that_are_not_there_cannot_be_changed(request_: SessionModificationRequest) -> None:
    """Updated or removed."""
    session = establishment(
        SessionEstablishmentRequest(node_id=NODE, cp_fseid=FSEID, create_pdrs=(PDR,), create_fars=(FAR,)),
        7,
        "internet",
    )
    with pytest.raises(RuleRefused, match="there is no such rule"):
        modification(request_, session)


def test_a_filter_for_both_directions_is_meant_wherever_its_id_is() -> None:
    """BID (8.2.5): the description comes once."""
    whole = with_pdi(sdf_filters=(t.SdfFilter(description="permit out ip from any to assigned", id=4),))
    by = msgspec.structs.replace(with_pdi(sdf_filters=(t.SdfFilter(id=4),)), pdr_id=2)
    request = SessionEstablishmentRequest(
        node_id=NODE, cp_fseid=FSEID, create_pdrs=(whole, by), create_fars=(FAR,)
    )
    session = establishment(request, 7, "internet")
    assert session.pdrs[1].sdf_filters == session.pdrs[0].sdf_filters


@pytest.mark.parametrize(
    ("raw", "name"),
    [(b"internet", "internet"), (b"\x08internet", "internet"), (b"\3ims\1x", "ims.x"), (None, "")],
)
def test_network_instances_are_text_or_labels(raw: bytes | None, name: str) -> None:
    """Both are about (8.2.4)."""
    assert instance_name(raw) == name


def test_a_session_without_a_dnn_goes_where_its_rules_go() -> None:
    """APN/DNN is optional: the network instance on N6, or the first data network there is."""
    core = with_pdi(source_interface=u.Interface.CORE, network_instance=b"corporate", local_fteid=None)
    for pdr, dnn in ((core, "corporate"), (PDR, "internet")):
        request = SessionEstablishmentRequest(
            node_id=NODE, cp_fseid=FSEID, create_pdrs=(pdr,), create_fars=(FAR,)
        )
        assert establishment(request, 7, "internet").dnn == dnn
