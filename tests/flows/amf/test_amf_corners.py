"""Corners: answers that cross, functions that disagree, parts of messages that are missing or odd."""

import asyncio

import msgspec
import pytest

from flows.amf.world import RELEASE, SETUP, Phone, drain, play, settle
from pilot5g.core.amf.events import Page, Reconfigure
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.service.namf import N1N2Message, N2Sm, N2SmType
from pilot5g.wire import nas
from pilot5g.wire.nas.security import SecurityHeaderType
from pilot5g.wire.ngap import messages as ngap

Cause = nas.GmmCause
DATA = N1N2Message(pdu_session_id=1, n2=N2Sm(N2SmType.PDU_RES_SETUP_REQ, SETUP))


async def registered(world, sessions=(), **options):
    gnb = await world.gnb().setup()
    phone = Phone(world)
    await phone.register(gnb, follow_on=True, **options)
    for psi in sessions:
        await phone.opens(psi)
    return gnb, phone


def test_the_ausf_has_the_last_word():
    """TS 33.501 6.1.3.2 step 11: HRES* was right, RES* is not."""

    async def flow(world):
        async def confirm(context_id, response):
            world.ausf.challenges.pop(context_id)
            raise ServiceError(Problem.AUTHENTICATION_REJECTED, "RES* is wrong", "compare K")

        world.ausf.confirm = confirm
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        await phone.authenticates()
        await phone.gets(nas.AuthenticationReject)
        assert world.reasons()[0].fix == "compare K"

    play(flow)


def test_an_auts_that_the_home_network_refuses():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        await phone.gets(nas.AuthenticationRequest)
        world.ausf.problem = Problem.AUTHENTICATION_REJECTED
        phone.says(nas.AuthenticationFailure(cause=Cause.SYNCH_FAILURE, auts=b"s" * 14))
        await phone.gets(nas.AuthenticationReject)

    play(flow)


def test_a_wrong_answer_with_a_guti_gets_a_second_try_with_the_suci():
    """TS 24.501 5.4.1.3.5."""

    async def flow(world):
        gnb, phone = await registered(world)
        other = Phone(world, 2)
        other.guti = phone.guti
        other.begins(gnb, other.registration())
        await other.authenticates()
        await other.gets(nas.IdentityRequest)
        other.says(nas.IdentityResponse(mobile_identity=other.suci))
        await other.authenticates()
        await other.gets(nas.SecurityModeCommand)
        gnb.ask_release(other)
        await settle()

    play(flow)


def test_a_periodic_registration_with_lost_keys_uses_the_known_capability():
    async def flow(world):
        gnb, phone = await registered(world)
        await phone.idles()
        keys, phone.keys = phone.keys, None
        phone.request = phone.registration(kind=nas.RegistrationKind.PERIODIC)
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        command = await phone.secures()
        assert command.replayed_ue_security_capabilities == phone.capability
        await phone.completes()
        assert phone.keys.ngksi != keys.ngksi

    play(flow)


def test_what_the_phone_says_of_itself_is_kept():
    """DRX for paging; a new radio capability makes the AMF forget the old (TS 24.501 5.5.1.3.2)."""

    async def flow(world):
        gnb, phone = await registered(world, (1,), requested_drx_parameters=nas.DrxCycle.T128)
        gnb.says(
            ngap.UERadioCapabilityInfoIndication(
                **phone.ids,
                ue_radio_capability=b"radio",
                ue_radio_capability_for_paging={"uERadioCapabilityForPagingOfNR": b"paging"},
            )
        )
        await phone.idles()
        pages = []
        gnb._receive, receive = lambda m: (pages.append(m), receive(m)), gnb._receive
        await world.amf.service.transfer(phone.supi, DATA)
        await settle()
        assert pages[0].paging_drx == "v128"
        assert pages[0].ue_radio_capability_for_paging == {"uERadioCapabilityForPagingOfNR": b"paging"}
        update = nas.UpdateType(radio_capability_update=True)
        await phone.register(gnb, kind=nas.RegistrationKind.MOBILITY, update_type=update)
        assert world.amf.ues.by_supi[phone.supi].context.radio_capability is None

    play(flow)


def test_a_container_that_cannot_be_read_is_asked_for_again():
    """TS 24.501 4.4.6: security mode control with a request to send the whole again."""

    async def flow(world):
        gnb, phone = await registered(world)
        await phone.idles()
        whole = phone.registration(kind=nas.RegistrationKind.MOBILITY, requested_nssai=())
        clear = nas.initial.cleartext(whole, b"garbage that is no message")
        pdu = phone.keys.protect(nas.encode(clear), SecurityHeaderType.INTEGRITY, uplink=True)
        gnb.connect(phone, pdu)
        phone.secure = True  # the integrity of the first message has been checked (4.4.2.5)
        phone.request = phone.registration(kind=nas.RegistrationKind.MOBILITY)
        await phone.authenticates()
        command = await phone.secures()
        assert command.additional_5g_security_information.retransmission_requested
        await phone.completes()

    play(flow)


@pytest.mark.parametrize("kind", ["other", "status"])
def test_messages_in_the_middle_of_a_registration(kind):
    """TS 24.501 7.4; an answer to a repeated question is nobody's."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        challenge = await phone.authenticates()
        await phone.gets(nas.SecurityModeCommand)
        phone.answers(challenge)  # again, while the security mode runs: discarded or ignored
        await phone.hears_nothing(1)
        phone.says(
            nas.SecurityModeComplete(nas_message_container=nas.encode(phone.request)),
            SecurityHeaderType.CIPHERED_NEW_CONTEXT,
        )
        await phone.gets(nas.RegistrationAccept)
        if kind == "other":
            phone.says(nas.IdentityRequest(identity_type=nas.IdentityType.SUCI))
            assert (await phone.gets(nas.GmmStatus)).cause == 98
            phone.says(nas.AuthenticationResponse(response=b"late" * 4))
            await phone.hears_nothing(1)
        else:
            world.amf.ues.by_supi[phone.supi].owner.deliver(Reconfigure(names=True))
        phone.says(nas.RegistrationComplete())
        await settle()

    play(flow, full_name="Pilot")


def test_a_service_request_while_registering_on_another_connection():
    async def flow(world):
        gnb, phone = await registered(world, (1,))
        await phone.idles()
        phone.begins(gnb, phone.registration(kind=nas.RegistrationKind.MOBILITY))
        await phone.gets(nas.RegistrationAccept)
        phone.begins(gnb, phone.service(uplink_data_status=frozenset({1})))
        await phone.gets(nas.ServiceAccept)
        await settle()
        assert phone.planes == {1}

    play(flow)


def test_messages_in_the_middle_of_a_service_request():
    """TS 24.501 5.6.1.8 d): the same request before the accept is ignored, another replaces."""

    async def flow(world):
        gnb, phone = await registered(world, (1, 2))
        await phone.idles()
        world.smf.delay = 2
        request = phone.service(uplink_data_status=frozenset({1}))
        phone.begins(gnb, request)
        await asyncio.sleep(1)
        phone.amf_id = max(world.amf.connections)
        phone.secure = True
        phone.says(request)
        phone.says(nas.IdentityRequest(identity_type=nas.IdentityType.SUCI))
        assert (await phone.gets(nas.GmmStatus)).cause == 98
        world.amf.ues.by_supi[phone.supi].owner.deliver(Page())
        phone.says(phone.service(uplink_data_status=frozenset({2})))
        await phone.gets(nas.ServiceAccept)
        world.smf.delay = 0
        await asyncio.sleep(5)
        assert 2 in phone.planes
        assert drain(phone.inbox) == drain(asyncio.Queue())

    play(flow)


def test_messages_in_the_middle_of_a_configuration_update():
    async def flow(world):
        _, phone = await registered(world)
        await phone.gets(nas.ConfigurationUpdateCommand)
        owner = world.amf.ues.by_supi[phone.supi].owner
        owner.deliver(Reconfigure(new_guti=True, names=True))
        await phone.gets(nas.ConfigurationUpdateCommand)
        command = await phone.gets(nas.ConfigurationUpdateCommand)
        phone.says(nas.RegistrationComplete())
        owner.deliver(Page())
        owner.deliver(Reconfigure(names=True))
        phone.guti = command.guti
        phone.says(nas.ConfigurationUpdateComplete())
        assert (await phone.gets(nas.ConfigurationUpdateCommand)).full_name_for_network.text == "Pilot"
        await settle()

    play(flow, full_name="Pilot")
    play(registered_alone)


async def registered_alone(world):
    """No names: nothing is sent after the registration."""
    _, phone = await registered(world)
    await phone.hears_nothing(1)


def test_an_smf_that_no_longer_knows_a_session():
    """TS 29.502 6.1.7.3: the session is none; the phone's message comes back."""

    async def flow(world):
        _, phone = await registered(world, (1,))
        world.smf.sessions.clear()
        phone.says(
            nas.UlNasTransport(
                payload_container_type=nas.PayloadContainerType.N1_SM,
                payload_container=b"modify",
                pdu_session_id=1,
            )
        )
        assert (await phone.gets(nas.DlNasTransport)).cause == Cause.PAYLOAD_WAS_NOT_FORWARDED
        assert not world.amf.ues.by_supi[phone.supi].context.sessions

    play(flow)


def test_an_smf_that_is_gone():
    async def flow(world):
        gnb, phone = await registered(world, (1,))
        world.amf._smf_of = lambda name: None
        await phone.idles()
        phone.begins(gnb, phone.service(uplink_data_status=frozenset({1})))
        accept = await phone.gets(nas.ServiceAccept)
        assert accept.pdu_session_reactivation_result == frozenset({1})
        await settle()
        phone.says(
            nas.DeregistrationRequest(
                deregistration_type=nas.DeregistrationType(),
                ngksi=nas.KeySetIdentifier(phone.keys.ngksi),
                mobile_identity=phone.guti,
            )
        )
        await phone.gets(nas.DeregistrationAccept)
        await settle()
        assert not world.amf.ues.by_supi

    play(flow)


def test_paging_failure_that_nobody_wants_to_hear():
    async def flow(world):
        _, phone = await registered(world, (1, 2))
        await phone.idles()

        async def gone(*_):
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, "gone")

        world.smf.transfer_failed = gone
        await world.amf.service.transfer(phone.supi, DATA)
        second = msgspec.structs.replace(DATA, pdu_session_id=2)
        await world.amf.service.transfer(phone.supi, second)
        await world.amf.service.session_released(phone.supi, 2)
        await asyncio.sleep(9)
        assert world.amf.leftovers() == []

    play(flow)


def test_a_subscription_withdrawn_while_the_phone_is_paged():
    async def flow(world):
        _, phone = await registered(world, (1,))
        await phone.idles()
        await world.amf.service.transfer(phone.supi, DATA)
        await settle()
        await world.amf.service.deregister(phone.supi, "SUBSCRIPTION_WITHDRAWN")
        await asyncio.sleep(9)
        assert not world.amf.ues.by_supi
        assert not world.smf.sessions

    play(flow)


def test_a_phone_that_appears_while_it_is_implicitly_deregistered():
    async def flow(world):
        gnb, phone = await registered(world, (1,))
        await phone.idles()

        async def slow(*_):
            await asyncio.sleep(3)

        world.smf.release_sm_context, release = slow, world.smf.release_sm_context
        await world.amf.service.deregister(phone.supi, "UE_INITIAL_REGISTRATION")
        await asyncio.sleep(1)
        phone.begins(gnb, phone.service())
        await asyncio.sleep(3)
        assert phone.gnb is None
        assert not world.amf.ues.by_supi
        world.smf.release_sm_context = release

    play(flow)


def test_session_signalling_waits_while_the_context_is_set_up():
    """TS 38.413 8.3.1: a second user plane before the radio has answered for the first."""

    async def flow(world):
        gnb, phone = await registered(world, (1, 2))
        await phone.idles()
        gnb.auto = False
        phone.begins(gnb, phone.service(uplink_data_status=frozenset({1})))
        await phone.gets(nas.ServiceAccept)
        second = msgspec.structs.replace(DATA, pdu_session_id=2)
        await world.amf.service.transfer(phone.supi, second)
        await settle()
        assert phone.planes == {1}
        gnb.auto = True
        gnb.says(ngap.InitialContextSetupResponse(**phone.ids))
        await settle()
        assert phone.planes == {1, 2}

    play(flow)


def test_a_session_released_while_its_message_waits():
    async def flow(world):
        gnb, phone = await registered(world, (1,))
        await phone.idles()
        message = N1N2Message(pdu_session_id=1, n1=b"bye", n2=N2Sm(N2SmType.PDU_RES_REL_CMD, RELEASE))
        await world.amf.service.transfer(phone.supi, message)
        await world.amf.service.session_released(phone.supi, 1)
        phone.begins(gnb, phone.service())
        await phone.gets(nas.ServiceAccept)
        await phone.hears_nothing(1)

    play(flow)


def test_a_location_that_cannot_be_read_changes_nothing():
    """TS 38.413 9.2.5.3: User Location Information of Uplink NAS Transport has criticality ignore."""

    async def flow(world):
        gnb, phone = await registered(world)
        before = world.amf.ues.by_supi[phone.supi].context.tai
        n3iwf = (
            "userLocationInformationN3IWF-with-PortNumber",
            {"iPAddress": (1, 32), "portNumber": b"\0\1"},
        )
        status = nas.encode(nas.GmmStatus(cause=Cause.PROTOCOL_ERROR))
        gnb.says(
            ngap.UplinkNASTransport(
                **phone.ids,
                nas_pdu=phone.keys.protect(status, SecurityHeaderType.CIPHERED, uplink=True),
                user_location_information=n3iwf,
            )
        )
        gnb.says(
            ngap.RRCInactiveTransitionReport(
                **phone.ids, rrc_state="inactive", user_location_information=gnb.location
            )
        )
        assert world.amf.ues.by_supi[phone.supi].context.tai == before

    play(flow)


def test_a_session_message_without_its_transport_is_ignored():
    async def flow(world):
        _, phone = await registered(world)
        plain = nas.encode(nas.PduSessionReleaseComplete(pdu_session_id=1, pti=1))
        phone.raw(phone.keys.protect(plain, SecurityHeaderType.CIPHERED, uplink=True))
        await phone.hears_nothing(1)
        assert "outside of a transport" in str(world.journal.entries[-1])

    play(flow)


def test_an_amf_that_ends_in_the_middle_of_everything():
    """Its radios are let go, its phones stay in the store, no task or timer is left."""
    from flows.amf.world import World
    from pilot5g.flow.clock import run_virtual

    async def flow():
        world = World()
        async with world:
            gnb, _ = await registered(world, (1,))
            other = Phone(world, 2)
            other.begins(gnb, other.registration())
            await other.gets(nas.AuthenticationRequest)
            assert len(world.amf.leftovers()) == 2
            world.orderly = False
        assert not gnb.alive
        assert len(await world.store.load("ue")) == 1

    run_virtual(flow())
