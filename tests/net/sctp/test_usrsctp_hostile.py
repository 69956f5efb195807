"""Hostile octets at the carrier, and what the wire looks like to an independent judge."""

from __future__ import annotations

import asyncio
import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest


def test_hostile_octets_and_a_flood_of_forged_inits_cost_nothing():
    """RFC 9260 5.1.3: no state before COOKIE ECHO. In a child process, for a C library is attacked."""
    storm = Path(__file__).parent / "storm.py"
    ended = subprocess.run(
        [sys.executable, str(storm), "2000"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told.pop("kilobytes") < 16_000
    assert told == {
        "after_octets": True,
        "unanswered": 0,
        "after_flood": True,
        "routes": 2,
        "told": [True, True],
    }


@pytest.mark.judge
@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs the Debian package tshark")
async def test_tshark_finds_every_checksum_right(bench, tmp_path):
    packets = []
    server, client, _, here, association = await bench.pair(echo=True)
    bench.watch(server, packets.append)
    bench.watch(client, packets.append)
    for n in (1, 2, 3, 1000, 10_000):
        association.send(bytes(i % 251 for i in range(n)), n % 16)
    await here.until(lambda: len(here.messages) == 5)
    association.close()
    await here.until(lambda: here.down)

    wrong = bytearray(packets[0])
    wrong[-1] ^= 1
    capture = tmp_path / "sctp.pcap"
    capture.write_bytes(pcap([*packets, bytes(wrong)]))
    told = await asyncio.to_thread(judge, capture)
    assert len(packets) > 10
    assert told == ["1"] * len(packets) + ["0"]


def judge(capture):
    """1 good, 0 bad, 2 not looked at."""
    fields = ["-T", "fields", "-e", "sctp.checksum.status"]
    command = ["tshark", "-r", str(capture), "-o", "sctp.checksum:CRC 32c", *fields]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.split()


def pcap(packets):
    """A capture of SCTP packets in IPv4 (link type 101: raw IP)."""
    out = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    for packet in packets:
        total = 20 + len(packet)
        header = struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, total, 0, 0, 64, 132, 0, bytes([127, 0, 0, 1]), bytes([127, 0, 0, 1])
        )
        out += struct.pack("=IIII", 0, 0, total, total) + header + packet
    return out
