"""What is owed to a peer whose message is wrong: TS 38.413 clause 10, sentence by sentence."""

import pytest

from pilot5g.wire import aper
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.codec import decode, encode
from pilot5g.wire.ngap.errors import (
    AbstractSyntaxError,
    TransferSyntaxError,
    criticality_diagnostics,
)
from pilot5g.wire.ngap.message import IeDefect
from pilot5g.wire.ngap.schema import TYPES

AMF_ID = (10, "reject", "0005")
RAN_ID = (85, "reject", "0007")
NAS = (38, "reject", "03 7e0041")
LOCATION = (121, "reject", "40 00f110 0000000010 00f110 000001")
RRC_CAUSE = (90, "ignore", "18")
UNKNOWN = 65000


def ies(*rows: tuple[int, str, str]) -> bytes:
    out = b""
    for number, criticality, octets in rows:
        content = bytes.fromhex(octets)
        crit = ("reject", "ignore", "notify", "none").index(criticality) << 6
        out += number.to_bytes(2, "big") + bytes((crit, len(content))) + content
    return b"\x00" + len(rows).to_bytes(2, "big") + out


def pdu(kind: int, code: int, criticality: int, *rows: tuple[int, str, str]) -> bytes:
    body = ies(*rows)
    return bytes((kind << 5, code, criticality << 6, len(body))) + body


def downlink(*rows: tuple[int, str, str]) -> bytes:
    """A DownlinkNASTransport: initiating, no answer."""
    return pdu(0, 4, 1, *rows)


def refused(octets: bytes, **options: bool) -> AbstractSyntaxError:
    with pytest.raises(AbstractSyntaxError) as caught:
        decode(octets, **options)
    return caught.value


def test_a_good_message_has_no_defects():
    message = decode(downlink(AMF_ID, RAN_ID, NAS))
    assert message == m.DownlinkNASTransport(
        amf_ue_ngap_id=5, ran_ue_ngap_id=7, nas_pdu=bytes.fromhex("7e0041")
    )
    assert message.defects == ()


@pytest.mark.parametrize(
    "octets", ["", "00", "0004", "000440", "60044000", "0004c000", "80044000", "00044080"]
)
def test_what_has_no_header_is_a_transfer_syntax_error(octets):
    """10.2: nothing of the message is known."""
    with pytest.raises(TransferSyntaxError) as caught:
        decode(bytes.fromhex(octets))
    assert caught.value.procedure_code is None
    assert caught.value.remedy == "error-indication"
    assert criticality_diagnostics(caught.value) == {}


def test_a_broken_ie_is_a_transfer_syntax_error_that_names_it():
    """10.2: an Error Indication with the cause transfer-syntax-error."""
    octets = downlink(AMF_ID, RAN_ID, (38, "reject", "05 7e"))
    with pytest.raises(TransferSyntaxError, match=r"DownlinkNASTransport\.nas_pdu: truncated") as caught:
        decode(octets)
    error = caught.value
    assert error.cause == ("protocol", "transfer-syntax-error")
    assert error.remedy == "error-indication"
    assert (error.amf_ue_ngap_id, error.ran_ue_ngap_id) == (5, 7)
    assert criticality_diagnostics(error) == {
        "procedureCode": 4,
        "triggeringMessage": "initiating-message",
        "procedureCriticality": "ignore",
    }


def test_a_value_out_of_range_is_a_transfer_syntax_error():
    """10.2: violation of a value range in the ASN.1."""
    octets = downlink((10, "reject", "a0 0100000000ff"), RAN_ID, NAS)
    with pytest.raises(TransferSyntaxError):
        decode(octets)


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_message_cut_short_is_a_transfer_syntax_error(cut):
    octets = encode(m.DownlinkNASTransport(amf_ue_ngap_id=5, ran_ue_ngap_id=7, nas_pdu=bytes(20)))
    with pytest.raises(TransferSyntaxError):
        decode(octets[:-cut])


@pytest.mark.parametrize(
    ("criticality", "remedy", "cause"),
    [
        (0, "error-indication", "abstract-syntax-error-reject"),
        (1, "nothing", "abstract-syntax-error-ignore-and-notify"),
        (2, "error-indication", "abstract-syntax-error-ignore-and-notify"),
    ],
)
def test_an_unknown_procedure_is_answered_by_its_criticality(criticality, remedy, cause):
    """10.3.4.1."""
    error = refused(pdu(0, 200, criticality, AMF_ID))
    assert error.remedy == remedy
    assert error.cause == ("protocol", cause)
    assert criticality_diagnostics(error)["procedureCode"] == 200


def test_a_type_of_message_that_its_procedure_lacks_is_unknown_too():
    """10.3.4.1A: there is no successful outcome of a Downlink NAS Transport."""
    error = refused(pdu(1, 4, 0, AMF_ID))
    assert (error.kind, error.procedure_code) == ("successful-outcome", 4)


def test_an_unknown_ie_of_criticality_ignore_is_ignored():
    """10.3.4.2: the receiving node shall ignore the content and continue."""
    message = decode(downlink(AMF_ID, RAN_ID, NAS, (UNKNOWN, "ignore", "00")))
    assert [d.criticality for d in message.defects] == ["ignore"]
    assert criticality_diagnostics(message)["procedureCode"] == 4
    assert "iEsCriticalityDiagnostics" not in criticality_diagnostics(message)


def test_an_unknown_ie_of_criticality_notify_is_reported_by_who_goes_on():
    """10.3.4.2."""
    message = decode(downlink(AMF_ID, RAN_ID, NAS, (UNKNOWN, "notify", "00")))
    assert message.defects == (
        IeDefect(UNKNOWN, "notify", "not-understood", f"IE {UNKNOWN} is unknown here"),
    )
    assert criticality_diagnostics(message, in_answer=True) == {
        "iEsCriticalityDiagnostics": [
            {"iECriticality": "notify", "iE-ID": UNKNOWN, "typeOfError": "not-understood"}
        ]
    }


def test_an_unknown_ie_of_criticality_reject_forbids_the_message():
    """10.3.4.2: and as this procedure has no unsuccessful outcome, by Error Indication."""
    error = refused(downlink(AMF_ID, RAN_ID, NAS, (UNKNOWN, "reject", "00")))
    assert error.cause == ("protocol", "abstract-syntax-error-reject")
    assert error.remedy == "error-indication"
    assert error.message is m.DownlinkNASTransport
    assert (error.amf_ue_ngap_id, error.ran_ue_ngap_id) == (5, 7)
    diagnostics = criticality_diagnostics(error)
    assert diagnostics == {
        "procedureCode": 4,
        "triggeringMessage": "initiating-message",
        "procedureCriticality": "ignore",
        "iEsCriticalityDiagnostics": [
            {"iECriticality": "reject", "iE-ID": UNKNOWN, "typeOfError": "not-understood"}
        ],
    }
    aper.encode(TYPES["CriticalityDiagnostics"], diagnostics)


def test_a_refused_request_is_answered_by_its_unsuccessful_outcome():
    """10.3.4.2, 10.3.5: NG Setup has one."""
    error = refused(pdu(0, 21, 0, (UNKNOWN, "reject", "00")))
    assert error.remedy == "unsuccessful-outcome"
    reported = criticality_diagnostics(error, in_answer=True)
    assert reported.keys() == {"iEsCriticalityDiagnostics"}
    failure = m.NGSetupFailure(cause=error.cause, criticality_diagnostics=reported)
    assert decode(encode(failure)) == failure


def test_a_refused_answer_is_handled_here():
    """10.3.4.2: consider the procedure as unsuccessfully terminated and initiate local error handling."""
    assert refused(pdu(1, 21, 0, (UNKNOWN, "reject", "00"))).remedy == "local"


def test_an_error_in_an_error_indication_is_never_answered():
    """10.5."""
    assert m.ErrorIndication.procedure_code == 9
    assert refused(pdu(0, 9, 1, (UNKNOWN, "reject", "00"))).remedy == "local"
    with pytest.raises(TransferSyntaxError) as caught:
        decode(pdu(0, 9, 1, (15, "ignore", "ff")))
    assert caught.value.remedy == "local"


def test_a_missing_ie_of_criticality_reject_forbids_the_message():
    """10.3.5."""
    error = refused(downlink(AMF_ID, NAS))
    assert [(d.ie_id, d.criticality, d.type_of_error) for d in error.defects] == [(85, "reject", "missing")]
    assert "ran_ue_ngap_id is missing" in str(error)
    assert (error.amf_ue_ngap_id, error.ran_ue_ngap_id) == (5, None)


def test_a_missing_ie_of_criticality_ignore_does_not():
    """10.3.5: continue with the procedure based on the other IEs present."""
    message = decode(pdu(0, 15, 1, RAN_ID, NAS, LOCATION))
    assert isinstance(message, m.InitialUEMessage)
    assert message.rrc_establishment_cause is None
    assert [(d.ie_id, d.type_of_error) for d in message.defects] == [(90, "missing")]


def test_an_enumeration_of_the_future_is_an_ie_not_understood():
    """10.3.4.2, with the criticality it came with; here the IE then lacks, which may be lived with."""
    message = decode(pdu(0, 15, 1, RAN_ID, NAS, LOCATION, (90, "ignore", "bf")))
    assert message.rrc_establishment_cause is None
    assert [d.type_of_error for d in message.defects] == ["not-understood", "missing"]
    refused(pdu(0, 15, 1, RAN_ID, NAS, LOCATION, (90, "reject", "bf")))


def extended(criticality: str) -> tuple[int, str, str]:
    """A user location with an extension that nobody knows."""
    kind, location = aper.decode(TYPES["UserLocationInformation"], bytes.fromhex(LOCATION[2]))
    extension = {"id": UNKNOWN, "criticality": criticality, "extensionValue": (aper.UNKNOWN_OPEN, b"\0")}
    value = (kind, {**location, "iE-Extensions": [extension]})
    return (121, "reject", aper.encode(TYPES["UserLocationInformation"], value).hex())


def test_an_extension_of_the_future_inside_an_ie_counts():
    """10.3.4.2: IEs in IE extensions are IEs with their own criticality."""
    assert decode(pdu(0, 15, 1, RAN_ID, NAS, extended("ignore"), RRC_CAUSE)).defects == ()
    defects = decode(pdu(0, 15, 1, RAN_ID, NAS, extended("notify"), RRC_CAUSE)).defects
    assert [(d.ie_id, d.criticality) for d in defects] == [(UNKNOWN, "notify")]
    error = refused(pdu(0, 15, 1, RAN_ID, NAS, extended("reject"), RRC_CAUSE))
    assert error.defects[0].reason == f"user_location_information has the unknown extension {UNKNOWN}"


def test_ies_in_the_wrong_order_are_a_falsely_constructed_message():
    """10.3.6."""
    octets = downlink(RAN_ID, AMF_ID, NAS)
    error = refused(octets)
    assert error.cause == ("protocol", "abstract-syntax-error-falsely-constructed-message")
    assert "amf_ue_ngap_id came out of order" in str(error)
    tolerated = decode(octets, any_order=True)
    assert tolerated.nas_pdu == bytes.fromhex("7e0041")


def test_an_ie_that_comes_twice_is_a_falsely_constructed_message():
    """10.3.6: whichever the order, for nobody knows which of the two counts."""
    for octets in (downlink(AMF_ID, RAN_ID, RAN_ID, NAS), downlink(AMF_ID, RAN_ID, NAS, RAN_ID)):
        error = refused(octets, any_order=True)
        assert error.cause == ("protocol", "abstract-syntax-error-falsely-constructed-message")
        assert "ran_ue_ngap_id came twice" in str(error)


def test_unknown_ies_have_no_order():
    """10.3.6: only the IEs of the receiver's version are considered."""
    message = decode(downlink((UNKNOWN, "ignore", "00"), AMF_ID, (UNKNOWN, "ignore", "00"), RAN_ID, NAS))
    assert message.nas_pdu == bytes.fromhex("7e0041")


def test_the_fourth_criticality_does_not_exist():
    with pytest.raises(TransferSyntaxError):
        decode(downlink(AMF_ID, RAN_ID, NAS, (UNKNOWN, "none", "00")))


def test_the_identities_of_a_release_command_are_found():
    pair = ("uE-NGAP-ID-pair", {"aMF-UE-NGAP-ID": 5, "rAN-UE-NGAP-ID": 7})
    for value, expected in ((pair, (5, 7)), (("aMF-UE-NGAP-ID", 5), (5, None))):
        ids = aper.encode(TYPES["UE-NGAP-IDs"], value).hex()
        error = refused(pdu(0, 41, 0, (114, "reject", ids), (UNKNOWN, "reject", "00")))
        assert (error.amf_ue_ngap_id, error.ran_ue_ngap_id) == expected


def test_diagnostics_name_no_more_ies_than_fit():
    """9.3.1.3: maxnoofErrors."""
    rows = [(UNKNOWN, "notify", "00")] * 300
    body = ies(AMF_ID, RAN_ID, NAS, *rows)
    octets = bytes((0, 4, 64, 0x80 | len(body) >> 8, len(body) & 255)) + body
    diagnostics = criticality_diagnostics(decode(octets))
    assert len(diagnostics["iEsCriticalityDiagnostics"]) == 256
    aper.encode(TYPES["CriticalityDiagnostics"], diagnostics)


def test_every_error_is_a_decode_error():
    assert issubclass(TransferSyntaxError, DecodeError)
    assert issubclass(AbstractSyntaxError, DecodeError)


@pytest.mark.parametrize("first", [0x00, 0x20, 0x40])
def test_diagnostics_of_every_kind_of_message_can_be_sent(first):
    """An unknown procedure as initiating message, successful and unsuccessful outcome (9.3.1.3, 10.3.4.1)."""
    with pytest.raises(AbstractSyntaxError) as caught:
        decode(bytes((first, 0xC8, 0x00, 0x01, 0x00)))
    told = criticality_diagnostics(caught.value)
    assert told["procedureCode"] == 0xC8
    encode(m.ErrorIndication(cause=caught.value.cause, criticality_diagnostics=told))


def test_a_repeated_ie_is_found_whatever_the_order():
    """TS 38.413 10.3.6: 38, 10, 85, 38; once two are out of order, the third is still one too many."""
    ies = [("0026 00 03", "027e00"), ("000a 00 02", "0001"), ("0055 00 02", "0002"), ("0026 00 03", "027e01")]
    body = b"\0\0\4" + b"".join(bytes.fromhex(head + content) for head, content in ies)
    octets = bytes.fromhex("000440") + bytes((len(body),)) + body
    with pytest.raises(AbstractSyntaxError, match="nas_pdu came twice"):
        decode(octets, any_order=True)
