"""Packet filters as the programs read them: one row for each combination of port ranges (struct filter)."""

from __future__ import annotations

from enum import IntFlag
from struct import Struct

import msgspec

from pilot5g.datapath.ebpf.records import ANY
from pilot5g.service.n4 import Pdr
from pilot5g.wire import ip
from pilot5g.wire.ip.filter import End, IpFilter

FILTERS = 16
"""Rows of one direction of a session."""
FILTER_SIZE = 48
BOOK_SIZE = 2 * FILTERS * FILTER_SIZE
_FILTER = Struct("=16s16sHHHHBBBBI")
_EVERY_PORT = ((0, 65_535),)


class TooMuch(Exception):
    """A filter is beyond the programs."""


class LooksAt(IntFlag):
    """enum looks_at."""

    USED = 1
    PROTOCOL = 2
    REMOTE_PORTS = 4
    LOCAL_PORTS = 8


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One filter. Addresses are left aligned in 16 octets; family 0 is any."""

    looks_at: LooksAt = LooksAt.USED
    remote: bytes = bytes(16)
    mask: bytes = bytes(16)
    remote_ports: tuple[int, int] = (0, 0)
    local_ports: tuple[int, int] = (0, 0)
    family: int = 0
    protocol: int = 0
    qfi: int = ANY

    def packed(self, flow: int) -> bytes:
        """As the programs read it, leading to the record at that index."""
        return _FILTER.pack(
            self.remote, self.mask, *self.remote_ports, *self.local_ports, self.looks_at, self.family,
            self.protocol, self.qfi, flow,
        )  # fmt: skip


def rows(pdr: Pdr, ipv4: bytes | None, prefix: bytes | None, *, uplink: bool) -> tuple[Row, ...]:
    """The filters of a PDR; one that takes everything where it has none. Raises TooMuch."""
    qfi = ANY if pdr.qfi is None or not uplink else pdr.qfi
    if not pdr.sdf_filters:
        return (Row(qfi=qfi),)
    found = []
    for text in pdr.sdf_filters:
        one = ip.parse_filter(text)
        if not _is_own(one.local, ipv4, prefix):
            raise TooMuch(text)
        for remote in one.remote.ports or _EVERY_PORT:
            found += [_row(one, remote, local, qfi) for local in one.local.ports or _EVERY_PORT]
    return tuple(found)


def _is_own(end: End, ipv4: bytes | None, prefix: bytes | None) -> bool:
    """Are the addresses of this end all that the phone has, so that there is nothing to compare?"""
    if end.network is None:
        return True
    own = ipv4 if end.size == 4 else prefix + bytes(8) if prefix else None
    whole = end.size == 4 or end.shift >= 64
    return own is not None and whole and int.from_bytes(own, "big") >> end.shift == end.network


def _row(one: IpFilter, remote: tuple[int, int], local: tuple[int, int], qfi: int) -> Row:
    looks_at = LooksAt.USED
    looks_at |= LooksAt.PROTOCOL if one.protocol is not None else LooksAt(0)
    looks_at |= LooksAt.REMOTE_PORTS if one.remote.ports else LooksAt(0)
    looks_at |= LooksAt.LOCAL_PORTS if one.local.ports else LooksAt(0)
    address, mask = _remote(one.remote)
    sized = one.remote if one.remote.network is not None else one.local
    return Row(
        looks_at=looks_at,
        remote=address,
        mask=mask,
        remote_ports=remote,
        local_ports=local,
        family=0 if sized.network is None else 4 if sized.size == 4 else 6,
        protocol=one.protocol or 0,
        qfi=qfi,
    )


def _remote(end: End) -> tuple[bytes, bytes]:
    if end.network is None:
        return bytes(16), bytes(16)
    ones = (1 << 8 * end.size) - 1
    mask = ones >> end.shift << end.shift
    number = end.network << end.shift
    return (
        number.to_bytes(end.size, "big").ljust(16, b"\0"),
        mask.to_bytes(end.size, "big").ljust(16, b"\0"),
    )
