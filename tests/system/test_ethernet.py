"""Ethernet sessions between real machines (TS 23.501 5.6.10.2).

Hosts behind phones' bridges and a host on the data network's bridge are one network.
"""

import subprocess

import pytest

from judges.processes import PATIENCE, left, on, running
from pilot5g.net import namespace

pytestmark = pytest.mark.root

K = "00112233445566778899aabbccddeeff"
HOSTS = ("t5g-eth1", "t5g-eth2")
"""Behind phones 1 and 2: 10.46.7.1 and 10.46.7.2."""
DN = "10.46.0.1"
PLANES = [("userspace", "inside"), ("ebpf", "inside"), ("ebpf", "external")]


def network(folder, plane, upf):
    (folder / "pilot.yaml").write_text(
        f"user_plane: {plane}\n"
        f"n4: {{upf: {upf}}}\n"
        "data_networks:\n"
        "  - dnn: internet\n"
        "  - {dnn: lan, session_types: [ethernet], mtu: 1500}\n"
        "radios: [{}, {}]\n"
        f'phones: {{count: 2, first_imsi: "001010000000001", k: {K}, opc: {K}, bridge: br0,\n'
        "  sessions: [{dnn: internet}, {dnn: lan, type: ethernet}]}\n"
    )


def behind(i, *command):
    """What a program prints on the host behind phone i."""
    argv = ["ip", "netns", "exec", HOSTS[i - 1], *command]
    run = subprocess.run(argv, capture_output=True, timeout=PATIENCE, check=False)
    assert run.returncode == 0, run
    return run.stdout


def pings(i, target, *options):
    """Does the host behind phone i reach somebody, without a loss?"""
    out = behind(i, "ping", "-c", "3", "-i", "0.2", "-W", "5", *options, target)
    return b", 0% packet loss" in out


@pytest.fixture
def hosts():
    for name in HOSTS:
        namespace.create(name)
    yield
    for name in HOSTS:
        namespace.remove(name)


def connect(i):
    """The host behind phone i, by a cable to the phone's bridge."""
    phone, host = f"p5g-ue{i}", HOSTS[i - 1]
    namespace.connect(phone, "eth0", host, "eth0", 1500)
    namespace.configure(phone, "eth0")
    namespace.add_bridge(phone, "br0", ["eth0"])
    namespace.configure(host, "eth0", [f"10.46.7.{i}/16", f"fd46::7:{i}/64"])


TAGGED = """
import socket, struct, sys
target, station, answers = sys.argv[1], bytes.fromhex(sys.argv[2]), sys.argv[3] == "answer"
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind((target, 0))
s.setsockopt(263, 8, 1)
s.settimeout(10)
own = s.getsockname()[4]
def ping(to, kind):
    s.send(to + own + bytes.fromhex("8100e007") + bytes.fromhex("88b5") + kind + bytes(40))
print(flush=True)
if not answers:
    ping(station, b"ping")
while True:
    frame, extra, _, sender = s.recvmsg(2000, 100)
    if sender[2] == 4 or frame[12:14] != b"\\x88\\xb5":
        continue
    status, _, _, _, _, tag, kind = struct.unpack("=IIIHHHH", extra[0][2][:20])
    assert (tag, kind) == (0xE007, 0x8100), (hex(tag), hex(kind))
    if answers:
        ping(frame[6:12], b"pong")
    else:
        assert frame[14:18] == b"pong", frame
    break
"""
"""A ping in VLAN 7 with priority 7, over packet sockets: not every kernel has VLAN interfaces. The tag of a
frame comes beside it (packet(7), PACKET_AUXDATA)."""


def tagged(name, answerer):
    """Does a tagged ping from a host, to all and to one, come back with its tag?"""
    to_all, to_one = "ff" * 6, mac(answerer, "lan1").replace(":", "")
    for target in (to_all, to_one):
        argv = ["ip", "netns", "exec", answerer, "python3", "-c", TAGGED, "lan1", "00" * 6, "answer"]
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as answering:
            answering.stdout.readline()
            run = ["ip", "netns", "exec", name, "python3", "-c", TAGGED, "eth0", target, "ask"]
            subprocess.run(run, check=True, timeout=PATIENCE)
            assert answering.wait(PATIENCE) == 0
    return True


def mac(name, interface):
    path = f"/sys/class/net/{interface}/address"
    run = ["ip", "netns", "exec", name, "cat", path]
    return subprocess.run(run, capture_output=True, check=True, text=True).stdout.strip()


@pytest.mark.parametrize(("plane", "upf"), PLANES)
def test_machines_behind_phones_and_on_the_data_network_are_one_network(tmp_path, plane, upf, hosts):
    network(tmp_path, plane, upf)
    with running(tmp_path, "up") as up:
        up.says("Ctrl-C ends the network")
        connect(1)
        connect(2)
        assert pings(1, DN), "ARP and IPv4, to the data network"
        station = mac("p5g-dn", "lan1").encode()
        assert station in behind(1, "ip", "neigh", "show", DN), "the machine itself answers ARP"
        assert pings(1, "10.46.7.2"), "from behind one phone to behind the other"
        assert pings(1, "fd46::7:2"), "neighbours by IPv6"
        assert pings(1, DN, "-s", "1472", "-M", "do"), "whole frames of 1500"
        assert tagged(HOSTS[0], "p5g-dn"), "frames keep their tag"
        assert b", 0% packet loss" in on("ue1", "ping", "-c", "1", "-W", "5", "10.54.6.2"), "IP beside it"
        assert up.end() == 0, up.screen
    assert left(tmp_path) == []
