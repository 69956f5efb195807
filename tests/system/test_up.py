"""`pilot5g up` and `pilot5g ran` as a person runs them: used with ordinary programs, ended, and killed."""

import hashlib
import json
import os
import signal
import subprocess

import pytest

from judges.pilot import alone
from judges.processes import PATIENCE, Running, left, on, running, until, words

pytestmark = pytest.mark.root

DN = "10.54.6.2"
K = "00112233445566778899aabbccddeeff"


@pytest.fixture
def few(tmp_path):
    """A network of one gNB and two phones: quick to start."""
    (tmp_path / "pilot.yaml").write_text("radios: [{name: gnb-1, id: 1}]\nphones: {count: 2}\n")
    return tmp_path


def test_ordinary_programs_on_a_phone_reach_the_data_network_and_ctrl_c_leaves_nothing(few):
    with running(few, "up") as up:
        up.says("Ctrl-C ends the network")
        assert b", 0% packet loss" in on("ue1", "ping", "-c", "1", "-W", "5", DN)

        file = on("ue1", "curl", "-sS", "--fail", f"http://{DN}/file/300000")
        sent = on("dn", "curl", "-sS", "--fail", "http://[fd53:6::2]/file/300000")
        assert hashlib.sha256(file).digest() == hashlib.sha256(sent).digest()
        assert len(file) == 300000

        server = subprocess.Popen(
            ["ip", "netns", "exec", "p5g-dn", "iperf3", "-s", "-1"], stdout=subprocess.DEVNULL
        )
        until(lambda: b":5201 " in on("dn", "ss", "-ltn"), "iperf3 listening")
        measured = json.loads(on("ue2", "iperf3", "-c", DN, "-t", "1", "-J"))
        assert server.wait(PATIENCE) == 0
        assert measured["end"]["sum_received"]["bits_per_second"] > 1e6

        children = up.children()
        assert len(children) == 3
        assert up.end() == 0
        assert [words(pid) for pid in children if words(pid)] == []
    assert left(few) == []


def test_a_killed_pilot_takes_its_processes_along_and_the_next_one_tidies_up(few):
    with running(few, "up") as up:
        up.says("Ctrl-C ends the network")
        children = up.children()
        assert up.end(signal.SIGKILL) == -signal.SIGKILL
        until(lambda: not any(words(pid) for pid in children), "the end of the processes", 10)
    assert left(few), "nobody was there to take them away"
    for folder in few.glob("pilot5g-*"):
        os.utime(folder, (0, 0))  # as if it had been a while ago

    with running(few, "up") as again:
        again.says("Ctrl-C ends the network")
        assert len(list(few.glob("pilot5g-*"))) == 1, "the keys of the killed pilot are gone"
        assert b", 0% packet loss" in on("ue1", "ping", "-c", "1", "-W", "5", DN)
        assert again.end() == 0
    assert left(few) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [(signal.SIGKILL, "core: it was killed (SIGKILL"), (signal.SIGTERM, "core: it ended, though nobody")],
)
def test_a_core_that_is_killed_is_reported_in_plain_words(few, number, words):
    with running(few, "up") as up:
        up.says("Ctrl-C ends the network")
        os.kill(up.child("core"), number)
        assert up.process.wait(PATIENCE) == 1
        assert words in up.screen
        assert "core.log" in up.screen
        assert "Traceback" not in up.screen
    assert left(few) == []


def test_a_second_pilot_is_told_of_the_first(few):
    with running(few, "up") as up:
        up.says("Ctrl-C ends the network")
        with running(few, "demo", "--report", "second") as second:
            assert second.process.wait(PATIENCE) == 1
            assert "another pilot is running on this machine" in second.screen
        assert b", 0% packet loss" in on("ue1", "ping", "-c", "1", "-W", "5", DN), "the first goes on"


def test_the_core_alone_serves_radios_that_come_from_elsewhere(tmp_path):
    """Core and radios by two commands, over loopback."""
    (tmp_path / "pilot.yaml").write_text(
        f"""
n2: {{address: 127.0.0.5, transport: usrsctp-udp}}
n3: {{address: 127.0.0.5}}
n6: {{interface: p5gt-}}
radios: [{{name: gnb-1, id: 1, n2_address: 127.0.0.11, n3_address: 127.0.0.11}}]
phones: {{count: 1, first_imsi: "001010000000001", k: {K}, opc: {K}}}
"""
    )
    net = subprocess.Popen([*alone(), "sleep", "600"])
    inside = ("nsenter", f"--net=/proc/{net.pid}/ns/net", "--")
    try:
        until(lambda: words(net.pid)[:1] == ["sleep"], "a network of our own")
        with running(tmp_path, "up", "--core-only", before=inside) as up:
            up.says("waiting for gNBs")
            added = Running(tmp_path, ["subscriber", "add", "001010000000001", "--k", K, "--opc", K])
            assert added.process.wait(PATIENCE) == 0, added.screen
            with running(tmp_path, "ran", before=inside) as ran:
                ran.says("PDU sessions open: 1 of 1")
                removed = Running(tmp_path, ["subscriber", "remove", "001010000000001"])
                assert removed.process.wait(PATIENCE) == 0, removed.screen
                ran.says("deregistered by the network [#7]")
                assert ran.end() == 0
            assert up.end() == 0
            assert "gnb-1" in up.screen
            assert "Traceback" not in up.screen + ran.screen
    finally:
        net.terminate()
        net.wait()
    assert left(tmp_path) == []
