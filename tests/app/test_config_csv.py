"""A CSV file is imported whole or not at all, and every bad line is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.app.config import Config, ConfigError, parse
from pilot5g.app.config_csv import COLUMNS, read_entry, read_subscribers
from pilot5g.model import Ambr, Snssai

K, OPC = "01" * 16, "02" * 16


def read(*lines, config=None):
    return read_subscribers("\n".join(lines), config or Config(), "subs.csv")


def faults(*lines):
    with pytest.raises(ConfigError) as refused:
        read(*lines)
    return str(refused.value).splitlines()


def test_the_least_a_row_can_say():
    (line, made), *others = read("imsi,k,opc", f"001010000000001,{K},{OPC}").items()
    assert (line, others, made.supi, made.enabled, made.msisdn) == (2, [], "imsi-001010000000001", True, None)
    assert made.access.default_slices == Config().slices
    assert (made.authentication.amf, made.authentication.sqn) == (b"\x80\0", 0)


def test_the_most_a_row_can_say():
    config = parse("data_networks: [{dnn: internet}, {dnn: ims}]")
    header = (
        "IMSI; K;op;algorithm;amf;sqn;slices;dnn;ue_ambr_uplink;ue_ambr_downlink;static_ipv4;framed_routes;"
        "msisdn;enabled"
    )
    row = (
        f"imsi-001010000000001;{K};{OPC};Milenage;9000;0x21;"
        '"1-010203;1";ims|internet;1 Mbps;2 Mbps;10.46.0.9;192.0.2.0/24|2001:db8:7::/48;4917;no'
    )
    with pytest.raises(ConfigError, match="msisdn: expected an MSISDN of 5 to 15 digits"):
        read(header, row, config=config)
    made = read("\ufeff" + header, row.replace(";4917;", ";491700000001;"), config=config)[2]
    assert made.authentication.sqn == 0x21
    assert made.access.default_slices == (Snssai(1, 0x010203), Snssai(1))
    assert made.access.ue_ambr == Ambr(10**6, 2 * 10**6)
    assert (made.default_dnn(Snssai(1)), list(made.sessions[0].dnns)) == ("ims", ["ims", "internet"])
    assert made.sessions[0].dnns["ims"].static_ipv4 == "10.46.0.9"
    assert made.sessions[0].dnns["ims"].framed_routes == ("192.0.2.0/24", "2001:db8:7::/48")
    assert made.sessions[0].dnns["internet"].framed_routes == ()
    assert (made.msisdn, made.enabled) == ("491700000001", False)


def test_empty_cells_empty_lines_and_line_ends_of_other_systems():
    made = read(
        "imsi,k,opc,op,sqn\r", f"001010000000001,{K},{OPC},,\r", "\r", f"001010000000002,{K},,{OPC},7\r"
    )
    assert list(made) == [2, 4]
    assert made[4].authentication.sqn == 7


def test_every_bad_line_is_named():
    assert faults(
        "imsi,k,opc,amf,slices,dnn,enabled",
        f"001010000000001,{K},{OPC},,,,",
        f"00101x,{K[1:]},{OPC},80,1 9-1,-,maybe",
        f"001010000000001,{K},{OPC},,,,",
        f"001010000000002,{K}",
        f"001010000000003,,{OPC},,9,ims,",
        f"001010000000004,{K},,,9,ims,",
    ) == [
        "subs.csv:3: imsi: expected an IMSI of 6 to 15 digits, not '00101x'; for example: 001010000000001",
        "subs.csv:3: k: expected a key K of 32 or 64 hexadecimal digits, not the 31 characters given;"
        " for example: 465b5ce8b199b49faa5f0a2ee238a6bc",
        "subs.csv:3: amf: expected an authentication management field of 4 hexadecimal digits, not '80';"
        " for example: 8000",
        "subs.csv:3: slices: expected a slice, SST or SST-SD with the SD in hex, not '1 9-1';"
        " for example: 1-010203",
        "subs.csv:3: dnn: expected a DNN, labels of letters, digits and -, not '-'; for example: internet",
        "subs.csv:3: enabled: expected a yes or no: one of true, false, yes, no, not 'maybe';"
        " for example: true",
        "subs.csv:4: imsi: expected each IMSI once (it is on line 2 too), not 001010000000001",
        "subs.csv:5: expected 7 columns as in the header, not 2",
        "subs.csv:6: k: expected a key K of 32 or 64 hexadecimal digits, not nothing;"
        " for example: 465b5ce8b199b49faa5f0a2ee238a6bc",
        "subs.csv:7: opc: expected either opc or op; for example: cd63cb71954a9f4e48a5994e37a02baf",
        "subs.csv:7: slices: expected slices of the network (1, 1-010203), not '9'",
        "subs.csv:7: dnn: expected a DNN of data_networks (internet), not 'ims'",
    ]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", ["opc", "imsi", "k"]),
        ("imsi,k", ["opc"]),
        ("imsi,opc", ["k"]),
    ],
)
def test_a_header_without_what_is_needed(header, said):
    assert faults(header) == [
        f"subs.csv:1: {name}: expected a header row with a column {name!r}; for example: imsi,k,opc"
        for name in said
    ]


def test_a_header_with_what_nobody_knows():
    assert faults("imsi,k,opc,algoritm,k", "x") == [
        "subs.csv:1: column 4: expected 'algorithm', not 'algoritm'",
        "subs.csv:1: k: expected each column once",
    ]


def test_a_row_that_is_no_csv():
    assert faults("imsi,k,opc", f'001010000000001,{K},"02') == [
        "subs.csv:2: expected a row of CSV, not unexpected end of data"
    ]


def test_a_key_of_the_wrong_size_for_its_algorithm_shows_no_key():
    said = faults("imsi,k,opc,algorithm", f"001010000000001,{K},{OPC},tuak")
    assert said == ["subs.csv:2: opc: expected 64 hexadecimal digits for tuak, not 32"]


def test_one_entry_from_the_command_line():
    made = read_entry({"imsi": "001010000000001", "k": K, "opc": OPC, "msisdn": ""}, Config(), "add")
    assert made == read("imsi,k,opc", f"001010000000001,{K},{OPC}")[2]
    with pytest.raises(ConfigError, match=r"^add: imsi: expected"):
        read_entry({"imsi": "1", "k": K, "opc": OPC}, Config(), "add")


CELLS = st.text(st.sampled_from("0123456789abcdef ,;|\"'-:./xé\n\r\t\0"), max_size=34)


@given(st.lists(st.sampled_from([*COLUMNS, "colour"]), max_size=5), st.lists(st.lists(CELLS, max_size=5)))
def test_any_text_is_subscribers_or_a_config_error(header, rows):
    lines = [",".join(cells) for cells in [header, *rows]]
    try:
        read(*lines)
        problems = []
    except ConfigError as refused:
        problems = refused.problems
    assert all(problem.line for problem in problems)
