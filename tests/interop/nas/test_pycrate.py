"""pycrate as judge of NAS: the same tables, and every message read and written alike in both directions."""

from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from pilot5g.model import Ambr, Guami, Guti, PduSessionType, Plmn, Snssai, SscMode, STmsi, Suci, Tai
from pilot5g.wire import nas
from pilot5g.wire.nas.table import FIXED, FLAG, HALF, LONG, SHORT

pytestmark = pytest.mark.judge
judge = pytest.importorskip("judges.pycrate_nas")
values = pytest.importorskip("judges.nas_values")
FGMM = pytest.importorskip("pycrate_mobile.TS24501_FGMM")
FGSM = pytest.importorskip("pycrate_mobile.TS24501_FGSM")

THEIRS: dict[Any, Any] = {nas.GMM[t]: c for t, c in FGMM.FGMMTypeClasses.items() if t in nas.GMM}
THEIRS |= {nas.GSM[t]: c for t, c in FGSM.FGSMTypeClasses.items() if t in nas.GSM}

QUICK = (Phase.explicit, Phase.generate)
"""Shrinking asks the judge too often, which takes a millisecond a message."""

FRAMING = {"Type1TV": HALF, "Type2": FLAG, "Type3TV": FIXED, "Type4TLV": SHORT, "Type6TLVE": LONG}
FRAMING |= {"Type1V": HALF, "Type3V": FIXED, "Type4LV": SHORT, "Type6LVE": LONG}


def theirs(cls: Any) -> list[tuple[int | None, int, int]]:
    """A table of pycrate's: tag, framing and fixed size of each element, half octets in the tables' order."""
    rows: list[tuple[int | None, int, int]] = []
    halves: list[str] = []
    message = THEIRS[cls]()
    judge.correct(cls, message)
    for element in message._content[1:]:
        kind = type(element).__name__
        if kind in ("Uint", "Type1V"):
            halves.append(kind)
            if len(halves) == 2:
                rows += [(None, HALF, 1) for half in halves if half == "Type1V"]
                halves = []
            continue
        tag = element["T"].get_val() if "T" in element._by_name else None
        framing = FRAMING[kind]
        if framing == HALF and tag is not None:
            tag *= 16
        rows.append((tag, framing, element["V"]._bl // 8 if framing == FIXED else 0))
    return rows


def ours(cls: Any) -> list[tuple[int | None, int, int]]:
    rows: list[tuple[int | None, int, int]] = []
    for row in cls.TABLE.rows:
        if row.name in judge.SET_ASIDE.get(cls, ()):
            rows.append((0x0A, FLAG, 0))
            continue
        sized = row.framing == FIXED or (row.framing == HALF and row.iei is None)
        rows.append((row.iei, row.framing, row.low if sized else 0))
    return rows


def test_every_message_of_the_judge_is_declared_or_known_to_be_left_out():
    relay = {105, 106, 107, 108, 109}
    service_level_and_remote_ue = {0xD8, 0xD9, 0xDA, 0xDB}
    assert set(FGMM.FGMMTypeClasses) - set(nas.GMM) == relay
    assert set(FGSM.FGSMTypeClasses) - set(nas.GSM) == service_level_and_remote_ue
    assert set(nas.GMM) <= set(FGMM.FGMMTypeClasses)
    assert set(nas.GSM) <= set(FGSM.FGSMTypeClasses)


@pytest.mark.parametrize("cls", values.CLASSES, ids=lambda cls: cls.__name__)
def test_tables_have_the_same_elements_in_the_same_order(cls):
    assert ours(cls) == theirs(cls)


@pytest.mark.parametrize("cls", values.CLASSES, ids=lambda cls: cls.__name__)
def test_a_message_with_every_element_is_read_and_written_alike(cls):
    @settings(max_examples=3, phases=QUICK)
    @given(values.messages(cls, full=True))
    def check(message: Any) -> None:
        assert judge.same(nas.encode(message)) == message

    check()


@settings(max_examples=120, phases=QUICK)
@given(values.ANY_MESSAGE)
def test_any_message_is_read_and_written_alike(message):
    assert judge.same(nas.encode(message)) == message


PLMN = b"\x00\xf1\x10"
WRITTEN = {
    "a registration request": (
        FGMM.FGMMRegistrationRequest(
            val={
                "NAS_KSI": {"TSC": 0, "Value": 7},
                "5GSRegType": {"FOR": 1, "Value": 1},
                "5GSID": {
                    "Type": 1,
                    "Fmt": 0,
                    "Value": {
                        "PLMN": PLMN,
                        "RoutingInd": b"\x21\x43",
                        "ProtSchemeID": 2,
                        "HNPKID": 9,
                        "Output": {"ECCEphemPK": bytes(33), "CipherText": b"abcde", "MAC": bytes(8)},
                    },
                },
                "5GMMCap": b"\x01",
                "UESecCap": b"\xf0\x70\xf0\x70",
                "NSSAI": [{"SNSSAI": {"SST": 1, "SD": 0x010203}}],
                "TAI": {"PLMN": PLMN, "TAC": 7},
            }
        ),
        nas.RegistrationRequest(
            registration_type=nas.RegistrationType(nas.RegistrationKind.INITIAL, follow_on_request=True),
            ngksi=nas.KeySetIdentifier(),
            mobile_identity=Suci(Plmn("001", "01"), "1234", 2, 9, bytes(33) + b"abcde" + bytes(8)),
            gmm_capability=nas.GmmCapability(b"\x01"),
            ue_security_capability=nas.UeSecurityCapability.of((0, 1, 2, 3), (1, 2, 3), eps=True),
            requested_nssai=(Snssai(1, 0x010203),),
            last_visited_registered_tai=Tai(Plmn("001", "01"), 7),
        ),
    ),
    "a registration accept": (
        FGMM.FGMMRegistrationAccept(
            val={
                "5GSRegResult": {"SMSAllowed": 0, "Value": 1},
                "GUTI": {
                    "Type": 2,
                    "PLMN": PLMN,
                    "AMFRegionID": 2,
                    "AMFSetID": 1023,
                    "AMFPtr": 1,
                    "5GTMSI": 0xC0FFEE,
                },
                "AllowedNSSAI": [{"SNSSAI": {"SST": 1}}],
                "T3512": {"Unit": 5, "Value": 30},
                "T3502": {"Unit": 7, "Value": 0},
            }
        ),
        nas.RegistrationAccept(
            registration_result=nas.RegistrationResult(nas.AccessType.THREE_GPP),
            guti=Guti(Guami(Plmn("001", "01"), 2, 1023, 1), 0xC0FFEE),
            allowed_nssai=(Snssai(1),),
            t3512_value=nas.GprsTimer3(1800),
            t3502_value=nas.GprsTimer(None),
        ),
    ),
    "a security mode command": (
        FGMM.FGMMSecurityModeCommand(
            val={
                "NASSecAlgo": {"CiphAlgo": 1, "IntegAlgo": 2},
                "NAS_KSI": {"TSC": 0, "Value": 3},
                "UESecCap": b"\xf0\x70",
                "IMEISVReq": {"Value": 1},
                "Add5GSecInfo": {"RINMR": 1, "HDP": 0},
            }
        ),
        nas.SecurityModeCommand(
            selected_nas_security_algorithms=nas.SecurityAlgorithms(ciphering=1, integrity=2),
            ngksi=nas.KeySetIdentifier(3),
            replayed_ue_security_capabilities=nas.UeSecurityCapability.of((0, 1, 2, 3), (1, 2, 3)),
            imeisv_request=True,
            additional_5g_security_information=nas.AdditionalSecurityInformation(
                retransmission_requested=True
            ),
        ),
    ),
    "a service request": (
        FGMM.FGMMServiceRequest(
            val={
                "ServiceType": 2,
                "NAS_KSI": {"TSC": 0, "Value": 1},
                "5GSID": {"Type": 4, "AMFSetID": 5, "AMFPtr": 6, "5GTMSI": 7},
                "ULDataStat": b"\x02\x80",
            }
        ),
        nas.ServiceRequest(
            ngksi=nas.KeySetIdentifier(1),
            service_type=nas.ServiceType.MOBILE_TERMINATED,
            s_tmsi=STmsi(5, 6, 7),
            uplink_data_status=frozenset({1, 15}),
        ),
    ),
    "a transport of a session message": (
        FGMM.FGMMULNASTransport(
            val={
                "PayloadContainerType": 1,
                "PayloadContainer": b"\x2e\x05\x01\xd1",
                "PDUSessID": b"\x05",
                "RequestType": {"Value": 1},
                "SNSSAI": {"SST": 1, "SD": 2},
                "DNN": b"\x08internet",
            }
        ),
        nas.UlNasTransport(
            payload_container_type=nas.PayloadContainerType.N1_SM,
            payload_container=b"\x2e\x05\x01\xd1",
            pdu_session_id=5,
            request_type=nas.RequestType.INITIAL,
            s_nssai=Snssai(1, 2),
            dnn="internet",
        ),
    ),
    "an accepted session": (
        FGSM.FGSMPDUSessionEstabAccept(
            val={
                "5GSMHeader": {"PDUSessID": 5, "PTI": 1},
                "SSCMode": {"Value": 1},
                "PDUSessType": {"Value": 3},
                "QoSRules": [
                    {
                        "ID": 1,
                        "OpCode": 1,
                        "DQR": 1,
                        "PktFilterList": [{"Dir": 3, "Id": 1, "PktFilter": [{"Type": 1}]}],
                        "Precedence": 255,
                        "Flow": {"Segregation": 0, "QFI": 1},
                    }
                ],
                "SessAMBR": {"DLUnit": 6, "DL": 100, "ULUnit": 11, "UL": 2},
                "PDUAddress": {"Type": 3, "Addr": {"IPv6IfId": bytes(7) + b"\1", "IPv4": b"\x0a\x2d\0\2"}},
                "QoSFlowDesc": [{"QFI": 1, "OpCode": 1, "Params": [{"Type": 1, "Content": 9}]}],
                "ExtProtConfig": {"Config": [{"ID": 13, "Cont": b"\x08\x08\x04\x04"}]},
            }
        ),
        nas.PduSessionEstablishmentAccept(
            pdu_session_id=5,
            pti=1,
            selected_pdu_session_type=PduSessionType.IPV4V6,
            selected_ssc_mode=SscMode.SSC_1,
            authorized_qos_rules=(
                nas.QosRule(
                    identifier=1, default=True, packet_filters=(nas.PacketFilter(1),), precedence=255, qfi=1
                ),
            ),
            session_ambr=Ambr(uplink=2_000_000_000, downlink=100_000_000),
            pdu_address=nas.PduAddress(IPv4Address("10.45.0.2"), bytes(7) + b"\1"),
            authorized_qos_flow_descriptions=(nas.QosFlowDescription(qfi=1, five_qi=9),),
            extended_protocol_configuration_options=nas.ProtocolOptions.answer([IPv4Address("8.8.4.4")]),
        ),
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_the_judge_writes_from_named_values_is_read_as_ours(name):
    theirs, ours = WRITTEN[name]
    assert nas.decode(theirs.to_bytes()) == ours


def test_the_judge_looks_into_a_transport_message():
    inner = nas.PduSessionReleaseRequest(pdu_session_id=5, pti=1)
    outer = nas.UlNasTransport(
        payload_container_type=nas.PayloadContainerType.N1_SM, payload_container=nas.encode(inner)
    )
    assert judge.contained(outer) == [nas.encode(inner)]
    judge.same(nas.encode(outer))
    with pytest.raises(nas.NasError):
        judge.same(nas.encode(outer)[:-1])
