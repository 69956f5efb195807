"""The layout of AUTN and AUTS (TS 33.102 6.3.2, 6.3.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.crypto.aka import Autn, Auts, autn, auts, parse_autn, parse_auts, xor

h = bytes.fromhex
six = st.binary(min_size=6, max_size=6)
eight = st.binary(min_size=8, max_size=8)


@pytest.mark.judge
def test_an_autn_published_elsewhere():
    """RFC 5448 appendix C case 1: AUTN of TS 35.208 set 19 (its SQN, AK, AMF and MAC-A)."""
    made = autn(h("16f3b3f70fc2"), h("ada15aeb7bb8"), h("c3ab"), h("2a5c23d15ee351d5"))
    assert made.hex() == "bb52e91c747ac3ab2a5c23d15ee351d5"


@given(six, six, st.binary(min_size=2, max_size=2), eight)
def test_autn_parts_come_back(sqn, ak, amf, mac):
    parts = parse_autn(autn(sqn, ak, amf, mac))
    assert parts == Autn(xor(sqn, ak), amf, mac)
    assert xor(parts.sqn_xor_ak, ak) == sqn


@given(six, six, eight)
def test_auts_parts_come_back(sqn, ak, mac):
    parts = parse_auts(auts(sqn, ak, mac))
    assert parts == Auts(xor(sqn, ak), mac)
    assert xor(parts.sqn_xor_ak, ak) == sqn


@pytest.mark.parametrize("length", [0, 13, 15, 17])
def test_other_lengths_are_refused(length):
    with pytest.raises(ValueError, match="AUTN has 16 octets"):
        parse_autn(bytes(length))
    with pytest.raises(ValueError, match="AUTS has 14 octets"):
        parse_auts(bytes(length))


@pytest.mark.parametrize(
    ("sqn", "ak", "amf", "mac"), [(5, 5, 2, 8), (6, 5, 2, 8), (6, 6, 1, 8), (6, 6, 2, 16)]
)
def test_parts_of_other_lengths_are_refused(sqn, ak, amf, mac):
    with pytest.raises(ValueError, match="octets"):
        autn(bytes(sqn), bytes(ak), bytes(amf), bytes(mac))
