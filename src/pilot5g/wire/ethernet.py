"""Looks at Ethernet frames as PDU sessions carry them, without preamble and check sequence (TS 23.501
5.6.10.2), and the filters that tell their flows apart (TS 23.501 5.7.6.3).

Tags are those of IEEE 802.1Q: an S-TAG may come before a C-TAG. What follows two tags is the frame's type,
whatever it is.
"""

from __future__ import annotations

import msgspec

HEADER = 14
TAG = 4
C_TAG, S_TAG = 0x8100, 0x88A8
IPV4, IPV6 = 0x0800, 0x86DD
VID, DEI, PCP = 0x0FFF, 0x1000, 13
"""Of a tag's 16 bits: masks of the VLAN identifier and of drop eligibility, and where the priority begins."""


class Frame(msgspec.Struct, frozen=True, gc=False):
    """The head of a frame: tags as 16 bits, None where there is none; `at` is where the payload begins."""

    destination: bytes
    source: bytes
    s_tag: int | None
    c_tag: int | None
    ethertype: int
    at: int

    @property
    def carries_ip(self) -> bool:
        """Is the payload an IP packet?"""
        return self.ethertype in (IPV4, IPV6)


def parse(frame: bytes) -> Frame | None:
    """The head of a frame; None where it is not whole."""
    s_tag = c_tag = None
    at = HEADER
    kind = int.from_bytes(frame[12:14])
    if kind == S_TAG:
        s_tag, kind, at = int.from_bytes(frame[14:16]), int.from_bytes(frame[16:18]), at + TAG
    if kind == C_TAG:
        c_tag, kind = int.from_bytes(frame[at : at + 2]), int.from_bytes(frame[at + 2 : at + 4])
        at += TAG
    if len(frame) < at:
        return None
    return Frame(frame[:6], frame[6:12], s_tag, c_tag, kind, at)


def payload_size(frame: bytes) -> int:
    """The octets of a frame's payload: what an MTU limits. Tags are none of it."""
    head = parse(frame)
    return 0 if head is None else len(frame) - head.at


class Range(msgspec.Struct, frozen=True, gc=False):
    """MAC addresses from one to another, both included."""

    low: bytes
    high: bytes

    def holds(self, address: bytes) -> bool:
        """Is it one of them?"""
        return self.low <= address <= self.high


def one(address: bytes) -> Range:
    """A range of one address."""
    return Range(address, address)


class Ends(msgspec.Struct, frozen=True, gc=False):
    """Who sends and who receives; None: whoever it is."""

    source: Range | None = None
    destination: Range | None = None

    def fit(self, frame: Frame) -> bool:
        """Are both ends those of a frame?"""
        source, destination = self.source, self.destination
        return (source is None or source.holds(frame.source)) and (
            destination is None or destination.holds(frame.destination)
        )


class Tag(msgspec.Struct, frozen=True, gc=False):
    """What a tag has to say; None: whatever it says."""

    vid: int | None = None
    pcp: int | None = None
    dei: bool | None = None

    def fits(self, tag: int | None) -> bool:
        """Is a tag there, and does it say that?"""
        return (
            tag is not None
            and (self.vid is None or tag & VID == self.vid)
            and (self.pcp is None or tag >> PCP == self.pcp)
            and (self.dei is None or bool(tag & DEI) is self.dei)
        )


class EthernetFilter(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An Ethernet packet filter for frames of one direction: of `ends` any may fit, of the rest all must.

    `sdf_filters` are IP filters (`wire.ip.parse_filter`), of which any may fit the packet in the frame.
    """

    ends: tuple[Ends, ...] = ()
    ethertype: int | None = None
    c_tag: Tag | None = None
    s_tag: Tag | None = None
    sdf_filters: tuple[str, ...] = ()

    def fits(self, frame: Frame) -> bool:
        """Does it fit the head of a frame? The packet in it is not looked at."""
        return (
            (self.ethertype is None or frame.ethertype == self.ethertype)
            and (self.c_tag is None or self.c_tag.fits(frame.c_tag))
            and (self.s_tag is None or self.s_tag.fits(frame.s_tag))
            and (not self.ends or any(ends.fit(frame) for ends in self.ends))
        )

    def turned(self) -> EthernetFilter:
        """The same flow seen the other way."""
        ends = tuple(Ends(each.destination, each.source) for each in self.ends)
        return msgspec.structs.replace(self, ends=ends)
