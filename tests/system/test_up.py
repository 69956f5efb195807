"""`pilot5g up` and `pilot5g ran` as a person runs them: used with ordinary programs, ended, and killed."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from judges.pilot import ROOT, alone

pytestmark = pytest.mark.root

DN = "10.54.6.2"
PATIENCE = 30.0
K = "00112233445566778899aabbccddeeff"


def until(condition, what, patience=PATIENCE):
    """Wait for what another process does."""
    end = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} did not happen within {patience} s"
        time.sleep(0.05)
    return found


class Running:
    """A `pilot5g` in the background, and what it has printed."""

    def __init__(self, folder, arguments, before=()):
        self.folder = folder
        self.path = folder / f"{arguments[0]}.out"
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(folder), "COLUMNS": "200"}
        command = [*before, sys.executable, "-m", "pilot5g", *arguments]
        with self.path.open("wb") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, cwd=folder, env=environment
            )

    @property
    def screen(self):
        return self.path.read_text()

    def says(self, text):
        """Wait until it is on the screen."""
        until(lambda: text in self.screen or self.process.poll() is not None, f"{text!r} on the screen")
        assert text in self.screen, self.screen

    def children(self):
        """The processes that it has started."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def child(self, name):
        """The process of the core, the radios or the data network."""
        return next(pid for pid in self.children() if name in words(pid)[3:5])

    def end(self, number=signal.SIGINT):
        """Its exit code after a signal."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def words(pid):
    """The command line of a process; empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


@contextmanager
def running(folder, *arguments, before=()):
    run = Running(folder, arguments, before)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(PATIENCE)


def on(namespace, *command):
    """What a program in a namespace prints."""
    run = subprocess.run(
        ["ip", "netns", "exec", f"p5g-{namespace}", *command],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 0, run
    return run.stdout


def left(folder):
    """Namespaces and temporary folders of a pilot that was started in this folder."""
    namespaces = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"p5g-\w+", namespaces) + [path.name for path in folder.glob("pilot5g-*")]


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
                assert ran.end() == 0
            assert up.end() == 0
            assert "gnb-1" in up.screen
            assert "Traceback" not in up.screen + ran.screen
    finally:
        net.terminate()
        net.wait()
    assert left(tmp_path) == []
