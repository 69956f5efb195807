"""Towards a data network on either user plane: translated addresses, hosts behind phones, ordinary tools."""

import subprocess

import pytest

from judges.processes import PATIENCE, left, on, running, until
from pilot5g.net import namespace

pytestmark = pytest.mark.root

DN = "10.54.6.2"
CORE = "10.54.6.1"
POOL = "10.45.0.0/16"
LAN = "t5g-lan"
K = "00112233445566778899aabbccddeeff"
IMSI = "001010000000001"
PLANES = ["userspace", "ebpf"]
UPFS = [("userspace", "inside"), ("ebpf", "inside"), ("ebpf", "external")]
"""And told over PFCP."""
ECHO = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 5300))
print(flush=True)
while True:
    data, sender = s.recvfrom(65535)
    s.sendto(sender[0].encode() + b" " + data, sender)
"""
ASK = f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
for size in (100, 4000, 20000):
    s.sendto(bytes(size), ("{DN}", 5300))
    source, data = s.recv(65535).split(b" ", 1)
    assert len(data) == size
print(source.decode())
"""
CLOSED = f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("{DN}", 9))
s.settimeout(5)
s.send(b"x")
try:
    s.recv(100)
except ConnectionRefusedError:
    print("refused")
"""


TOS = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
s.settimeout(20)
print(flush=True)
while True:
    packet = s.recv(65535)
    if packet[20:24] == (2152).to_bytes(2, "big") * 2 and packet[29] == 255:
        print(packet[1])
        break
"""


def network(folder, plane, data_network, more="", phones=""):
    (folder / "pilot.yaml").write_text(
        f"user_plane: {plane}\ndata_networks: [{{dnn: internet, {data_network}}}]\n"
        f'radios: [{{}}]\nphones: {{count: 2, first_imsi: "{IMSI}", k: {K}, opc: {K}{phones}}}\n{more}'
    )


@pytest.fixture
def echo():
    """Answers UDP in the data network, with the address that was asked from."""
    servers = []

    def start():
        command = ["ip", "netns", "exec", "p5g-dn", "python3", "-c", ECHO]
        server = subprocess.Popen(command, stdout=subprocess.PIPE)
        servers.append(server)
        server.stdout.readline()

    yield start
    for server in servers:
        server.terminate()
        server.wait()
        server.stdout.close()


@pytest.mark.parametrize("plane", PLANES)
def test_a_network_without_a_route_to_phones_answers_them_at_the_core_s_address(tmp_path, plane, echo):
    network(tmp_path, plane, "nat: true")
    with running(tmp_path, "up") as up:
        up.says("Ctrl-C ends the network")
        on("dn", "ip", "route", "del", POOL)
        assert b"masquerade" in on("core", "nft", "list", "ruleset")
        assert b", 0% packet loss" in on("ue1", "ping", "-c", "3", "-i", "0.2", "-W", "5", DN)
        assert b", 0% packet loss" in on("ue1", "ping", "-c", "1", "-s", "5000", "-W", "5", DN)
        echo()
        assert on("ue1", "python3", "-c", ASK).decode().strip() == CORE, "datagrams longer than the MTU"
        assert on("ue1", "python3", "-c", CLOSED) == b"refused\n", "an ICMP error about a translated packet"
        whole = on("ue2", "curl", "-sS", "--fail", f"http://{DN}/file/3000000")
        assert len(whole) == 3_000_000
        assert b", 0% packet loss" in on("ue1", "ping", "-c", "1", "-W", "5", "fd53:6::2"), "IPv6 is routed"
        assert up.end() == 0, up.screen
    assert left(tmp_path) == []


@pytest.mark.parametrize("plane", PLANES)
def test_phones_that_may_not_reach_each_other_do_not(tmp_path, plane):
    network(tmp_path, plane, "ue_to_ue: false")
    with running(tmp_path, "up") as up:
        up.says("Ctrl-C ends the network")
        other = on("ue2", "hostname", "-I").split()[0].decode()
        ask = ["ip", "netns", "exec", "p5g-ue1", "ping", "-c", "1", "-W", "1", other]
        assert subprocess.run(ask, capture_output=True, check=False).returncode == 1
        assert b", 0% packet loss" in on("ue1", "ping", "-c", "1", "-W", "5", DN)
        assert up.end() == 0, up.screen


@pytest.mark.parametrize(("plane", "upf"), UPFS)
def test_the_tunnel_to_the_radio_carries_the_dscp_of_the_5qi(tmp_path, plane, upf):
    network(tmp_path, plane, "five_qi: 6", f"n4: {{upf: {upf}}}\nqos: {{dscp: {{6: AF33}}}}\n")
    with running(tmp_path, "up") as up:
        up.says("Ctrl-C ends the network")
        command = ["ip", "netns", "exec", "p5g-ran", "python3", "-c", TOS]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as radio:
            radio.stdout.readline()
            assert b", 0% packet loss" in on("ue1", "ping", "-c", "1", "-W", "5", DN)
            assert int(radio.stdout.readline()) == 30 << 2
        assert up.end() == 0, up.screen


@pytest.fixture
def lan():
    """A host's network, to be connected to a phone."""
    namespace.create(LAN)
    yield
    namespace.remove(LAN)


@pytest.mark.parametrize(("plane", "upf"), UPFS)
def test_a_host_behind_a_phone_reaches_and_is_reached(tmp_path, plane, upf, lan):
    routes = "192.168.77.0/24, '2001:db8:77::/64'"
    entry = f'subscribers: [{{imsi: "{IMSI}", k: {K}, opc: {K}, framed_routes: [{routes}]}}]\n'
    more = f"n4: {{upf: {upf}}}\n{entry}"
    network(tmp_path, plane, "mtu: 1400", more, f", behind: [{routes}]")
    with running(tmp_path, "up") as up:
        up.says("Ctrl-C ends the network")
        namespace.forward("p5g-ue1")
        namespace.connect("p5g-ue1", "lan", LAN, "lan")
        namespace.configure("p5g-ue1", "lan", ["192.168.77.1/24", "2001:db8:77::1/64"])
        ways = [("0.0.0.0/0", "192.168.77.1"), ("::/0", "2001:db8:77::1")]
        namespace.configure(LAN, "lan", ["192.168.77.2/24", "2001:db8:77::2/64"], ways)
        namespace.configure(
            "p5g-dn", "n6", routes=[("192.168.77.0/24", CORE), ("2001:db8:77::/64", "fd53:6::1")]
        )
        for near, far in (("192.168.77.2", DN), ("2001:db8:77::2", "fd53:6::2")):
            assert b", 0% packet loss" in on("dn", "ping", "-c", "2", "-i", "0.2", "-W", "5", near)
            command = ["ip", "netns", "exec", LAN, "ping", "-c", "2", "-i", "0.2", "-W", "5", far]
            assert subprocess.run(command, capture_output=True, check=False).returncode == 0, far
        url = f"http://{DN}/file/3000000"
        command = ["ip", "netns", "exec", LAN, "curl", "-sS", "--fail", url]
        file = subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE).stdout
        assert len(file) == 3_000_000
        assert b"192.168.77.0/24 dev n6-0" in on("core", "ip", "route")
        on("ue1", "ip", "link", "del", "lan")
        until(lambda: b"lan" not in on("ue1", "ip", "link"), "the end of the link")
        assert up.end() == 0, up.screen
