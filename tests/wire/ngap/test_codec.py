"""Messages to octets and back; the catalogue and its names."""

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from judges import ngap_values
from pilot5g.wire.errors import EncodeError
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.codec import decode, encode
from pilot5g.wire.ngap.errors import AbstractSyntaxError, TransferSyntaxError
from pilot5g.wire.ngap.schema import TYPES
from pilot5g.wire.ngap.transfers import NAMES, decode_transfer, encode_transfer

TOOLS = Path(__file__).resolve().parents[3] / "tools"
SETUP = {
    "PDUSessionAggregateMaximumBitRate": {
        "pDUSessionAggregateMaximumBitRateDL": 10**9,
        "pDUSessionAggregateMaximumBitRateUL": 10**8,
    },
    "UL-NGU-UP-TNLInformation": (
        "gTPTunnel",
        {"transportLayerAddress": (0x7F000001, 32), "gTP-TEID": b"\x00\x00\x00\x01"},
    ),
    "PDUSessionType": "ipv4",
    "QosFlowSetupRequestList": [
        {
            "qosFlowIdentifier": 1,
            "qosFlowLevelQosParameters": {
                "qosCharacteristics": ("nonDynamic5QI", {"fiveQI": 9}),
                "allocationAndRetentionPriority": {
                    "priorityLevelARP": 8,
                    "pre-emptionCapability": "shall-not-trigger-pre-emption",
                    "pre-emptionVulnerability": "not-pre-emptable",
                },
            },
        }
    ],
}


@pytest.mark.parametrize("kind", m.MESSAGES, ids=lambda kind: kind.__name__)
def test_every_message_comes_back(kind):
    maker = ngap_values.Maker(Random(kind.__name__))
    for optional in (0.0, 0.5, 1.0):
        message = maker.message(kind, optional)
        assert decode(encode(message)) == message


def test_the_catalogue_is_complete_and_unambiguous():
    """TS 38.413 9.2 of Release 18: 131 messages of 81 procedures."""
    assert len(m.MESSAGES) == 131
    assert len({kind.procedure_code for kind in m.MESSAGES}) == 81
    assert len({(kind.kind, kind.procedure_code) for kind in m.MESSAGES}) == 131
    assert {kind.__name__ for kind in m.MESSAGES} | {"MESSAGES"} == set(m.__all__)
    for kind in m.MESSAGES:
        assert len({ie.attribute for ie in kind.ies}) == len({ie.id for ie in kind.ies}) == len(kind.ies)


def test_a_message_of_sixteen_kilobytes_goes_in_fragments():
    """X.691 11.9.3.8: the message, and the IE in it."""
    for size in (16300, 16384, 70000, 140000):
        message = m.UplinkNASTransport(
            amf_ue_ngap_id=2**40 - 1,
            ran_ue_ngap_id=2**32 - 1,
            nas_pdu=bytes(size),
            user_location_information=None,
        )
        with pytest.raises(EncodeError, match="user_location_information is mandatory"):
            encode(message)
        message = m.DownlinkNASTransport(amf_ue_ngap_id=1, ran_ue_ngap_id=2, nas_pdu=bytes(size))
        assert decode(encode(message)) == message


def test_an_error_of_ours_names_the_attribute():
    good = {"amf_ue_ngap_id": 1, "ran_ue_ngap_id": 2, "nas_pdu": b""}
    for attribute, bad in (
        ("amf_ue_ngap_id", 2**40),
        ("amf_ue_ngap_id", "1"),
        ("nas_pdu", 5),
        ("old_amf", b"amf"),
        ("allowed_nssai", [{"s-NSSAI": {"sST": b"\x01\x02"}}]),
        ("allowed_nssai", [{"s-NSSAI": {"sst": b"\x01"}}]),
    ):
        with pytest.raises(EncodeError, match=rf"DownlinkNASTransport\.{attribute}"):
            encode(m.DownlinkNASTransport(**{**good, attribute: bad}))


def test_the_catalogue_is_what_the_specification_says():
    pytest.importorskip("pycrate_asn1dir")
    command = [sys.executable, str(TOOLS / "export_ngap.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("AMF-UE-NGAP-ID", "amf_ue_ngap_id"),
        ("PDUSessionResourceSetupListCxtReq", "pdu_session_resource_setup_list_cxt_req"),
        ("NAS-PDU", "nas_pdu"),
        ("FiveG-S-TMSI", "five_g_s_tmsi"),
        ("UE-NGAP-IDs", "ue_ngap_ids"),
        ("PC5QoSParameters", "pc5_qos_parameters"),
        ("NB-IoT-Paging-eDRXInfo", "nb_iot_paging_edrx_info"),
        ("TargettoSource-Failure-TransparentContainer", "target_to_source_failure_transparent_container"),
    ],
)
def test_names(name, attribute, monkeypatch):
    monkeypatch.syspath_prepend(str(TOOLS))
    from ngap_naming import attribute as named

    assert named(name) == attribute


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_transfer_comes_back(name):
    maker = ngap_values.Maker(Random(name))
    for rest in (0.0, 0.5, 1.0):
        value = maker.transfer(name, rest)
        assert decode_transfer(name, encode_transfer(name, value)) == value


def test_messages_carry_transfers_as_octets():
    """TS 23.502: N2 SM information is opaque to the AMF, broken or not."""
    item = {
        "pDUSessionID": 5,
        "s-NSSAI": {"sST": b"\x01"},
        "pDUSessionResourceSetupRequestTransfer": b"\xff\xff",
    }
    message = m.PDUSessionResourceSetupRequest(
        amf_ue_ngap_id=1, ran_ue_ngap_id=2, pdu_session_resource_setup_list_su_req=[item]
    )
    assert decode(encode(message)) == message


def test_a_broken_transfer_has_a_cause_to_refuse_the_session_with():
    name = "PDUSessionResourceSetupRequestTransfer"
    with pytest.raises(TransferSyntaxError) as caught:
        decode_transfer(name, b"\xff\xff")
    assert caught.value.cause == ("protocol", "transfer-syntax-error")
    octets = encode_transfer(name, SETUP)
    assert decode_transfer(name, octets) == SETUP
    pdu_session_type = bytes.fromhex("0086 00 01 00")
    assert octets.count(pdu_session_type) == 1
    for other, why, cause in (
        ("fde8 00 01 00", "IE 65000 is unknown", "reject"),
        ("fde8 40 01 00", "PDUSessionType is missing", "reject"),
        ("0081 00 01 00", "truncated", None),
        ("007f 00 01 00", "PDUSessionType is missing", "reject"),
    ):
        broken = octets.replace(pdu_session_type, bytes.fromhex(other))
        with pytest.raises((AbstractSyntaxError, TransferSyntaxError), match=why) as caught:
            decode_transfer(name, broken)
        if cause is not None:
            assert caught.value.cause == ("protocol", f"abstract-syntax-error-{cause}")


def test_an_ie_that_comes_twice_in_a_transfer():
    name = "PDUSessionResourceSetupRequestTransfer"
    octets = encode_transfer(name, SETUP)
    assert octets[:3].hex() == "000004"
    twice = b"\x00\x00\x05" + bytes.fromhex("0086 00 01 00") + octets[3:]
    with pytest.raises(AbstractSyntaxError, match="PDUSessionType came twice"):
        decode_transfer(name, twice)


def test_transfers_that_do_not_fit_are_ours():
    name = "PDUSessionResourceSetupRequestTransfer"
    with pytest.raises(EncodeError, match="no IE Strange"):
        encode_transfer(name, {**SETUP, "Strange": 1})
    with pytest.raises(EncodeError, match="PDUSessionType is mandatory"):
        encode_transfer(name, {k: v for k, v in SETUP.items() if k != "PDUSessionType"})
    with pytest.raises(EncodeError, match="PathSwitchRequestTransfer: "):
        encode_transfer("PathSwitchRequestTransfer", {})


def test_what_octet_strings_contain_can_be_decoded():
    contained = {node.contains for node in TYPES.values() if getattr(node, "contains", "")}
    assert contained
    assert contained <= NAMES
