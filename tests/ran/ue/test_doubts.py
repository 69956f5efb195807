"""Rejects without integrity protection: anybody may have sent them (TS 24.501 5.3.20)."""

import pytest

from pilot5g.model import Plmn, Tai
from pilot5g.ran.ue.context import State, Substate, UpdateStatus
from pilot5g.ran.ue.doubts import BELIEVED
from pilot5g.ran.ue.outcome import Rejected
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause
from ran.ue.scripted import PLMN, TAI, Cell, Network, doing, play

SIM = [GmmCause.ILLEGAL_UE, GmmCause.ILLEGAL_ME, GmmCause.SERVICES_NOT_ALLOWED]
NETWORK = [GmmCause.PLMN_NOT_ALLOWED, GmmCause.N1_MODE_NOT_ALLOWED, GmmCause.SERVING_NETWORK_NOT_AUTHORIZED]
AREA = [
    GmmCause.TRACKING_AREA_NOT_ALLOWED,
    GmmCause.ROAMING_NOT_ALLOWED_IN_TRACKING_AREA,
    GmmCause.NO_SUITABLE_CELLS_IN_TRACKING_AREA,
]
FOREIGN = Plmn("262", "01")


async def forged(net: Network, cause: GmmCause) -> None:
    """A request, asked for or not, that somebody answers with a plain reject."""
    if net.phone.mm.busy:
        await net.gets(nas.RegistrationRequest)
        net.send(nas.RegistrationReject(cause=cause), None)
    else:
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=cause), None)
    net.release()


@pytest.mark.parametrize("cause", [*SIM, *NETWORK, *AREA])
def test_one_reject_costs_the_area_for_an_hour_at_most(cause):
    """LIMITED-SERVICE; a cell of another area is tried at once; the SIM stays valid, the home network too."""

    async def flow(net: Network):
        await forged(net, cause)
        context = net.phone.context
        assert (context.state, context.substate) == (State.DEREGISTERED, Substate.LIMITED_SERVICE)
        assert context.update_status is UpdateStatus.ROAMING_NOT_ALLOWED
        assert context.usim_valid
        assert not context.forbidden_plmns
        assert context.forbidden_roaming | context.forbidden_regional == {TAI}
        await net.silence(1790)
        await net.gets(nas.RegistrationRequest, 1811)  # T3247: 30 to 60 minutes
        assert not context.forbidden_roaming | context.forbidden_regional

    play(flow)


def test_another_area_serves_at_once():
    async def flow(net: Network):
        there = Cell(net, Tai(PLMN, 2), 0x21)
        net.phone.camping.hears = lambda: [there]
        await forged(net, GmmCause.ILLEGAL_UE)
        await net.gets(nas.RegistrationRequest)
        assert net.phone.cell is there

    play(flow)


@pytest.mark.parametrize(
    ("cause", "substate"),
    [(GmmCause.ILLEGAL_UE, Substate.NO_SUPI), (GmmCause.PLMN_NOT_ALLOWED, Substate.LIMITED_SERVICE)],
)
def test_told_too_often_it_believes(cause, substate):
    async def flow(net: Network):
        context = net.phone.context
        for time in range(BELIEVED + 1):
            assert context.usim_valid, time
            if time:
                await net.gets(nas.RegistrationRequest, 3601)
                net.send(nas.RegistrationReject(cause=cause), None)
                net.release()
            else:
                await forged(net, cause)
        assert context.substate is substate
        assert context.usim_valid is (cause is not GmmCause.ILLEGAL_UE)
        assert (PLMN in context.forbidden_plmns) is (cause is GmmCause.PLMN_NOT_ALLOWED)
        await net.silence(10_000)

    play(flow)


def test_a_registration_forgives():
    """The counter starts over with a protected REGISTRATION ACCEPT."""

    async def flow(net: Network):
        for _ in range(BELIEVED - 1):
            await forged(net, GmmCause.ILLEGAL_UE)
            net.phone.context.forbidden_roaming = frozenset()
        net.phone.search.stop()
        await net.registers()
        assert net.phone.doubts._sim == 0

    play(flow)


def test_another_network_is_forbidden_for_a_while_only():
    async def flow(net: Network):
        there = Cell(net, Tai(FOREIGN, 1), 0x31)
        net.cell.in_service = False
        net.phone.camping.hears = lambda: [there]
        await forged(net, GmmCause.PLMN_NOT_ALLOWED)
        assert net.phone.context.forbidden_plmns == {FOREIGN}
        await net.silence(1790)
        await net.gets(nas.RegistrationRequest, 1811)
        assert not net.phone.context.forbidden_plmns

    play(flow, roams=True)


def test_authentication_reject_without_protection_is_as_3_5_4_1_3_5():
    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            await net.authenticate()
            net.send(nas.AuthenticationReject(), None)
        context = net.phone.context
        assert (context.substate, context.usim_valid) == (Substate.LIMITED_SERVICE, True)
        net.release()
        await net.silence(1790)
        await net.gets(nas.RegistrationRequest, 1811)

    play(flow)


@pytest.mark.parametrize("cause", [GmmCause.ILLEGAL_UE, GmmCause.TRACKING_AREA_NOT_ALLOWED])
def test_a_service_reject_without_protection(cause):
    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.service_request(), fails=Rejected):
            await net.gets(nas.ServiceRequest)
            net.send(nas.ServiceReject(cause=cause), None)
        net.release()
        assert net.phone.context.usim_valid
        await net.silence(1790)
        await net.gets(nas.RegistrationRequest, 1811)

    play(flow)


def test_switched_off_and_on_nothing_is_held_against_the_network():
    async def flow(net: Network):
        there = Cell(net, Tai(FOREIGN, 1), 0x31)
        net.cell.in_service = False
        net.phone.camping.hears = lambda: [there]
        await forged(net, GmmCause.PLMN_NOT_ALLOWED)
        await net.phone.deregister(switch_off=True)
        assert not net.phone.context.forbidden_plmns
        assert not net.phone.alarms.running("T3247")
        await net.silence(4000)

    play(flow, roams=True)
