"""Paths of emulated phones past the radios' process: the table that the programs read (programs/).

A phone has a number, and its devices have indexes made of it, in its own namespace as in the radio's; so a
program knows by its device whose packet it has. A path that is closed leaves every packet to the process.
Nothing is pinned: emulated phones end with their process.
"""

from __future__ import annotations

import errno
import ipaddress
import mmap
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path as File
from struct import Struct

import msgspec

from pilot5g.datapath.ebpf import bpf, devices
from pilot5g.flow.link import GTPU_PORT, TunnelEnds

OBJECT = "air.bpf.o"
PLACES = (
    File(__file__).resolve().parent / OBJECT,
    File(__file__).resolve().parents[4] / "build" / "ebpf" / OBJECT,
)
"""Of the compiled programs: in a wheel beside this module, in a checkout where `make compile` puts them."""

FIRST = 0x100000
"""The index of the first phone's TUN, and of the radio's end of its cable; the phone's end has the next."""

SIZE = 128
CONFIG = Struct("=4s4s4s4s8s4sIBBBB28x")
COUNTS = Struct("=5Q")
COUNTS_AT = 64
_OPEN_AT = 32
_LOOPBACK = 1
_TEID = Struct(">I")
_NUMBER = Struct("=I")


class AirUnavailable(Exception):
    """Phones' packets cannot be taken past the process here: why, and what would change that."""


class Carried(msgspec.Struct, frozen=True):
    """What went by a path so far."""

    up: int
    up_octets: int
    down: int
    down_octets: int
    last: float
    """When, in seconds on the monotonic clock; 0: never."""


class Path:
    """One phone's (`flow.link.Bypass`), closed at first."""

    def __init__(self, air: Air, number: int) -> None:
        self._air = air
        self._number = number
        self._at = number * SIZE
        self._end = b""
        self._links: list[int] = []

    @property
    def index(self) -> int:
        """Of the phone's TUN; the cable's index at the phone is one more, and at the radio the same."""
        return FIRST + 2 * self._number

    def attach_at_phone(self) -> None:
        """Put the programs on the phone's devices; in its namespace. Raises OSError."""
        programs = self._air.programs
        self._links.append(bpf.attach(programs["leave"], self.index, bpf.TCX_EGRESS))
        self._links.append(bpf.attach(programs["land"], self.index + 1, bpf.TCX_INGRESS))

    def attach_at_radio(self) -> None:
        """Put the programs on the radio's end of the cable; in its namespace. Raises OSError."""
        self._links.append(bpf.attach(self._air.programs["raise"], self.index, bpf.XDP, bpf.XDP_NATIVE))
        self._links.append(bpf.attach(self._air.programs["lift"], self.index, bpf.TCX_INGRESS))

    def open(self, ends: TunnelEnds, ipv4: bytes, prefix: bytes) -> None:
        """Take the packets of a tunnel from and to these addresses (4 octets, 8 octets, or none)."""
        self.close()
        device = self._air.n3.get(ends.local)
        if device is None or ends.port != GTPU_PORT or ":" in ends.peer or not (ipv4 or prefix):
            return
        gnb, upf = ipaddress.ip_address(ends.local).packed, ipaddress.ip_address(ends.peer).packed
        up, down = _TEID.pack(ends.uplink_teid), _TEID.pack(ends.downlink_teid)
        config = CONFIG.pack(
            up, upf, down, gnb, prefix, ipv4, device, 0, bool(ipv4), bool(prefix), ends.qfi
        )  # fmt: skip
        memory = self._air.memory
        memory[self._at : self._at + len(config)] = config
        self._air.ends.update(down + gnb, _NUMBER.pack(self._number))
        self._end = down + gnb
        memory[self._at + _OPEN_AT] = 1

    def close(self) -> None:
        """Leave them to the process."""
        if self._end:
            self._air.memory[self._at + _OPEN_AT] = 0
            with suppress(FileNotFoundError):
                self._air.ends.delete(self._end)
            self._end = b""

    @property
    def is_open(self) -> bool:
        return bool(self._end)

    @property
    def carried(self) -> Carried:
        """What went by this path, since it was made."""
        up, up_octets, down, down_octets, last = COUNTS.unpack_from(self._air.memory, self._at + COUNTS_AT)
        return Carried(up, up_octets, down, down_octets, last / 1e9)

    @property
    def last(self) -> float:
        """When a packet last went by it, on the clock of a real loop."""
        return self.carried.last

    def remove(self) -> None:
        """Take the programs off; the number is free for another phone."""
        self.close()
        for link in self._links:
            os.close(link)
        self._links.clear()
        self._air.memory[self._at : self._at + SIZE] = bytes(SIZE)
        self._air.free.append(self._number)


class Air:
    """The programs, the table, and the devices that have the gNBs' addresses."""

    def __init__(self, path: File, n3: Mapping[str, int], phones: int) -> None:
        """Raises OSError."""
        self.n3 = n3
        self._object = bpf.Object(path, entries={"phones": phones, "ends": phones})
        self.programs = self._object.programs
        self.ends = self._object.maps["ends"]
        self.memory: mmap.mmap = self._object.maps["phones"].memory()
        self.free = list(range(phones - 1, -1, -1))
        self._links: list[int] = []
        try:
            os.close(bpf.attach(self.programs["leave"], _LOOPBACK, bpf.TCX_EGRESS))  # can it be had at all?
            for device in sorted(set(n3.values())):
                self._links.append(bpf.attach(self.programs["lower"], device, bpf.XDP, bpf.XDP_NATIVE))
        except OSError:
            self.close()
            raise

    def path(self) -> Path:
        """Of another phone. Raises IndexError where all are in use."""
        return Path(self, self.free.pop())

    def close(self) -> None:
        """Take the programs off; paths are to be removed before."""
        for link in self._links:
            os.close(link)
        self._links.clear()
        self.memory.close()
        self._object.close()


def open_air(locals: list[str], phones: int) -> Air:
    """The air over the N3 addresses of the gNBs here, for so many phones. Raises AirUnavailable."""
    path = next((each for each in PLACES if each.is_file()), None)
    if path is None:
        raise AirUnavailable(
            "its programs are not compiled: `make compile` does that, with clang and libbpf-dev"
        )
    try:
        bpf.probe()
        ethernet = {each.index for each in devices.ethernet()}
        n3 = {each: devices.holder_of(ipaddress.ip_address(each).packed) for each in locals}
        for each, device in n3.items():
            if device not in ethernet or ":" in each:
                raise AirUnavailable(f"the address of N3, {each}, is on no Ethernet device, or is IPv6")
        return Air(path, n3, phones)
    except OSError as error:
        raise AirUnavailable(_advice(error)) from error


def _advice(error: OSError) -> str:
    if error.errno in (errno.EPERM, errno.EACCES):
        return "the kernel refuses to load its programs (root, or CAP_BPF and CAP_NET_ADMIN, is needed)"
    if error.errno == errno.EINVAL:
        return f"the kernel does not take its programs, which need Linux 6.6 ({error})"
    return str(error)
