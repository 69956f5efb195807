"""Hostile PFCP: whatever arrives is a message or a DecodeError, and a message can be written again."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from judges import pfcp_values as values
from judges.hostile import bend
from pilot5g.wire import pfcp
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.pfcp.grammar import MESSAGES


def survives(octets: bytes) -> None:
    try:
        pdu = pfcp.decode(octets)
    except DecodeError:
        return
    again = pfcp.encode(pdu)
    assert pfcp.encode(pfcp.decode(again)) == again


def framed(kind: int, body: bytes) -> bytes:
    """A header that is right before a body that is not."""
    head = bytes(8) + b"\0\0\1\0" if kind >= 50 else b"\0\0\1\0"
    return bytes((0x21 if kind >= 50 else 0x20, kind)) + (len(head + body)).to_bytes(2, "big") + head + body


def element(kind: int, size: int, body: bytes) -> bytes:
    return kind.to_bytes(2, "big") + size.to_bytes(2, "big") + body


TYPES = sorted({row.ie.number for cls in MESSAGES.values() for row in cls.TABLE.rows})
ELEMENTS = st.builds(
    element, st.sampled_from(TYPES) | st.integers(0, 0xFFFF), st.integers(0, 40), st.binary(max_size=40)
)


@settings(max_examples=200)
@given(
    st.binary(max_size=300)
    | st.builds(framed, st.sampled_from(sorted(MESSAGES)), st.lists(ELEMENTS, max_size=6).map(b"".join))
)
def test_random_octets(octets: bytes) -> None:
    """Noise, and elements with lengths that lie."""
    survives(octets)


@settings(max_examples=200)
@given(values.ANY, st.randoms(use_true_random=False))
def test_bent_messages(pdu: pfcp.Pdu, chance: Random) -> None:
    """Real messages, spoiled in a few places; the length corrected, so that it goes deep."""
    octets = bytearray(bend(pfcp.encode(pdu), chance))
    survives(bytes(octets))
    if len(octets) >= 4:
        octets[2:4] = (len(octets) - 4).to_bytes(2, "big")
        survives(bytes(octets))
