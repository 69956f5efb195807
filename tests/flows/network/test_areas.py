"""Areas and subscriptions between both halves: what a phone makes of them (TS 24.501 5.3.5, 5.4.4)."""

import asyncio

import msgspec
import pytest

from judges.network import play, registered
from pilot5g.ran.ue.outcome import Rejected
from pilot5g.wire.nas import GmmCause

TWO = """
timers: {X-INACTIVE: 5}
tracking_areas: [1, 2]
radios:
  - {name: gnb-1, id: 1, tac: 1}
  - {name: gnb-2, id: 2, tac: 2}
phones: {count: 1}
"""


async def subscribe(network, phone, **access):
    """The subscription is another from now on, and the UDM knows that it is."""
    before = await network.repository.get(phone.config.supi)
    changed = msgspec.structs.replace(before.access, **access)
    await network.repository.put(msgspec.structs.replace(before, access=changed))
    return await network.core.udm.changed(phone.config.supi)


def test_a_forbidden_area_is_left_for_another():
    async def flow(network):
        (unit,) = network.units
        phone = unit.phone
        here, there = network.radios.gnbs.values()
        await subscribe(network, phone, forbidden_areas=(1,))
        phone.camp(here.cells[0])
        with pytest.raises(Rejected) as refused:
            await unit.register()
        assert refused.value.cause == GmmCause.TRACKING_AREA_NOT_ALLOWED
        await asyncio.sleep(5)
        phone.camp(there.cells[0])
        await unit.register()
        assert phone.tai.tac == 2
        assert [tai.tac for tai in phone.context.tai_list] == [2]
        await unit.deregister()

    play(flow, TWO, gnbs=2)


def test_an_area_that_becomes_forbidden_is_told_and_left():
    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            here, there = network.radios.gnbs.values()
            if phone.cell not in here.cells:
                phone.camp(here.cells[0])
                await asyncio.sleep(3)
            assert await subscribe(network, phone, forbidden_areas=(1,))
            await asyncio.sleep(20)
            assert not phone.registered or phone.tai.tac == 2
            phone.camp(there.cells[0])
            await phone.register()
            assert phone.tai.tac == 2

    play(flow, TWO, gnbs=2)


def test_other_slices_are_told_and_registered_for():
    """The slice with the session goes: the phone registers anew, and has no session."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            first, second = network.config.slices
            assert phone.context.allowed_nssai[0] == first
            assert await subscribe(network, phone, default_slices=(second,))
            await asyncio.sleep(5)
            assert phone.registered
            assert phone.context.allowed_nssai == (second,)
            assert phone.context.configured_nssai == (second,)
            await asyncio.sleep(5)
            assert not phone.context.sessions

    play(flow, "timers: {X-INACTIVE: 5}\nphones: {count: 1, sessions: [{slice: '1'}]}\n")


def test_a_subscription_that_ends_ends_the_registration():
    async def flow(network):
        async with registered(network) as (unit,):
            before = await network.repository.get(unit.phone.config.supi)
            await network.repository.put(msgspec.structs.replace(before, enabled=False))
            assert await network.core.udm.changed(unit.phone.config.supi)
            await asyncio.sleep(5)
            assert not unit.phone.registered
            assert not await network.core.udm.changed(unit.phone.config.supi)

    play(flow, "phones: {count: 1}\n")


def test_what_another_process_changes_is_seen_to():
    """As `pilot5g subscriber remove` does: all that is known is that something has changed."""

    async def flow(network):
        async with registered(network) as (gone, stays):
            changes = 0
            network.core.udm.follow(lambda: changes)
            await network.repository.remove(gone.phone.config.supi)
            await asyncio.sleep(5)
            assert gone.phone.registered
            changes += 1
            await asyncio.sleep(5)
            assert not gone.phone.registered
            assert stays.phone.registered

    play(flow, "phones: {count: 2}\n", phones=2)


def test_equivalent_plmns_are_kept_by_the_phone():
    async def flow(network):
        async with registered(network) as (unit,):
            assert [str(plmn) for plmn in unit.phone.context.equivalent_plmns] == ["001-02"]

    play(flow, "network: {equivalent_plmns: ['00102']}\nphones: {count: 1}\n")
