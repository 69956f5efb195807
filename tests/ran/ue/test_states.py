"""The states of 5GMM with their substates, and what a phone does in each (TS 24.501 5.1.3.2, 5.2, 5.3.5)."""

import asyncio

import pytest

from pilot5g.model import Plmn, Tai
from pilot5g.ran.radio import NoCell
from pilot5g.ran.ue.context import State, Substate, UpdateStatus
from pilot5g.ran.ue.outcome import Abandoned, Rejected
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, RegistrationKind, ServiceType
from ran.ue.scripted import GUTI, PLMN, TAI, Cell, Network, doing, play

FOREIGN = Tai(Plmn("262", "01"), 1)
THERE, FAR = Tai(PLMN, 2), Tai(PLMN, 3)


def stands(net: Network, state: State, substate: Substate, status: UpdateStatus | None = None) -> None:
    context = net.phone.context
    assert (context.state, context.substate) == (state, substate)
    assert status in (None, context.update_status)


def announce(net: Network, cell: Cell, *, in_service: bool) -> None:
    cell.in_service = in_service
    net.phone.on_broadcast()


def test_from_switched_on_to_switched_off():
    """NULL, DEREGISTERED.PLMN-SEARCH, .NORMAL-SERVICE, REGISTERED-INITIATED, REGISTERED.NORMAL-SERVICE,
    DEREGISTERED-INITIATED and back; 5U2, 5U1, 5U2."""

    async def flow(net: Network):
        stands(net, State.DEREGISTERED, Substate.PLMN_SEARCH, UpdateStatus.NOT_UPDATED)
        net.phone.camp(net.cell)
        stands(net, State.DEREGISTERED, Substate.NORMAL_SERVICE)
        seen = []
        move = net.phone.move
        type(net.phone).move, usual = (
            (lambda p, s, b=Substate.NONE: (seen.append(s), move(s, b))),
            type(net.phone).move,
        )
        try:
            await net.registers()
        finally:
            type(net.phone).move = usual
        assert seen[0] is State.REGISTERED_INITIATED
        stands(net, State.REGISTERED, Substate.NORMAL_SERVICE, UpdateStatus.UPDATED)
        assert net.phone.standing == "5GMM-REGISTERED.NORMAL-SERVICE, 5U1 UPDATED"
        async with doing(net.phone.deregister()):
            await net.gets(nas.DeregistrationRequest)
            stands(net, State.DEREGISTERED_INITIATED, Substate.NONE)
            net.send(nas.DeregistrationAccept())
        stands(net, State.DEREGISTERED, Substate.NORMAL_SERVICE, UpdateStatus.NOT_UPDATED)
        await net.phone.deregister(switch_off=True)
        stands(net, State.NULL, Substate.NONE)

    play(flow)


def test_service_request_initiated_5_1_3_2_1_6():
    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.service_request()):
            await net.gets(nas.ServiceRequest)
            stands(net, State.SERVICE_REQUEST_INITIATED, Substate.NORMAL_SERVICE)
            net.send(nas.ServiceAccept())
        stands(net, State.REGISTERED, Substate.NORMAL_SERVICE)

    play(flow)


def test_no_cell_available_then_a_later_one_5_2_2_3():
    """A phone that wants to register without any cell does so when there is one; this is no attempt."""

    async def flow(net: Network):
        net.cell.in_service = False
        with pytest.raises(NoCell, match="not in service"):
            await net.phone.register()
        stands(net, State.DEREGISTERED, Substate.NO_CELL_AVAILABLE)
        await net.silence(95)
        assert net.phone.context.registration_attempts == 0
        net.cell.in_service = True
        await net.gets(nas.RegistrationRequest, 11)

    play(flow)


def test_a_cell_that_comes_into_service_says_so():
    async def flow(net: Network):
        net.phone.camp(net.cell)
        announce(net, net.cell, in_service=False)
        with pytest.raises(NoCell):
            await net.phone.register()
        announce(net, net.cell, in_service=True)
        await net.gets(nas.RegistrationRequest, 0.1)

    play(flow)


def test_limited_service_on_an_acceptable_cell_5_2_2_3():
    """Only a cell of another network: it is camped on, nothing is asked of it, until there is one's own."""

    async def flow(net: Network):
        phone = net.phone
        foreign = Cell(net, FOREIGN, 0x31)
        net.cell.in_service = False
        phone.camping.hears = lambda: [foreign]
        with pytest.raises(NoCell, match="another network"):
            await phone.register()
        stands(net, State.DEREGISTERED, Substate.LIMITED_SERVICE)
        assert phone.cell is foreign
        await net.silence(60)
        net.cell.in_service = True
        await net.gets(nas.RegistrationRequest, 11)
        assert phone.cell is net.cell

    play(flow)


def test_registered_without_a_cell_and_back_5_2_3_2():
    """REGISTERED.NO-CELL-AVAILABLE; the same area again: nothing need be said."""

    async def flow(net: Network):
        await net.registers()
        net.release()
        announce(net, net.cell, in_service=False)
        stands(net, State.REGISTERED, Substate.NO_CELL_AVAILABLE, UpdateStatus.UPDATED)
        with pytest.raises(NoCell):
            await net.phone.service_request()
        stands(net, State.REGISTERED, Substate.NO_CELL_AVAILABLE)
        announce(net, net.cell, in_service=True)
        stands(net, State.REGISTERED, Substate.NORMAL_SERVICE)
        await net.silence(60)

    play(flow)


def test_registered_and_its_cell_is_gone_another_takes_it():
    async def flow(net: Network):
        near, far = Cell(net, TAI, 0x20), Cell(net, THERE, 0x21)
        await net.registers()
        net.release()
        net.phone.camping.hears = lambda: [near]
        announce(net, net.cell, in_service=False)
        assert net.phone.cell is near
        await net.silence(20)  # its area is of the list
        net.phone.camping.hears = lambda: [far]
        announce(net, near, in_service=False)
        request = await net.gets(nas.RegistrationRequest)
        assert request.registration_type.kind == RegistrationKind.MOBILITY

    play(flow)


def test_registered_in_limited_service_5_2_3_2_3():
    async def flow(net: Network):
        foreign = Cell(net, FOREIGN, 0x31)
        await net.registers()
        net.release()
        net.phone.camping.hears = lambda: [foreign]
        announce(net, net.cell, in_service=False)
        stands(net, State.REGISTERED, Substate.LIMITED_SERVICE)
        await net.silence(5)
        announce(net, net.cell, in_service=True)
        stands(net, State.REGISTERED, Substate.NORMAL_SERVICE)

    play(flow)


def test_a_periodic_registration_waits_for_a_cell_5_3_7():
    async def flow(net: Network):
        await net.registers(t3512_value=nas.GprsTimer3(60))
        net.release()
        announce(net, net.cell, in_service=False)
        await net.silence(100)
        announce(net, net.cell, in_service=True)
        request = await net.gets(nas.RegistrationRequest)
        assert request.registration_type.kind == RegistrationKind.PERIODIC

    play(flow)


def test_attempting_registration_in_another_area_at_once_5_2_2_3_3():
    """The attempt counter starts over in a new tracking area; the timers need not expire."""

    async def flow(net: Network):
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=GmmCause.PROTOCOL_ERROR), None)
        net.release()
        stands(net, State.DEREGISTERED, Substate.ATTEMPTING_REGISTRATION, UpdateStatus.NOT_UPDATED)
        await net.silence(60)  # T3502
        net.phone.camp(Cell(net, TAI, 0x20))
        await net.silence(60)
        net.phone.camp(Cell(net, THERE, 0x21))
        await net.gets(nas.RegistrationRequest)

    play(flow)


def test_attempting_registration_update_5_2_3_2_4():
    """After a failed update: no service request, packets make it try again, and so does a page."""

    async def flow(net: Network):
        await net.registers()
        net.release()
        net.phone.camp(Cell(net, THERE, 0x21))
        await net.gets(nas.RegistrationRequest)
        stands(net, State.REGISTERED_INITIATED, Substate.NONE)
        net.release("radio link failure")
        stands(net, State.REGISTERED, Substate.ATTEMPTING_REGISTRATION_UPDATE)
        net.phone.on_paging(GUTI.s_tmsi)
        request = await net.gets(nas.RegistrationRequest)
        assert request.registration_type.kind == RegistrationKind.MOBILITY

    play(flow)


@pytest.mark.parametrize(
    "cause",
    [
        GmmCause.TRACKING_AREA_NOT_ALLOWED,
        GmmCause.ROAMING_NOT_ALLOWED_IN_TRACKING_AREA,
        GmmCause.NO_SUITABLE_CELLS_IN_TRACKING_AREA,
    ],
)
def test_a_forbidden_area_is_left_for_another_5_5_1_2_5(cause):
    """LIMITED-SERVICE, and where another area has a suitable cell the phone registers there by itself."""

    async def flow(net: Network):
        await net.registers()
        net.phone.camping.hears = lambda: [Cell(net, THERE, 0x21)]
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=cause))
        stands(net, State.DEREGISTERED, Substate.LIMITED_SERVICE, UpdateStatus.ROAMING_NOT_ALLOWED)
        net.release()
        await net.gets(nas.RegistrationRequest)
        assert net.phone.tai == THERE

    play(flow)


def test_forbidden_areas_are_forgotten_after_twelve_hours_5_3_13():
    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=GmmCause.TRACKING_AREA_NOT_ALLOWED))
        net.release()
        await net.silence(12 * 3600 - 60)
        assert net.phone.context.forbidden_regional == {TAI}
        await net.gets(nas.RegistrationRequest, 61)
        assert not net.phone.context.forbidden_regional

    play(flow)


def test_a_forbidden_network_is_left_for_an_equivalent_one_5_3_13a():
    """A phone that roams searches the networks there are (TS 23.122 4.4.3.1.1)."""

    async def flow(net: Network):
        await net.registers()
        net.phone.camping.hears = lambda: [Cell(net, FOREIGN, 0x31)]
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=GmmCause.PLMN_NOT_ALLOWED))
        stands(net, State.DEREGISTERED, Substate.PLMN_SEARCH)
        net.release()
        await net.gets(nas.RegistrationRequest)
        assert net.phone.serving_plmn == FOREIGN.plmn
        net.release()
        assert PLMN in net.phone.context.forbidden_plmns

    play(flow, roams=True)


def test_equivalent_networks_are_ones_own():
    async def flow(net: Network):
        await net.registers(equivalent_plmns=(FOREIGN.plmn,), tai_list=(TAI, FOREIGN))
        net.release()
        there = Cell(net, FOREIGN, 0x31)
        net.phone.camping.hears = lambda: [there]
        announce(net, net.cell, in_service=False)
        assert net.phone.cell is there
        stands(net, State.REGISTERED, Substate.NORMAL_SERVICE)

    play(flow)


def test_no_supi_5_2_2_3():
    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=GmmCause.ILLEGAL_UE))
        net.release()
        stands(net, State.DEREGISTERED, Substate.NO_SUPI, UpdateStatus.ROAMING_NOT_ALLOWED)
        await net.silence(100_000)
        with pytest.raises(Abandoned, match="switch the phone off"):
            await net.phone.register()
        await net.phone.deregister(switch_off=True)
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=GmmCause.CONGESTION), None)

    play(flow)


# service area restrictions (5.3.5.2)

ELSEWHERE = nas.ServiceAreaList(allowed=True, tais=(THERE,))
NOT_HERE = nas.ServiceAreaList(allowed=False, tais=(TAI,))


@pytest.mark.parametrize("areas", [ELSEWHERE, NOT_HERE], ids=["allowed elsewhere", "not allowed here"])
def test_non_allowed_service_5_3_5_2(areas):
    """No session, no service request but to answer a page, no follow-on; all of it in the next area."""

    async def flow(net: Network):
        phone = net.phone
        await net.registers(service_area_list=areas, tai_list=(TAI, THERE))
        stands(net, State.REGISTERED, Substate.NON_ALLOWED_SERVICE, UpdateStatus.UPDATED)
        with pytest.raises(Abandoned, match=r"5\.3\.5\.2"):
            await phone.open_session()
        net.release()
        with pytest.raises(Abandoned, match=r"5\.3\.5\.2"):
            await phone.service_request()
        phone.on_paging(GUTI.s_tmsi)
        request = await net.gets(nas.ServiceRequest)
        assert request.service_type == ServiceType.MOBILE_TERMINATED
        net.send(nas.ServiceAccept())
        stands(net, State.REGISTERED, Substate.NON_ALLOWED_SERVICE)
        net.release()
        phone.camp(Cell(net, THERE, 0x21))
        stands(net, State.REGISTERED, Substate.NORMAL_SERVICE)
        async with doing(phone.service_request()):
            await net.gets(nas.ServiceRequest)
            net.send(nas.ServiceAccept())

    play(flow)


def test_user_packets_wake_nobody_in_a_non_allowed_area():
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        net.send(nas.ConfigurationUpdateCommand(service_area_list=NOT_HERE))
        await asyncio.sleep(0.1)
        stands(net, State.REGISTERED, Substate.NON_ALLOWED_SERVICE)
        net.release()
        session.send([bytes(20)])
        await net.silence(10)
        assert session.packets_dropped == 1

    play(flow)


def test_a_registration_in_a_non_allowed_area_asks_for_no_connection():
    async def flow(net: Network):
        await net.registers(service_area_list=NOT_HERE)
        async with doing(net.phone.register(), fails=Rejected):
            request = await net.gets(nas.RegistrationRequest)
            assert not request.registration_type.follow_on_request
            assert request.uplink_data_status is None
            net.send(nas.RegistrationReject(cause=GmmCause.CONGESTION))

    play(flow)


def test_priority_is_not_restricted_5_3_5_2():
    async def flow(net: Network):
        await net.registers(service_area_list=NOT_HERE)
        stands(net, State.REGISTERED, Substate.NORMAL_SERVICE)
        await net.opens()

    play(flow, access_identity=1)


def test_areas_that_the_network_says_are_forbidden_5_3_13():
    """In an accept: nothing changes here, and no cell of those areas is taken for twelve hours."""

    async def flow(net: Network):
        await net.registers(forbidden_tais_for_roaming=(THERE,), forbidden_tais_for_regional_provision=(FAR,))
        net.release()
        there, far = Cell(net, THERE, 0x21), Cell(net, FAR, 0x22)
        net.phone.camping.hears = lambda: [there, far]
        announce(net, net.cell, in_service=False)
        stands(net, State.REGISTERED, Substate.LIMITED_SERVICE)
        assert not net.phone.suits(there)
        assert not net.phone.suits(far)
        await net.silence(12 * 3600 - 60)
        request = await net.gets(nas.RegistrationRequest, 61)
        assert request.registration_type.kind == RegistrationKind.MOBILITY

    play(flow)


def test_a_network_that_takes_the_phone_is_not_forbidden_5_3_13a():
    async def flow(net: Network):
        await net.registers()
        net.phone.context.forbidden_plmns |= {
            PLMN,
            FOREIGN.plmn,
        }
        net.phone.camping.cell = net.cell
        async with doing(net.phone.register()):
            net.phone.context.forbidden_plmns -= {PLMN}
            await net.gets(nas.RegistrationRequest)
            net.phone.context.forbidden_plmns |= {PLMN}
            net.send(net.accept(guti=None))
        assert net.phone.context.forbidden_plmns == {FOREIGN.plmn}

    play(flow)
