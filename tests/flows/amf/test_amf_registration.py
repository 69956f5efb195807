"""Registration: the steps, and what goes wrong (TS 23.502 4.2.2.2.2, TS 24.501 5.5.1, 5.4.1 to 5.4.3)."""

import asyncio

import msgspec
import pytest

from flows.amf.world import (
    OTHER_SLICE,
    PLMN,
    SLICE,
    TAI,
    Phone,
    drain,
    play,
    res_star,
    settle,
)
from pilot5g.crypto import kdf
from pilot5g.flow.errors import Problem
from pilot5g.model import Guti, Plmn, Snssai, Suci, Tai
from pilot5g.wire import nas
from pilot5g.wire.nas.security import SecurityHeaderType
from pilot5g.wire.ngap import messages as ngap

Cause = nas.GmmCause


def test_initial_registration_with_suci():
    """TS 23.502 4.2.2.2.2: what the phone is given, and what the radio."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration(requested_nssai=(SLICE,))
        phone.begins(gnb, phone.request)
        challenge = await phone.authenticates()
        assert challenge.abba == b"\0\0"
        command = await phone.secures()
        assert command.selected_nas_security_algorithms == nas.SecurityAlgorithms(2, 2)
        assert command.replayed_ue_security_capabilities == phone.capability
        assert command.imeisv_request
        assert command.additional_5g_security_information.retransmission_requested
        accept = await phone.completes()
        assert accept.guti.guami == world.config.guami
        assert accept.tai_list == (TAI, Tai(PLMN, 2))
        assert accept.allowed_nssai == (SLICE,)
        assert accept.t3512_value == nas.GprsTimer3(60 * 60)  # 54 min cannot be written
        ue = world.amf.ues.by_supi[phone.supi]
        assert ue.context.imeisv == "1234567890123456"
        assert world.ausf.calls[0].serving_network_name == "5G:mnc001.mcc001.3gppnetwork.org"
        assert phone.supi in world.udm.serving
        # TS 33.501 A.9: K_gNB from the uplink NAS COUNT of Security Mode Complete, which was 0
        assert gnb.kgnb[phone.supi] == kdf.kgnb(phone.kamf, 0)
        setup = next(m for m in phone.n2 if isinstance(m, ngap.InitialContextSetupRequest))
        assert setup.allowed_nssai == [{"s-NSSAI": {"sST": b"\x01"}}]
        assert setup.ue_security_capabilities["nRencryptionAlgorithms"] == (0b1110000000000000, 16)
        # nothing follows, so the connection is released
        assert phone.gnb is None
        assert not world.amf.connections

    play(flow)


def test_follow_on_keeps_the_connection_and_the_network_tells_its_name():
    """TS 24.501 5.5.1.2.4, 5.4.4."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        command = await phone.gets(nas.ConfigurationUpdateCommand)
        assert command.full_name_for_network.text == "Pilot Network"
        assert command.short_name_for_network.text == "Pilot"
        assert command.local_time_zone == 4
        assert len(world.amf.connections) == 1

    play(flow, full_name="Pilot Network", short_name="Pilot", time_zone=4)


def test_the_time_is_told_where_it_is_known():
    """NITZ (TS 24.501 5.4.4, TS 22.042)."""
    noon = nas.UniversalTime(2026, 11, 22, 12, 0, 0, 4)

    async def flow(world):
        world.amf.wall_clock = lambda: noon
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        command = await phone.gets(nas.ConfigurationUpdateCommand)
        assert command.universal_time_and_local_time_zone == noon
        assert command.full_name_for_network is None

    play(flow)


def test_without_a_context_request_the_accept_needs_no_context():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, context=False)
        assert not any(isinstance(m, ngap.InitialContextSetupRequest) for m in phone.n2)
        assert phone.gnb is None

    play(flow)


def test_a_known_phone_registers_by_its_keys_alone():
    """TS 24.501 4.4.2.5: the integrity of the initial message establishes secure exchange; the container in
    it is read with the same COUNT (4.4.6). TS 33.501 A.9: that COUNT makes K_gNB."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb)
        first = phone.guti
        count = phone.keys.uplink_count
        await phone.register(gnb, kind=nas.RegistrationKind.MOBILITY, requested_nssai=(SLICE,))
        assert world.ausf.count == 1
        assert phone.guti != first
        assert gnb.kgnb[phone.supi] == kdf.kgnb(phone.kamf, count)
        assert world.amf.ues.find(first) is None
        assert world.amf.ues.find(phone.guti).supi == phone.supi

    play(flow)


def test_periodic_registration():
    """TS 24.501 5.5.1.3.2: no capability is sent, nothing is asked of the UDM again."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb)
        world.udm.problem = Problem.SYSTEM_FAILURE
        await phone.register(gnb, kind=nas.RegistrationKind.PERIODIC)
        assert world.ausf.count == 1
        assert world.amf.ues.by_supi[phone.supi].registered

    play(flow)


def test_wrong_mac_leads_to_authentication_and_the_context_survives():
    """TS 24.501 4.4.4.3: a registration request that fails the integrity check."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb)
        ue = world.amf.ues.by_supi[phone.supi]
        known = ue.context
        request = phone.registration(kind=nas.RegistrationKind.MOBILITY)
        pdu = bytearray(phone.keys.protect_initial(request))
        pdu[2] ^= 0xFF
        gnb.connect(phone, bytes(pdu))
        phone.request = request
        await settle()
        assert world.amf.ues.by_supi[phone.supi] is ue
        await phone.authenticates()
        assert world.ausf.calls[-1].identity == phone.supi  # the GUTI told whom to ask for
        await phone.secures()
        await phone.completes()
        assert world.amf.ues.by_supi[phone.supi] is not ue
        assert world.amf.ues.by_supi[phone.supi].context is known

    play(flow)


def test_replayed_registration_proves_nothing():
    """TS 33.501 6.4.3.1: a COUNT is accepted once."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb)
        pdu = phone.keys.protect_initial(phone.registration(kind=nas.RegistrationKind.MOBILITY))
        gnb.connect(phone, pdu)
        await phone.completes()
        thief = Phone(world, 2)
        gnb.connect(thief, pdu)
        await thief.gets(nas.IdentityRequest)  # the GUTI in it is nobody's any more
        assert world.amf.ues.by_supi[phone.supi].registered
        await asyncio.sleep(31)

    play(flow)


def test_unknown_guti_is_asked_for_its_suci():
    """TS 24.501 5.4.3."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.guti = Guti(world.config.guami, 0x12345678)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        request = await phone.gets(nas.IdentityRequest)
        assert request.identity_type == nas.IdentityType.SUCI
        phone.says(nas.IdentityResponse(mobile_identity=phone.suci))
        await phone.authenticates()
        await phone.secures()
        await phone.completes()
        assert phone.supi in world.amf.ues.by_supi

    play(flow)


def test_an_identity_that_is_no_suci_is_refused():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.guti = Guti(world.config.guami, 1)
        phone.begins(gnb, phone.registration())
        await phone.gets(nas.IdentityRequest)
        phone.says(nas.IdentityResponse(mobile_identity=nas.Imei("123456789012345")))
        assert (await phone.gets(nas.RegistrationReject)).cause == Cause.PROTOCOL_ERROR
        await settle()
        assert phone.gnb is None

    play(flow)


def test_silent_phone_is_asked_five_times_then_released():
    """TS 24.501 5.4.1.3.7 b): T3560 runs 6 s, the fifth expiry aborts; no reject is sent."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        for _ in range(5):
            await phone.gets(nas.AuthenticationRequest, within=6.1)
        assert phone.gnb is gnb
        await phone.hears_nothing(6.1)
        assert phone.gnb is None
        assert not world.ausf.challenges

    play(flow)


def test_a_phone_silent_in_identification_and_security_mode():
    """TS 24.501 5.4.3.6 b), 5.4.2.7 b)."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.guti = Guti(world.config.guami, 1)
        phone.begins(gnb, phone.registration())
        await asyncio.sleep(31)
        assert len(drain(phone.inbox)) == 5
        assert phone.gnb is None
        phone.guti = None
        phone.begins(gnb, phone.registration())
        await phone.authenticates()
        await asyncio.sleep(31)
        assert len(drain(phone.inbox)) == 5
        assert phone.gnb is None
        assert not world.amf.ues.by_supi

    play(flow)


def test_resynchronisation_is_honoured_once():
    """TS 24.501 5.4.1.3.7 f)."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        failure = nas.AuthenticationFailure(cause=Cause.SYNCH_FAILURE, auts=b"s" * 14)
        first = await phone.gets(nas.AuthenticationRequest)
        phone.says(failure)
        await phone.gets(nas.AuthenticationRequest)
        resync = world.ausf.calls[1].resynchronisation
        assert (resync.rand, resync.auts) == (first.rand, b"s" * 14)
        phone.says(failure)
        await phone.gets(nas.AuthenticationReject)
        assert "sequence number" in world.reasons()[-1].reason

    play(flow)


def test_resynchronisation_leads_to_registration():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        await phone.gets(nas.AuthenticationRequest)
        phone.says(nas.AuthenticationFailure(cause=Cause.SYNCH_FAILURE, auts=b"s" * 14))
        await phone.authenticates()
        assert world.ausf.calls[1].resynchronisation is not None
        await phone.secures()
        await phone.completes()

    play(flow)


@pytest.mark.parametrize("cause", [Cause.MAC_FAILURE, Cause.NON_5G_AUTHENTICATION_UNACCEPTABLE])
def test_a_phone_that_rejects_the_challenge_is_rejected(cause):
    """TS 24.501 5.4.1.3.7 c, d: with a SUCI there is nothing left to try."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        await phone.gets(nas.AuthenticationRequest)
        phone.says(nas.AuthenticationFailure(cause=cause))
        await phone.gets(nas.AuthenticationReject)
        await settle()
        assert phone.gnb is None
        (entry,) = world.reasons()
        assert entry.cause == "#3 illegal ue"
        assert entry.fix

    play(flow)


def test_mac_failure_with_a_guti_asks_who_it_is():
    """TS 24.501 5.4.1.3.7 c: the GUTI may have been somebody else's."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone, other = Phone(world), Phone(world, 2)
        await phone.register(gnb)
        other.guti, other.request = phone.guti, None
        other.begins(gnb, other.registration())
        await other.gets(nas.AuthenticationRequest)
        other.says(nas.AuthenticationFailure(cause=Cause.MAC_FAILURE))
        await other.gets(nas.IdentityRequest)
        other.says(nas.IdentityResponse(mobile_identity=other.suci))
        await other.authenticates()
        await other.secures()
        await other.completes()
        assert set(world.amf.ues.by_supi) == {phone.supi, other.supi}

    play(flow)


def test_ngksi_in_use_gets_the_same_challenge_under_another():
    """TS 24.501 5.4.1.3.7 e)."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        first = await phone.gets(nas.AuthenticationRequest)
        phone.says(nas.AuthenticationFailure(cause=Cause.NGKSI_ALREADY_IN_USE))
        second = await phone.gets(nas.AuthenticationRequest)
        assert second.rand == first.rand
        assert second.ngksi != first.ngksi
        phone.answers(second)
        command = await phone.secures()
        assert command.ngksi == second.ngksi
        await phone.completes()

    play(flow)


def test_wrong_key_is_rejected_and_said_in_plain_words():
    """TS 24.501 5.4.1.3.5: HRES* does not match."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world, key=b"wrong")
        phone.begins(gnb, phone.registration())
        await phone.authenticates()
        await phone.gets(nas.AuthenticationReject)
        await settle()
        (entry,) = world.reasons()
        assert entry.reason == "its answer to the challenge is wrong"
        assert "K or OPc" in entry.fix
        assert not world.amf.ues.by_supi

    play(flow)


def test_unknown_subscriber():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        del world.ausf.keys[phone.supi]
        phone.begins(gnb, phone.registration())
        assert (await phone.gets(nas.RegistrationReject)).cause == Cause.ILLEGAL_UE
        assert world.reasons()[0].fix == "add it"

    play(flow)


@pytest.mark.parametrize(
    ("problem", "cause"),
    [
        (Problem.SERVING_NETWORK_NOT_AUTHORIZED, Cause.SERVING_NETWORK_NOT_AUTHORIZED),
        (Problem.INVALID_SCHEME_OUTPUT, Cause.ILLEGAL_UE),
        (Problem.SYSTEM_FAILURE, Cause.CONGESTION),
    ],
)
def test_what_the_ausf_refuses(problem, cause):
    async def flow(world):
        world.ausf.problem = problem
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        reject = await phone.gets(nas.RegistrationReject)
        assert reject.cause == cause
        assert (reject.t3346_value is not None) == (cause == Cause.CONGESTION)

    play(flow)


def test_wrong_home_plmn():
    """TS 24.501 5.5.1.2.5: #11."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        request = msgspec.structs.replace(
            phone.registration(), mobile_identity=Suci(Plmn("999", "99"), "0", 0, 0, b"\x10\x32")
        )
        phone.begins(gnb, request)
        assert (await phone.gets(nas.RegistrationReject)).cause == Cause.PLMN_NOT_ALLOWED
        assert world.reasons()[0].fix == "use a SIM of 001-01, or add 999-99 under `plmns`"

    play(flow)


def test_tracking_area_that_is_not_served():
    """#15: the cell's area is not one of the network's."""

    async def flow(world):
        gnb = await world.gnb().setup()
        gnb.tai = Tai(PLMN, 99)
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        reject = await phone.gets(nas.RegistrationReject)
        assert reject.cause == Cause.NO_SUITABLE_CELLS_IN_TRACKING_AREA
        assert world.reasons()[0].fix == "add 99 under `tracking_areas`, or change the cell"

    play(flow)


def test_no_slice_is_62_with_the_rejected_ones():
    """TS 24.501 5.5.1.2.5 #62; what was begun at UDM and PCF is undone."""

    async def flow(world):
        world.udm.slices = (Snssai(7),)
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration(requested_nssai=(Snssai(7), OTHER_SLICE))
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.secures()
        reject = await phone.gets(nas.RegistrationReject)
        assert reject.cause == Cause.NO_NETWORK_SLICES_AVAILABLE
        assert [r.s_nssai for r in reject.rejected_nssai] == [Snssai(7), OTHER_SLICE]
        await settle()
        assert not world.udm.serving
        assert not world.pcf.leftovers()
        assert not world.amf.ues.by_supi
        assert "none of them is served" in world.reasons()[0].reason

    play(flow)


def test_a_rejected_slice_beside_an_allowed_one():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        accept = await phone.register(gnb, requested_nssai=(SLICE, OTHER_SLICE))
        assert accept.allowed_nssai == (SLICE,)
        assert accept.rejected_nssai == (nas.RejectedSnssai(OTHER_SLICE),)

    play(flow)


def test_emergency_registration_is_refused():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.begins(gnb, phone.registration(kind=nas.RegistrationKind.EMERGENCY))
        assert (await phone.gets(nas.RegistrationReject)).cause == Cause.PROTOCOL_ERROR
        imei = msgspec.structs.replace(
            phone.registration(kind=nas.RegistrationKind.EMERGENCY),
            mobile_identity=nas.Imei("123456789012345"),
        )
        await settle()
        phone.begins(gnb, imei)
        assert (await phone.gets(nas.RegistrationReject)).cause == Cause.PEI_NOT_ACCEPTED

    play(flow)


def test_only_null_integrity_is_23():
    """TS 33.501 5.5.2: NIA0 never; TS 24.501 #23."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.capability = nas.UeSecurityCapability.of([0, 1, 2, 3], [0])
        phone.begins(gnb, phone.registration())
        reject = await phone.gets(nas.RegistrationReject)
        assert reject.cause == Cause.UE_SECURITY_CAPABILITIES_MISMATCH
        assert world.reasons()[0].reason == "the phone has NIA0, the network takes NIA2, NIA1, NIA3"
        assert not world.ausf.calls

    play(flow)


@pytest.mark.parametrize("algorithm", [1, 2, 3])
def test_algorithms_by_preference(algorithm):
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.capability = nas.UeSecurityCapability.of([0, algorithm], [0, algorithm], eps=True)
        await phone.register(gnb)
        keys = world.amf.ues.by_supi[phone.supi].context.keys.nas
        assert (keys.ciphering, keys.integrity) == (algorithm, algorithm)

    play(flow, integrity=(3, 2, 1), ciphering=(3, 2, 1, 0))


def test_no_capability_at_all_is_100():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        request = msgspec.structs.replace(phone.registration(), ue_security_capability=None)
        phone.begins(gnb, request)
        assert (await phone.gets(nas.RegistrationReject)).cause == Cause.CONDITIONAL_IE_ERROR

    play(flow)


def test_the_phone_refuses_the_security_mode():
    """TS 24.501 5.4.2.5: the procedure is abandoned, nothing more is said."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        await phone.authenticates()
        await phone.gets(nas.SecurityModeCommand)
        phone.says(nas.SecurityModeReject(cause=Cause.UE_SECURITY_CAPABILITIES_MISMATCH), header=None)
        await phone.hears_nothing(1)
        assert phone.gnb is None
        assert not world.amf.ues.by_supi

    play(flow)


def test_the_whole_message_comes_under_protection():
    """TS 24.501 4.4.6, 5.4.2.4: what the clear message did not show counts."""

    async def flow(world):
        world.udm.slices = (SLICE, OTHER_SLICE)
        gnb = await world.gnb().setup()
        phone = Phone(world)
        accept = await phone.register(gnb, requested_nssai=(OTHER_SLICE,), follow_on=True)
        assert accept.allowed_nssai == (OTHER_SLICE,)

    play(flow)


def test_a_whole_message_that_cannot_be_read():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        await phone.authenticates()
        await phone.gets(nas.SecurityModeCommand)
        phone.says(
            nas.SecurityModeComplete(nas_message_container=b"\x7e\x00\x41"),
            SecurityHeaderType.CIPHERED_NEW_CONTEXT,
        )
        reject = await phone.gets(nas.RegistrationReject)
        assert reject.cause == Cause.INVALID_MANDATORY_INFORMATION

    play(flow)


def test_same_request_again_before_accept_is_ignored():
    """TS 24.501 5.5.1.2.8 e)."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        request = nas.encode(phone.registration())
        gnb.connect(phone, request)
        challenge = await phone.gets(nas.AuthenticationRequest)
        phone.raw(request)
        await phone.hears_nothing(1)
        phone.answers(challenge)
        await phone.gets(nas.SecurityModeCommand)
        await asyncio.sleep(31)

    play(flow)


def test_same_request_again_after_accept_repeats_the_accept():
    """TS 24.501 5.5.1.2.8 d) 2)."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration(follow_on=True)
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.secures()
        first = await phone.gets(nas.RegistrationAccept)
        phone.says(phone.request)
        assert await phone.gets(nas.RegistrationAccept) == first
        phone.says(nas.RegistrationComplete())
        await settle()

    play(flow)


def test_different_request_replaces_and_the_late_answer_is_nobodys():
    """TS 24.501 5.5.1.2.8 e); what the AUSF answers to the abandoned request must not move the new one."""

    async def flow(world):
        world.ausf.delay = 3
        gnb = await world.gnb().setup()
        phone = Phone(world)
        gnb.connect(phone, nas.encode(phone.registration()))
        await phone.hears_nothing(1)
        phone.amf_id = next(iter(world.amf.connections))
        phone.request = phone.registration(follow_on=True)
        phone.raw(nas.encode(phone.request))
        await phone.hears_nothing(2.5)  # the first answer would have come at t = 3
        await phone.authenticates()
        await phone.secures()
        await phone.completes()

    play(flow)


def test_different_request_after_the_accept_begins_anew():
    """TS 24.501 5.5.1.2.8 d) 1)."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.secures()
        first = await phone.gets(nas.RegistrationAccept)
        phone.says(phone.registration(follow_on=True))
        second = await phone.gets(nas.RegistrationAccept)
        assert second.guti != first.guti
        phone.says(nas.RegistrationComplete())
        await settle()
        assert len(world.amf.ues.by_tmsi) == 1

    play(flow)


def test_deregistration_ends_a_registration():
    """TS 24.501 5.5.1.2.8 h)."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.secures()
        await phone.gets(nas.RegistrationAccept)
        phone.says(
            nas.DeregistrationRequest(
                deregistration_type=nas.DeregistrationType(),
                ngksi=nas.KeySetIdentifier(0),
                mobile_identity=phone.suci,
            )
        )
        await phone.gets(nas.DeregistrationAccept)
        await settle()
        assert phone.gnb is None
        assert not world.amf.ues.by_supi
        assert not world.udm.serving

    play(flow)


def test_a_phone_that_never_completes_stays_registered_under_both_gutis():
    """TS 24.501 5.5.1.2.8 c): T3550 expires five times."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb)
        first = phone.guti
        phone.begins(gnb, phone.registration(kind=nas.RegistrationKind.MOBILITY))
        for _ in range(5):
            accept = await phone.gets(nas.RegistrationAccept, within=6.1)
        await phone.hears_nothing(7)
        ue = world.amf.ues.find(first)
        assert ue is world.amf.ues.find(accept.guti)
        assert ue.registered
        assert phone.gnb is None
        await phone.register(gnb, kind=nas.RegistrationKind.MOBILITY)
        assert world.amf.ues.find(first) is None
        assert len(world.amf.ues.by_tmsi) == 1

    play(flow)


def test_lower_layer_failure_before_the_accept_leaves_nothing():
    """TS 24.501 5.5.1.2.8 a)."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.gets(nas.SecurityModeCommand)
        gnb.ask_release(phone, ("radioNetwork", "radio-connection-with-ue-lost"))
        await settle()
        assert phone.gnb is None
        assert not world.amf.ues.by_supi
        assert world.amf.leftovers() == []

    play(flow)


def test_lower_layer_failure_during_a_service_call():
    async def flow(world):
        world.ausf.delay = 5
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        await asyncio.sleep(1)
        phone.amf_id = next(iter(world.amf.connections))
        gnb.ask_release(phone)
        await asyncio.sleep(10)
        assert phone.inbox.empty()
        assert world.amf.leftovers() == []

    play(flow)


def test_a_new_connection_in_the_middle_of_a_registration():
    """The phone lost its radio and begins again; the first attempt is forgotten."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        await phone.gets(nas.AuthenticationRequest)
        lost = phone.ids
        await phone.register(gnb, follow_on=True)
        assert len(world.amf.ues.by_supi) == 1
        gnb.says(
            ngap.UEContextReleaseRequest(**lost, cause=("radioNetwork", "radio-connection-with-ue-lost"))
        )
        pair = {"aMF-UE-NGAP-ID": lost["amf_ue_ngap_id"], "rAN-UE-NGAP-ID": lost["ran_ue_ngap_id"]}
        command = await gnb.gets(ngap.UEContextReleaseCommand)
        assert command.ue_ngap_ids == ("uE-NGAP-ID-pair", pair)
        gnb.says(ngap.UEContextReleaseComplete(**lost))
        assert len(world.amf.connections) == 1

    play(flow)


def test_the_same_subscriber_twice_at_once():
    """A phone that restarts, before the first attempt has ended: the last to authenticate is it."""

    async def flow(world):
        gnb = await world.gnb().setup()
        first, second = Phone(world), Phone(world)
        for phone in (first, second):
            phone.request = phone.registration(follow_on=True)
            phone.begins(gnb, phone.request)
        await first.authenticates()
        await first.secures()
        await first.gets(nas.RegistrationAccept)
        await second.authenticates()
        await second.secures()
        await second.completes()
        await settle()
        assert first.gnb is None
        assert len(world.amf.connections) == 1
        assert len(world.amf.ues.by_supi) == 1

    play(flow)


def test_registering_anew_releases_the_sessions_of_before():
    """TS 24.501 5.5.1.2.8 f), TS 23.502 4.2.2.2.2."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        await phone.opens(1, dnn="internet")
        again = Phone(world)
        await again.register(gnb)
        assert ("release", f"{phone.supi}/1", "") in world.smf.calls
        assert not world.amf.ues.by_supi[phone.supi].context.sessions
        assert len(world.pcf.leftovers()) == 1

    play(flow)


def test_session_status_is_synchronised_and_user_planes_come_back():
    """TS 24.501 5.5.1.3.4: PDU session status, uplink data status; TS 23.502 4.2.2.2.2 step 17."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        for psi in (1, 2, 3):
            await phone.opens(psi, dnn="internet")
        await phone.idles()
        assert world.smf.updates()[-3:] == ["DEACTIVATED"] * 3
        accept = await phone.register(
            gnb,
            kind=nas.RegistrationKind.MOBILITY,
            pdu_session_status=frozenset({1, 2, 5}),
            uplink_data_status=frozenset({2}),
        )
        assert accept.pdu_session_status == frozenset({1, 2})
        assert accept.pdu_session_reactivation_result == frozenset()
        assert phone.planes == {2}
        assert ("release", f"{phone.supi}/3", "PDU_SESSION_STATUS_MISMATCH") in world.smf.calls
        assert world.smf.updates()[-2:] == ["ACTIVATING", "PDU_RES_SETUP_RSP"]
        assert phone.gnb is gnb  # it has a user plane, so it stays

    play(flow)


def test_a_radio_that_cannot_set_up_the_context():
    """TS 38.413 8.3.1.3."""

    async def flow(world):
        gnb = await world.gnb().setup()
        gnb.auto = False
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.secures()
        await phone.gets(nas.RegistrationAccept)
        gnb.auto = True
        why = ("radioNetwork", "encryption-and-or-integrity-protection-algorithms-not-supported")
        gnb.says(ngap.InitialContextSetupFailure(**phone.ids, cause=why))
        await settle()
        assert phone.gnb is None
        assert world.reasons()[0].cause == "/".join(why)

    play(flow)


def test_a_radio_that_says_nothing_to_the_context_setup():
    async def flow(world):
        gnb = await world.gnb().setup()
        gnb.auto = False
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.secures()
        await phone.completes()
        await asyncio.sleep(25)
        assert not world.amf.connections
        assert world.amf.ues.by_supi[phone.supi].registered

    play(flow)


def test_radio_capability_is_kept_for_the_next_connection():
    """TS 38.413 8.14.1."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        gnb.says(ngap.UERadioCapabilityInfoIndication(**phone.ids, ue_radio_capability=b"what it can"))
        await phone.idles()
        await phone.register(gnb, kind=nas.RegistrationKind.MOBILITY)
        setups = [m for m in phone.n2 if isinstance(m, ngap.InitialContextSetupRequest)]
        assert setups[0].ue_radio_capability is None
        assert setups[1].ue_radio_capability == b"what it can"

    play(flow)


def test_two_hundred_phones_register_without_a_repetition():
    async def flow(world):
        gnb = await world.gnb().setup()
        phones = [Phone(world, n) for n in range(1, 201)]
        await asyncio.gather(*(phone.register(gnb, follow_on=True) for phone in phones))
        assert len(world.amf.connections) == len(world.amf.ues.by_tmsi) == 200
        assert all(phone.inbox.empty() for phone in phones)
        assert world.ausf.count == 200

    play(flow)


def test_toy_aka_needs_the_key():
    assert res_star(b"a", b"r") != res_star(b"b", b"r")
