"""SUCI against TS 33.501 C.4, and what hostile scheme outputs do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.crypto import suci
from pilot5g.crypto.suci import HomeKey, SuciError, bcd_to_msin, conceal, msin_to_bcd, reveal

h = bytes.fromhex

KEYS = {
    1: h("c53c22208b61860b06c62e5406a7b330c2b577aa5558981510d128247d38bd1d"),
    2: h("f1ab1074477ebcc7f554ea1c5fc368b1616730155e0041ac447d6301975fecda"),
}
EPHEMERAL = h("99798858a1dc6a2c68637149a4b1dbfd1fdff5addd62a2142f06699ed7602529")
PUBLIC = {scheme: HomeKey(scheme, key).public for scheme, key in KEYS.items()}


@pytest.mark.judge
def test_published_sets(suci_vector):
    v = suci_vector
    scheme, plaintext, output = v["scheme"], h(v["plaintext"]), h(v["output"])
    assert conceal(scheme, h(v["home_public"]), plaintext, h(v["ephemeral_private"])) == output
    assert reveal(scheme, h(v["home_private"]), output) == plaintext
    if "msin" in v:
        assert msin_to_bcd(v["msin"]) == plaintext
        assert bcd_to_msin(plaintext) == v["msin"]


@pytest.mark.judge
def test_the_home_key_gives_the_published_public_key():
    assert PUBLIC[1].hex() == "5a8d38864820197c3394b92613b20b91633cbd897119273bf8e4a6f4eec0a650"
    assert PUBLIC[2].hex() == "0272da71976234ce833a6907425867b82e074d44ef907dfb4b3e21c1c2256ebcd1"


@given(st.sampled_from([1, 2]), st.binary(max_size=100), st.integers(1, 2**255).map(lambda n: n.to_bytes(32)))
def test_what_is_concealed_is_revealed(scheme, plaintext, ephemeral):
    output = conceal(scheme, PUBLIC[scheme], plaintext, ephemeral)
    assert HomeKey(scheme, KEYS[scheme]).reveal(output) == plaintext
    assert len(output) == len(plaintext) + (40 if scheme == 1 else 41)


@given(st.sampled_from([1, 2]), st.data())
def test_any_altered_bit_is_refused(scheme, data):
    output = bytearray(conceal(scheme, PUBLIC[scheme], b"\x00\x01\x20\x80\xf6", EPHEMERAL))
    bit = data.draw(st.integers(0, 8 * len(output) - 1))
    output[bit // 8] ^= 0x80 >> bit % 8
    with pytest.raises(SuciError):
        reveal(scheme, KEYS[scheme], bytes(output))


@given(st.sampled_from([1, 2]), st.binary(max_size=120))
def test_whatever_octets_arrive_are_refused_as_a_suci_error(scheme, octets):
    with pytest.raises(SuciError):
        reveal(scheme, KEYS[scheme], octets)


@pytest.mark.parametrize("scheme", [1, 2])
@pytest.mark.parametrize("length", [0, 7, 39, 40])
def test_short_outputs_are_refused(scheme, length):
    with pytest.raises(SuciError):
        reveal(scheme, KEYS[scheme], bytes(length))


@pytest.mark.parametrize(
    "point",
    [bytes(32), b"\1" + bytes(31), h("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")],
)
def test_points_of_small_order_are_refused(point):
    """RFC 7748 6.1: an X25519 result of all zeros is no agreement."""
    with pytest.raises(SuciError, match="point"):
        reveal(1, KEYS[1], point + bytes(13))


def test_a_point_off_the_curve_is_refused():
    """A point off the curve would leak the home network's key."""
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x = next(x for x in range(1, 99) if pow(x**3 - 3 * x + b, (p - 1) // 2, p) == p - 1)
    for prefix, abscissa in ((2, x), (3, x), (2, p), (2, 2**256 - 1), (4, 1), (0, 0), (255, 1)):
        with pytest.raises(SuciError, match="no usable point"):
            reveal(2, KEYS[2], bytes((prefix,)) + abscissa.to_bytes(32) + bytes(13))


def test_another_home_network_key_is_named_as_the_likely_cause():
    output = conceal(1, PUBLIC[1], b"\x10", EPHEMERAL)
    with pytest.raises(SuciError, match="another home network key"):
        reveal(1, EPHEMERAL, output)


@pytest.mark.parametrize("scheme", [-1, 3, 12, 15])
def test_unknown_schemes_are_refused(scheme):
    with pytest.raises(SuciError, match="no protection scheme"):
        conceal(scheme, bytes(32), b"", bytes(32))
    with pytest.raises(SuciError, match="no protection scheme"):
        reveal(scheme, bytes(32), b"")


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33), bytes(32), b"\xff" * 32], ids=len)
def test_private_keys_out_of_range_are_refused(key):
    with pytest.raises(SuciError):
        HomeKey(2, key)


@pytest.mark.parametrize(
    "public", [b"", bytes(31), bytes(32), bytes(33), b"\2" + b"\xff" * 32, bytes(65)], ids=len
)
@pytest.mark.parametrize("scheme", [1, 2])
def test_home_public_keys_that_are_none_are_refused(scheme, public):
    with pytest.raises(SuciError):
        conceal(scheme, public, b"\x10", EPHEMERAL)


def test_the_counter_wraps_in_32_bits():
    """TS 33.501 C.3.4.0: m = 32, so the twelve octets before the counter never change."""
    zero = suci._aes_ctr(bytes(16), b"\xaa" * 12 + bytes(4), bytes(16))
    last = suci._aes_ctr(bytes(16), b"\xaa" * 12 + b"\xff" * 4, bytes(32))
    assert last[16:] == zero


@given(st.text("0123456789", min_size=1, max_size=11))
def test_msin_digits_survive_bcd(msin):
    assert bcd_to_msin(msin_to_bcd(msin)) == msin


@pytest.mark.parametrize("msin", ["", "12a", "1 2", "-1", "٣", "1.5"])
def test_what_is_no_msin_is_refused(msin):
    with pytest.raises(SuciError):
        msin_to_bcd(msin)


@pytest.mark.parametrize("octets", [b"", b"\xff", b"\x0f", b"\xf1\x23", b"\x1a", b"\xff\xff"], ids=bytes.hex)
def test_bcd_that_holds_no_digits_is_refused(octets):
    with pytest.raises(SuciError):
        bcd_to_msin(octets)
