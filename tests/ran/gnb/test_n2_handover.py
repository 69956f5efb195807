"""N2 handover of the emulated gNBs (TS 38.413 8.4.1 to 8.4.6, TS 33.501 6.9.2.3.3), the AMF by hand."""

import asyncio

import pytest

from pilot5g.crypto.kdf import kng_ran_star
from pilot5g.ran.network import HandoverFailed
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer
from pilot5g.wire.ngap.values import gnb_id_from, nr_cgi_from, tai_from
from ran.gnb.handovers import (
    NH1,
    Handset,
    admitted_ends,
    handover_command,
    handover_request,
    pair,
)
from ran.gnb.ladder import ladder, session_item, session_setup, setup_transfer
from ran.gnb.test_xn_handover import pair_of

HANDED_OVER = ("radioNetwork", "successful-handover")


def begin(p, phone, cell=None):
    return asyncio.ensure_future(p.radios.hand_over(phone, cell or p.two.cells[0], "n2"))


async def prepared(p, phone, **ies):
    """Up to the target's acknowledge."""
    going = begin(p, phone)
    required = await p.amf.get("gnb-1", m.HandoverRequired)
    p.amf.say("gnb-2", handover_request(required, **ies))
    acknowledge = await p.amf.get("gnb-2", m.HandoverRequestAcknowledge)
    return going, required, acknowledge


async def release(p, ids, cause=HANDED_OVER):
    p.amf.say("gnb-1", m.UEContextReleaseCommand(ue_ngap_ids=pair_of(ids), cause=cause))
    await p.amf.get("gnb-1", m.UEContextReleaseComplete)


@ladder
async def test_8_4_1_what_is_required_names_the_target_and_what_there_is():
    async with pair() as p:
        phone, ids, _ = await p.phone(sessions=2)
        going, required, acknowledge = await prepared(p, phone, sessions=(1, 2))
        kind, target = required.target_id
        assert kind == "targetRANNodeID"
        assert gnb_id_from(target["globalRANNodeID"]) == p.two.config.identity
        assert tai_from(target["selectedTAI"]) == p.two.cells[0].tai
        assert required.direct_forwarding_path_availability == "direct-path-available"
        sent = [item["pDUSessionID"] for item in required.pdu_session_resource_list_ho_rqd]
        container = decode_transfer(
            "SourceNGRANNode-ToTargetNGRANNode-TransparentContainer",
            required.source_to_target_transparent_container,
        )
        assert sent == [item["pDUSessionID"] for item in container["pDUSessionResourceInformationList"]]
        assert nr_cgi_from(container["targetCell-ID"][1]) == p.two.cells[0].cgi
        assert acknowledge.amf_ue_ngap_id == 2001
        ends = admitted_ends(acknowledge)
        assert set(ends) == {1, 2}
        assert len({teid for pair_ in ends.values() for teid, _ in pair_}) == 4
        p.amf.say("gnb-1", handover_command(required, acknowledge))
        status = await p.amf.get("gnb-1", m.UplinkRANStatusTransfer)
        drbs = status.ran_status_transfer_transparent_container["dRBsSubjectToStatusTransferList"]
        assert [each["dRB-ID"] for each in drbs] == [1, 2]
        notify = await p.amf.get("gnb-2", m.HandoverNotify)
        assert notify.ran_ue_ngap_id == acknowledge.ran_ue_ngap_id
        await release(p, ids)
        await going
        assert phone.heard == [("handover", p.two.cells[0].cgi.cell), ("synchronised",)]
        assert not phone.released
        phone.connection.send_packets(2, 1, [b"up"])
        phone.connection.send_nas(b"\x7e\0\1")
        assert (await p.amf.get("gnb-2", m.UplinkNASTransport)).amf_ue_ngap_id == 2001
        assert p.uplink == [(0xCC000002, b"up")]
        await asyncio.sleep(2)


@ladder
async def test_33_501_6_9_2_3_3_the_key_comes_from_the_nh_of_the_amf():
    async with pair() as p:
        phone, ids, _ = await p.phone()
        going, required, acknowledge = await prepared(p, phone)
        p.amf.say("gnb-1", handover_command(required, acknowledge))
        await p.amf.get("gnb-2", m.HandoverNotify)
        cell = p.two.cells[0]
        assert phone.commands[-1].ncc == 1
        assert phone.chain.kgnb == kng_ran_star(NH1, cell.pci, cell.arfcn)
        await p.amf.get("gnb-1", m.UplinkRANStatusTransfer)
        await release(p, ids)
        await going
        await asyncio.sleep(2)


@ladder
async def test_no_packet_is_lost_or_overtaken_with_direct_forwarding():
    async with pair(two={"random_access": 0.03}) as p:
        phone, ids, ends = await p.phone()
        p.down(ends[1], b"1")
        going, required, acknowledge = await prepared(p, phone)
        p.down(ends[1], b"2")
        await asyncio.sleep(0.01)
        p.amf.say("gnb-1", handover_command(required, acknowledge))
        await asyncio.sleep(0.01)
        p.down(ends[1], b"3")
        await p.amf.get("gnb-2", m.HandoverNotify)
        new, _ = admitted_ends(acknowledge)[1]
        p.down(new, b"5")
        p.down(ends[1], b"4")
        p.end_marker(ends[1])
        await asyncio.sleep(0.01)
        p.down(new, b"6")
        await p.amf.get("gnb-1", m.UplinkRANStatusTransfer)
        await release(p, ids)
        await going
        assert phone.packets == [b"1", b"2", b"3", b"4", b"5", b"6"]


@ladder
async def test_without_a_path_between_the_gnbs_none_is_promised():
    """TS 38.413 9.3.1.64; the core forwards through a UPF then, or says that it cannot."""
    async with pair(one={"xn": False}) as p:
        phone, ids, _ = await p.phone()
        transfer = setup_transfer(0xCC000001, DataForwardingNotPossible="data-forwarding-not-possible")
        request_item = {"pDUSessionID": 1, "s-NSSAI": {"sST": b"\1"}, "handoverRequestTransfer": transfer}
        going, required, acknowledge = await prepared(
            p, phone, pdu_session_resource_setup_list_ho_req=[request_item]
        )
        assert required.direct_forwarding_path_availability is None
        assert admitted_ends(acknowledge)[1][1] is None
        p.amf.say("gnb-1", handover_command(required, acknowledge))
        await p.amf.get("gnb-2", m.HandoverNotify)
        assert p.amf.silent("gnb-1")
        await release(p, ids)
        await going


@ladder
async def test_8_4_2_2_partial_admission():
    async with pair() as p:
        phone, ids, _ = await p.phone(sessions=2)
        items = handover_request_items(p, bad=2)
        going, required, acknowledge = await prepared(p, phone, pdu_session_resource_setup_list_ho_req=items)
        assert set(admitted_ends(acknowledge)) == {1}
        (failed,) = acknowledge.pdu_session_resource_failed_to_setup_list_ho_ack
        assert failed["pDUSessionID"] == 2
        why = decode_transfer(
            "HandoverResourceAllocationUnsuccessfulTransfer",
            failed["handoverResourceAllocationUnsuccessfulTransfer"],
        )
        assert why["cause"] == ("radioNetwork", "slice-not-supported")
        p.amf.say("gnb-1", handover_command(required, acknowledge))
        await p.amf.get("gnb-2", m.HandoverNotify)
        assert phone.commands[-1].released == (2,)
        await p.amf.get("gnb-1", m.UplinkRANStatusTransfer)
        await release(p, ids)
        await going
        await asyncio.sleep(2)


def handover_request_items(p, bad):
    return [
        {
            "pDUSessionID": number,
            "s-NSSAI": {"sST": b"\x09" if number == bad else b"\1"},
            "handoverRequestTransfer": setup_transfer(0xCC000000 + number),
        }
        for number in (1, 2)
    ]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (
            {"ue_security_capabilities": "none"},
            "encryption-and-or-integrity-protection-algorithms-not-supported",
        ),
        ({"barred": True}, "cell-not-available"),
        ({"slice": True}, "slice-not-supported"),
    ],
)
def test_8_4_2_3_handover_failure_says_why(change, cause):
    @ladder
    async def run():
        from pilot5g.wire.ngap.values import ue_security_capabilities_to

        async with pair() as p:
            phone, ids, ends = await p.phone()
            going = begin(p, phone)
            required = await p.amf.get("gnb-1", m.HandoverRequired)
            ies = {}
            if "ue_security_capabilities" in change:
                ies["ue_security_capabilities"] = ue_security_capabilities_to(0x80, 0x80)
            if "slice" in change:
                ies["pdu_session_resource_setup_list_ho_req"] = handover_request_items(p, bad=1)[:1]
            p.two.cells[0].barred = "barred" in change
            p.amf.say("gnb-2", handover_request(required, **ies))
            failure = await p.amf.get("gnb-2", m.HandoverFailure)
            assert failure.amf_ue_ngap_id == 2001
            assert failure.cause == ("radioNetwork", cause)
            p.amf.say("gnb-1", m.HandoverPreparationFailure(**ids, cause=failure.cause))
            with pytest.raises(HandoverFailed, match=cause):
                await going
            p.down(ends[1], b"here")
            await asyncio.sleep(0.1)
            assert phone.packets == [b"here"]
            assert len(p.two.ues) == 0

    run()


@ladder
async def test_8_4_5_an_amf_that_does_not_answer_is_told_to_forget_it():
    async with pair() as p:
        phone, ids, ends = await p.phone()
        going = begin(p, phone)
        await p.amf.get("gnb-1", m.HandoverRequired)
        cancel = await p.amf.get("gnb-1", m.HandoverCancel)
        assert cancel.cause == ("radioNetwork", "tngrelocprep-expiry")
        p.amf.say("gnb-1", m.HandoverCancelAcknowledge(**ids))
        with pytest.raises(HandoverFailed, match="tngrelocprep-expiry"):
            await going
        p.down(ends[1], b"here")
        await asyncio.sleep(0.1)
        assert phone.packets == [b"here"]


@ladder
async def test_8_4_5_called_off_and_released_at_the_target():
    async with pair() as p:
        phone, ids, _ = await p.phone()
        going, _, acknowledge = await prepared(p, phone)
        p.radios.cancel_handover(phone)
        cancel = await p.amf.get("gnb-1", m.HandoverCancel)
        assert cancel.cause == ("radioNetwork", "handover-cancelled")
        p.amf.say("gnb-1", m.HandoverCancelAcknowledge(**ids))
        with pytest.raises(HandoverFailed, match="handover-cancelled"):
            await going
        there = {"amf_ue_ngap_id": 2001, "ran_ue_ngap_id": acknowledge.ran_ue_ngap_id}
        command = m.UEContextReleaseCommand(ue_ngap_ids=pair_of(there), cause=cancel.cause)
        p.amf.say("gnb-2", command)
        await p.amf.get("gnb-2", m.UEContextReleaseComplete)
        assert len(p.two.ues) == 0
        assert not phone.released


@ladder
async def test_a_broken_container_of_the_target_cancels():
    async with pair() as p:
        phone, ids, _ = await p.phone()
        going, required, acknowledge = await prepared(p, phone)
        command = handover_command(required, acknowledge, target_to_source_transparent_container=b"\xff")
        p.amf.say("gnb-1", command)
        cancel = await p.amf.get("gnb-1", m.HandoverCancel)
        assert cancel.cause[0] == "protocol"
        p.amf.say("gnb-1", m.HandoverCancelAcknowledge(**ids))
        with pytest.raises(HandoverFailed, match="container"):
            await going
        assert not phone.released


@ladder
async def test_rrc_that_the_phone_cannot_read_is_a_radio_link_failure_at_worst():
    """A command of another make: the scripted phone cannot follow, and neither gNB keeps it for ever."""
    async with pair() as p:
        phone, ids, _ = await p.phone(Handset(deaf=True))
        going, required, acknowledge = await prepared(p, phone)
        octets = encode_transfer(
            "TargetNGRANNode-ToSourceNGRANNode-TransparentContainer", {"rRCContainer": b"\1\2\3"}
        )
        p.amf.say(
            "gnb-1", handover_command(required, acknowledge, target_to_source_transparent_container=octets)
        )
        await p.amf.get("gnb-1", m.UplinkRANStatusTransfer)
        asked = await p.amf.get("gnb-1", m.UEContextReleaseRequest)
        assert asked.cause == ("radioNetwork", "tngrelocoverall-expiry")
        with pytest.raises(HandoverFailed, match="tngrelocoverall-expiry"):
            await going
        await release(p, ids, asked.cause)
        there = await p.amf.get("gnb-2", m.UEContextReleaseRequest)
        assert there.cause == ("radioNetwork", "ho-failure-in-target-5GC-ngran-node-or-target-system")
        ids2 = {"amf_ue_ngap_id": 2001, "ran_ue_ngap_id": there.ran_ue_ngap_id}
        p.amf.say("gnb-2", m.UEContextReleaseCommand(ue_ngap_ids=pair_of(ids2), cause=there.cause))
        await p.amf.get("gnb-2", m.UEContextReleaseComplete)


@ladder
async def test_a_stranger_at_the_target_is_reported_there():
    async with pair() as p:
        phone, ids, _ = await p.phone(Handset())
        going, required, acknowledge = await prepared(p, phone, ncc=1, key=bytes(32))
        p.amf.say("gnb-1", handover_command(required, acknowledge))
        there = await p.amf.get("gnb-2", m.UEContextReleaseRequest)
        assert there.cause == ("radioNetwork", "ho-failure-in-target-5GC-ngran-node-or-target-system")
        ids2 = {"amf_ue_ngap_id": 2001, "ran_ue_ngap_id": there.ran_ue_ngap_id}
        p.amf.say("gnb-2", m.UEContextReleaseCommand(ue_ngap_ids=pair_of(ids2), cause=there.cause))
        await p.amf.get("gnb-2", m.UEContextReleaseComplete)
        await p.amf.get("gnb-1", m.UplinkRANStatusTransfer)
        await release(p, ids, ("radioNetwork", "ho-failure-in-target-5GC-ngran-node-or-target-system"))
        with pytest.raises(HandoverFailed, match="ho-failure"):
            await going


@ladder
async def test_8_2_1_4_the_amf_is_told_that_a_handover_is_under_way():
    async with pair() as p:
        phone, ids, _ = await p.phone()
        going = begin(p, phone)
        await p.amf.get("gnb-1", m.HandoverRequired)
        p.amf.say("gnb-1", session_setup(ids, session_item(2)))
        answer = await p.amf.get("gnb-1", m.PDUSessionResourceSetupResponse)
        (item,) = answer.pdu_session_resource_failed_to_setup_list_su_res
        octets = item["pDUSessionResourceSetupUnsuccessfulTransfer"]
        why = decode_transfer("PDUSessionResourceSetupUnsuccessfulTransfer", octets)
        assert why["cause"] == ("radioNetwork", "ng-intra-system-handover-triggered")
        p.amf.say("gnb-1", m.DownlinkNASTransport(**ids, nas_pdu=b"\x7e\0\2"))
        await asyncio.sleep(0.1)
        assert phone.heard == [("nas", b"\x7e\0\2")]
        p.amf.say("gnb-1", m.HandoverPreparationFailure(**ids, cause=("misc", "unspecified")))
        with pytest.raises(HandoverFailed, match="unspecified"):
            await going


@ladder
async def test_the_release_of_the_phone_wins_over_its_handover():
    async with pair() as p:
        phone, ids, _ = await p.phone()
        going = begin(p, phone)
        await p.amf.get("gnb-1", m.HandoverRequired)
        await release(p, ids, ("nas", "deregister"))
        with pytest.raises(HandoverFailed, match="deregister"):
            await going
        assert phone.released == ["deregister"]


@ladder
async def test_the_loss_of_the_association_ends_a_handover_on_either_side():
    async with pair() as p:
        phone, _, _ = await p.phone()
        going, _, _ = await prepared(p, phone)
        p.amf.associations["gnb-1"].abort()
        p.amf.associations["gnb-2"].abort()
        await asyncio.sleep(0.3)
        assert (len(p.one.ues), len(p.two.ues)) == (0, 0)
        assert phone.released == ["the radio lost its AMF"]
        with pytest.raises(HandoverFailed):
            await asyncio.wait_for(going, 20)


@ladder
async def test_a_session_of_a_number_that_no_drb_has_is_handed_over_all_the_same():
    """PDU session identities are 0 to 255 in NGAP, DRB identities 1 to 32."""
    async with pair() as p:
        phone, ids, _ = await p.phone()
        for number in (0, 200):
            p.amf.say("gnb-1", session_setup(ids, session_item(number, setup_transfer(0xAA000100 + number))))
            await p.amf.get("gnb-1", m.PDUSessionResourceSetupResponse)
        going, required, acknowledge = await prepared(p, phone, sessions=(1, 200))
        p.amf.say("gnb-1", handover_command(required, acknowledge))
        await p.amf.get("gnb-2", m.HandoverNotify)
        status = await p.amf.get("gnb-1", m.UplinkRANStatusTransfer)
        drbs = status.ran_status_transfer_transparent_container["dRBsSubjectToStatusTransferList"]
        assert [each["dRB-ID"] for each in drbs] == [1]
        assert phone.commands[-1].released == ()
        await release(p, ids)
        await going
        await asyncio.sleep(2)
