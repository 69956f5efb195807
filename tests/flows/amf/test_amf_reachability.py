"""Idle phones: AN release, service request, paging, supervision.

TS 23.502 4.2.3 and 4.2.6, TS 24.501 5.6 and 5.3.7.
"""

import asyncio

import pytest

from flows.amf.world import PLMN, RELEASE, SETUP, Phone, drain, play, settle
from pilot5g.core.amf.events import Page
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.model import Guti, STmsi, Tai
from pilot5g.service.namf import N1N2Message, N2Sm, N2SmType, TransferCause
from pilot5g.wire import nas
from pilot5g.wire.ngap import codec
from pilot5g.wire.ngap import messages as ngap

Cause = nas.GmmCause
DATA = N1N2Message(pdu_session_id=1, n2=N2Sm(N2SmType.PDU_RES_SETUP_REQ, SETUP), five_qi=9)


async def idle(world, sessions=(1,), **gnb):
    """A registered phone with sessions, idle."""
    gnb = await world.gnb(**gnb).setup()
    phone = Phone(world)
    await phone.register(gnb, follow_on=True)
    for psi in sessions:
        await phone.opens(psi)
    await phone.idles()
    return gnb, phone


def test_an_release_turns_the_user_planes_off():
    """TS 23.502 4.2.6."""

    async def flow(world):
        _, phone = await idle(world, (1, 2))
        assert world.smf.updates()[-2:] == ["DEACTIVATED", "DEACTIVATED"]
        ue = world.amf.ues.by_supi[phone.supi]
        assert ue.registered
        assert ue.connection is None

    play(flow)


def test_a_radio_that_never_confirms_the_release():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        gnb.auto = False
        gnb.ask_release(phone)
        await settle()
        assert len(world.amf.connections) == 1
        await asyncio.sleep(11)
        assert not world.amf.connections

    play(flow)


def test_service_request_brings_the_user_planes_back():
    """TS 23.502 4.2.3.2: data of the phone; TS 33.501 A.9: the COUNT of the service request makes K_gNB."""
    from pilot5g.crypto import kdf

    async def flow(world):
        gnb, phone = await idle(world, (1, 2, 3))
        count = phone.keys.uplink_count
        phone.begins(
            gnb,
            phone.service(uplink_data_status=frozenset({1, 2}), pdu_session_status=frozenset({1, 2, 9})),
        )
        accept = await phone.gets(nas.ServiceAccept)
        assert accept.pdu_session_status == frozenset({1, 2})
        assert accept.pdu_session_reactivation_result == frozenset()
        await settle()
        assert phone.planes == {1, 2}
        assert gnb.kgnb[phone.supi] == kdf.kgnb(phone.kamf, count)
        assert world.smf.updates()[-4:] == [
            "ACTIVATING",
            "ACTIVATING",
            "PDU_RES_SETUP_RSP",
            "PDU_RES_SETUP_RSP",
        ]
        assert ("release", f"{phone.supi}/3", "PDU_SESSION_STATUS_MISMATCH") in world.smf.calls

    play(flow)


def test_a_user_plane_that_cannot_come_back_is_reported():
    """TS 24.501 5.6.1.4.1: PDU session reactivation result and its causes."""

    async def flow(world):
        gnb, phone = await idle(world)
        world.smf.problem = Problem.UPF_NOT_RESPONDING
        phone.begins(gnb, phone.service(uplink_data_status=frozenset({1, 7})))
        accept = await phone.gets(nas.ServiceAccept)
        assert accept.pdu_session_reactivation_result == frozenset({1, 7})
        assert {e.cause for e in accept.pdu_session_reactivation_result_error_cause} == {
            Cause.INSUFFICIENT_USER_PLANE_RESOURCES
        }
        await settle()

    play(flow)


def test_service_request_of_a_connected_phone():
    """TS 24.501 5.6.1.1 h: another user plane, the connection stays as it is."""

    async def flow(world):
        gnb, phone = await idle(world, (1, 2))
        phone.begins(gnb, phone.service(uplink_data_status=frozenset({1})))
        await phone.gets(nas.ServiceAccept)
        await settle()
        phone.says(phone.service(uplink_data_status=frozenset({2})))
        await phone.gets(nas.ServiceAccept)
        await settle()
        assert phone.planes == {1, 2}
        assert sum(isinstance(m, ngap.InitialContextSetupRequest) for m in phone.n2) == 2

    play(flow)


def test_service_request_of_nobody_is_9():
    """TS 24.501 5.6.1.5, 4.4.4.3."""

    async def flow(world):
        gnb, phone = await idle(world)
        stranger = Phone(world, 2)
        stranger.guti, stranger.keys = Guti(world.config.guami, 77), phone.keys
        gnb.connect(stranger, nas.encode(stranger.service()))
        stranger.keys = None
        assert (await stranger.gets(nas.ServiceReject)).cause == Cause.UE_IDENTITY_CANNOT_BE_DERIVED
        await settle()
        assert stranger.gnb is None

    play(flow)


def test_service_request_with_a_wrong_mac_leaves_the_context_alone():
    """TS 24.501 4.4.4.3."""

    async def flow(world):
        gnb, phone = await idle(world)
        pdu = bytearray(phone.keys.protect_initial(phone.service()))
        pdu[3] ^= 1
        thief = Phone(world, 2)
        gnb.connect(thief, bytes(pdu))
        assert (await thief.gets(nas.ServiceReject)).cause == Cause.UE_IDENTITY_CANNOT_BE_DERIVED
        phone.begins(gnb, phone.service())
        await phone.gets(nas.ServiceAccept)
        await settle()

    play(flow)


def test_emergency_service_is_refused():
    async def flow(world):
        gnb, phone = await idle(world)
        phone.begins(gnb, phone.service(nas.ServiceType.EMERGENCY))
        assert (await phone.gets(nas.ServiceReject)).cause == Cause.PROTOCOL_ERROR
        await settle()
        assert phone.gnb is None

    play(flow)


def test_paging_by_s_tmsi_and_its_answer():
    """TS 23.502 4.2.3.3: downlink data, paging, service request, user plane; then a new GUTI
    (TS 33.501 6.12.3)."""

    async def flow(world):
        gnb, phone = await idle(world)
        former = phone.guti
        assert await world.amf.service.transfer(phone.supi, DATA) is TransferCause.ATTEMPTING_TO_REACH_UE
        await settle()
        assert gnb.paged == [former.s_tmsi]
        phone.begins(gnb, phone.service(nas.ServiceType.MOBILE_TERMINATED), s_tmsi=former.s_tmsi)
        await phone.gets(nas.ServiceAccept)
        command = await phone.gets(nas.ConfigurationUpdateCommand)
        assert command.configuration_update_indication.acknowledgement
        assert command.guti != former
        phone.guti = command.guti
        phone.says(nas.ConfigurationUpdateComplete())
        await settle()
        assert phone.planes == {1}
        assert world.smf.updates()[-1] is N2SmType.PDU_RES_SETUP_RSP
        assert world.amf.ues.find(former) is None
        await asyncio.sleep(10)
        assert len(gnb.paged) == 1

    play(flow)


def test_unanswered_paging_is_repeated_then_the_smf_told():
    """TS 24.501 5.6.2.2.1: T3513; TS 29.518 5.2.2.3.2."""

    async def flow(world):
        gnb, phone = await idle(world)
        await world.amf.service.transfer(phone.supi, DATA)
        await asyncio.sleep(7)
        assert len(gnb.paged) == 4
        assert world.smf.calls[-1][0] != "failed"
        await asyncio.sleep(2)
        assert world.smf.calls[-1] == ("failed", phone.supi, 1, "UE_NOT_RESPONDING")
        assert world.amf.ues.by_supi[phone.supi].registered
        assert len(gnb.paged) == 4

    play(flow)


def test_a_second_transfer_while_paging_is_merged():
    async def flow(world):
        gnb, phone = await idle(world)
        await world.amf.service.transfer(phone.supi, DATA)
        await world.amf.service.transfer(phone.supi, N1N2Message(pdu_session_id=1, n1=b"hello"))
        await settle()
        phone.begins(gnb, phone.service(nas.ServiceType.DATA))
        await phone.gets(nas.ServiceAccept)
        assert (await phone.gets(nas.DlNasTransport)).payload_container == b"hello"
        await settle()
        assert phone.planes == {1}
        assert len(gnb.paged) == 1

    play(flow)


def test_paging_goes_to_the_radios_of_the_registration_area():
    async def flow(world):
        gnb, phone = await idle(world)
        same = await world.gnb(2, tac=2).setup()
        other = await world.gnb(3, tac=3).setup()
        world.amf.ues.by_supi[phone.supi].context.area = (Tai(PLMN, 1), Tai(PLMN, 2))
        await world.amf.service.transfer(phone.supi, DATA)
        await settle()
        assert (len(gnb.paged), len(same.paged), len(other.paged)) == (1, 1, 0)
        phone.begins(same, phone.service())
        await phone.gets(nas.ServiceAccept)
        await settle()

    play(flow, tais=(Tai(PLMN, 1), Tai(PLMN, 2), Tai(PLMN, 3)))


def test_paging_answered_by_a_registration():
    async def flow(world):
        gnb, phone = await idle(world)
        await world.amf.service.transfer(phone.supi, DATA)
        await settle()
        await phone.register(gnb, kind=nas.RegistrationKind.MOBILITY)
        assert phone.planes == {1}
        await asyncio.sleep(9)
        assert len(gnb.paged) == 1
        assert world.smf.calls[-1][0] != "failed"

    play(flow)


def test_n1_for_an_idle_phone_waits_for_it():
    """A network-requested release: the phone is paged, then told."""

    async def flow(world):
        gnb, phone = await idle(world)
        await world.amf.service.transfer(
            phone.supi,
            N1N2Message(pdu_session_id=1, n1=b"bye", n2=N2Sm(N2SmType.PDU_RES_REL_CMD, RELEASE)),
        )
        await settle()
        phone.begins(gnb, phone.service(nas.ServiceType.MOBILE_TERMINATED))
        await phone.gets(nas.ServiceAccept)
        kinds = {type(m) for m in [await phone.gets(nas.GmmMessage), await phone.gets(nas.GmmMessage)]}
        assert kinds == {nas.DlNasTransport, nas.ConfigurationUpdateCommand}
        phone.says(nas.ConfigurationUpdateComplete())
        await settle()

    play(flow)


def test_downlink_data_while_the_release_is_not_confirmed():
    """What arrives in between is not lost: the phone is paged once it is idle."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        await phone.opens(1)
        gnb.auto = False
        gnb.ask_release(phone)
        await settle()
        answer = await world.amf.service.transfer(phone.supi, DATA)
        assert answer is TransferCause.ATTEMPTING_TO_REACH_UE
        await settle()
        assert not gnb.paged
        gnb.auto = True
        gnb.says(ngap.UEContextReleaseComplete(**phone.ids))
        gnb.forget(phone)
        await settle()
        assert gnb.paged == [phone.guti.s_tmsi]
        phone.begins(gnb, phone.service())
        await phone.gets(nas.ServiceAccept)
        await settle()
        assert phone.planes == {1}

    play(flow)


def test_a_new_guti_that_is_never_confirmed_leaves_both_valid():
    """TS 24.501 5.4.4.6 b)."""

    async def flow(world):
        gnb, phone = await idle(world)
        former = phone.guti
        await world.amf.service.transfer(phone.supi, DATA)
        phone.begins(gnb, phone.service(nas.ServiceType.MOBILE_TERMINATED))
        await phone.gets(nas.ServiceAccept)
        await asyncio.sleep(31)
        commands = drain(phone.inbox)
        assert len(commands) == 5
        ue = world.amf.ues.find(former)
        assert ue is world.amf.ues.find(commands[0].guti)

    play(flow)


def test_a_service_request_during_the_configuration_update_goes_first():
    """TS 24.501 5.4.4.6 e)."""

    async def flow(world):
        gnb, phone = await idle(world, (1, 2))
        await world.amf.service.transfer(phone.supi, DATA)
        phone.begins(gnb, phone.service(nas.ServiceType.MOBILE_TERMINATED))
        await phone.gets(nas.ServiceAccept)
        await phone.gets(nas.ConfigurationUpdateCommand)
        phone.says(phone.service(uplink_data_status=frozenset({2})))
        await phone.gets(nas.ServiceAccept)
        await settle()
        assert phone.planes == {1, 2}

    play(flow)


def test_radio_link_failure_and_return_on_another_gnb():
    """The phone is back before its old radio has noticed: the old connection is released."""

    async def flow(world):
        gnb = await world.gnb().setup()
        other = await world.gnb(2).setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        await phone.opens(1)
        old = phone.ids
        phone.begins(other, phone.service(uplink_data_status=frozenset({1})))
        await phone.gets(nas.ServiceAccept)
        command = await gnb.gets(ngap.UEContextReleaseCommand)
        assert command.cause == ("radioNetwork", "release-due-to-cn-detected-mobility")
        gnb.says(ngap.UEContextReleaseComplete(**old))
        await settle()
        assert len(world.amf.connections) == 1
        assert world.smf.updates() == ["PDU_RES_SETUP_RSP", "DEACTIVATED", "ACTIVATING", "PDU_RES_SETUP_RSP"]

    play(flow)


def test_same_service_request_again_after_the_accept():
    """TS 24.501 5.6.1.8 d)."""

    async def flow(world):
        gnb, phone = await idle(world)
        gnb.auto = False
        request = phone.service(uplink_data_status=frozenset({1}))
        phone.begins(gnb, request)
        await phone.gets(nas.ServiceAccept)
        gnb.auto = True
        gnb.says(ngap.InitialContextSetupResponse(**phone.ids))
        await settle()
        phone.says(request)
        await phone.gets(nas.ServiceAccept)
        await settle()

    play(flow)


def test_mobile_reachable_then_implicit_deregistration():
    """TS 24.501 5.3.7: T3512 and 4 minutes, then as long again as the implicit timer runs."""

    async def flow(world):
        gnb, phone = await idle(world)
        await asyncio.sleep(3600 + 239)
        await world.amf.service.transfer(phone.supi, DATA)
        await asyncio.sleep(10)
        with pytest.raises(ServiceError) as refused:
            await world.amf.service.transfer(phone.supi, DATA)
        assert refused.value.problem is Problem.UE_NOT_REACHABLE
        await asyncio.sleep(235)
        assert not world.amf.ues.by_supi
        assert not world.smf.sessions
        assert not world.pcf.leftovers()
        assert not world.udm.serving
        phone.begins(gnb, phone.service())
        assert (await phone.gets(nas.ServiceReject)).cause == Cause.IMPLICITLY_DEREGISTERED
        phone.guti = None
        await phone.register(gnb, known=False)

    play(flow)


def test_a_periodic_registration_in_time_keeps_it_reachable():
    async def flow(world):
        gnb, phone = await idle(world)
        for _ in range(4):
            await asyncio.sleep(3600)
            await phone.register(gnb, kind=nas.RegistrationKind.PERIODIC, pdu_session_status=frozenset({1}))
        ue = world.amf.ues.by_supi[phone.supi]
        assert ue.reachable
        assert 1 in ue.context.sessions

    play(flow)


def test_somebody_elses_s_tmsi_is_nobody():
    async def flow(world):
        _, phone = await idle(world)
        guti = phone.guti
        assert world.amf.ues.find(STmsi(9, 9, guti.tmsi)) is None
        assert world.amf.ues.find(Guti(world.config.guami, guti.tmsi)) is not None

    play(flow)


@pytest.mark.parametrize(("levels", "priority"), [((8, 9), None), ((15, 2), "priolevel2"), ((None,), None)])
def test_paging_priority_is_that_of_the_most_urgent_session(levels, priority):
    """TS 23.501 5.4.3.3, TS 38.413 9.3.1.78."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        psis = range(1, len(levels) + 1)
        for psi in psis:
            await phone.opens(psi)
        await phone.idles()
        seen, send = [], gnb.send

        def watched(data, stream):
            message = codec.decode(data)
            if isinstance(message, ngap.Paging):
                seen.append(message.paging_priority)
            send(data, stream)

        gnb.send = watched
        gsm = N2Sm(N2SmType.PDU_RES_SETUP_REQ, SETUP)
        ue = world.amf.ues.by_supi[phone.supi]
        ue.pending = {
            psi: N1N2Message(pdu_session_id=psi, n2=gsm, arp=level)
            for psi, level in zip(psis, levels, strict=True)
        }
        ue.owner.deliver(Page())
        await settle()
        assert seen == [priority]
        phone.begins(gnb, phone.service(nas.ServiceType.MOBILE_TERMINATED))
        await phone.gets(nas.ServiceAccept)

    play(flow)


@pytest.mark.parametrize("kind", [each for each in nas.ServiceType if each not in (3, 4)])
def test_a_service_request_of_every_type(kind):
    """TS 24.501 9.11.3.50: uplink data status, session status and reactivation result with each of them;
    emergency services are elsewhere, and unused values mean signalling or data."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        await phone.opens(1)
        await phone.opens(2)
        await phone.idles()
        request = phone.service(
            kind,
            uplink_data_status=frozenset({1}),
            pdu_session_status=frozenset({1}),
            allowed_pdu_session_status=frozenset({1}),
        )
        phone.begins(gnb, request)
        accept = await phone.gets(nas.ServiceAccept)
        assert accept.pdu_session_status == {1}
        assert accept.pdu_session_reactivation_result == frozenset()
        await settle()
        assert phone.planes == {1}
        assert len(world.smf.sessions) == 1

    play(flow)
