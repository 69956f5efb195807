"""A configuration states what differs, and every fault names key, line, what was expected, an example."""

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilot5g.app import config as c
from pilot5g.app.config_template import TEMPLATE
from pilot5g.app.config_values import duration, rate, rate_text
from pilot5g.flow.timer import DEFAULTS
from pilot5g.model import Plmn, Snssai

A_KEY = "c53c22208b61860b06c62e5406a7b330c2b577aa5558981510d128247d38bd1d"


def faults(text):
    with pytest.raises(c.ConfigError) as refused:
        c.parse(text, "pilot.yaml")
    return str(refused.value).splitlines()


# what is read


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "network:\nphones: {}\n"])
def test_a_file_that_says_nothing_is_the_default_network(text):
    assert c.parse(text) == c.Config.default() == c.load(None)


def test_the_file_to_begin_with_is_the_default_network():
    assert c.parse(TEMPLATE) == c.Config()


def test_the_file_to_begin_with_names_every_key():
    given_keys = set(re.findall(r"\w+", TEMPLATE))
    sections = [
        c.Network,
        c.Amf,
        c.DataNetwork,
        c.Security,
        c.N2,
        c.N3,
        c.N6,
        c.StoreFiles,
        c.Phones,
        c.Config,
    ]
    wanted = {name for section in sections for name in section.__struct_fields__}
    assert wanted - given_keys == set()


def test_the_examples_in_the_file_to_begin_with_can_be_used():
    example = re.sub(r"^( *)#   (.*)$", r"\1\2", TEMPLATE, flags=re.MULTILINE)
    example = re.sub(r"^ *(home_network_keys|list|subscribers): \[\]\n", "", example, flags=re.MULTILINE)
    config = c.parse(example)
    assert [each.id for each in config.security.home_network_keys] == [1]
    assert (config.phones.count, len(config.phones.list), len(config.subscribers)) == (20, 1, 1)


def test_leading_zeros_and_words_of_yaml_stay_what_they_are():
    config = c.parse(
        "network: {plmn: 00101, name: no, short_name: 1_0}\nphones: {first_imsi: 001010000000017}"
    )
    assert config.network == c.Network(name="no", plmn=Plmn("001", "01"), short_name="1_0")
    assert config.phones.first_imsi == "001010000000017"


def test_values_in_their_units():
    config = c.parse(
        "timers: {T3512: 54 min, T3560: 3, X-INACTIVE: 200 ms}\n"
        "slices: [1-0A0B0C]\n"
        "data_networks:\n"
        "- {dnn: IMS, session_ambr: {uplink: 1.5 Mbps, downlink: 64kbps}, slices: [1-0a0b0c]}\n"
    )
    assert config.timers == {"T3512": 3240.0, "T3560": 3.0, "X-INACTIVE": 0.2}
    network = config.data_network("ims")
    assert (network.session_ambr.uplink, network.session_ambr.downlink) == (1_500_000, 64_000)
    assert network.slices == (Snssai(1, 0x0A0B0C),)


def test_a_dscp_by_number_and_by_name_over_the_defaults():
    marking = c.parse("qos: {dscp: {1: CS6, 9: 8, 80: af12, 82: 2}}").qos.marking
    assert {five_qi: marking.get(five_qi, 0) for five_qi in (1, 2, 4, 9, 80, 82, 83)} == {
        1: 48,
        2: 46,
        4: 34,
        9: 8,
        80: 12,
        82: 2,
        83: 0,
    }


def test_what_is_left_out_follows_from_the_rest():
    config = c.parse(
        "network: {plmn: 262-77}\n"
        "tracking_areas: [7, 8]\n"
        'slices: ["5"]\n'
        "data_networks: [{dnn: a}, {dnn: b}, {dnn: c, ipv4_pool: 192.168.0.0/24}]\n"
        "radios: [{}, {tac: 8, n3_address: 127.0.9.9}]\n"
    )
    assert [str(each.ipv4_pool) for each in config.data_networks] == [
        "10.45.0.0/16",
        "10.46.0.0/16",
        "192.168.0.0/24",
    ]
    assert [str(each.ipv6_pool) for each in config.data_networks] == [
        "2001:db8:45::/48",
        "2001:db8:46::/48",
        "2001:db8:47::/48",
    ]
    assert {each.slices for each in (*config.data_networks, *config.radios)} == {(Snssai(5),)}
    assert [(each.name, each.id, each.tac, each.plmn) for each in config.radios] == [
        ("gnb-1", 1, 7, Plmn("262", "77")),
        ("gnb-2", 2, 8, Plmn("262", "77")),
    ]
    assert [(each.n2_address, each.n3_address) for each in config.radios] == [
        ("127.0.0.11", "127.0.0.11"),
        ("127.0.0.12", "127.0.9.9"),
    ]


def test_no_radios_and_no_phones():
    config = c.parse("radios: []\nphones: {count: 0}")
    assert (config.radios, config.phones.count) == ((), 0)


def test_listed_phones_are_all_the_phones():
    assert c.parse("phones: {list: [{imsi: 001010000000001}]}").phones.count == 0


def test_many_radios_and_data_networks_have_names_and_addresses_of_their_own():
    config = c.Config(
        radios=(c.Radio(),) * 500, data_networks=tuple(c.DataNetwork(dnn=f"d{i}") for i in range(50))
    )
    assert c.parse(c.shown(config)) == config


def test_files_lie_beside_the_configuration(tmp_path):
    (tmp_path / "pilot.yaml").write_text("store: {path: a.db, key_file: /etc/b.key}")
    files = c.load(tmp_path / "pilot.yaml").store
    assert (files.path, files.key_file) == (f"{tmp_path}/a.db", "/etc/b.key")


def test_a_file_that_is_not_there():
    with pytest.raises(c.ConfigError) as refused:
        c.load("/nowhere/pilot.yaml")
    assert str(refused.value) == (
        "/nowhere/pilot.yaml: expected a readable file (No such file or directory):"
        " `pilot5g config init` writes one to begin with"
    )


# what is shown


KEYED = f"""
security: {{home_network_keys: [{{id: 1, profile: A, private_key: {A_KEY}}}]}}
phones: {{k: {"01" * 16}, opc: {"02" * 16}, suci_scheme: a, key_id: 1}}
subscribers: [{{imsi: 001010000000001, k: {"03" * 16}, op: {"04" * 16}}}]
"""


@pytest.mark.parametrize("text", [TEMPLATE, KEYED, "timers: {T3560: 200 ms}"])
def test_what_is_shown_reads_as_the_same_configuration(text):
    config = c.parse(text)
    assert c.parse(c.shown(config, secrets=True)) == config


def test_keys_are_masked_unless_asked_for():
    config = c.parse(KEYED)
    for key in (A_KEY, "01" * 16, "02" * 16, "03" * 16, "04" * 16):
        assert key not in c.shown(config)
        assert key in c.shown(config, secrets=True)


@given(st.integers(1, 4 * 10**12))
def test_a_rate_reads_as_it_is_written(value):
    assert rate(rate_text(value)) == value


@pytest.mark.parametrize(
    ("text", "value"), [("1 Gbps", 10**9), ("0.5mbps", 500_000), ("7", 7), ("2 Kbit/s", 2000)]
)
def test_rates(text, value):
    assert rate(text) == value


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "5 Tbps", "1 bit", "1e9", "١ Mbps"])
def test_what_is_no_rate(text):
    with pytest.raises(ValueError):
        rate(text)


@pytest.mark.parametrize("text", ["", "0", "-1 s", "32 d", "nan", "1 year", "9" * 400])
def test_what_is_no_duration(text):
    with pytest.raises(ValueError):
        duration(text)


# what is refused


def test_every_fault_of_a_file_is_named_at_once_in_order_of_its_lines():
    text = """\
network:
  plmn: 1-01
  nme: x
amf: {region: 300}
tracking_areas: 1
slices: [1, 1-0102]
data_networks:
  - slices: ["1"]
    session_ambr: {uplink: fast}
security: {integrity: [NIA0], ciphering: AES}
radios: [{tac: seven, cells: }]
phones: {k: "0123"}
timers: {T3550: -1}
n2: {address: localhost, transport: tcp}
subscribers: [{imsi: 001010000000001}]
"""
    assert faults(text) == [
        "pilot.yaml:2: network.plmn: expected a PLMN, an MCC of 3 and an MNC of 2 or 3 digits in quotes,"
        " not '1-01'; for example: \"001-01\"",
        "pilot.yaml:3: network.nme: expected 'name', not 'nme'",
        "pilot.yaml:4: amf.region: expected a whole number from 0 to 255, not '300'; for example: 1",
        "pilot.yaml:5: tracking_areas: expected a list, not '1'; for example: [1]",
        "pilot.yaml:6: slices[1]: expected a slice, SST or SST-SD with the SD in hex, not '1-0102';"
        ' for example: "1-010203"',
        "pilot.yaml:8: data_networks[0].dnn: expected a DNN, labels of letters, digits and -, not nothing;"
        " for example: internet",
        "pilot.yaml:9: data_networks[0].session_ambr.uplink: expected a bit rate, not 'fast';"
        " for example: 100 Mbps",
        "pilot.yaml:10: security.integrity[0]: expected an integrity algorithm (null integrity NIA0 protects"
        " nothing and is refused): one of NIA1, NIA2, NIA3, not 'NIA0'; for example: NIA2",
        "pilot.yaml:10: security.ciphering: expected a list, not 'AES'; for example: [NEA2]",
        "pilot.yaml:11: radios[0].tac: expected a tracking area code from 0 to 16777215, not 'seven';"
        " for example: 1",
        "pilot.yaml:11: radios[0].cells: expected a whole number from 1 to 16, not nothing; for example: 3",
        "pilot.yaml:12: phones.k: expected a key K of 32 or 64 hexadecimal digits, not the 4"
        " characters given; for example: 465b5ce8b199b49faa5f0a2ee238a6bc",
        "pilot.yaml:13: timers.T3550: expected a time above 0, not '-1'; for example: 6 s, or 54 min",
        "pilot.yaml:14: n2.address: expected an IPv4 or IPv6 address, not 'localhost';"
        " for example: 127.0.0.5",
        "pilot.yaml:14: n2.transport: expected a transport of N2: one of auto, kernel, usrsctp-raw,"
        " usrsctp-udp, not 'tcp'; for example: auto",
        "pilot.yaml:15: subscribers[0].k: expected a key K of 32 or 64 hexadecimal digits, not nothing;"
        " for example: 465b5ce8b199b49faa5f0a2ee238a6bc",
    ]


def golden():
    """Text and answer of every case in config_faults.txt."""
    cases = Path(__file__).with_name("config_faults.txt").read_text(encoding="utf-8").split("\n\n")[1:]
    for text, _, said in (case.strip("\n").partition("\n=> ") for case in cases):
        for name, key in {"K16": "00" * 16, "K32": "00" * 32, "F32": "ff" * 32}.items():
            text = text.replace(name, key)
        yield pytest.param(text, said, id=said.partition(": expected")[0])


@pytest.mark.parametrize(("text", "said"), list(golden()))
def test_a_contradiction_is_named(text, said):
    assert faults(text) == [f"pilot.yaml:{line}" for line in said.split("\n=> ")]


def test_more_than_one_document_and_octets_that_are_no_text():
    assert faults("{}\n---\n{}")[0].startswith(
        "pilot.yaml:2: expected well-formed YAML (but found another document)"
    )
    assert faults("a: \x00")[0].startswith("pilot.yaml: expected well-formed YAML (unacceptable")


def parsed(text):
    """The configuration, or what is wrong with it."""
    try:
        return c.parse(text)
    except c.ConfigError as refused:
        return refused.problems


@given(st.text(max_size=40))
def test_any_text_is_a_configuration_or_a_config_error(text):
    assert parsed(text)


NAMES = sorted({*c.Config.__struct_fields__, *c.Phones.__struct_fields__, *c.DataNetwork.__struct_fields__})
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["1", "internet", "127.0.0.1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NAMES, *DEFAULTS]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(c.Config.__struct_fields__), ANYTHING, max_size=4))
@settings(max_examples=150)
def test_any_structure_is_a_configuration_or_a_config_error(values):
    outcome = parsed(msgspec.json.encode(values).decode())
    if isinstance(outcome, c.Config):
        assert c.parse(c.shown(outcome, secrets=True)) == outcome
    else:
        assert all(problem.expected for problem in outcome)
