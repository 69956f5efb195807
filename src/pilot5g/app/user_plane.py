"""Which data path a core runs on: programs in the kernel where they can be had, else this process.

`user_plane: auto` takes what is there and says so; `ebpf` insists; `userspace` does not even look. On a veth
whose far end is not of our making `auto` stays in user space: what a program takes from it may have no
checksums yet, and nothing tells (docs/explanation/user-plane.md).
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

import msgspec

from pilot5g.app.config import Config, DataNetwork
from pilot5g.app.framed import RoutedDatapath
from pilot5g.app.opening import CannotOpen, opening
from pilot5g.datapath.ebpf import EbpfUnavailable, Opened, obstacle, open_datapath, pins
from pilot5g.datapath.userspace import UserspaceDatapath
from pilot5g.flow.link import DatagramPort, PacketPort
from pilot5g.net import nat
from pilot5g.net.namespace import set_sysctl
from pilot5g.net.offloads import set_offloads
from pilot5g.net.topology import DN_LINK, RAN_LINK, TopologyPlan
from pilot5g.net.tun import TunPort, open_tap, open_tun, remove_tun
from pilot5g.net.udp import open_udp
from pilot5g.service.datapath import Datapath


class UserPlane(msgspec.Struct, frozen=True):
    """The data path, what it is in words, and what is to be done once every session is there again."""

    datapath: Datapath
    detail: str
    restored: Callable[[], object] = lambda: None
    in_kernel: bool = False
    """Whether it goes on when this process has ended."""
    closing: Callable[[], object] = lambda: None

    def close(self) -> None:
        """Stop moving packets in this process, and translating addresses: both need it."""
        self.datapath.close()
        self.closing()


def open_user_plane(
    config: Config, n6: Sequence[PacketPort] | None = None, *, prepared: bool = False
) -> UserPlane:
    """The data path of a core. `n6`: packet ports to use instead of TUN interfaces, one for each data
    network; `prepared`: the links here were made by `net.topology`. Raises OSError."""
    if n6 is not None:
        return _inside(config, n6)
    n3 = _n3(config)
    names = [each.dnn for each in config.data_networks]
    ports = dict(zip(names, _tuns(config), strict=True))
    try:
        translated = _translate(config)
        plane = _chosen(config, n3, ports, prepared=prepared)
        for port in ports.values():
            port.keep(plane.in_kernel)
    except BaseException:
        n3.close()
        for port in ports.values():
            port.close()
        nat.forget(name(config))
        raise
    routed = RoutedDatapath(plane.datapath, ports)

    def restored() -> None:
        plane.restored()
        routed.sweep()

    return msgspec.structs.replace(
        plane,
        datapath=routed,
        restored=restored,
        detail=plane.detail + translated,
        closing=partial(nat.forget, name(config)) if translated else lambda: None,
    )


def _inside(config: Config, n6: Sequence[PacketPort]) -> UserPlane:
    """The data path of a program that has its data networks inside."""
    ports = dict(zip((each.dnn for each in config.data_networks), n6, strict=True))
    detail = "user plane in this process"
    if any(each.nat for each in config.data_networks):
        detail += ", without `nat`, for the data network is inside the program"
    return UserPlane(_userspace(config, _n3(config), ports), detail)


def _n3(config: Config) -> DatagramPort:
    with opening(f"N3 at {config.n3.address}, UDP port {config.n3.port}", "n3"):
        return open_udp((config.n3.address, config.n3.port))


def _translate(config: Config) -> str:
    """Have the kernel translate for the networks that want it; what to say of it. Raises CannotOpen."""
    inner = [n6_name(config, i) for i, each in enumerate(config.data_networks) if each.nat]
    if not inner:
        nat.forget(name(config))  # of a core that was killed, and configured otherwise
        return ""
    every = [n6_name(config, i) for i in range(len(config.data_networks))]
    try:
        nat.masquerade(name(config), inner, every)
    except nat.NoNat as why:
        raise CannotOpen(why.errno or errno.EIO, f"`data_networks` with `nat: true`: {why}") from why
    return f", IPv4 of {', '.join(each.dnn for each in config.data_networks if each.nat)} translated"


def _chosen(
    config: Config, n3: DatagramPort, ports: Mapping[str, PacketPort], *, prepared: bool
) -> UserPlane:
    """The plane that `user_plane` asks for. Raises CannotOpen."""
    if config.user_plane == "userspace":
        return UserPlane(_userspace(config, n3, ports), "user plane in this process")
    try:
        opened = _in_kernel(config, n3, ports, any_veth=prepared or config.user_plane == "ebpf")
    except EbpfUnavailable as why:
        if config.user_plane == "ebpf":
            text = f"the user plane in the kernel (`user_plane: ebpf`) cannot be had: {why}"
            raise CannotOpen(errno.ENOTSUP, text) from why
        return UserPlane(_userspace(config, n3, ports), f"user plane in this process ({why})")
    for each in opened.attached:
        with suppress(OSError):  # a driver that merges nothing knows no such switch
            set_offloads(None, each.device, gro=False)
    detail = f"user plane in the kernel, {opened.detail}"
    return UserPlane(opened.datapath, detail, opened.datapath.sweep, in_kernel=True)


def name(config: Config) -> str:
    """What the data path of this core is pinned under."""
    return "n3-" + config.n3.address.replace(".", "-").replace(":", "-")


def forget(config: Config) -> None:
    """Stop the data path that a core of this configuration left running, if any."""
    pins.remove(name(config))


def remove_all(config: Config) -> list[str]:
    """Take away all that a core or UPF of this configuration left on this machine; what that was, in words.
    Raises OSError (EBUSY: it runs)."""
    removed = []
    for i, each in enumerate(config.data_networks):
        if remove_tun(n6_name(config, i)):
            removed.append(f"the interface {n6_name(config, i)} of {each.dnn}, with its routes")
    if pins.remove(name(config)):
        removed.append(f"the user plane in the kernel of N3 {config.n3.address}")
    nat.forget(name(config))
    return removed


def prepare(plan: TopologyPlan, config: Config) -> None:
    """Set the links of a network of our own so that programs can take their packets."""
    if config.user_plane == "userspace" or obstacle():
        return
    set_offloads(plan.ran_name, RAN_LINK, gro=True)  # else nothing that is redirected arrives there
    for version in ("ipv4", "ipv6"):  # else its programs may not ask where the UPF is
        set_sysctl(plan.ran_name, f"net/{version}/conf/{RAN_LINK}/forwarding", "1")
    set_offloads(plan.dn_name, DN_LINK, gro=True, tx_checksums=False)
    for lan in plan.lans:  # what is merged, or has no checksum yet, would go through the process
        set_offloads(plan.dn_name, lan.link, tx_checksums=False)
        set_offloads(plan.ran_name, RAN_LINK, tx_checksums=False)


def _in_kernel(
    config: Config, n3: DatagramPort, ports: Mapping[str, PacketPort], *, any_veth: bool
) -> Opened:
    return open_datapath(
        name(config),
        config.n3.address,
        ports,
        [pool for each in _routed(config) for pool in (each.ipv4_pool, each.ipv6_pool)],
        lambda counted: _userspace(config, n3, counted),
        asyncio.get_running_loop(),
        mtu={each.dnn: each.mtu for each in config.data_networks},
        any_veth=any_veth,
        sources=config.n3.sources,
        aside=[each.dnn for each in config.data_networks if each.nat],
        frames=[each.dnn for each in config.data_networks if each.ethernet],
        ue_to_ue=[each.dnn for each in config.data_networks if each.ue_to_ue],
        processors=config.n3.processors,
    )


def _userspace(config: Config, n3: DatagramPort, ports: Mapping[str, PacketPort]) -> UserspaceDatapath:
    clock = asyncio.get_running_loop().time
    dns = [str(a) for each in config.data_networks for a in each.dns if ":" in str(a)]
    mtu = min((each.mtu for each in _routed(config)), default=None)
    return UserspaceDatapath(
        n3,
        ports,
        clock,
        mtu=mtu,
        dns=dns,
        buffer_packets={each.dnn: each.buffer_packets for each in config.data_networks},
        ue_to_ue=[each.dnn for each in config.data_networks if each.ue_to_ue],
        sources=config.n3.sources,
        ethernet={each.dnn: each.mtu for each in config.data_networks if each.ethernet},
    )


def _routed(config: Config) -> list[DataNetwork]:
    """The data networks of IP."""
    return [each for each in config.data_networks if not each.ethernet]


def n6_name(config: Config, i: int) -> str:
    """The interface of the i-th data network."""
    return f"{config.n6.interface}{i}"


def _tuns(config: Config) -> list[TunPort]:
    """One TUN a data network, with the network's own addresses and so the route to its pools; or a TAP."""
    ports: list[TunPort] = []
    for i, each in enumerate(config.data_networks):
        name = n6_name(config, i)
        if each.ethernet:
            with opening(f"N6 of {each.dnn}, the interface {name}", "data_networks[].bridge"):
                ports.append(open_tap(name, mtu=each.mtu, bridge=each.bridge))
            continue
        own = [f"{each.gateway4}/{each.ipv4_pool.prefixlen}", f"{each.gateway6}/{each.ipv6_pool.prefixlen}"]
        with opening(f"N6 of {each.dnn}, the interface {name}", "n6.interface"):
            ports.append(open_tun(name, own, mtu=each.mtu))
    return ports
