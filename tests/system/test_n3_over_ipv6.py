"""N3 over IPv6: core with the user plane in the kernel, radio and data network on hosts of their own."""

import os
import subprocess
from contextlib import contextmanager

import pytest

from datapath import wires
from judges import tshark
from judges.processes import PATIENCE, left, running, until
from pilot5g.datapath.ebpf import pins
from pilot5g.net import namespace as ns
from pilot5g.net.offloads import set_offloads

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(wires.reason_against()), reason=wires.reason_against()),
]

K = "00112233445566778899aabbccddeeff"
CORE, RADIO, DN = "10.98.1.1", "10.98.1.2", "10.98.6.2"
CORE6, RADIO6, DN6 = "2001:db8:3::1", "2001:db8:3::2", "2001:db8:6::2"
CONFIG = f"""
n2: {{address: {CORE}, transport: usrsctp-udp}}
n3: {{address: "{CORE6}"}}
n6: {{interface: p5gs-}}
user_plane: ebpf
radios: [{{name: gnb-1, id: 1, n2_address: {RADIO}, n3_address: "{RADIO6}"}}]
phones: {{count: 1, first_imsi: "001010000000001", k: {K}, opc: {K}}}
"""


@contextmanager
def hosts():
    """The names of the three, connected: core, radio and data network."""
    core, radio, dn = names = [f"six{os.getpid()}-{each}" for each in ("core", "radio", "dn")]
    try:
        for name in names:
            ns.create(name)
            ns.set_sysctl(name, "net/ipv6/conf/default/accept_dad", "0")
        ns.forward(core)
        for far, link, mtu in ((radio, "n3", 1700), (dn, "n6", 1500)):
            ns.connect(core, link, far, link, mtu)
            set_offloads(far, link, gro=True, tx_checksums=False)
        ns.configure(core, "n3", [f"{CORE}/24", f"{CORE6}/64"])
        ns.configure(radio, "n3", [f"{RADIO}/24", f"{RADIO6}/64"])
        ns.configure(core, "n6", ["10.98.6.1/24", "2001:db8:6::1/64"])
        routes = [("0.0.0.0/0", "10.98.6.1"), ("::/0", "2001:db8:6::1")]
        ns.configure(dn, "n6", [f"{DN}/24", f"{DN6}/64"], routes)
        yield core, radio, dn
    finally:
        pins.remove("n3-" + CORE6.replace(":", "-"))
        for name in names:
            ns.remove(name)


def answers(address, size):
    """Whether a host of the data network answers the phone."""
    ping = ["ping", "-n", "-c", "1", "-W", "1", "-s", str(size), address]
    command = ["ip", "netns", "exec", "p5g-ue1", *ping]
    return subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False).returncode == 0


@pytest.mark.judge
@pytest.mark.skipif(not tshark.AVAILABLE, reason="tshark is not installed: make setup-dev")
def test_a_phone_reaches_the_data_network_over_a_tunnel_of_ipv6(tmp_path):
    (tmp_path / "pilot.yaml").write_text(CONFIG)
    capture = tmp_path / "n3.pcapng"
    capture.touch()
    capture.chmod(0o666)
    with hosts() as (core, radio, _):
        before = {name: ns.argv_in(name, []) for name in (core, radio)}
        key = ("--k", K, "--opc", K)
        with running(tmp_path, "subscriber", "add", "001010000000001", *key, before=before[core]) as added:
            assert added.process.wait(PATIENCE) == 0, added.screen
        with running(tmp_path, "up", "--core-only", before=before[core]) as up:
            up.says("waiting for gNBs")
            assert "user plane in the kernel, XDP on n3, n6" in up.screen
            with running(tmp_path, "ran", before=before[radio]) as ran, tshark.captured(radio, "n3", capture):
                ran.says("PDU sessions open: 1 of 1")
                until(lambda: answers(DN, 56), "an answer of the data network")
                assert answers(DN6, 101)
                assert answers(DN, 1300)
                assert ran.end() == 0
            assert up.end() == 0
            assert "Traceback" not in up.screen + ran.screen
    wrong = f"gtp && (_ws.malformed || _ws.expert.severity == {tshark.ERROR})"
    assert tshark.fields(capture, "frame.number", only=wrong) == []
    rows = tshark.fields(capture, "ipv6.src", only="gtp.message == 255")
    assert {row[0].partition(",")[0] for row in rows} == {CORE6, RADIO6}
    assert left(tmp_path) == []
