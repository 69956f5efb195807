"""Arbitrary PFCP values: a Hypothesis strategy for every element, group and message, from their tables."""

from typing import Any

from hypothesis import strategies as st

from pilot5g.wire.pfcp import Message, Pdu
from pilot5g.wire.pfcp.element import Ie
from pilot5g.wire.pfcp.grammar import GROUPS, MANDATORY, MESSAGES, Group
from pilot5g.wire.pfcp.ies import addresses as a
from pilot5g.wire.pfcp.ies import flags as f
from pilot5g.wire.pfcp.ies import node as n
from pilot5g.wire.pfcp.ies import numbers as u
from pilot5g.wire.pfcp.ies import traffic as t

U8, U16, U24, U32, U64 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 24, 32, 64))
SHORT = st.binary(min_size=1, max_size=12)
V4 = st.ip_addresses(v=4)
V6 = st.ip_addresses(v=6)
MAYBE4 = st.none() | V4
MAYBE6 = st.none() | V6
TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=10)
NAMES = st.lists(LABEL, min_size=1, max_size=3).map(".".join)
MAC = st.binary(min_size=6, max_size=6)
RATES = st.builds(t.PacketRate, st.integers(0, 4), U16)


def one_or_both(build: Any, *first: Any) -> st.SearchStrategy[Any]:
    """An endpoint with an IPv4 address, an IPv6 address, or both."""
    families = st.sampled_from([(True, False), (False, True), (True, True)])
    return families.flatmap(
        lambda has: st.builds(build, *first, V4 if has[0] else st.none(), V6 if has[1] else st.none())
    )


FTEIDS = one_or_both(a.FTeid, U32)
CHOICES = st.one_of(
    st.builds(a.ChooseFTeid, st.just(True), st.booleans(), st.none() | U8),
    st.builds(a.ChooseFTeid, st.just(False), st.just(True), st.none() | U8),
)
SDF = st.builds(
    t.SdfFilter,
    description=st.just("permit out ip from any to assigned") | TEXT,
    tos_traffic_class=st.none() | U16,
    security_parameter_index=st.none() | U32,
    flow_label=st.none() | st.integers(0, 0xFFFFF),
    id=st.none() | U32,
)
TAGS = st.builds(
    t.VlanTag,
    pcp=st.none() | st.integers(0, 7),
    dei=st.none() | st.integers(0, 1),
    vid=st.none() | st.integers(0, 4094),
)
VOLUMES = st.builds(n.Volume, total=st.none() | U64, uplink=st.none() | U64, downlink=st.none() | U64)
TIMERS = st.builds(n.TimerValue, st.sampled_from([0, 1, 2, 3, 4, 7]), st.integers(0, 31))


@st.composite
def ue_addresses(draw: st.DrawFn) -> a.UeIpAddress:
    v4, v6 = draw(st.sampled_from([(True, False), (False, True), (True, True)]))
    return a.UeIpAddress(
        ipv4=draw(V4) if v4 else None,
        ipv6=draw(V6) if v6 else None,
        destination=draw(st.booleans()),
        delegated_bits=draw(st.none() | st.integers(0, 64)) if v6 else None,
        prefix_length=draw(st.none() | st.integers(0, 64)) if v6 else None,
    )


@st.composite
def outer_headers(draw: st.DrawFn) -> a.OuterHeaderCreation:
    kind = draw(st.sampled_from(list(a.OuterHeader)[:8]))
    names = {a.OuterHeader.C_TAG: "c_tag", a.OuterHeader.S_TAG: "s_tag"}
    fields: dict[str, Any] = {}
    if kind in names:
        fields[names[kind]] = draw(TAGS.map(t.C_TAG.encode))
    elif "4" in str(kind.name):
        fields["ipv4"] = draw(V4)
    else:
        fields["ipv6"] = draw(V6)
    if str(kind.name).startswith("GTPU"):
        fields["teid"] = draw(U32)
    elif str(kind.name).startswith("UDP"):
        fields["port"] = draw(U16)
    return a.OuterHeaderCreation(description=kind, **fields)


@st.composite
def packet_rates(draw: st.DrawFn) -> t.PacketRates:
    up, down, more = draw(st.sampled_from([(1, 0, 0), (0, 1, 1), (1, 1, 0), (1, 1, 1)]))
    return t.PacketRates(
        uplink=draw(RATES) if up else None,
        downlink=draw(RATES) if down else None,
        additional_uplink=draw(RATES) if up and more else None,
        additional_downlink=draw(RATES) if down and more else None,
    )


BY_NUMBER: dict[int, st.SearchStrategy[Any]] = {
    u.CAUSE.number: st.sampled_from(list(u.Cause)).map(int),
    u.SOURCE_INTERFACE.number: st.integers(0, 4),
    u.DESTINATION_INTERFACE.number: st.integers(0, 5),
    u.PDN_TYPE.number: st.integers(1, 5),
    u.QFI.number: st.integers(0, 63),
    u.PAGING_POLICY_INDICATOR.number: st.integers(0, 7),
    u.INTERFACE_TYPE.number: st.integers(0, 28),
    u.RAT_TYPE.number: st.integers(1, 10),
    u.METRIC.number: st.integers(0, 100),
    u.FRAMED_ROUTING.number: st.integers(0, 3),
    u.DL_BUFFERING_SUGGESTED_PACKET_COUNT.number: U16,
    u.NETWORK_INSTANCE.number: NAMES.map(str.encode),
    u.APPLICATION_ID.number: NAMES.map(str.encode),
    u.ACTIVATE_PREDEFINED_RULES.number: NAMES.map(str.encode),
    u.DEACTIVATE_PREDEFINED_RULES.number: NAMES.map(str.encode),
    u.APPLICATION_INSTANCE_ID.number: TEXT.map(str.encode),
    u.FRAMED_ROUTE.number: TEXT.map(str.encode),
    u.FRAMED_IPV6_ROUTE.number: TEXT.map(str.encode),
    u.FQ_CSID.number: st.just(bytes.fromhex("01c0000201000705")),
    u.TRACE_INFORMATION.number: st.just(bytes.fromhex("00f110000001010001010004c0000201")),
    u.SMF_SET_ID.number: NAMES.map(lambda name: b"\0" + a.labels(name)),
    u.NF_INSTANCE_ID.number: st.binary(min_size=16, max_size=16),
    a.F_TEID.number: FTEIDS,
    a.F_SEID.number: one_or_both(a.FSeid, U64),
    a.NODE_ID.number: V4 | V6 | NAMES,
    a.OUTER_HEADER_CREATION.number: outer_headers(),
    a.UE_IP_ADDRESS.number: ue_addresses(),
    a.OUTER_HEADER_REMOVAL.number: st.builds(a.OuterHeaderRemoval, st.integers(0, 5))
    | st.builds(a.OuterHeaderRemoval, st.just(6), st.integers(0, 1)),
    a.REMOTE_GTP_U_PEER.number: st.builds(
        a.RemoteGtpuPeer,
        ipv4=V4,
        ipv6=MAYBE6,
        destination_interface=st.none() | st.integers(0, 5),
        network_instance=st.none() | NAMES.map(str.encode),
    ),
    a.APN_DNN.number: NAMES,
    a.ALTERNATIVE_SMF_IP_ADDRESS.number: one_or_both(a.IpAddress),
    a.CP_PFCP_ENTITY_IP_ADDRESS.number: one_or_both(a.IpAddress),
    t.SDF_FILTER.number: SDF,
    t.GATE_STATUS.number: st.builds(t.GateStatus, st.integers(0, 1), st.integers(0, 1)),
    t.MBR.number: st.builds(t.BitRate, st.integers(0, (1 << 40) - 1), st.integers(0, (1 << 40) - 1)),
    t.GBR.number: st.builds(t.BitRate, st.integers(0, (1 << 40) - 1), st.integers(0, (1 << 40) - 1)),
    t.REDIRECT_INFORMATION.number: st.builds(
        t.RedirectInformation, st.sampled_from([2, 3]), TEXT.map(str.encode), st.none()
    ),
    t.FORWARDING_POLICY.number: TEXT.map(str.encode),
    t.DOWNLINK_DATA_SERVICE_INFORMATION.number: st.builds(
        t.DownlinkDataServiceInformation, st.none() | st.integers(0, 63), st.none() | st.integers(0, 63)
    ),
    t.FLOW_INFORMATION.number: st.builds(t.FlowInformation, st.integers(0, 3), TEXT.map(str.encode)),
    t.PACKET_RATE.number: packet_rates(),
    t.DL_FLOW_LEVEL_MARKING.number: st.builds(
        t.DlFlowLevelMarking, tos_traffic_class=st.none() | U16, service_class_indicator=st.none() | U16
    ),
    t.HEADER_ENRICHMENT.number: st.builds(
        t.HeaderEnrichment, st.just(0), TEXT.map(str.encode), TEXT.map(str.encode)
    ),
    t.MAC_ADDRESS.number: st.builds(
        t.MacAddress,
        source=st.none() | MAC,
        destination=st.none() | MAC,
        upper_source=st.none() | MAC,
        upper_destination=st.none() | MAC,
    ),
    t.C_TAG.number: TAGS,
    t.S_TAG.number: TAGS,
    t.MAC_ADDRESSES_DETECTED.number: st.builds(
        t.MacAddresses, st.lists(MAC, min_size=1, max_size=3).map(tuple)
    ),
    t.MAC_ADDRESSES_REMOVED.number: st.builds(
        t.MacAddresses, st.lists(MAC, min_size=1, max_size=3).map(tuple)
    ),
    n.VOLUME_THRESHOLD.number: VOLUMES,
    n.SUBSEQUENT_VOLUME_THRESHOLD.number: VOLUMES,
    n.VOLUME_QUOTA.number: VOLUMES,
    n.SUBSEQUENT_VOLUME_QUOTA.number: VOLUMES,
    n.DL_BUFFERING_DURATION.number: TIMERS,
    n.TIMER.number: TIMERS,
    n.GRACEFUL_RELEASE_PERIOD.number: TIMERS,
    n.PFD_CONTENTS.number: st.builds(
        n.PfdContents,
        flow_description=st.none() | TEXT.map(str.encode),
        url=st.none() | TEXT.map(str.encode),
        domain_name=st.none() | TEXT.map(str.encode),
        custom=st.none() | TEXT.map(str.encode),
    ),
    n.VOLUME_MEASUREMENT.number: st.builds(
        n.VolumeMeasurement, **{name: st.none() | U64 for name in n.VolumeMeasurement.__struct_fields__}
    ),
    n.DROPPED_DL_TRAFFIC_THRESHOLD.number: st.builds(
        n.DroppedDlTraffic, packets=st.none() | U64, octets=st.none() | U64
    ),
    n.FAILED_RULE_ID.number: st.builds(n.FailedRule, st.sampled_from([0, 5]), U16)
    | st.builds(n.FailedRule, st.sampled_from([1, 2, 3]), U32)
    | st.builds(n.FailedRule, st.sampled_from([4, 6]), U8),
    n.TIME_QUOTA_MECHANISM.number: st.builds(n.TimeQuotaMechanism, st.integers(0, 1), U32),
    n.MULTIPLIER.number: st.builds(
        n.Multiplier, st.integers(-(1 << 63), (1 << 63) - 1), st.integers(-(1 << 31), (1 << 31) - 1)
    ),
    n.USER_ID.number: st.builds(
        n.UserId, imsi=st.just(bytes.fromhex("00010100000000f1")), nai=st.none() | TEXT.map(str.encode)
    ),
    n.UE_IP_ADDRESS_POOL_IDENTITY.number: TEXT.map(str.encode),
    n.S_NSSAI.number: st.builds(n.SNssai, U8, U24),
    n.OFFENDING_IE_INFORMATION.number: st.builds(n.OffendingIeInformation, U16, SHORT),
}
"""What the table of `numbers` and `flags` does not say by itself."""


def values_of(ie: Ie[Any]) -> st.SearchStrategy[Any]:
    """Values of one element."""
    if ie.number in GROUPS:
        return groups(GROUPS[ie.number])
    if ie.number in BY_NUMBER:
        return BY_NUMBER[ie.number]
    sample = ie.decode(bytes(16))
    if isinstance(sample, f.IntFlag):
        return st.lists(st.sampled_from(list(type(sample)))).map(lambda bits: combined(type(sample), bits))
    assert type(sample) is int, ie
    return st.integers(0, (1 << 8 * len(ie.encode(1))) - 1)


def combined(kind: Any, bits: list[Any]) -> Any:
    """Flags put together."""
    whole = kind(0)
    for bit in bits:
        whole |= bit
    return whole


def groups(cls: type[Group]) -> st.SearchStrategy[Any]:
    """Values of a group or message; its elements in any combination that its table allows."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for row in cls.TABLE.rows:
        values = st.deferred(lambda ie=row.ie: values_of(ie))
        if row.many:
            fields[row.name] = st.lists(values, min_size=int(row.need == MANDATORY), max_size=2).map(tuple)
        else:
            fields[row.name] = values if row.need == MANDATORY else st.none() | values
    return st.builds(cls, **fields)


def pdus(cls: type[Message]) -> st.SearchStrategy[Pdu]:
    """Whole messages of one type."""
    seid = U64 if cls.about_session() else st.none()
    return st.builds(Pdu, groups(cls), U24, seid, st.none() | st.integers(0, 15))


ANY = st.sampled_from(sorted(MESSAGES)).flatmap(lambda number: pdus(MESSAGES[number]))
"""Any message."""
