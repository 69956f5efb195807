"""Connections that are lost and come back: RRC re-establishment through a whole network (TS 38.331 5.3.7)."""

import asyncio

import msgspec
import pytest

from flows.network.test_moving import TWO, elsewhere, pings
from judges.network import play, registered
from pilot5g.ran.network import HandoverFailed
from pilot5g.ran.radio import NoCell
from pilot5g.ran.ue.procedures.handover import T304
from pilot5g.ran.ue.procedures.reestablishment import T301


async def active(unit):
    await unit.stack.ping(unit.gateway, timeout=5)


def radio_of(network, phone):
    return next(gnb for gnb in network.radios.gnbs.values() if phone.cell in gnb.cells)


@pytest.mark.parametrize("where", ["same cell", "another cell of the gNB"])
def test_a_radio_link_that_fails_costs_some_packets_and_nothing_else(where):
    """Neither AMF nor UPF hears of it, and the keys of phone and radio are the same afterwards."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            await active(unit)
            gnb, before = radio_of(network, phone), len(network.sent)
            for time in range(4):
                cell = phone.cell if where == "same cell" else gnb.cells[time % 3]
                phone.radio_link_failure(cell)
                assert phone.connected
                await active(unit)
                assert phone.cell is cell
                (ue,) = gnb.ues
                assert ue.context.security.kgnb == phone.radio_keys.chain.kgnb
                assert ue.context.cell == cell.cgi
            assert len(network.sent) == before
            assert gnb.counters.reestablished == len(phone.measurements.reestablishment) == 4
            assert gnb.counters.lost == 0
            await phone.until_idle()

    play(flow, TWO, gnbs=2)


def test_packets_that_come_up_meanwhile_go_afterwards():
    async def flow(network):
        async with registered(network) as (unit,):
            await active(unit)
            unit.phone.radio_link_failure()
            results = await pings(unit, 0.001, 0.2)
            assert None not in results
            assert unit.phone.measurements.service_request == []

    play(flow, TWO)


def test_a_gnb_that_does_not_have_the_phone_is_registered_at_24_501_5_5_1_3_2_f():
    """RRC sets up a connection anew, and NAS asks for what was active."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            await active(unit)
            there = elsewhere(network, phone)
            bearer = unit.sessions[0].bearer
            assert bearer
            phone.radio_link_failure(there)
            assert phone.cell is there
            await phone.until_connected()
            await asyncio.wait_for(phone.until(lambda: unit.sessions[0].bearer), 5)
            assert len(phone.measurements.registration) == 2
            await active(unit)

    play(flow, TWO, gnbs=2)


@pytest.mark.parametrize("via", ["xn", "n2", "auto"])
def test_a_handover_that_fails_ends_in_the_old_cell(via):
    """Random access in the target does not succeed: T304 expires, and the phone goes on where it was
    (5.3.5.8.3)."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            await active(unit)
            source, gnb = phone.cell, radio_of(network, phone)
            target = elsewhere(network, phone) if via != "auto" else gnb.cells[gnb.cells.index(source) - 1]
            usual = target.site.config
            target.site.config = msgspec.structs.replace(usual, random_access=5 * T304)
            running = asyncio.ensure_future(pings(unit, 0.01, 3))
            with pytest.raises(HandoverFailed):
                await network.radios.hand_over(phone, target, via)
            await running
            assert phone.cell is source
            assert gnb.counters.reestablished == 1
            target.site.config = usual
            await active(unit)
            await network.radios.hand_over(phone, target, via)
            await active(unit)
            assert phone.cell is target
            await asyncio.sleep(3)  # until the source is released

    play(flow, TWO, gnbs=2)


def test_a_command_that_cannot_be_complied_with():
    """The target expects nobody: the phone is back in its cell at once."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            await active(unit)
            source, target = phone.cell, elsewhere(network, phone)

            def nobody(*asked):
                raise NoCell("nobody is expected")

            target.synchronise = nobody
            with pytest.raises(HandoverFailed):
                await network.radios.hand_over(phone, target, "xn")
            assert phone.cell is source
            del target.synchronise
            await active(unit)

    play(flow, TWO, gnbs=2)


def test_a_gnb_that_never_answers_t301():
    """The phone is idle, its gNB notices, and NAS recovers the connection."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            await active(unit)
            cell = phone.cell
            asked = cell.reestablish

            def mute(*arguments):
                link = asked(*arguments)
                link.down = True
                return link

            cell.reestablish = mute
            phone.radio_link_failure(cell)
            await asyncio.sleep(T301 + 0.1)
            await phone.until_connected()
            del cell.reestablish
            await asyncio.sleep(10)
            assert len(phone.measurements.registration) == 2

    play(flow, TWO)


def test_a_stranger_does_not_get_a_connection_by_asking():
    """ShortMAC-I is checked: a phone with another key is turned away, and the owner goes on."""

    async def flow(network):
        async with registered(network) as (unit, other):
            await active(unit)
            await active(other)
            phone, cell = unit.phone, unit.phone.cell
            with pytest.raises(NoCell, match="does not know"):
                cell.reestablish(other.phone, phone.connection, b"\0\0")
            await active(unit)
            await active(other)

    play(flow, TWO, phones=2, gnbs=1)


def test_before_security_a_lost_connection_is_lost():
    async def flow(network):
        (unit,) = network.units
        going = asyncio.ensure_future(unit.register())
        await unit.phone.until(lambda: unit.phone.connected)
        unit.phone.radio_link_failure()
        assert not unit.phone.connected
        with pytest.raises(Exception, match="radio link failure"):
            await going
        await unit.phone.until_registered()
        await unit.deregister()

    play(flow, TWO)


def test_the_longest_of_it():
    assert T304 == T301 == 1.0


@pytest.mark.parametrize("times", [20])
def test_a_bad_way_through_town(times):
    """Link failures and handovers in turn, under pings, and nothing is left of any."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            await active(unit)
            running = asyncio.ensure_future(pings(unit, 0.01, times * 0.5))
            for time in range(times):
                await asyncio.sleep(0.4)
                if time % 2:
                    phone.radio_link_failure()
                else:
                    await network.radios.hand_over(
                        phone, elsewhere(network, phone), ("xn", "n2")[time % 4 // 2]
                    )
            results = await running
            assert None not in results[-10:]
            assert results.count(None) <= times

    play(flow, TWO, gnbs=2)
