"""usrsctp over IP protocol 132, between two namespaces of the test's own, and how a mode is chosen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pilot5g.net.sctp import SctpUnavailable, carrier, choose, kernel

PEER = str(Path(__file__).parent / "peer.py")
AMF, GNB = "10.53.0.1", "10.53.0.2"


def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True, timeout=10, check=False)


@pytest.fixture
def namespaces():
    """Two namespaces joined by a veth pair; their names."""
    if os.geteuid() != 0:
        pytest.skip("needs root: network namespaces and raw sockets")
    names = [f"p5g-sctp-{os.getpid()}-{side}" for side in "ab"]
    try:
        for name in names:
            made = ip("netns", "add", name)
            if made.returncode:
                pytest.skip(f"no network namespaces here: {made.stderr.strip()}")
        for words in (
            f"-n {names[0]} link add sctp0 type veth peer name sctp0 netns {names[1]}",
            f"-n {names[0]} address add {AMF}/24 dev sctp0",
            f"-n {names[1]} address add {GNB}/24 dev sctp0",
            f"-n {names[0]} link set sctp0 up",
            f"-n {names[1]} link set sctp0 up",
        ):
            done = ip(*words.split())
            assert done.returncode == 0, done.stderr
        yield names
    finally:
        for name in names:
            ip("netns", "delete", name)


def peer(namespace, *words):
    command = ["ip", "netns", "exec", namespace, sys.executable, PEER, "usrsctp-raw", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.root
def test_two_namespaces_talk_over_protocol_132(namespaces):
    server = peer(namespaces[0], AMF, 0, 0, "serve", 38412)
    try:
        assert server.stdout.readline() == "listening\n"
        client = peer(namespaces[1], GNB, 0, 0, "call", 0, AMF, 38412, 800)
        said, _ = client.communicate(timeout=20)
        assert said.splitlines() == [f"up {AMF}", "all back", "down shut down"]
        assert server.stdout.readline() == f"up {GNB}\n"
        assert server.stdout.readline() == "down shut down by the peer\n"
    finally:
        server.kill()
        server.communicate()


def test_the_raw_header_is_taken_off_or_the_packet_dropped():
    class Carrier(carrier.RawCarrier):
        def __init__(self, octets):
            self._buffer = bytearray(octets)
            self._view = memoryview(self._buffer)

    header = bytes([0x46]) + bytes(23)
    assert Carrier(header + b"sctp").payload(28) == b"sctp"
    for wrong in (bytes([0x65]) + bytes(40), bytes([0x44]) + bytes(40), bytes([0x4F]) + bytes(40)):
        assert Carrier(wrong).payload(len(wrong)) is None


def test_without_the_right_to_raw_sockets_the_message_says_what_to_do(monkeypatch):
    def refuse(*words):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(carrier.socket, "socket", refuse)
    assert not carrier.raw_permitted()
    with pytest.raises(SctpUnavailable, match="grant it, or carry SCTP over UDP"):
        carrier.RawCarrier("127.0.0.1")


@pytest.mark.parametrize(
    ("has_kernel", "has_raw", "chosen"),
    [(True, True, "kernel"), (False, True, "usrsctp-raw"), (False, False, "usrsctp-udp")],
)
def test_auto_takes_the_nearest_to_the_wire(monkeypatch, has_kernel, has_raw, chosen):
    monkeypatch.setattr(kernel, "available", lambda: has_kernel)
    monkeypatch.setattr(carrier, "raw_permitted", lambda: has_raw)
    assert choose("auto") == chosen
    assert choose("usrsctp-udp") == "usrsctp-udp"
