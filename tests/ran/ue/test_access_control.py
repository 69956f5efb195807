"""Unified access control: which accesses a phone keeps from making (TS 24.501 4.5, TS 38.331 5.3.14)."""

import pytest

from pilot5g.ran.gnb.overload import PERCENTS, Overload
from pilot5g.ran.radio import ACCESS_CATEGORY, AccessBarring
from pilot5g.ran.radio import EstablishmentCause as Cause
from pilot5g.ran.ue.barring import Barred
from pilot5g.ran.ue.context import State, Substate
from pilot5g.wire import nas
from pilot5g.wire.nas import RegistrationKind, ServiceType
from ran.ue.scripted import GUTI, PLMN, Cell, Network, Tai, doing, play

ALL_BARRED = AccessBarring(percent=0, seconds=64)
SIGNALLING, DATA = 3, 7


@pytest.mark.parametrize(
    ("cause", "category"),
    [
        (Cause.MT_ACCESS, 0),
        (Cause.EMERGENCY, 2),
        (Cause.MO_SIGNALLING, 3),
        (Cause.MO_VOICE_CALL, 4),
        (Cause.MO_VIDEO_CALL, 5),
        (Cause.MO_SMS, 6),
        (Cause.MO_DATA, 7),
    ],
)
def test_categories_24_501_4_5_2_2(cause, category):
    assert ACCESS_CATEGORY[cause] == category


def test_a_barred_registration_comes_when_t390_expires_38_331_5_3_14_4():
    async def flow(net: Network):
        net.cell.access_control = {SIGNALLING: ALL_BARRED}
        with pytest.raises(Barred, match="T390-3 runs for another"):
            await net.phone.register()
        context = net.phone.context
        assert context.state is State.DEREGISTERED
        assert context.registration_attempts == 0
        await net.silence(0.7 * 64 - 1)
        net.cell.access_control = {}
        await net.gets(nas.RegistrationRequest, 0.6 * 64 + 2)  # 0.7 to 1.3 of uac-BarringTime

    play(flow)


def test_barred_again_it_draws_again():
    async def flow(net: Network):
        net.cell.access_control = {SIGNALLING: AccessBarring(percent=0, seconds=4)}
        with pytest.raises(Barred):
            await net.phone.register()
        await net.silence(60)
        net.cell.access_control = {SIGNALLING: AccessBarring(percent=95, seconds=4)}
        await net.gets(nas.RegistrationRequest, 60)

    play(flow)


def test_another_cell_ends_it_38_331_5_3_14_4():
    async def flow(net: Network):
        net.cell.access_control = {SIGNALLING: ALL_BARRED}
        with pytest.raises(Barred):
            await net.phone.register()
        net.phone.camp(Cell(net, number=0x20))
        await net.gets(nas.RegistrationRequest)

    play(flow)


def test_a_page_is_answered_whatever_is_barred_5_3_14_2():
    async def flow(net: Network):
        await net.registers()
        net.release()
        net.cell.access_control = dict.fromkeys(range(1, 64), ALL_BARRED)
        with pytest.raises(Barred, match="T390-7"):
            await net.phone.service_request()
        assert net.phone.context.service_attempts == 0
        net.phone.on_paging(GUTI.s_tmsi)
        request = await net.gets(nas.ServiceRequest)
        assert request.service_type == ServiceType.MOBILE_TERMINATED
        assert net.setups[-1].cause is Cause.MT_ACCESS

    play(flow)


def test_one_category_barred_leaves_the_others():
    async def flow(net: Network):
        await net.registers()
        net.release()
        net.cell.access_control = {DATA: ALL_BARRED}
        with pytest.raises(Barred):
            await net.phone.service_request()
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            net.send(net.accept(guti=None))

    play(flow)


@pytest.mark.parametrize("identity", [1, 2, 11, 15])
def test_access_identities_that_are_let_through_5_3_14_5(identity):
    async def flow(net: Network):
        net.cell.access_control = {
            SIGNALLING: AccessBarring(percent=0, seconds=64, identities=frozenset({identity}))
        }
        await net.registers()

    play(flow, access_identity=identity)


def test_an_access_identity_that_is_not():
    async def flow(net: Network):
        net.cell.access_control = {SIGNALLING: AccessBarring(percent=0, identities=frozenset({2}))}
        with pytest.raises(Barred):
            await net.phone.register()

    play(flow, access_identity=1)


def test_update_needed_5_1_3_2_1_4():
    """An update that access control is in the way of: UPDATE-NEEDED, and it follows when it may."""

    async def flow(net: Network):
        await net.registers()
        net.release()
        there = Cell(net, Tai(PLMN, 2), 0x21)
        there.access_control = {SIGNALLING: AccessBarring(percent=0, seconds=16)}
        net.phone.camp(there)
        context = net.phone.context
        assert (context.state, context.substate) == (State.REGISTERED, Substate.UPDATE_NEEDED)
        await net.silence(10)
        there.access_control = {}
        request = await net.gets(nas.RegistrationRequest, 12)
        assert request.registration_type.kind == RegistrationKind.MOBILITY

    play(flow)


def test_leaving_is_not_barred():
    async def flow(net: Network):
        await net.registers()
        net.release()
        net.cell.access_control = {SIGNALLING: ALL_BARRED}
        async with doing(net.phone.deregister()):
            await net.gets(nas.DeregistrationRequest)
            net.send(nas.DeregistrationAccept())

    play(flow)


@pytest.mark.parametrize("percent", [0, 50, 95])
def test_so_many_of_a_hundred_are_let_through(percent):
    """The draw is even: over 400 phones' worth of accesses the share is that of the broadcast."""
    asked = 400
    through = []

    async def flow(net: Network):
        barring = net.phone.barring
        net.cell.access_control = {SIGNALLING: AccessBarring(percent=percent, seconds=4)}
        for _ in range(asked):
            net.phone.alarms.stop("T390-3")
            try:
                barring.check(Cause.MO_SIGNALLING, net.cell)
                through.append(True)
            except Barred:
                pass

    play(flow)
    assert abs(len(through) / asked - percent / 100) < 0.08


@pytest.mark.parametrize(
    ("action", "barred"),
    [
        ("reject-non-emergency-mo-dt", {4, 5, 6, 7}),
        ("reject-rrc-cr-signalling", {3, 4, 5, 6, 7}),
        ("permit-emergency-sessions-and-mobile-terminated-services-only", {3, 4, 5, 6, 7}),
        ("permit-high-priority-sessions-and-mobile-terminated-services-only", {2, 3, 4, 5, 6, 7}),
        ("", {3, 4, 5, 6, 7}),
    ],
)
def test_what_an_overload_bars_38_413_8_7_7_2(action, barred):
    said = Overload(action, 33).access_control()
    assert set(said) == barred
    assert {each.percent for each in said.values()} == {60}  # the next that can be said below 67
    assert all(each.percent in PERCENTS for each in said.values())
    spares = action.startswith(("reject", "permit-high"))
    assert all((1 in each.identities) is spares for each in said.values())
