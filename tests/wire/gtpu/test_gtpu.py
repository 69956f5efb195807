"""GTP-U (TS 29.281) and the PDU session container (TS 38.415), by hand, by pycrate and by tshark."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.gtpu import (
    DlPduSessionInformation,
    EchoRequest,
    EchoResponse,
    Encapsulation,
    EndMarker,
    ErrorIndication,
    ExtensionHeader,
    Gpdu,
    Header,
    SupportedExtensionHeaders,
    UlPduSessionInformation,
    UnsupportedExtension,
    decapsulate,
    decode,
    decode_header,
    decode_information,
    encode,
    encode_header,
    encode_information,
)

# Read by hand from the figures of TS 29.281 5.1, 7.2, 7.3 and TS 38.415 5.5.2.
BY_HAND = [
    (Gpdu(0x01020304, b"abc"), "30ff0003 01020304 616263"),
    (Gpdu(1, b"abc", sequence=0x0A0B), "32ff0007 00000001 0a0b0000 616263"),
    (Gpdu(1, b"abc", UlPduSessionInformation(9)), "34ff000b 00000001 00000085 01100900 616263"),
    (Gpdu(1, b"", DlPduSessionInformation(9, rqi=True)), "34ff0008 00000001 00000085 01004900"),
    (Gpdu(1, b"", DlPduSessionInformation(1, ppi=5)), "34ff000c 00000001 00000085 020081a0 00000000"),
    (EchoRequest(0x1234), "32010004 00000000 12340000"),
    (EchoResponse(0x1234), "32020006 00000000 12340000 0e00"),
    (
        ErrorIndication(0xDEADBEEF, "10.0.0.1"),
        "321a0010 00000000 00000000 10deadbeef 8500040a000001",
    ),
    (
        ErrorIndication(7, "2001:db8::1", 2152),
        "361a0020 00000000 00000040 01086800 1000000007 850010 20010db8000000000000000000000001",
    ),
    (EndMarker(5), "30fe0000 00000005"),
    (SupportedExtensionHeaders((0x85, 0x40)), "321f0008 00000000 00000000 8d028540"),
]

information = st.one_of(
    st.builds(UlPduSessionInformation, st.integers(0, 63)),
    st.builds(DlPduSessionInformation, st.integers(0, 63), st.booleans(), st.none() | st.integers(0, 7)),
)
teids = st.integers(0, 0xFFFFFFFF)
sequences = st.integers(0, 0xFFFF)
messages = st.one_of(
    st.builds(Gpdu, teids, st.binary(max_size=40), st.none() | information, st.none() | sequences),
    st.builds(EchoRequest, sequences),
    st.builds(EchoResponse, sequences, st.integers(0, 255)),
    st.builds(ErrorIndication, teids, st.ip_addresses().map(str), st.none() | sequences),
    st.builds(EndMarker, teids),
    st.builds(SupportedExtensionHeaders, st.lists(st.integers(0, 255), max_size=9).map(tuple), sequences),
)


@pytest.mark.parametrize(("message", "octets"), BY_HAND, ids=lambda v: type(v).__name__)
def test_messages_read_by_hand(message, octets):
    assert encode(message) == bytes.fromhex(octets)
    assert decode(bytes.fromhex(octets)) == message


@given(messages)
def test_round_trip(message):
    assert decode(encode(message)) == message


@given(messages, st.binary(min_size=1, max_size=9))
def test_octets_beyond_the_length_are_not_ours(message, more):
    assert decode(encode(message) + more) == message


@given(messages, st.data())
def test_a_cut_message_is_a_decode_error(message, data):
    octets = encode(message)
    with pytest.raises(DecodeError):
        decode(octets[: data.draw(st.integers(0, len(octets) - 1))])


@given(
    teids,
    st.none() | sequences,
    st.none() | st.integers(0, 255),
    st.lists(st.tuples(st.integers(1, 255), st.integers(1, 20)), max_size=5),
    st.binary(max_size=20),
)
def test_header_round_trip(teid, sequence, npdu, extensions, body):
    chain = tuple(ExtensionHeader(kind, bytes(units * 4 - 2)) for kind, units in extensions)
    header = Header(type=255, teid=teid, sequence=sequence, npdu=npdu, extensions=chain)
    assert decode_header(encode_header(header, len(body)) + body) == (header, body)


@given(teids, st.none() | information, st.binary(max_size=60))
def test_the_fast_way_agrees_with_the_careful_one(teid, info, payload):
    wrap = Encapsulation(teid, info)
    octets = wrap(payload)
    assert octets == encode(Gpdu(teid, payload, info))
    assert len(octets) == len(payload) + wrap.overhead
    assert decapsulate(octets) == (teid, -1 if info is None else info.qfi, payload)
    assert decapsulate(octets + b"more") == decapsulate(octets)


@given(
    st.binary(max_size=80),
    st.sampled_from(["", "30", "34ff", "34ff0010", "34ff000c0000000100000085", "321a"]),
)
def test_hostile_octets_raise_decode_errors_only(octets, start):
    data = bytes.fromhex(start) + octets
    fast = careful = None
    with contextlib.suppress(DecodeError):
        careful = decode(data)
    with contextlib.suppress(DecodeError):
        fast = decapsulate(data)
    if isinstance(careful, Gpdu):
        qfi = -1 if careful.information is None else careful.information.qfi
        assert fast == (careful.teid, qfi, careful.payload)
    else:
        assert fast is None


@given(st.binary(max_size=40))
def test_hostile_frames_raise_decode_errors_only(frame):
    try:
        value = decode_information(frame)
    except DecodeError:
        return
    assert decode_information(encode_information(value)) == value


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("34ff0008 00000001 00000085 00100900", "extension header of zero length"),
        ("34ff0008 00000001 00000085 05100900", "extension header past the end"),
        ("34ff0008 00000001 00000085 01100985", "a next extension header that is not there"),
        ("34ff0008 00000001 00000085 01108900", "delay announced, not there"),
        ("34ff0008 00000001 00000085 01200900", "PDU type 2"),
        ("34ff0008 00000001 00000085 01008900", "paging policy announced, not there"),
        ("50ff0000 00000001", "GTP version 2"),
        ("20ff0000 00000001", "GTP prime"),
        ("34ff0000 00000001", "flags without their octets"),
        ("32630004 00000000 00000000", "message type 99"),
        ("321a0009 00000000 00000000 10deadbeef", "error indication without peer"),
        ("321a000f 00000000 00000000 10deadbeef 850003 0a0000", "peer address of three octets"),
        ("32020005 00000000 00000000 0e", "recovery cut short"),
        ("32020006 00000000 00000000 0f00", "element without length, not known"),
        ("321f0004 00000000 00000000", "notification without list"),
    ],
)
def test_malformed(octets, what):
    with pytest.raises(DecodeError):
        decode(bytes.fromhex(octets))


def test_an_extension_that_must_be_understood_names_itself():
    # PDCP PDU Number (C0): comprehension required by endpoint and intermediate node (5.2.1).
    with pytest.raises(UnsupportedExtension) as caught:
        decode(bytes.fromhex("34ff0008 00000001 000000c0 01123400"))
    assert caught.value.extension == 0xC0
    # Long PDCP PDU Number (03) may be ignored.
    octets = bytes.fromhex("34ff000d 00000001 00000003 02123400 00000000 61")
    assert decapsulate(octets) == (1, -1, b"a")
    assert decode(octets) == Gpdu(1, b"a")


@pytest.mark.parametrize("first", [b"\x31\x00\x00\x00", b"\x35\x00\x00\x00"])
def test_more_octets_than_a_length_can_say_are_no_gpdu(first):
    """Their number must not be taken for the type."""
    container = b"\0\0\0\1" + b"\0\0\0\x85\1\0\1\0"
    with pytest.raises(DecodeError):
        decapsulate(first + container + bytes(0x10008 - 16))


def test_a_container_behind_another_extension_is_found():
    octets = bytes.fromhex("34ff000d 00000001 00000020 01010085 01100500 61")
    assert decapsulate(octets) == (1, 5, b"a")


def test_ul_frame_with_monitoring_fields_gives_its_qfi():
    frame = bytes((0x1F, 0xC5)) + bytes(24 + 4 + 4 + 3 + 4 + 1)
    assert decode_information(frame) == UlPduSessionInformation(5)
    with pytest.raises(DecodeError):
        decode_information(frame[:-1])


def test_private_extensions_are_passed_over():
    octets = bytes.fromhex("3202000d 00000000 00010000 ff0004 00010203 0e07")
    assert decode(octets) == EchoResponse(1, 7)


@pytest.mark.parametrize(
    "message",
    [
        Gpdu(1 << 32, b""),
        Gpdu(1, bytes(65_536)),
        Gpdu(1, b"", UlPduSessionInformation(64)),
        Gpdu(1, b"", DlPduSessionInformation(1, ppi=8)),
        ErrorIndication(1, "nowhere"),
        ErrorIndication(1 << 32, "10.0.0.1"),
    ],
)
def test_values_that_do_not_fit_are_our_fault(message):
    with pytest.raises(EncodeError):
        encode(message)


def test_a_packet_longer_than_a_gtpu_length_is_refused():
    with pytest.raises(EncodeError):
        Encapsulation(1, UlPduSessionInformation(1))(bytes(65_528))
    assert len(Encapsulation(1, UlPduSessionInformation(1))(bytes(65_527))) == 8 + 65_535


@pytest.mark.judge
@pytest.mark.parametrize(("message", "octets"), BY_HAND, ids=lambda v: type(v).__name__)
def test_pycrate_reads_and_writes_the_same(message, octets):
    pycrate = pytest.importorskip("pycrate_mobile.TS29281_GTPU")
    data = bytes.fromhex(octets)
    parsed, error = pycrate.parse_GTPU(data)
    assert error == 0
    assert parsed.to_bytes() == data
    assert parsed[0]["TEID"].get_val() == decode_header(data)[0].teid


@pytest.mark.judge
def test_tshark_reads_every_message_without_complaint(judged):
    user = bytes.fromhex("4500001c000100004001bd070a2d00020a2d00030800f7fd00010001")
    uplink = judged(
        encode(Gpdu(9, user, UlPduSessionInformation(9))),
        "gtp.message",
        "gtp.teid",
        "gtp.ext_hdr.pdu_ses_con.pdu_type",
        "gtp.ext_hdr.pdu_ses_con.qos_flow_id",
        "icmp.type",
    )
    assert uplink[:5] == ["0xff", "0x00000009", "1", "9", "8"]
    downlink = judged(
        encode(Gpdu(9, user, DlPduSessionInformation(5, rqi=True, ppi=3))),
        "gtp.ext_hdr.pdu_ses_con.pdu_type",
        "gtp.ext_hdr.pdu_ses_con.qos_flow_id",
        "gtp.ext_hdr.pdu_ses_cont.rqi",
        "gtp.ext_hdr.pdu_ses_cont.ppp",
        "gtp.ext_hdr.pdu_ses_cont.ppi",
        "icmp.type",
    )
    assert downlink[:6] == ["0", "5", "1", "1", "3", "8"]
    error = judged(
        encode(ErrorIndication(0xBEEF, "10.0.0.1", 4)),
        "gtp.teid_data",
        "gtp.gsn_ipv4",
        "gtp.ext_hdr.udp_port",
    )
    assert error == ["0x0000beef", "10.0.0.1", "4", ""]
    assert judged(encode(EchoResponse(3)), "gtp.message", "gtp.recovery", "gtp.seq_number") == [
        "0x02",
        "0",
        "0x0003",
        "",
    ]
    assert judged(encode(EndMarker(5)), "gtp.message", "gtp.teid") == ["0xfe", "0x00000005", ""]
    notification = judged(encode(SupportedExtensionHeaders((0x85,))), "gtp.message", "gtp.num_ext_hdr_types")
    assert notification[0] == "0x1f"
