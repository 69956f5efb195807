"""Deregistration by the phone, by the network, by silence (TS 23.502 4.2.2.3, TS 24.501 5.5.2)."""

import asyncio

import pytest

from flows.amf.world import Phone, drain, play, settle
from pilot5g.model import Guti
from pilot5g.wire import nas
from pilot5g.wire.nas.security import SecurityHeaderType

Cause = nas.GmmCause


async def registered(world, sessions=(1,)):
    gnb = await world.gnb().setup()
    phone = Phone(world)
    await phone.register(gnb, follow_on=True)
    for psi in sessions:
        await phone.opens(psi)
    return gnb, phone


def request(phone, switch_off=False):
    return nas.DeregistrationRequest(
        deregistration_type=nas.DeregistrationType(switch_off=switch_off),
        ngksi=nas.KeySetIdentifier(phone.keys.ngksi if phone.keys else 7),
        mobile_identity=phone.guti or phone.suci,
    )


def nothing_is_left(world):
    assert not world.amf.ues.by_supi
    assert not world.amf.ues.by_tmsi
    assert not world.smf.sessions
    assert not world.udm.serving
    assert not world.pcf.leftovers()


def test_by_a_connected_phone():
    """TS 23.502 4.2.2.3.2: sessions, policy and UDM first, then the accept and the release."""

    async def flow(world):
        _, phone = await registered(world)
        phone.says(request(phone))
        await phone.gets(nas.DeregistrationAccept)
        await settle()
        assert phone.gnb is None
        nothing_is_left(world)
        assert await world.store.load("ue") == {}

    play(flow)


def test_by_an_idle_phone_that_switches_off():
    """No accept: it does not listen any more."""

    async def flow(world):
        gnb, phone = await registered(world)
        await phone.idles()
        phone.begins(gnb, request(phone, switch_off=True))
        await phone.hears_nothing(1)
        nothing_is_left(world)

    play(flow)


def test_an_unprotected_switch_off_is_ignored():
    """TS 24.501 4.4.4.3: anybody could send it."""

    async def flow(world):
        gnb, phone = await registered(world)
        thief = Phone(world, 2)
        thief.guti = phone.guti
        gnb.connect(thief, nas.encode(request(thief, switch_off=True)))
        await thief.hears_nothing(1)
        assert thief.gnb is None
        assert world.amf.ues.by_supi[phone.supi].registered

    play(flow)


def test_an_unprotected_request_is_authenticated_first():
    """TS 24.501 4.4.4.3: the owner of the subscription may go, nobody else."""

    async def flow(world):
        gnb, phone = await registered(world)
        thief = Phone(world, 2)
        thief.guti = phone.guti
        thief.begins(gnb, request(thief))
        await thief.gets(nas.AuthenticationRequest)
        thief.says(nas.AuthenticationFailure(cause=Cause.MAC_FAILURE))
        await thief.gets(nas.IdentityRequest)
        thief.says(nas.IdentityResponse(mobile_identity=phone.suci))
        await thief.authenticates()
        await thief.gets(nas.AuthenticationReject)
        assert world.amf.ues.by_supi[phone.supi].registered
        await phone.idles()
        honest = Phone(world)
        honest.begins(gnb, request(honest))
        await honest.authenticates()
        await honest.gets(nas.DeregistrationAccept)
        await settle()
        nothing_is_left(world)

    play(flow)


def test_an_unknown_phone_that_leaves_is_asked_who_it_is():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.guti = Guti(world.config.guami, 5)
        phone.begins(gnb, request(phone))
        await phone.gets(nas.IdentityRequest)
        await asyncio.sleep(31)
        assert len(drain(phone.inbox)) == 4
        assert phone.gnb is None

    play(flow)


def test_by_the_network_of_a_connected_phone():
    """TS 23.502 4.2.2.3.3, TS 24.501 5.5.2.3."""

    async def flow(world):
        _, phone = await registered(world)
        await world.udm.serving[phone.supi].deregister(phone.supi, "SUBSCRIPTION_WITHDRAWN")
        order = await phone.gets(nas.DeregistrationRequestNetwork)
        assert order.cause == Cause.SERVICES_NOT_ALLOWED
        assert not order.deregistration_type.re_registration_required
        phone.says(nas.DeregistrationAcceptNetwork())
        await settle()
        nothing_is_left(world)
        assert phone.gnb is None
        assert world.reasons()[-1].reason == "of subscription withdrawn"

    play(flow)


def test_by_the_network_of_a_silent_phone():
    """TS 24.501 5.5.2.3.5 a): T3522 expires five times."""

    async def flow(world):
        _, phone = await registered(world)
        await world.amf.service.deregister(phone.supi, "REREGISTRATION_REQUIRED")
        for _ in range(5):
            order = await phone.gets(nas.DeregistrationRequestNetwork, within=6.1)
            assert order.deregistration_type.re_registration_required
        await phone.hears_nothing(7)
        nothing_is_left(world)

    play(flow)


def test_by_the_network_of_an_idle_phone():
    """It is paged first."""

    async def flow(world):
        gnb, phone = await registered(world)
        await phone.idles()
        await world.amf.service.deregister(phone.supi, "SUBSCRIPTION_WITHDRAWN")
        await settle()
        assert gnb.paged == [phone.guti.s_tmsi]
        phone.begins(gnb, phone.service(nas.ServiceType.MOBILE_TERMINATED))
        await phone.gets(nas.ServiceAccept)
        await phone.gets(nas.DeregistrationRequestNetwork)
        phone.says(nas.DeregistrationAcceptNetwork())
        await settle()
        nothing_is_left(world)

    play(flow)


def test_by_the_network_of_a_phone_that_does_not_answer_the_paging():
    async def flow(world):
        gnb, phone = await registered(world)
        await phone.idles()
        await world.amf.service.deregister(phone.supi, "SUBSCRIPTION_WITHDRAWN")
        await asyncio.sleep(9)
        assert len(gnb.paged) == 4
        nothing_is_left(world)

    play(flow)


def test_both_deregister_at_once():
    """TS 24.501 5.5.2.3.5 b)."""

    async def flow(world):
        _, phone = await registered(world)
        await world.amf.service.deregister(phone.supi, "SUBSCRIPTION_WITHDRAWN")
        await phone.gets(nas.DeregistrationRequestNetwork)
        phone.says(request(phone))
        await phone.gets(nas.DeregistrationAccept)
        await settle()
        nothing_is_left(world)

    play(flow)


def test_an_initial_registration_goes_before_the_networks_deregistration():
    """TS 24.501 5.5.2.3.5 d)."""

    async def flow(world):
        _, phone = await registered(world)
        await world.amf.service.deregister(phone.supi, "SUBSCRIPTION_WITHDRAWN")
        await phone.gets(nas.DeregistrationRequestNetwork)
        phone.says(phone.registration(kind=nas.RegistrationKind.MOBILITY))
        await phone.hears_nothing(1)
        phone.says(phone.registration())
        await phone.completes()
        assert world.amf.ues.by_supi[phone.supi].registered

    play(flow)


def test_another_amf_has_taken_over():
    """TS 23.502 4.2.2.2.2 step 14d: nothing is said to the phone."""

    async def flow(world):
        _, phone = await registered(world)
        await phone.idles()
        await world.amf.service.deregister(phone.supi, "UE_INITIAL_REGISTRATION")
        await settle()
        nothing_is_left(world)
        await world.amf.service.deregister(phone.supi, "SUBSCRIPTION_WITHDRAWN")

    play(flow)


def test_a_repeated_request_changes_nothing():
    """TS 24.501 5.5.2.2.6: while the first is dealt with."""

    async def flow(world):
        world.ausf.delay = 2
        gnb = await world.gnb().setup()
        phone = Phone(world)
        pdu = nas.encode(request(phone))
        gnb.connect(phone, pdu)
        await settle()
        phone.amf_id = next(iter(world.amf.connections))
        phone.raw(pdu)
        await asyncio.sleep(3)
        assert len(drain(phone.inbox)) == 1
        gnb.ask_release(phone)
        await settle()

    play(flow)


def test_a_registration_during_the_deregistration_goes_first():
    """TS 24.501 5.5.2.2.6: the connection stays, and the sessions are released once."""

    async def flow(world):
        _, phone = await registered(world)
        world.smf.delay = 2
        phone.says(phone.session(2))
        phone.says(request(phone))  # waits for the session that is being made
        await asyncio.sleep(1)
        phone.says(phone.registration(follow_on=True))
        await phone.gets(nas.DlNasTransport)
        await phone.completes()
        world.smf.delay = 0
        assert phone.gnb is not None
        assert world.amf.ues.by_supi[phone.supi].registered
        assert not world.smf.sessions

    play(flow)


@pytest.mark.parametrize("header", [None, SecurityHeaderType.INTEGRITY])
def test_a_secure_connection_takes_no_unprotected_deregistration(header):
    """TS 24.501 4.4.4.3: once secure exchange is established."""

    async def flow(world):
        gnb, phone = await registered(world)
        if header is None:
            phone.raw(nas.encode(request(phone)))
        else:
            phone.raw(b"\x7e\x01\0\0\0\0\x09" + nas.encode(request(phone)))
        await phone.hears_nothing(1)
        assert world.amf.ues.by_supi[phone.supi].registered
        assert phone.gnb is gnb

    play(flow)
