"""Xn handover at the AMF: PATH SWITCH REQUEST (TS 38.413 8.4.4, TS 23.502 4.9.1.2, TS 33.501 6.9.2.3.2)."""

import asyncio

import pytest

from flows.amf.world import PLMN, SLICE, Phone, play, settle
from pilot5g.core.amf.events import Deregister, Reconfigure
from pilot5g.crypto import kdf
from pilot5g.flow.errors import Problem
from pilot5g.model import NrCgi, Tai
from pilot5g.service.namf import N1N2Message, N2SmType, TransferCause
from pilot5g.service.nsmf import UpCnxState
from pilot5g.wire import nas
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer
from pilot5g.wire.ngap.values import cause, gtp_tunnel_to, ue_security_capabilities_to

FLOWS = [{"qosFlowIdentifier": 1}]
SWITCH = encode_transfer(
    "PathSwitchRequestTransfer",
    {"dL-NGU-UP-TNLInformation": gtp_tunnel_to(2, "127.0.0.2"), "qosFlowAcceptedList": FLOWS},
)
LOST = encode_transfer(
    "PathSwitchRequestSetupFailedTransfer", {"cause": ("radioNetwork", "radio-resources-not-available")}
)
ALL = ue_security_capabilities_to(0xF0, 0xF0)


async def two_radios(world, sessions=(1,), **options):
    """A phone with sessions at the first of two gNBs; the second serves another tracking area."""
    here, there = await world.gnb(1).setup(), await world.gnb(2, tac=2).setup()
    phone = Phone(world)
    await phone.register(here, follow_on=True, **options)
    for psi in sessions:
        await phone.opens(psi)
    world.smf.calls.clear()
    return here, there, phone


def arrives(phone, gnb, switched=(1,), failed=(), capabilities=ALL):
    """The phone is at another gNB, which asks for the path. Gives its former gNB and identity there."""
    former = phone.gnb, phone.ran_id
    phone.gnb.phones.pop(phone.ran_id, None)
    gnb.next_ran_id += 1
    phone.gnb, phone.ran_id = gnb, gnb.next_ran_id + 100 * gnb.number
    gnb.phones[phone.ran_id] = phone
    items = [{"pDUSessionID": psi, "pathSwitchRequestTransfer": SWITCH} for psi in switched]
    lost = [{"pDUSessionID": psi, "pathSwitchRequestSetupFailedTransfer": LOST} for psi in failed]
    gnb.says(
        ngap.PathSwitchRequest(
            ran_ue_ngap_id=phone.ran_id,
            source_amf_ue_ngap_id=phone.amf_id,
            user_location_information=gnb.location,
            ue_security_capabilities=capabilities,
            pdu_session_resource_to_be_switched_dl_list=items,
            pdu_session_resource_failed_to_setup_list_ps_req=lost or None,
        )
    )
    return former


def ack(phone):
    (message,) = (m for m in phone.n2 if isinstance(m, ngap.PathSwitchRequestAcknowledge))
    phone.n2.remove(message)
    return message


def chain(phone, kgnb):
    """NH and NCC as TS 33.501 6.9.2.1.1 lets them follow each other."""
    nh = kdf.nh(phone.kamf, kgnb)
    ncc = 1
    while True:
        nh, ncc = kdf.nh(phone.kamf, nh), (ncc + 1) % 8
        yield {"nextHopChainingCount": ncc, "nextHopNH": (int.from_bytes(nh, "big"), 256)}


def test_path_switch():
    """TS 23.502 4.9.1.2.2: the session follows, NAS goes on through the new radio, the phone is there."""

    async def flow(world):
        here, there, phone = await two_radios(world)
        kgnb = here.kgnb[phone.supi]
        arrives(phone, there)
        await settle()
        message = ack(phone)
        assert message.security_context == next(chain(phone, kgnb))
        assert message.new_security_context_ind is message.ue_security_capabilities is None
        (item,) = message.pdu_session_resource_switched_list
        assert item["pDUSessionID"] == 1
        assert message.allowed_nssai == [{"s-NSSAI": {"sST": b"\x01"}}]
        assert world.smf.updates() == [N2SmType.PATH_SWITCH_REQ]
        ue = world.amf.ues.by_supi[phone.supi]
        assert (ue.context.tai, ue.context.cell) == (Tai(PLMN, 2), NrCgi(PLMN, 2 << 4))
        ue.owner.deliver(Reconfigure(new_guti=True))
        await phone.gets(nas.ConfigurationUpdateCommand)
        phone.says(nas.ConfigurationUpdateComplete())
        await phone.opens(2)
        assert len(world.amf.connections) == 1

    play(flow)


def test_keys_are_chained():
    """TS 33.501 6.9.2.3.2: at each path switch NCC is increased by one, modulo 8, and NH follows."""

    async def flow(world):
        here, there, phone = await two_radios(world)
        expected = chain(phone, here.kgnb[phone.supi])
        for _ in range(5):
            for gnb in (there, here):
                arrives(phone, gnb)
                await settle()
                assert ack(phone).security_context == next(expected)

    play(flow)


def test_keys_of_a_new_authentication():
    """TS 33.501 6.9.2.3.2: keys taken into use by NAS, and not by the radio, begin a new chain there."""

    async def flow(world):
        _, there, phone = await two_radios(world)
        before = phone.kamf
        ue = world.amf.ues.by_supi[phone.supi]
        ue.context.keys.nas.uplink_count = 0xFFFF00  # used up soon: the AMF authenticates anew
        phone.keys.uplink_count = 0xFFFF00
        phone.request = phone.registration(kind=nas.RegistrationKind.MOBILITY, follow_on=True)
        phone.says(phone.request)
        await phone.authenticates()
        await phone.secures()
        await phone.completes()
        assert phone.kamf != before
        arrives(phone, there)
        await settle()
        message = ack(phone)
        assert message.new_security_context_ind == "true"
        assert message.security_context["nextHopChainingCount"] == 0
        kgnb = kdf.kgnb(phone.kamf, ue.connection.kgnb_count)
        assert message.security_context["nextHopNH"][0] == int.from_bytes(kgnb, "big")

    play(flow)


def test_capabilities_that_were_bid_down_are_corrected():
    """TS 33.501 6.7.3.1: the AMF's own are sent, and somebody hears of it."""

    async def flow(world):
        _, there, phone = await two_radios(world)
        arrives(phone, there, capabilities=ue_security_capabilities_to(0x80, 0xC0))
        await settle()
        assert ack(phone).ue_security_capabilities == ALL
        assert world.reasons()[-1].cause == "UE security capabilities mismatch"

    play(flow)


def test_one_of_three_sessions_is_lost():
    """TS 38.413 8.4.4.2: one refused by the radio, one by its SMF, one that is not there; one forgotten."""

    async def flow(world):
        _, there, phone = await two_radios(world, sessions=(1, 2, 3, 4))
        world.smf.immobile[3] = Problem.UPF_NOT_RESPONDING
        arrives(phone, there, switched=(1, 3, 7), failed=(2,))
        await settle()
        message = ack(phone)
        assert [item["pDUSessionID"] for item in message.pdu_session_resource_switched_list] == [1]
        released = {
            item["pDUSessionID"]: decode_transfer(
                "PathSwitchRequestUnsuccessfulTransfer", item["pathSwitchRequestUnsuccessfulTransfer"]
            )["cause"]
            for item in message.pdu_session_resource_released_list_ps_ack
        }
        assert released == {
            3: ("transport", "transport-resource-unavailable"),
            7: ("radioNetwork", "unknown-PDU-session-ID"),
        }
        assert world.smf.updates() == [
            N2SmType.PATH_SWITCH_REQ,
            N2SmType.PATH_SWITCH_REQ,
            UpCnxState.DEACTIVATED,
            N2SmType.PATH_SWITCH_SETUP_FAIL,
            UpCnxState.DEACTIVATED,
        ]
        ue = world.amf.ues.by_supi[phone.supi]
        assert ue.connection.active == {1}
        assert sorted(ue.context.sessions) == [1, 2, 3, 4]

    play(flow)


def test_no_session_can_follow():
    """TS 38.413 8.4.4.3, TS 23.502 4.9.1.2.2 step 7: the phone is idle then, and comes back."""

    async def flow(world):
        _, there, phone = await two_radios(world)
        world.smf.immobile[1] = Problem.UPF_NOT_RESPONDING
        arrives(phone, there)
        await settle()
        (failure,) = (m for m in phone.n2 if isinstance(m, ngap.PathSwitchRequestFailure))
        (item,) = failure.pdu_session_resource_released_list_ps_fail
        assert item["pDUSessionID"] == 1
        assert not world.amf.connections
        assert world.smf.updates() == [
            N2SmType.PATH_SWITCH_REQ,
            UpCnxState.DEACTIVATED,
        ]
        there.forget(phone)
        phone.begins(there, phone.service(uplink_data_status=frozenset({1})))
        await phone.gets(nas.ServiceAccept)
        await settle()
        assert phone.planes == {1}

    play(flow)


def test_a_session_twice():
    """TS 38.413 8.4.4.4: failure, and nothing has changed."""

    async def flow(world):
        here, there, phone = await two_radios(world)
        former = arrives(phone, there, switched=(1, 1))
        await settle()
        assert isinstance(phone.n2[-1], ngap.PathSwitchRequestFailure)
        assert world.smf.calls == []
        ue = world.amf.ues.by_supi[phone.supi]
        assert (ue.connection.radio.name, ue.connection.ran_ue_ngap_id) == ("gnb-1", former[1])
        phone.gnb, phone.ran_id = former
        here.phones[phone.ran_id] = phone

    play(flow)


def test_a_path_for_nobody():
    """TS 38.413 10.6: an AMF-UE-NGAP-ID that is not known."""

    async def flow(world):
        _, there, phone = await two_radios(world)
        known, phone.amf_id = phone.amf_id, 4711
        former = arrives(phone, there)
        error = await there.gets(ngap.ErrorIndication)
        assert error.cause == ("radioNetwork", "unknown-local-UE-NGAP-ID")
        assert (error.amf_ue_ngap_id, error.ran_ue_ngap_id) == (4711, phone.ran_id)
        there.phones.pop(phone.ran_id)
        phone.gnb, phone.ran_id, phone.amf_id = *former, known
        former[0].phones[phone.ran_id] = phone

    play(flow)


def test_a_path_for_a_phone_that_is_being_released():
    """Its connection is of no more use: refused, and it comes back by itself."""

    async def flow(world):
        here, there, phone = await two_radios(world)
        here.auto = False
        here.ask_release(phone)
        await settle()
        here.auto = True
        former = arrives(phone, there)
        await settle()
        assert isinstance(phone.n2[-1], ngap.PathSwitchRequestFailure)
        here.says(ngap.UEContextReleaseComplete(amf_ue_ngap_id=phone.amf_id, ran_ue_ngap_id=former[1]))
        there.forget(phone)
        phone.begins(there, phone.service())
        await phone.gets(nas.ServiceAccept)

    play(flow)


def test_what_the_former_radio_still_says_changes_nothing():
    """It was overtaken on its way: no Error Indication, no release; a NAS message it could not deliver is
    sent through the new radio (TS 38.413 8.6.4)."""

    async def flow(world):
        here, there, phone = await two_radios(world)
        ue = world.amf.ues.by_supi[phone.supi]
        here.phones.pop(phone.ran_id)
        pdu = ue.protect(nas.GmmStatus(cause=nas.GmmCause.CONGESTION))
        _, ran_id = arrives(phone, there)
        await settle()
        ids = {"amf_ue_ngap_id": phone.amf_id, "ran_ue_ngap_id": ran_id}
        here.says(
            ngap.NASNonDeliveryIndication(
                **ids, nas_pdu=pdu, cause=cause("radioNetwork", "xn-handover-triggered")
            )
        )
        here.says(ngap.UEContextReleaseRequest(**ids, cause=cause("radioNetwork", "user-inactivity")))
        await phone.gets(nas.GmmStatus)
        assert here.inbox.empty()
        assert ue.connected

    play(flow)


def test_nas_that_was_not_delivered_waits_for_the_path():
    """TS 24.501 5.4.4.6: after the handover it is sent again; the repetition finds nobody waiting twice."""

    async def flow(world):
        here, there, phone = await two_radios(world)
        ue = world.amf.ues.by_supi[phone.supi]
        here.phones.pop(phone.ran_id)  # it is listening to the other one already
        ue.owner.deliver(Reconfigure(new_guti=True))
        command = await here.gets(ngap.DownlinkNASTransport)
        here.says(
            ngap.NASNonDeliveryIndication(
                **phone.ids, nas_pdu=command.nas_pdu, cause=cause("radioNetwork", "xn-handover-triggered")
            )
        )
        await settle()
        assert here.inbox.empty()
        arrives(phone, there)
        await settle()
        guti = (await phone.gets(nas.ConfigurationUpdateCommand)).guti
        phone.says(nas.ConfigurationUpdateComplete())
        await settle()
        assert ue.context.guti == guti
        assert ue.context.former_gutis == ()

    play(flow)


def test_what_an_smf_wants_meanwhile_waits_for_the_path():
    """TS 23.502 4.9.1.2.1: until the acknowledgement nothing goes to the new radio."""

    async def flow(world):
        _, there, phone = await two_radios(world)
        world.smf.delay = 1
        arrives(phone, there)
        await asyncio.sleep(0.5)
        told = await world.amf.service.transfer(phone.supi, N1N2Message(pdu_session_id=1, n1=b"hello"))
        assert told is TransferCause.INITIATED
        await settle()
        assert phone.inbox.empty()
        answer = await phone.gets(nas.DlNasTransport)
        assert answer.payload_container == b"hello"
        kinds = [type(message) for message in phone.n2]
        assert kinds.index(ngap.PathSwitchRequestAcknowledge) < len(kinds) - 1

    play(flow)


def test_the_phone_speaks_through_the_new_radio_at_once():
    """Uplink NAS may come before the path is switched."""

    async def flow(world):
        _, there, phone = await two_radios(world)
        world.smf.delay = 1
        arrives(phone, there)
        phone.says(phone.registration(kind=nas.RegistrationKind.MOBILITY, follow_on=True))
        await phone.completes()
        await asyncio.sleep(2)
        assert ack(phone)

    play(flow)


def test_on_to_a_third_radio():
    """The next path switch overtakes the first, whose radio has nobody left to answer for."""

    async def flow(world):
        _, there, phone = await two_radios(world)
        third = await world.gnb(3).setup()
        world.smf.delay = 1
        arrives(phone, there)
        await asyncio.sleep(0.5)
        arrives(phone, third)
        await asyncio.sleep(3)
        assert ack(phone).security_context["nextHopChainingCount"] == 3
        assert world.smf.updates() == [N2SmType.PATH_SWITCH_REQ] * 2
        assert world.amf.ues.by_supi[phone.supi].connection.radio.name == "gnb-3"

    play(flow)


@pytest.mark.parametrize("who", ["phone", "network", "source radio", "target radio", "release"])
def test_the_end_comes_during_a_path_switch(who):
    """Deregistration by either side, the loss of either radio, an AN release: what was asked for happens, and
    nothing is left of the switch."""

    async def flow(world):
        here, there, phone = await two_radios(world)
        world.smf.delay = 1
        arrives(phone, there)
        await asyncio.sleep(0.5)
        ue = world.amf.ues.by_supi[phone.supi]
        match who:
            case "phone":
                phone.says(deregistration(phone))
            case "network":
                ue.owner.deliver(Deregister("SUBSCRIPTION_WITHDRAWN"))
            case "source radio":
                here.down()
            case "target radio":
                there.down()
            case "release":
                there.ask_release(phone)
        await asyncio.sleep(60)
        if who == "source radio":
            assert ack(phone)
            assert ue.connected
        else:
            assert not world.amf.connections
            assert ue.registered == (who not in ("phone", "network"))
        assert ue.lane.busy is False

    play(flow)


def deregistration(phone):
    return nas.DeregistrationRequest(
        deregistration_type=nas.DeregistrationType(),
        ngksi=nas.KeySetIdentifier(phone.keys.ngksi),
        mobile_identity=phone.guti,
    )


def test_a_session_is_released_during_a_path_switch():
    """Its SMF lets go while the path of another is switched: the radio is told that it is lost."""

    async def flow(world):
        _, there, phone = await two_radios(world, sessions=(1, 2))
        world.smf.delay = 1
        arrives(phone, there, switched=(1, 2))
        await asyncio.sleep(0.5)
        await world.amf.service.session_released(phone.supi, 2)
        await asyncio.sleep(5)
        message = ack(phone)
        assert [item["pDUSessionID"] for item in message.pdu_session_resource_switched_list] == [1]
        assert [item["pDUSessionID"] for item in message.pdu_session_resource_released_list_ps_ack] == [2]
        assert world.amf.ues.by_supi[phone.supi].connection.active == {1}

    play(flow)


def test_a_session_is_established_during_a_path_switch():
    """It waits for the path, and comes up at the new radio."""

    async def flow(world):
        _, there, phone = await two_radios(world)
        world.smf.delay = 1
        arrives(phone, there)
        phone.says(phone.session(2, s_nssai=SLICE))
        answer = await phone.gets(nas.DlNasTransport)
        assert answer.payload_container == b"accept"
        await asyncio.sleep(3)
        assert phone.planes == {1, 2}

    play(flow)


def test_a_radio_that_uses_an_identity_twice():
    """The phone that had it there is gone from there."""

    async def flow(world):
        _, there, phone = await two_radios(world)
        other = Phone(world, 2)
        await other.register(there, follow_on=True)
        there.next_ran_id = other.ran_id - 1 - 100 * there.number
        there.phones.pop(other.ran_id)
        arrives(phone, there)
        await settle()
        assert ack(phone)
        assert not world.amf.ues.by_supi[other.supi].connected
        assert set(world.amf.connections) == {phone.amf_id}

    play(flow)
