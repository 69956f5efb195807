"""EAP-AKA' keys against the vectors of RFC 5448, which RFC 9048 repeats."""

import pytest

from pilot5g.crypto.eap_aka import mac, prime, prime_keys
from pilot5g.model import Plmn, network_access_identifier, supi

h = bytes.fromhex


def test_keys_are_those_of_the_rfc(eap_aka_vector):
    v = eap_aka_vector
    ck, ik = prime(h(v["ck"]), h(v["ik"]), v["network"], h(v["autn"])[:6])
    assert (ck.hex(), ik.hex()) == (v["ck_prime"], v["ik_prime"])
    keys = prime_keys(ck, ik, v["identity"])
    assert {name: getattr(keys, name).hex() for name in ("encr", "aut", "re", "msk", "emsk")} == {
        name: v[name] for name in ("encr", "aut", "re", "msk", "emsk")
    }
    assert keys.kausf == h(v["emsk"])[:32]
    assert v["emsk"] not in repr(keys)


def test_the_mac_has_128_bits():
    assert len(mac(bytes(32), b"packet")) == 16
    assert mac(bytes(32), b"packet") != mac(bytes(31) + b"\1", b"packet")


def test_keys_of_another_length_are_refused():
    with pytest.raises(ValueError, match="CK'"):
        prime_keys(bytes(15), bytes(16), "1")


def test_the_identity_is_a_nai():
    """RFC 9048 5.3.1.1, with its example."""
    known = network_access_identifier(supi("234150999999999"), Plmn("234", "15"))
    assert known == "234150999999999@nai.5gc.mnc015.mcc234.3gppnetwork.org"
