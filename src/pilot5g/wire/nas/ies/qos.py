"""QoS rules with their packet filters, and QoS flow descriptions (TS 24.501 9.11.4.12, 9.11.4.13).

A rule says which packets belong to which flow, a description says what the flow is promised. A packet filter
is a list of components, one class per shape below; a component whose type is not known takes the rest of its
filter with it, for nothing says how long it is.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import msgspec

from pilot5g.wire.nas.ies.base import CodePoint, exactly, first
from pilot5g.wire.nas.ies.session import read_rate, write_rate
from pilot5g.wire.nas.table import Ie


class RuleOperation(CodePoint):
    """What to do with a QoS rule (table 9.11.4.13.1)."""

    CREATE = 1
    DELETE = 2
    ADD_FILTERS = 3
    REPLACE_FILTERS = 4
    DELETE_FILTERS = 5
    MODIFY_WITHOUT_FILTERS = 6


class Direction(CodePoint):
    """Which way the packets of a filter go."""

    DOWNLINK = 1
    UPLINK = 2
    BIDIRECTIONAL = 3


class MatchAll(msgspec.Struct, frozen=True):
    """Every packet (type 1)."""


class Ipv4Match(msgspec.Struct, frozen=True):
    """An IPv4 address and mask, `remote` or the UE's own (types 16, 17)."""

    remote: bool
    address: IPv4Address
    mask: IPv4Address = IPv4Address("255.255.255.255")


class Ipv6Match(msgspec.Struct, frozen=True):
    """An IPv6 address and prefix length, `remote` or the UE's own (types 33, 35)."""

    remote: bool
    address: IPv6Address
    prefix: int = 128


class ProtocolMatch(msgspec.Struct, frozen=True):
    """An IP protocol or IPv6 next header number (type 48)."""

    number: int


class PortMatch(msgspec.Struct, frozen=True):
    """A port, or a range of ports where `high` is given, `remote` or the UE's own (types 64, 65, 80, 81)."""

    remote: bool
    low: int
    high: int | None = None


class SpiMatch(msgspec.Struct, frozen=True):
    """An IPsec security parameter index (type 96)."""

    index: int


class TrafficClassMatch(msgspec.Struct, frozen=True):
    """Type of service or traffic class under a mask (type 112)."""

    value: int
    mask: int = 255


class FlowLabelMatch(msgspec.Struct, frozen=True):
    """An IPv6 flow label (type 128)."""

    label: int


class FieldMatch(msgspec.Struct, frozen=True):
    """An Ethernet field (types 129 to 137): MAC addresses, VLAN tags, Ethertype, as octets."""

    type: int
    value: bytes


class UnknownMatch(msgspec.Struct, frozen=True):
    """A component of a type that is not known, with all that follows it in the filter."""

    octets: bytes


Component = (
    MatchAll
    | Ipv4Match
    | Ipv6Match
    | ProtocolMatch
    | PortMatch
    | SpiMatch
    | TrafficClassMatch
    | FlowLabelMatch
    | FieldMatch
    | UnknownMatch
)
"""One condition of a packet filter; all of a filter's must hold."""


class PacketFilter(msgspec.Struct, frozen=True):
    """A packet filter of a QoS rule; `identifier` is 0 to 15."""

    identifier: int
    direction: Direction = Direction.BIDIRECTIONAL
    components: tuple[Component, ...] = (MatchAll(),)


class QosRule(msgspec.Struct, frozen=True, kw_only=True):
    """One QoS rule. To delete filters only their identifiers are said, in `deleted_filters`.

    `precedence` and `qfi` are absent where the operation leaves them as they are.
    """

    identifier: int
    operation: RuleOperation = RuleOperation.CREATE
    default: bool = False
    packet_filters: tuple[PacketFilter, ...] = ()
    deleted_filters: tuple[int, ...] = ()
    precedence: int | None = None
    qfi: int | None = None
    segregation: bool = False


SIZES = {1: 0, 16: 8, 17: 8, 33: 17, 35: 17, 48: 1, 64: 2, 65: 4, 80: 2, 81: 4, 96: 4, 112: 2, 128: 3} | {
    129: 6,
    130: 6,
    131: 2,
    132: 2,
    133: 1,
    134: 1,
    135: 2,
    136: 12,
    137: 12,
}
"""How many octets follow a component's type (table 9.11.4.13.1)."""


def decode_components(octets: bytes) -> tuple[Component, ...]:
    """Read the contents of a packet filter. Raises ValueError."""
    components: list[Component] = []
    at = 0
    while at < len(octets):
        kind = octets[at]
        size = SIZES.get(kind)
        if size is None:
            components.append(UnknownMatch(octets[at:]))
            break
        value = exactly(octets[at + 1 :], size)
        components.append(_component(kind, value))
        at += 1 + size
    return tuple(components)


def _component(kind: int, value: bytes) -> Component:
    if kind == 1:
        return MatchAll()
    if kind in (16, 17):
        return Ipv4Match(kind == 16, IPv4Address(value[:4]), IPv4Address(value[4:]))
    if kind in (33, 35):
        return Ipv6Match(kind == 33, IPv6Address(value[:16]), value[16])
    if kind == 48:
        return ProtocolMatch(value[0])
    if kind in (64, 80):
        return PortMatch(kind == 80, int.from_bytes(value, "big"))
    if kind in (65, 81):
        return PortMatch(kind == 81, int.from_bytes(value[:2], "big"), int.from_bytes(value[2:], "big"))
    if kind == 96:
        return SpiMatch(int.from_bytes(value, "big"))
    if kind == 112:
        return TrafficClassMatch(value[0], value[1])
    if kind == 128:
        return FlowLabelMatch(int.from_bytes(value, "big") & 0xFFFFF)
    return FieldMatch(kind, value)


def encode_component(component: Component) -> bytes:
    """Write one component with its type. Raises ValueError."""
    match component:
        case Ipv4Match(remote, address, mask):
            return bytes((16 if remote else 17,)) + address.packed + mask.packed
        case Ipv6Match(remote, address6, prefix):
            return bytes((33 if remote else 35,)) + address6.packed + bytes((prefix,))
        case PortMatch(remote, low, high):
            first_port = low.to_bytes(2, "big")
            if high is None:
                return bytes((80 if remote else 64,)) + first_port
            return bytes((81 if remote else 65,)) + first_port + high.to_bytes(2, "big")
        case FieldMatch(kind, octets):
            if len(octets) != SIZES.get(kind):
                raise ValueError(f"{len(octets)} octets for packet filter component type {kind}")
            return bytes((kind,)) + octets
        case _:
            return _encode_number(component)


def _encode_number(
    component: MatchAll | ProtocolMatch | SpiMatch | TrafficClassMatch | FlowLabelMatch | UnknownMatch,
) -> bytes:
    match component:
        case ProtocolMatch(number):
            return bytes((48, number))
        case SpiMatch(index):
            return b"\x60" + index.to_bytes(4, "big")
        case TrafficClassMatch(value, mask):
            return bytes((112, value, mask))
        case FlowLabelMatch(label):
            return b"\x80" + label.to_bytes(3, "big")
        case UnknownMatch(octets):
            return octets
        case MatchAll():
            return b"\x01"


def decode_rules(octets: bytes) -> tuple[QosRule, ...]:
    """Read QoS rules. Raises ValueError."""
    rules: list[QosRule] = []
    at = 0
    while at < len(octets):
        head = exactly(octets[at:], 3)
        end = at + 3 + int.from_bytes(head[1:], "big")
        if end > len(octets):
            raise ValueError("a QoS rule runs past the end")
        rules.append(_rule(head[0], octets[at + 3 : end]))
        at = end
    return tuple(rules)


def _rule(identifier: int, body: bytes) -> QosRule:
    head = first(body)
    operation = RuleOperation(head >> 5)
    filters: list[PacketFilter] = []
    deleted: list[int] = []
    at = 1
    for _ in range(head & 15):
        if operation == RuleOperation.DELETE_FILTERS:
            deleted.append(first(body[at:]) & 15)
            at += 1
            continue
        start = exactly(body[at:], 2)
        end = at + 2 + start[1]
        if end > len(body):
            raise ValueError("a packet filter runs past the end of its rule")
        components = decode_components(body[at + 2 : end])
        filters.append(PacketFilter(start[0] & 15, Direction(start[0] >> 4 & 3), components))
        at = end
    rest = body[at:]
    return QosRule(
        identifier=identifier,
        operation=operation,
        default=bool(head & 16),
        packet_filters=tuple(filters),
        deleted_filters=tuple(deleted),
        precedence=rest[0] if rest else None,
        qfi=rest[1] & 63 if len(rest) > 1 else None,
        segregation=len(rest) > 1 and bool(rest[1] & 64),
    )


def encode_rules(rules: tuple[QosRule, ...]) -> bytes:
    """Write QoS rules. Raises ValueError."""
    out = bytearray()
    for rule in rules:
        body = _rule_body(rule)
        out.append(rule.identifier)
        out += len(body).to_bytes(2, "big")
        out += body
    return bytes(out)


def _rule_body(rule: QosRule) -> bytes:
    delete = rule.operation == RuleOperation.DELETE_FILTERS
    count = len(rule.deleted_filters if delete else rule.packet_filters)
    if count > 15:
        raise ValueError(f"{count} packet filters in a QoS rule, at most 15 fit")
    body = bytearray((rule.operation * 32 | int(rule.default) * 16 | count,))
    if delete:
        body += bytes(rule.deleted_filters)
    else:
        for entry in rule.packet_filters:
            contents = b"".join(encode_component(component) for component in entry.components)
            body += bytes((entry.direction * 16 | entry.identifier, len(contents)))
            body += contents
    if rule.qfi is not None and rule.precedence is None:
        raise ValueError("a QoS rule with a QFI has a precedence")
    if rule.precedence is not None:
        body.append(rule.precedence)
    if rule.qfi is not None:
        body.append(rule.qfi | int(rule.segregation) * 64)
    return bytes(body)


QOS_RULES: Ie[tuple[QosRule, ...]] = Ie(decode_rules, encode_rules, kept=True)


class FlowOperation(CodePoint):
    """What to do with a QoS flow description (table 9.11.4.12.1)."""

    CREATE = 1
    DELETE = 2
    MODIFY = 3


class QosFlowDescription(msgspec.Struct, frozen=True, kw_only=True):
    """One QoS flow description; rates in bit/s, the averaging window in milliseconds.

    `replace` (bit E) with MODIFY: what is not said is dropped. `others` are parameters that are not known.
    """

    qfi: int
    operation: FlowOperation = FlowOperation.CREATE
    replace: bool = False
    five_qi: int | None = None
    gfbr_uplink: int | None = None
    gfbr_downlink: int | None = None
    mfbr_uplink: int | None = None
    mfbr_downlink: int | None = None
    averaging_window: int | None = None
    eps_bearer_identity: int | None = None
    others: tuple[tuple[int, bytes], ...] = ()


_PARAMETERS = {
    1: "five_qi",
    2: "gfbr_uplink",
    3: "gfbr_downlink",
    4: "mfbr_uplink",
    5: "mfbr_downlink",
    6: "averaging_window",
    7: "eps_bearer_identity",
}


def decode_flows(octets: bytes) -> tuple[QosFlowDescription, ...]:
    """Read QoS flow descriptions. Raises ValueError."""
    flows: list[QosFlowDescription] = []
    at = 0
    while at < len(octets):
        head = exactly(octets[at:], 3)
        at += 3
        values: dict[str, int] = {}
        others: list[tuple[int, bytes]] = []
        for _ in range(head[2] & 63):
            kind, size = exactly(octets[at:], 2)
            content = exactly(octets[at + 2 :], size)
            at += 2 + size
            name = _PARAMETERS.get(kind)
            if name is None:
                others.append((kind, content))
            else:
                values[name] = _parameter(kind, content)
        flows.append(
            QosFlowDescription(
                qfi=head[0] & 63,
                operation=FlowOperation(head[1] >> 5),
                replace=bool(head[2] & 64) and head[1] >> 5 == FlowOperation.MODIFY,
                others=tuple(others),
                **values,
            )
        )
    return tuple(flows)


def _parameter(kind: int, content: bytes) -> int:
    if kind == 1:
        return first(content)
    if kind == 6:
        return int.from_bytes(exactly(content, 2), "big")
    if kind == 7:
        return first(content) >> 4
    return read_rate(content)


def _from_parameter(kind: int, value: int) -> bytes:
    if kind == 1:
        return bytes((value,))
    if kind == 6:
        return value.to_bytes(2, "big")
    if kind == 7:
        return bytes((value * 16,))
    return write_rate(value)


def encode_flows(flows: tuple[QosFlowDescription, ...]) -> bytes:
    """Write QoS flow descriptions. Raises ValueError."""
    out = bytearray()
    for flow in flows:
        parameters = [
            (kind, _from_parameter(kind, value))
            for kind, name in _PARAMETERS.items()
            if (value := getattr(flow, name)) is not None
        ]
        parameters += flow.others
        if len(parameters) > 63:
            raise ValueError(f"{len(parameters)} parameters of a QoS flow, at most 63 fit")
        create = flow.operation == FlowOperation.CREATE
        extended = 64 if create or flow.replace else 0
        out += bytes((flow.qfi, flow.operation * 32, extended | len(parameters)))
        for kind, content in parameters:
            out += bytes((kind, len(content)))
            out += content
    return bytes(out)


QOS_FLOWS: Ie[tuple[QosFlowDescription, ...]] = Ie(decode_flows, encode_flows, kept=True)
