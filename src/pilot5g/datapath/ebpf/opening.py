"""Putting the data path together: is it to be had here, load or adopt it, attach it to the devices.

`EbpfUnavailable` says in one sentence why not; the userspace plane then does all of it.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import msgspec

from pilot5g.datapath.ebpf import bpf, devices, pins
from pilot5g.datapath.ebpf.devices import Device
from pilot5g.datapath.ebpf.htb import Htb
from pilot5g.datapath.ebpf.lanes import chosen, constants, open_lanes
from pilot5g.datapath.ebpf.plane import CountedPort, EbpfDatapath, Frames, Slow
from pilot5g.datapath.ebpf.queues import Queues
from pilot5g.datapath.ebpf.release import Loop
from pilot5g.datapath.ebpf.stations import Stations
from pilot5g.datapath.ebpf.tables import SESSIONS, Tables
from pilot5g.flow.link import PacketPort
from pilot5g.wire import ip

OBJECT = "plane.bpf.o"
PLACES = (
    Path(__file__).resolve().parent / OBJECT,
    Path(__file__).resolve().parents[4] / "build" / "ebpf" / OBJECT,
)
"""Of the compiled programs: in a wheel beside this module, in a checkout where `make compile` puts them."""


class EbpfUnavailable(Exception):
    """The data path cannot run here: why, and what would change that."""


TUNNEL, TUNNEL6, FRAME = 58, 78, 14
"""Octets of a frame on N3 over IPv4, over IPv6, and on N6, that are not the user packet."""


class Attached(msgspec.Struct, frozen=True):
    """A device and how its packets are taken."""

    device: str
    role: str
    how: str
    lanes: tuple[int, ...] = ()
    """Processors that share what comes in here, where it is N3."""


class Opened(msgspec.Struct, frozen=True):
    """The data path, and where it is attached, for the report."""

    datapath: EbpfDatapath
    attached: tuple[Attached, ...]

    @property
    def detail(self) -> str:
        """`XDP native on n3, n6`."""
        ways = {each.how for each in self.attached}
        parts = [
            f"{how} on {', '.join(a.device for a in self.attached if a.how == how)}" for how in sorted(ways)
        ]
        lanes = next((each.lanes for each in self.attached if each.role == "n3"), ())
        if lanes:
            parts.append(f"uplink over processors {', '.join(map(str, lanes))}")
        return "; ".join(parts)


def object_file() -> Path:
    """The compiled programs. Raises EbpfUnavailable."""
    for path in PLACES:
        if path.is_file():
            return path
    raise EbpfUnavailable(
        "its programs are not compiled: `make compile` does that, with clang and libbpf-dev"
    )


def open_datapath(
    name: str,
    local: str | Sequence[str],
    n6: Mapping[str, PacketPort],
    pools: Sequence[IPv4Network | IPv6Network],
    slow: Callable[[Mapping[str, PacketPort]], Slow],
    loop: Loop,
    *,
    mtu: Mapping[str, int],
    sessions: int = SESSIONS,
    any_veth: bool = True,
    aside: Collection[str] = (),
    ue_to_ue: bool | Collection[str] = True,
    sources: Collection[str] = (),
    frames: Collection[str] = (),
    processors: int = 1,
) -> Opened:
    """The data path of that name over the N3 address `local`, or one of each version, adopted where it is
    running already.

    `slow` makes the userspace plane over the N6 ports it is given. Without `any_veth` no veth is taken: its
    far end may leave checksums undone. `aside`: data networks left to user space whole; `ue_to_ue`: those
    whose phones may reach each other; `frames`: those of Ethernet, whose ports are TAPs; `processors`: how
    many share what comes by one receive queue of N3.
    Raises EbpfUnavailable.
    """
    if reason := obstacle():
        raise EbpfUnavailable(reason)
    addresses = [ip.pack(each) for each in ([local] if isinstance(local, str) else local)]
    found, n3 = _devices(addresses, any_veth)
    try:
        lanes = chosen(processors)
        tables = _load(name, addresses, pools, sessions, sources, lanes)
        attached = _attach(pins.folder(name), tables, found, n3, lanes)
        taps = {dnn: _attach_tap(pins.folder(name), tables, n6[dnn].name) for dnn in frames}
        tunnel = TUNNEL if any(len(each) == 4 for each in addresses) else TUNNEL6
        up, down = (_htbs(found, n3, tunnel, up=up) for up in (True, False))
        queues = Queues(tables, up, down)
    except OSError as error:
        raise EbpfUnavailable(_advice(error)) from error
    ports = {dnn: CountedPort(port) for dnn, port in n6.items()}
    table = tables.object.maps["stations"]
    datapath = EbpfDatapath(
        tables,
        slow(ports),
        ports.values(),
        loop,
        mtu=mtu,
        queues=queues,
        aside=aside,
        ue_to_ue=ue_to_ue,
        frames={dnn: Frames(ports[dnn], Stations(table, tap, loop.time)) for dnn, tap in taps.items()},
    )
    return Opened(datapath, tuple(attached))


def obstacle() -> str:
    """Why no data path in the kernel can run here, as far as can be said without trying; else empty."""
    try:
        object_file()
        bpf.probe()
    except EbpfUnavailable as why:
        return str(why)
    except OSError as error:
        return _advice(error)
    return ""


def _devices(local: Sequence[bytes], any_veth: bool) -> tuple[list[Device], set[int]]:
    """The Ethernet devices of this namespace, and the indices of those with an N3 address."""
    try:
        found, n3 = devices.ethernet(), {devices.holder_of(each) for each in local}
    except OSError as error:
        raise EbpfUnavailable(f"the network devices cannot be listed: {error.strerror}") from error
    if not n3 <= {device.index for device in found}:
        raise EbpfUnavailable("the address of N3 is on no Ethernet device")
    veth = next((device.name for device in found if device.driver == "veth"), None)
    if veth is not None and not any_veth:
        raise EbpfUnavailable(
            f"{veth} is a veth, whose far end must do its checksums itself: see to that (ethtool -K <link>"
            " tx off) and set `user_plane: ebpf`"
        )
    return found, n3


def _load(
    name: str,
    local: Sequence[bytes],
    pools: Sequence[IPv4Network | IPv6Network],
    sessions: int,
    sources: Collection[str],
    lanes: tuple[int, ...],
) -> Tables:
    """The tables, adopted where they fit: a network whose pools have changed begins anew."""

    def load() -> Tables:
        folder = pins.folder(name)
        return Tables(
            object_file(),
            local=local,
            pools=pools,
            pins=folder,
            sessions=sessions,
            sources=sources,
            constants={".rodata.lanes": constants(lanes)},
        )

    try:
        return load()
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        pins.remove(name)
        return load()


def _attach(
    folder: Path, tables: Tables, found: Sequence[Device], n3: set[int], lanes: tuple[int, ...]
) -> list[Attached]:
    """Put the programs on the devices: at XDP where the driver has it, and at tc for what that leaves."""
    attached = []
    open_lanes(tables, lanes)
    for device in found:
        role = "n3" if device.index in n3 else "n6"
        programs = tables.object.programs
        native = True
        try:
            path = folder / f"xdp_{device.name}"
            first = programs["xdp_spread" if lanes and role == "n3" else f"xdp_{role}"]
            os.close(pins.link(path, first, device.index, bpf.XDP, bpf.XDP_NATIVE))
        except OSError as error:
            if error.errno not in _NO_XDP:
                raise
            native = False
        program = programs[f"after_{role}" if native else f"tc_{role}"]
        os.close(pins.link(folder / f"tc_{device.name}", program, device.index, bpf.TCX_INGRESS))
        attached.append(Attached(device.name, role, "XDP" if native else "tc", lanes if native else ()))
    return attached


def _attach_tap(folder: Path, tables: Tables, name: str) -> int:
    """Put the program of frames on a TAP, where they go to user space; the TAP's index."""
    device = socket.if_nametoindex(name)
    os.close(pins.link(folder / f"tap_{name}", tables.object.programs["tap"], device, bpf.TCX_EGRESS))
    return device


_NO_XDP = (errno.EOPNOTSUPP, errno.EINVAL, errno.ERANGE, errno.EBUSY)
"""The driver has no XDP, not for frames that long, or another program is there."""


def _htbs(found: Sequence[Device], n3: set[int], tunnel: int, *, up: bool) -> list[Htb]:
    """The queues of the devices that packets of a direction leave by; from phone to phone that is N3.
    `tunnel`: the octets of a frame there that are not the user packet."""
    if len(found) == 1:
        return [Htb(found[0].index, FRAME)]
    return [
        Htb(each.index, tunnel if each.index in n3 else FRAME) for each in found if up or each.index in n3
    ]


def _advice(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "the kernel refuses to load its programs (root, or CAP_BPF and CAP_NET_ADMIN, is needed)"
    return f"{error}"
