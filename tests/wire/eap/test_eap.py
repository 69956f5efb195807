"""EAP packets and EAP-AKA' messages: round trips, hostile octets, and tshark's reading of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.wire import eap
from pilot5g.wire.errors import DecodeError

RAND, AUTN = bytes(range(16)), bytes(range(16, 32))
CHALLENGE = eap.AkaMessage(
    eap.EapCode.REQUEST,
    7,
    eap.Subtype.CHALLENGE,
    (
        eap.fixed(eap.At.RAND, RAND),
        eap.fixed(eap.At.AUTN, AUTN),
        eap.number(eap.At.KDF, 1),
        eap.sized(eap.At.KDF_INPUT, b"5G:mnc001.mcc001.3gppnetwork.org"),
        eap.MAC_ZERO,
    ),
)
RESPONSE = eap.AkaMessage(
    eap.EapCode.RESPONSE,
    7,
    eap.Subtype.CHALLENGE,
    (eap.sized(eap.At.RES, bytes(8), 8), eap.fixed(eap.At.MAC, bytes(range(16)))),
)


def test_a_challenge_there_and_back():
    back = eap.AkaMessage.decode(CHALLENGE.encode() + b"padding")
    assert back.fixed(eap.At.RAND, 16) == RAND
    assert back.fixed(eap.At.AUTN, 16) == AUTN
    assert back.kdfs == (1,)
    assert back.sized(eap.At.KDF_INPUT) == b"5G:mnc001.mcc001.3gppnetwork.org"
    assert back.encode() == CHALLENGE.encode()


def test_the_response_counts_its_bits():
    assert eap.AkaMessage.decode(RESPONSE.encode()).sized(eap.At.RES, 8) == bytes(8)
    assert RESPONSE.attributes[0].encode()[:4] == bytes((3, 3, 0, 64))


def test_the_mac_is_zeroed_in_its_place():
    octets = RESPONSE.encode()
    zeroed = eap.without_mac(octets + b"beyond")
    assert zeroed == octets[:-16] + bytes(16)
    assert eap.without_mac(eap.AkaMessage(2, 1, eap.Subtype.CLIENT_ERROR).encode())[5] == 14


def test_success_and_failure_are_four_octets():
    for code in (eap.EapCode.SUCCESS, eap.EapCode.FAILURE):
        octets = eap.EapPacket(code, 9).encode()
        assert octets == bytes((code, 9, 0, 4))
        assert eap.EapPacket.decode(octets) == eap.EapPacket(code, 9)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\1\1\0\3",
        b"\1\1\0\4",
        b"\5\1\0\5\1",
        b"\1\1\0\x09\x32\1\0",
        b"\1\1\0\6\x32\1",
        b"\1\1\0\5\x17",
        b"\1\1\0\x0a\x32\1\0\0\1\0",
        b"\1\1\0\x0c\x32\1\0\0\1\2\0\0",
        b"\1\1\0\x09\x32\1\0\0\1",
    ],
)
def test_what_is_no_message_is_a_decode_error(octets):
    with pytest.raises(DecodeError):
        eap.AkaMessage.decode(octets)


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        (eap.At.RAND, bytes(9), lambda m: m.fixed(eap.At.RAND, 16)),
        (eap.At.RES, b"\0\x09" + bytes(8), lambda m: m.sized(eap.At.RES, 8)),
        (eap.At.RES, b"\7\x08" + bytes(8), lambda m: m.sized(eap.At.RES, 8)),
        (eap.At.KDF, bytes(6), lambda m: m.kdfs),
    ],
)
def test_an_attribute_of_a_wrong_length(kind, value, read):
    message = eap.AkaMessage(1, 1, eap.Subtype.CHALLENGE, (eap.Attribute(kind, value),))
    with pytest.raises(DecodeError):
        read(eap.AkaMessage.decode(message.encode()))


def test_an_attribute_twice():
    twice = eap.AkaMessage(1, 1, 1, (eap.fixed(eap.At.RAND, RAND),) * 2)
    with pytest.raises(DecodeError):
        twice.fixed(eap.At.RAND, 16)
    assert twice.one(eap.At.AUTN) is None
    assert twice.fixed(eap.At.AUTN, 16) is None
    assert twice.sized(eap.At.RES, 8) is None


def test_what_must_be_understood_is_named():
    message = eap.AkaMessage(1, 1, 1, (eap.Attribute(99, b"\0\0"), eap.Attribute(200, b"\0\0")))
    assert message.unknown(frozenset({eap.At.RAND})) == (99,)


@given(st.binary(max_size=80))
def test_random_octets_are_a_message_or_a_decode_error(octets):
    try:
        message = eap.AkaMessage.decode(octets)
    except DecodeError:
        return
    assert eap.AkaMessage.decode(message.encode()) == message
    assert len(eap.without_mac(octets)) == int.from_bytes(octets[2:4])
