"""A registered phone authenticates anew, its radio is re-keyed, algorithms change (TS 33.501 6.1.2, 6.7.1,
6.9.4.4; TS 24.501 5.4.1.3.7, 5.4.2)."""

import msgspec
import pytest

from flows.amf.world import Phone, World, play, settle
from pilot5g.crypto import kdf
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.wire import nas
from pilot5g.wire.nas.security import SecurityHeaderType
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause


async def connected(world: World, psis=()):
    """A phone that is registered and connected."""
    gnb = await world.gnb().setup()
    phone = Phone(world)
    await phone.register(gnb, follow_on=True)
    for psi in psis:
        await phone.opens(psi)
    return gnb, phone


def rekeyings(phone):
    return [message for message in phone.n2 if isinstance(message, ngap.UEContextModificationRequest)]


async def modified(gnb, phone):
    gnb.says(ngap.UEContextModificationResponse(**phone.ids))
    await settle()


async def proves(phone):
    """Authentication and security mode of a phone that has keys already."""
    await phone.authenticates()
    command = await phone.gets(nas.SecurityModeCommand)
    phone.says(nas.SecurityModeComplete(), SecurityHeaderType.CIPHERED_NEW_CONTEXT)
    await settle()
    return command


def test_new_keys_for_phone_and_radio():
    """The radio's K_gNB comes from the new K_AMF and the COUNT of the completion."""

    async def flow(world):
        gnb, phone = await connected(world, (1,))
        first = phone.keys.ngksi
        world.amf.operation.authenticate(phone.supi)
        await settle()
        command = await proves(phone)
        assert command.ngksi.value != first
        assert not command.additional_5g_security_information.retransmission_requested
        (request,) = rekeyings(phone)
        kgnb = kdf.kgnb(phone.kamf, 0)
        assert request.security_key[0].to_bytes(32, "big") == kgnb
        await modified(gnb, phone)
        assert not world.amf.ues.by_supi[phone.supi].owner.busy
        phone.says(phone.session(2))
        await phone.gets(nas.DlNasTransport)

    play(flow)


def test_a_radio_without_a_context_needs_no_new_keys():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        gnb.auto = False
        phone.request = phone.registration(follow_on=False)
        phone.begins(gnb, phone.request, context=False)
        await phone.authenticates()
        await phone.secures()
        await phone.gets(nas.RegistrationAccept)
        phone.says(nas.RegistrationComplete())
        await settle()
        assert rekeyings(phone) == []
        gnb.auto = True
        world.orderly = False

    play(flow)


def test_a_radio_that_refuses_loses_the_phone():
    async def flow(world):
        gnb, phone = await connected(world)
        world.amf.operation.authenticate(phone.supi)
        await settle()
        await proves(phone)
        gnb.says(
            ngap.UEContextModificationFailure(
                **phone.ids, cause=cause("radioNetwork", "failure-in-radio-interface-procedure")
            )
        )
        await settle()
        assert phone.gnb is None
        assert world.amf.ues.by_supi[phone.supi].registered
        entry = world.reasons()[-1]
        assert entry.what == "UE Context Modification"
        assert entry.fix
        await phone.register(gnb)  # with the new keys

    play(flow)


def test_a_radio_that_is_silent_loses_the_phone():
    async def flow(world):
        _, phone = await connected(world)
        world.amf.operation.authenticate(phone.supi)
        await settle()
        await proves(phone)
        await settle()
        await phone.hears_nothing(11)
        assert phone.gnb is None

    play(flow)


def test_an_idle_phone_is_paged_first():
    async def flow(world):
        gnb, phone = await connected(world)
        await phone.idles()
        world.amf.operation.authenticate(phone.supi)
        world.amf.operation.authenticate(phone.supi)  # twice is once
        await settle()
        assert gnb.paged == [phone.guti.s_tmsi]
        phone.begins(gnb, phone.service(nas.ServiceType.MOBILE_TERMINATED))
        await phone.gets(nas.ServiceAccept)
        await proves(phone)
        await modified(gnb, phone)
        update = await phone.gets(nas.ConfigurationUpdateCommand)  # another 5G-GUTI after paging
        phone.guti = update.guti
        phone.says(nas.ConfigurationUpdateComplete())
        await phone.hears_nothing(1)

    play(flow)


def test_nobody_to_authenticate():
    async def flow(world):
        with pytest.raises(ServiceError) as nobody:
            world.amf.operation.authenticate("imsi-001010000000099")
        assert nobody.value.problem is Problem.CONTEXT_NOT_FOUND

    play(flow)


def test_5_4_1_3_5_a_wrong_answer_ends_the_registration():
    async def flow(world):
        _, phone = await connected(world, (1,))
        world.amf.operation.authenticate(phone.supi)
        await phone.authenticates(key=b"another")
        identity = await phone.gets(nas.IdentityRequest)
        assert identity.identity_type == nas.IdentityType.SUCI
        phone.says(nas.IdentityResponse(mobile_identity=phone.suci))
        await phone.authenticates(key=b"another")
        await phone.gets(nas.AuthenticationReject)
        await settle()
        assert phone.supi not in world.amf.ues.by_supi
        assert phone.gnb is None
        assert world.smf.sessions == {}
        assert "wrong" in world.reasons()[-1].reason

    play(flow)


def test_5_4_1_3_7_b_a_silent_phone_loses_its_connection_and_stays_registered():
    async def flow(world):
        _, phone = await connected(world)
        world.amf.operation.authenticate(phone.supi)
        for _ in range(5):
            await phone.gets(nas.AuthenticationRequest)
        await phone.hears_nothing(7)
        assert phone.gnb is None
        assert world.amf.ues.by_supi[phone.supi].registered

    play(flow)


def test_5_4_1_3_7_a_a_lower_layer_failure_interrupts_it():
    async def flow(world):
        gnb, phone = await connected(world)
        world.amf.operation.authenticate(phone.supi)
        await phone.gets(nas.AuthenticationRequest)
        await phone.idles()
        keys = world.amf.ues.by_supi[phone.supi].context.keys
        assert keys.nas.ngksi == phone.keys.ngksi
        await phone.register(gnb)  # by the keys there were

    play(flow)


@pytest.mark.parametrize("what", ["registration", "service", "deregistration"])
def test_what_the_phone_wants_goes_first(what):
    async def flow(world):
        _, phone = await connected(world)
        world.amf.operation.authenticate(phone.supi)
        challenge = await phone.gets(nas.AuthenticationRequest)
        if what == "registration":
            phone.says(phone.registration(nas.RegistrationKind.MOBILITY, follow_on=True))
            await phone.completes()
        elif what == "service":
            phone.says(phone.service())
            await phone.gets(nas.ServiceAccept)
        else:
            phone.says(
                nas.DeregistrationRequest(
                    deregistration_type=nas.DeregistrationType(),
                    ngksi=nas.KeySetIdentifier(phone.keys.ngksi),
                    mobile_identity=phone.guti,
                )
            )
            await phone.gets(nas.DeregistrationAccept)
            await settle()
            return
        phone.answers(challenge)  # nobody's answer now
        await phone.hears_nothing(1)

    play(flow)


def test_5_4_2_5_a_phone_that_refuses_the_security_mode_keeps_its_keys():
    async def flow(world):
        _, phone = await connected(world)
        keys = phone.keys
        world.amf.operation.authenticate(phone.supi)
        await phone.authenticates()
        await phone.gets(nas.SecurityModeCommand)
        phone.keys = keys
        phone.says(nas.SecurityModeReject(cause=nas.GmmCause.SECURITY_MODE_REJECTED))
        await settle()
        assert phone.gnb is not None
        phone.says(phone.session(1))
        await phone.gets(nas.DlNasTransport)

    play(flow)


def test_a_home_network_that_fails_changes_nothing():
    async def flow(world):
        _, phone = await connected(world)
        world.ausf.problem = Problem.SYSTEM_FAILURE
        world.amf.operation.authenticate(phone.supi)
        await settle()
        await phone.hears_nothing(1)
        assert phone.gnb is not None
        assert world.reasons()[-1].what == "authentication"

    play(flow)


def test_other_algorithms_at_the_next_registration():
    """TS 33.501 6.7.1: the AMF prefers others now; the K_AMF stays, and the COUNTs go on (5.4.2.2)."""

    async def flow(world):
        gnb, phone = await connected(world)
        kamf, ngksi = phone.kamf, phone.keys.ngksi
        await phone.idles()
        world.amf.config = msgspec.structs.replace(world.amf.config, integrity=(3,), ciphering=(3,))
        phone.begins(gnb, phone.registration(nas.RegistrationKind.MOBILITY, follow_on=True))
        count = phone.keys.uplink_count
        command = await phone.gets(nas.SecurityModeCommand)
        assert command.selected_nas_security_algorithms == nas.SecurityAlgorithms(3, 3)
        assert command.ngksi.value == ngksi
        assert phone.kamf == kamf
        phone.keys.uplink_count = count
        phone.says(nas.SecurityModeComplete(), SecurityHeaderType.CIPHERED_NEW_CONTEXT)
        await phone.completes()
        keys = world.amf.ues.by_supi[phone.supi].context.keys
        assert (keys.nas.integrity, keys.nas.ciphering, keys.kamf) == (3, 3, kamf)
        assert keys.nas.uplink_count > count

    play(flow)
