"""The user plane outlives its control plane: `kill -9` under traffic, and not a packet lost.

Core, radios and data network live in namespaces that the test makes, so that nothing but the process that is
killed goes when it is killed.
"""

import re
import signal
import subprocess
from contextlib import contextmanager

import pytest

from datapath.wires import reason_against
from judges.processes import PATIENCE, Running, running, until
from pilot5g.net import topology
from pilot5g.net.offloads import set_offloads

pytestmark = [pytest.mark.root, pytest.mark.skipif(bool(reason_against()), reason=reason_against() or "-")]

K = "00112233445566778899aabbccddeeff"
IMSI = "001010000000001"
CORE, RADIO, DN = "10.53.1.1", "10.53.1.11", "10.53.6.2"
PLAN = topology.TopologyPlan(
    prefix="s5g", phones=0, ran=(f"{RADIO}/24",), pools=("10.45.0.0/16", "2001:db8:45::/48")
)
CONFIG = f"""
n2: {{address: {CORE}}}
n3: {{address: {CORE}}}
n6: {{interface: p5gs-}}
user_plane: ebpf
data_networks: [{{dnn: internet, buffer_packets: 2000}}]
radios: [{{name: gnb-1, id: 1, n2_address: {RADIO}, n3_address: {RADIO}}}]
phones: {{count: 1, first_imsi: "{IMSI}", k: {K}, opc: {K}}}
"""
N4 = """
n4: {upf: external}
timers: {X-N4-HEARTBEAT: 1, X-N4-RETRY: 1, N4-T1: 0.3, X-N4-SETTLE: 2}
"""


def inside(name):
    """What to put before a command so that it is in a namespace, and in all else where it was: a BPF file
    system has to outlive whoever pins into it."""
    return ("nsenter", f"--net=/run/netns/{name}", "--")


@pytest.fixture
def place(tmp_path):
    """The namespaces, and a store with the subscriber."""
    topology.build(PLAN)
    try:
        set_offloads(PLAN.ran_name, topology.RAN_LINK, gro=True)
        set_offloads(PLAN.dn_name, topology.DN_LINK, gro=True, tx_checksums=False)
        (tmp_path / "pilot.yaml").write_text(CONFIG)
        added = Running(tmp_path, ["subscriber", "add", IMSI, "--k", K, "--opc", K])
        assert added.process.wait(PATIENCE) == 0, added.screen
        yield tmp_path
    finally:
        forgotten = Running(tmp_path, ["forget"], before=inside(PLAN.core_name))
        forgotten.process.wait(PATIENCE)
        topology.take_down(PLAN)


def core(folder):
    return running(folder, "up", "--core-only", before=inside(PLAN.core_name))


def ran(folder):
    return running(folder, "ran", before=inside(PLAN.ran_name))


class Ping:
    """Fifty packets a second from the phone, each answered by the data network."""

    def __init__(self, folder):
        self.path = folder / "ping.out"
        command = ["ip", "netns", "exec", "p5g-ue1", "ping", "-n", "-i", "0.02", DN]
        with self.path.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)

    @property
    def answered(self):
        """The numbers of the packets that were answered, in the order of the answers."""
        return [int(number) for number in re.findall(r"icmp_seq=(\d+) ", self.path.read_text())]

    def goes_on(self, answers):
        """Wait for so many more answers."""
        target = len(self.answered) + answers
        until(lambda: len(self.answered) >= target, f"{answers} more answers")

    @property
    def lost(self):
        """Those that were not, though a later one was."""
        answered = self.answered
        return sorted(set(range(1, max(answered))) - set(answered))

    @property
    def longest(self):
        """Milliseconds that the slowest answer took."""
        return max(float(each) for each in re.findall(r"time=([\d.]+) ms", self.path.read_text()))


@contextmanager
def pinging(folder):
    ping = Ping(folder)
    try:
        ping.goes_on(20)
        yield ping
    finally:
        ping.process.kill()
        ping.process.wait()


def test_a_core_is_killed_under_traffic_and_comes_back(place):
    """While it is dead nothing is noticed. The next one finds its radio without N2, so the phone is idle for
    a moment: what comes then waits at the UPF and in the phone, and arrives."""
    with core(place) as first:
        first.says("waiting for gNBs")
        with ran(place) as radios:
            radios.says("PDU sessions open: 1 of 1")
            with pinging(place) as ping:
                assert first.end(signal.SIGKILL) == -signal.SIGKILL
                ping.goes_on(150)
                assert ping.lost == []
                assert ping.longest < 1000, "nothing has waited for anybody"
                with core(place) as second:
                    second.says("NG Setup done")
                    ping.goes_on(150)
                    assert ping.lost == []
                    assert radios.end() == 0
                    assert second.end() == 0
                    assert "Traceback" not in first.screen + second.screen + radios.screen


def test_a_upf_is_killed_under_traffic_and_comes_back(place):
    """Neither radio nor phone notices anything at any time."""
    (place / "pilot.yaml").write_text(CONFIG + N4)
    with running(place, "upf", before=inside(PLAN.core_name)) as first:
        first.says("waiting for the SMF")
        with core(place) as control:
            control.says("waiting for gNBs")
            with ran(place) as radios:
                radios.says("PDU sessions open: 1 of 1")
                with pinging(place) as ping:
                    assert first.end(signal.SIGKILL) == -signal.SIGKILL
                    ping.goes_on(150)
                    assert ping.lost == []
                    with running(place, "upf", before=inside(PLAN.core_name)) as second:
                        second.says("sessions go on")
                        ping.goes_on(100)
                        assert ping.lost == []
                        assert ping.longest < 1000
                        assert radios.end() == 0
                        assert control.end() == 0
                        assert second.end() == 0


def test_what_goes_on_without_a_core_is_removed_by_a_command(place):
    """The interface and its routes stay when a core is stopped; what nobody takes ends there in silence."""
    with core(place) as first:
        first.says("waiting for gNBs")
        busy = Running(place, ["forget"], before=inside(PLAN.core_name))
        assert busy.process.wait(PATIENCE) == 1
        assert "stop that first" in busy.screen
        assert first.end() == 0
    where = ["ip", "-n", PLAN.core_name]
    routes = subprocess.run([*where, "route"], capture_output=True, text=True, check=True).stdout
    assert "10.45.0.0/16 dev p5gs-0" in routes
    ask = ["ip", "netns", "exec", PLAN.dn_name, "ping", "-n", "-c", "1", "-W", "1", "10.45.0.2"]
    asked = subprocess.run(ask, capture_output=True, text=True, check=False)
    assert "1 packets transmitted, 0 received" in asked.stdout
    assert "nreachable" not in asked.stdout
    forgotten = Running(place, ["forget"], before=inside(PLAN.core_name))
    assert forgotten.process.wait(PATIENCE) == 0
    assert "p5gs-0" in forgotten.screen
    assert "in the kernel" in forgotten.screen
    links = subprocess.run([*where, "link"], capture_output=True, text=True, check=True).stdout
    assert "p5gs-0" not in links
    nothing = Running(place, ["forget"], before=inside(PLAN.core_name))
    assert nothing.process.wait(PATIENCE) == 0
    assert "There was nothing." in nothing.screen
