"""Phones on the move through a whole network: what a running ping sees of handovers, and crowds crossing."""

import asyncio

import pytest

from judges.network import play, registered
from pilot5g.app.moving import for_ever, walks
from pilot5g.flow.clock import now
from pilot5g.ran.mobility import Coverage, Path, Walk
from pilot5g.ran.network import HandoverFailed
from pilot5g.ran.ue.meter import Meter

TWO = "radios: [{name: gnb-1, id: 1}, {name: gnb-2, id: 2}]\n"

AREAS = "tracking_areas: [1, 2]\nradios: [{id: 1, tac: 1}, {id: 2, tac: 2}]\n"


def elsewhere(network, phone):
    """A cell of the gNB where the phone is not."""
    return next(gnb.cells[0] for gnb in network.radios.gnbs.values() if phone.cell not in gnb.cells)


async def pings(unit, every, seconds):
    """A ping every so many seconds: how long each took, None for a lost one."""
    loop = asyncio.get_running_loop()

    async def one():
        try:
            return await unit.stack.ping(unit.gateway, timeout=3)
        except TimeoutError:
            return None

    end, running = loop.time() + seconds, []
    while loop.time() < end:
        running.append(asyncio.ensure_future(one()))
        await asyncio.sleep(every)
    return await asyncio.gather(*running)


@pytest.mark.parametrize("via", ["xn", "n2"])
def test_a_running_ping_loses_nothing_and_waits_for_random_access_at_most(via):
    """Twenty handovers under a ping every 5 ms: none lost, none later than the air takes."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            running = asyncio.ensure_future(pings(unit, 0.005, 10))
            for _ in range(20):
                await asyncio.sleep(0.4)
                await network.radios.hand_over(phone, elsewhere(network, phone), via)
            took = await running
            assert len(took) >= 1900
            assert None not in took
            assert len(phone.measurements.handover) == 20
            assert phone.connected
            await asyncio.sleep(2)
        done = "PathSwitchRequestAcknowledge" if via == "xn" else "HandoverNotify"
        assert network.counts[done] == 20
        assert network.counts["ErrorIndication"] == 0

    play(flow, TWO, gnbs=2)


def test_keys_are_chained_over_both_kinds_in_any_order():
    """NH and NCC on phone, gNBs and AMF stay together: a wrong one fails the next MAC (TS 33.501 6.9.2.3)."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            for via in ("xn", "xn", "n2", "n2", "xn", "n2", "xn", "xn", "n2", "n2", "n2", "xn"):
                await network.radios.hand_over(phone, elsewhere(network, phone), via)
                await asyncio.sleep(0.05)
                cell = next(each for each in network.radios.every_cell if each is not phone.cell)
                if cell.site is phone.cell.site:
                    await network.radios.hand_over(phone, cell)
                await unit.stack.ping(unit.gateway)
            await asyncio.sleep(2)

    play(flow, TWO, gnbs=2)


def test_idle_again_and_called_after_a_handover():
    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            await network.radios.hand_over(phone, elsewhere(network, phone), "xn")
            await phone.until_idle()
            await unit.arm(20)
            await phone.until_connected()
            await phone.until_idle()
            await unit.caller.receive(30)
            assert unit.pagings == 1
            await phone.until_idle()

    play(flow, TWO + "timers: {X-INACTIVE: 5}\n", gnbs=2)


@pytest.mark.parametrize("via", ["xn", "n2"])
def test_another_tracking_area_is_registered_after_the_handover(via):
    """TS 24.501 5.5.1.3.2 a: in 5GMM-CONNECTED as well."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            first = phone.tai
            phone.context.tai_list = (first,)  # as of a network that gives small areas
            await network.radios.hand_over(phone, elsewhere(network, phone), via)
            await asyncio.sleep(2)
            await phone.until_connected()
            assert phone.tai != first
            assert phone.tai in phone.context.tai_list
            await unit.stack.ping(unit.gateway)

    play(flow, AREAS, gnbs=2)


@pytest.mark.parametrize(("small", "more"), [(False, 0), (True, 1)])
def test_idle_reselection_registers_only_where_the_area_is_new(small, more):
    """TS 24.501 5.5.1.3.2 a, TS 38.304 5.2.4."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            await phone.until_idle()
            if small:
                phone.context.tai_list = (phone.tai,)
            before = network.counts["InitialUEMessage"]
            phone.camp(elsewhere(network, phone))
            await asyncio.sleep(1)
            assert network.counts["InitialUEMessage"] == before + more

    play(flow, AREAS + "timers: {X-INACTIVE: 5}\n", gnbs=2)


def test_a_hundred_phones_cross_fifty_times_under_traffic():
    """Nothing is lost, nothing is left over (`play` looks)."""

    async def flow(network):
        async with registered(network) as units:
            lost = 0

            async def walk(unit, number):
                nonlocal lost
                via = ("xn", "n2")[number % 2]
                for _ in range(50):
                    ping = asyncio.ensure_future(unit.stack.ping(unit.gateway, timeout=3))
                    await network.radios.hand_over(unit.phone, elsewhere(network, unit.phone), via)
                    try:
                        await ping
                    except TimeoutError:
                        lost += 1
                    await asyncio.sleep(0.1)

            await asyncio.gather(*(walk(unit, i) for i, unit in enumerate(units)))
            assert lost == 0
            await asyncio.sleep(2)
        assert network.counts["PathSwitchRequestAcknowledge"] == 2500
        assert network.counts["HandoverNotify"] == 2500
        assert network.counts["ErrorIndication"] == 0

    play(flow, TWO, gnbs=2, phones=100)


def test_a_deregistration_in_the_middle_of_a_handover():
    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            going = asyncio.ensure_future(network.radios.hand_over(phone, elsewhere(network, phone), "n2"))
            leaving = asyncio.ensure_future(phone.deregister())
            await asyncio.wait((going, leaving))
            if going.exception() is not None:
                assert isinstance(going.exception(), HandoverFailed)
            await phone.until_idle()
            assert not phone.registered
            began = now()
            await unit.register()
            assert now() - began < 5

    play(flow, TWO, gnbs=2)


def test_phones_walk_between_radios_and_their_pings_with_them():
    """Measured, reported, decided, handed over: by themselves, and the same from the same seed."""

    def walked():
        seen = []

        async def flow(network):
            air = Coverage({"gnb-1": (0, 0), "gnb-2": (1000, 0)}, seed=5)
            cells = network.radios.every_cell
            async with registered(network) as units:
                walks = [
                    Walk(unit.phone, Path(places=((0, 20), (1000, 20)), speed=40 + i, loop=True), air, cells)
                    for i, unit in enumerate(units)
                ]
                running = [asyncio.ensure_future(pings(unit, 0.05, 100)) for unit in units]
                await asyncio.gather(*(walk.run(100) for walk in walks))
                for took in running:
                    assert None not in await took
                seen.extend(len(unit.phone.measurements.handover) for unit in units)
                await asyncio.sleep(2)
            assert network.counts["PathSwitchRequestAcknowledge"] >= 3 * len(units)

        play(flow, TWO, gnbs=2, phones=5)
        return seen

    first = walked()
    assert min(first) >= 4
    assert walked() == first


def test_phones_move_as_configured():
    """`path` and `speed` of phones, `position` of radios."""

    async def flow(network):
        moving = walks(network.config, network.radios, network.units)
        assert len(moving) == 2
        walking = asyncio.ensure_future(for_ever(moving))
        async with registered(network) as units:
            running = [asyncio.ensure_future(pings(unit, 0.1, 60)) for unit in units]
            for took in running:
                assert None not in await took
            assert all(unit.phone.measurements.handover for unit in units)
            walking.cancel()
            await asyncio.sleep(3)

    radios = 'radios: [{id: 1, position: "0,0"}, {id: 2, position: "500,0"}]\n'
    play(flow, radios + 'phones: {count: 2, path: ["0,20", "500,20"], speed: 30}\n', gnbs=2, phones=2)


@pytest.mark.parametrize("via", ["xn", "n2"])
def test_the_interruption_that_a_ping_sees_is_measured(via):
    """Random access takes 20 ms: that and the time between two pings at most, and a figure for each
    handover."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            running = asyncio.ensure_future(pings(unit, 0.005, 5))
            meter = unit.sessions[0].meter = Meter()
            for _ in range(10):
                await asyncio.sleep(0.4)
                await network.radios.hand_over(phone, elsewhere(network, phone), via)
            await running
            assert len(meter.gaps) == 10
            assert all(0.02 <= gap <= 0.027 for gap in meter.gaps)
            await asyncio.sleep(3)

    play(flow, TWO, gnbs=2)
