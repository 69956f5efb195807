"""Phones, a radio, a UPF and a data network, each in a namespace, with real IP stacks at both ends.

    ue (10.45.x.y) ==ue0/ran0== gnb (10.99.1.2) ==n3== upf (10.99.1.1 | 10.99.6.1) ==n6== dn (10.99.6.2)

The radio is two XDP programs, so what is measured is the UPF. `wired` is the same hosts without any tunnel:
the kernel of radio and UPF routes.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from ipaddress import IPv4Address, ip_network
from pathlib import Path

from pilot5g.datapath.ebpf import EbpfDatapath, bpf, open_datapath, opening, pins
from pilot5g.datapath.ebpf.records import settings
from pilot5g.datapath.userspace import UserspaceDatapath
from pilot5g.flow.link import PacketPort
from pilot5g.model import Ambr
from pilot5g.net import namespace as ns
from pilot5g.net.offloads import set_offloads
from pilot5g.net.tun import open_tun
from pilot5g.net.udp import open_udp
from pilot5g.service.n4 import (
    ApplyAction,
    Far,
    FTeid,
    OuterHeader,
    Pdr,
    Qer,
    Session,
    SourceInterface,
    UeAddress,
    Usage,
)

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "build" / "ebpf-bench"
HERE = Path(__file__).resolve().parent
UPF, RADIO, UPF_DN, DN = "10.99.1.1", "10.99.1.2", "10.99.6.1", "10.99.6.2"
POOL = ip_network("10.45.0.0/16")
FIRST = IPv4Address("10.45.0.2")


def built(source: str) -> Path:
    """A program file of this folder, compiled."""
    target = BUILT / source.replace(".c", ".o")
    tools = spec_from_file_location("ebpf", ROOT / "tools" / "ebpf.py")
    assert tools is not None
    assert tools.loader is not None
    ebpf = module_from_spec(tools)
    tools.loader.exec_module(ebpf)
    ebpf.build(target, HERE / source)
    return target


def address(phone: int) -> str:
    """Of a phone, from 0 on."""
    return str(FIRST + phone)


def teid(phone: int) -> int:
    """Its uplink tunnel."""
    return (phone * 2654435761 + 1) & 0xFFFFFFFF


def session(phone: int, *, rate: int = 0, action: ApplyAction = ApplyAction.FORW) -> Session:
    """As an SMF installs it: one QoS flow, perhaps a rate both ways."""
    where = UeAddress(address(phone))
    forwards = action is ApplyAction.FORW
    common = {"precedence": 255, "qer_ids": (1,), "ue_address": where}
    uplink = Pdr(
        pdr_id=1, source=SourceInterface.ACCESS, far_id=1, local_fteid=FTeid(teid(phone), UPF), **common
    )
    return Session(
        seid=phone + 1,
        dnn="internet",
        pdrs=(uplink, Pdr(pdr_id=2, source=SourceInterface.CORE, far_id=2, **common)),
        fars=(
            Far(far_id=1, action=ApplyAction.FORW, destination=SourceInterface.CORE),
            Far(
                far_id=2,
                action=action,
                destination=SourceInterface.ACCESS if forwards else None,
                outer_header=OuterHeader(phone + 1, RADIO) if forwards else None,
            ),
        ),
        qers=(Qer(qer_id=1, qfi=9, mbr=Ambr(rate, rate) if rate else None),),
    )


class Silent:
    """Reports that nobody reads but a benchmark."""

    def __init__(self) -> None:
        self.data: list[int] = []

    def downlink_data(self, seid: int, pdr_id: int, qfi: int | None) -> None:
        self.data.append(seid)

    def error_indication(self, seid: int, remote: FTeid) -> None: ...
    def usage(self, seid: int, usage: Usage) -> None: ...
    def inactive(self, seid: int) -> None: ...


class Site:
    """The four hosts. `phones` addresses are on the one interface of `ue`."""

    def __init__(self, phones: int = 1, *, tunnelled: bool = True) -> None:
        self.phones = phones
        self.tunnelled = tunnelled
        self.prefix = f"b5g{os.getpid()}"
        self.ue, self.gnb, self.upf, self.dn = (
            f"{self.prefix}-{part}" for part in ("ue", "gnb", "upf", "dn")
        )
        self.heard = Silent()
        self.path: EbpfDatapath | None = None
        self._held: list[object] = []

    def build(self) -> None:
        """Make it, the radio's programs attached."""
        for name in (self.ue, self.gnb, self.upf, self.dn):
            ns.create(name)
            ns.forward(name)
            for which in ("all", "default"):
                ns.set_sysctl(name, f"net/ipv4/conf/{which}/rp_filter", "0")
        ns.connect(self.ue, "ue0", self.gnb, "ran0")
        ns.connect(self.gnb, "n3", self.upf, "n3", 1600)
        ns.connect(self.upf, "n6", self.dn, "n6")
        addresses = [f"{address(i)}/16" for i in range(self.phones)]
        ns.configure(self.ue, "ue0", addresses)
        ns.configure(self.gnb, "ran0", ["10.45.255.254/16"])
        ns.configure(self.ue, "ue0", (), [("0.0.0.0/0", "10.45.255.254")])
        ns.configure(self.gnb, "n3", [f"{RADIO}/24"], [] if self.tunnelled else [("0.0.0.0/0", UPF)])
        ns.configure(self.upf, "n3", [f"{UPF}/24"], [] if self.tunnelled else [(str(POOL), RADIO)])
        ns.configure(self.upf, "n6", [f"{UPF_DN}/24"])
        ns.configure(self.dn, "n6", [f"{DN}/24"], [("0.0.0.0/0", UPF_DN)])
        for name, link in ((self.ue, "ue0"), (self.dn, "n6")):
            # Whole checksums for the programs to pass on, and a queue that holds a sender back.
            set_offloads(name, link, gro=True, tx_checksums=False)
            self.run(name, "tc", "qdisc", "add", "dev", link, "root", "pfifo", "limit", "10000")
        self._know_phones()
        if self.tunnelled:
            ns.inside(self.gnb, self._radio)

    def _know_phones(self) -> None:
        """The radio need not ask for phones: its programs could not."""
        words = self.run(self.ue, "ip", "-o", "link", "show", "ue0").split()
        mac = words[words.index("link/ether") + 1]
        lines = [
            f"neigh replace {address(i)} lladdr {mac} dev ran0 nud permanent" for i in range(self.phones)
        ]
        process = ns.run_in(self.gnb, ["ip", "-batch", "-"], stdin=subprocess.PIPE)
        process.communicate("\n".join(lines).encode())

    def per_packet(self) -> None:
        """No superframes anywhere, as where XDP programs are."""
        for name, link in (
            (self.ue, "ue0"), (self.gnb, "ran0"), (self.gnb, "n3"), (self.upf, "n3"), (self.upf, "n6"),
            (self.dn, "n6"),
        ):  # fmt: skip
            set_offloads(name, link, gro=False)
            ns.inside(name, lambda link=link: _no_superframes(link))

    def warm(self) -> None:
        """Let everybody find their neighbours."""
        for name, to in (
            (self.ue, "10.45.255.254"), (self.gnb, UPF), (self.gnb, address(0)), (self.upf, RADIO),
            (self.upf, DN), (self.dn, UPF_DN),
        ):  # fmt: skip
            self.run(name, "ping", "-qc1", "-W1", to)
        for line in self.run(self.upf, "ip", "neigh").splitlines():  # a program that drops drops ARP as well
            words = line.split()
            if "lladdr" in words and ":" not in words[0]:
                at, device = words[words.index("lladdr") + 1], words[words.index("dev") + 1]
                argv = (words[0], "lladdr", at, "dev", device, "nud", "permanent")
                self.run(self.upf, "ip", "neigh", "replace", *argv)

    def _radio(self) -> None:
        import socket

        constants = {
            ".rodata": settings(0, [IPv4Address(RADIO).packed], [], []),
            ".rodata.radio": IPv4Address(UPF).packed,
        }
        programs = bpf.Object(built("radio.bpf.c"), constants=constants)
        for i in range(self.phones):
            key = (int(FIRST + i) & 0xFFFF).to_bytes(4, "little")
            programs.maps["teids"].update(key, teid(i).to_bytes(4, "big"))
        for link, program in (("ran0", "from_phones"), ("n3", "to_phones")):
            index = socket.if_nametoindex(link)
            self._held.append(bpf.attach(programs.programs[program], index, bpf.XDP, bpf.XDP_NATIVE))

    def open(self, **options: int) -> EbpfDatapath:
        """The data path, in the UPF's namespace."""
        loop = asyncio.get_running_loop()
        n3 = open_udp((UPF, 2152), namespace=self.upf)
        ports = {"internet": open_tun("tun0", ["10.45.0.1/16"], mtu=1500, namespace=self.upf)}

        def slow(over: Mapping[str, PacketPort]) -> UserspaceDatapath:
            return UserspaceDatapath(n3, over, loop.time, **options)

        opening.PLACES = (ROOT / "build" / "ebpf" / opening.OBJECT,)
        opened = ns.inside(
            self.upf,
            lambda: open_datapath(
                self.prefix, UPF, ports, [POOL], slow, loop, mtu={"internet": 1500},
            ),
        )  # fmt: skip
        for link in ("n3", "n6"):
            set_offloads(self.upf, link, gro=False)
        self.path = opened.datapath
        self.path.attach(self.heard)
        return self.path

    def run(self, name: str, *argv: str) -> str:
        """What a program printed in one of the namespaces."""
        process = ns.run_in(name, argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return process.communicate()[0].decode()

    async def running(self, name: str, *argv: str) -> str:
        """The same while the loop goes on."""
        process = await asyncio.create_subprocess_exec(
            *ns.argv_in(name, argv), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        output, _ = await process.communicate()
        return output.decode()

    def close(self) -> None:
        """Take it down."""
        if self.path is not None:
            self.path.close()
        pins.remove(self.prefix)
        for descriptor in self._held:
            os.close(descriptor)  # type: ignore[arg-type]
        for name in (self.ue, self.gnb, self.upf, self.dn):
            ns.remove(name)


def _no_superframes(link: str) -> None:
    import fcntl
    import socket
    import struct
    from ctypes import addressof, create_string_buffer

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for command in (0x1F, 0x24):  # ETHTOOL_STSO, ETHTOOL_SGSO
            memory = create_string_buffer(struct.pack("=II", command, 0), 8)
            fcntl.ioctl(sock, 0x8946, struct.pack("=16sQ16x", link.encode(), addressof(memory)))


def iperf(output: str) -> float:
    """The rate that was received, bit/s, of `iperf3 -J`."""
    import json

    end = json.loads(output)["end"]
    return float(end["sum_received"]["bits_per_second"])
