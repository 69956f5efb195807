"""What concerns no single UE: paging, reset, updates, overload, errors (TS 38.413 8.5, 8.7, clause 10)."""

import asyncio
from random import Random

import msgspec
import pytest

from pilot5g.model import Plmn, Snssai, STmsi
from pilot5g.ran.gnb.overload import REJECTED, Overload
from pilot5g.ran.radio import EstablishmentCause, NoCell
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.codec import encode
from pilot5g.wire.ngap.schema import TYPES
from pilot5g.wire.ngap.values import guami_to, nssai_to, plmn_to, s_tmsi_to, transport_address_to
from ran.gnb.ladder import GUAMI, PLMN, SLICE, Phone, config, ladder, rig

S_TMSI = STmsi(1, 1, 0xC0FFEE)
OM = ("misc", "om-intervention")


def paging(*tacs, plmn=PLMN):
    areas = [{"tAI": {"pLMNIdentity": plmn_to(plmn), "tAC": tac.to_bytes(3)}} for tac in tacs]
    return m.Paging(ue_paging_identity=("fiveG-S-TMSI", s_tmsi_to(S_TMSI)), tai_list_for_paging=areas)


# -- paging (8.5.1)


@ladder
async def test_8_5_1_2_a_page_in_every_cell_of_the_areas():
    async with rig() as r:
        phones = [Phone() for _ in range(4)]
        for phone, cell in zip(phones, (0, 1, 2, 2), strict=True):
            r.gnb.cells[cell].camp(phone)
            r.gnb.cells[cell].listen_for(phone, S_TMSI, None)
        r.amf.say(paging(7, 1))
        await asyncio.sleep(0.01)
        assert [phone.heard for phone in phones] == [[("paging", S_TMSI)]] * 4
        assert r.gnb.counters.pages == 3
        r.gnb.cells[0].camp(phones[3])  # moves
        r.gnb.cells[1].leave(phones[1])
        r.gnb.cells[0].leave(phones[2])  # where it is not
        assert [len(cell.listeners) for cell in r.gnb.cells] == [2, 0, 1]
        r.amf.say(paging(1))
        await asyncio.sleep(0.01)
        assert [len(phone.heard) for phone in phones] == [2, 1, 2, 2]
        r.amf.say(paging(7))
        r.amf.say(paging(1, plmn=Plmn("999", "99")))
        await asyncio.sleep(0.01)
        assert r.gnb.counters.pages == 6
        await r.amf.silent()


@ladder
async def test_a_page_reaches_those_of_that_name_alone():
    async with rig() as r:
        phones = [Phone() for _ in range(4)]
        other = STmsi(1, 0, 0x12345678)
        for phone, name in zip(phones, (S_TMSI, other, None, S_TMSI), strict=True):
            r.gnb.cells[0].camp(phone)
            r.gnb.cells[0].listen_for(phone, name, None)
        r.gnb.cells[0].listen_for(phones[3], other, S_TMSI)  # it was given another
        r.gnb.cells[0].listen_for(phones[2], None, S_TMSI)  # it never had that one
        r.amf.say(paging(1))
        await asyncio.sleep(0.01)
        assert [len(phone.heard) for phone in phones] == [1, 0, 0, 0]


@ladder
async def test_paging_without_what_it_needs_is_ignored():
    async with rig() as r:
        phone = Phone()
        r.gnb.cells[0].camp(phone)
        r.amf.say(bytes.fromhex("001840 04 00 0000".replace(" ", "")) + b"\0")
        r.amf.say(bytes.fromhex("00184003000000"))
        await asyncio.sleep(0.1)
        assert phone.heard == []


# -- NG Reset (8.7.4)


@ladder
async def test_8_7_4_2_1_reset_of_everything():
    async with rig() as r:
        phones = [(await r.with_session(transfer=None))[0] for _ in range(3)]
        r.amf.say(m.NGReset(cause=OM, reset_type=("nG-Interface", "reset-all")))
        answer = await r.amf.get(m.NGResetAcknowledge)
        assert answer.ue_associated_logical_ng_connection_list is None
        assert r.amf.stream == 0
        assert len(r.gnb.ues) == 0
        await asyncio.sleep(0.01)
        assert all("om-intervention" in phone.released[0] for phone in phones)
        assert r.gnb.in_service  # 8.7.4.1: application level data stays
        await r.connected()


@ladder
async def test_8_7_4_2_1_reset_of_some_acknowledges_in_order_and_the_unknown_too():
    async with rig() as r:
        one, first = await r.connected()
        two, second = await r.connected()
        three, _ = await r.connected()
        items = [
            {"rAN-UE-NGAP-ID": second["ran_ue_ngap_id"]},
            {"aMF-UE-NGAP-ID": 77, "rAN-UE-NGAP-ID": 88},
            {},  # 8.7.4.4.2
            {"aMF-UE-NGAP-ID": first["amf_ue_ngap_id"]},
        ]
        r.amf.say(m.NGReset(cause=OM, reset_type=("partOfNG-Interface", items)))
        answer = await r.amf.get(m.NGResetAcknowledge)
        assert answer.ue_associated_logical_ng_connection_list == [items[0], items[1], items[3]]
        await asyncio.sleep(0.01)
        assert [bool(phone.released) for phone in (one, two, three)] == [True, True, False]


@ladder
async def test_8_7_4_2_2_reset_by_the_radio():
    async with rig() as r:
        phone, ids = await r.connected()
        reset = asyncio.ensure_future(r.gnb.reset(list(r.gnb.ues)))
        message = await r.amf.get(m.NGReset)
        named = {"aMF-UE-NGAP-ID": ids["amf_ue_ngap_id"], "rAN-UE-NGAP-ID": ids["ran_ue_ngap_id"]}
        assert message.reset_type == ("partOfNG-Interface", [named])
        r.amf.say(m.NGResetAcknowledge(ue_associated_logical_ng_connection_list=[named]))
        assert await reset
        assert phone.released

        everything = asyncio.ensure_future(r.gnb.reset())
        assert (await r.amf.get(m.NGReset)).reset_type == ("nG-Interface", "reset-all")
        r.amf.say(m.NGReset(cause=OM, reset_type=("nG-Interface", "reset-all")))  # 8.7.4.4.3: they cross
        await r.amf.get(m.NGResetAcknowledge)
        assert await everything is False  # nobody acknowledged

        cut = asyncio.ensure_future(r.gnb.reset())
        await r.amf.get(m.NGReset)
        r.amf.association.abort()
        assert await cut is False
        assert await r.gnb.reset() is False


# -- configuration (8.7.2, 8.7.3)


@ladder
async def test_8_7_2_ran_configuration_update():
    async with rig() as r:
        new = config(name="gnb-1b", tac=9, slices=(Snssai(1), Snssai(2)))
        update = asyncio.ensure_future(r.gnb.update(new))
        message = await r.amf.get(m.RANConfigurationUpdate)
        assert message.ran_node_name == "gnb-1b"
        assert message.supported_ta_list[0]["tAC"] == b"\0\0\x09"
        r.amf.say(m.RANConfigurationUpdateFailure(cause=("misc", "unspecified")))
        assert await update is False
        assert r.gnb.cells[0].tai.tac == 1
        assert "areas" in r.journal.entries[-1].reason
        update = asyncio.ensure_future(r.gnb.update(new))
        await r.amf.get(m.RANConfigurationUpdate)
        r.amf.say(m.RANConfigurationUpdateAcknowledge())
        assert await update
        assert r.gnb.cells[0].tai.tac == 9


@ladder
async def test_8_7_3_amf_configuration_update():
    async with rig() as r:
        other = msgspec.structs.replace(GUAMI, pointer=2)
        address = ("endpointIPAddress", transport_address_to("127.0.0.9"))
        add = [{"aMF-TNLAssociationAddress": address, "tNLAddressWeightFactor": 1}]
        r.amf.say(
            m.AMFConfigurationUpdate(
                amf_name="amf-2",
                served_guami_list=[{"gUAMI": guami_to(other)}],
                relative_amf_capacity=7,
                plmn_support_list=[
                    {"pLMNIdentity": plmn_to(PLMN), "sliceSupportList": nssai_to([Snssai(2)])}
                ],
                amf_tnl_association_to_add_list=add,
            )
        )
        answer = await r.amf.get(m.AMFConfigurationUpdateAcknowledge)
        (failed,) = answer.amf_tnl_association_failed_to_setup_list
        assert failed["tNLAssociationAddress"] == address
        amf = r.gnb.amf
        assert (amf.name, amf.guamis, amf.capacity, amf.slices) == (
            "amf-2",
            (other,),
            7,
            {PLMN: (Snssai(2),)},
        )
        r.amf.say(m.AMFConfigurationUpdate(relative_amf_capacity=9))
        await r.amf.get(m.AMFConfigurationUpdateAcknowledge)
        assert (r.gnb.amf.name, r.gnb.amf.capacity) == ("amf-2", 9)
        wrong = [{"pLMNIdentity": b"\xaa" * 3, "sliceSupportList": nssai_to([SLICE])}]
        r.amf.say(m.AMFConfigurationUpdate(plmn_support_list=wrong))
        answer = await r.amf.get(m.AMFConfigurationUpdateFailure)
        assert answer.cause == ("protocol", "semantic-error")
        assert r.gnb.amf.capacity == 9


@ladder
async def test_8_7_6_amf_status_indication_is_noted():
    async with rig() as r:
        r.amf.say(m.AMFStatusIndication(unavailable_guami_list=[{"gUAMI": guami_to(GUAMI)}]))
        await r.amf.silent()
        assert r.gnb.amf.unavailable == (GUAMI,)


# -- overload (8.7.7, 8.7.8)


@ladder
async def test_8_7_7_overload_turns_phones_away_until_it_is_over():
    async with rig() as r:
        cell = r.gnb.cells[0]
        r.amf.say(m.OverloadStart(amf_overload_response=("overloadAction", "reject-rrc-cr-signalling")))
        await asyncio.sleep(0.01)
        with pytest.raises(NoCell, match="overloaded"):
            Phone().connect(cell)
        Phone().connect(cell, cause=EstablishmentCause.MT_ACCESS)
        await r.amf.get(m.InitialUEMessage)
        r.amf.say(
            m.OverloadStart(
                amf_overload_response=("overloadAction", "reject-rrc-cr-signalling"),
                amf_traffic_load_reduction_indication=30,
            )
        )
        await asyncio.sleep(0.01)
        refused = sum(_refused(cell) for _ in range(500))
        assert 100 < refused < 200
        r.amf.say(m.OverloadStop())
        await asyncio.sleep(0.01)
        assert not _refused(cell)


def _refused(cell):
    try:
        Phone().connect(cell)
    except NoCell:
        return True
    return False


def test_8_7_7_2_every_action_is_known_and_never_rejects_what_it_permits():
    assert set(TYPES["OverloadResponse"].root[0].node.root) == set(REJECTED)
    mt, emergency = EstablishmentCause.MT_ACCESS, EstablishmentCause.EMERGENCY
    assert not any(Overload(action).concerns(mt) for action in REJECTED)
    assert [action for action in REJECTED if Overload(action).concerns(emergency)] == [
        "permit-high-priority-sessions-and-mobile-terminated-services-only"
    ]
    assert Overload("", 50).concerns(EstablishmentCause.MO_DATA)


@ladder
async def test_8_7_1_1_ng_setup_clears_overload():
    async with rig() as r:
        r.amf.say(m.OverloadStart(amf_overload_response=("overloadAction", "reject-rrc-cr-signalling")))
        await asyncio.sleep(0.01)
        r.amf.association.abort()
        await asyncio.sleep(0.01)
        await r.amf.set_up()
        assert await r.gnb.serving()
        assert not _refused(r.gnb.cells[0])


# -- identities (10.6)


def nas(amf_id, ran_id):
    return m.DownlinkNASTransport(amf_ue_ngap_id=amf_id, ran_ue_ngap_id=ran_id, nas_pdu=b"\x7e")


@ladder
async def test_10_6_an_unknown_local_identity():
    async with rig() as r:
        phone, ids = await r.connected()
        r.amf.say(nas(ids["amf_ue_ngap_id"], 999), 3)
        answer = await r.amf.get(m.ErrorIndication)
        assert answer.cause == ("radioNetwork", "unknown-local-UE-NGAP-ID")
        assert (answer.amf_ue_ngap_id, answer.ran_ue_ngap_id) == (ids["amf_ue_ngap_id"], 999)
        assert r.amf.stream == 3  # UE-associated signalling (8.7.5.1)
        await asyncio.sleep(0.01)
        assert phone.released  # it has the erroneous identity as remote one


@ladder
async def test_10_6_an_inconsistent_remote_identity_releases_both():
    async with rig() as r:
        one, first = await r.connected()
        two, second = await r.connected()
        r.amf.say(nas(second["amf_ue_ngap_id"], first["ran_ue_ngap_id"]), 1)
        answer = await r.amf.get(m.ErrorIndication)
        assert answer.cause == ("radioNetwork", "inconsistent-remote-UE-NGAP-ID")
        await asyncio.sleep(0.01)
        assert one.released
        assert two.released


@ladder
async def test_10_6_a_first_returned_message_with_a_taken_identity():
    async with rig() as r:
        _, first = await r.connected()
        phone = Phone()
        phone.connect(r.gnb.cells[0])
        initial = await r.amf.get(m.InitialUEMessage)
        r.amf.say(nas(first["amf_ue_ngap_id"], initial.ran_ue_ngap_id), 1)
        answer = await r.amf.get(m.ErrorIndication)
        assert answer.cause[1] == "inconsistent-remote-UE-NGAP-ID"
        assert len(r.gnb.ues) == 0


@ladder
async def test_release_command_for_nobody():
    async with rig() as r:
        command = m.UEContextReleaseCommand(
            ue_ngap_ids=("aMF-UE-NGAP-ID", 4711), cause=("nas", "normal-release")
        )
        r.amf.say(command, 1)
        answer = await r.amf.get(m.ErrorIndication)
        assert (answer.amf_ue_ngap_id, answer.ran_ue_ngap_id) == (4711, None)


# -- errors (10.2 to 10.5)


@ladder
async def test_8_7_5_error_indication_for_a_connection_the_amf_does_not_know():
    async with rig() as r:
        phone, ids = await r.connected()
        r.amf.say(m.ErrorIndication(**ids, cause=("protocol", "semantic-error")), 1)
        await asyncio.sleep(0.01)
        assert not phone.released
        r.amf.say(m.ErrorIndication(**ids, cause=("radioNetwork", "unknown-local-UE-NGAP-ID")), 1)
        await r.amf.silent()  # 10.5: never an Error Indication for one
        assert phone.released
        other = Phone()
        other.connect(r.gnb.cells[0])
        initial = await r.amf.get(m.InitialUEMessage)
        indication = m.ErrorIndication(
            ran_ue_ngap_id=initial.ran_ue_ngap_id, cause=("protocol", "transfer-syntax-error")
        )
        r.amf.say(indication, 1)
        await asyncio.sleep(0.01)
        assert other.released  # the AMF could not use the Initial UE Message
        assert r.gnb.counters.errors_received == 3


@ladder
async def test_an_error_indication_fails_ng_setup():
    async with rig(start=False) as r:
        asked = asyncio.ensure_future(r.gnb.start(60))
        await r.amf.get(m.NGSetupRequest)
        r.amf.say(m.ErrorIndication(cause=("protocol", "transfer-syntax-error")))
        await r.amf.set_up()
        assert await asked


@pytest.mark.parametrize(
    ("octets", "cause", "told"),
    [
        ("ff", "transfer-syntax-error", None),
        ("0003", "transfer-syntax-error", None),
        ("00ff0003000000", "abstract-syntax-error-reject", (255, "initiating-message", "reject")),
        ("00ff8003000000", "abstract-syntax-error-ignore-and-notify", (255, "initiating-message", "notify")),
        ("40ff0003000000", "abstract-syntax-error-reject", (255, "unsuccessful-outcome", "reject")),
    ],
)
@ladder
async def test_10_2_and_10_3_4_1_octets_that_are_no_message(octets, cause, told):
    async with rig() as r:
        r.amf.say(bytes.fromhex(octets))
        answer = await r.amf.get(m.ErrorIndication)
        assert answer.cause == ("protocol", cause)
        assert r.amf.stream == 0
        value = answer.criticality_diagnostics
        named = value and (value["procedureCode"], value["triggeringMessage"], value["procedureCriticality"])
        assert named == told
        assert r.gnb.in_service


@ladder
async def test_10_3_4_1_what_is_to_be_ignored_is():
    async with rig() as r:
        r.amf.say(bytes.fromhex("00ff4003000000"))
        r.amf.say(m.DownlinkUEAssociatedNRPPaTransport(**IDS, routing_id=b"\1", nrppa_pdu=b"?"))
        await r.amf.silent()


IDS = {"amf_ue_ngap_id": 1, "ran_ue_ngap_id": 1}


@ladder
async def test_procedures_the_radio_does_not_have_are_rejected_with_their_name():
    async with rig() as r:
        _, ids = await r.connected()
        r.amf.say(m.ConnectionEstablishmentIndication(**ids), 1)
        answer = await r.amf.get(m.ErrorIndication)
        assert answer.cause == ("protocol", "abstract-syntax-error-reject")
        assert answer.criticality_diagnostics["procedureCode"] == 65
        assert answer.ran_ue_ngap_id == ids["ran_ue_ngap_id"]
        assert r.amf.stream == 2
        assert "ConnectionEstablishmentIndication" in r.journal.entries[-1].what


@ladder
async def test_8_4_2_4_a_handover_hither_whose_container_is_broken_fails():
    maker = pytest.importorskip("judges.ngap_values").Maker(Random(1))
    async with rig() as r:
        request = maker.message(m.HandoverRequest, optional=0.0)
        r.amf.say(request, 4)
        answer = await r.amf.get(m.HandoverFailure)
        assert answer.cause == ("protocol", "semantic-error")
        assert answer.amf_ue_ngap_id == request.amf_ue_ngap_id
        assert len(r.gnb.ues) == 0


@ladder
async def test_10_4_what_only_radios_send_does_not_fit_the_state():
    async with rig() as r:
        phone, ids = await r.connected()
        r.amf.say(m.UEContextReleaseRequest(**ids, cause=OM), 1)
        answer = await r.amf.get(m.ErrorIndication)
        assert answer.cause == ("protocol", "message-not-compatible-with-receiver-state")
        assert answer.criticality_diagnostics["procedureCode"] == 42
        assert not phone.released
        r.amf.say(m.NGSetupFailure(cause=OM))
        r.amf.say(m.RANConfigurationUpdateAcknowledge())
        await r.amf.silent()
        assert r.gnb.in_service


def broken(message, attribute):
    """The message's octets with one IE left out, by encoding a copy whose table lacks it."""
    octets = bytearray(encode(message))
    number = next(ie.id for ie in message.ies if ie.attribute == attribute)
    start = octets.index(number.to_bytes(2), 7)
    size = octets[start + 3]
    del octets[start : start + 4 + size]
    octets[3] -= 4 + size
    octets[5:7] = (int.from_bytes(octets[5:7]) - 1).to_bytes(2)
    return bytes(octets)


@ladder
async def test_10_3_5_a_missing_ie_is_named():
    async with rig() as r:
        phone, ids = await r.connected()
        r.amf.say(broken(m.DownlinkNASTransport(**ids, nas_pdu=b"\x7e"), "nas_pdu"), 1)
        answer = await r.amf.get(m.ErrorIndication)
        assert answer.cause == ("protocol", "abstract-syntax-error-reject")
        (item,) = answer.criticality_diagnostics["iEsCriticalityDiagnostics"]
        assert item == {"iECriticality": "reject", "iE-ID": 38, "typeOfError": "missing"}
        assert (answer.amf_ue_ngap_id, answer.ran_ue_ngap_id) == tuple(ids.values())
        assert phone.heard == []


@ladder
async def test_10_3_5_a_request_that_can_fail_fails():
    async with rig() as r:
        from ran.gnb.ladder import context_setup

        _, ids = await r.connected()
        r.amf.say(broken(context_setup(ids), "guami"), 1)
        answer = await r.amf.get(m.InitialContextSetupFailure)
        assert answer.cause == ("protocol", "abstract-syntax-error-reject")
        (item,) = answer.criticality_diagnostics["iEsCriticalityDiagnostics"]
        assert (item["iE-ID"], item["typeOfError"]) == (28, "missing")
        r.amf.say(broken(context_setup(ids), "amf_ue_ngap_id"), 1)
        answer = await r.amf.get(m.ErrorIndication)  # 10.5: whom to answer is missing
        assert answer.ran_ue_ngap_id == ids["ran_ue_ngap_id"]


@ladder
async def test_10_3_4_2_what_was_not_understood_is_reported_where_notify_asks_for_it():
    async with rig() as r:
        phone, ids = await r.connected()
        good = bytearray(encode(m.DownlinkNASTransport(**ids, nas_pdu=b"\x7e")))
        unknown = bytes.fromhex("ffff800100")  # IE 65535, notify
        good[3] += len(unknown)
        good[6] += 1
        r.amf.say(bytes(good) + unknown, 1)
        answer = await r.amf.get(m.ErrorIndication)
        assert answer.cause == ("protocol", "abstract-syntax-error-ignore-and-notify")
        (item,) = answer.criticality_diagnostics["iEsCriticalityDiagnostics"]
        assert item == {"iECriticality": "notify", "iE-ID": 65535, "typeOfError": "not-understood"}
        await asyncio.sleep(0.01)
        assert phone.heard == [("nas", b"\x7e")]  # and it was acted upon
