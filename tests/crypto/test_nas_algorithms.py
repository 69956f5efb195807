"""NEA1-3 and NIA1-3 against TS 33.401 annex C, TS 35.217 and TS 35.223, and their kept contexts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.crypto import nas_algorithms, snow3g, zuc
from pilot5g.crypto.nas_algorithms import Ciphering, Integrity, cipher, mac

h = bytes.fromhex

KEY = h("2bd6459f82c5b300952c49104881ff48")
counts = st.integers(0, 2**32 - 1)
bearers = st.integers(0, 31)
directions = st.integers(0, 1)
algorithms = st.integers(0, 3)
real_algorithms = st.integers(1, 3)


@pytest.mark.judge
def test_published_keystreams(keystream_vector):
    v = keystream_vector
    parts = [(offset, h(octets)) for offset, octets in v["keystream"]]
    words = (max(offset + len(octets) for offset, octets in parts) + 3) // 4
    generate = {"snow3g": snow3g.keystream, "zuc": zuc.keystream}[v["algorithm"]]
    stream = b"".join(w.to_bytes(4) for w in generate(h(v["key"]), h(v["iv"]), words))
    for offset, octets in parts:
        assert stream[offset : offset + len(octets)] == octets


def _cut(octets: bytes, bits: int) -> bytes:
    """The published outputs carry what they like after the last bit."""
    octets = octets[: (bits + 7) // 8]
    return octets[:-1] + bytes((octets[-1] & 0xFF << -bits % 8 & 0xFF,))


@pytest.mark.judge
def test_published_ciphertexts(nea_vector):
    v = nea_vector
    args = v["algorithm"], h(v["key"]), v["count"], v["bearer"], v["direction"]
    plain, secret = _cut(h(v["input"]), v["bits"]), _cut(h(v["output"]), v["bits"])
    assert cipher(*args, h(v["input"]), v["bits"]) == secret
    assert cipher(*args, secret, v["bits"]) == plain


@pytest.mark.judge
def test_published_macs(nia_vector):
    v = nia_vector
    args = v["algorithm"], h(v["key"]), v["count"], v["bearer"], v["direction"]
    assert mac(*args, h(v["input"]), v["bits"]).hex() == v["output"]
    if v["bits"] == 8 * len(h(v["input"])):
        assert mac(*args, h(v["input"])).hex() == v["output"]


@pytest.mark.judge
def test_published_uia2_macs(uia2_vector):
    """UIA2 is NIA1 with 32 bits of FRESH where NIA1 has five of BEARER; one set has 16448 bits."""
    v = uia2_vector
    count, fresh, direction = v["count"], v["fresh"], v["direction"]
    words = (count, fresh, count ^ direction << 31, fresh ^ direction << 15)
    iv = b"".join(w.to_bytes(4) for w in words)
    data = nas_algorithms._cut(h(v["input"]), v["bits"])
    assert nas_algorithms._nia1(h(v["key"]), iv, data, v["bits"]).to_bytes(4).hex() == v["output"]


@given(algorithms, counts, bearers, directions, st.binary(max_size=200))
def test_deciphering_is_ciphering(algorithm, count, bearer, direction, data):
    c = Ciphering(algorithm, KEY)
    assert c.apply(count, bearer, direction, c.apply(count, bearer, direction, data)) == data


@given(st.lists(st.tuples(counts, bearers, directions, st.binary(max_size=70)), min_size=2, max_size=5))
def test_a_kept_context_remembers_nothing(messages):
    for algorithm in range(4):
        ciphering, integrity = Ciphering(algorithm, KEY), Integrity(algorithm, KEY)
        for m in messages:
            assert ciphering.apply(*m) == cipher(algorithm, KEY, *m)
            assert integrity.mac(*m) == mac(algorithm, KEY, *m)


@given(algorithms, counts, bearers, directions, st.binary(max_size=70), st.data())
def test_bits_given_in_whole_octets_change_nothing(algorithm, count, bearer, direction, data, draw):
    octets = draw.draw(st.integers(0, len(data)))
    args = algorithm, KEY, count, bearer, direction
    assert mac(*args, data, 8 * octets) == mac(*args, data[:octets])
    assert cipher(*args, data, 8 * octets) == cipher(*args, data[:octets])


@given(real_algorithms, counts, bearers, directions, st.binary(min_size=1, max_size=70), st.data())
def test_a_changed_input_changes_the_mac(algorithm, count, bearer, direction, data, draw):
    bit = draw.draw(st.integers(0, 8 * len(data) - 1))
    altered = (int.from_bytes(data) ^ 1 << bit).to_bytes(len(data))
    good = mac(algorithm, KEY, count, bearer, direction, data)
    assert mac(algorithm, KEY, count, bearer, direction, altered) != good
    assert mac(algorithm, KEY, count ^ 1, bearer, direction, data) != good
    assert mac(algorithm, KEY, count, bearer ^ 1, direction, data) != good
    assert mac(algorithm, KEY, count, bearer, direction ^ 1, data) != good


@given(real_algorithms, st.integers(1, 300), st.data())
def test_bits_beyond_the_message_do_not_count(algorithm, bits, draw):
    octets = (bits + 7) // 8
    data = draw.draw(st.binary(min_size=octets, max_size=octets))
    other = draw.draw(st.binary(min_size=octets, max_size=octets))
    mask = (1 << -bits % 8) - 1
    mixed = data[:-1] + bytes((data[-1] & ~mask | other[-1] & mask,))
    assert mac(algorithm, KEY, 1, 1, 0, mixed, bits) == mac(algorithm, KEY, 1, 1, 0, data, bits)
    out = cipher(algorithm, KEY, 1, 1, 0, data, bits)
    assert cipher(algorithm, KEY, 1, 1, 0, mixed, bits) == out
    assert out[-1] & mask == 0


def test_null_algorithms_do_nothing():
    assert cipher(0, KEY, 1, 1, 1, b"plain") == b"plain"
    assert mac(0, KEY, 1, 1, 1, b"plain") == bytes(4)


@pytest.mark.parametrize("algorithm", range(4))
def test_empty_messages_are_allowed(algorithm):
    assert cipher(algorithm, KEY, 0, 0, 0, b"") == b""
    assert len(mac(algorithm, KEY, 0, 0, 0, b"")) == 4


@pytest.mark.parametrize("algorithm", [-1, 4, 7])
def test_unknown_algorithms_are_refused(algorithm):
    with pytest.raises(ValueError, match="0 to 3"):
        Ciphering(algorithm, KEY)
    with pytest.raises(ValueError, match="0 to 3"):
        Integrity(algorithm, KEY)


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_keys_of_other_lengths_are_refused(length):
    with pytest.raises(ValueError, match="16 octets"):
        Ciphering(2, bytes(length))
    with pytest.raises(ValueError, match="16 octets"):
        Integrity(2, bytes(length))
