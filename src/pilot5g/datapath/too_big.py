"""What a router does with a packet that is longer than the link of the phone takes (RFC 791, 1191, 8201).

IPv4 that may be fragmented is; all else is answered with what tells its sender the MTU. ICMP errors are never
answered with an error (RFC 1122 3.2.2, RFC 4443 2.4), nor is what came from, or went to, more than one host.
"""

from __future__ import annotations

from struct import Struct

from pilot5g.wire import ip
from pilot5g.wire.errors import DecodeError

_DONT_FRAGMENT, _MORE, _OFFSET = 0x4000, 0x2000, 0x1FFF
_LENGTH = Struct("!H")
LEAST_V6 = 1280


def fragments(packet: bytes, mtu: int) -> list[bytes]:
    """An IPv4 packet as fragments of at most `mtu` octets (RFC 791 3.2); empty where it may not be cut."""
    if len(packet) < 20 or packet[0] >> 4 != 4:
        return []
    header = (packet[0] & 15) * 4
    flags = int.from_bytes(packet[6:8], "big")
    total = int.from_bytes(packet[2:4], "big")
    room = (mtu - header) & ~7
    if flags & _DONT_FRAGMENT or not 20 <= header <= total <= len(packet) or room <= 0:
        return []
    pieces = []
    for start in range(header, total, room):
        end = min(start + room, total)
        more = flags & _MORE if end == total else _MORE
        place = more | (flags & _OFFSET) + (start - header) // 8
        head = bytearray(packet[:header] if start == header else _later_options(packet[:header]))
        head[0] = 0x40 | len(head) // 4
        head[2:4] = _LENGTH.pack(len(head) + end - start)
        head[6:8] = _LENGTH.pack(place)
        head[10:12] = b"\0\0"
        head[10:12] = _LENGTH.pack(ip.checksum(bytes(head)))
        pieces.append(bytes(head) + packet[start:end])
    return pieces


def _later_options(header: bytes) -> bytes:
    """The header of a fragment that is not the first: only options that say so are copied."""
    kept, at = b"", 20
    while at < len(header) and header[at] != 0:
        size = 1 if header[at] == 1 else header[at + 1] if at + 1 < len(header) else 0
        if size < 1 or at + size > len(header):
            break
        if header[at] & 0x80:
            kept += header[at : at + size]
        at += size
    return header[:20] + kept + bytes(-len(kept) % 4)


def answer(packet: bytes, mtu: int, router: bytes) -> bytes | None:
    """Packet Too Big, or Fragmentation Needed, from `router`; None where none may be sent."""
    try:
        outer = ip.parse(packet)
        if not _answerable(outer):
            return None
        return ip.build_too_big(packet, max(mtu, LEAST_V6) if outer.version == 6 else mtu, router)
    except DecodeError:
        return None


def _answerable(outer: ip.IpPacket) -> bool:
    if outer.version == 4:
        alone = outer.source[0] < 224 and any(outer.source) and outer.destination[0] < 224
        error = outer.protocol == ip.ICMP and outer.payload[:1] not in (b"\x00", b"\x08", b"\x0d", b"\x0e")
    else:
        alone = outer.source[0] != 0xFF and any(outer.source)
        error = outer.protocol == ip.ICMPV6 and outer.payload[:1] < b"\x80"
    return alone and not error
