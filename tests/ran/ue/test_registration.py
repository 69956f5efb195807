"""Registration of a phone, as TS 24.501 5.5.1 tells it."""

import asyncio

import pytest

from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.timer import Timers
from pilot5g.model import Snssai, Tai
from pilot5g.ran.radio import EstablishmentCause, NoCell
from pilot5g.ran.ue.barring import Barred
from pilot5g.ran.ue.context import State, Substate, UpdateStatus
from pilot5g.ran.ue.outcome import Abandoned, Rejected
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, RegistrationKind
from pilot5g.wire.nas import SecurityHeaderType as Header
from ran.ue.scripted import GUTI, PLMN, TAI, Cell, Network, auts_sqn, doing, play


def test_initial_registration_5_5_1_2():
    """Without a context: cleartext elements only, the whole request in Security Mode Complete (4.4.6)."""

    async def flow(net: Network):
        complete = await net.registers()
        assert nas.hidden(net.request) == ()
        assert net.request.mobile_identity.output.hex() == "0000000010"
        assert net.request.ngksi.value == nas.NO_KEY
        whole = nas.decode(complete.nas_message_container)
        assert whole.requested_nssai == (Snssai(1, 0x010203),)
        assert complete.imeisv == nas.Imeisv("4370816125816151")
        assert net.log == [
            "RegistrationRequest",
            "AuthenticationResponse",
            "SecurityModeComplete",
            "RegistrationComplete",
        ]
        context = net.phone.context
        assert (context.state, context.substate) == (State.REGISTERED, Substate.NORMAL_SERVICE)
        assert (context.guti, context.tai_list, context.t3512) == (GUTI, (TAI,), 3600)
        assert context.update_status is UpdateStatus.UPDATED
        assert net.phone.measurements.registration == [0.0]
        assert net.setups[0].cause is EstablishmentCause.MO_SIGNALLING
        assert net.setups[0].s_tmsi is None

    play(flow, requested_slices=(Snssai(1, 0x010203),))


@pytest.mark.parametrize("algorithms", [(0, 1), (1, 1), (2, 2), (3, 3), (0, 3)])
def test_every_algorithm(algorithms):
    async def flow(net: Network):
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            await net.authenticate()
            await net.secure(0, *algorithms)
            net.send(net.accept())
            await net.gets(nas.RegistrationComplete)
        assert net.phone.registered

    play(flow)


def test_complete_only_where_something_is_to_be_confirmed_5_5_1_2_4():
    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            net.send(net.accept(guti=None))
        await net.silence()
        assert net.phone.context.guti == GUTI

    play(flow)


def test_an_accept_that_leaves_the_phone_without_an_identity_is_none():
    """An initial registration is to be given a 5G-GUTI (TS 33.501 6.12.3): without one nothing can be asked
    for later, so the attempt has failed."""

    async def flow(net: Network):
        with pytest.raises(Gone):
            await net.registers(guti=None)
        assert not net.phone.registered
        assert net.phone.alarms.running("T3511")

    play(flow)


def test_second_registration_has_guti_and_is_protected_4_4_6():
    """With a context the message is integrity protected and hides its rest in a ciphered container."""

    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.register()):
            request = await net.gets(nas.RegistrationRequest)
            assert net.header == Header.INTEGRITY
            assert nas.hidden(request) == ()
            assert request.mobile_identity == GUTI
            assert request.ngksi.value == 0
            whole = nas.decode(net.security.reveal(request.nas_message_container))
            assert whole.registration_type.kind == RegistrationKind.MOBILITY
            assert whole.pdu_session_status == frozenset()
            assert whole.last_visited_registered_tai == TAI
            assert net.setups[1].s_tmsi == GUTI.s_tmsi
            net.send(net.accept(guti=None))
        assert net.phone.registered

    play(flow, requested_slices=(Snssai(1),))


def test_mac_failure_5_4_1_3_7_c():
    async def flow(net: Network):
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            net.send(net.challenge(spoil=True), None)
            failure = await net.gets(nas.AuthenticationFailure)
            assert (failure.cause, failure.auts) == (GmmCause.MAC_FAILURE, None)
            await net.authenticate()
            await net.secure()
            net.send(net.accept())
            await net.gets(nas.RegistrationComplete)

    play(flow)


def test_synch_failure_5_4_1_3_7_f():
    """AUTS tells the highest SQN the SIM took; the vector after it is good."""

    async def flow(net: Network):
        await net.registers()
        accepted = net.sqn
        net.release()
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            net.send(net.challenge(sqn=accepted, ksi=1))
            failure = await net.gets(nas.AuthenticationFailure)
            assert failure.cause == GmmCause.SYNCH_FAILURE
            assert auts_sqn(net, failure.auts) == accepted
            await net.authenticate(1, Header.CIPHERED)
            await net.secure(1)
            net.send(net.accept(guti=None))

    play(flow)


def test_non_5g_vector_5_4_1_3_7_d():
    async def flow(net: Network):
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            net.send(net.challenge(amf=b"\0\0"), None)
            failure = await net.gets(nas.AuthenticationFailure)
            assert failure.cause == GmmCause.NON_5G_AUTHENTICATION_UNACCEPTABLE
            await net.authenticate()
            await net.secure()
            net.send(net.accept())
            await net.gets(nas.RegistrationComplete)

    play(flow)


def test_ngksi_in_use_5_4_1_3_7_e():
    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            net.send(net.challenge(ksi=0))
            failure = await net.gets(nas.AuthenticationFailure)
            assert failure.cause == GmmCause.NGKSI_ALREADY_IN_USE
            await net.authenticate(3, Header.CIPHERED)
            await net.secure(3)
            net.send(net.accept(guti=None))
        assert net.phone.context.current.ngksi == 3

    play(flow)


def test_repeated_challenge_is_answered_from_memory_5_4_1_3_2():
    """The same RAND while T3516 runs gives the stored RES*; the SIM would see a used SQN."""

    async def flow(net: Network):
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            challenge = net.challenge()
            for _ in range(2):
                net.send(challenge, None)
                response = await net.gets(nas.AuthenticationResponse)
                assert response.response == net.xres_star
            net.kamf = net.next_kamf
            await net.secure()
            net.send(net.accept())
            await net.gets(nas.RegistrationComplete)

    play(flow)


def test_three_failures_and_the_network_is_not_genuine_5_4_1_3_7():
    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Gone):
            await net.gets(nas.RegistrationRequest)
            connection = net.connection
            for _ in range(3):
                net.send(net.challenge(spoil=True), None)
                await net.gets(nas.AuthenticationFailure)
            assert connection.failed
        with pytest.raises(NoCell, match="barred"):
            await net.phone.register()

    play(flow)


def test_t3520_expires_5_4_1_3_7():
    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Gone):
            await net.gets(nas.RegistrationRequest)
            connection = net.connection
            net.send(net.challenge(spoil=True), None)
            await net.gets(nas.AuthenticationFailure)
            await asyncio.sleep(14.9)
            assert not connection.failed
            await asyncio.sleep(0.2)
            assert connection.failed

    play(flow, timers=Timers({"T3510": 100}))


def test_authentication_reject_5_4_1_3_5():
    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.register(), fails=Rejected) as task:
            await net.gets(nas.RegistrationRequest)
            await net.authenticate(ksi=1, header=Header.CIPHERED)
            net.send(nas.AuthenticationReject())
        assert "cause 3" in str(task.exception())
        assert not net.phone.context.usim_valid
        assert net.phone.context.substate is Substate.NO_SUPI
        with pytest.raises(Abandoned):
            await net.phone.register()

    play(flow)


def test_authentication_reject_out_of_the_blue_is_not_believed():
    async def flow(net: Network):
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.AuthenticationReject(), None)
            await net.silence()
            await net.authenticate()
            await net.secure()
            net.send(net.accept())
            await net.gets(nas.RegistrationComplete)

    play(flow)


REJECTED = [
    (GmmCause.ILLEGAL_UE, UpdateStatus.ROAMING_NOT_ALLOWED, Substate.NO_SUPI),
    (GmmCause.ILLEGAL_ME, UpdateStatus.ROAMING_NOT_ALLOWED, Substate.NO_SUPI),
    (GmmCause.SERVICES_NOT_ALLOWED, UpdateStatus.ROAMING_NOT_ALLOWED, Substate.NO_SUPI),
    (GmmCause.PLMN_NOT_ALLOWED, UpdateStatus.ROAMING_NOT_ALLOWED, Substate.PLMN_SEARCH),
    (GmmCause.TRACKING_AREA_NOT_ALLOWED, UpdateStatus.ROAMING_NOT_ALLOWED, Substate.LIMITED_SERVICE),
    (
        GmmCause.ROAMING_NOT_ALLOWED_IN_TRACKING_AREA,
        UpdateStatus.ROAMING_NOT_ALLOWED,
        Substate.LIMITED_SERVICE,
    ),
    (GmmCause.NO_SUITABLE_CELLS_IN_TRACKING_AREA, UpdateStatus.ROAMING_NOT_ALLOWED, Substate.LIMITED_SERVICE),
    (GmmCause.N1_MODE_NOT_ALLOWED, UpdateStatus.ROAMING_NOT_ALLOWED, Substate.PLMN_SEARCH),
    (GmmCause.NO_NETWORK_SLICES_AVAILABLE, UpdateStatus.NOT_UPDATED, Substate.NORMAL_SERVICE),
    (GmmCause.SERVING_NETWORK_NOT_AUTHORIZED, UpdateStatus.ROAMING_NOT_ALLOWED, Substate.PLMN_SEARCH),
]


@pytest.mark.parametrize(("cause", "status", "substate"), REJECTED, ids=lambda v: str(v))
def test_reject_5_5_1_2_5(cause, status, substate):
    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.register(), fails=Rejected) as task:
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=cause))
        assert task.exception().cause == cause
        context = net.phone.context
        assert (context.state, context.substate) == (State.DEREGISTERED, substate)
        assert context.update_status is status
        assert context.registration_attempts == 0
        assert context.usim_valid is (substate is not Substate.NO_SUPI)
        assert (PLMN in context.forbidden_plmns) is (substate is Substate.PLMN_SEARCH)
        forbidden = context.forbidden_roaming | context.forbidden_regional
        assert (TAI in forbidden) is (substate is Substate.LIMITED_SERVICE)
        connection = net.connection
        await asyncio.sleep(10.1)
        assert connection.failed  # T3540, 5.3.1.3
        await net.silence(3600)
        entry = next(e for e in net.phone.journal.entries if e.cause)
        assert entry.cause == f"#{int(cause)}"
        assert entry.reason

    play(flow)


def test_congestion_waits_for_t3346_5_5_1_2_5():
    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            reject = nas.RegistrationReject(cause=GmmCause.CONGESTION, t3346_value=nas.GprsTimer(60))
            net.send(reject, None)
            net.release()
        await net.silence(15 * 60 - 1)  # anybody could have sent that: the value is the phone's own
        await net.gets(nas.RegistrationRequest, 15 * 60 + 2)

    play(flow)


def test_a_protected_t3346_is_obeyed_5_5_1_3_5():
    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=GmmCause.CONGESTION, t3346_value=nas.GprsTimer(60)))
            net.release()
        with pytest.raises(Barred, match="T3346 runs for another"):
            await net.phone.register()
        await net.silence(59)
        await net.gets(nas.RegistrationRequest, 2)

    play(flow)


@pytest.mark.parametrize(
    ("cause", "wait"),
    [
        (GmmCause.CONGESTION, 10),
        (GmmCause.UE_IDENTITY_CANNOT_BE_DERIVED, 0),
        (GmmCause.PROTOCOL_ERROR, 720),
        (GmmCause.SEMANTICALLY_INCORRECT_MESSAGE, 720),
        (GmmCause(99), 720),
        (GmmCause(200), 720),
        (GmmCause.NON_3GPP_ACCESS_NOT_ALLOWED, 10),
        (GmmCause.TEMPORARILY_NOT_AUTHORIZED_FOR_SNPN, 10),
    ],
    ids=lambda v: str(v),
)
def test_other_causes_are_tried_again_5_5_1_2_7(cause, wait):
    """T3511, or T3502 after a protocol error; #9 at once."""

    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=cause), None)
            net.release()
        if wait:
            await net.silence(wait - 1)
        await net.gets(nas.RegistrationRequest, 1.1)

    play(flow)


def test_silence_t3510_t3511_t3502_5_5_1_2_7():
    """15 s without an answer, 10 s of waiting, five times; then T3502 without the 5G-GUTI."""

    async def flow(net: Network):
        with pytest.raises(TimerExpired):
            await net.phone.register()
        assert net.phone.context.substate is Substate.ATTEMPTING_REGISTRATION
        times = 0
        while True:
            try:
                await net.gets(nas.RegistrationRequest, 30)
                times += 1
            except TimeoutError:
                break
        assert times == 5
        assert net.phone.alarms.running("T3502")
        assert net.phone.context.update_status is UpdateStatus.NOT_UPDATED
        await net.gets(nas.RegistrationRequest, 720)

    play(flow)


def test_lost_radio_is_tried_again_5_5_1_2_7_e():
    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Gone):
            await net.gets(nas.RegistrationRequest)
            net.release("radio link failure")
        await net.silence(9.9)
        await net.gets(nas.RegistrationRequest, 0.2)

    play(flow)


def test_no_cell_says_why():
    async def flow(net: Network):
        net.cell.in_service = False
        with pytest.raises(NoCell, match="not in service"):
            await net.phone.register()

    play(flow)


def test_periodic_registration_5_5_1_3_2():
    """T3512 runs from idle; zero deactivates it (5.3.7)."""

    async def flow(net: Network):
        await net.registers(t3512_value=nas.GprsTimer3(600))
        await net.silence(1000)
        net.release()
        await net.silence(599)
        request = await net.gets(nas.RegistrationRequest, 2)
        assert request.registration_type.kind == RegistrationKind.PERIODIC
        net.send(net.accept(guti=None, t3512_value=nas.GprsTimer3(0)))
        await asyncio.sleep(0.1)
        net.release()
        await net.silence(100000)

    play(flow)


def test_mobility_registration_5_5_1_3_2_a():
    """Another tracking area: at once; one of the list: not."""

    async def flow(net: Network):
        other = Tai(PLMN, 2)
        await net.registers(tai_list=(TAI, other))
        net.release()
        net.phone.camp(Cell(net, other, 0x11))
        await net.silence()
        third = Cell(net, Tai(PLMN, 3), 0x12)
        net.phone.camp(third)
        request = await net.gets(nas.RegistrationRequest)
        assert request.registration_type.kind == RegistrationKind.MOBILITY
        assert net.setups[-1].registered_amf == GUTI.guami
        net.send(net.accept(guti=None, tai_list=(third.tai,)))
        await asyncio.sleep(0.1)
        assert net.phone.context.last_visited_tai == third.tai

    play(flow)


@pytest.mark.parametrize("cause", [GmmCause.UE_IDENTITY_CANNOT_BE_DERIVED, GmmCause.IMPLICITLY_DEREGISTERED])
def test_update_refused_starts_over_5_5_1_3_5(cause):
    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=cause))
            net.release()
        request = await net.gets(nas.RegistrationRequest)
        assert request.registration_type.kind == RegistrationKind.INITIAL
        with_guti = request.mobile_identity == GUTI
        assert with_guti is (cause == GmmCause.IMPLICITLY_DEREGISTERED)

    play(flow)


def test_suci_stays_while_t3519_runs_5_5_1_2_2():
    key = bytes.fromhex("5a8d38864820197c3394b92613b20b91633cbd897119273bf8e4a6f4eec0a650")

    async def flow(net: Network):
        first = None
        for _ in range(2):
            async with doing(net.phone.register(), fails=Gone):
                request = await net.gets(nas.RegistrationRequest)
                net.release()
            assert first is None or request.mobile_identity == first
            first = request.mobile_identity
        net.phone.renewal.stop()
        await net.silence(61)
        async with doing(net.phone.register(), fails=Gone):
            request = await net.gets(nas.RegistrationRequest)
            assert request.mobile_identity != first
            net.release()

    play(flow, scheme=1, home_public_key=key, home_key_id=27)


def test_an_accept_is_in_effect_before_the_next_message_is_read():
    """Accept and configuration update in one turn of the loop: the later 5G-GUTI stays."""

    async def flow(net: Network):
        newer = type(GUTI)(GUTI.guami, 7)
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            await net.authenticate()
            await net.secure()
            net.send(net.accept())
            net.send(nas.ConfigurationUpdateCommand(guti=newer))
        assert net.phone.context.guti == newer

    play(flow)


def test_t3540_without_follow_on_5_3_1_3():
    async def flow(net: Network):
        await net.registers()
        assert net.request.registration_type.follow_on_request is False
        connection = net.connection
        await asyncio.sleep(10.1)
        assert connection.failed
        assert net.phone.registered
        assert not net.phone.connected

    play(flow, follow_on=False)
