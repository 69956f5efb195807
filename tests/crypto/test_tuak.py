"""TUAK against TS 35.233 test sets 1-6: every width, both key lengths, one and two iterations."""

from __future__ import annotations

import pytest

from pilot5g.crypto.algorithm import AkaAlgorithm
from pilot5g.crypto.tuak import Tuak, compute_topc

h = bytes.fromhex


@pytest.mark.judge
def test_published_sets(tuak_vector):
    iterations = tuak_vector["iterations"]
    v = {name: h(value) for name, value in tuak_vector.items() if name not in ("name", "iterations")}
    assert compute_topc(v["k"], v["top"], iterations=iterations) == v["topc"]
    tuak: AkaAlgorithm = Tuak(
        v["k"],
        v["topc"],
        mac_bits=8 * len(v["f1"]),
        res_bits=8 * len(v["f2"]),
        ck_bits=8 * len(v["f3"]),
        ik_bits=8 * len(v["f4"]),
        iterations=iterations,
    )
    assert tuak.f1(v["rand"], v["sqn"], v["amf"]) == v["f1"]
    assert tuak.f1star(v["rand"], v["sqn"], v["amf"]) == v["f1star"]
    assert tuak.f2345(v["rand"]) == (v["f2"], v["f3"], v["f4"], v["f5"])
    assert tuak.f12345(v["rand"], v["sqn"], v["amf"]) == (v["f1"], tuak.f2345(v["rand"]))
    assert tuak.f5star(v["rand"]) == v["f5star"]


def test_the_defaults_are_what_5g_aka_has_room_for():
    tuak = Tuak(bytes(16), bytes(32))
    assert len(tuak.f1(bytes(16), bytes(6), bytes(2))) == 8
    assert [len(part) for part in tuak.f2345(bytes(16))] == [8, 16, 16, 6]


@pytest.mark.parametrize("k", [0, 15, 17, 24, 31, 33])
def test_keys_of_other_lengths_are_refused(k):
    with pytest.raises(ValueError, match="16 or 32 octets"):
        Tuak(bytes(k), bytes(32))
    with pytest.raises(ValueError, match="16 or 32 octets"):
        compute_topc(bytes(k), bytes(32))


@pytest.mark.parametrize(
    "widths",
    [{"mac_bits": 32}, {"res_bits": 48}, {"ck_bits": 64}, {"ik_bits": 192}, {"iterations": 0}],
    ids=str,
)
def test_widths_tuak_does_not_have_are_refused(widths):
    with pytest.raises(ValueError, match="TUAK"):
        Tuak(bytes(16), bytes(32), **widths)


@pytest.mark.parametrize(("rand", "sqn", "amf"), [(15, 6, 2), (16, 5, 3), (16, 6, 1)])
def test_inputs_of_other_lengths_are_refused(rand, sqn, amf):
    with pytest.raises(ValueError, match="octets"):
        Tuak(bytes(16), bytes(32)).f1(bytes(rand), bytes(sqn), bytes(amf))
