"""The abnormal cases of TS 24.501 on the network side, each named for its clause and letter.

Those that need more than a ladder are elsewhere: `test_amf_registration`, `test_amf_deregistration`,
`test_amf_reachability`, `test_amf_reauthentication`; the conformance page says where.
"""

import asyncio

import pytest

from flows.amf.world import SETUP, SLICE, Phone, World, drain, play, settle
from pilot5g.core.amf.events import Deregister, Reconfigure
from pilot5g.model import Guti
from pilot5g.service.namf import N1N2Message, N2Sm, N2SmType
from pilot5g.service.nausf import AuthResult, EapContext, EapSession
from pilot5g.wire import nas
from pilot5g.wire.nas.security import SecurityHeaderType

MOBILITY = nas.RegistrationKind.MOBILITY


async def registered(world: World, psis=(), **options):
    gnb = await world.gnb().setup()
    phone = Phone(world)
    await phone.register(gnb, **({"follow_on": True} | options))
    for psi in psis:
        await phone.opens(psi)
    return gnb, phone


async def begun(world: World, until):
    """A first registration, up to the message that the AMF waits for."""
    gnb = await world.gnb().setup()
    phone = Phone(world)
    phone.request = phone.registration(follow_on=True)
    phone.begins(gnb, phone.request)
    if until is nas.SecurityModeCommand:
        await phone.authenticates()
    await phone.gets(until)
    return gnb, phone


def leaving(phone, *, switch_off=False):
    return nas.DeregistrationRequest(
        deregistration_type=nas.DeregistrationType(switch_off=switch_off),
        ngksi=nas.KeySetIdentifier(phone.keys.ngksi if phone.keys else 7),
        mobile_identity=phone.guti or phone.suci,
    )


def of(world, phone):
    return world.amf.ues.by_supi[phone.supi]


async def lost(phone):
    """Lower layer failure: the radio has lost the phone."""
    phone.gnb.ask_release(phone, ("radioNetwork", "radio-connection-with-ue-lost"))
    await settle()
    assert phone.gnb is None
    drain(phone.inbox)


# -- 5.4.1.2.4.4: EAP message reliable transport


class Server:
    """An EAP server that says what it is given."""

    def __init__(self, world, *results):
        self.world, self.results = world, list(results)
        self.heard, self.abandoned = [], []
        world.ausf.authenticate, world.ausf.eap = self.authenticate, self.eap
        world.ausf.abandon = self.abandon

    async def authenticate(self, info):
        return EapContext("1", b"\1\1\0\5\x32")

    async def eap(self, context_id, response):
        self.heard.append(response)
        return self.results.pop(0)

    async def abandon(self, context_id):
        self.abandoned.append(context_id)


def test_5_4_1_2_4_4_a_t3560_expires():
    async def flow(world):
        server = Server(world)
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        for _ in range(5):
            request = await phone.gets(nas.AuthenticationRequest)
            assert request.eap_message == b"\1\1\0\5\x32"
        await phone.hears_nothing(7)
        assert phone.gnb is None
        assert server.abandoned == ["1"]

    play(flow)


def test_5_4_1_2_4_4_a_lower_layer_failure():
    async def flow(world):
        server = Server(world)
        _, phone = await begun(world, nas.AuthenticationRequest)
        await lost(phone)
        assert server.abandoned == ["1"]

    play(flow)


def test_5_4_1_2_2_eap_messages_to_and_fro_until_a_failure():
    async def flow(world):
        server = Server(
            world,
            EapSession(result=AuthResult.ONGOING, message=b"\1\2\0\5\x32"),
            EapSession(result=AuthResult.FAILURE, message=b"\4\2\0\4", reason="as ordered", fix="order"),
        )
        _, phone = await begun(world, nas.AuthenticationRequest)
        phone.says(nas.AuthenticationResponse(eap_message=b"\2\1\0\5\x32"))
        assert (await phone.gets(nas.AuthenticationRequest)).eap_message == b"\1\2\0\5\x32"
        phone.says(nas.AuthenticationResponse())  # without its EAP message
        reject = await phone.gets(nas.AuthenticationReject)
        assert reject.eap_message == b"\4\2\0\4"
        assert server.heard == [b"\2\1\0\5\x32", b""]
        await settle()
        assert phone.gnb is None

    play(flow)


def test_5_4_1_2_4_an_authentication_failure_ends_eap():
    async def flow(world):
        server = Server(world)
        _, phone = await begun(world, nas.AuthenticationRequest)
        phone.says(nas.AuthenticationFailure(cause=nas.GmmCause.MAC_FAILURE))
        assert (await phone.gets(nas.AuthenticationReject)).eap_message is None
        await settle()
        assert server.abandoned == ["1"]

    play(flow)


# -- 5.4.1.3.7: 5G AKA


@pytest.mark.parametrize(
    "cause", [nas.GmmCause.MAC_FAILURE, nas.GmmCause.NON_5G_AUTHENTICATION_UNACCEPTABLE], ids=["c", "d"]
)
def test_5_4_1_3_7_c_and_d_the_challenge_is_not_acceptable(cause):
    """To a SUCI there is nothing more to ask: the phone is rejected."""

    async def flow(world):
        _, phone = await begun(world, nas.AuthenticationRequest)
        phone.says(nas.AuthenticationFailure(cause=cause))
        await phone.gets(nas.AuthenticationReject)
        await settle()
        assert phone.gnb is None
        assert phone.supi not in world.amf.ues.by_supi

    play(flow)


def test_5_4_1_3_7_e_the_key_set_identifier_is_in_use():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        first = await phone.gets(nas.AuthenticationRequest)
        phone.says(nas.AuthenticationFailure(cause=nas.GmmCause.NGKSI_ALREADY_IN_USE))
        second = await phone.gets(nas.AuthenticationRequest)
        assert (second.rand, second.autn) == (first.rand, first.autn)
        assert second.ngksi != first.ngksi
        phone.answers(second)
        await phone.secures()
        await phone.completes()

    play(flow)


def test_5_4_1_3_7_f_synchronisation_is_lost():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        await phone.gets(nas.AuthenticationRequest)
        phone.says(nas.AuthenticationFailure(cause=nas.GmmCause.SYNCH_FAILURE, auts=bytes(14)))
        challenge = await phone.gets(nas.AuthenticationRequest)
        assert world.ausf.calls[-1].resynchronisation.auts == bytes(14)
        phone.answers(challenge)
        await phone.secures()
        await phone.completes()

    play(flow)


# -- 5.4.2.7: security mode control


def test_5_4_2_7_a_lower_layer_failure():
    """The keys are in use nowhere: the next registration authenticates."""

    async def flow(world):
        gnb, phone = await begun(world, nas.SecurityModeCommand)
        await lost(phone)
        assert phone.supi not in world.amf.ues.by_supi
        phone.keys = None
        phone.request = phone.registration(follow_on=True)
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.secures()
        await phone.completes()

    play(flow)


def test_5_4_2_7_b_t3560_expires():
    async def flow(world):
        _, phone = await begun(world, nas.SecurityModeCommand)
        for _ in range(4):
            await phone.gets(nas.SecurityModeCommand)
        await phone.hears_nothing(7)
        assert phone.gnb is None

    play(flow)


@pytest.mark.parametrize("what", ["registration", "deregistration"])
def test_5_4_2_7_c_collision_with_what_the_phone_begins(what):
    """It is aborted, and the phone's procedure goes on."""

    async def flow(world):
        _, phone = await begun(world, nas.SecurityModeCommand)
        phone.keys, phone.secure = None, False
        if what == "registration":
            phone.request = phone.registration(follow_on=True, requested_nssai=(SLICE,))
            phone.says(phone.request)
            await phone.authenticates()
            await phone.secures()
            await phone.completes()
        else:
            phone.says(leaving(phone))
            await phone.authenticates()
            await phone.gets(nas.DeregistrationAccept)
            await settle()
            assert phone.gnb is None

    play(flow)


def test_5_4_2_7_d_other_procedures_go_on_beside_it():
    async def flow(world):
        _, phone = await begun(world, nas.SecurityModeCommand)
        phone.says(nas.GmmStatus(cause=nas.GmmCause.PROTOCOL_ERROR), None)
        phone.says(nas.IdentityResponse(mobile_identity=phone.suci), None)
        await phone.hears_nothing(1)
        phone.says(
            nas.SecurityModeComplete(nas_message_container=nas.encode(phone.request)),
            SecurityHeaderType.CIPHERED_NEW_CONTEXT,
        )
        await phone.completes()

    play(flow)


# -- 5.4.3.6: identification


async def asked(world: World):
    """A phone with a temporary identity that nobody knows is asked who it is."""
    gnb = await world.gnb().setup()
    phone = Phone(world)
    phone.guti = Guti(world.config.guami, 0xDEADBEEF)
    phone.request = phone.registration(follow_on=True)
    phone.begins(gnb, phone.request)
    await phone.gets(nas.IdentityRequest)
    return gnb, phone


def test_5_4_3_6_a_lower_layer_failure():
    async def flow(world):
        _, phone = await asked(world)
        await lost(phone)
        assert not world.amf.connections

    play(flow)


def test_5_4_3_6_b_t3570_expires():
    async def flow(world):
        _, phone = await asked(world)
        for _ in range(4):
            await phone.gets(nas.IdentityRequest)
        await phone.hears_nothing(7)
        assert phone.gnb is None

    play(flow)


@pytest.mark.parametrize("differs", [False, True])
def test_5_4_3_6_c_collision_with_an_initial_registration(differs):
    """The same request: identification goes on. Another: it is aborted for that one."""

    async def flow(world):
        _, phone = await asked(world)
        if differs:
            phone.guti = None
            phone.request = phone.registration(follow_on=True)
            phone.says(phone.request)
        else:
            phone.says(nas.initial.cleartext(phone.request))
            await phone.hears_nothing(1)
            phone.says(nas.IdentityResponse(mobile_identity=phone.suci))
        await phone.authenticates()
        await phone.secures()
        await phone.completes()

    play(flow)


def test_5_4_3_6_d_collision_with_a_deregistration():
    async def flow(world):
        _, phone = await asked(world)
        phone.guti = None
        phone.says(leaving(phone))
        await phone.authenticates()
        await phone.gets(nas.DeregistrationAccept)
        await settle()

    play(flow)


# -- 5.4.4.6: generic UE configuration update


async def updating(world: World):
    gnb, phone = await registered(world)
    of(world, phone).owner.deliver(Reconfigure(new_guti=True))
    command = await phone.gets(nas.ConfigurationUpdateCommand)
    return gnb, phone, command


def test_5_4_4_6_a_t3555_expires():
    """Both 5G-GUTIs are valid."""

    async def flow(world):
        gnb, phone, command = await updating(world)
        for _ in range(4):
            await phone.gets(nas.ConfigurationUpdateCommand)
        await phone.hears_nothing(7)
        assert world.amf.ues.find(phone.guti) is world.amf.ues.find(command.guti) is of(world, phone)
        await phone.idles()
        await phone.register(gnb)

    play(flow)


def test_5_4_4_6_b_lower_layer_failure():
    async def flow(world):
        gnb, phone, command = await updating(world)
        await lost(phone)
        assert world.amf.ues.find(phone.guti) is world.amf.ues.find(command.guti) is of(world, phone)
        phone.guti = command.guti
        await phone.register(gnb)

    play(flow)


def test_5_4_4_6_c_collision_with_a_deregistration():
    async def flow(world):
        _, phone, _ = await updating(world)
        phone.says(leaving(phone))
        await phone.gets(nas.DeregistrationAccept)
        await settle()
        assert phone.supi not in world.amf.ues.by_supi

    play(flow)


def test_5_4_4_6_d_collision_with_a_registration():
    async def flow(world):
        _, phone, _ = await updating(world)
        phone.says(phone.registration(MOBILITY, follow_on=True))
        await phone.completes()
        assert world.amf.ues.find(phone.guti) is of(world, phone)

    play(flow)


def test_5_4_4_6_e_collision_with_a_service_request():
    async def flow(world):
        _, phone, _ = await updating(world)
        phone.says(phone.service())
        await phone.gets(nas.ServiceAccept)
        await settle()

    play(flow)


# -- 5.5.1.2.8: initial registration


def test_5_5_1_2_8_a_lower_layer_failure():
    """After the accept: the phone is registered, and both its identities are good."""

    async def flow(world):
        gnb, phone = await begun(world, nas.SecurityModeCommand)
        phone.says(
            nas.SecurityModeComplete(nas_message_container=nas.encode(phone.request)),
            SecurityHeaderType.CIPHERED_NEW_CONTEXT,
        )
        phone.guti = (await phone.gets(nas.RegistrationAccept)).guti
        await lost(phone)
        assert of(world, phone).registered
        await phone.register(gnb)

    play(flow)


def test_5_5_1_2_8_b_protocol_error():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        gnb.connect(phone, bytes.fromhex("7e004171"))
        assert (await phone.gets(nas.RegistrationReject)).cause == 96
        await settle()

    play(flow)


async def accepted(world: World):
    """An initial registration up to its accept."""
    gnb, phone = await begun(world, nas.SecurityModeCommand)
    phone.says(
        nas.SecurityModeComplete(nas_message_container=nas.encode(phone.request)),
        SecurityHeaderType.CIPHERED_NEW_CONTEXT,
    )
    return gnb, phone, await phone.gets(nas.RegistrationAccept)


def test_5_5_1_2_8_c_t3550_expires():
    async def flow(world):
        _, phone, accept = await accepted(world)
        for _ in range(4):
            assert (await phone.gets(nas.RegistrationAccept)).guti == accept.guti
        await phone.hears_nothing(7)
        assert of(world, phone).registered
        assert world.amf.ues.find(accept.guti) is of(world, phone)

    play(flow)


@pytest.mark.parametrize("differs", [False, True])
def test_5_5_1_2_8_d_another_request_after_the_accept(differs):
    async def flow(world):
        _, phone, accept = await accepted(world)
        phone.guti = None
        again = phone.registration(follow_on=True, requested_nssai=(SLICE,)) if differs else phone.request
        phone.says(again)
        second = await phone.gets(nas.RegistrationAccept)
        assert (second.guti != accept.guti) is differs
        phone.guti = second.guti
        phone.says(nas.RegistrationComplete())
        await settle()

    play(flow)


@pytest.mark.parametrize("differs", [False, True])
def test_5_5_1_2_8_e_another_request_before_the_accept(differs):
    """The same: it is ignored. Another: the first is abandoned for it."""

    async def flow(world):
        _, phone = await begun(world, nas.AuthenticationRequest)
        if differs:
            phone.request = phone.registration(follow_on=False)
        phone.says(nas.initial.cleartext(phone.request))
        if differs:
            await phone.authenticates()
            await phone.secures()
            await phone.completes()
        else:
            await phone.hears_nothing(3)
        assert world.ausf.count == 1 + differs

    play(flow)


def test_5_5_1_2_8_f_an_initial_registration_of_a_registered_phone():
    """It begins anew: the sessions are gone, the keys may stay."""

    async def flow(world):
        gnb, phone = await registered(world, (1, 2))
        await phone.idles()
        await phone.register(gnb, follow_on=True)
        await settle()
        assert world.smf.sessions == {}
        assert of(world, phone).context.sessions == {}

    play(flow)


def test_5_5_1_2_8_h_a_deregistration_before_the_completion():
    async def flow(world):
        _, phone, accept = await accepted(world)
        phone.guti = accept.guti
        phone.says(leaving(phone))
        await phone.gets(nas.DeregistrationAccept)
        await settle()
        assert phone.supi not in world.amf.ues.by_supi

    play(flow)


def test_5_5_1_2_8_security_capabilities_that_cannot_be():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.capability = nas.UeSecurityCapability.of([0], [0])
        phone.begins(gnb, phone.registration())
        reject = await phone.gets(nas.RegistrationReject)
        assert reject.cause == nas.GmmCause.UE_SECURITY_CAPABILITIES_MISMATCH
        await settle()

    play(flow)


# -- 5.5.1.3.8: mobility and periodic registration update


def test_5_5_1_3_8_a_lower_layer_failure():
    """Both 5G-GUTIs are valid, the registration stands."""

    async def flow(world):
        gnb, phone = await registered(world, (1,))
        await phone.idles()
        phone.begins(gnb, phone.registration(MOBILITY, follow_on=True, pdu_session_status=frozenset({1})))
        accept = await phone.gets(nas.RegistrationAccept)
        await lost(phone)
        ue = of(world, phone)
        assert ue.registered
        assert world.amf.ues.find(phone.guti) is world.amf.ues.find(accept.guti) is ue
        assert set(ue.context.sessions) == {1}

    play(flow)


def test_5_5_1_3_8_c_t3550_expires():
    async def flow(world):
        gnb, phone = await registered(world)
        await phone.idles()
        phone.begins(gnb, phone.registration(MOBILITY, follow_on=True))
        for _ in range(5):
            accept = await phone.gets(nas.RegistrationAccept)
        await phone.hears_nothing(7)
        assert of(world, phone).registered
        assert world.amf.ues.find(phone.guti) is world.amf.ues.find(accept.guti)

    play(flow)


@pytest.mark.parametrize("differs", [False, True])
def test_5_5_1_3_8_d_another_request_after_the_accept(differs):
    """The same again: the accept is sent again. Another: it is served instead."""

    async def flow(world):
        gnb, phone = await registered(world)
        await phone.idles()
        request = phone.registration(MOBILITY, follow_on=True)
        phone.begins(gnb, request)
        first = await phone.gets(nas.RegistrationAccept)
        again = phone.registration(MOBILITY, follow_on=True, requested_nssai=(SLICE,)) if differs else request
        phone.says(again)
        second = await phone.gets(nas.RegistrationAccept)
        assert (second.guti != first.guti) is differs
        phone.guti = second.guti
        phone.says(nas.RegistrationComplete())
        await settle()

    play(flow)


@pytest.mark.parametrize("differs", [False, True])
def test_5_5_1_3_8_e_another_request_before_the_accept(differs):
    async def flow(world):
        gnb, phone = await registered(world, (1,))
        await phone.idles()
        world.smf.delay = 2
        request = phone.registration(MOBILITY, follow_on=True, uplink_data_status=frozenset({1}))
        phone.begins(gnb, request)
        await settle()
        phone.amf_id, phone.secure = max(world.amf.connections), True
        phone.says(phone.registration(MOBILITY, follow_on=True) if differs else request)
        await phone.completes()
        await phone.hears_nothing(5)

    play(flow)


def test_5_5_1_3_8_g_a_deregistration_before_the_completion():
    async def flow(world):
        gnb, phone = await registered(world, (1,))
        await phone.idles()
        phone.begins(gnb, phone.registration(MOBILITY, follow_on=True))
        await phone.gets(nas.RegistrationAccept)
        phone.says(leaving(phone))
        await phone.gets(nas.DeregistrationAccept)
        await settle()
        assert phone.supi not in world.amf.ues.by_supi
        assert world.smf.sessions == {}

    play(flow)


# -- 5.5.2.2.7: deregistration by the phone


def test_5_5_2_2_7_lower_layer_failure():
    """It is deregistered whether it hears the accept or not."""

    async def flow(world):
        _, phone = await registered(world, (1,))
        release = world.smf.release_sm_context

        async def slowly(ref, why):
            await asyncio.sleep(2)
            await release(ref, why)

        world.smf.release_sm_context = slowly
        phone.says(leaving(phone))
        await settle()
        phone.gnb.ask_release(phone, ("radioNetwork", "radio-connection-with-ue-lost"))
        await phone.hears_nothing(5)
        assert phone.supi not in world.amf.ues.by_supi
        assert world.smf.calls[-1][0] == "release"

    play(flow)


# -- 5.5.2.3.5: deregistration by the network


async def sent_away(world: World, psis=()):
    gnb, phone = await registered(world, psis)
    of(world, phone).owner.deliver(Deregister("SUBSCRIPTION_WITHDRAWN"))
    await phone.gets(nas.DeregistrationRequestNetwork)
    return gnb, phone


def test_5_5_2_3_5_a_t3522_expires():
    async def flow(world):
        _, phone = await sent_away(world)
        for _ in range(4):
            await phone.gets(nas.DeregistrationRequestNetwork)
        await phone.hears_nothing(7)
        assert phone.supi not in world.amf.ues.by_supi

    play(flow)


def test_5_5_2_3_5_lower_layer_failure():
    async def flow(world):
        _, phone = await sent_away(world)
        await lost(phone)
        assert phone.supi not in world.amf.ues.by_supi

    play(flow)


@pytest.mark.parametrize("switch_off", [False, True])
def test_5_5_2_3_5_both_at_once(switch_off):
    async def flow(world):
        _, phone = await sent_away(world)
        phone.says(leaving(phone, switch_off=switch_off))
        if not switch_off:
            await phone.gets(nas.DeregistrationAccept)
        await settle()
        assert phone.supi not in world.amf.ues.by_supi

    play(flow)


def test_5_5_2_3_5_d_an_initial_registration_goes_first():
    async def flow(world):
        _, phone = await sent_away(world)
        phone.says(phone.registration(follow_on=True))
        await phone.completes()
        assert of(world, phone).registered

    play(flow)


@pytest.mark.parametrize("what", ["mobility", "service"])
def test_5_5_2_3_5_e_and_f_updates_and_service_requests_are_not_heard(what):
    async def flow(world):
        _, phone = await sent_away(world)
        phone.says(phone.registration(MOBILITY) if what == "mobility" else phone.service())
        await phone.hears_nothing(1)
        phone.says(nas.DeregistrationAcceptNetwork())
        await settle()
        assert phone.supi not in world.amf.ues.by_supi

    play(flow)


# -- 5.6.1.8: service request


async def serving(world: World):
    """A service request that an SMF lets wait."""
    gnb, phone = await registered(world, (1,))
    await phone.idles()
    world.smf.delay = 2
    request = phone.service(uplink_data_status=frozenset({1}))
    phone.begins(gnb, request)
    await settle()
    phone.amf_id, phone.secure = max(world.amf.connections), True
    return gnb, phone, request


def test_5_6_1_8_a_lower_layer_failure():
    async def flow(world):
        gnb, phone, _ = await serving(world)
        gnb.ask_release(phone, ("radioNetwork", "radio-connection-with-ue-lost"))
        await phone.hears_nothing(5)
        world.smf.delay = 0
        assert of(world, phone).registered
        phone.begins(gnb, phone.service(uplink_data_status=frozenset({1})))
        await phone.gets(nas.ServiceAccept)
        await settle()
        assert phone.planes == {1}

    play(flow)


def test_5_6_1_8_more_than_one_request():
    async def flow(world):
        _, phone, request = await serving(world)
        phone.says(request)
        await phone.gets(nas.ServiceAccept)
        await phone.hears_nothing(5)

    play(flow)


def test_5_6_1_8_a_registration_before_the_accept():
    async def flow(world):
        _, phone, _ = await serving(world)
        phone.says(phone.registration(MOBILITY, follow_on=True))
        await phone.completes()
        await phone.hears_nothing(5)

    play(flow)


def test_5_6_1_8_a_deregistration_before_the_accept():
    async def flow(world):
        _, phone, _ = await serving(world)
        phone.says(leaving(phone))
        await phone.gets(nas.DeregistrationAccept)
        await phone.hears_nothing(5)
        assert phone.supi not in world.amf.ues.by_supi

    play(flow)


# -- 5.6.2.2.2: paging


@pytest.mark.parametrize("what", ["registration", "deregistration"])
def test_5_6_2_2_2_paging_meets_what_the_phone_begins(what):
    """T3513 is stopped, and the phone's procedure goes on."""

    async def flow(world):
        gnb, phone = await registered(world, (1,))
        await phone.idles()
        await world.amf.service.transfer(
            phone.supi, N1N2Message(pdu_session_id=1, n2=N2Sm(N2SmType.PDU_RES_SETUP_REQ, SETUP))
        )
        await settle()
        assert gnb.paged == [phone.guti.s_tmsi]
        if what == "registration":
            phone.begins(gnb, phone.registration(MOBILITY))
            await phone.completes()
            assert phone.planes == {1}
        else:
            phone.begins(gnb, leaving(phone))
            await phone.gets(nas.DeregistrationAccept)
            await settle()
        await phone.hears_nothing(20)
        assert len(gnb.paged) == 1

    play(flow)
