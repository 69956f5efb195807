"""The NAS container of a handover (TS 24.501 9.11.2.6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrate_mobile.TS24501_IE import IntraN1ModeNASTransContainer

from pilot5g.crypto.nas_algorithms import mac
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.nas import transparent
from pilot5g.wire.nas.transparent import HandoverSecurity

KEY = bytes(range(16))
told = st.builds(
    HandoverSecurity,
    ciphering=st.integers(0, 7),
    integrity=st.integers(1, 3),
    ngksi=st.integers(0, 7),
    mapped=st.booleans(),
    new_kamf=st.booleans(),
    sequence=st.integers(0, 255),
)


@given(told)
def test_another_reader_finds_the_same(message):
    octets = message.encode(KEY)
    read = IntraN1ModeNASTransContainer()
    read.from_bytes(octets)
    assert read["CiphAlgo"].get_val() == message.ciphering
    assert read["IntegAlgo"].get_val() == message.integrity
    assert read["KACF"].get_val() == message.new_kamf
    assert read["NAS_KSI"]["TSC"].get_val() == message.mapped
    assert read["NAS_KSI"]["Value"].get_val() == message.ngksi
    assert read["Seqn"].get_val() == message.sequence
    assert transparent.decode(octets) == message


@given(told, st.integers(0, 55))
def test_33_501_6_9_2_3_3_the_code_covers_all_of_it(message, bit):
    """COUNT 2^32-1, downlink, the NAS connection identifier of 3GPP access."""
    octets = message.encode(KEY)
    assert octets[:4] == mac(message.integrity, KEY, 2**32 - 1, 1, 1, octets[4:])
    assert message.is_genuine(octets, KEY)
    assert not message.is_genuine(octets, bytes(16))
    spoiled = (int.from_bytes(octets) ^ 1 << bit).to_bytes(7)
    assert not transparent.decode(spoiled).is_genuine(spoiled, KEY)


@given(st.binary(max_size=12))
def test_anything_else(octets):
    if len(octets) == 7:
        assert not transparent.decode(octets).is_genuine(octets, KEY) or octets[4] & 15
    else:
        with pytest.raises(DecodeError):
            transparent.decode(octets)
