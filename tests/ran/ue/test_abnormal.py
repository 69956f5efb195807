"""The abnormal cases of TS 24.501 on the phone's side, each named for its clause and letter.

More of them are beside what they are exceptions from: test_registration, test_mobility, test_barring,
test_access_control.
"""

import asyncio

import pytest

from pilot5g.flow.errors import Gone
from pilot5g.flow.timer import DEFAULTS
from pilot5g.model import Tai
from pilot5g.ran.radio import NoCell
from pilot5g.ran.ue.barring import Barred
from pilot5g.ran.ue.context import State, Substate, UpdateStatus
from pilot5g.ran.ue.outcome import Abandoned, Rejected
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, RegistrationKind
from ran.ue.scripted import GUTI, PLMN, Cell, Network, doing, play

THERE = Tai(PLMN, 2)

TABLE_10_2_1 = {
    "T3502": 12 * 60,
    "T3510": 15,
    "T3511": 10,
    "T3512": 54 * 60,
    "T3516": 30,
    "T3517": 15,
    "T3519": 60,
    "T3520": 15,
    "T3521": 15,
    "T3525": 60,
    "T3540": 10,
    "T3247": 30 * 60,
}
"""Seconds of the UE's timers (T3247: the least of 30 to 60 minutes; T3346 comes from the network)."""


@pytest.mark.parametrize(("name", "seconds"), TABLE_10_2_1.items())
def test_timers_of_table_10_2_1(name, seconds):
    timer = DEFAULTS[name]
    assert timer.seconds == seconds
    assert timer.expiries == (5 if name == "T3521" else 1)
    assert timer.clause.startswith("TS 24.501")


# initial registration


def test_5_5_1_2_7_a_t3346_is_running():
    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.service_request(), fails=Rejected):
            await net.gets(nas.ServiceRequest)
            net.send(nas.ServiceReject(cause=GmmCause.CONGESTION, t3346_value=nas.GprsTimer(120)))
            net.release()
        net.phone.on_paging(GUTI.s_tmsi)  # the network itself ends it
        await net.gets(nas.ServiceRequest)
        assert not net.phone.alarms.running("T3346")

    play(flow)


def test_5_5_1_2_7_c_t3510_expires():
    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Exception):
            await net.gets(nas.RegistrationRequest)
            connection = net.connection
            await asyncio.sleep(15.1)
        assert connection.failed
        assert net.phone.context.registration_attempts == 1
        assert net.phone.context.substate is Substate.ATTEMPTING_REGISTRATION
        await net.gets(nas.RegistrationRequest, 10.1)

    play(flow)


@pytest.mark.parametrize(
    "cause",
    [
        GmmCause.SEMANTICALLY_INCORRECT_MESSAGE,
        GmmCause.INVALID_MANDATORY_INFORMATION,
        GmmCause.MESSAGE_TYPE_NON_EXISTENT,
        GmmCause.INFORMATION_ELEMENT_NON_EXISTENT,
        GmmCause.PROTOCOL_ERROR,
    ],
)
def test_5_5_1_2_7_d_causes_after_which_the_counter_is_5(cause):
    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=cause), None)
        net.release()
        assert net.phone.context.registration_attempts == 5
        assert net.phone.context.update_status is UpdateStatus.NOT_UPDATED
        await net.silence(719)
        await net.gets(nas.RegistrationRequest, 2)

    play(flow)


def test_5_5_1_2_7_d_congestion_without_t3346_is_an_attempt():
    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=GmmCause.CONGESTION), None)
        net.release()
        assert net.phone.context.registration_attempts == 1
        await net.gets(nas.RegistrationRequest, 10.1)

    play(flow)


def test_5_5_1_2_7_e_the_connection_is_released():
    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Gone):
            await net.gets(nas.RegistrationRequest)
            net.release()
        assert net.phone.context.registration_attempts == 1
        await net.gets(nas.RegistrationRequest, 10.1)

    play(flow)


def test_5_5_1_2_7_f_switched_off_in_the_middle():
    """The registration is given up, the network told, and nothing waited for."""

    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Abandoned):
            await net.gets(nas.RegistrationRequest)
            await net.phone.deregister(switch_off=True)
            request = await net.gets(nas.DeregistrationRequest)
            assert request.deregistration_type.switch_off
        assert net.phone.context.state is State.NULL
        await net.silence(1000)

    play(flow)


@pytest.mark.parametrize("again", [True, False])
def test_5_5_1_2_7_g_deregistered_meanwhile(again):
    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.register(), fails=None if again else Abandoned):
            await net.gets(nas.RegistrationRequest)
            kind = nas.DeregistrationType(re_registration_required=again)
            net.send(nas.DeregistrationRequestNetwork(deregistration_type=kind, cause=GmmCause.ILLEGAL_UE))
            if again:
                net.send(net.accept(guti=None))
            else:
                await net.gets(nas.DeregistrationAcceptNetwork)
        assert net.phone.registered is again

    play(flow)


@pytest.mark.parametrize("kind", ["initial", "mobility"])
def test_5_5_1_2_7_h_and_5_5_1_3_7_f_another_tracking_area(kind):
    """The registration is given up and begun again at once: 5U2, and no attempt counted."""

    async def flow(net: Network):
        if kind == "mobility":
            await net.registers(tai_list=(net.cell.tai, THERE))
        async with doing(net.phone.register(), fails=Gone):
            await net.gets(nas.RegistrationRequest)
            net.phone.camp(Cell(net, THERE, 0x21))
            request = await net.gets(nas.RegistrationRequest, 0.1)
        assert request.registration_type.kind.name.lower() == kind
        assert net.phone.context.registration_attempts == 0
        assert net.phone.context.update_status is UpdateStatus.NOT_UPDATED

    play(flow)


def test_5_5_1_2_7_h_another_cell_of_the_area_is_a_lost_connection():
    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Gone):
            await net.gets(nas.RegistrationRequest)
            net.phone.camp(Cell(net, number=0x20))
        assert net.phone.context.registration_attempts == 1
        await net.silence(9)
        await net.gets(nas.RegistrationRequest, 2)

    play(flow)


# mobility and periodic registration


def updates(net: Network):
    """A registered, idle phone asks for an update."""
    net.release()
    return doing(net.phone.register(), fails=Exception)


def test_5_5_1_3_7_a_t3346_is_running():
    async def flow(net: Network):
        await net.registers()
        async with updates(net):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=GmmCause.CONGESTION, t3346_value=nas.GprsTimer(60)))
            net.release()
        with pytest.raises(Barred, match="T3346"):
            await net.phone.register()
        request = await net.gets(nas.RegistrationRequest, 61)
        assert request.registration_type.kind == RegistrationKind.MOBILITY

    play(flow)


def test_5_5_1_3_7_b_access_is_barred():
    async def flow(net: Network):
        await net.registers()
        net.release()
        net.cell.in_service = False
        with pytest.raises(NoCell):
            await net.phone.register()
        assert net.phone.registered
        assert net.phone.context.registration_attempts == 0

    play(flow)


@pytest.mark.parametrize("known", [True, False], ids=["known area, 5U1", "another area"])
def test_5_5_1_3_7_c_t3510_expires(known):
    """In an area of the list the phone stays in NORMAL-SERVICE, elsewhere it is
    ATTEMPTING-REGISTRATION-UPDATE."""

    async def flow(net: Network):
        await net.registers()
        net.release()
        if known:
            net.phone.renewal.begin(RegistrationKind.PERIODIC)
        else:
            net.phone.camp(Cell(net, THERE, 0x21))
        await net.gets(nas.RegistrationRequest)
        await asyncio.sleep(15.1)
        wanted = Substate.NORMAL_SERVICE if known else Substate.ATTEMPTING_REGISTRATION_UPDATE
        assert net.phone.context.state is State.REGISTERED
        assert net.phone.context.substate is wanted
        await net.gets(nas.RegistrationRequest, 10.1)

    play(flow)


def test_5_5_1_3_7_c_after_the_fifth_the_area_is_not_known():
    async def flow(net: Network):
        await net.registers()
        net.release()
        net.phone.renewal.begin(RegistrationKind.PERIODIC)
        for _ in range(5):
            await net.gets(nas.RegistrationRequest, 26)
        await asyncio.sleep(15.1)
        context = net.phone.context
        assert context.update_status is UpdateStatus.NOT_UPDATED
        assert context.substate is Substate.ATTEMPTING_REGISTRATION_UPDATE
        assert context.guti == GUTI  # an update forgets nothing
        await net.silence(700)
        await net.gets(nas.RegistrationRequest, 21)

    play(flow)


def test_5_5_1_3_7_d_other_causes():
    async def flow(net: Network):
        await net.registers()
        async with updates(net):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=GmmCause.PROTOCOL_ERROR))
            net.release()
        assert net.phone.registered
        await net.silence(700)
        await net.gets(nas.RegistrationRequest, 21)

    play(flow)


def test_5_5_1_3_7_e_the_connection_is_released():
    async def flow(net: Network):
        await net.registers()
        async with updates(net):
            await net.gets(nas.RegistrationRequest)
            net.release("radio link failure")
        assert net.phone.registered
        await net.gets(nas.RegistrationRequest, 10.1)

    play(flow)


# deregistration


@pytest.mark.parametrize("cause", [None, GmmCause.PROTOCOL_ERROR])
def test_5_5_2_3_4_b_deregistered_without_a_cause_that_means_anything(cause):
    """All is forgotten, 5U2, and T3502 runs: the phone comes back by its SUCI."""

    async def flow(net: Network):
        await net.registers()
        kind = nas.DeregistrationType()
        net.send(nas.DeregistrationRequestNetwork(deregistration_type=kind, cause=cause))
        await net.gets(nas.DeregistrationAcceptNetwork)
        net.release()
        context = net.phone.context
        assert (context.state, context.substate) == (State.DEREGISTERED, Substate.ATTEMPTING_REGISTRATION)
        assert context.update_status is UpdateStatus.NOT_UPDATED
        assert (context.guti, context.current, context.tai_list) == (None, None, ())
        await net.silence(710)
        net.security = None
        request = await net.gets(nas.RegistrationRequest, 12)
        assert request.mobile_identity.plmn == PLMN
        assert not hasattr(request.mobile_identity, "tmsi")

    play(flow)


def test_5_5_2_2_6_c_the_radio_goes_away():
    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.deregister()):
            await net.gets(nas.DeregistrationRequest)
            net.release("radio link failure")
        assert net.phone.context.state is State.DEREGISTERED
        await net.silence(1000)

    play(flow)


def test_5_5_2_2_6_d_deregistered_by_both_with_switch_off():
    """A network's request is not heard by a phone that is switched off."""

    async def flow(net: Network):
        await net.registers()
        leaving = asyncio.ensure_future(net.phone.deregister(switch_off=True))
        await net.gets(nas.DeregistrationRequest)
        net.send(nas.DeregistrationRequestNetwork(deregistration_type=nas.DeregistrationType()))
        await leaving
        await net.silence(5)

    play(flow)


# service request


def test_5_6_1_7_a_t3517_expires():
    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.service_request(), fails=Exception):
            await net.gets(nas.ServiceRequest)
            connection = net.connection
            await asyncio.sleep(15.1)
        assert connection.failed
        assert net.phone.registered
        assert net.phone.context.service_attempts == 1

    play(flow)


def test_5_6_1_7_another_tracking_area():
    """The service request is given up, and the phone registers there."""

    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.service_request(), fails=Gone):
            await net.gets(nas.ServiceRequest)
            net.phone.camp(Cell(net, THERE, 0x21))
            request = await net.gets(nas.RegistrationRequest, 0.1)
        assert request.registration_type.kind == RegistrationKind.MOBILITY

    play(flow)


def test_5_6_1_7_switched_off_in_the_middle():
    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.service_request(), fails=Abandoned):
            await net.gets(nas.ServiceRequest)
            await net.phone.deregister(switch_off=True)
            request = await net.gets(nas.DeregistrationRequest)
            assert request.deregistration_type.switch_off
        assert net.phone.context.state is State.NULL

    play(flow)


# common procedures


def test_5_4_1_3_7_g_three_failures_bar_the_cell_for_a_while():
    async def flow(net: Network):
        near = Cell(net, number=0x20)
        async with doing(net.phone.register(), fails=Gone):
            await net.gets(nas.RegistrationRequest)
            for _ in range(3):
                net.send(net.challenge(spoil=True), None)
                await net.gets(nas.AuthenticationFailure)
        net.phone.camping.hears = lambda: [near]
        await net.gets(nas.RegistrationRequest, 11)
        assert net.phone.cell is near

    play(flow)


def test_5_4_1_3_7_k_a_challenge_in_another_tracking_area_is_not_answered():
    """The phone has moved: what comes from the old cell reaches nobody."""

    async def flow(net: Network):
        await net.registers()
        old = net.connection
        net.phone.camp(Cell(net, THERE, 0x21))
        assert old.failed
        await net.gets(nas.RegistrationRequest)

    play(flow)


def test_5_4_2_6_security_mode_after_the_connection_is_gone():
    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Gone):
            await net.gets(nas.RegistrationRequest)
            await net.authenticate()
            net.release("radio link failure")
        assert net.phone.context.partial is not None
        assert net.phone.context.current is None
        await net.gets(nas.RegistrationRequest, 10.1)

    play(flow)


@pytest.mark.parametrize("kind", [nas.IdentityType.GUTI, nas.IdentityType.S_TMSI])
def test_5_4_3_5_an_identity_that_there_is_not(kind):
    """NO IDENTITY (9.11.3.4)."""

    async def flow(net: Network):
        await net.registers()
        net.phone.context.guti = None
        net.send(nas.IdentityRequest(identity_type=kind))
        response = await net.gets(nas.IdentityResponse)
        assert response.mobile_identity == nas.NoIdentity()
        net.phone.context.guti = GUTI

    play(flow)


def test_5_4_4_5_c_an_update_while_the_phone_is_leaving():
    """It is ignored, and the deregistration goes on."""

    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.deregister()):
            await net.gets(nas.DeregistrationRequest)
            asked = nas.ConfigurationUpdateIndication(acknowledgement=True)
            net.send(nas.ConfigurationUpdateCommand(configuration_update_indication=asked))
            await net.silence()
            net.send(nas.DeregistrationAccept())

    play(flow)


def test_5_4_4_5_an_update_beside_a_registration_and_a_service_request():
    """Both go on: the update is taken and confirmed at once."""

    async def flow(net: Network):
        asked = nas.ConfigurationUpdateIndication(acknowledgement=True)
        await net.registers()
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.ConfigurationUpdateCommand(configuration_update_indication=asked))
            await net.gets(nas.ConfigurationUpdateComplete)
            net.send(net.accept(guti=None))
        net.release()
        async with doing(net.phone.service_request()):
            await net.gets(nas.ServiceRequest)
            net.send(nas.ConfigurationUpdateCommand(configuration_update_indication=asked))
            await net.gets(nas.ConfigurationUpdateComplete)
            net.send(nas.ServiceAccept())

    play(flow)
