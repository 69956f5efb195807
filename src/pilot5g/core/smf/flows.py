"""QoS flows beside the default one of an Ethernet session: which frames belong to them (TS 23.501 5.7.6.3).

The SMF's own policy names them for a data network. A filter is said to the phone as QoS rules (TS 24.501
9.11.4.13) and to the UPF as PDRs (TS 29.244 7.5.2.2-3); the radio hears of flows alone.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import msgspec

from pilot5g.wire import nas
from pilot5g.wire.ethernet import EthernetFilter, Range, Tag
from pilot5g.wire.nas import Direction, FieldMatch, PacketFilter

DEFAULT_RULE = 1
"""QoS rule, packet filter and QoS flow of the default flow; those of the others follow."""
MOST = 7
"""Flows beside it: a session has 15 packet filters, and one may need two."""
STEP = 10
"""Between the precedences of two flows, which are tried in their order."""


class Flow(msgspec.Struct, frozen=True):
    """One of them. `frames` are those of phones that belong to it; those to phones are the same turned."""

    qfi: int
    five_qi: int
    frames: EthernetFilter

    @property
    def precedence(self) -> int:
        """Of its QoS rule and PDRs: the lower, the earlier."""
        return STEP * (self.qfi - DEFAULT_RULE)


@functools.lru_cache(maxsize=256)
def qos_rules(flows: tuple[Flow, ...]) -> tuple[nas.QosRule, ...]:
    """What the phone is told of them."""
    identifiers = iter(range(DEFAULT_RULE + 1, 16))
    return tuple(
        nas.QosRule(
            identifier=flow.qfi,
            packet_filters=tuple(_filters(flow.frames, identifiers)),
            precedence=flow.precedence,
            qfi=flow.qfi,
        )
        for flow in flows
    )


def descriptions(flows: tuple[Flow, ...]) -> tuple[nas.QosFlowDescription, ...]:
    """And what they are promised."""
    return tuple(nas.QosFlowDescription(qfi=flow.qfi, five_qi=flow.five_qi) for flow in flows)


def _filters(frames: EthernetFilter, identifiers: Iterator[int]) -> Iterator[PacketFilter]:
    """One for both directions, or one for each where it says who sends."""
    if not frames.ends:
        yield PacketFilter(next(identifiers), Direction.BIDIRECTIONAL, _components(frames))
        return
    yield PacketFilter(next(identifiers), Direction.UPLINK, _components(frames))
    yield PacketFilter(next(identifiers), Direction.DOWNLINK, _components(frames.turned()))


def _components(frames: EthernetFilter) -> tuple[nas.Component, ...]:
    """TS 24.501 table 9.11.4.13.1, types 129 to 137."""
    found: list[nas.Component] = []
    for ends in frames.ends[:1]:  # all components of a filter must fit, so it names one pair of ends
        found += _addresses(ends.destination, 129, 136)
        found += _addresses(ends.source, 130, 137)
    found += _tag(frames.c_tag, 131, 133)
    found += _tag(frames.s_tag, 132, 134)
    if frames.ethertype is not None:
        found.append(FieldMatch(135, frames.ethertype.to_bytes(2, "big")))
    return tuple(found)


def _addresses(given: Range | None, one: int, several: int) -> list[FieldMatch]:
    if given is None:
        return []
    return [
        FieldMatch(one, given.low) if given.low == given.high else FieldMatch(several, given.low + given.high)
    ]


def _tag(tag: Tag | None, vid: int, priority: int) -> list[FieldMatch]:
    found = []
    if tag is not None and tag.vid is not None:
        found.append(FieldMatch(vid, tag.vid.to_bytes(2, "big")))
    if tag is not None and tag.pcp is not None:
        found.append(FieldMatch(priority, bytes((tag.pcp << 1 | bool(tag.dei),))))
    return found
