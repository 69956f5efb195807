"""Whatever the octets: a message, a recorded defect or a DecodeError, and never much time or memory."""

from contextlib import suppress
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges import ngap_values
from pilot5g.wire.ngap.codec import decode, encode
from pilot5g.wire.ngap.errors import NgapError, criticality_diagnostics
from pilot5g.wire.ngap.message import Message
from pilot5g.wire.ngap.messages import MESSAGES
from pilot5g.wire.ngap.transfers import NAMES, decode_transfer, encode_transfer

EACH = 100


def mutated(random: Random, octets: bytes) -> bytes:
    """Octets with a few bits turned, octets replaced, cut out, doubled or added."""
    out = bytearray(octets)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(out)) if out else 0
        match random.randrange(6):
            case 0 if out:
                out[at] ^= 0x80 >> random.randrange(8)
            case 1 if out:
                out[at] = random.choice((0x00, 0xFF, 0x80, 0xC4, random.randrange(256)))
            case 2:
                del out[at : at + random.randint(1, 8)]
            case 3:
                out[at:at] = out[at : at + random.randint(1, 16)]
            case 4:
                out[at:at] = random.randbytes(random.randint(1, 4))
            case _:
                del out[at:]
    return bytes(out)


def try_message(octets: bytes) -> Message | NgapError:
    try:
        found: Message | NgapError = decode(octets)
    except NgapError as error:
        found = error
    criticality_diagnostics(found)
    return found


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_mutated_messages(kind):
    random = Random(kind.__name__)
    maker = ngap_values.Maker(random)
    for _ in range(EACH):
        found = try_message(mutated(random, encode(maker.message(kind))))
        if isinstance(found, Message) and not found.defects:
            assert decode(encode(found)) == found


@pytest.mark.parametrize("name", sorted(NAMES))
def test_mutated_transfers(name):
    random = Random(name)
    maker = ngap_values.Maker(random)
    for _ in range(EACH):
        octets = mutated(random, encode_transfer(name, maker.transfer(name)))
        with suppress(NgapError):
            value = decode_transfer(name, octets)
            assert isinstance(value, dict)


@given(st.binary(max_size=400))
def test_random_octets(octets):
    try_message(octets)


@given(st.sampled_from(MESSAGES), st.binary(max_size=200))
def test_random_bodies(kind, body):
    head = encode_head(kind)
    try_message(head + bytes((0x80 | len(body) >> 8, len(body) & 255)) + body)


def encode_head(kind: type[Message]) -> bytes:
    maker = ngap_values.Maker(Random(1))
    return encode(maker.message(kind, optional=0))[:3]


def test_a_container_that_promises_more_than_it_has():
    """65,535 IEs of nothing, and fragments without end."""
    try_message(bytes.fromhex("000f40 03 00ffff"))
    try_message(bytes.fromhex("000f40") + b"\xc4" * 70000)
    for octets in (b"\xff" * 60000, b"\x00" * 60000, b"\xc4" * 60000):
        try_message(bytes.fromhex("000f40") + b"\xbf\xff" + octets)
