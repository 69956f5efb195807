"""QoS rules of a session: changing them as told, and finding the flow of an uplink packet.

`change` and `change_flows` apply the operations of TS 24.501 9.11.4.12 and 9.11.4.13 with the checks of
6.4.1.3 and 6.3.2.4; `Classifier` tries the filters in the order of precedence (TS 23.501 5.7.1.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from pilot5g.wire import ethernet, ip
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.nas import (
    Component,
    Direction,
    FieldMatch,
    FlowLabelMatch,
    FlowOperation,
    GsmCause,
    Ipv4Match,
    Ipv6Match,
    MatchAll,
    PacketFilter,
    PortMatch,
    ProtocolMatch,
    QosFlowDescription,
    QosRule,
    RuleOperation,
    SpiMatch,
    TrafficClassMatch,
)

ESP, AH = 50, 51


class WrongRules(Exception):
    """The network's rules make no sense; `cause` is the 5GSM cause to say so with."""

    def __init__(self, cause: GsmCause, what: str) -> None:
        super().__init__(what)
        self.cause = cause


def change(existing: Iterable[QosRule], changes: Iterable[QosRule]) -> list[QosRule]:
    """The rules after the changes, by precedence. Raises WrongRules; `existing` is untouched then."""
    rules = {rule.identifier: rule for rule in existing}
    for wanted in changes:
        if not wanted.operation.assigned:
            raise WrongRules(GsmCause.SYNTACTICAL_ERROR_IN_QOS_OPERATION, "a reserved QoS rule operation")
        if wanted.operation == RuleOperation.DELETE:
            rules.pop(wanted.identifier, None)  # one that is not there is diagnosed as no error (6.3.2.4)
            continue
        old = rules.get(wanted.identifier)
        if wanted.operation != RuleOperation.CREATE and old is None:
            raise WrongRules(
                GsmCause.SEMANTIC_ERROR_IN_QOS_OPERATION, f"QoS rule {wanted.identifier} does not exist"
            )
        rules[wanted.identifier] = wanted if old is None else _CHANGES[wanted.operation](old, wanted)
    result = sorted(rules.values(), key=lambda rule: 256 if rule.precedence is None else rule.precedence)
    _check(result)
    return [msgspec.structs.replace(rule, operation=RuleOperation.CREATE) for rule in result]


def _add(old: QosRule, wanted: QosRule) -> QosRule:
    return _filters(old, wanted, {f.identifier: f for f in (*old.packet_filters, *wanted.packet_filters)})


def _replace(old: QosRule, wanted: QosRule) -> QosRule:
    return _filters(old, wanted, {f.identifier: f for f in wanted.packet_filters})


def _delete_filters(old: QosRule, wanted: QosRule) -> QosRule:
    gone = set(wanted.deleted_filters)
    return _filters(old, wanted, {f.identifier: f for f in old.packet_filters if f.identifier not in gone})


def _modify(old: QosRule, wanted: QosRule) -> QosRule:
    return _filters(old, wanted, {f.identifier: f for f in old.packet_filters})


def _filters(old: QosRule, wanted: QosRule, filters: Mapping[int, PacketFilter]) -> QosRule:
    """`old` with these filters, and precedence and QFI where `wanted` says them."""
    return msgspec.structs.replace(
        old,
        default=wanted.default,
        packet_filters=tuple(filters.values()),
        precedence=old.precedence if wanted.precedence is None else wanted.precedence,
        qfi=old.qfi if wanted.qfi is None else wanted.qfi,
        segregation=wanted.segregation if wanted.qfi is not None else old.segregation,
    )


_CHANGES: Mapping[RuleOperation, Callable[[QosRule, QosRule], QosRule]] = {
    RuleOperation.CREATE: lambda old, wanted: wanted,
    RuleOperation.ADD_FILTERS: _add,
    RuleOperation.REPLACE_FILTERS: _replace,
    RuleOperation.DELETE_FILTERS: _delete_filters,
    RuleOperation.MODIFY_WITHOUT_FILTERS: _modify,
}


def _check(rules: list[QosRule]) -> None:
    """One default rule, every rule with its own precedence, a QFI and filters (6.4.1.3 a)."""
    defaults = sum(rule.default for rule in rules)
    if defaults != 1:
        raise WrongRules(
            GsmCause.SEMANTIC_ERROR_IN_QOS_OPERATION, f"{defaults} default QoS rules, one expected"
        )
    if len({rule.precedence for rule in rules}) != len(rules):
        raise WrongRules(GsmCause.SEMANTIC_ERROR_IN_QOS_OPERATION, "two QoS rules of the same precedence")
    for rule in rules:
        if rule.qfi is None or rule.precedence is None or rule.identifier == 0:
            what = f"QoS rule {rule.identifier} has no QFI, precedence or identifier"
            raise WrongRules(GsmCause.SYNTACTICAL_ERROR_IN_QOS_OPERATION, what)
        if not rule.packet_filters:
            what = f"QoS rule {rule.identifier} has no packet filter"
            raise WrongRules(GsmCause.SEMANTIC_ERROR_IN_QOS_OPERATION, what)


def change_flows(
    existing: Iterable[QosFlowDescription], changes: Iterable[QosFlowDescription]
) -> list[QosFlowDescription]:
    """The QoS flow descriptions after the changes. Raises WrongRules."""
    flows = {flow.qfi: flow for flow in existing}
    for wanted in changes:
        if wanted.operation == FlowOperation.DELETE:
            flows.pop(wanted.qfi, None)
            continue
        old = flows.get(wanted.qfi)
        if wanted.operation == FlowOperation.MODIFY and old is None:
            raise WrongRules(
                GsmCause.SEMANTIC_ERROR_IN_QOS_OPERATION, f"QoS flow {wanted.qfi} does not exist"
            )
        if not wanted.operation.assigned:
            raise WrongRules(GsmCause.SYNTACTICAL_ERROR_IN_QOS_OPERATION, "a reserved QoS flow operation")
        merge = old is not None and wanted.operation == FlowOperation.MODIFY and not wanted.replace
        new = _merged(old, wanted) if merge and old is not None else wanted
        flows[wanted.qfi] = msgspec.structs.replace(new, operation=FlowOperation.CREATE, replace=False)
    return list(flows.values())


def _merged(old: QosFlowDescription, wanted: QosFlowDescription) -> QosFlowDescription:
    said = {
        name: value
        for name in QosFlowDescription.__struct_fields__
        if (value := getattr(wanted, name)) is not None and name not in ("operation", "replace", "others")
    }
    return msgspec.structs.replace(old, **said)


class Classifier:
    """Which QoS flow an uplink packet of a session belongs to."""

    __slots__ = ("_frames", "_rules", "only")

    def __init__(self, rules: Iterable[QosRule], *, frames: bool = False) -> None:
        """`rules` in the order of precedence, as `change` returns them; `frames`: its packets are Ethernet
        frames."""
        self._frames = frames
        self._rules: list[tuple[int, list[tuple[Component, ...]]]] = []
        for rule in rules:
            filters = [f.components for f in rule.packet_filters if f.direction & Direction.UPLINK]
            if rule.qfi is not None and filters:
                self._rules.append((rule.qfi, filters))
        first = self._rules[0] if self._rules else None
        match_all = first is not None and any(f == (MatchAll(),) for f in first[1])
        self.only = first[0] if first is not None and match_all else None
        """The one flow all packets go to, where the first rule takes everything; None otherwise."""

    def qfi(self, packet: bytes) -> int | None:
        """The flow of a packet, None where no rule takes it and it is dropped (TS 23.501 5.7.1.5)."""
        if self.only is not None:
            return self.only
        fits = _of_frame(packet) if self._frames else _of_packet(packet)
        if fits is None:
            return None
        for qfi, filters in self._rules:
            if any(all(map(fits, components)) for components in filters):
                return qfi
        return None


def _of_frame(octets: bytes) -> Callable[[Component], bool] | None:
    """What tells whether a component fits a frame: its head, or the packet in it (TS 24.501
    9.11.4.13). None for what is no frame."""
    head = ethernet.parse(octets)
    if head is None:
        return None
    inside = _of_packet(octets[head.at :]) if head.carries_ip else None

    def fits(component: Component) -> bool:
        if isinstance(component, FieldMatch):
            return _fits_frame(component, head)
        return isinstance(component, MatchAll) or (inside is not None and inside(component))

    return fits


def _of_packet(packet: bytes) -> Callable[[Component], bool] | None:
    flow = ip.flow(packet)
    return None if flow is None else lambda component: _matches(component, packet, flow)


DESTINATION, SOURCE, C_VID, S_VID, C_PCP, S_PCP, ETHERTYPE, DESTINATIONS, SOURCES = range(129, 138)
"""Types of packet filter components that look at frames (TS 24.501 table 9.11.4.13.1)."""


def _fits_frame(field: FieldMatch, head: ethernet.Frame) -> bool:
    kind, value, number = field.type, field.value, int.from_bytes(field.value)
    if kind in (DESTINATION, SOURCE):
        return value == (head.destination if kind == DESTINATION else head.source)
    if kind in (DESTINATIONS, SOURCES):
        return value[:6] <= (head.destination if kind == DESTINATIONS else head.source) <= value[6:]
    if kind == ETHERTYPE:
        return head.ethertype == number
    tag = head.c_tag if kind in (C_VID, C_PCP) else head.s_tag
    if tag is None:
        return False
    return tag & ethernet.VID == number & ethernet.VID if kind in (C_VID, S_VID) else tag >> 12 == number & 15


def _matches(component: Component, packet: bytes, flow: ip.Flow) -> bool:
    """Whether an uplink packet fits: what is remote is its destination."""
    match component:
        case MatchAll():
            return True
        case Ipv4Match(remote, address, mask):
            octets, bits = flow.destination if remote else flow.source, int(mask)
            return len(octets) == 4 and int.from_bytes(octets) & bits == int(address) & bits
        case Ipv6Match(remote, address6, prefix):
            octets, shift = flow.destination if remote else flow.source, max(0, 128 - prefix)
            return len(octets) == 16 and int.from_bytes(octets) >> shift == int(address6) >> shift
        case ProtocolMatch(number):
            return flow.protocol == number
        case PortMatch(remote, low, high):
            port = flow.destination_port if remote else flow.source_port
            return port is not None and low <= port <= (low if high is None else high)
        case TrafficClassMatch(value, mask8):
            return _traffic_class(packet) & mask8 == value & mask8
        case FlowLabelMatch(label):
            return packet[0] >> 4 == 6 and int.from_bytes(packet[1:4]) & 0xFFFFF == label
        case SpiMatch(index):
            return _spi(packet) == index
        case _:
            return False


def _traffic_class(packet: bytes) -> int:
    return packet[1] if packet[0] >> 4 == 4 else int.from_bytes(packet[:2]) >> 4 & 255


def _spi(packet: bytes) -> int | None:
    try:
        whole = ip.parse(packet)
    except DecodeError:
        return None
    start = {ESP: 0, AH: 4}.get(whole.protocol)
    if start is None or len(whole.payload) < start + 4:
        return None
    return int.from_bytes(whole.payload[start : start + 4])
