"""Xn handover of the emulated gNBs (TS 38.423 8.2, TS 38.413 8.4.4, TS 33.501 6.9.2.3.2), the AMF by hand."""

import asyncio

import pytest

from pilot5g.crypto.kdf import kng_ran_star
from pilot5g.model import Snssai
from pilot5g.ran.network import HandoverFailed
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.values import user_location_nr_from
from ran.gnb.handovers import KGNB, NH1, Handset, new_ends, pair, switch_acknowledge
from ran.gnb.ladder import ladder, session_item, session_setup


def begin(p, phone, cell=None, via="xn"):
    return asyncio.ensure_future(p.radios.hand_over(phone, cell or p.two.cells[0], via))


async def switched(p, phone, released=(), **ies):
    """A handover to gnb-2 up to the acknowledged path switch: the request."""
    going = begin(p, phone)
    request = await p.amf.get("gnb-2", m.PathSwitchRequest)
    p.amf.say("gnb-2", switch_acknowledge(request, released=released, **ies))
    await going
    return request


@ladder
async def test_8_4_4_2_the_path_is_switched():
    async with pair() as p:
        phone, ids, _ = await p.phone(sessions=2)
        request = await switched(p, phone)
        assert request.source_amf_ue_ngap_id == ids["amf_ue_ngap_id"]
        cell = p.two.cells[0]
        assert user_location_nr_from(request.user_location_information) == (cell.cgi, cell.tai)
        assert set(new_ends(request)) == {1, 2}
        assert all(address == "127.0.0.12" for _, address in new_ends(request).values())
        assert request.pdu_session_resource_failed_to_setup_list_ps_req is None
        assert phone.heard == [("handover", cell.cgi.cell), ("synchronised",)]
        assert (len(p.one.ues), len(p.two.ues)) == (0, 1)
        assert p.amf.silent("gnb-1")
        phone.connection.send_packets(2, 1, [b"up"])
        await asyncio.sleep(0.1)
        assert p.uplink == [(0xBB000002, b"up")]
        phone.connection.send_nas(b"\x7e\0\1")
        assert (await p.amf.get("gnb-2", m.UplinkNASTransport)).amf_ue_ngap_id == 1001
        assert (p.one.counters.handovers_out, p.two.counters.handovers_in) == (1, 1)
        await asyncio.sleep(2)


@ladder
async def test_33_501_6_9_2_3_2_keys_go_horizontally_first_and_vertically_after():
    async with pair() as p:
        phone, _, _ = await p.phone()
        await switched(p, phone)
        command = phone.commands[-1]
        cell = p.two.cells[0]
        assert command.ncc == 0
        assert phone.chain.kgnb == kng_ran_star(KGNB, cell.pci, cell.arfcn)
        going = begin(p, phone, p.one.cells[1])
        request = await p.amf.get("gnb-1", m.PathSwitchRequest)
        back = p.one.cells[1]
        assert phone.commands[-1].ncc == 1
        assert phone.chain.kgnb == kng_ran_star(NH1, back.pci, back.arfcn)
        p.amf.say("gnb-1", switch_acknowledge(request))
        await going
        await asyncio.sleep(2)


@ladder
async def test_no_packet_is_lost_or_overtaken_with_forwarding():
    """TS 38.300 9.2.3.2.3: forwarded packets, the end marker, fresh packets."""
    async with pair(two={"random_access": 0.03}) as p:
        phone, _, ends = await p.phone()
        old = ends[1]
        p.down(old, b"1")
        await asyncio.sleep(0.01)
        going = begin(p, phone)
        await asyncio.sleep(0.01)
        p.down(old, b"2", b"3")
        phone.connection.send_packets(1, 1, [b"early"])
        request = await p.amf.get("gnb-2", m.PathSwitchRequest)
        new = new_ends(request)[1]
        p.down(new, b"6")
        p.down(old, b"4", b"5")
        await asyncio.sleep(0.01)
        assert phone.packets == [b"1", b"2", b"3", b"4", b"5"]
        p.amf.say("gnb-2", switch_acknowledge(request))
        await going
        p.down(new, b"7")
        p.end_marker(old)
        await asyncio.sleep(0.01)
        p.down(new, b"8")
        await asyncio.sleep(0.01)
        assert phone.packets == [b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8"]
        assert p.uplink == [(0xAA000001, b"early")]
        assert p.one.user_counters.forwarded == 5
        assert p.two.user_counters.end_markers == 1


@ladder
async def test_a_missing_end_marker_delays_and_does_not_stop():
    async with pair() as p:
        phone, _, _ = await p.phone()
        request = await switched(p, phone)
        p.down(new_ends(request)[1], b"fresh")
        await asyncio.sleep(0.5)
        assert phone.packets == []
        await asyncio.sleep(1)
        assert phone.packets == [b"fresh"]


@ladder
async def test_sessions_that_the_target_cannot_take_are_in_the_failed_list():
    other = Snssai(1, 7)
    async with pair(one={"slices": (Snssai(1), other)}) as p:
        phone, ids, _ = await p.phone()
        p.amf.say("gnb-1", session_setup(ids, session_item(5, slice_=other)))
        await p.amf.get("gnb-1", m.PDUSessionResourceSetupResponse)
        request = await switched(p, phone)
        failed = request.pdu_session_resource_failed_to_setup_list_ps_req
        assert [item["pDUSessionID"] for item in failed] == [5]
        assert set(new_ends(request)) == {1}
        assert phone.commands[-1].released == (5,)
        await asyncio.sleep(2)


@ladder
async def test_8_4_4_2_sessions_that_the_core_releases_are_released():
    async with pair() as p:
        phone, _, _ = await p.phone(sessions=2)
        await switched(p, phone, released=(2,))
        await asyncio.sleep(0.01)
        assert phone.heard[-1] == ("bearers", (), (2,))
        (ue,) = p.two.ues
        assert set(ue.context.sessions) == {1}
        await asyncio.sleep(2)


@ladder
async def test_8_4_4_3_a_path_that_is_not_switched_costs_the_connection():
    async with pair() as p:
        phone, ids, _ = await p.phone()
        going = begin(p, phone)
        request = await p.amf.get("gnb-2", m.PathSwitchRequest)
        p.amf.say(
            "gnb-2",
            m.PathSwitchRequestFailure(
                amf_ue_ngap_id=1001,
                ran_ue_ngap_id=request.ran_ue_ngap_id,
                pdu_session_resource_released_list_ps_fail=[
                    {"pDUSessionID": 1, "pathSwitchRequestUnsuccessfulTransfer": bytes.fromhex("0000")}
                ],
            ),
        )
        asked = await p.amf.get("gnb-1", m.UEContextReleaseRequest)
        assert asked.cause == ("radioNetwork", "txnrelocoverall-expiry")
        with pytest.raises(HandoverFailed, match="path is switched"):
            await going
        assert phone.released == ["the AMF switched none of its sessions"]
        p.amf.say("gnb-1", m.UEContextReleaseCommand(ue_ngap_ids=pair_of(ids), cause=asked.cause))
        await p.amf.get("gnb-1", m.UEContextReleaseComplete)


def pair_of(ids):
    return (
        "uE-NGAP-ID-pair",
        {"aMF-UE-NGAP-ID": ids["amf_ue_ngap_id"], "rAN-UE-NGAP-ID": ids["ran_ue_ngap_id"]},
    )


@ladder
async def test_a_phone_that_does_not_arrive_is_given_up_by_both():
    async with pair() as p:
        phone, ids, _ = await p.phone(Handset(deaf=True))
        going = begin(p, phone)
        asked = await p.amf.get("gnb-1", m.UEContextReleaseRequest)
        with pytest.raises(HandoverFailed, match="txnrelocoverall-expiry"):
            await going
        p.amf.say("gnb-1", m.UEContextReleaseCommand(ue_ngap_ids=pair_of(ids), cause=asked.cause))
        await p.amf.get("gnb-1", m.UEContextReleaseComplete)
        assert len(p.two.ues) == 0
        assert p.amf.silent("gnb-2")


@ladder
async def test_a_phone_with_another_key_is_not_taken():
    async with pair() as p:
        phone, ids, _ = await p.phone(Handset(stranger=True))
        going = begin(p, phone)
        asked = await p.amf.get("gnb-1", m.UEContextReleaseRequest)
        with pytest.raises(HandoverFailed):
            await going
        assert any("wrong MAC" in entry.reason for entry in p.journal.entries)
        assert phone.released
        p.amf.say("gnb-1", m.UEContextReleaseCommand(ue_ngap_ids=pair_of(ids), cause=asked.cause))
        await p.amf.get("gnb-1", m.UEContextReleaseComplete)


@ladder
async def test_a_barred_target_refuses_and_the_phone_stays():
    async with pair() as p:
        phone, _, ends = await p.phone()
        p.two.cells[0].barred = True
        with pytest.raises(HandoverFailed, match="cell-not-available"):
            await p.radios.hand_over(phone, p.two.cells[0], "xn")
        p.down(ends[1], b"still here")
        await asyncio.sleep(0.1)
        assert phone.packets == [b"still here"]
        assert p.one.counters.handovers_failed == 1


@ladder
async def test_what_cannot_be_handed_over_says_why():
    async with pair(two={"xn": False}) as p:
        phone, _, _ = await p.phone(sessions=0)
        with pytest.raises(HandoverFailed, match="no PDU session"):
            await p.radios.hand_over(phone, p.two.cells[0])
        with pytest.raises(HandoverFailed, match="no connection"):
            await p.radios.hand_over(Handset(), p.two.cells[0])
    async with pair(two={"xn": False}) as p:
        phone, _, _ = await p.phone()
        with pytest.raises(HandoverFailed, match="no Xn"):
            await p.radios.hand_over(phone, p.two.cells[0], "xn")


@ladder
async def test_8_2_1_4_what_the_amf_asks_for_meanwhile_is_refused_and_nas_comes_back():
    async with pair(two={"random_access": 0.5}) as p:
        phone, ids, _ = await p.phone()
        going = begin(p, phone)
        await asyncio.sleep(0.1)
        p.amf.say("gnb-1", session_setup(ids, session_item(2)))
        answer = await p.amf.get("gnb-1", m.PDUSessionResourceSetupResponse)
        assert [item["pDUSessionID"] for item in answer.pdu_session_resource_failed_to_setup_list_su_res] == [
            2
        ]
        p.amf.say("gnb-1", m.DownlinkNASTransport(**ids, nas_pdu=b"\x7e\0\2"))
        back = await p.amf.get("gnb-1", m.NASNonDeliveryIndication)
        assert (back.nas_pdu, back.cause) == (b"\x7e\0\2", ("radioNetwork", "xn-handover-triggered"))
        request = await p.amf.get("gnb-2", m.PathSwitchRequest)
        p.amf.say("gnb-2", switch_acknowledge(request))
        await going
        await asyncio.sleep(2)


@ladder
async def test_nas_that_the_phone_sends_on_its_way_waits_for_the_connection():
    async with pair(two={"random_access": 0.1}) as p:
        phone, _, _ = await p.phone()
        going = begin(p, phone)
        await asyncio.sleep(0.05)
        phone.connection.send_nas(b"\x7e\0\3")
        request = await p.amf.get("gnb-2", m.PathSwitchRequest)
        p.amf.say("gnb-2", switch_acknowledge(request))
        await going
        assert (await p.amf.get("gnb-2", m.UplinkNASTransport)).nas_pdu == b"\x7e\0\3"
        await asyncio.sleep(2)


@ladder
async def test_between_cells_of_one_gnb_the_amf_hears_nothing():
    """TS 33.501 6.9.2.3.1: the key is another all the same."""
    async with pair() as p:
        phone, _, ends = await p.phone()
        target = p.one.cells[2]
        await p.radios.hand_over(phone, target)
        assert p.amf.silent("gnb-1")
        assert phone.chain.kgnb == kng_ran_star(KGNB, target.pci, target.arfcn)
        p.down(ends[1], b"down")
        phone.connection.send_packets(1, 1, [b"up"])
        phone.connection.send_nas(b"\x7e\0\4")
        said = await p.amf.get("gnb-1", m.UplinkNASTransport)
        assert user_location_nr_from(said.user_location_information)[0] == target.cgi
        await asyncio.sleep(0.1)
        assert phone.packets == [b"down"]
        assert p.uplink == [(0xAA000001, b"up")]


@ladder
async def test_a_reported_better_cell_is_taken():
    """Measurement, decision, preparation, execution: TS 38.300 9.2.3.2.1."""
    async with pair() as p:
        phone, _, _ = await p.phone()
        phone.connection.report(p.two.cells[1])
        phone.connection.report(p.two.cells[2])
        request = await p.amf.get("gnb-2", m.PathSwitchRequest)
        assert user_location_nr_from(request.user_location_information)[0] == p.two.cells[1].cgi
        p.amf.say("gnb-2", switch_acknowledge(request))
        await asyncio.sleep(2)
        assert (len(p.one.ues), len(p.two.ues)) == (0, 1)


@ladder
async def test_a_phone_lost_on_its_way_is_released_by_its_source():
    async with pair(two={"random_access": 0.2}) as p:
        phone, ids, _ = await p.phone()
        old = phone.connection
        going = begin(p, phone)
        await asyncio.sleep(0.1)
        phone.connection.fail()
        old.fail()
        asked = await p.amf.get("gnb-1", m.UEContextReleaseRequest)
        assert asked.cause == ("radioNetwork", "radio-connection-with-ue-lost")
        with pytest.raises(HandoverFailed, match="radio-connection-with-ue-lost"):
            await going
        p.amf.say("gnb-1", m.UEContextReleaseCommand(ue_ngap_ids=pair_of(ids), cause=asked.cause))
        await p.amf.get("gnb-1", m.UEContextReleaseComplete)
        await asyncio.sleep(1)
