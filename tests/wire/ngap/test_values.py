"""NGAP's structures and the model's values (TS 38.413 9.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.model import NO_SD, Guami, NrCgi, Plmn, Snssai, STmsi, Tai
from pilot5g.wire import aper
from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.ngap import values as v
from pilot5g.wire.ngap.schema import TYPES

PLMN = Plmn("001", "01")
digits = st.text("0123456789", min_size=3, max_size=3)
plmns = st.builds(Plmn, digits, st.text("0123456789", min_size=2, max_size=3))
tais = st.builds(Tai, plmns, st.integers(0, 2**24 - 1))
guamis = st.builds(Guami, plmns, st.integers(0, 255), st.integers(0, 1023), st.integers(0, 63))
s_tmsis = st.builds(STmsi, st.integers(0, 1023), st.integers(0, 63), st.integers(0, 2**32 - 1))
cells = st.builds(NrCgi, plmns, st.integers(0, 2**36 - 1))
slices = st.builds(Snssai, st.integers(0, 255), st.none() | st.integers(0, NO_SD - 1))


def over_the_wire(kind: str, value):
    return aper.decode(TYPES[kind], aper.encode(TYPES[kind], value))


@given(tais)
def test_tai(tai):
    assert v.tai_from(over_the_wire("TAI", v.tai_to(tai))) == tai


@given(guamis)
def test_guami(guami):
    assert v.guami_from(over_the_wire("GUAMI", v.guami_to(guami))) == guami


@given(s_tmsis)
def test_s_tmsi(s_tmsi):
    assert v.s_tmsi_from(over_the_wire("FiveG-S-TMSI", v.s_tmsi_to(s_tmsi))) == s_tmsi


@given(st.lists(slices, min_size=1, max_size=8))
def test_nssai(nssai):
    assert v.nssai_from(over_the_wire("AllowedNSSAI", v.nssai_to(nssai))) == tuple(nssai)


def test_a_slice_without_differentiator_has_none_on_the_wire():
    """TS 23.003 28.4.2: SD FFFFFF means no SD."""
    assert v.snssai_to(Snssai(1, NO_SD)) == {"sST": b"\x01"}


@given(cells, tais)
def test_user_location(cell, tai):
    value = over_the_wire("UserLocationInformation", v.user_location_nr_to(cell, tai))
    assert v.user_location_nr_from(value) == (cell, tai)
    with pytest.raises(DecodeError, match="NR cell"):
        v.user_location_nr_from(("userLocationInformationEUTRA", {}))


@given(plmns, st.integers(22, 32), st.integers(0, 2**32 - 1))
def test_gnb_id(plmn, bits, number):
    gnb = v.GnbId(plmn, number >> (32 - bits), bits)
    assert v.gnb_id_from(over_the_wire("GlobalRANNodeID", v.gnb_id_to(gnb))) == gnb
    assert str(plmn) in str(gnb)


def test_other_radios_are_no_gnb():
    with pytest.raises(DecodeError, match="globalNgENB-ID"):
        v.gnb_id_from(("globalNgENB-ID", {"pLMNIdentity": bytes(3)}))


@pytest.mark.parametrize("octets", ["ffffff", "0af110", "00f1", "00f1100000"])
def test_a_plmn_of_no_digits_is_a_decode_error(octets):
    with pytest.raises(DecodeError):
        v.plmn_from(bytes.fromhex(octets))
    with pytest.raises(DecodeError):
        v.tai_from({"pLMNIdentity": bytes.fromhex(octets), "tAC": bytes(3)})
    assert v.plmn_from(v.plmn_to(PLMN)) == PLMN


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "bits"),
    [("127.0.0.1", None, 32), (None, "2001:db8::1", 128), ("10.0.0.1", "2001:db8::2", 160)],
)
def test_transport_addresses(ipv4, ipv6, bits):
    """TS 38.414 5.1: 32, 128 or 160 bits, IPv4 first."""
    value = v.transport_address_to(ipv4, ipv6)
    assert value[1] == bits
    assert v.transport_address_from(value) == (ipv4, ipv6)
    tunnel = v.gtp_tunnel_to(0xDEADBEEF, ipv4, ipv6)
    assert v.gtp_tunnel_from(tunnel) == (0xDEADBEEF, ipv4, ipv6)
    if ipv4 is not None:
        assert value[0] >> (bits - 32) == int.from_bytes(bytes(map(int, ipv4.split("."))), "big")


def test_addresses_that_are_none():
    with pytest.raises(DecodeError, match="64 bits"):
        v.transport_address_from((0, 64))
    for ipv4, ipv6 in ((None, None), ("300.1.1.1", None), (None, "x")):
        with pytest.raises(EncodeError):
            v.transport_address_to(ipv4, ipv6)
    with pytest.raises(DecodeError, match="choice-Extensions"):
        v.gtp_tunnel_from(("choice-Extensions", {}))


def test_security_capabilities_begin_with_algorithm_one():
    """TS 38.413 9.3.1.86: the first bit is 128-NEA1, where NAS has NEA0 first (TS 24.501 9.11.3.54)."""
    value = v.ue_security_capabilities_to(0b1110_0000, 0b0010_0000)
    assert value["nRencryptionAlgorithms"] == (0b1100_0000_0000_0000, 16)
    assert value["nRintegrityProtectionAlgorithms"] == (0b0100_0000_0000_0000, 16)
    assert v.ue_security_capabilities_from(value) == (0b1110_0000, 0b0010_0000, 0b1000_0000, 0)


@given(*[st.integers(0, 255)] * 4)
def test_security_capabilities_come_back(nea, nia, eea, eia):
    value = over_the_wire("UESecurityCapabilities", v.ue_security_capabilities_to(nea, nia, eea, eia))
    found = v.ue_security_capabilities_from(value)
    assert found == (nea | 0x80, nia & 0x7F, eea | 0x80, eia & 0x7F)


def test_a_longer_map_of_algorithms_still_begins_with_algorithm_one():
    longer = dict.fromkeys(v.ue_security_capabilities_to(0, 0), (12 << 16, 20))
    assert v.ue_security_capabilities_from(longer)[0] == 0b1110_0000
    with pytest.raises(DecodeError):
        v.ue_security_capabilities_from(dict.fromkeys(longer, (0, 6)))


@given(st.binary(min_size=32, max_size=32))
def test_security_key(key):
    assert v.security_key_from(over_the_wire("SecurityKey", v.security_key_to(key))) == key


def test_a_security_key_has_32_octets():
    with pytest.raises(EncodeError):
        v.security_key_to(bytes(16))


def test_causes():
    """TS 38.413 9.3.1.2: every one of them, and no other."""
    assert set(v.CAUSES) == {"radioNetwork", "transport", "nas", "protocol", "misc"}
    for group, names in v.CAUSES.items():
        for name in names:
            assert over_the_wire("Cause", v.cause(group, name)) == (group, name)
    for group, name in (("nas", "transfer-syntax-error"), ("other", "unspecified")):
        with pytest.raises(EncodeError):
            v.cause(group, name)
