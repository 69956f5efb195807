"""Two AMFs as two processes on real sockets: phones go back and forth under a running ping."""

import re
import signal
import subprocess

import pytest

from judges.pilot import demo
from judges.processes import PATIENCE, Running, left, running
from system.test_upf import answers, net_of_its_own

pytestmark = pytest.mark.root

K = "00112233445566778899aabbccddeeff"
PHONES = 5
CONFIG = f"""
amf: {{tracking_areas: [1]}}
amfs: [{{name: amf-2, process: own, n2_address: 127.0.0.221, set: 2, pointer: 1, tracking_areas: [2]}}]
tracking_areas: [1, 2]
n2: {{address: 127.0.0.5, transport: usrsctp-udp}}
n3: {{address: 127.0.0.5}}
n6: {{interface: p5ga-}}
user_plane: userspace
radios:
  - {{name: gnb-1, id: 1, tac: 1, amfs: [amf-1], n2_address: 127.0.0.11}}
  - {{name: gnb-2, id: 2, tac: 2, amfs: [amf-2], n2_address: 127.0.0.12}}
phones: {{count: {PHONES}, first_imsi: "001010000000001", k: {K}, opc: {K}, path: ["0,100", "1000,100"],
  speed: 250}}
"""
"""Each radio has an AMF of its own; phones walk from one to the other and back in eight seconds."""


def pinging(phone, count):
    """A ping every 20 ms from a phone's own namespace; what it says at the end."""
    command = [
        "ip",
        "netns",
        "exec",
        f"p5g-ue{phone}",
        "ping",
        "-n",
        "-i",
        "0.02",
        "-c",
        str(count),
        "10.45.0.1",
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_phones_walk_between_two_amfs_that_are_two_processes(tmp_path):
    """Handovers between the processes, and no ping lost."""
    (tmp_path / "pilot.yaml").write_text(CONFIG)
    for i in range(1, PHONES + 1):
        added = Running(tmp_path, ["subscriber", "add", f"00101000000000{i}", "--k", K, "--opc", K])
        assert added.process.wait(PATIENCE) == 0, added.screen
    with net_of_its_own() as inside, running(tmp_path, "up", "--core-only", before=inside) as core:
        core.says("waiting for gNBs")
        with running(tmp_path, "amf", "amf-2", before=inside) as amf:
            amf.says("waiting for gNBs")
            core.says("amf-2: is there")
            with running(tmp_path, "ran", before=inside) as ran:
                ran.says(f"PDU sessions open: {PHONES} of {PHONES}")
                pings = [pinging(i, 1000) for i in range(1, PHONES + 1)]
                told = [ping.communicate(timeout=60)[0] for ping in pings]
                assert all("1000 received" in each for each in told), told
                assert ran.end() == 0
            assert amf.end() == 0
        handed = re.findall(r"handed over to gnb-2 by N2, from amf-1", amf.screen)
        back = re.findall(r"handed over to gnb-1 by N2, from amf-2", core.screen)
        assert len(handed) >= 2 * PHONES, amf.screen
        assert len(back) >= PHONES, core.screen
        assert core.end() == 0
        screens = core.screen + amf.screen + ran.screen
        assert "Traceback" not in screens, screens
    assert left(tmp_path) == []


def test_an_amf_is_killed_and_its_phones_are_there_when_it_is_back(tmp_path):
    """kill -9 of the second AMF: the next one has read its context from the store."""
    walk = ', path: ["0,100", "1000,100"],\n  speed: 250'
    alone = CONFIG.replace(f"count: {PHONES}", "count: 1").replace(walk, "")
    (tmp_path / "pilot.yaml").write_text(alone.replace("tac: 1, amfs: [amf-1]", "tac: 2, amfs: [amf-2]"))
    added = Running(tmp_path, ["subscriber", "add", "001010000000001", "--k", K, "--opc", K])
    assert added.process.wait(PATIENCE) == 0, added.screen
    with net_of_its_own() as inside, running(tmp_path, "up", "--core-only", before=inside) as core:
        core.says("waiting for gNBs")
        with running(tmp_path, "amf", "amf-2", before=inside) as amf:
            amf.says("waiting for gNBs")
            with running(tmp_path, "ran", before=inside) as ran:
                ran.says("PDU sessions open: 1 of 1")
                assert amf.end(signal.SIGKILL) == -signal.SIGKILL
                with running(tmp_path, "amf", "amf-2", before=inside) as again:
                    again.says("waiting for gNBs")
                    answers()
                    assert ran.end() == 0
                    assert again.end() == 0
                assert "Traceback" not in core.screen + again.screen + ran.screen
        assert core.end() == 0
    assert left(tmp_path) == []


@pytest.mark.parametrize("how", [(), ("--in-process",)], ids=["namespaces", "in-process"])
def test_a_demonstration_with_two_amfs(tmp_path, how):
    """Radios have both AMFs of a set; what would be a process of its own is in that of the core."""
    config = tmp_path / "two.yaml"
    config.write_text("amfs: [{name: amf-2, process: own}]\nuser_plane: userspace\nphones: {count: 6}\n")
    code, report, screen = demo(tmp_path, "-c", str(config), *how)
    assert code == 0, screen
    assert all(check["ok"] for check in report["checks"]), screen
