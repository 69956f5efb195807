"""NAS transport and UE contexts: setup, modification, release (TS 38.413 8.3, 8.6, 8.14)."""

import asyncio

import msgspec
import pytest

from pilot5g.flow.clock import now
from pilot5g.model import Ambr, Plmn, Snssai, STmsi, Tai
from pilot5g.ran.gnb.context import UeContext
from pilot5g.ran.radio import EstablishmentCause, NoCell
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.transfers import decode_transfer
from pilot5g.wire.ngap.values import security_key_to, ue_security_capabilities_to, user_location_nr_from
from ran.gnb.ladder import (
    AMBR,
    KGNB,
    NAS,
    PLMN,
    Phone,
    context_setup,
    ladder,
    rig,
    session_item,
    session_setup,
    setup_transfer,
)


@ladder
async def test_8_6_1_initial_ue_message():
    async with rig() as r:
        phone = Phone()
        cell = r.gnb.cells[1]
        phone.connect(cell, cause=EstablishmentCause.MO_DATA, s_tmsi=STmsi(1, 1, 0xC0FFEE))
        message = await r.amf.get(m.InitialUEMessage)
        assert message.nas_pdu == NAS
        assert message.rrc_establishment_cause == "mo-Data"
        assert message.ue_context_request == "requested"
        assert message.five_g_s_tmsi["fiveG-TMSI"] == bytes.fromhex("00c0ffee")
        assert user_location_nr_from(message.user_location_information) == (cell.cgi, Tai(PLMN, 1))
        assert message.amf_set_id is None  # that would say it is rerouted
        assert r.amf.stream == 2
        assert message.ran_ue_ngap_id == 1


@ladder
async def test_8_6_1_in_network_sharing_the_selected_plmn_is_told():
    other = Plmn("999", "70")
    async with rig(plmns=(PLMN, other)) as r:
        phone = Phone()
        phone.connect(r.gnb.cells[0], selected_plmn=other)
        message = await r.amf.get(m.InitialUEMessage)
        cell, tai = user_location_nr_from(message.user_location_information)
        assert (cell.plmn, tai.plmn) == (PLMN, other)
        assert message.selected_plmn_identity == other.to_octets()
        assert message.five_g_s_tmsi is None


@ladder
async def test_8_6_2_and_8_6_3_nas_passes_both_ways_in_order():
    async with rig() as r:
        phone, ids = await r.connected()
        for i in range(5):
            r.amf.say(m.DownlinkNASTransport(**ids, nas_pdu=bytes((0x7E, i))), 1)
            phone.connection.send_nas(bytes((0x7F, i)))
        got = [await r.amf.get(m.UplinkNASTransport) for _ in range(5)]
        assert [message.nas_pdu for message in got] == [bytes((0x7F, i)) for i in range(5)]
        assert {message.amf_ue_ngap_id for message in got} == {ids["amf_ue_ngap_id"]}
        await asyncio.sleep(0.01)
        assert phone.heard == [("nas", bytes((0x7E, i))) for i in range(5)]


@ladder
async def test_the_air_takes_its_time_and_keeps_order():
    async with rig(air_delay=0.05) as r:
        phone = Phone()
        before = now()
        phone.connect(r.gnb.cells[0])
        phone.connection.send_nas(b"early")
        initial = await r.amf.get(m.InitialUEMessage)
        assert now() - before == pytest.approx(0.051, abs=0.002)
        ids = {"amf_ue_ngap_id": 7, "ran_ue_ngap_id": initial.ran_ue_ngap_id}
        for i in range(3):
            r.amf.say(m.DownlinkNASTransport(**ids, nas_pdu=bytes((i,))), 1)
        await asyncio.sleep(0.1)
        assert phone.heard == [("nas", b"\0"), ("nas", b"\1"), ("nas", b"\2")]


@ladder
async def test_8_3_1_2_initial_context_setup():
    async with rig() as r:
        phone, ids = await r.connected()
        items = [session_item(5, nas=b"\x2e\x05", nas_name="nAS-PDU")]
        request = context_setup(
            ids,
            nas_pdu=b"accept",
            ue_aggregate_maximum_bit_rate=AMBR,
            pdu_session_resource_setup_list_cxt_req=items,
        )
        r.amf.say(request, 1)
        answer = await r.amf.get(m.InitialContextSetupResponse)
        assert r.amf.stream == 2
        assert (answer.amf_ue_ngap_id, answer.ran_ue_ngap_id) == tuple(ids.values())
        assert [item["pDUSessionID"] for item in answer.pdu_session_resource_setup_list_cxt_res] == [5]
        assert answer.pdu_session_resource_failed_to_setup_list_cxt_res is None
        capability = await r.amf.get(m.UERadioCapabilityInfoIndication)
        assert capability.ue_radio_capability
        await asyncio.sleep(0.01)
        assert phone.heard == [  # security first, then bearers and NAS in one RRC Reconfiguration
            ("security", 2, 2),
            ("bearers", ((5, (1,)),), ()),
            ("nas", b"accept"),
            ("nas", b"\x2e\x05"),
        ]
        (ue,) = r.gnb.ues
        assert ue.context.security.kgnb == KGNB
        assert ue.context.ambr == Ambr(uplink=10**9, downlink=10**9)
        assert ue.context.allowed_nssai == (Snssai(1),)
        again = msgspec.msgpack.decode(msgspec.msgpack.encode(ue.context), type=UeContext)
        assert again == ue.context


@ladder
async def test_8_14_1_a_capability_that_the_amf_has_is_not_reported():
    async with rig() as r:
        _, ids = await r.connected()
        r.amf.say(context_setup(ids, ue_radio_capability=b"\x04\x00"), 1)
        await r.amf.get(m.InitialContextSetupResponse)
        await r.amf.silent()
        r.amf.say(m.DownlinkNASTransport(**ids, nas_pdu=b"\x7e", ue_capability_info_request="requested"))
        await r.amf.get(m.UERadioCapabilityInfoIndication)


@pytest.mark.parametrize("kgnb", [None, bytes(32)])
@ladder
async def test_8_3_1_3_a_phone_that_refuses_security_fails_the_procedure(kgnb):
    async with rig() as r:
        phone, ids = await r.connected(Phone(kgnb))
        items = [session_item(5, nas_name="nAS-PDU")]
        request = context_setup(
            ids,
            nas_pdu=b"accept",
            ue_aggregate_maximum_bit_rate=AMBR,
            pdu_session_resource_setup_list_cxt_req=items,
        )
        r.amf.say(request, 1)
        answer = await r.amf.get(m.InitialContextSetupFailure)
        assert answer.cause == ("radioNetwork", "failure-in-radio-interface-procedure")
        (failed,) = answer.pdu_session_resource_failed_to_setup_list_cxt_fail
        assert failed["pDUSessionID"] == 5
        assert [item[0] for item in phone.heard] == ["security"]  # NAS was not delivered
        assert "K_gNB" in r.journal.entries[-1].fix


@pytest.mark.parametrize(
    ("nea", "nia", "integrity", "ciphering"),
    [(0xF0, 0x70, 2, 2), (0x80, 0x20, 2, 0), (0x90, 0x10, 3, 3), (0xC0, 0x40, 1, 1)],
)
@ladder
async def test_ts_33_501_6_7_3_the_preferred_algorithm_that_the_phone_has(nea, nia, integrity, ciphering):
    async with rig() as r:
        phone, ids = await r.connected()
        capabilities = ue_security_capabilities_to(nea, nia)
        r.amf.say(context_setup(ids, ue_security_capabilities=capabilities), 1)
        await r.amf.get(m.InitialContextSetupResponse)
        assert phone.heard[0] == ("security", integrity, ciphering)
        assert phone.commands[0].message == _rrc(ciphering, integrity)


def _rrc(ciphering, integrity):
    """RRC Security Mode Command by pycrate (TS 38.331)."""
    rrc = pytest.importorskip("pycrate_asn1dir.RRCNR").NR_RRC_Definitions.DL_DCCH_Message
    algorithms = {"cipheringAlgorithm": f"nea{ciphering}", "integrityProtAlgorithm": f"nia{integrity}"}
    command = {"securityConfigSMC": {"securityAlgorithmConfig": algorithms}}
    value = {"rrc-TransactionIdentifier": 0, "criticalExtensions": ("securityModeCommand", command)}
    rrc.set_val({"message": ("c1", ("securityModeCommand", value))})
    return rrc.to_uper()


@ladder
async def test_8_3_1_4_no_common_algorithm():
    async with rig() as r:
        _, ids = await r.connected()
        r.amf.say(context_setup(ids, ue_security_capabilities=ue_security_capabilities_to(0xF0, 0x80)), 1)
        answer = await r.amf.get(m.InitialContextSetupFailure)
        assert answer.cause[1] == "encryption-and-or-integrity-protection-algorithms-not-supported"
        assert answer.pdu_session_resource_failed_to_setup_list_cxt_fail is None


@ladder
async def test_9_2_2_1_sessions_need_a_ue_ambr():
    async with rig() as r:
        _, ids = await r.connected()
        items = [session_item(5, nas_name="nAS-PDU")]
        r.amf.say(context_setup(ids, pdu_session_resource_setup_list_cxt_req=items), 1)
        answer = await r.amf.get(m.InitialContextSetupFailure)
        assert answer.cause == ("protocol", "abstract-syntax-error-reject")


@ladder
async def test_10_4_a_second_context_setup_does_not_fit_the_state():
    async with rig() as r:
        phone, ids = await r.with_context()
        r.amf.say(context_setup(ids), 1)
        answer = await r.amf.get(m.InitialContextSetupFailure)
        assert answer.cause == ("protocol", "message-not-compatible-with-receiver-state")
        assert not phone.released


@ladder
async def test_10_4_digits_that_are_none_are_a_semantic_error():
    async with rig() as r:
        _, ids = await r.connected()
        guami = {
            "pLMNIdentity": b"\xaa" * 3, "aMFRegionID": (1, 8), "aMFSetID": (1, 10), "aMFPointer": (1, 6)
        }  # fmt: skip
        r.amf.say(context_setup(ids, guami=guami), 1)
        answer = await r.amf.get(m.InitialContextSetupFailure)
        assert answer.cause == ("protocol", "semantic-error")
        r.amf.say(m.UEContextModificationRequest(**ids, new_guami=guami), 1)
        answer = await r.amf.get(m.UEContextModificationFailure)
        assert answer.cause == ("protocol", "semantic-error")


@ladder
async def test_some_sessions_fail_and_the_context_is_set_up():
    async with rig() as r:
        phone, ids = await r.connected()
        items = [
            session_item(1, nas=b"one", nas_name="nAS-PDU"),
            session_item(2, nas=b"two", nas_name="nAS-PDU", slice_=Snssai(7)),
        ]
        request = context_setup(
            ids, ue_aggregate_maximum_bit_rate=AMBR, pdu_session_resource_setup_list_cxt_req=items
        )
        r.amf.say(request, 1)
        answer = await r.amf.get(m.InitialContextSetupResponse)
        assert [item["pDUSessionID"] for item in answer.pdu_session_resource_setup_list_cxt_res] == [1]
        (failed,) = answer.pdu_session_resource_failed_to_setup_list_cxt_res
        transfer = failed["pDUSessionResourceSetupUnsuccessfulTransfer"]
        cause = decode_transfer("PDUSessionResourceSetupUnsuccessfulTransfer", transfer)["cause"]
        assert (failed["pDUSessionID"], cause) == (2, ("radioNetwork", "slice-not-supported"))
        await asyncio.sleep(0.01)
        assert ("nas", b"one") in phone.heard
        assert ("nas", b"two") not in phone.heard  # 8.2.1.2: not that of a failed session


@ladder
async def test_nas_behind_a_context_setup_does_not_overtake_its_nas():
    async with rig(air_delay=0.02) as r:
        phone, ids = await r.connected()
        r.amf.say(context_setup(ids, nas_pdu=b"first"), 1)
        r.amf.say(m.DownlinkNASTransport(**ids, nas_pdu=b"second"), 1)
        r.amf.say(session_setup(ids, session_item(1, nas=b"third")), 1)
        await r.amf.get(m.InitialContextSetupResponse)
        await r.amf.get(m.UERadioCapabilityInfoIndication)
        await r.amf.get(m.PDUSessionResourceSetupResponse)
        await asyncio.sleep(0.1)
        assert [item[1] for item in phone.heard if item[0] == "nas"] == [b"first", b"second", b"third"]


# -- modification (8.3.4)


@ladder
async def test_8_3_4_2_modification_of_rates_and_identity():
    async with rig() as r:
        phone, ids = await r.with_context()
        rates = {"uEAggregateMaximumBitRateDL": 5, "uEAggregateMaximumBitRateUL": 6}
        request = m.UEContextModificationRequest(
            **ids, ue_aggregate_maximum_bit_rate=rates, new_amf_ue_ngap_id=99
        )
        r.amf.say(request, 1)
        answer = await r.amf.get(m.UEContextModificationResponse)
        assert answer.amf_ue_ngap_id == 99
        (ue,) = r.gnb.ues
        assert ue.context.ambr == Ambr(uplink=6, downlink=5)
        r.amf.say(m.DownlinkNASTransport(amf_ue_ngap_id=99, ran_ue_ngap_id=1, nas_pdu=b"\x7e"), 1)
        await asyncio.sleep(0.01)
        assert phone.heard[-1] == ("nas", b"\x7e")


@ladder
async def test_8_3_4_2_a_new_key_is_proven_by_the_phone():
    async with rig() as r:
        phone, ids = await r.with_context()
        new = bytes(range(1, 33))
        request = m.UEContextModificationRequest(**ids, security_key=security_key_to(new))
        r.amf.say(request, 1)  # the phone does not have it
        answer = await r.amf.get(m.UEContextModificationFailure)
        assert answer.cause[1] == "failure-in-radio-interface-procedure"
        (ue,) = r.gnb.ues
        assert ue.context.security.kgnb == KGNB
        phone.kgnb = new
        r.amf.say(request, 1)
        await r.amf.get(m.UEContextModificationResponse)
        assert ue.context.security.kgnb == new


@ladder
async def test_8_3_4_3_a_key_without_a_context():
    async with rig() as r:
        _, ids = await r.connected()
        r.amf.say(m.UEContextModificationRequest(**ids, security_key=security_key_to(KGNB)), 1)
        answer = await r.amf.get(m.UEContextModificationFailure)
        assert answer.cause == ("protocol", "message-not-compatible-with-receiver-state")


# -- release (8.3.2, 8.3.3)


def release(ids, pair=True):
    both = {"aMF-UE-NGAP-ID": ids["amf_ue_ngap_id"], "rAN-UE-NGAP-ID": ids["ran_ue_ngap_id"]}
    named = ("uE-NGAP-ID-pair", both) if pair else ("aMF-UE-NGAP-ID", ids["amf_ue_ngap_id"])
    return m.UEContextReleaseCommand(ue_ngap_ids=named, cause=("nas", "normal-release"))


@pytest.mark.parametrize("pair", [True, False])
@ladder
async def test_8_3_3_2_release_by_the_amf(pair):
    async with rig() as r:
        phone, ids, _ = await r.with_session(number=3)
        r.amf.say(release(ids, pair), 1)
        complete = await r.amf.get(m.UEContextReleaseComplete)
        assert (complete.amf_ue_ngap_id, complete.ran_ue_ngap_id) == tuple(ids.values())
        assert complete.pdu_session_resource_list_cxt_rel_cpl == [{"pDUSessionID": 3}]
        assert complete.user_location_information is not None
        assert r.amf.stream == 2
        await asyncio.sleep(0.01)
        assert phone.heard == [("released", "normal-release")]
        assert len(r.gnb.ues) == 0
        phone.connection.send_nas(b"too late")
        phone.connection.send_packets(3, 1, [b"too late"])
        phone.connection.fail()
        await r.amf.silent()


@ladder
async def test_release_of_a_phone_just_named_by_the_amf():
    async with rig() as r:
        phone = Phone()
        phone.connect(r.gnb.cells[0])
        initial = await r.amf.get(m.InitialUEMessage)
        r.amf.say(release({"amf_ue_ngap_id": 5, "ran_ue_ngap_id": initial.ran_ue_ngap_id}), 1)
        complete = await r.amf.get(m.UEContextReleaseComplete)
        assert complete.pdu_session_resource_list_cxt_rel_cpl is None
        await asyncio.sleep(0.01)
        assert phone.released == ["normal-release"]


@ladder
async def test_a_release_replaces_what_goes_on():
    async with rig(air_delay=0.5) as r:
        phone, ids = await r.connected()
        r.amf.say(context_setup(ids, nas_pdu=b"accept"), 1)
        r.amf.say(m.DownlinkNASTransport(**ids, nas_pdu=b"behind"), 1)
        await asyncio.sleep(0.1)
        r.amf.say(release(ids), 1)
        await r.amf.get(m.UEContextReleaseComplete)  # at once, not a radio's round trip later
        await r.amf.silent(3)
        assert phone.heard == [("security", 2, 2), ("released", "normal-release")]


@ladder
async def test_8_3_2_radio_link_failure():
    async with rig() as r:
        phone, ids, _ = await r.with_session()
        phone.connection.fail()
        request = await r.amf.get(m.UEContextReleaseRequest)
        assert request.cause == ("radioNetwork", "radio-connection-with-ue-lost")
        assert request.pdu_session_resource_list_cxt_rel_req == [{"pDUSessionID": 1}]
        r.amf.say(m.DownlinkNASTransport(**ids, nas_pdu=b"\x7e\x77"), 1)
        undelivered = await r.amf.get(m.NASNonDeliveryIndication)  # 8.6.4
        assert (undelivered.nas_pdu, undelivered.cause) == (b"\x7e\x77", request.cause)
        r.amf.say(release(ids), 1)
        await r.amf.get(m.UEContextReleaseComplete)
        assert phone.heard == []  # a phone that vanished hears nothing
        assert r.gnb.counters.lost == 1


@ladder
async def test_a_radio_that_fails_under_a_procedure_fails_it_first():
    async with rig(air_delay=0.1) as r:
        phone, ids = await r.with_context()
        r.amf.say(session_setup(ids, session_item(1), nas_pdu=b"for the phone"), 1)
        await asyncio.sleep(0.05)
        phone.connection.fail()
        undelivered = await r.amf.get(m.NASNonDeliveryIndication)
        assert undelivered.nas_pdu == b"for the phone"
        answer = await r.amf.get(m.PDUSessionResourceSetupResponse)
        (failed,) = answer.pdu_session_resource_failed_to_setup_list_su_res
        transfer = failed["pDUSessionResourceSetupUnsuccessfulTransfer"]
        cause = decode_transfer("PDUSessionResourceSetupUnsuccessfulTransfer", transfer)["cause"]
        assert cause == ("radioNetwork", "radio-connection-with-ue-lost")
        request = await r.amf.get(m.UEContextReleaseRequest)
        assert request.pdu_session_resource_list_cxt_rel_req is None
        assert len(r.gnb._site.userplane) == 0
        r.amf.say(release(ids), 1)
        await r.amf.get(m.UEContextReleaseComplete)


@ladder
async def test_a_radio_that_fails_under_context_setup():
    async with rig(air_delay=0.1) as r:
        phone, ids = await r.connected()
        r.amf.say(context_setup(ids, nas_pdu=b"accept"), 1)
        await asyncio.sleep(0.05)
        phone.connection.fail()
        answer = await r.amf.get(m.InitialContextSetupFailure)
        assert answer.cause == ("radioNetwork", "radio-connection-with-ue-lost")
        await r.amf.get(m.UEContextReleaseRequest)
        r.amf.say(release(ids), 1)
        await r.amf.get(m.UEContextReleaseComplete)


@ladder
async def test_a_phone_that_breaks_on_a_message_costs_itself_only():
    class Broken(Phone):
        def on_security_mode(self, command):
            raise RuntimeError("a phone's bug")

    async with rig() as r:
        other, theirs = await r.with_context()
        phone, ids = await r.connected(Broken())
        r.amf.say(context_setup(ids, nas_pdu=b"accept"), 1)
        r.amf.say(m.DownlinkNASTransport(**theirs, nas_pdu=b"fine"), 1)
        answer = await r.amf.get(m.InitialContextSetupFailure)  # after X-RRC
        assert answer.cause == ("radioNetwork", "failure-in-radio-interface-procedure")
        assert other.heard[-1] == ("nas", b"fine")
        assert phone.heard == []


@ladder
async def test_an_amf_that_never_named_the_ue_is_not_asked():
    async with rig() as r:
        phone = Phone()
        phone.connect(r.gnb.cells[0])
        await r.amf.get(m.InitialUEMessage)
        phone.connection.send_nas(b"into the void")
        phone.connection.fail()
        await r.amf.silent()
        assert len(r.gnb.ues) == 0


@ladder
async def test_an_amf_that_does_not_answer_a_release_request_is_told_by_reset():
    async with rig() as r:
        phone, ids = await r.with_context()
        phone.connection.fail()
        await r.amf.get(m.UEContextReleaseRequest)
        reset = await r.amf.get(m.NGReset)
        assert r.amf.stream == 0
        both = {"aMF-UE-NGAP-ID": ids["amf_ue_ngap_id"], "rAN-UE-NGAP-ID": ids["ran_ue_ngap_id"]}
        assert reset.reset_type == ("partOfNG-Interface", [both])
        assert len(r.gnb.ues) == 0
        assert "did not answer" in r.journal.entries[-1].reason


@ladder
async def test_8_3_2_user_inactivity():
    async with rig(timers={"X-INACTIVE": 10}) as r:
        phone, ids, _ = await r.with_session()
        began = now()
        for _ in range(4):
            await asyncio.sleep(6)
            phone.connection.send_packets(1, 1, [b"\x45\0"])  # keeps it awake
        request = await r.amf.get(m.UEContextReleaseRequest)
        assert request.cause == ("radioNetwork", "user-inactivity")
        assert 34 <= now() - began <= 35
        r.amf.say(release(ids), 1)
        await r.amf.get(m.UEContextReleaseComplete)
        await asyncio.sleep(0.01)
        assert phone.released == ["normal-release"]
        assert r.gnb.counters.inactive == 1


@ladder
async def test_user_inactivity_of_a_phone_with_signalling_only():
    async with rig(timers={"X-INACTIVE": 5}) as r:
        _, ids = await r.with_context()
        await asyncio.sleep(4)
        r.amf.say(m.DownlinkNASTransport(**ids, nas_pdu=b"\x7e"), 1)
        await r.amf.silent(4.5)
        request = await r.amf.get(m.UEContextReleaseRequest)
        assert request.pdu_session_resource_list_cxt_rel_req is None
        r.amf.say(m.DownlinkNASTransport(**ids, nas_pdu=b"late"), 1)  # still delivered
        r.amf.say(release(ids), 1)
        await r.amf.get(m.UEContextReleaseComplete)


@ladder
async def test_a_phone_with_a_procedure_under_way_is_not_idle_yet():
    class Mute(Phone):
        def on_security_mode(self, command):
            raise RuntimeError("a phone's bug")

    async with rig(timers={"X-INACTIVE": 1}) as r:
        _, ids = await r.connected(Mute())
        r.amf.say(context_setup(ids), 1)
        await r.amf.get(m.InitialContextSetupFailure)  # after X-RRC, twice as long
        assert r.gnb.counters.inactive == 0
        request = await r.amf.get(m.UEContextReleaseRequest)
        assert request.cause == ("radioNetwork", "user-inactivity")
        r.amf.say(release(ids), 1)
        await r.amf.get(m.UEContextReleaseComplete)
        assert r.gnb.counters.inactive == 1


# -- who may connect


@ladder
async def test_a_cell_takes_only_whom_it_can_serve():
    async with rig() as r:
        cell = r.gnb.cells[0]
        with pytest.raises(NoCell, match="PLMN 999-99"):
            Phone().connect(cell, selected_plmn=Plmn("999", "99"))
        cell.barred = True
        with pytest.raises(NoCell, match="barred"):
            Phone().connect(cell)
        assert not cell.in_service
        assert r.gnb.cells[1].in_service
        assert r.gnb.counters.refused == 2


@ladder
async def test_a_phone_in_mid_air_when_the_amf_goes_is_released():
    async with rig(air_delay=0.1) as r:
        phone = Phone()
        phone.connect(r.gnb.cells[0])
        r.amf.association.abort()
        await asyncio.sleep(0.3)
        assert phone.released == ["the radio lost its AMF"]
        await r.amf.set_up()
        assert await r.gnb.serving()


def test_setup_transfer_is_what_the_ladders_believe():
    value = decode_transfer("PDUSessionResourceSetupRequestTransfer", setup_transfer())
    assert value["PDUSessionType"] == "ipv4"


@ladder
async def test_8_14_3_what_an_identity_stands_for_is_asked_for_once():
    async with rig() as r:
        for turn in range(2):
            _, ids = await r.connected()
            r.amf.say(context_setup(ids, ue_radio_capability_id=b"\1\2"), 1)
            await r.amf.get(m.InitialContextSetupResponse)
            ue = r.gnb.ues.by_ran(ids["ran_ue_ngap_id"])
            if not turn:
                asked = await r.amf.get(m.UERadioCapabilityIDMappingRequest)
                assert (asked.ue_radio_capability_id, ue.context.radio_capability) == (b"\1\2", None)
                r.amf.say(
                    m.UERadioCapabilityIDMappingResponse(
                        ue_radio_capability_id=b"\1\2", ue_radio_capability=b"octets"
                    )
                )
                await asyncio.sleep(0.01)
            assert ue.context.radio_capability == b"octets"
        await r.amf.silent()


@ladder
async def test_8_14_2_no_voice():
    async with rig() as r:
        _, ids = await r.with_context()
        r.amf.say(m.UERadioCapabilityCheckRequest(**ids, ue_radio_capability=b"octets"), 1)
        answer = await r.amf.get(m.UERadioCapabilityCheckResponse)
        assert answer.ims_voice_support_indicator == "not-supported"
        assert r.gnb.ues.by_ran(ids["ran_ue_ngap_id"]).context.radio_capability == b"octets"
