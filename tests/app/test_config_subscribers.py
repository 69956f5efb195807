"""Plain words become whole subscriptions, and every emulated phone one that lets it in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.app.config import Config, parse
from pilot5g.app.config_subscribers import phones, subscriber, subscriber_of
from pilot5g.crypto.milenage import compute_opc
from pilot5g.crypto.tuak import compute_topc
from pilot5g.flow.entropy import seeded
from pilot5g.model import Ambr, PduSessionType, Snssai

KEYS = f"k: {'01' * 16}, opc: {'02' * 16}"

TWO_NETWORKS = """
slices: ["1", "2"]
data_networks:
  - {dnn: internet, five_qi: 8, session_ambr: {uplink: 1 Mbps, downlink: 2 Mbps}}
  - {dnn: ims, slices: ["2"], session_types: [ipv6], five_qi: 5}
subscribers: [{imsi: 001010000000001, %s}]
"""


def one(words):
    config = parse(TWO_NETWORKS % words)
    return subscriber(config, config.subscribers[0])


def test_a_plain_subscription_has_all_of_the_network():
    made = one(KEYS)
    assert made.access.default_slices == (Snssai(1), Snssai(2))
    assert [(str(each.slice), each.default_dnn, *each.dnns) for each in made.sessions] == [
        ("1", "internet", "internet"),
        ("2", "internet", "internet", "ims"),
    ]
    internet, ims = made.configuration(Snssai(1), "internet"), made.configuration(Snssai(2), "ims")
    assert (internet.qos.five_qi, internet.session_ambr) == (8, Ambr(10**6, 2 * 10**6))
    assert (ims.qos.five_qi, ims.default_type, ims.allowed_types) == (
        5,
        PduSessionType.IPV6,
        (PduSessionType.IPV6,),
    )
    assert internet.default_type is PduSessionType.IPV4V6


def test_the_first_dnn_named_is_the_default():
    made = one(KEYS + ', dnns: [ims, internet], slices: ["2"]')
    assert [(str(each.slice), each.default_dnn) for each in made.sessions] == [("2", "ims")]


def test_a_slice_none_of_the_dnns_is_in_has_no_sessions():
    assert [str(each.slice) for each in one(KEYS + ", dnns: [ims]").sessions] == ["2"]


def test_static_addresses_are_for_one_session():
    made = one(KEYS + ", static_ipv4: 10.45.0.9, static_ipv6_prefix: '2001:db8:45:9::/64'")
    assert [each.dnns["internet"].static_ipv4 for each in made.sessions] == ["10.45.0.9", None]
    assert made.sessions[0].dnns["internet"].static_ipv6_prefix == "2001:db8:45:9::/64"


def test_networks_behind_a_phone_are_for_one_session():
    made = one(KEYS + ", framed_routes: [192.168.77.0/24, '2001:db8:77::/48']")
    routes = ("192.168.77.0/24", "2001:db8:77::/48")
    assert [each.dnns["internet"].framed_routes for each in made.sessions] == [routes, ()]


def test_op_becomes_opc():
    made = one(f"k: {'01' * 16}, op: {'02' * 16}")
    assert made.authentication.opc == compute_opc(b"\1" * 16, b"\2" * 16)
    made = one(f"k: {'01' * 32}, op: {'02' * 32}, algorithm: tuak, amf: 9000, sqn: 0x40, enabled: no")
    assert made.authentication.opc == compute_topc(b"\1" * 32, b"\2" * 32)
    assert (made.authentication.amf, made.authentication.sqn, made.enabled) == (b"\x90\0", 64, False)


def test_counted_phones_have_imsis_in_a_row_and_keys_of_their_own():
    made = phones(Config(), seeded(1))
    assert [each.imsi for each in made] == [f"00101{n:010}" for n in range(1, 21)]
    assert len({each.k for each in made}) == len({each.opc for each in made}) == 20
    assert made == phones(Config(), seeded(1))


def test_leading_zeros_of_a_first_imsi_stay():
    config = parse("phones: {first_imsi: 000009, count: 2}")
    assert [each.imsi for each in phones(config, seeded(1))] == ["000009", "000010"]


def test_counted_phones_share_keys_that_are_given():
    config = parse(f"phones: {{{KEYS}, count: 3, list: [{{imsi: 262770000000001, algorithm: tuak}}]}}")
    made = phones(config, seeded(1))
    assert [each.k for each in made[:3]] == [b"\1" * 16] * 3
    assert (made[3].imsi, len(made[3].opc)) == ("262770000000001", 32)


@given(st.sampled_from(["milenage", "tuak"]), st.integers())
def test_every_phone_gets_a_subscription_with_its_keys(algorithm, seed):
    config = parse(f"phones: {{count: 2, algorithm: {algorithm}}}")
    for phone in phones(config, seeded(seed)):
        made = subscriber_of(config, phone)
        keys = made.authentication
        assert (made.supi, keys.k, keys.opc, keys.algorithm) == (
            f"imsi-{phone.imsi}",
            phone.k,
            phone.opc,
            algorithm,
        )


@pytest.mark.parametrize("mnc", ["01", "001"])
def test_the_first_imsi_has_fifteen_digits_of_the_plmn(mnc):
    config = parse(f"network: {{plmn: '001-{mnc}'}}\nphones: {{count: 1}}")
    imsi = phones(config, seeded(1))[0].imsi
    assert (len(imsi), imsi.startswith(f"001{mnc}"), int(imsi[3 + len(mnc) :])) == (15, True, 1)
