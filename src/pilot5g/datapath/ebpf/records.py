"""The tables of the programs, octet by octet: `programs/records.h` in Python.

A test compiles the header and compares. Where the layout changes, so does `LAYOUT`: a data path of another
layout is never adopted, because its pins are in another folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from ipaddress import ip_network
from struct import Struct

import msgspec

LAYOUT = 7
"""Of what is pinned."""

UP, DOWN = 0, 1
ANY = 0xFF
POOLS = 4
IN_USER_SPACE = 0xFFFFFFFF
NO_QUEUE = 0xFFFF
"""In place of a class: what goes over its rate is shaped by user space."""
SESSION_SIZE, CONFIG_SIZE = 128, 64
FLAGS_AT = 28
CLASSES_AT = 48
PASSED_AT = 112
EXPECTED_AT = 60
RARE_AT = 55

CONFIG = Struct("=4s4s8s4s4sIHBBIIIIHHHBBII")
"""The line of a session that the control plane writes."""
HOT = Struct("=QQQQQQIBBBBII")
"""The line that the programs write."""
FLAGS = Struct("=H")
CLASSES = Struct("=HH")
EXTRA_SIZE, LENT_AT = 64, 32
EXTRA = Struct("=II16sI")
"""struct extra, up to what is lent."""
LENT = Struct("=qQQQ")
VOLUME = Struct("=4Q")
WORD = Struct("=I")
POOL = Struct("=QII")
SETTINGS = Struct("=I4s16s")


class Flag:
    """enum flag. Plain numbers: an IntFlag costs a microsecond an operation, and a session has a dozen."""

    LIVE = 1
    FAST_UP = 2
    FAST_DOWN = 4
    HAS_IPV4 = 8
    HAS_IPV6 = 16
    GATE_UP = 32
    GATE_DOWN = 64
    DROP_UP = 128
    DROP_DOWN = 256
    DRAINING = 512
    SEVERAL_UP = 1024
    SEVERAL_DOWN = 2048
    SHARED = 4096
    GUARANTEED = 8192


BETWEEN_PHONES = 1 << 16
"""Of `network`: its phones may reach each other."""


class Rare:
    """enum rare."""

    FRAMED = 1
    FRAMES = 8
    POOLED_UP = 2
    POOLED_DOWN = 4
    OUTER6 = 16
    LIMITED = 32
    SHUT_UP = 64
    SHUT_DOWN = 128


class Count(IntEnum):
    """enum count."""

    UPLINK = 0
    UPLINK_OCTETS = 1
    DOWNLINK = 2
    DOWNLINK_OCTETS = 3
    MALFORMED = 4
    UNKNOWN_TEID = 5
    SPOOFED = 6
    NO_RULE = 7
    BY_RULE = 8
    GATE = 9
    RATE = 10
    SHAPED = 11
    PASSED = 12
    PASSED_EXPIRED = 13
    PASSED_TOO_BIG = 14
    PASSED_NEIGHBOUR = 15
    PASSED_ROUTE = 16
    PASSED_TO_PHONE = 17
    TO_PHONE = 18
    UNKNOWN_SOURCE = 19
    QUOTA = 20


COUNTS = 32
COUNTS_ALL = Struct(f"={COUNTS}Q")


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the control plane says of a session (struct session, its first line)."""

    teid: int
    flags: int
    ipv4: bytes = bytes(4)
    prefix: bytes = bytes(8)
    peer_teid: int = 0
    peer: bytes = bytes(4)
    qfi_up: int = ANY
    qfi_down: int = ANY
    cost: tuple[int, int] = (0, 0)
    burst: tuple[int, int] = (0, 0)
    mtu: int = 0xFFFF
    tos: int = 0
    rare: int = 0
    book: int = 0
    expected: int = 0
    network: int = 0
    """Of the extra record: the data network's number, with BETWEEN_PHONES or without."""
    pool: int = 0
    peer6: bytes = bytes(16)
    purse: int = 0
    """Of the extra record, as are these."""

    def packed(self, slot: int, flags: int, classes: tuple[int, int] = (0, 0)) -> bytes:
        """As the programs read it at that index."""
        return CONFIG.pack(
            self.teid.to_bytes(4, "big"), self.ipv4, self.prefix,
            self.peer_teid.to_bytes(4, "big"), self.peer, slot, flags, self.qfi_up, self.qfi_down,
            *self.cost, *self.burst, *classes, self.mtu, self.tos, self.rare, self.book, self.expected,
        )  # fmt: skip


class Pool(msgspec.Struct, frozen=True, gc=False):
    """Addresses, or /64 prefixes, one after the other: the first as a number, how many, and the place of the
    first in `addresses`."""

    base: int
    size: int
    first: int

    def place(self, number: int) -> int | None:
        """Where in `addresses` this one is; None where it is not of the pool."""
        offset = number - self.base
        return self.first + offset if 0 <= offset < self.size else None


Network = tuple[int, int, int]
"""A network behind a phone: octets of an address, bits of it that do not count, and the others."""


def network_key(network: Network) -> bytes:
    """struct network4, struct network6."""
    size, shift, number = network
    return WORD.pack(8 * size - shift) + (number << shift).to_bytes(size, "big")


def settings(
    slot_mask: int,
    local: Sequence[bytes],
    pools4: list[Pool],
    pools6: list[Pool],
    *,
    named_sources: bool = False,
) -> bytes:
    """struct settings. `local`: the addresses of N3, one of each version at most."""
    ipv4, ipv6 = (next((each for each in local if len(each) == size), bytes(size)) for size in (4, 16))
    packed = SETTINGS.pack(slot_mask, ipv4, ipv6)
    for pools in (pools4, pools6):
        rows = [*pools, *[Pool(0, 0, 0)] * (POOLS - len(pools))]
        packed += b"".join(POOL.pack(pool.base, pool.size, pool.first) for pool in rows)
    return packed + WORD.pack(named_sources) + WORD.pack(0)


def source_key(network: str) -> bytes:
    """A network in `sources` (struct source). Raises ValueError for what is none."""
    value = ip_network(network)
    if value.version == 6:
        return WORD.pack(value.prefixlen) + value.network_address.packed
    return WORD.pack(96 + value.prefixlen) + bytes(10) + b"\xff\xff" + value.network_address.packed


RATE_UNIT = 1 << 10
"""`cost` is in ns / 1024 of an octet: 0.1 % exact at 100 Gbit/s, and still 32 bits at 2 kbit/s."""


def cost(rate: int) -> int:
    """What an octet costs at `rate` bit/s; 0 for no rate."""
    return min(0xFFFFFFFF, max(1, round(8_000_000_000 * RATE_UNIT / rate))) if rate else 0


def burst(seconds: float) -> int:
    """How far a bucket can be emptied, in 1024 ns."""
    return min(0xFFFFFFFF, int(seconds * 1e9 / 1024))
