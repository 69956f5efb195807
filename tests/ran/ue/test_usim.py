"""The SIM: TS 35.208 sets through a whole AKA, the array of TS 33.102 C.2, SUCI of TS 33.501 annex C."""

import msgspec
import pytest

from pilot5g.crypto import kdf
from pilot5g.crypto.aka import autn, parse_auts, xor
from pilot5g.crypto.milenage import Milenage
from pilot5g.crypto.suci import HomeKey, bcd_to_msin
from pilot5g.crypto.tuak import Tuak, compute_topc
from pilot5g.flow.entropy import seeded
from pilot5g.ran.ue.config import Algorithm, PhoneConfig
from pilot5g.ran.ue.usim import DELTA, IND_BITS, Authenticated, MacFailure, NotFor5g, SynchFailure, Usim
from ran.ue.scripted import OPC, PLMN, K, config

h = bytes.fromhex
SNN = "5G:mnc001.mcc001.3gppnetwork.org"


@pytest.mark.judge
def test_published_sets_through_a_whole_aka(milenage_vector):
    """The sets of TS 35.207 and 35.208: AUTN from the published f1 and f5, RES* and keys from f2 to f4."""
    v = {name: h(value) for name, value in milenage_vector.items() if name != "name"}
    usim = Usim(config(k=v["k"], opc=v["opc"]))
    token = autn(v["sqn"], v["f5"], v["amf"], v["f1"])
    seq = int.from_bytes(v["sqn"]) >> IND_BITS
    usim.seq[:] = [max(0, seq - 1)] * 32
    result = usim.authenticate(v["rand"], token, SNN)
    separated = bool(v["amf"][0] & 0x80)
    if not separated:
        assert result == NotFor5g()
    else:
        assert isinstance(result, Authenticated)
        assert result.res_star == kdf.res_star(v["f3"], v["f4"], SNN, v["rand"], v["f2"])
        assert result.kausf == kdf.kausf(v["f3"], v["f4"], SNN, xor(v["sqn"], v["f5"]))
    again = usim.authenticate(v["rand"], token, SNN)
    assert isinstance(again, SynchFailure)
    parts = parse_auts(again.auts)
    assert xor(parts.sqn_xor_ak, v["f5star"]) == v["sqn"]
    assert usim.authenticate(v["rand"], token[:-1] + bytes([token[-1] ^ 1]), SNN) == MacFailure()


def test_tuak():
    k, top, rand, sqn = bytes(range(32)), bytes(range(32)), b"r" * 16, (0x40).to_bytes(6)
    topc = compute_topc(k, top)
    tuak = Tuak(k, topc)
    usim = Usim(config(k=k, opc=topc, algorithm=Algorithm.TUAK))
    keys = tuak.f2345(rand)
    result = usim.authenticate(rand, autn(sqn, keys.ak, b"\x80\0", tuak.f1(rand, sqn, b"\x80\0")), SNN)
    assert isinstance(result, Authenticated)
    assert result.res_star == kdf.res_star(keys.ck, keys.ik, SNN, rand, keys.res)


def fresh(usim: Usim, seq: int, ind: int) -> bool:
    return usim._fresh(seq << IND_BITS | ind)


def test_sequence_numbers_33_102_c_2_2():
    """Each IND has its own row: an older vector of another server is still good, once."""
    usim = Usim(config())
    assert fresh(usim, 10, 1)
    assert not fresh(usim, 10, 1)
    assert not fresh(usim, 9, 1)
    assert fresh(usim, 5, 2)
    assert fresh(usim, 11, 1)
    assert not fresh(usim, 5, 2)
    assert not fresh(usim, 0, 3)


def test_wrap_around_33_102_c_2_1():
    usim = Usim(config())
    assert not fresh(usim, DELTA + 1, 0)
    assert fresh(usim, DELTA, 0)
    assert not fresh(usim, 0, 1)


HOME = Milenage(K, OPC)
"""What the home network computes with the same keys."""


def test_resynchronisation_reports_the_highest_of_all():
    usim = Usim(config())
    fresh(usim, 20, 4)
    fresh(usim, 7, 9)
    keys = HOME.f2345(b"r" * 16)
    old = (5 << IND_BITS | 9).to_bytes(6)
    token = autn(old, keys.ak, b"\x80\0", HOME.f1(b"r" * 16, old, b"\x80\0"))
    failure = usim.authenticate(b"r" * 16, token, SNN)
    assert isinstance(failure, SynchFailure)
    sqn = xor(parse_auts(failure.auts).sqn_xor_ak, HOME.f5star(b"r" * 16))
    assert int.from_bytes(sqn) == 20 << IND_BITS | 4


def test_a_challenge_that_is_refused_uses_up_nothing():
    usim = Usim(config())
    keys = HOME.f2345(b"r" * 16)
    sqn = (40 << IND_BITS).to_bytes(6)
    token = autn(sqn, keys.ak, b"\x80\0", bytes(8))
    assert usim.authenticate(b"r" * 16, token, SNN) == MacFailure()
    assert usim.seq == [0] * 32


@pytest.mark.parametrize("scheme", [1, 2])
def test_suci_is_for_the_home_network_alone(scheme):
    home = HomeKey(scheme, h("c53c22208b61860b06c62e5406a7b330c2b577aa5558981510d128247d38bd1d"))
    phone = config(scheme=scheme, home_public_key=home.public, home_key_id=9, routing_indicator="678")
    usim, entropy = Usim(phone), seeded(3)
    first, second = usim.conceal(entropy), usim.conceal(entropy)
    assert first.output != second.output
    assert (first.plmn, first.scheme, first.key_id, first.routing_indicator) == (PLMN, scheme, 9, "678")
    assert bcd_to_msin(home.reveal(first.output)) == phone.msin == "0000000001"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"imsi": "262010000000001"}, "home network"),
        ({"imsi": "12"}, "IMSI"),
        ({"scheme": 1}, "home_public_key"),
        ({"scheme": 3}, "scheme"),
        ({"imeisv": "1"}, "IMEISV"),
    ],
)
def test_a_sim_that_makes_no_sense(changes, reason):
    values = {f: getattr(config(), f) for f in PhoneConfig.__struct_fields__} | changes
    with pytest.raises(ValueError, match=reason):
        PhoneConfig(**values)


@pytest.mark.parametrize("scheme", [1, 2])
def test_a_home_key_that_is_none_is_refused_at_once(scheme):
    with pytest.raises(ValueError, match="public key"):
        Usim(config(scheme=scheme, home_public_key=b"\x02" + bytes(31) if scheme == 2 else bytes(31)))


def test_keys_of_a_wrong_size_are_refused():
    with pytest.raises(ValueError, match="K has"):
        Usim(msgspec.structs.replace(config(), k=b"short"))
