"""What radios are told of a phone's subscription follows it everywhere (TS 38.413 8.3.1, 8.3.4, 8.4.2)."""

import asyncio

import msgspec
import pytest

from judges.network import play, registered
from pilot5g.model import Ambr

OTHER = Ambr(10**6, 2 * 10**6)


async def subscribe(network, supi, **data):
    """Another subscription, which the core is told of."""
    before = await network.repository.get(supi)
    access = msgspec.structs.replace(before.access, **data)
    await network.repository.put(msgspec.structs.replace(before, access=access))
    await network.core.udm.changed(supi)


def ambr_at(gnb):
    (ue,) = gnb.ues
    return ue.context.ambr


@pytest.mark.parametrize("via", ["n2", "xn"])
@pytest.mark.parametrize("late", [0.001 * step for step in range(0, 60, 4)])
def test_rates_that_change_in_a_handover_reach_the_radio_that_has_the_phone(via, late):
    async def flow(network):
        async with registered(network) as (unit,):
            here, there = network.radios.gnbs.values()
            phone = unit.phone
            if phone.cell in there.cells:
                here, there = there, here
            work = asyncio.create_task(network.radios.hand_over(phone, there.cells[0], via))
            await asyncio.sleep(late)
            await subscribe(network, phone.config.supi, ue_ambr=OTHER)
            await work
            await asyncio.sleep(3)
            assert ambr_at(there) == OTHER

    play(flow, "phones: {count: 1}\n", gnbs=2, delay=0.004)


def test_rates_that_change_while_a_context_is_set_up_are_sent_afterwards():
    async def flow(network):
        (unit,) = network.units
        supi = unit.phone.config.supi
        work = asyncio.create_task(unit.register())
        for _ in range(1000):
            if network.counts["InitialContextSetupRequest"]:
                break
            await asyncio.sleep(0.001)
        assert network.core.amf.ues.by_supi[supi].line().held
        await subscribe(network, supi, ue_ambr=OTHER)
        await work
        await asyncio.sleep(1)
        assert ambr_at(network.radios.gnbs["gnb-1"]) == OTHER
        assert network.counts["UEContextModificationRequest"] == 1
        await unit.deregister()

    play(flow, "phones: {count: 1}\n", gnbs=1, delay=0.02)


def test_rates_that_stay_are_not_sent_again():
    async def flow(network):
        async with registered(network) as (unit,):
            for via in ("n2", "xn", "n2"):
                there = next(g for g in network.radios.gnbs.values() if unit.phone.cell not in g.cells)
                await network.radios.hand_over(unit.phone, there.cells[0], via)
                await asyncio.sleep(3)
        assert network.counts["UEContextModificationRequest"] == 0

    play(flow, "phones: {count: 1}\n", gnbs=2)


def test_the_rfsp_index_of_a_subscription_goes_from_radio_to_radio():
    """In the context setup, by Xn, in the container of an N2 handover, and by itself where it changes."""

    async def flow(network):
        supi = network.units[0].phone.config.supi
        await subscribe(network, supi, rfsp=7)
        async with registered(network) as (unit,):
            gnbs = network.radios.gnbs.values()
            for via in ("xn", "n2", "xn"):
                there = next(each for each in gnbs if unit.phone.cell not in each.cells)
                assert [ue.context.rfsp for each in gnbs for ue in each.ues] == [7]
                await network.radios.hand_over(unit.phone, there.cells[0], via)
                await asyncio.sleep(3)
            assert network.counts["UEContextModificationRequest"] == 0
            await subscribe(network, supi, rfsp=256)
            await asyncio.sleep(1)
            assert [ue.context.rfsp for each in gnbs for ue in each.ues] == [256]
            assert network.counts["UEContextModificationRequest"] == 1

    play(flow, "phones: {count: 1}\n", gnbs=2)


@pytest.mark.parametrize("late", [0.001 * step for step in range(0, 60, 4)])
def test_an_rfsp_index_that_changes_in_a_handover_is_sent_afterwards(late):
    async def flow(network):
        async with registered(network) as (unit,):
            there = next(each for each in network.radios.gnbs.values() if unit.phone.cell not in each.cells)
            work = asyncio.create_task(network.radios.hand_over(unit.phone, there.cells[0], "n2"))
            await asyncio.sleep(late)
            await subscribe(network, unit.phone.config.supi, rfsp=9)
            await work
            await asyncio.sleep(3)
            assert [ue.context.rfsp for ue in there.ues] == [9]

    play(flow, "phones: {count: 1}\n", gnbs=2, delay=0.004)
