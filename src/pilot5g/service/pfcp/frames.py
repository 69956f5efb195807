"""Ethernet packet filters, as N4's values and as PFCP has them (TS 29.244 7.5.2.2-3)."""

from __future__ import annotations

from pilot5g.wire.ethernet import Ends, EthernetFilter, Range, Tag
from pilot5g.wire.pfcp.ies import traffic as t
from pilot5g.wire.pfcp.rules import EthernetPacketFilter


def told(wanted: EthernetFilter) -> EthernetPacketFilter:
    """A filter for one direction, as an SMF tells it."""
    return EthernetPacketFilter(
        mac_addresses=tuple(_addresses(each) for each in wanted.ends),
        ethertype=wanted.ethertype,
        c_tag=_tag(wanted.c_tag),
        s_tag=_tag(wanted.s_tag),
        sdf_filters=tuple(t.SdfFilter(description=each) for each in wanted.sdf_filters),
    )


def heard(given: EthernetPacketFilter, sdf_filters: tuple[str, ...]) -> EthernetFilter:
    """What a UPF makes of one, with the descriptions of its IP filters. Raises ValueError."""
    return EthernetFilter(
        ends=tuple(
            Ends(_range(each.source, each.upper_source), _range(each.destination, each.upper_destination))
            for each in given.mac_addresses
        ),
        ethertype=given.ethertype,
        c_tag=_heard_tag(given.c_tag),
        s_tag=_heard_tag(given.s_tag),
        sdf_filters=sdf_filters,
    )


def _addresses(ends: Ends) -> t.MacAddress:
    source, upper_source = _pair(ends.source)
    destination, upper_destination = _pair(ends.destination)
    return t.MacAddress(
        source=source,
        destination=destination,
        upper_source=upper_source,
        upper_destination=upper_destination,
    )


def _pair(given: Range | None) -> tuple[bytes | None, bytes | None]:
    if given is None:
        return None, None
    return given.low, None if given.high == given.low else given.high


def _range(low: bytes | None, high: bytes | None) -> Range | None:
    if low is None:
        if high is not None:
            raise ValueError("a range of MAC addresses has an end and no beginning")
        return None
    return Range(low, low if high is None else high)


def _tag(tag: Tag | None) -> t.VlanTag | None:
    if tag is None:
        return None
    return t.VlanTag(pcp=tag.pcp, dei=None if tag.dei is None else int(tag.dei), vid=tag.vid)


def _heard_tag(tag: t.VlanTag | None) -> Tag | None:
    if tag is None:
        return None
    return Tag(vid=tag.vid, pcp=tag.pcp, dei=None if tag.dei is None else bool(tag.dei))
