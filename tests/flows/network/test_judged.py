"""What bad days and collisions make both halves say, read by tshark and pycrate: our ladders, not our eyes.

The demonstration's capture has what goes well. Here are the rejects, resets, error indications, repetitions
and network-initiated procedures of lives with faults and collisions, null ciphered.
"""

import struct
from pathlib import Path

import pytest

from flows.network.test_bad_days import FAULTS
from flows.network.test_collisions import COLLISIONS
from judges import pycrate_ngap, tshark
from judges.faults import YAML, through
from pilot5g.wire.ngap.codec import decode

pytestmark = pytest.mark.judge

NULL = "security: {ciphering: [NEA0]}\n" + YAML


def spoken() -> list[bytes]:
    """N2 messages of many lives, alike ones once."""
    octets: dict[bytes, None] = {}
    for i, event in enumerate((*COLLISIONS, *FAULTS)):
        for k in range(2 + i % 12, 50, 7):
            octets.update(dict.fromkeys(through({k: event}, yaml=NULL).sent))
    return list(octets)


def crc32c(octets: bytes) -> int:
    """The checksum of SCTP (RFC 9260 appendix A)."""
    crc = 0xFFFFFFFF
    for octet in octets:
        crc = crc >> 8 ^ TABLE[(crc ^ octet) & 255]
    return crc ^ 0xFFFFFFFF


def _entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


TABLE = tuple(_entry(value) for value in range(256))


def sctp(number: int, octets: bytes) -> bytes:
    """An IPv4 packet with one SCTP DATA chunk of payload protocol 60 (RFC 9260 3.3.1)."""
    chunk = struct.pack("!BBHIHHI", 0, 3, 16 + len(octets), number, 1, number & 0xFFFF, 60) + octets
    chunk += bytes(-len(chunk) % 4)
    ends = struct.pack("!HHI", 38412, 38412, 0)
    segment = ends + struct.pack("<I", crc32c(ends + bytes(4) + chunk)) + chunk
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 1, 0, 64, 132, 0, bytes(4), bytes(4))
    return head + segment


def write(path: Path, messages: list[bytes]) -> None:
    """A capture of raw IP packets."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        for number, octets in enumerate(messages):
            packet = sctp(number, octets)
            file.write(struct.pack("<IIII", number, 0, len(packet), len(packet)) + packet)


@pytest.fixture(scope="module")
def messages() -> list[bytes]:
    return spoken()


def test_the_lives_say_much(messages):
    """Or the judges would have nothing to judge."""
    kinds = {type(decode(octets)).__name__ for octets in messages}
    assert kinds >= {
        "ErrorIndication",
        "InitialContextSetupFailure",
        "NASNonDeliveryIndication",
        "NGReset",
        "NGResetAcknowledge",
        "PDUSessionResourceReleaseCommand",
        "PDUSessionResourceReleaseResponse",
        "Paging",
        "UEContextReleaseRequest",
    }


@pytest.mark.skipif(not tshark.AVAILABLE, reason="tshark is not installed: make setup-dev")
def test_tshark_finds_no_fault(messages, tmp_path):
    path = tmp_path / "lives.pcap"
    write(path, messages)
    assert tshark.faults(path) == []
    read = tshark.fields(path, "frame.number", only="ngap")
    assert len(read) == len(messages)
    said = {
        line for (infos,) in tshark.fields(path, "_ws.col.Info", only="nas-5gs") for line in infos.split(", ")
    }
    for name in (
        "Configuration update command",
        "Deregistration request (UE terminated)",
        "Identity request",
        "PDU session release command",
        "Service reject",
    ):
        assert any(name in line for line in said), (name, sorted(said))


def test_pycrate_reads_each_alike(messages):
    """One of each kind and length, for pycrate is slow."""
    some = {(type(decode(octets)).__name__, len(octets)): octets for octets in messages}
    assert len(some) > 60
    for octets in some.values():
        pycrate_ngap.same(octets)
