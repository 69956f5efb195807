"""The grammar of NAS messages, and TS 24.501 clause 7: what is wrong, and what becomes of the message."""

from typing import Annotated

import pytest
from hypothesis import given

from judges import nas_values as values
from pilot5g.model import Snssai
from pilot5g.wire import nas
from pilot5g.wire.errors import DecodeError, Defect, EncodeError
from pilot5g.wire.nas import GmmMessage, ies
from pilot5g.wire.nas.grammar import GMM, T2, TLV, TVHalf, V, VHalf, gmm, row_of
from pilot5g.wire.nas.table import Table, read, write

ACCEPT = "7e0042 01 01"


def decode(text: str) -> nas.Message:
    return nas.decode(bytes.fromhex(text))


def test_hand_assembled_octets_are_a_message():
    got = decode("7e0042 01 09 1502 0101 5e01 06")
    assert got == nas.RegistrationAccept(
        registration_result=nas.RegistrationResult(nas.AccessType.THREE_GPP, sms_allowed=True),
        allowed_nssai=(Snssai(1),),
        t3512_value=nas.GprsTimer3(3600),
    )
    assert nas.encode(got) == bytes.fromhex("7e0042 01 09 1502 0101 5e01 06")


def test_the_first_half_octet_of_a_pair_is_the_lower_one():
    """TS 24.501 9.1.1: table 8.2.16.1.1 lists ngKSI first, so it is in bits 1 to 4."""
    got = decode("7e004c 23 0007 f4 0041 00000001")
    assert isinstance(got, nas.ServiceRequest)
    assert got.ngksi == nas.KeySetIdentifier(3)
    assert got.service_type is nas.ServiceType.MOBILE_TERMINATED


def test_a_single_half_octet_leaves_the_higher_half_spare():
    request = nas.IdentityRequest(identity_type=nas.IdentityType.IMEISV)
    assert nas.encode(request) == bytes.fromhex("7e005b05")
    assert decode("7e005bf5") == request


@pytest.mark.parametrize("text", ["", "7e", "7e00", "2e", "2e0101"])
def test_a_message_without_message_type_is_ignored(text):
    """TS 24.501 7.2.1."""
    with pytest.raises(nas.TooShort) as raised:
        decode(text)
    assert raised.value.cause is None


def test_another_protocol_is_ignored():
    with pytest.raises(nas.UnknownDiscriminator) as raised:
        decode("0741710809")
    assert raised.value.cause is None


def test_a_protected_message_is_not_taken_for_a_plain_one():
    with pytest.raises(nas.UnknownDiscriminator, match="security header type 2"):
        decode("7e02 00000000 00 7e0043")


def test_an_unknown_message_type_carries_97_and_the_header():
    """TS 24.501 7.4."""
    with pytest.raises(nas.UnknownMessageType) as raised:
        decode("7e00ff00")
    assert (raised.value.cause, raised.value.message_type, raised.value.session) == (97, 0xFF, False)
    with pytest.raises(nas.UnknownMessageType) as raised:
        decode("2e0509ff")
    error = raised.value
    assert (error.cause, error.session, error.pdu_session_id, error.pti) == (97, True, 5, 9)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("7e0041", "registration_type is missing"),
        ("7e004179", "mobile_identity is missing"),
        ("7e00417900", "mobile_identity is missing"),
        ("7e00417900ff00", "runs past the end"),
        ("7e0041790000", "too short"),
        ("7e0041790007 0102f839000000", "a SUCI is at least 8 octets"),
        ("7e0041790003 02f839", "5G-GUTI"),
        ("7e0042", "registration_result is missing"),
        ("7e004200", "too short"),
        ("7e005d 02 01 02e0", "runs past the end"),
        ("7e005d 02 01 01e0", "too short"),
        ("2e0101c2 11 0006 01", "runs past the end"),
        ("7e004c 23 0007 f2 0041 00000001", "5G-GUTI is 11 octets"),
        ("7e004c 23 0007 00 0041 00000001", "type 0 is not expected"),
        ("2e0101c2 11 0004 01000a31 06 010001010001", "QoS rule runs past"),
    ],
)
def test_a_fault_in_a_mandatory_element_carries_96(text, why):
    """TS 24.501 7.5.1."""
    with pytest.raises(nas.MandatoryError, match=why) as raised:
        decode(text)
    assert raised.value.cause == 96
    assert raised.value.message_type == int(text[4:6] if text.startswith("7e") else text[6:8], 16)


def test_the_octets_of_a_peers_crash_are_an_error_here():
    """A SUCI of seven octets took another AMF down by an index out of range."""
    octets = (
        "7e00417900070102f839000000000000fa0000fa04f0f0f0f0"
        "0079001350 02f839000002010002f839000001ed80e778005a4001180070400100"
    )
    with pytest.raises(nas.MandatoryError):
        decode(octets)


def test_an_unknown_element_is_kept_and_sent_on():
    """TS 24.501 7.6.1: type 1, type 4 and type 6 are told apart by their tag alone (TS 24.007 11.2.4)."""
    text = ACCEPT + "c5 3f01aa 7e0002bbcc"
    got = decode(text)
    assert got.unknown == (b"\xc5", b"\x3f\x01\xaa", b"\x7e\x00\x02\xbb\xcc")
    assert got.defects == ()
    assert nas.encode(got) == bytes.fromhex(text)


def test_an_element_after_an_unknown_one_is_read():
    got = decode(ACCEPT + "3f01aa 5e0106")
    assert got.t3512_value == nas.GprsTimer3(3600)


def test_an_unknown_element_that_must_be_understood_carries_96():
    """TS 24.007 11.2.5, TS 24.501 7.5.1."""
    with pytest.raises(nas.MandatoryError, match="must be understood") as raised:
        decode(ACCEPT + "0102aabb")
    assert (raised.value.cause, raised.value.message_type) == (96, 0x42)


def test_of_a_repeated_element_the_first_counts():
    """TS 24.501 7.6.3."""
    got = decode(ACCEPT + "5e0106 5e0105")
    assert got.t3512_value == nas.GprsTimer3(3600)
    assert got.defects == (Defect(0x5E, b"\x5e\x01\x05", "t3512_value is repeated"),)


def test_elements_in_another_order_count():
    assert decode(ACCEPT + "5e0106 15020101") == decode(ACCEPT + "15020101 5e0106")


@pytest.mark.parametrize("bad", ["5e00", "54020000", "1502ff01", "77000100", "4a020102"])
def test_a_bad_optional_element_is_as_if_absent(bad):
    """TS 24.501 7.7.1: the rest of the message still counts."""
    got = decode(ACCEPT + bad + "a2")
    assert got.nssai_inclusion_mode == 2
    assert [defect.raw for defect in got.defects] == [bytes.fromhex(bad)]
    assert nas.encode(got) == bytes.fromhex(ACCEPT + "a2")


def test_an_element_that_is_too_long_is_read_as_far_as_it_is_known():
    """TS 24.007 11.4.2: later releases make elements longer."""
    got = decode(ACCEPT + "5e020600 a2")
    assert (got.t3512_value, got.nssai_inclusion_mode, got.defects) == (nas.GprsTimer3(3600), 2, ())


def test_an_element_longer_than_its_table_allows_is_read_up_to_there():
    """TS 24.501 5.5.1.2.4: an AMF stores the octets of a capability up to the maximum length."""
    got = decode("7e0041 79 0001 00 100f " + "01" * 15)
    assert isinstance(got, nas.RegistrationRequest)
    assert got.gmm_capability == nas.GmmCapability(b"\x01" * 13)
    command = decode("7e005d 02 01 0a " + "e0" * 10)
    assert isinstance(command, nas.SecurityModeCommand)
    assert len(nas.encode(command)) == 5 + 1 + 8


def test_the_last_optional_element_may_be_cut_off():
    got = decode(ACCEPT + "a2 5e02")
    assert got.nssai_inclusion_mode == 2
    assert got.defects == (Defect(0x5E, b"\x5e\x02", "runs past the end of the message"),)
    got = decode(ACCEPT + "77")
    assert got.defects[0].raw == b"\x77"
    got = decode(ACCEPT + "7700")
    assert got.defects[0].raw == b"\x77\x00"


def test_every_error_of_a_peer_is_a_decode_error():
    for error in (nas.TooShort, nas.UnknownDiscriminator, nas.UnknownMessageType, nas.MandatoryError):
        assert issubclass(error, DecodeError)
    assert (nas.SemanticError.cause, nas.ConditionalError.cause, nas.WrongState.cause) == (95, 100, 98)


def test_a_value_that_does_not_fit_is_our_own_fault():
    with pytest.raises(EncodeError, match=r"AuthenticationFailure\.auts: 13 octets where 14 to 14"):
        nas.encode(nas.AuthenticationFailure(cause=nas.GmmCause.SYNCH_FAILURE, auts=bytes(13)))
    with pytest.raises(EncodeError, match=r"RegistrationReject\.t3346_value: 7 s"):
        nas.encode(nas.RegistrationReject(cause=nas.GmmCause.CONGESTION, t3346_value=nas.GprsTimer(7)))
    with pytest.raises(EncodeError, match="mobile_identity"):
        nas.encode(nas.IdentityResponse(mobile_identity=None))


@given(values.ANY_MESSAGE)
def test_every_message_is_itself_after_a_round_trip(message):
    octets = nas.encode(message)
    assert nas.decode(octets) == message
    assert nas.encode(nas.decode(octets)) == octets


def declare(message_type: int, annotation: object) -> object:
    return gmm(message_type)(
        type("Odd", (GmmMessage,), {"__annotations__": {"one": annotation}, "__module__": __name__})
    )


def test_a_message_type_is_declared_once():
    with pytest.raises(TypeError, match="RegistrationAccept"):
        declare(0x42, Annotated[int, VHalf(ies.HALF)])
    assert GMM[0x42] is nas.RegistrationAccept


def test_a_table_that_contradicts_itself_is_refused():
    one, two = row_of("one", TLV(0x10, ies.OCTETS)), row_of("two", TLV(0x10, ies.OCTETS))
    with pytest.raises(TypeError, match="twice"):
        Table("Odd", [one, two])
    with pytest.raises(TypeError, match="after an optional"):
        Table("Odd", [one, row_of("two", V(1, ies.OCTET))])


def test_a_tag_alone_is_a_flag():
    """Format T (TS 24.007 11.2.1.1.3): no 5GS message has one today."""
    table = Table(
        "Odd",
        [row_of("half", VHalf(ies.HALF)), row_of("flag", T2(0x90)), row_of("mode", TVHalf(0xA, ies.HALF))],
    )
    values: dict[str, object] = {}
    read(table, b"\x05\x90\xa3", 0, values)
    assert values == {"half": 5, "flag": True, "mode": 3}
    values = {}
    read(table, b"\x05", 0, values)
    assert values == {"half": 5}


def test_a_tag_alone_is_written_where_it_is_true():
    class Odd(GmmMessage, frozen=True, kw_only=True):
        flag: bool | None = None

    Odd.TABLE = Table("Odd", [row_of("flag", T2(0x90))])
    for value, octets in ((True, b"\x90"), (False, b""), (None, b"")):
        assert write(Odd.TABLE, Odd(flag=value), b"", ()) == octets
