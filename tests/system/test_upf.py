"""The UPF as a process of its own, on a real N4: a capture that tshark judges, real pings, and kill -9."""

import re
import signal
import subprocess
from contextlib import contextmanager

import pytest

from judges import tshark
from judges.pilot import alone, demo
from judges.processes import PATIENCE, Running, left, on, running, until, words

pytestmark = pytest.mark.root

K = "00112233445566778899aabbccddeeff"
GATEWAY = "10.45.0.1"
CONFIG = f"""
n2: {{address: 127.0.0.5, transport: usrsctp-udp}}
n3: {{address: 127.0.0.5}}
n4: {{upf: external}}
n6: {{interface: p5gu-}}
timers: {{X-N4-HEARTBEAT: 1, X-N4-RETRY: 1, N4-T1: 0.3, X-N4-SETTLE: 2}}
user_plane: userspace
radios: [{{name: gnb-1, id: 1, n2_address: 127.0.0.11, n3_address: 127.0.0.11}}]
phones: {{count: 1, first_imsi: "001010000000001", k: {K}, opc: {K}}}
"""


@pytest.mark.judge
@pytest.mark.skipif(not tshark.AVAILABLE, reason="tshark is not installed: make setup-dev")
def test_tshark_finds_nothing_wrong_on_n4(tmp_path):
    """A whole demonstration with core and UPF in two processes."""
    config = tmp_path / "external.yaml"
    config.write_text("n4: {upf: external}\nradios: [{}]\nphones: {count: 4}\n")
    path = tmp_path / "n4.pcapng"
    path.touch()
    path.chmod(0o666)
    with tshark.captured("p5g-core", "lo", path):
        code, report, screen = demo(tmp_path, "-c", str(config))
    assert code == 0, screen
    assert {"nothing left in the core", "nothing left in the UPF"} <= {
        check["name"] for check in report["checks"] if check["ok"]
    }, screen
    assert tshark.faults(path) == []
    kinds = [int(row[0]) for row in tshark.fields(path, "pfcp.msg_type", only="pfcp")]
    for request, answer in ((5, 6), (50, 51), (52, 53), (54, 55), (56, 57)):
        assert kinds.count(request) == kinds.count(answer) > 0, (request, kinds)
    assert kinds.count(50) == 4
    assert tshark.fields(path, "frame.number", only="pfcp && _ws.expert") == []
    unanswered = tshark.fields(path, "frame.number", only="pfcp.cause && pfcp.cause != 1")
    assert unanswered == []


@contextmanager
def net_of_its_own():
    """What to put before a command so that it is in a network that only this test has."""
    net = subprocess.Popen([*alone(), "sleep", "600"])
    try:
        until(lambda: words(net.pid)[:1] == ["sleep"], "a network of our own")
        yield ("nsenter", f"--net=/proc/{net.pid}/ns/net", "--")
    finally:
        net.terminate()
        net.wait()


def answers(patience=3 * PATIENCE):
    """Whether the data network answers the phone, within that time."""

    def one():
        command = ["ip", "netns", "exec", "p5g-ue1", "ping", "-n", "-c", "1", "-W", "1", GATEWAY]
        return subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False).returncode == 0

    until(one, "an answer to a ping", patience)


def test_either_side_may_be_killed(tmp_path):
    """Core, UPF and radios by three commands: the phone keeps its session and its address through all."""
    (tmp_path / "pilot.yaml").write_text(CONFIG)
    added = Running(tmp_path, ["subscriber", "add", "001010000000001", "--k", K, "--opc", K])
    assert added.process.wait(PATIENCE) == 0, added.screen
    with net_of_its_own() as inside, running(tmp_path, "upf", before=inside) as upf:
        upf.says("waiting for the SMF")
        with running(tmp_path, "up", "--core-only", before=inside) as core:
            core.says("waiting for gNBs")
            core.says("over PFCP")
            with running(tmp_path, "ran", before=inside) as ran:
                ran.says("PDU sessions open: 1 of 1")
                answers()
                address = addresses()
                assert upf.end(signal.SIGKILL) == -signal.SIGKILL
                with running(tmp_path, "upf", before=inside) as second:
                    second.says("associated")
                    answers()
                    core.says("the UPF began anew")
                    assert core.end(signal.SIGKILL) == -signal.SIGKILL
                    with running(tmp_path, "up", "--core-only", before=inside) as again:
                        again.says("waiting for gNBs")
                        answers()
                        assert addresses() == address
                        assert ran.end() == 0
                        assert again.end() == 0
                    assert second.end() == 0
                    screens = [run.screen for run in (upf, core, ran, second, again)]
                    assert not any("Traceback" in screen for screen in screens), screens
    assert left(tmp_path) == []


def addresses():
    """The phone's own."""
    return re.findall(r"inet6? (\S+) scope global", on("ue1", "ip", "addr", "show", "5g0").decode())


def test_a_upf_is_told_what_it_cannot_have(tmp_path):
    """One clear sentence, no traceback."""
    (tmp_path / "pilot.yaml").write_text("n4: {upf_address: 192.0.2.77}\nuser_plane: userspace\n")
    with net_of_its_own() as inside, running(tmp_path, "upf", before=inside) as upf:
        assert upf.process.wait(PATIENCE) == 1
        assert "n4.upf_address" in upf.screen
        assert "Traceback" not in upf.screen
