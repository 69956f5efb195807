"""The maximum segment size that TCP connections of phones agree on (RFC 9293 3.7.1), never above what fits.

Path MTU discovery depends on ICMP that many networks filter; a SYN that passes here can be told at once. The
checksum is mended, not made anew, so that a damaged packet stays damaged (RFC 1624).
"""

from __future__ import annotations

LONGEST_SYN = 120
"""IPv6 header and a TCP header with all its options; whoever asks may pass over what is longer."""
_SYN = 0x02
_END, _NOTHING, _SIZE = 0, 1, 2


def clamp(packet: bytes, mtu: int) -> bytes:
    """The packet, its MSS option lowered where it is above what `mtu` takes."""
    if len(packet) < 40:
        return packet
    if packet[0] == 0x45 and packet[9] == 6 and not int.from_bytes(packet[6:8], "big") & 0x3FFF:
        start, most = 20, mtu - 40
    elif packet[0] >> 4 == 6 and packet[6] == 6 and len(packet) >= 60:
        start, most = 40, mtu - 60
    else:
        return packet
    if not packet[start + 13] & _SYN:
        return packet
    at = _option(packet, start)
    old = int.from_bytes(packet[at : at + 2], "big") if at else 0
    if not at or old <= most:
        return packet
    changed = bytearray(packet)
    changed[at : at + 2] = most.to_bytes(2, "big")
    field = start + 16
    before = int.from_bytes(packet[field : field + 2], "big")
    if (at - start) % 2:  # the option lies across two words: each octet of it weighs as the other does
        old, most = (old & 0xFF) << 8 | old >> 8, (most & 0xFF) << 8 | most >> 8
    total = (0xFFFF - before) + (0xFFFF - old) + most
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    changed[field : field + 2] = (0xFFFF - total).to_bytes(2, "big")
    return bytes(changed)


def _option(packet: bytes, start: int) -> int:
    """Where the size is in a TCP header; 0 where it has none, or one that is broken."""
    at, end = start + 20, min(start + (packet[start + 12] >> 4) * 4, len(packet))
    while at < end and packet[at] != _END:
        if packet[at] == _NOTHING:
            at += 1
            continue
        size = packet[at + 1] if at + 1 < end else 0
        if size < 2 or at + size > end:
            return 0
        if packet[at] == _SIZE:
            return at + 2 if size == 4 else 0
        at += size
    return 0
