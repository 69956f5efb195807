"""Superframes: many packets of one flow as one, as the kernel's GSO and GRO have them (linux/virtio_net.h).

A TUN opened with IFF_VNET_HDR gives and takes a header of ten octets and then a packet of up to 64 kB, whose
TCP payload (or whose UDP datagrams) the kernel has not cut yet, or need not see cut. A system call and a walk
through the kernel's stack cost the same for one packet and for forty, so a user plane lives of this.

`segment` cuts such a frame into the packets that a link would have carried: lengths, identification,
sequence numbers and checksums are each packet's own; CWR stays in the first, FIN and PSH in the last.

`coalesce` is its inverse. What goes together differs in nothing but what `segment` restores: the same flow
and header fields, the next sequence number, the same size but for a shorter last one. Checksums are verified
first, because the kernel trusts what it finds in a superframe: a packet that was damaged on its way stays by
itself and arrives damaged. The order within a flow is never changed.
"""

from __future__ import annotations

from typing import Final

from librt.strings import BytesWriter, read_i16_be, read_i32_be, read_i64_be
from mypy_extensions import i64, u8

from pilot5g.wire.ip.sums import fold, ones

HEADER: Final[i64] = 10
NEEDS_CHECKSUM: Final[i64] = 1
WHOLE: Final[i64] = 0
TCP4: Final[i64] = 1
TCP6: Final[i64] = 4
UDP: Final[i64] = 5
"""VIRTIO_NET_HDR_GSO_UDP_L4."""
_KIND: Final[i64] = 0x7F
_PLAIN: Final = bytes(10)

_MOST_OCTETS: Final[i64] = 0xFFFF
_MOST_DATAGRAMS: Final[i64] = 64
_FIN_PSH: Final[i64] = 0x09
_PSH: Final[i64] = 0x08
_CWR: Final[i64] = 0x80
_ACK: Final[i64] = 0x10
_DONT_FRAGMENT: Final[i64] = 0x4000


def _word(data: bytes, at: i64) -> i64:
    """16 bits, unsigned."""
    return i64(read_i16_be(data, at)) & 0xFFFF


def _long(data: bytes, at: i64) -> i64:
    """32 bits, unsigned."""
    return i64(read_i32_be(data, at)) & 0xFFFFFFFF


def _put_word(out: BytesWriter, at: i64, value: i64) -> None:
    out[at] = u8((value >> 8) & 0xFF)
    out[at + 1] = u8(value & 0xFF)


def _little(frame: bytes, at: i64) -> i64:
    low: i64 = i64(frame[at])
    high: i64 = i64(frame[at + 1])
    return low + high * 256


def alone(packet: bytes) -> bytes:
    """The frame of one packet as it is."""
    return _PLAIN + packet


# Cutting --------------------------------------------------------------------------------------------------


def segment(frame: bytes) -> list[bytes]:
    """The packets of a frame that was read. What the kernel would never give is dropped: an empty list."""
    size: i64 = len(frame)
    if size < HEADER + 20:
        return []
    flags: i64 = i64(frame[0])
    kind: i64 = i64(frame[1]) & _KIND
    packet = frame[HEADER:]
    if kind == WHOLE:
        if flags & NEEDS_CHECKSUM:
            return _completed(packet, _little(frame, 6), _little(frame, 8))
        return [packet]
    if kind != TCP4 and kind != TCP6 and kind != UDP:
        return []
    return _cut(packet, kind, _little(frame, 4), _little(frame, 6))


def _completed(packet: bytes, start: i64, offset: i64) -> list[bytes]:
    """A whole packet whose transport checksum was left to the hardware, which is us."""
    size: i64 = len(packet)
    field: i64 = start + offset
    if start < 20 or field + 2 > size:
        return []
    value: i64 = 0xFFFF - ones(packet, start, size)
    if value == 0 and offset == 6:
        value = 0xFFFF  # UDP: zero would say that there is none (RFC 768)
    out = BytesWriter()
    out.write(packet)
    _put_word(out, field, value)
    return [out.getvalue()]


def _cut(packet: bytes, kind: i64, piece: i64, transport: i64) -> list[bytes]:
    size: i64 = len(packet)
    version: i64 = i64(packet[0]) >> 4
    header: i64 = transport + 8
    if kind != UDP and transport + 20 <= size:
        header = transport + (i64(packet[transport + 12]) >> 4) * 4
    least: i64 = 20 if version == 4 else 40
    if piece == 0 or transport < least or header > size or (kind != UDP and header < transport + 20):
        return []
    cut = _Cut(packet, kind, transport, header)
    packets: list[bytes] = []
    at: i64 = header
    while at < size:
        end: i64 = at + piece
        if end > size:
            end = size
        packets.append(cut.piece(at, end))
        at = end
    return packets


class _Cut:
    """One superframe on its way into pieces: what is the same in all of them, summed once."""

    def __init__(self, packet: bytes, kind: i64, transport: i64, header: i64) -> None:
        self._packet = packet
        self._head = packet[:header]
        self._tcp: bool = kind != UDP
        self._ipv4: bool = (i64(packet[0]) >> 4) == 4
        self._transport: i64 = transport
        self._header: i64 = header
        self._ip_sum: i64 = 0
        self._number: i64 = 0
        if self._ipv4:  # without total length, identification and checksum
            self._ip_sum = ones(packet, 0, 2) + ones(packet, 6, 10) + ones(packet, 12, transport)
            self._number = _word(packet, 4)
        first: i64 = 12 if self._ipv4 else 8
        end: i64 = 20 if self._ipv4 else 40
        self._sum: i64 = ones(packet, first, end) + (6 if self._tcp else 17)
        self._sequence: i64 = 0
        self._flags: i64 = 0
        if self._tcp:  # without sequence number, flags and checksum
            self._sequence = _long(packet, transport + 4)
            self._flags = i64(packet[transport + 13])
            self._sum += _word(packet, transport) + _word(packet, transport + 2)
            self._sum += ones(packet, transport + 8, transport + 12) + i64(packet[transport + 12]) * 256
            self._sum += _word(packet, transport + 14) + ones(packet, transport + 18, header)
        else:
            self._sum += _word(packet, transport) + _word(packet, transport + 2)

    def piece(self, start: i64, end: i64) -> bytes:
        """The packet that carries the payload from `start` to `end`."""
        out = BytesWriter()
        out.write(self._head)
        out.write(self._packet[start:end])
        total: i64 = self._header + end - start
        if self._ipv4:
            self._put_ipv4(out, total)
        else:
            _put_word(out, 4, total - 40)
        length: i64 = total - self._transport
        rest: i64 = self._sum + length + ones(self._packet, start, end)
        if self._tcp:
            self._put_tcp(out, rest, start == self._header, end == len(self._packet), end - start)
        else:
            _put_word(out, self._transport + 4, length)
            value: i64 = 0xFFFF - fold(rest + length)
            _put_word(out, self._transport + 6, value if value != 0 else 0xFFFF)
        return out.getvalue()

    def _put_ipv4(self, out: BytesWriter, total: i64) -> None:
        _put_word(out, 2, total)
        _put_word(out, 4, self._number)
        _put_word(out, 10, 0xFFFF - fold(self._ip_sum + total + self._number))
        self._number = (self._number + 1) & 0xFFFF

    def _put_tcp(self, out: BytesWriter, rest: i64, first: bool, last: bool, size: i64) -> None:
        at: i64 = self._transport
        flags: i64 = self._flags
        if not first:
            flags &= 0xFF - _CWR
        if not last:
            flags &= 0xFF - _FIN_PSH
        sequence: i64 = self._sequence
        _put_word(out, at + 4, sequence >> 16)
        _put_word(out, at + 6, sequence & 0xFFFF)
        out[at + 13] = u8(flags)
        _put_word(out, at + 16, 0xFFFF - fold(rest + (sequence >> 16) + (sequence & 0xFFFF) + flags))
        self._sequence = (sequence + size) & 0xFFFFFFFF


# Joining --------------------------------------------------------------------------------------------------


class _Run:
    """Consecutive packets of one flow. Its place among the frames is that of its first packet."""

    def __init__(self, packet: bytes, transport: i64, header: i64, tcp: bool) -> None:
        size: i64 = len(packet)
        self.first = packet
        self.transport: i64 = transport
        self.header: i64 = header
        self.tcp: bool = tcp
        self.piece: i64 = size - header
        self.total: i64 = size
        self.count: i64 = 1
        self.sequence: i64 = 0
        self.number: i64 = 0
        self.pushed: bool = False
        self.open: bool = True
        if tcp:
            self.sequence = (_long(packet, transport + 4) + self.piece) & 0xFFFFFFFF
            self.pushed = bool(i64(packet[transport + 13]) & _PSH)
            self.open = not self.pushed
        if (i64(packet[0]) >> 4) == 4:
            self.number = _word(packet, 4)
        self.payloads: list[bytes] = []

    def takes(self, packet: bytes) -> bool:
        """Is this the next packet, and one like those before?"""
        size: i64 = len(packet)
        piece: i64 = size - self.header
        if not self.open or piece > self.piece or self.total + piece > _MOST_OCTETS:
            return False
        same = self._same_ipv4(packet) if self.transport == 20 else self._same_ipv6(packet)
        if not same:
            return False
        if self.tcp:
            return self._same_tcp(packet)
        return self.count < _MOST_DATAGRAMS

    def _same_ipv4(self, packet: bytes) -> bool:
        """Type of service, flags, TTL; and the identification counts on, or means nothing (RFC 6864 4.1)."""
        first = self.first
        if packet[1] != first[1] or _word(packet, 6) != _word(first, 6) or packet[8] != first[8]:
            return False
        number: i64 = _word(packet, 4)
        if number == ((self.number + self.count) & 0xFFFF):
            return True
        return number == self.number and (_word(first, 6) & _DONT_FRAGMENT) != 0

    def _same_ipv6(self, packet: bytes) -> bool:
        """Traffic class, flow label and hop limit."""
        return read_i32_be(packet, 0) == read_i32_be(self.first, 0) and packet[7] == self.first[7]

    def _same_tcp(self, packet: bytes) -> bool:
        """The expected sequence number; acknowledgement, window and options as before."""
        first, at = self.first, self.transport
        if _long(packet, at + 4) != self.sequence or read_i32_be(packet, at + 8) != read_i32_be(
            first, at + 8
        ):
            return False
        if packet[at + 12] != first[at + 12] or _word(packet, at + 14) != _word(first, at + 14):
            return False
        option: i64 = at + 20
        while option < self.header:
            if read_i32_be(packet, option) != read_i32_be(first, option):
                return False
            option += 4
        return True

    def add(self, packet: bytes) -> None:
        """Append it; a shorter one, or one that pushes, is the last."""
        size: i64 = len(packet)
        piece: i64 = size - self.header
        self.payloads.append(packet[self.header :])
        self.total += piece
        self.count += 1
        if piece < self.piece:
            self.open = False
        if self.tcp:
            self.sequence = (self.sequence + piece) & 0xFFFFFFFF
            if i64(packet[self.transport + 13]) & _PSH:
                self.pushed = True
                self.open = False

    def frame(self) -> bytes:
        """What is written to the TUN."""
        out = BytesWriter()
        self._put_header(out)
        out.write(self.first)
        at: i64 = HEADER
        ipv4 = self.transport == 20
        if ipv4:
            _put_word(out, at + 2, self.total)
            rest: i64 = ones(self.first, 0, 2) + ones(self.first, 4, 10) + ones(self.first, 12, 20)
            _put_word(out, at + 10, 0xFFFF - fold(rest + self.total))
        else:
            _put_word(out, at + 4, self.total - 40)
        start: i64 = 12 if ipv4 else 8
        length: i64 = self.total - self.transport
        pseudo: i64 = ones(self.first, start, self.transport) + length + (6 if self.tcp else 17)
        at += self.transport
        if self.tcp:
            flags: i64 = i64(self.first[self.transport + 13])
            out[at + 13] = u8(flags | _PSH if self.pushed else flags)
            _put_word(out, at + 16, fold(pseudo))
        else:
            _put_word(out, at + 4, length)
            _put_word(out, at + 6, fold(pseudo))
        for payload in self.payloads:
            out.write(payload)
        return out.getvalue()

    def _put_header(self, out: BytesWriter) -> None:
        kind: i64 = UDP
        if self.tcp:
            kind = TCP4 if self.transport == 20 else TCP6
        out.append(NEEDS_CHECKSUM)
        out.append(kind)
        _append_little(out, self.header)
        _append_little(out, self.piece)
        _append_little(out, self.transport)
        _append_little(out, 16 if self.tcp else 6)


def _append_little(out: BytesWriter, value: i64) -> None:
    out.append(value & 0xFF)
    out.append(value >> 8)


def _transport_of(packet: bytes) -> i64:
    """Where TCP or UDP begins in a packet that may be joined; 0: this is another protocol, of no flow of
    ours; -1: it may belong to one, and cannot be joined (a fragment, options, lengths that lie)."""
    size: i64 = len(packet)
    if size < 28:
        return 0
    first: i64 = i64(packet[0])
    if first == 0x45:
        protocol: i64 = i64(packet[9])
        if protocol != 6 and protocol != 17:
            return 0
        whole = (
            (_word(packet, 6) & 0x3FFF) == 0 and _word(packet, 2) == size and ones(packet, 0, 20) == 0xFFFF
        )
        return 20 if whole else -1
    if (first >> 4) == 6 and size >= 48:
        following: i64 = i64(packet[6])
        if following == 58:
            return 0
        whole = (following == 6 or following == 17) and _word(packet, 4) == size - 40
        return 40 if whole else -1
    return -1


def _header_of(packet: bytes, transport: i64) -> i64:
    """Where the payload begins in a packet that may be one of a run; 0 in one that may not."""
    size: i64 = len(packet)
    field: i64 = transport + 6
    header: i64 = transport + 8
    if packet[9 if transport == 20 else 6] == 6:
        if size < transport + 20 or (i64(packet[transport + 13]) & (0xFF - _PSH)) != _ACK:
            return 0
        header = transport + (i64(packet[transport + 12]) >> 4) * 4
        field = transport + 16
        if header < transport + 20 or _word(packet, field) == 0xFFFF or _word(packet, transport + 18):
            return 0
    elif _word(packet, field) == 0 or _word(packet, transport + 4) != size - transport:
        return 0
    if header >= size:
        return 0
    start: i64 = 12 if transport == 20 else 8
    protocol: i64 = 6 if field == transport + 16 else 17
    total: i64 = ones(packet, start, size) + size - transport + protocol
    return header if fold(total) == 0xFFFF else 0


def coalesce(packets: list[bytes], datagrams: bool) -> list[bytes]:
    """Frames to write, in the order that each flow's packets have. `datagrams`: join those of UDP as well,
    which the kernel takes from 6.2 on.

    A packet is looked at more closely when the next one of its flow is there: where many phones send in turn,
    most stay alone.
    """
    frames: list[bytes] = []
    runs: list[_Run | None] = []
    places: dict[bytes, int] = {}
    last: _Run | None = None
    for packet in packets:
        transport = _transport_of(packet)
        if transport > 0:
            run = last
            if run is None or not _of_flow(packet, run, transport):
                key = _flow(packet, transport)
                place = places.get(key)
                run = None if place is None else runs[place] or _begin(frames[place], transport, datagrams)
                if place is not None:
                    runs[place] = run
            if run is not None:
                header = _header_of(packet, transport)
                if header != 0 and run.header == header and run.takes(packet):
                    run.add(packet)
                    last = run
                    continue
                run.open = False
            places[_flow(packet, transport)] = len(frames)
            last = None
        elif transport < 0:
            places.clear()
            last = None
        frames.append(_PLAIN + packet)
        runs.append(None)
    for at, joined in enumerate(runs):
        if joined is not None and joined.count > 1:
            frames[at] = joined.frame()
    return frames


def _begin(frame: bytes, transport: i64, datagrams: bool) -> _Run | None:
    """A run of the packet in this frame, where others may join it."""
    packet = frame[HEADER:]
    header = _header_of(packet, transport)
    tcp = packet[9 if transport == 20 else 6] == 6
    return _Run(packet, transport, header, tcp) if header != 0 and (tcp or datagrams) else None


def _flow(packet: bytes, transport: i64) -> bytes:
    """Addresses, ports and protocol."""
    if transport == 20:
        return packet[9:10] + packet[12:24]
    return packet[6:7] + packet[8:44]


def _of_flow(packet: bytes, run: _Run, transport: i64) -> bool:
    """Is the packet of this run's flow?"""
    first = run.first
    if transport != run.transport or len(packet) < 44 or len(first) < 44:
        return False
    if transport == 20:
        if packet[9] != first[9]:
            return False
        same = read_i64_be(packet, 12) == read_i64_be(first, 12)
        return same and read_i32_be(packet, 20) == read_i32_be(first, 20)
    if packet[6] != first[6] or read_i32_be(packet, 40) != read_i32_be(first, 40):
        return False
    at: i64 = 8
    while at < 40:
        if read_i64_be(packet, at) != read_i64_be(first, at):
            return False
        at += 8
    return True
