"""A UPF between a radio and a data network, each in a namespace: the one place where both data paths are the
same from outside.

    radio (gnb, 10.99.1.2) ==n3== upf (10.99.1.1 | 10.99.6.1) ==n6== data network (dn, 10.99.6.2)

The far ends are packet sockets: a test sends frames as a driver would see them, and looks at every octet of
what comes out. Nothing answers there, for the far ends have no addresses of their own.
"""

import asyncio
import atexit
import fcntl
import itertools
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

from pilot5g.datapath.ebpf import open_datapath, opening, pins
from pilot5g.datapath.userspace import UserspaceDatapath
from pilot5g.net import namespace as ns
from pilot5g.net.offloads import set_offloads
from pilot5g.net.tun import open_tun
from pilot5g.net.udp import open_udp

ROOT = Path(__file__).resolve().parents[2]
UPF, RADIO, OTHER_RADIO = "10.99.1.1", "10.99.1.2", "10.99.1.3"
UPF6, RADIO6 = "2001:db8:3::1", "2001:db8:3::2"
UPF_DN, DN, DN6 = "10.99.6.1", "10.99.6.2", "2001:db8:99::2"
POOL4, POOL6 = "10.45.0.0/16", "2001:db8:45::/48"
UE4, UE6 = "10.45.0.2", "2001:db8:45:2::5"
IPV4, IPV6 = b"\x08\x00", b"\x86\xdd"
PATIENCE = 3.0

_numbers = itertools.count(1)


def built(source="plane.bpf.c", target="plane.bpf.o"):
    """The programs, compiled from what the sources are now; in a folder of this process."""
    path = ROOT / "build" / "ebpf-tests" / f"{os.getpid()}-{target}"
    if not path.exists():
        compiled(ROOT / "src" / "pilot5g" / "datapath" / "ebpf" / "programs" / source, path)
        atexit.register(path.unlink, missing_ok=True)
    return path


def compiled(source, target):
    """One file, compiled as `make compile` does."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import ebpf
    finally:
        sys.path.remove(str(ROOT / "tools"))
    ebpf.build(target, source)


def reason_against():
    """Why the programs cannot be tested here; empty where they can."""
    if shutil.which("clang") is None:
        return "needs clang to compile the programs"
    if not Path("/usr/include/bpf/bpf_helpers.h").is_file():
        return "needs the headers of libbpf"
    return ""


class Far:
    """The far end of a link: frames in and out, by a packet socket in its namespace."""

    def __init__(self, name, link, near_mac):
        def make():
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            sock.bind((link, 0))
            mac = fcntl.ioctl(sock, 0x8927, struct.pack("=16s24s", link.encode(), b""))[18:24]
            return sock, mac

        self.socket, self.mac = ns.inside(name, make)
        self.socket.setblocking(False)
        self.near_mac = near_mac

    def send(self, packet, kind=None):
        kind = kind or (IPV6 if packet[0] >> 4 == 6 else IPV4)
        self.socket.send(self.near_mac + self.mac + kind + packet)

    def received(self):
        """The IP packets that came, Ethernet headers checked and taken off."""
        found = []
        while True:
            try:
                frame, address = self.socket.recvfrom(70_000)
            except BlockingIOError:
                return found
            ours = address[2] != socket.PACKET_OUTGOING and not frame[0] & 1
            if ours and frame[12:14] in (IPV4, IPV6):
                assert frame[:12] == self.mac + self.near_mac
                found.append(frame[14:])

    def close(self):
        self.socket.close()


def mac_of(name, link):
    def ask():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            return fcntl.ioctl(sock, 0x8927, struct.pack("=16s24s", link.encode(), b""))[18:24]

    return ns.inside(name, ask)


class Wires:
    """The namespaces, one data path in the middle, and the two far ends."""

    def __init__(self, kind, mtu=1400):
        """`mtu`: the phones'. The links take a hundred octets more, and N3 its tunnel as well."""
        self.kind, self.mtu = kind, mtu
        self.prefix = f"w5g{os.getpid()}-{next(_numbers)}"
        self.upf, self.gnb, self.dn = (f"{self.prefix}-{part}" for part in ("upf", "gnb", "dn"))
        self.path = None
        self.n3 = self.n6 = None

    def build(self):
        for name in (self.upf, self.gnb, self.dn):
            ns.create(name)
        for name in (self.gnb, self.dn):
            ns.set_sysctl(name, "net/ipv6/conf/default/disable_ipv6", "1")
        ns.forward(self.upf)
        ns.set_sysctl(self.upf, "net/ipv4/conf/all/rp_filter", "0")
        ns.set_sysctl(self.upf, "net/ipv4/conf/default/rp_filter", "0")
        ns.set_sysctl(self.upf, "net/ipv6/conf/default/accept_dad", "0")
        for far, link, mtu in ((self.gnb, "n3", self.mtu + 200), (self.dn, "n6", self.mtu + 100)):
            ns.connect(self.upf, link, far, link, mtu)
            ns.configure(far, link)
            # A far end takes redirected frames only where it merges; and whole checksums are ours to check.
            set_offloads(far, link, gro=True)
            set_offloads(self.upf, link, tx_checksums=False)
        ns.configure(self.upf, "n3", [f"{UPF}/24", f"{UPF6}/64"])
        ns.configure(
            self.upf, "n6", [f"{UPF_DN}/24", "2001:db8:99::1/64"], [("0.0.0.0/0", DN), ("::/0", DN6)]
        )
        for address, link, far in (
            (RADIO, "n3", self.gnb),
            (OTHER_RADIO, "n3", self.gnb),
            (RADIO6, "n3", self.gnb),
            (DN, "n6", self.dn),
            (DN6, "n6", self.dn),
        ):
            self.neighbour(address, link, far)
        self.n3 = Far(self.gnb, "n3", mac_of(self.upf, "n3"))
        self.n6 = Far(self.dn, "n6", mac_of(self.upf, "n6"))

    def neighbour(self, address, link, far):
        mac = mac_of(far, link).hex(":")
        argv = ["ip", "neigh", "replace", address, "lladdr", mac, "dev", link, "nud", "permanent"]
        assert ns.run_in(self.upf, argv).wait() == 0

    def route(self, *networks):
        """Let the UPF's own kernel know that networks are behind phones."""
        for network in networks:
            argv = ["ip", "route", "replace", network, "dev", "tun0"]
            assert ns.run_in(self.upf, argv).wait() == 0

    def knows(self, address):
        """Does the UPF's kernel take packets to that address already?"""
        argv = ["ip", "-6", "route", "show", "table", "local", address]
        return bool(ns.run_in(self.upf, argv, stdout=subprocess.PIPE).communicate()[0])

    def open(self, heard, *, pools=(POOL4, POOL6), local=(UPF,), processors=1, **options):
        """The data path, of the kind that is wanted, with `heard` for its reports; `local`: the addresses
        of its N3."""
        loop = asyncio.get_running_loop()
        while UPF6 in local and not self.knows(UPF6):
            time.sleep(0.01)
        n3 = [open_udp((address, 2152), namespace=self.upf) for address in local]
        own = ["10.45.0.1/16", "2001:db8:45::1/48"]
        ports = {"internet": open_tun("tun0", own, mtu=self.mtu, namespace=self.upf)}

        def slow(over):
            return UserspaceDatapath(n3, over, loop.time, mtu=self.mtu, **options)

        if self.kind == "userspace":
            self.path = slow(ports)
        else:
            opening.PLACES = (built(),)
            networks = [ip_network(pool) for pool in pools]
            self.path = ns.inside(
                self.upf,
                lambda: open_datapath(
                    self.prefix,
                    local,
                    ports,
                    networks,
                    slow,
                    loop,
                    mtu={"internet": self.mtu},
                    sessions=1024,
                    processors=processors,
                    ue_to_ue=options.get("ue_to_ue", True),
                    sources=options.get("sources", ()),
                ),
            ).datapath
        self.path.attach(heard)
        return self.path

    def close(self):
        if self.path is not None:
            self.path.close()
        pins.remove(self.prefix)
        for far in (self.n3, self.n6):
            if far is not None:
                far.close()
        for name in (self.upf, self.gnb, self.dn):
            ns.remove(name)


@asynccontextmanager
async def wires(kind, heard, mtu=1400, **options):
    """Everything up, with a data path of that kind; gone afterwards."""
    made = Wires(kind, mtu)
    try:
        made.build()
        made.open(heard, **options)
        yield made
    finally:
        made.close()
        await asyncio.sleep(0)
