"""Milenage against TS 35.207 (sets 1-6) and TS 35.208 (sets 1-20)."""

from __future__ import annotations

import pytest

from pilot5g.crypto.algorithm import AkaAlgorithm
from pilot5g.crypto.milenage import Milenage, compute_opc

h = bytes.fromhex


@pytest.mark.judge
def test_published_sets(milenage_vector):
    v = {name: h(value) for name, value in milenage_vector.items() if name != "name"}
    assert compute_opc(v["k"], v["op"]) == v["opc"]
    m: AkaAlgorithm = Milenage(v["k"], v["opc"])
    for _ in range(2):  # the kept context must not carry anything from one call to the next
        assert m.f1(v["rand"], v["sqn"], v["amf"]) == v["f1"]
        assert m.f1star(v["rand"], v["sqn"], v["amf"]) == v["f1star"]
        keys = m.f2345(v["rand"])
        assert keys == (v["f2"], v["f3"], v["f4"], v["f5"])
        assert (keys.res, keys.ck, keys.ik, keys.ak) == keys
        assert m.f12345(v["rand"], v["sqn"], v["amf"]) == (v["f1"], keys)
        assert m.f5star(v["rand"]) == v["f5star"]


@pytest.mark.parametrize(("k", "opc"), [(15, 16), (17, 16), (32, 16), (16, 15), (16, 32), (0, 0)])
def test_keys_of_other_lengths_are_refused(k, opc):
    with pytest.raises(ValueError, match="16 octets"):
        Milenage(bytes(k), bytes(opc))
    with pytest.raises(ValueError, match="16 octets"):
        compute_opc(bytes(k), bytes(opc))


@pytest.mark.parametrize(("rand", "sqn", "amf"), [(15, 6, 2), (16, 5, 2), (16, 6, 1), (16, 8, 0)])
def test_inputs_of_other_lengths_are_refused(rand, sqn, amf):
    m = Milenage(bytes(16), bytes(16))
    with pytest.raises(ValueError, match="octets"):
        m.f1(bytes(rand), bytes(sqn), bytes(amf))
    with pytest.raises(ValueError, match="octets"):
        m.f1star(bytes(rand), bytes(sqn), bytes(amf))


def test_a_refusal_does_not_show_the_key():
    with pytest.raises(ValueError) as refused:
        Milenage(h("465b5ce8b199b49faa5f0a2ee238a6"), bytes(16))
    assert str(refused.value) == "K has 16 octets, not 15"
