"""Phones whose packets go past the radios' process (`phones.user_plane: ebpf`), with ordinary programs."""

import hashlib
import json
import re
import subprocess

import pytest

from judges.processes import PATIENCE, left, on, running, until
from pilot5g.datapath.air import FIRST, AirUnavailable, open_air

pytestmark = pytest.mark.root

DN = "10.54.6.2"


def reason_against():
    try:
        open_air([], 1).close()
    except AirUnavailable as why:
        return str(why)
    return ""


@pytest.fixture
def air(tmp_path):
    if reason := reason_against():
        pytest.skip(reason)
    (tmp_path / "pilot.yaml").write_text(
        "radios: [{name: gnb-1, id: 1}]\nphones: {count: 2, user_plane: ebpf}\ntimers: {X-INACTIVE: 2}\n"
    )
    with running(tmp_path, "up") as up:
        up.says("Ctrl-C ends the network")
        assert "phones' packets in the kernel" in up.screen
        yield up
        assert up.end() == 0
        assert "Traceback" not in up.screen
    assert left(tmp_path) == []


def read_by_the_process(phone="ue1"):
    """Packets that the phone's TUN gave to the radios' process."""
    told = json.loads(on(phone, "ip", "-s", "-j", "link", "show", "5g0"))
    assert told[0]["ifindex"] >= FIRST
    return told[0]["stats64"]["tx"]["packets"]


def answered(place, *argv):
    output = on(place, "ping", "-n", "-i", "0.1", "-W", "5", *argv).decode()
    return int(re.search(r"(\d+) received", output)[1])


def address(phone="ue1"):
    told = json.loads(on(phone, "ip", "-4", "-j", "address", "show", "5g0"))
    return told[0]["addr_info"][0]["local"]


def idle(up):
    """Wait until the gNB has sent the phone to idle."""
    before = read_by_the_process()

    def asleep():
        subprocess.run(["sleep", "3"], check=True)
        answered("ue1", "-c", "1", DN)
        return read_by_the_process() > before

    until(asleep, "a packet that has to wake the phone", 30)


def test_files_iperf_and_pings_go_past_the_process(air):
    assert answered("ue1", "-c", "5", DN) == 5
    assert answered("ue1", "-c", "5", "fd53:6::2") == 5
    before = read_by_the_process()
    file = on("ue1", "curl", "-sS", "--fail", f"http://{DN}/file/3000000")
    sent = on("dn", "curl", "-sS", "--fail", "http://[fd53:6::2]/file/3000000")
    assert hashlib.sha256(file).digest() == hashlib.sha256(sent).digest()
    server = subprocess.Popen(
        ["ip", "netns", "exec", "p5g-dn", "iperf3", "-s", "-1"], stdout=subprocess.DEVNULL
    )
    until(lambda: b":5201 " in on("dn", "ss", "-ltn"), "iperf3 listening")
    measured = json.loads(on("ue1", "iperf3", "-c", DN, "-t", "1", "-J"))
    assert server.wait(PATIENCE) == 0
    assert measured["end"]["sum_received"]["bytes"] > 1e6
    assert read_by_the_process() == before


def test_uplink_is_taken_at_the_driver_and_waits_where_that_is_full(air):
    told = json.loads(on("ran", "ip", "-j", "link", "show", f"air{FIRST:x}"))
    assert told[0]["xdp"]["mode"] == 1
    assert b"qdisc pfifo" in on("ue1", "tc", "qdisc", "show", "dev", "5g0-air")


def test_a_radio_that_has_forgotten_where_the_upf_is_asks(air):
    assert answered("ue1", "-c", "1", DN) == 1
    on("ran", "ip", "neigh", "flush", "dev", "n3")
    before = read_by_the_process()
    assert answered("ue1", "-c", "5", DN) == 5
    assert read_by_the_process() == before


def test_an_idle_phone_is_paged_and_an_idle_phone_that_sends_asks_for_service(air):
    answered("ue1", "-c", "1", DN)
    before = read_by_the_process()
    idle(air)  # its own packet woke it, by way of the process
    woken = read_by_the_process()
    assert woken > before
    assert answered("ue1", "-c", "5", DN) == 5
    assert read_by_the_process() == woken, "connected, it goes past the process again"
    subprocess.run(["sleep", "4"], check=True)
    assert answered("dn", "-c", "5", address()) == 5, "paged"
