"""`pilot5g bench` as a user runs it, with real processes on loopback. What it measures is not judged here."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
KEY = "465b5ce8b199b49faa5f0a2ee238a6bc"


def bench(folder, *arguments, timeout=90):
    """Exit code, report and screen of one run."""
    command = [sys.executable, "-m", "pilot5g", "bench", "--json", str(folder / "bench.json"), *arguments]
    run = subprocess.run(
        command, capture_output=True, text=True, timeout=timeout, env=ENVIRONMENT, cwd=folder, check=False
    )
    path = folder / "bench.json"
    return run.returncode, json.loads(path.read_text()) if path.exists() else {}, run.stdout + run.stderr


def test_a_short_load_with_every_kind_of_measurement(tmp_path):
    code, report, screen = bench(
        tmp_path,
        *("--rate", "20", "--duration", "2", "--phones", "60", "--gnbs", "2"),
        *("--mix", "registration+session=1,service=0.5,paging=0.3,deregistration=1"),
        *("--arrivals", "poisson", "--html", "page.html"),
    )
    assert code == 0, screen
    load = report["stages"][-1]
    rows = {row["procedure"]: row for row in load["rows"]}
    assert rows["registration+session"]["done"] > 10
    assert rows["paging"]["done"] > 3
    assert load["failures"] == []
    assert load["core_memory_bytes"] > 10_000_000
    figures = {each["name"]: each["value"] for each in report["figures"]}
    assert 0 < figures["core CPU per registration + session, both"] < 100
    assert "<svg" in (tmp_path / "page.html").read_text()
    assert "core CPU per registration" in screen


def test_two_generators_share_a_load(tmp_path):
    code, report, screen = bench(
        tmp_path,
        *("--rate", "20", "--duration", "1", "--phones", "40", "--generators", "2", "--no-warm-up"),
        *("--traffic", "20"),
    )
    assert code == 0, screen
    assert report["stages"][-1]["begun"] == 40
    assert report["stages"][-1]["pings"]["count"] > 5
    assert len(report["parts"]) == 3


@pytest.fixture
def core(tmp_path):
    """A core that is not the bench's own, as a process, with subscribers of one key."""
    subscribers = "\n".join(f'  - {{imsi: "00101{n:010}", k: {KEY}, opc: {KEY}}}' for n in range(1, 41))
    address = f"127.{10 + os.getpid() % 9}.7.1"
    path = tmp_path / "core.yaml"
    path.write_text(
        f"n2: {{address: {address}, transport: usrsctp-udp}}\nn3: {{address: {address}}}\n"
        f"subscribers:\n{subscribers}\n"
    )
    command = [sys.executable, "-m", "pilot5g.app.serve", "core", str(path), "inside"]
    with (
        (tmp_path / "core.log").open("wb") as log,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=ENVIRONMENT
        ) as running,
    ):
        assert b"ready" in running.stdout.readline()
        yield running, address
        running.kill()


def elsewhere(folder, address):
    """The configuration for a bench of that core."""
    path = folder / "phones.yaml"
    path.write_text(
        f"n2: {{address: {address}, transport: usrsctp-udp}}\n"
        f'phones: {{count: 1, first_imsi: "001010000000001", k: {KEY}, opc: {KEY}}}\n'
    )
    return "-c", str(path), "--amf", address


def test_any_amf_and_the_processes_that_are_named(tmp_path, core):
    running, address = core
    code, report, screen = bench(
        tmp_path,
        *elsewhere(tmp_path, address),
        *("--pid", str(running.pid), "--as-fast-as-possible", "--window", "5", "--count", "60"),
        *("--mix", "registration+session+deregistration", "--phones", "40", "--no-warm-up"),
    )
    assert code == 0, screen
    (load,) = report["stages"]
    assert load["rows"][0]["done"] == 60
    assert load["core"]["each_ms"] > 0
    assert load["core"]["sctp_s"] is None, "only a core of our own can tell"


def test_an_amf_that_dies_under_load_gives_a_report_with_causes(tmp_path, core):
    running, address = core
    command = [
        *(sys.executable, "-m", "pilot5g", "bench", "--json", str(tmp_path / "bench.json")),
        *elsewhere(tmp_path, address),
        *("--rate", "20", "--duration", "6", "--patience", "2", "--phones", "40"),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT, cwd=tmp_path
    ) as run:
        time.sleep(4)
        running.send_signal(signal.SIGKILL)
        screen, _ = run.communicate(timeout=60)
    assert run.returncode == 1, screen
    report = json.loads((tmp_path / "bench.json").read_text())
    failures = [each for stage in report["stages"] for each in stage["failures"]]
    assert failures, screen
    assert "Failures by cause" in screen


def test_where_no_amf_is_it_says_so_and_ends(tmp_path):
    code, report, screen = bench(tmp_path, *elsewhere(tmp_path, "127.0.0.99"), "--rate", "5")
    assert code == 1
    assert report == {}
    assert "gnb-1: the AMF at 127.0.0.99 port 38412 has not answered" in screen
    assert "Traceback" not in screen
